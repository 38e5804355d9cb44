"""What a flow is: steps with text, picture and choices, and the effects the engine decides on. Data only.

Loaded from flows/*.yaml by `load.py`; every text is named by its key "<flow>.<step>.<field>" and spoken through `Phrases`.
"""

from __future__ import annotations

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

    symbols: what its picture shows when it has no choices · wait: kind of input ("voice", "text", "photo", "location") → step
    go: where to continue at once after saying · picture: name of a special picture ("when") made from slots
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
    line: int = 0
    file: str = ""

    @property
    def name(self) -> str:
        return f"{self.flow}.{self.id}"


@dataclass(frozen=True)
class Place:
    """Where a mother stands: the step she was last told, and what is remembered along the way."""

    step: str = "welcome.start"
    slots: Slots = field(default_factory=dict)


@dataclass(frozen=True)
class Say:
    """Effect: tell her this step, with these words filled in."""

    step: str
    slots: Slots = field(default_factory=dict)


@dataclass(frozen=True)
class Do:
    """Effect: do this named thing (care/effects.py); its outcome comes back through `engine.done`."""

    name: str
    args: Slots = field(default_factory=dict)


Effect = Say | Do
