"""Own days of a group: closed, or a feast. What a closed day takes away is shown first; nobody is greeted by assumption."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from bot.care import announcement_plans, announcements, meetings, reminders
from bot.care.calendar import clock_time
from bot.care.dutch import NotSo
from bot.clock import instant, local
from bot.db.calendar_models import OwnDays
from bot.db.models import Announcement, Group, Meeting, Mother, Staff
from bot.db.session import Session

MOST_DAYS = 120
SOON = dt.timedelta(hours=36)
GREETING, GREETING_AT = "feast", "09:00"


@dataclass(frozen=True)
class Cost:
    """One meeting that a closed day takes away. at_once: somebody has heard of it or it is near, so everybody hears it now;
    otherwise they hear it the evening before."""

    meeting: Meeting
    at_once: bool


async def preview(session: Session, group: Group, first: dt.date, last: dt.date, now: dt.datetime) -> list[Cost]:
    """Which coming meetings fall on these days."""
    start, end = instant(first, dt.time()), instant(last + dt.timedelta(days=1), dt.time())
    falls = (
        Meeting.group_id == group.id,
        Meeting.state == "planned",
        Meeting.starts_at >= start,
        Meeting.starts_at < end,
    )
    rows = await session.scalars(select(Meeting).where(*falls, Meeting.starts_at > now).order_by(Meeting.starts_at))
    return [Cost(m, m.starts_at < now + SOON or await meetings.heard(session, m)) for m in rows]


async def add(
    session: Session,
    group: Group,
    name: str,
    first: dt.date,
    last: dt.date,
    now: dt.datetime,
    by: Staff | None,
    *,
    closed: bool = True,
    greet: bool = False,
) -> OwnDays:
    """Own days. closed: their meetings are cancelled, and the pattern leaves them out from now on. greet: on the first day
    everybody of the group is wished a happy feast in her language. ValueError in a sentence: these days cannot be.

    1. The row.  2. Each meeting of `preview`: cancelled aloud, or silently with a message planned for the evening before.
    3. The greeting is planned for nine in the morning; when that is past, it goes now.
    """
    if last < first:
        raise NotSo("De laatste dag komt voor de eerste.")
    if (last - first).days >= MOST_DAYS:
        raise NotSo("Dat is te lang: hoogstens {n} dagen.", n=MOST_DAYS)
    same = OwnDays.group_id == group.id, OwnDays.first_day == first, OwnDays.last_day == last, OwnDays.name == name
    twice = select(OwnDays).where(*same, OwnDays.closed.is_(closed), OwnDays.greet.is_(greet)).limit(1)
    if (there := await session.scalar(twice)) is not None:  # the button was pressed twice: nobody is greeted twice
        return there
    at = await greeting_at(session, group, first, last, now) if greet else None
    if greet and at is None:
        raise NotSo("Het is te laat om nog een wens te sturen.")
    own = OwnDays(
        group_id=group.id, first_day=first, last_day=last, name=name, closed=closed, greet=greet, created_at=now
    )
    session.add(own)
    await session.flush()
    for cost in await preview(session, group, first, last, now) if closed else []:
        if cost.at_once:
            await meetings.cancel(session, cost.meeting, now, by)
        else:
            await _cancel_later(session, group, cost.meeting, now, by)
    if at is not None:
        slots = {"day": local(at).date().isoformat()}
        made = await announcements.draft(session, group, by, GREETING, now, slots=slots)
        await (announcement_plans.plan(session, made, at, now) if at > now else announcements.send(session, made, now))
        own.greeting_id = made.id
    await session.flush()
    if closed:
        await meetings.plan(session, group, now)
    return own


async def greeting_at(
    session: Session, group: Group, first: dt.date, last: dt.date, now: dt.datetime
) -> dt.datetime | None:
    """When everybody would be greeted: on the first day at nine, or now when that is past; not in quiet hours. None: it is too late."""
    house = await reminders.hours_of(session, group.id)
    at = max(instant(first, clock_time(GREETING_AT)), now)
    at = reminders.after_quiet(at, house, Mother(quiet_from=None, quiet_until=None))
    return at if local(at).date() <= last else None


async def remove(session: Session, own: OwnDays, group: Group, now: dt.datetime) -> list[Meeting]:
    """The days are ordinary again. Meetings of which nobody heard yet that they were off come back by themselves; the others
    that stay cancelled are returned: a person decides about those, because everybody will hear it."""
    if own.greeting_id is not None:
        made = await session.get(Announcement, own.greeting_id)
        if made is not None and await announcement_plans.unplan(session, made):
            made.state = "stopped"
    closed = own.closed
    await session.delete(own)
    await session.flush()
    still = await meetings.closed_days(session, group.id)  # by other own days
    start, end = instant(own.first_day, dt.time()), instant(own.last_day + dt.timedelta(days=1), dt.time())
    falls = (
        Meeting.group_id == group.id,
        Meeting.state == "cancelled",
        Meeting.starts_at >= start,
        Meeting.starts_at < end,
    )
    left = []
    for meeting in list(await session.scalars(select(Meeting).where(*falls, Meeting.starts_at > now))):
        if local(meeting.starts_at).date() in still:
            continue
        if closed and await meetings.unsaid(session, meeting) is not None:
            await meetings.restore(session, meeting, now)
        else:
            left.append(meeting)
    await meetings.plan(session, group, now)
    return left


async def coming(session: Session, group_id: int, today: dt.date) -> list[OwnDays]:
    """Own days that are not over yet, the nearest first."""
    query = select(OwnDays).where(OwnDays.group_id == group_id, OwnDays.last_day >= today)
    return list(await session.scalars(query.order_by(OwnDays.first_day, OwnDays.id)))


async def between(session: Session, group_id: int, first: dt.date, last: dt.date) -> list[OwnDays]:
    """Own days that touch these days."""
    touches = OwnDays.group_id == group_id, OwnDays.first_day <= last, OwnDays.last_day >= first
    return list(await session.scalars(select(OwnDays).where(*touches).order_by(OwnDays.first_day, OwnDays.id)))


# ---------------------------------------------------------------- step by step


async def _cancel_later(session: Session, group: Group, meeting: Meeting, now: dt.datetime, by: Staff | None) -> None:
    """Off from now on; the group hears it the evening before, when the reminder would have come."""
    meeting.state, meeting.by_hand, meeting.version = "cancelled", True, meeting.version + 1
    await session.flush()
    await reminders.replan(session, meeting, now)
    nobody = Mother(quiet_from=None, quiet_until=None)
    at = reminders.times(meeting.starts_at, "evening", await reminders.hours_of(session, group.id), nobody)
    made = await announcements.draft(session, group, by, "cancelled", now, meeting=meeting)
    await announcement_plans.plan(session, made, at.due_at if at else meeting.starts_at - SOON, now)
