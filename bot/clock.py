"""Time: the one place that asks the machine what time it is, and the arithmetic of wall clocks in Flanders.

Instants are UTC and aware; what people mean ("Thursday 9.00") is wall time in Europe/Brussels.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Brussels")


class Clock:
    """now(), and for the demo a hand to move it. `offset` is added to the machine's time."""

    def __init__(self, offset: dt.timedelta = dt.timedelta()) -> None:
        self.offset = offset

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.offset  # noqa: TID251 - this is the one place

    def move(self, by: dt.timedelta) -> None:
        self.offset += by


def local(moment: dt.datetime) -> dt.datetime:
    """The wall clock in Flanders at this instant."""
    return moment.astimezone(ZONE)


def instant(day: dt.date, at: dt.time) -> dt.datetime:
    """The UTC instant of a wall-clock time; a time that the spring change skips is taken an hour later."""
    wall = dt.datetime.combine(day, at, ZONE)
    return wall.astimezone(dt.UTC)


def in_quiet_hours(moment: dt.datetime, start: dt.time, end: dt.time) -> bool:
    """Whether the wall clock stands between start and end (which may lie across midnight)."""
    at = local(moment).time()
    return start <= at < end if start <= end else at >= start or at < end


def after_quiet_hours(moment: dt.datetime, start: dt.time, end: dt.time) -> dt.datetime:
    """The moment itself, or the end of the quiet hours that it falls in."""
    if not in_quiet_hours(moment, start, end):
        return moment
    wall = local(moment)
    day = wall.date() + dt.timedelta(days=1) if start > end and wall.time() >= start else wall.date()
    return instant(day, end)
