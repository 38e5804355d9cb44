"""The engine: a place and what was heard make a new place and effects. Pure: no clock, no database, no language.

`hear` starts a turn; each `Do` among the effects is carried out by care/effects.py and comes back through `done`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.flow.model import Do, Effect, Flows, Place, Say, Slots, Step
from bot.messages import Heard

HOME = Place("home.menu")
STEPS_A_TURN = 12
DOES_A_TURN = 8
AGAIN, DUTCH, PERSON, TO_HOME, SOS, ALL = "@again", "@dutch", "@person", "@home", "@sos", "@all"
UNASKED = {"text": "heard.typed", "voice": "heard.words", "photo": "heard.words"}  # her words are never lost
PICKED = {  # what is offered only now → the name under which her pick is remembered
    **dict.fromkeys(("languages", "voices"), "language"),
    "years": "year",
    "months": "month",
    "spans": "span",
    "days": "date",
    "signs": "sign",
}
WAYS = {PERSON: "ask.start", TO_HOME: "home.menu", SOS: "faq.nood"}


@dataclass(frozen=True)
class Turn:
    """What came of it: where she stands now, and what is to be said and done, in order."""

    place: Place
    effects: tuple[Effect, ...]


def hear(flows: Flows, place: Place, heard: Heard, pressed: Mapping[str, Any] | None = None) -> Turn:
    """What she said or tapped, at the place where she stands. pressed: what the tapped button means ({"flow", "step", …})."""
    if heard.kind == "press":
        return _press(flows, place, pressed or {})
    here = flows.get(place.step)
    if here and heard.kind in here.wait:
        return go(flows, place, here.wait[heard.kind])
    if heard.kind in UNASKED:
        return go(flows, place, UNASKED[heard.kind])
    return Turn(place, ())


def done(flows: Flows, place: Place, outcome: str, slots: Slots | None = None) -> Turn:
    """An effect ended: its slots are remembered (None = forgotten) and the way of its outcome is taken, if there is one."""
    here = flows.get(place.step)
    kept = {**place.slots, **(slots or {})}
    after = Place(place.step, {name: value for name, value in kept.items() if value is not None})
    if here is None or outcome not in here.on:
        return Turn(after, ())
    return go(flows, after, here.on[outcome])


def go(flows: Flows, place: Place, target: str, slots: Slots | None = None) -> Turn:
    """To a step and on, as far as it leads at once. What was remembered is forgotten at home."""
    at, kept = target, {**place.slots, **(slots or {})}
    effects: list[Effect] = []
    for _ in range(STEPS_A_TURN):
        step = flows.get(at)
        if step is None:
            break
        if at == HOME.step:
            kept = {}
        if step.do:
            return Turn(Place(at, kept), (*effects, Do(step.do, {**kept, **step.args})))
        effects.append(Say(at, dict(kept)))
        if not step.go:
            return Turn(Place(at, kept), tuple(effects))
        at = step.go
    return Turn(HOME, (*effects, Say(HOME.step)))


# ---------------------------------------------------------------- taps


def _press(flows: Flows, place: Place, pressed: Mapping[str, Any]) -> Turn:
    """A button acts as if she stood at its step, however old it is. One that means nothing leads home."""
    name = f"{pressed.get('flow')}.{pressed.get('step')}"
    args = pressed.get("args")
    slots = dict(args) if isinstance(args, Mapping) else {}
    choice = str(pressed.get("choice", ""))
    step = flows.get(name)
    if step is None:
        return go(flows, HOME, HOME.step)
    there = Place(name, slots)
    if choice in (AGAIN, DUTCH):
        return _again(flows, place, there, step, choice)
    if choice in WAYS:
        return go(flows, there, WAYS[choice])
    for option in step.choices:
        if option.id == choice:
            return go(flows, there, option.go, option.args)
    return _offered(flows, there, step, choice)


def _again(flows: Flows, place: Place, there: Place, step: Step, choice: str) -> Turn:
    """The same once more. Where she stands does not change, unless the step waited for just this tap."""
    say = Say(there.step, dict(there.slots), lang="nl" if choice == DUTCH else None)
    if choice == AGAIN and "again" in step.wait and place.step == there.step:
        after = go(flows, there, step.wait["again"])
        return Turn(after.place, (say, *after.effects))
    return Turn(place, (say,))


def _offered(flows: Flows, there: Place, step: Step, choice: str) -> Turn:
    if step.offer == "topics" and f"faq.{choice}" in flows:
        return go(flows, there, f"faq.{choice}")
    if choice == ALL:
        return go(flows, there, there.step, {"all": "yes"})
    if step.offer in PICKED and step.picked:
        return go(flows, there, step.picked, {PICKED[step.offer]: choice})
    return go(flows, there, there.step)
