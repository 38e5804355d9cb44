"""How many came, counted afterwards, and the hours of a group beside its plan. Counts only: nobody's attendance is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from bot.care.calendar import Period, periods, wall_hours
from bot.care.dutch import NotSo
from bot.care.headcount import MOST_CHILDREN
from bot.clock import instant
from bot.db.calendar_models import Attendance
from bot.db.models import Group, Meeting, Staff
from bot.db.notes import insert
from bot.db.session import Session

MOST = 60
ASKED_FOR = dt.timedelta(days=30)


@dataclass(frozen=True)
class Line:
    """One period of the plan, in hours: asked (None: no plan), planned (held ones too, cancelled ones not), held; meetings: how many
    are planned."""

    period: Period
    planned: float
    held: float
    meetings: int


async def note(
    session: Session, meeting: Meeting, mothers: int, children: int, by: Staff | None, now: dt.datetime
) -> None:
    """Writes down how many came; a second time replaces the first. 0 mothers: it was not held. ValueError in a sentence."""
    if meeting.starts_at > now:
        raise NotSo("Deze bijeenkomst moet nog beginnen.")
    if not (0 <= mothers <= MOST and 0 <= children <= MOST * MOST_CHILDREN):
        raise NotSo("Vul een aantal in van 0 tot {n}.", n=MOST)
    row = {"mothers": mothers, "children": children, "staff_id": by.id if by else None, "noted_at": now}
    put = insert(session, Attendance).values(meeting_id=meeting.id, **row)
    await session.execute(put.on_conflict_do_update(index_elements=["meeting_id"], set_=row))


async def of(session: Session, meetings: Iterable[Meeting]) -> dict[int, Attendance]:
    """meeting id → what was counted, for those where somebody counted."""
    numbers = [meeting.id for meeting in meetings]
    rows = await session.scalars(select(Attendance).where(Attendance.meeting_id.in_(numbers)))
    return {row.meeting_id: row for row in rows}


async def missing(session: Session, groups: Iterable[Group], now: dt.datetime) -> list[Meeting]:
    """Meetings of the last thirty days of which nobody has said yet how many came, the newest first."""
    mine = Meeting.group_id.in_([group.id for group in groups])
    over = mine, Meeting.state == "planned", Meeting.ends_at <= now, Meeting.starts_at > now - ASKED_FOR
    query = select(Meeting).outerjoin(Attendance, Attendance.meeting_id == Meeting.id).where(*over)
    rows = await session.scalars(query.where(Attendance.meeting_id.is_(None)).order_by(Meeting.starts_at.desc()))
    return list(rows)


async def against_plan(session: Session, group: Group, now: dt.datetime) -> list[Line]:
    """The hours of each period of the group's plan."""
    lines = []
    for period in periods(group):
        start, end = instant(period.first, dt.time()), instant(period.last + dt.timedelta(days=1), dt.time())
        query = select(Meeting, Attendance.mothers).outerjoin(Attendance, Attendance.meeting_id == Meeting.id)
        falls = (
            Meeting.group_id == group.id,
            Meeting.state == "planned",
            Meeting.starts_at >= start,
            Meeting.starts_at < end,
        )
        rows = [(row[0], row[1]) for row in await session.execute(query.where(*falls))]
        planned = sum(wall_hours(meeting.starts_at, meeting.ends_at) for meeting, _came in rows)
        held = sum(wall_hours(m.starts_at, m.ends_at) for m, came in rows if m.ends_at <= now and came != 0)
        lines.append(Line(period, planned, held, len(rows)))
    return lines
