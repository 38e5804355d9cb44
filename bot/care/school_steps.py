"""The school start as effects: the date of birth goes in, one day comes out, and the date is wiped from everything it touched."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from bot.care import birthday, outbox, privacy, render
from bot.care.dates import YEARS
from bot.care.school import Start, first_day
from bot.care.turn import Effect, Outcome, Turn
from bot.clock import after_quiet_hours, instant, local
from bot.db.models import Arrival, Delivery, Group
from bot.flow.model import Say, Slots

FLOW, SOON = "school_start", "school_start.soon"
OLDER = "older"
WIPED: Slots = dict.fromkeys(("year", "month", "span", "date", "day"))
AHEAD, AT, LASTS = dt.timedelta(days=7), dt.time(10, 0), dt.timedelta(days=8)
LOOK_BACK = 60  # deliveries and arrivals of hers in which the date may stand: five taps and some errors


async def school_start(turn: Turn, args: Slots) -> Outcome:
    """Begins. "ok", or "french": her group follows the French-language calendar, whose rule is not ours to compute."""
    group = await turn.session.get(Group, turn.mother.group_id) if turn.mother.group_id else None
    return Outcome("french" if group and group.calendar == "French" else "ok", WIPED)


async def school_day(turn: Turn, args: Slots) -> Outcome:
    """From what she tapped: the kind of answer (see care/school.py), or "unclear"."""
    today = local(turn.now).date()
    year, month, day = (str(args.get(name) or "") for name in ("year", "month", "date"))
    if year == OLDER:
        return await _answer(turn, first_day(dt.date(today.year - YEARS, 1, 1), today))
    try:
        born = dt.date(int(year), int(month), int(day))
    except ValueError:
        return await _unclear(turn)
    return await _answer(turn, first_day(born, today))


async def school_typed(turn: Turn, args: Slots) -> Outcome:
    """From what she typed. "words": no date at all, and her words go their usual way; "unclear": a piece of a date, but no day."""
    born = birthday.read(turn.heard.text, turn.content.offered)
    if born is not None:
        return await _answer(turn, first_day(born, local(turn.now).date()))
    if (
        birthday.half(turn.heard.text, turn.content.offered)
        and not turn.content.matcher.find(turn.heard.text, turn.lang).urgent
    ):
        return await _unclear(turn)
    return Outcome("words", WIPED)  # also "112": a number that is a cry for help


async def school_remind(turn: Turn, args: Slots) -> Outcome:
    """A message a week before that day (at the latest tomorrow). Only the day is kept, in the message itself."""
    day = dt.date.fromisoformat(str(args["day"]))
    at = max(day - AHEAD, local(turn.now).date() + dt.timedelta(days=1))
    due = max(min(instant(at, AT), instant(day, dt.time(8, 0))), turn.now)
    mother = turn.mother
    if mother.quiet_from and mother.quiet_until:
        quiet = (dt.time.fromisoformat(mother.quiet_from), dt.time.fromisoformat(mother.quiet_until))
        due = after_quiet_hours(due, *quiet)
    said = render.utterances(turn.content, turn.lang, Say(SOON, {"day": day.isoformat()}), due)
    for n, utterance in enumerate(said):
        await outbox.put(
            turn.session, turn.heard.chat_id, utterance, key=f"school:{mother.id}:{day}:{n}", now=turn.now, priority=1,
            due_at=due, expires_at=due + LASTS, mother_id=mother.id, about="school", about_id=mother.id,
        )  # fmt: skip
    return Outcome("ok", WIPED)


# ---------------------------------------------------------------- the answer, and forgetting what led to it


async def _answer(turn: Turn, found: Start) -> Outcome:
    await _forget_the_date(turn)
    kind = "unclear" if found.kind == "absurd" else found.kind
    if found.day is None:
        return Outcome(kind, WIPED)
    year = {"year": str(found.day.year)} if kind == "later" else {}
    return Outcome(kind, {**WIPED, "day": found.day.isoformat(), **year})


async def _unclear(turn: Turn) -> Outcome:
    privacy.scrub(turn.arrival)
    return Outcome("unclear", WIPED)


async def _forget_the_date(turn: Turn) -> None:
    """Year and month out of the buttons she was shown (they begin anew now), and her taps and typed words out of the door's book."""
    privacy.scrub(turn.arrival)
    shown = select(Delivery).where(Delivery.chat_id == turn.heard.chat_id).order_by(Delivery.id.desc())
    tokens = set()
    for delivery in await turn.session.scalars(shown.limit(LOOK_BACK)):
        if _asks_the_date(delivery.utterance):
            tokens.add(delivery.token)
            delivery.utterance = _without_args(delivery.utterance)
    came = select(Arrival).where(Arrival.chat_id == turn.heard.chat_id).order_by(Arrival.id.desc())
    for arrival in await turn.session.scalars(came.limit(LOOK_BACK)):
        press = arrival.raw.get("callback_query") or {}
        if str(press.get("data", "")).partition(":")[0] in tokens:
            privacy.scrub(arrival)


def _asks_the_date(utterance: dict[str, Any]) -> bool:
    steps = ("year", "month", "span", "day")
    to = [button.get("to", {}) for row in utterance.get("buttons", []) for button in row]
    return any(means.get("flow") == FLOW and means.get("step") in steps for means in to)


def _without_args(utterance: dict[str, Any]) -> dict[str, Any]:
    rows = [
        [{**button, "to": {k: v for k, v in button.get("to", {}).items() if k != "args"}} for button in row]
        for row in utterance["buttons"]
    ]
    return {**utterance, "buttons": rows}


STEPS: dict[str, Effect] = {
    "school_day": school_day,
    "school_remind": school_remind,
    "school_start": school_start,
    "school_typed": school_typed,
}
