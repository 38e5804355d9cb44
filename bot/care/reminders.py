"""Reminders: a row for every mother, meeting and kind; fired once, when still true and still useful.

evening: the evening before, with the question "do you come?" · morning: a short one before the meeting begins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from bot.care import outbox, rights, tell
from bot.care.calendar import clock_time
from bot.care.content import Content
from bot.care.headcount import Headcount, answer, headcount, in_words
from bot.care.hours import Hours
from bot.care.hours import of_group as hours_of
from bot.care.hours import usual as hours
from bot.care.reminder_words import WAITING, Wording
from bot.care.tell import rows
from bot.care.whereabouts import where
from bot.clock import after_quiet_hours, in_quiet_hours, instant, local
from bot.db.models import Delivery, Group, Meeting, Mother, Reminder, Rsvp, Staff
from bot.db.notes import insert
from bot.db.session import Session
from bot.speech import spoken

KINDS = ("evening", "morning")
BATCH = 50
AFRESH = {"populate_existing": True}  # as they are in the table now, whatever this session has seen of them
ENOUGH = dt.timedelta(minutes=20)  # a morning reminder later than this before the start helps nobody
JUST_SAID = dt.timedelta(hours=3)  # after a late evening reminder, the morning one would be nagging


@dataclass(frozen=True)
class Times:
    """When a reminder is due and from when on it is useless."""

    due_at: dt.datetime
    expires_at: dt.datetime


def times(starts_at: dt.datetime, kind: str, hours: Hours, mother: Mother) -> Times | None:
    """When to say it to her, outside the house's quiet hours and her own; None when there is no good moment.

    The evening before is wall-clock arithmetic. An evening moment in quiet hours is taken earlier, a morning one later.
    """
    morning = starts_at - dt.timedelta(minutes=hours.morning_minutes)
    quiet = _quiet(hours, mother)
    for start, end in quiet * 2:
        morning = after_quiet_hours(morning, start, end)
    has_morning = morning <= starts_at - ENOUGH
    if kind == "morning":
        return Times(morning, starts_at) if has_morning else None
    evening = instant(local(starts_at).date() - dt.timedelta(days=1), clock_time(hours.evening))
    for start, end in quiet * 2:
        evening = _before_quiet(evening, start, end)
    return Times(evening, morning if has_morning else starts_at)


async def plan(session: Session, about: Meeting | Group, now: dt.datetime, only: Mother | None = None) -> int:
    """Makes the reminder rows that are missing for one meeting or for all coming ones of a group; how many there were to make.

    Unique by (meeting, mother, kind): planning twice, or by several processes at once, changes nothing.
    """
    group_id = about.id if isinstance(about, Group) else about.group_id
    meetings = await _coming(session, group_id, now) if isinstance(about, Group) else [about]
    mothers = [only] if only else await _members(session, group_id)
    house = await hours_of(session, group_id)
    new = [row for meeting in meetings for mother in mothers for row in _rows(meeting, mother, house, now)]
    for start in range(0, len(new), 500):
        await session.execute(insert(session, Reminder).values(new[start : start + 500]).on_conflict_do_nothing())
    return len(new)


async def replan(session: Session, meeting: Meeting, now: dt.datetime, *, moved: bool = False) -> None:
    """After a change of a meeting: what was not said yet is rewritten, in the caller's transaction.

    1. What lies unsent in the outbox about it is taken out.  2. Cancelled: nothing waits any more.
    3. Moved: a reminder whose new moment is still to come is said (again) then; it is about another moment now.
    4. Restored: what the cancellation dropped waits again.
    """
    house = await hours_of(session, meeting.group_id)
    query = select(Reminder, Mother).join(Mother, Mother.id == Reminder.mother_id)
    for reminder, mother in (await session.execute(query.where(Reminder.meeting_id == meeting.id))).all():
        unsent = await outbox.cancel(session, "reminder", reminder.id) if reminder.state == "fired" else 0
        _rewrite(reminder, times(meeting.starts_at, reminder.kind, house, mother), meeting, now, moved, bool(unsent))
    await session.flush()
    if meeting.state == "planned":
        await plan(session, meeting, now)


async def retime(session: Session, mother: Mother, now: dt.datetime) -> None:
    """After a change of her quiet hours: her waiting reminders move to their new moments."""
    await _retime(session, Reminder.mother_id == mother.id, now)


async def retime_house(session: Session, house_id: int, now: dt.datetime) -> None:
    """After a change of the hours of a house: all its waiting reminders move to their new moments, and missing ones are made."""
    theirs = list(await session.scalars(select(Group).where(Group.house_id == house_id, Group.closed_at.is_(None))))
    about = select(Meeting.id).where(Meeting.group_id.in_([group.id for group in theirs]))
    await _retime(session, Reminder.meeting_id.in_(about), now)
    for group in theirs:
        await plan(session, group, now)


async def _retime(session: Session, which: ColumnElement[bool], now: dt.datetime) -> None:
    query = select(Reminder, Meeting, Mother).join(Meeting, Meeting.id == Reminder.meeting_id)
    query = query.join(Mother, Mother.id == Reminder.mother_id).where(which, Reminder.state == "waiting")
    for reminder, meeting, mother in (await session.execute(query)).all():
        house = await hours_of(session, meeting.group_id)
        _rewrite(reminder, times(meeting.starts_at, reminder.kind, house, mother), meeting, now, False, False)
    await session.flush()


async def drop_group(session: Session, group_id: int, why: str) -> int:
    """Takes away everything that still waits to be said about a group's meetings."""
    about = select(Meeting.id).where(Meeting.group_id == group_id)
    return rows(await session.execute(_delete_waiting(Reminder.meeting_id.in_(about))))


