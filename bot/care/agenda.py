"""The agenda: the coming meetings of several groups together, each with its headcount."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from bot.care import headcount
from bot.care.headcount import Headcount
from bot.care.whereabouts import Where, where
from bot.db.models import Group, Meeting
from bot.db.session import Session

AHEAD = dt.timedelta(days=56)
MOST = 60


@dataclass(frozen=True)
class Entry:
    """One meeting, cancelled ones too, with where it is and who comes."""

    meeting: Meeting
    group: Group
    at: Where
    count: Headcount


async def coming(session: Session, groups: list[Group], now: dt.datetime) -> list[Entry]:
    """What is not over yet, eight weeks ahead, the nearest first."""
    mine = Meeting.group_id.in_([group.id for group in groups])
    query = select(Meeting).where(mine, Meeting.ends_at > now, Meeting.starts_at < now + AHEAD)
    rows = await session.scalars(query.order_by(Meeting.starts_at, Meeting.id).limit(MOST))
    by_id = {group.id: group for group in groups}
    return [await entry(session, meeting, by_id[meeting.group_id]) for meeting in rows]


async def entry(session: Session, meeting: Meeting, group: Group) -> Entry:
    """This one meeting."""
    return Entry(meeting, group, where(group, meeting), await headcount.headcount(session, meeting.id))
