"""Days off: the school holidays that are skipped by themselves, and the group's own closing days and feasts."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response

from bot.care import closing
from bot.care.calendar import days_off
from bot.clock import local
from bot.console.forms import Wrong, day_of, line_of
from bot.console.guard import Answering, Visit, there
from bot.console.page import back, page
from bot.console.words import _, in_words, speaks
from bot.db.calendar_models import OwnDays
from bot.db.models import Group

AHEAD = dt.timedelta(days=300)
LONG = re.compile(r"vakantie$| Break$|^Vacances")  # a school holiday, in which a public one may fall
router = APIRouter(prefix="/bijeenkomsten/vrij")


@router.get("")
async def look(visit: Answering, groep: int | None = None) -> Response:
    """What is off, and the form for more."""
    if not visit.groups:
        return page("no_group.html", visit, here="bijeenkomsten")
    return await _page(visit, visit.group(groep) if groep is not None else visit.groups[0], {})


@router.post("/{number}")
async def add(
    number: int,
    visit: Answering,
    name: Annotated[str, Form()] = "",
    first: Annotated[str, Form()] = "",
    last: Annotated[str, Form()] = "",
    closed: Annotated[str, Form()] = "",
    greet: Annotated[str, Form()] = "",
    sure: Annotated[str, Form()] = "",
) -> Response:
    """First which meetings it takes away; with "sure" it is done."""
    group = visit.group(number)
    filled = {"name": line_of(name, 60), "first": first, "last": last or first, "closed": closed, "greet": greet}
    try:
        on, until = day_of(first), day_of(last or first)
        if not filled["name"]:
            raise Wrong(_("Geef de dag een naam, bijvoorbeeld “Suikerfeest” of “Teamdag”."))
        if until < local(visit.now).date():
            raise Wrong(_("Die dag is al voorbij."))
        if not closed and not greet:
            raise Wrong(_("Kies wat er die dag is: gesloten, een wens, of allebei."))
        if not sure:
            return await _page(visit, group, filled, look=(on, until))
        async with visit.desk.db.begin() as session:
            mine = await session.get_one(Group, group.id)
            await closing.add(
                session, mine, filled["name"], on, until, visit.now, visit.me, closed=bool(closed), greet=bool(greet)
            )
    except Wrong as why:
        return await _page(visit, group, filled, error=str(why))
    except ValueError as why:
        return await _page(visit, group, filled, error=in_words(why))
    return back(f"/bijeenkomsten/vrij?groep={number}", "vrij")


@router.post("/{number}/weg")
async def remove(number: int, visit: Answering, dagen: Annotated[int, Form()]) -> Response:
    """Ordinary days again; what everybody heard is off stays off until a person says otherwise."""
    visit.group(number)
    async with visit.desk.db.begin() as session:
        own: OwnDays = there(await session.get(OwnDays, dagen))
        group = await session.get_one(Group, visit.group(own.group_id).id)
        left = await closing.remove(session, own, group, visit.now)
    return back(f"/bijeenkomsten/vrij?groep={group.id}", "vrij-deels" if left else "vrij-weg")


async def _page(
    visit: Visit,
    group: Group,
    filled: dict[str, Any],
    *,
    error: str | None = None,
    look: tuple[dt.date, dt.date] | None = None,
) -> Response:
    today = local(visit.now).date()
    async with visit.desk.db.begin() as session:
        own = await closing.coming(session, group.id, today)
        costs = await closing.preview(session, group, *look, visit.now) if look and filled["closed"] else []
        at = await closing.greeting_at(session, group, *look, visit.now) if look and filled["greet"] else None
    usual = {"name": "", "first": "", "last": "", "closed": "yes", "greet": ""}
    words: dict[str, Any] = {"group": group, "own": own, "costs": costs, "look": look, "greeting": at, "tab": "vrij"}
    words |= {"filled": {**usual, **filled}, "school": _stretches(group, today)}
    return page("own_days.html", visit, 422 if error else 200, here="bijeenkomsten", error=error, **words)


def _stretches(group: Group, today: dt.date) -> list[tuple[str, dt.date, dt.date]]:
    """School and public holidays of the coming months, days in a row with one name together."""
    found: list[tuple[str, dt.date, dt.date]] = []
    for day, told in days_off(group.calendar, today.year, today.year + 1, speaks()).items():
        if not today <= day <= min(today + AHEAD, group.last_day):
            continue
        names = told.split("; ")
        last = found[-1] if found else ("", day, day)
        if last[0] in names and (day - last[2]).days == 1:
            found[-1] = (last[0], last[1], day)
        else:
            found.append((max(names, key=lambda name: LONG.search(name) is not None), day, day))
    return found
