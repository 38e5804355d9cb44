"""Walks the flows as a machine mother: how many taps to anything, no loop she cannot leave, nothing she would have to type."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from bot.care.said_by_rooms import LAST_WORDS
from bot.flow.load import Script, leads_to
from bot.flow.model import Step
from bot.flow.reading import Fault

HOME, SOS = "home.menu", "faq.nood"
DEPTH = 5  # taps from home to the deepest thing she hears
GUIDED = (
    "welcome",
    "school_start",
    "places",
    "found",
)  # one small question after another, not a menu: nobody has to find anything there
SOS_TAPS = 2  # from anywhere: home is one tap, and the red light stands there
DOOR = ("welcome", "settings", "partner")  # flows in which a step may have no way back: there is nothing to go back to
SPOKEN = frozenset({"voice", "photo", "location", "again"})


def faults(script: Script) -> list[Fault]:
    """Every place where she would get lost, stuck, or have to write."""
    found = list(_depths(script))
    for step in script.flows.values():
        found += [Fault(step.file, step.line, f"`{step.name}`: {says}") for says in _step(step)]
    return found


def _step(step: Step) -> Iterator[str]:
    if step.wait and not (step.choices or step.offer) and not SPOKEN & set(step.wait):
        yield "only typing leads on; she must be able to speak or tap"
    if step.text_key and not step.footer and step.flow not in DOOR and not step.go and step.name not in LAST_WORDS:
        yield "without the row below (hear again, Dutch, a person, home) she cannot get away"


def _depths(script: Script) -> Iterator[Fault]:
    taps = {HOME: 0} if HOME in script.flows else {}
    todo = deque(taps)
    while todo:
        name = todo.popleft()
        step = script.flows[name]
        cost = 0 if step.do or step.go else 1
        for way in leads_to(step):
            if way in script.flows and way not in taps:
                taps[way] = taps[name] + cost
                (todo.append if cost else todo.appendleft)(way)
    for name, count in taps.items():
        step = script.flows[name]
        if count > DEPTH and step.text_key and step.flow not in GUIDED:
            yield Fault(
                step.file, step.line, f"`{name}` is {count} taps from home; more than {DEPTH} and nobody finds it"
            )
    if SOS in script.flows and taps.get(SOS, 99) >= SOS_TAPS:
        step = script.flows[SOS]
        yield Fault(step.file, step.line, f"help is {taps.get(SOS, 99) + 1} taps from anywhere; {SOS_TAPS} at most")