async def drop_mother(session: Session, mother_id: int, why: str) -> int:
    """Takes away everything that still waits to be said to one mother."""
    return rows(await session.execute(_delete_waiting(Reminder.mother_id == mother_id)))


async def forget_waiting(session: Session, meeting_id: int) -> None:
    """Takes away the unsaid rows of a meeting, so that `plan` makes them anew."""
    await session.execute(_delete_waiting(Reminder.meeting_id == meeting_id))


def _delete_waiting(which: Any) -> Any:
    return delete(Reminder).where(which, Reminder.state == "waiting").execution_options(synchronize_session=False)


def _quiet(house: Hours, mother: Mother) -> list[tuple[dt.time, dt.time]]:
    windows = [(clock_time(house.quiet_from), clock_time(house.quiet_until))]
    if mother.quiet_from and mother.quiet_until:
        windows.append((clock_time(mother.quiet_from), clock_time(mother.quiet_until)))
    return windows


def after_quiet(moment: dt.datetime, house: Hours, mother: Mother) -> dt.datetime:
    """The moment itself, or the end of the quiet hours (the house's or hers) that it falls in."""
    for start, end in _quiet(house, mother) * 2:
        moment = after_quiet_hours(moment, start, end)
    return moment


def _before_quiet(moment: dt.datetime, start: dt.time, end: dt.time) -> dt.datetime:
    """The moment itself, or a quarter of an hour before the quiet hours that it falls in."""
    if not in_quiet_hours(moment, start, end):
        return moment
    wall = local(moment)
    day = wall.date() if wall.time() >= start else wall.date() - dt.timedelta(days=1)
    return instant(day, start) - dt.timedelta(minutes=15)


def _rows(meeting: Meeting, mother: Mother, house: Hours, now: dt.datetime) -> Iterable[dict[str, Any]]:
    for kind in KINDS:
        at = times(meeting.starts_at, kind, house, mother)
        if at is not None and at.expires_at > now and meeting.state == "planned":
            yield {
                "meeting_id": meeting.id,
                "mother_id": mother.id,
                "kind": kind,
                "due_at": at.due_at,
                "expires_at": at.expires_at,
                "state": "waiting",
            }


def _rewrite(
    reminder: Reminder, at: Times | None, meeting: Meeting, now: dt.datetime, moved: bool, unsent: bool
) -> None:
    useful = at is not None and at.expires_at > now and meeting.state == "planned"
    if not useful or at is None:
        if reminder.state == "waiting":
            reminder.state, reminder.why = "dropped", "cancelled" if meeting.state == "cancelled" else "too late"
        return
    again = (moved and at.due_at > now) or unsent
    back = reminder.state == "dropped" and (moved or reminder.why == "cancelled")
    if reminder.state == "waiting" or again or back:
        reminder.state, reminder.why, reminder.fired_at = "waiting", None, None
        reminder.due_at, reminder.expires_at = at.due_at, at.expires_at


async def _coming(session: Session, group_id: int, now: dt.datetime) -> list[Meeting]:
    query = select(Meeting).where(Meeting.group_id == group_id, Meeting.state == "planned", Meeting.starts_at > now)
    return list(await session.scalars(query))


