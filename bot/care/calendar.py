"""Which days a group's pattern falls on: wall-clock rules first, holidays taken out, the zone last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

import holidays
from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday

from bot.care.kinds import LESSON
from bot.clock import instant, local
from bot.db.models import Group, Json

CALENDARS = ("Flemish", "French")
TONGUES = {"nl": "nl", "en": "en_US", "fr": "fr"}  # in which the days off have names


@dataclass(frozen=True)
class Slot:
    """One day of the pattern and its two instants."""

    day: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    kind: str = LESSON


def clock_time(text: str) -> dt.time:
    """A wall time from "09:00"."""
    return dt.time.fromisoformat(text)


@lru_cache(maxsize=32)
def days_off(calendar: str, first_year: int, last_year: int, lang: str = "nl") -> dict[dt.date, str]:
    """School holidays of that community and Belgian public holidays, day by day with the name, in one of TONGUES.

    Both categories: "school" lacks 21 July and 1 November on a Sunday. One year more on each side, because a
    Christmas holiday belongs to the year in which it begins.
    """
    years = range(first_year - 1, last_year + 2)
    found = holidays.country_holidays(
        "BE", subdiv=calendar, categories=("school", "public"), language=TONGUES[lang], years=years
    )
    return {day: name.replace("Labor ", "Labour ") for day, name in sorted(found.items())}


def day_off(calendar: str, day: dt.date, lang: str = "nl") -> str | None:
    """The name of the holiday on this day, or None."""
    return days_off(calendar, day.year, day.year, lang).get(day)


@dataclass(frozen=True)
class Rule:
    """One rhythm: days (0 = Monday), every so many weeks or every n-th of the month (-1: the last), from and until on the wall."""

    days: tuple[int, ...]
    starts: str
    ends: str
    every: int = 1
    monthly: int = 0
    kind: str = LESSON


@dataclass(frozen=True)
class Period:
    """A stretch of the plan, such as a semester, with the hours it has to hold (None: as many as there are)."""

    name: str
    first: dt.date
    last: dt.date
    hours: float | None = None


def rules(group: Group) -> list[Rule]:
    """The rhythms of a group's pattern: its own, and those under "more"."""
    found = [_rule(group, group.pattern), *(_rule(group, other) for other in group.pattern.get("more", []))]
    return [rule for rule in found if rule.days]


def periods(group: Group) -> list[Period]:
    """The periods of a group's pattern; without any, all of it is one period."""
    found = [
        Period(
            str(one.get("name", "")),
            dt.date.fromisoformat(str(one["first"])),
            dt.date.fromisoformat(str(one["last"])),
            float(one["hours"]) if one.get("hours") else None,
        )
        for one in group.pattern.get("periods", [])
    ]
    hours = group.pattern.get("hours")
    return found or [Period("", group.first_day, group.last_day, float(hours) if hours else None)]


def slots(group: Group, until: dt.date | None = None, closed: Collection[dt.date] = ()) -> list[Slot]:
    """The days of the group's pattern from its first to its last day, without days off and its own closed days.

    pattern: days (0 = Monday) · every: weeks; a skipped week still counts, so the rhythm stays · monthly: the n-th such day of
    the month, -1 the last · kind · hours: stop when the plan, for example 60 h, is full · periods: [{name, first, last, hours}],
    each with its own plan · more: [{days, starts, ends, every, monthly, kind}], rhythms beside the first; one meeting a day, the
    first rhythm wins. The rule runs on naive wall time: 13.30 stays 13.30 across the clock change.
    """
    found: dict[dt.date, Slot] = {}
    for period in periods(group):
        last = min(group.last_day, period.last, *([until] if until else []))
        first = max(group.first_day, period.first)
        if first > last:
            continue
        off = days_off(group.calendar, first.year, last.year)
        here: dict[dt.date, Slot] = {}
        for rule in rules(group):
            for day in _days(rule, group.first_day, last):
                if day >= first and day not in off and day not in closed and day not in found:
                    here.setdefault(day, _slot(rule, day))
        found |= {one.day: one for one in _within_hours(sorted(here.values(), key=lambda one: one.day), period.hours)}
    return sorted(found.values(), key=lambda one: one.day)


def _rule(group: Group, told: Json) -> Rule:
    return Rule(
        days=tuple(int(day) for day in told.get("days", [])),
        starts=str(told.get("starts") or group.starts),
        ends=str(told.get("ends") or group.ends),
        every=int(told.get("every") or 1),
        monthly=int(told.get("monthly") or 0),
        kind=str(told.get("kind") or LESSON),
    )


def _days(rule: Rule, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    start, end = dt.datetime.combine(first, dt.time()), dt.datetime.combine(last, dt.time())
    if rule.monthly:
        nth = [weekday(day)(rule.monthly) for day in rule.days]
        found = rrule(MONTHLY, byweekday=nth, dtstart=start, until=end)
    else:
        found = rrule(WEEKLY, interval=rule.every, byweekday=rule.days, dtstart=start, until=end)
    return (day.date() for day in found)


def _slot(rule: Rule, day: dt.date) -> Slot:
    return Slot(day, instant(day, clock_time(rule.starts)), instant(day, clock_time(rule.ends)), rule.kind)


def _within_hours(found: list[Slot], plan: float | None) -> list[Slot]:
    """As many from the start as fit into the plan; wall-clock hours, so that no clock change makes one longer."""
    if plan is None:
        return found
    held, kept = 0.0, []
    for one in found:
        held += wall_hours(one.starts_at, one.ends_at)
        if held > plan + 1e-6:
            break
        kept.append(one)
    return kept


def wall_hours(starts_at: dt.datetime, ends_at: dt.datetime) -> float:
    """How long it is on the wall clock, in hours."""
    return (local(ends_at).replace(tzinfo=None) - local(starts_at).replace(tzinfo=None)).total_seconds() / 3600
