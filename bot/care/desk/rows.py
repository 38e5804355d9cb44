"""Rows of buttons that the desk's pages share: the coming days, and hours."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bot.care.calendar import day_off
from bot.care.desk.here import Here, to
from bot.db.models import Group
from bot.messages import Button

DAYS_AHEAD = 9
HOURS = ("09:00", "09:30", "10:00", "13:00", "13:30", "14:00", "16:00", "18:30")


def day_rows(here: Here, calendar: str, action: str, **args: Any) -> list[list[Button]]:
    """The coming days, three on a row; days off are marked."""
    days = [here.today + dt.timedelta(days=n) for n in range(DAYS_AHEAD)]
    names = ("ma", "di", "wo", "do", "vr", "za", "zo")
    buttons = [
        to(
            f"{names[day.weekday()]} {day.day}/{day.month}{' 🏖' if day_off(calendar, day) else ''}",
            action,
            day=day.isoformat(),
            **args,
        )
        for day in days
    ]
    return [list(buttons[n : n + 3]) for n in range(0, len(buttons), 3)]


def hour_rows(usual: str, action: str, **args: Any) -> list[list[Button]]:
    """Hours as buttons, four on a row, the usual one first and marked."""
    hours = [usual, *(hour for hour in HOURS if hour != usual)][:8]
    buttons = [
        to(("★ " if hour == usual else "") + hour.removeprefix("0").replace(":", "."), action, at=hour, **args)
        for hour in hours
    ]
    return [list(buttons[n : n + 4]) for n in range(0, len(buttons), 4)]


def off(group: Group, day: dt.date) -> str:
    """ " (Let op: Herfstvakantie)" on a day off."""
    name = day_off(group.calendar, day)
    return f" (Let op: {name})" if name else ""