async def _members(session: Session, group_id: int) -> list[Mother]:
    return list(await session.scalars(select(Mother).where(Mother.group_id == group_id, Mother.status == "member")))


# ---------------------------------------------------------------- saying it


async def fire(session: Session, content: Content, now: dt.datetime) -> bool:
    """Some of the oldest due reminders. True: they were dealt with, come again. False: nothing is due.

    1. Lock them: several processes may tick.  2. Each: still true, and still useful?  3. In quiet hours: later.
    4. Into the outbox, under a key of meeting, version, mother and kind: never twice, but again when the meeting moved.
    """
    due = select(Reminder).where(WAITING, Reminder.due_at <= now).order_by(Reminder.due_at, Reminder.id).limit(BATCH)
    found = list(await session.scalars(due.with_for_update(skip_locked=True), execution_options=AFRESH))
    if not found:
        return await _staff_turn(session, content, now)
    some = await _look_up(session, content, now, found)
    out: list[dict[str, Any]] = []
    for reminder in found:
        out += await _fired(some, reminder)
    await session.flush()
    await outbox.put_all(session, out)
    await _spare_the_morning(session, some)
    return True


async def next_due(session: Session) -> dt.datetime | None:
    """When the next one is due; None when none waits."""
    found: dt.datetime | None = await session.scalar(
        select(Reminder.due_at).where(WAITING).order_by(Reminder.due_at).limit(1)
    )
    return found


@dataclass
class _Some:
    """Reminders that are fired together, and all that is asked about them."""

    session: Session
    now: dt.datetime
    words: Wording
    meetings: dict[int, Meeting]
    groups: dict[int, Group]
    mothers: dict[int, Mother]
    answers: dict[tuple[int, int], str]
    hours: dict[int, Hours] = field(default_factory=dict)
    just_said: set[tuple[int, int]] = field(default_factory=set)  # meeting and mother, the evening before


async def _look_up(session: Session, content: Content, now: dt.datetime, found: list[Reminder]) -> _Some:
    about, whom = {r.meeting_id for r in found}, {r.mother_id for r in found}
    meetings = await session.scalars(select(Meeting).where(Meeting.id.in_(about)), execution_options=AFRESH)
    by_number = {meeting.id: meeting for meeting in meetings}
    groups = select(Group).where(Group.id.in_({meeting.group_id for meeting in by_number.values()}))
    mothers = await session.scalars(select(Mother).where(Mother.id.in_(whom)), execution_options=AFRESH)
    answers = select(Rsvp.meeting_id, Rsvp.mother_id, Rsvp.answer).where(
        Rsvp.meeting_id.in_(about), Rsvp.mother_id.in_(whom)
    )
    return _Some(
        session, now, Wording(session, content, now), by_number, {group.id: group for group in await session.scalars(groups)},
        {mother.id: mother for mother in mothers}, {(m, who): answer for m, who, answer in await session.execute(answers)},
    )  # fmt: skip


async def _fired(some: _Some, reminder: Reminder) -> list[dict[str, Any]]:
    """The rows of what she hears now; her reminder is marked as fired, dropped, or waiting for a better hour."""
    meeting, mother = some.meetings[reminder.meeting_id], some.mothers[reminder.mother_id]
    why = _useless(some, reminder, meeting, mother)
    if meeting.group_id not in some.hours:
        some.hours[meeting.group_id] = await hours_of(some.session, meeting.group_id)
    later = after_quiet(some.now, some.hours[meeting.group_id], mother)
    if why is None and later > some.now:
        reminder.due_at = later
        why = "too late" if later >= reminder.expires_at else None
    elif why is None:
        reminder.state, reminder.fired_at = "fired", some.now
        return await _said(some, reminder, meeting, mother)
    if why is not None:
        reminder.state, reminder.why = "dropped", why
    return []


def _useless(some: _Some, reminder: Reminder, meeting: Meeting, mother: Mother) -> str | None:
    """Why it is not to be said any more, or None."""
    now, answer = some.now, some.answers.get((meeting.id, mother.id))
    reasons = {
        "too late": now >= reminder.expires_at,
        "cancelled": meeting.state == "cancelled",
        "closed": some.groups[meeting.group_id].closed_at is not None,
        "left": mother.status != "member" or mother.group_id != meeting.group_id,
        "unreachable": mother.unreachable_at is not None,
        "muted": mother.muted_until is not None and mother.muted_until > now,
        "cannot": answer == "cannot",
    }
    return next((why for why, true in reasons.items() if true), None)


