"""What a flow is: steps with text, picture and choices, and the effects the engine decides on. Data only.

Loaded from flows/*.yaml by `load.py`; every text is named by its key "<flow>.<step>.<field>" and spoken through `Phrases`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Slots = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """One tap: its id, the symbol she sees, and where it goes ("step" or "flow.step"). label_key names its words."""

    id: str
    symbol: str
    label_key: str
    go: str
    args: Slots = field(default_factory=dict)
    colour: str | None = None


@dataclass(frozen=True)
class Step:
    """One node. It either says something (text_key) or does something (do, then on[outcome]).

    symbols: what its picture shows before its choices · wait: kind of input ("voice", "text", "photo", "location",
    "again" = she tapped hear-again) → step · go: where to continue at once after saying
    picture: name of a special picture ("when", "path") made from slots · pin: its slot `pins` holds places for the map
    offer: choices that are known only now: "languages", "voices", "topics" (slot `topics`), "signs" (slot or step's `signs`), or
    "years", "months", "spans", "days" of a date; what she picked goes to `picked`, remembered as `language`, `sign`, `year` …
    """

    flow: str
    id: str
    text_key: str | None = None
    symbols: tuple[str, ...] = ()
    picture: str | None = None
    choices: tuple[Choice, ...] = ()
    wait: dict[str, str] = field(default_factory=dict)
    do: str | None = None
    args: Slots = field(default_factory=dict)
    on: dict[str, str] = field(default_factory=dict)
    go: str | None = None
    contacts: tuple[tuple[str, str], ...] = ()  # (key of the name, telephone number)
    pin: bool = False
    footer: bool = True
    asks: bool = False
    numbered: bool = True  # no: the choices are numbers themselves ("two children"), another number would confuse
    offer: str | None = None
    picked: str | None = None
    signs: tuple[str, ...] = ()
    line: int = 0
    file: str = ""

    @property
    def name(self) -> str:
        return f"{self.flow}.{self.id}"


Flows = Mapping[str, Step]  # "flow.step" → the step


SERVICE = ("who", "cost", "language")  # who may come, what it costs, in which language she can speak


@dataclass(frozen=True)
class Topic:
    """One question of the fact base; its answer is the step "faq.<id>". local: names of group fields that help.

    needs: without any of these fields the answer says little, so a person is offered first.
    service: for an answer that sends her to a service, each of SERVICE → "said" or "ask"; empty for others; None: nobody wrote it down.
    """

    id: str
    category: str
    symbol: str
    label_key: str
    colour: str | None = None
    facts: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    urgent: bool = False
    needs: bool = False
    service: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Sign:
    """A picture with its words, for questions to the group and for the path to childcare."""

    id: str
    symbol: str
    label_key: str
    colour: str | None = None
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Ready:
    """A ready-made announcement; what is said is the step "announcement.<id>". label is for staff, in Dutch."""

    id: str
    symbol: str
    label: str
    slots: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a mother stands: the step she was last told, and what is remembered along the way."""

    step: str = "welcome.start"
    slots: Slots = field(default_factory=dict)


@dataclass(frozen=True)
class Say:
    """Effect: tell her this step, with these words filled in. lang: in this language instead of hers ("in Dutch")."""

    step: str
    slots: Slots = field(default_factory=dict)
    lang: str | None = None


@dataclass(frozen=True)
class Do:
    """Effect: do this named thing (care/effects.py); its outcome comes back through `engine.done`."""

    name: str
    args: Slots = field(default_factory=dict)


Effect = Say | Do
