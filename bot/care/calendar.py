"""Which days a group's pattern falls on: wall-clock rules first, holidays taken out, the zone last."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import holidays
from dateutil.rrule import WEEKLY, rrule

from bot.clock import instant
from bot.db.models import Group

CALENDARS = ("Flemish", "French")


@dataclass(frozen=True)
class Slot:
    """One day of the pattern and its two instants."""

    day: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime


def clock_time(text: str) -> dt.time:
    """A wall time from "09:00"."""
    return dt.time.fromisoformat(text)


@lru_cache(maxsize=32)
def days_off(calendar: str, first_year: int, last_year: int) -> dict[dt.date, str]:
    """School holidays of that community and Belgian public holidays, day by day with the Dutch name.

    Both categories: "school" lacks 21 July and 1 November on a Sunday. One year more on each side, because a
    Christmas holiday belongs to the year in which it begins.
    """
    years = range(first_year - 1, last_year + 2)
    found = holidays.country_holidays(
        "BE", subdiv=calendar, categories=("school", "public"), language="nl", years=years
    )
    return dict(sorted(found.items()))


def day_off(calendar: str, day: dt.date) -> str | None:
    """The name of the holiday on this day, or None."""
    return days_off(calendar, day.year, day.year).get(day)


def slots(group: Group, until: dt.date | None = None) -> list[Slot]:
    """The days of the group's pattern from its first to its last day, without days off.

    pattern: days (0 = Monday), every (weeks; a skipped week still counts, so the rhythm stays), hours (stop when the
    plan, for example 60 h, is full). The rule runs on naive wall time: 13.30 stays 13.30 across the clock change.
    """
    days = [int(day) for day in group.pattern.get("days", [])]
    if not days:
        return []
    last = min(group.last_day, until) if until else group.last_day
    every = int(group.pattern.get("every", 1))
    first = dt.datetime.combine(group.first_day, dt.time())
    rule = rrule(WEEKLY, interval=every, byweekday=days, dtstart=first, until=dt.datetime.combine(last, dt.time()))
    off = days_off(group.calendar, group.first_day.year, last.year)
    return _within_hours(group, [slot(group, found.date()) for found in rule if found.date() not in off])


def slot(group: Group, day: dt.date) -> Slot:
    """The group's own hours on this day."""
    return Slot(day, instant(day, clock_time(group.starts)), instant(day, clock_time(group.ends)))


def _within_hours(group: Group, found: list[Slot]) -> list[Slot]:
    plan = group.pattern.get("hours")
    if not plan or not found:
        return found
    start, end = (dt.datetime.combine(group.first_day, clock_time(t)) for t in (group.starts, group.ends))
    each = (end - start).total_seconds() / 3600
    return found[: int(float(plan) / each + 1e-9)] if each > 0 else found
