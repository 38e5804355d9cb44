"""The first day a child may start in kleuterschool, from its date of birth. Pure functions; nothing is kept.

The rule (Flanders): between two and a half and three years a child starts on one of seven days, the first school day after the
summer, autumn, Christmas, carnival and Easter holidays, the first of February, and the first after Ascension Day; a child that
becomes two and a half ON such a day may start that day. From three years on any school day. In the school year that begins in the
year it turns five it must go. Sources: https://www.vlaanderen.be/naar-de-kleuterklas, and for who must go the circular Bao/2020/02.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from dateutil.relativedelta import relativedelta

from bot.care.calendar import days_off

CALENDAR = "Flemish"  # French-language schools have another calendar and other rules: nobody computes those here
LONG_HOLIDAYS = ("Herfstvakantie", "Kerstvakantie", "Krokusvakantie", "Paasvakantie")
ASCENSION = "Hemelvaart"
HALF_PAST_TWO, THREE = relativedelta(months=30), relativedelta(years=3)
MUST_GO, GROWN_UP = 5, 18  # years of age
STEP = dt.timedelta(days=1)

Kind = Literal["start", "later", "now", "any", "must", "future", "absurd", "unknown"]


@dataclass(frozen=True)
class Start:
    """What the rule says. day: the first day it may start, where there is one to name.

    start/later: still to come (later: more than ten months away, so the year is said too) · now: it may start already, `day`
    is the next of the seven days · any: any school day · must: it has to go · future: not born yet · absurd: no such child here
    """

    kind: Kind
    day: dt.date | None = None


def first_day(born: dt.date, today: dt.date) -> Start:
    """When a child born on this day may start, as seen today."""
    if born > today:
        return Start("future")
    if born + relativedelta(years=GROWN_UP) <= today:
        return Start("absurd")
    if today >= dt.date(born.year + MUST_GO, 9, 1):
        return Start("must")
    if born + THREE <= today:
        return Start("any")
    ready = born + HALF_PAST_TWO
    day = _next(max(ready, today), born + THREE)
    if day is None:
        return Start("unknown")
    if _passed(ready, today, born):
        return Start("now", day)
    return Start("later" if day > today + relativedelta(months=10) else "start", day)


@lru_cache(maxsize=64)
def start_days(school_year: int) -> tuple[dt.date, ...]:
    """The seven days on which a child may start in the school year that begins in this calendar year, in order.

    Fewer when two of them fall on one day; none for a year whose holidays nobody knows.
    """
    off = days_off(CALENDAR, school_year, school_year + 1)
    holiday_ends = _ends(off, dt.date(school_year, 9, 1), dt.date(school_year + 1, 6, 30))
    if len(holiday_ends) < len(LONG_HOLIDAYS) + 1:
        return ()
    days = [dt.date(school_year, 9, 1), dt.date(school_year + 1, 2, 1), *(end + STEP for end in holiday_ends)]
    return tuple(sorted({school_day(day) for day in days}))


def school_day(day: dt.date) -> dt.date:
    """This day, or the first school day after it."""
    while day.weekday() >= 5 or day in days_off(CALENDAR, day.year, day.year):
        day += STEP
    return day


# ---------------------------------------------------------------- step by step


def _ends(off: dict[dt.date, str], first: dt.date, last: dt.date) -> list[dt.date]:
    """The last day of each of the four holidays, and of the long weekend of Ascension."""
    named = [(day, name) for day, name in off.items() if first <= day <= last]
    kinds = [(day, next((kind for kind in (*LONG_HOLIDAYS, ASCENSION) if kind in name), "")) for day, name in named]
    found = {kind: day for day, kind in kinds if kind}
    return sorted(found.values())


def _next(ready: dt.date, third_birthday: dt.date) -> dt.date | None:
    """The first of the start days from `ready` on, or any school day from the third birthday on, whichever comes first."""
    years = (ready.year - 1, ready.year)
    coming = [day for year in years for day in start_days(year) if day >= ready]
    nearest = min(coming) if coming else None
    if nearest is not None and nearest <= third_birthday:
        return nearest
    return school_day(third_birthday) if nearest is not None else None


def _passed(ready: dt.date, today: dt.date, born: dt.date) -> bool:
    """Whether a day on which it could have started already lies behind us."""
    first = _next(ready, born + THREE)
    return first is not None and first < today
