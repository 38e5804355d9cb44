"""The rhythm of a group, changed by a person: what would change is counted first, and only then done."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from bot.care import meetings
from bot.care.calendar import Slot, clock_time, periods, rules, slots, wall_hours
from bot.care.dutch import Dutch
from bot.care.kinds import KINDS
from bot.db.models import Group, Json, Meeting, Rsvp
from bot.db.session import Session

LONGEST = dt.timedelta(days=550)
FIELDS = ("pattern", "starts", "ends", "first_day", "last_day")


@dataclass(frozen=True)
class Plan:
    """A rhythm that somebody filled in, not yet the group's. pattern: as in `calendar.slots`."""

    pattern: Json
    starts: str
    ends: str
    first_day: dt.date
    last_day: dt.date


@dataclass(frozen=True)
class Change:
    """What a plan would do to what is still to come. slots: all meetings of the plan, also those that are over; hours: of each
    period (name, hours that fit, hours asked or None); new, gone: meetings that come or go; kept: that stay as they are, because a
    person changed them or a mother heard of them, with how many mothers said that they come."""

    slots: list[Slot]
    hours: list[tuple[str, float, float | None]]
    new: int
    gone: int
    kept: list[tuple[Meeting, int]]

    @property
    def stay(self) -> int:
        return len(self.kept)


def of(group: Group) -> Plan:
    """The group's own."""
    return Plan(dict(group.pattern), group.starts, group.ends, group.first_day, group.last_day)


def fault(plan: Plan) -> str | None:
    """Why a plan cannot be, in a sentence; None when it can."""
    shadow = _shadow(plan, None)
    if plan.last_day < plan.first_day:
        return Dutch("De laatste dag komt voor de eerste.")
    if plan.last_day - plan.first_day > LONGEST:
        return Dutch("Dat is te lang: hoogstens anderhalf jaar.")
    for rule in rules(shadow):
        if clock_time(rule.ends) <= clock_time(rule.starts):
            return Dutch("Het einduur moet na het beginuur komen.")
        if rule.kind not in KINDS:
            return Dutch("Kies wat jullie doen uit de lijst.")
    found = periods(shadow) if plan.pattern.get("periods") else []
    for one, following in itertools.pairwise(found):
        if following.first <= one.last:
            return Dutch("De periodes overlappen. De volgende begint na de vorige.")
    if any(one.last < one.first for one in found):
        return Dutch("Een periode eindigt voor ze begint.")
    return None


async def preview(session: Session, group: Group, plan: Plan, now: dt.datetime) -> Change:
    """What this plan would change; nothing is changed."""
    shadow = _shadow(plan, group)
    wanted = slots(shadow, closed=await meetings.closed_days(session, group.id))
    coming: dict[dt.date | None, Slot] = {slot.day: slot for slot in wanted if slot.starts_at > now}
    there = Meeting.group_id == group.id, Meeting.planned_day.is_not(None)
    rows = list(await session.scalars(select(Meeting).where(*there)))
    ours = {row.planned_day: row for row in rows}
    odd = [row for row in rows if row.starts_at > now and not _same(row, coming.get(row.planned_day))]
    kept = [row for row in odd if row.by_hand or await meetings.heard(session, row)]
    gone = [row for row in odd if row not in kept and row.planned_day not in coming]
    found = []
    for one in periods(shadow):
        fits = sum(wall_hours(s.starts_at, s.ends_at) for s in wanted if one.first <= s.day <= one.last)
        found.append((one.name, fits, one.hours))
    return Change(wanted, found, len(coming - ours.keys()), len(gone), await _come(session, kept))


async def apply(session: Session, group: Group, plan: Plan, now: dt.datetime) -> list[Meeting]:
    """This plan is the group's from now on; the meetings that are new."""
    for name in FIELDS:
        setattr(group, name, getattr(plan, name))
    await session.flush()
    return await meetings.plan(session, group, now)


def _shadow(plan: Plan, group: Group | None) -> Group:
    """A group that is nowhere stored, to reckon with."""
    told: dict[str, Any] = {name: getattr(plan, name) for name in FIELDS}
    return Group(**told, calendar=group.calendar if group else "Flemish", name="", place="", house_id=0)


def _same(meeting: Meeting, slot: Slot | None) -> bool:
    """Whether the plan has it as it is. A day that a person changed is only odd when the plan no longer has it."""
    if slot is None:
        return False
    return meeting.by_hand or (slot.starts_at, slot.ends_at) == (meeting.starts_at, meeting.ends_at)


async def _come(session: Session, kept: list[Meeting]) -> list[tuple[Meeting, int]]:
    """Each of these with how many mothers said that they come, in order."""
    query = select(Rsvp.meeting_id, func.count()).where(Rsvp.answer != "cannot")
    said = await session.execute(query.where(Rsvp.meeting_id.in_([m.id for m in kept])).group_by(Rsvp.meeting_id))
    counts = {row[0]: row[1] for row in said}
    return [(meeting, counts.get(meeting.id, 0)) for meeting in sorted(kept, key=lambda m: m.starts_at)]
