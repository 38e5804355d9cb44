"""Away: from which day to which, and who gets what comes in meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from bot.care import away, staff
from bot.care.dutch import NotSo
from bot.clock import local
from bot.console.guard import AnyVisit, Visit, there
from bot.console.page import back, page
from bot.console.words import _, in_words
from bot.db.inbox_models import Absence
from bot.db.models import Staff

router = APIRouter(prefix="/afwezig")


@router.get("")
async def absences(visit: AnyVisit) -> Response:
    """When I am away, and for whom I stand in."""
    return await _form(visit)


@router.post("")
async def add(
    visit: AnyVisit,
    eerste: Annotated[str, Form()] = "",
    laatste: Annotated[str, Form()] = "",
    wie: Annotated[int, Form()] = 0,
) -> Response:
    """I am away from the first day to the last; this colleague gets what comes in."""
    try:
        first, last = dt.date.fromisoformat(eerste), dt.date.fromisoformat(laatste or eerste)
    except ValueError:
        return await _form(visit, _("Kies de eerste en de laatste dag."))
    async with visit.desk.db.begin() as session:
        me = await session.get_one(Staff, visit.me.id)
        deputy = next((p for p in await staff.colleagues(session, me) if p.id == wie), None)
        if deputy is None:
            raise HTTPException(404)
        try:
            await away.add(session, me, deputy, first, last, visit.now)
        except NotSo as why:
            error = in_words(why)
        else:
            return back("/afwezig", "weg")
    return await _form(visit, error)


@router.post("/{number}/einde")
async def end(number: int, visit: AnyVisit) -> Response:
    """I am back, or stay after all."""
    async with visit.desk.db.begin() as session:
        row: Absence = there(await session.get(Absence, number))
        if row.staff_id != visit.me.id:
            raise HTTPException(404)
        await away.end(session, row, visit.now)
    return back("/afwezig", "terug")


async def _form(visit: Visit, error: str | None = None) -> Response:
    async with visit.desk.db.begin() as session:
        mine = await away.of(session, visit.me, visit.now)
        covers = await away.covers(session, visit.me, visit.now)
        people = [p for p in await staff.colleagues(session, visit.me) if await away.may_replace(session, visit.me, p)]
    able = {person.id for person in people}
    words: dict[str, Any] = {"mine": mine, "able": able, "covers": covers, "people": people, "error": error}
    words["today"] = local(visit.now).date()
    return page("away.html", visit, 422 if error else 200, here="vragen", **words)
