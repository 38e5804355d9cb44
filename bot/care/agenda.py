"""The agenda: the coming meetings of several groups together, each with its headcount."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from bot.care import attendance, headcount
from bot.care.headcount import Headcount
from bot.care.whereabouts import Where, where
from bot.clock import instant, local
from bot.db.calendar_models import Attendance, GuestPhoto
from bot.db.models import Group, Media, Meeting
from bot.db.session import Session

AHEAD = dt.timedelta(days=56)
MOST = 60
MOST_SHOWN = 200


@dataclass(frozen=True)
class Entry:
    """One meeting, cancelled ones too, with where it is, who comes, and how many came (None: nobody counted)."""

    meeting: Meeting
    group: Group
    at: Where
    count: Headcount
    came: Attendance | None = None


async def coming(session: Session, groups: list[Group], now: dt.datetime) -> list[Entry]:
    """What is not over yet, eight weeks ahead, the nearest first."""
    mine = Meeting.group_id.in_([group.id for group in groups])
    query = select(Meeting).where(mine, Meeting.ends_at > now, Meeting.starts_at < now + AHEAD)
    rows = await session.scalars(query.order_by(Meeting.starts_at, Meeting.id).limit(MOST))
    by_id = {group.id: group for group in groups}
    return [await entry(session, meeting, by_id[meeting.group_id]) for meeting in rows]


async def following(session: Session, groups: list[Group], now: dt.datetime) -> Meeting | None:
    """The meeting of these groups that is the next to end, cancelled or not; None when there is none to come."""
    query = select(Meeting).where(Meeting.group_id.in_([group.id for group in groups]), Meeting.ends_at > now)
    found: Meeting | None = await session.scalar(query.order_by(Meeting.starts_at, Meeting.id).limit(1))
    return found


async def between(session: Session, groups: list[Group], first: dt.date, last: dt.date) -> dict[dt.date, list[Entry]]:
    """The meetings of these days on the wall, both included, by day; also what is over."""
    by_id = {group.id: group for group in groups}
    start, end = instant(first, dt.time()), instant(last + dt.timedelta(days=1), dt.time())
    falls = Meeting.group_id.in_(by_id), Meeting.starts_at >= start, Meeting.starts_at < end
    rows = await session.scalars(
        select(Meeting).where(*falls).order_by(Meeting.starts_at, Meeting.id).limit(MOST_SHOWN)
    )
    found: dict[dt.date, list[Entry]] = {}
    for meeting in rows:
        day = local(meeting.starts_at).date()
        found.setdefault(day, []).append(await entry(session, meeting, by_id[meeting.group_id]))
    return found


async def soon(session: Session, groups: list[Group], now: dt.datetime) -> Entry | None:
    """The meeting of today or tomorrow that begins first, unless it is cancelled or over."""
    tomorrow = instant(local(now).date() + dt.timedelta(days=2), dt.time())
    mine = Meeting.group_id.in_([group.id for group in groups]), Meeting.state == "planned"
    query = select(Meeting).where(*mine, Meeting.ends_at > now, Meeting.starts_at < tomorrow)
    found = (await session.scalars(query.order_by(Meeting.starts_at).limit(1))).first()
    by_id = {group.id: group for group in groups}
    return await entry(session, found, by_id[found.group_id]) if found else None


async def entry(session: Session, meeting: Meeting, group: Group) -> Entry:
    """This one meeting."""
    came = (await attendance.of(session, [meeting])).get(meeting.id)
    return Entry(meeting, group, where(group, meeting), await headcount.headcount(session, meeting.id), came)


async def guest_photo(session: Session, meeting: Meeting) -> str | None:
    """The name of the stored photo of who gives this meeting."""
    face = select(Media.name).join(GuestPhoto, GuestPhoto.media_id == Media.id)
    name: str | None = await session.scalar(face.where(GuestPhoto.meeting_id == meeting.id))
    return name