async def _said(some: _Some, reminder: Reminder, meeting: Meeting, mother: Mother) -> list[dict[str, Any]]:
    group, now = some.groups[meeting.group_id], some.now
    utterances = await some.words.of(meeting, group, reminder.kind, mother.lang or "nl", mother.voice_lang)
    if reminder.kind == "evening":
        some.just_said.add((meeting.id, mother.id))
    end, name = min(reminder.expires_at, _midnight(now)), f"{meeting.id}:{meeting.version}:{mother.id}:{reminder.kind}"
    about: dict[str, Any] = {"now": now, "expires_at": end, "mother_id": mother.id, "about": "reminder"}
    return [
        outbox.reply(mother.chat_id, said, key=f"reminder:{name}:{n}", **about)
        | {"priority": 1, "about_id": reminder.id}
        for n, said in enumerate(utterances)
    ]


def _midnight(now: dt.datetime) -> dt.datetime:
    """The end of this wall-clock day: "morgen" is a lie after it."""
    return instant(local(now).date() + dt.timedelta(days=1), dt.time())


async def _spare_the_morning(session: Session, some: _Some) -> None:
    for meeting in {meeting for meeting, _ in some.just_said}:
        nagging = update(Reminder).where(
            Reminder.meeting_id == meeting,
            Reminder.mother_id.in_([mother for about, mother in some.just_said if about == meeting]),
            Reminder.kind == "morning",
            Reminder.state == "waiting",
            Reminder.due_at < some.now + JUST_SAID,
        )
        await session.execute(nagging.values(state="dropped", why="just said"))


# ---------------------------------------------------------------- staff and volunteers


async def _staff_turn(session: Session, content: Content, now: dt.datetime) -> bool:
    """The evening before, volunteers hear of the meeting; in the morning everybody hears who comes. Once each, by the key."""
    soon = select(Meeting, Group).join(Group, Group.id == Meeting.group_id)
    soon = soon.where(Meeting.state == "planned", Meeting.starts_at > now, Group.closed_at.is_(None))
    said = False
    for meeting, group in (await session.execute(soon.where(Meeting.starts_at < now + dt.timedelta(days=2)))).all():
        house = await hours_of(session, group.id)
        for kind in KINDS:
            if _staff_due(meeting, kind, house, now):
                said = await _tell_staff(session, meeting, group, kind, now) or said
    return said


def _staff_due(meeting: Meeting, kind: str, house: Hours, now: dt.datetime) -> bool:
    nobody = Mother(quiet_from=None, quiet_until=None)
    at = times(meeting.starts_at, kind, house, nobody)
    return at is not None and at.due_at <= now < at.expires_at and after_quiet(now, house, nobody) == now


async def _tell_staff(session: Session, meeting: Meeting, group: Group, kind: str, now: dt.datetime) -> bool:
    roles = rights.roles_without("group") if kind == "evening" else rights.roles("meetings")
    key = f"staff-reminder:{meeting.id}:{meeting.version}:{kind}"
    heard = set(await session.scalars(select(Delivery.unique_key).where(Delivery.unique_key.startswith(key + ":"))))
    people = [p for p in await tell.of_group(session, group.id, roles, now=now) if f"{key}:{p.id}" not in heard]
    if not people:
        return False
    for person in people:
        if person.chat_id is not None:
            text, end = await _staff_text(session, meeting, group, kind, person, now), meeting.starts_at
            await outbox.put(
                session, person.chat_id, tell.line(text), key=f"{key}:{person.id}", now=now, priority=1, expires_at=end
            )
    return True


async def _staff_text(
    session: Session, meeting: Meeting, group: Group, kind: str, person: Staff, now: dt.datetime
) -> str:
    at = where(group, meeting)
    place = f"{at.place}, {at.address}" if at.address else at.place
    warning = "⚠️ Andere plaats! " if at.other else ""
    text = f"📅 {group.name}: {spoken.moment(meeting.starts_at, 'nl', now).shown}. {warning}{place}."
    names = rights.may((await rights.in_groups(session, person, [group]))[group.id], "group")
    return text if kind == "evening" else f"{text}\n{await in_words(session, group, meeting.id, names=names)}"


__all__ = [
    "Headcount", "Hours", "answer", "drop_group", "drop_mother", "fire", "headcount", "hours", "hours_of", "plan", "replan", "retime",
]  # fmt: skip
