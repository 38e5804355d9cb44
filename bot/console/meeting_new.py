"""One more meeting, by hand, also on a day off: a visit, a feast, a nappy day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from bot.care import announcements, meetings
from bot.care.calendar import day_off
from bot.clock import instant, local
from bot.console import signs_room
from bot.console.forms import Wrong, day_of, elsewhere, line_of, time_of
from bot.console.guard import Answering, Visit
from bot.console.meetings_room import LABELS
from bot.console.page import back, page
from bot.console.words import _, later, speaks
from bot.db.models import Meeting

router = APIRouter(prefix="/bijeenkomsten/extra")


@router.get("")
async def extra(visit: Answering, groep: int | None = None, dag: str = "") -> Response:
    """The form for one more meeting."""
    return _form(visit, {"group": groep, **({"day": dag} if dag else {})})


@router.post("")
async def add(
    visit: Answering,
    group: Annotated[int, Form()],
    day: Annotated[str, Form()] = "",
    starts: Annotated[str, Form()] = "",
    ends: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "lesson",
    guide: Annotated[str, Form()] = "",
    price: Annotated[str, Form()] = "",
    family: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    address: Annotated[str, Form()] = "",
    pin: Annotated[str, Form()] = "",
    sure: Annotated[str, Form()] = "",
    tell: Annotated[str, Form()] = "",
) -> Response:
    """There it is; a day off is asked about once; when asked, on to the announcement that says so."""
    found = visit.group(group)
    filled = {"group": group, "day": day, "starts": starts, "ends": ends, "kind": kind}
    filled |= {"guide": line_of(guide, 40), "price": line_of(price, 30), "family": bool(family)}
    filled["theme"] = about = signs_room.theme_of(visit.desk.content, theme)
    filled |= {"name": line_of(name, 80), "address": line_of(address, 160), "pin": pin.strip()}
    try:
        place, where, spot = elsewhere(name, address, pin)
        on, first, last = day_of(day), time_of(starts), time_of(ends)
        if instant(on, first) <= visit.now:
            raise Wrong(_("Dat moment is al voorbij."))
        if last <= first:
            raise Wrong(_("Het einduur moet na het beginuur komen."))
    except Wrong as why:
        return _form(visit, filled, str(why))
    if (warning := day_off(found.calendar, on, speaks())) and not sure:
        return _form(visit, filled, warning=warning)
    async with visit.desk.db.begin() as session:
        made = await meetings.add(
            session, found, on, visit.now, starts=f"{first:%H:%M}", ends=f"{last:%H:%M}",
            kind=kind if kind in LABELS else "lesson", guide=line_of(guide, 40), price=line_of(price, 30), family=bool(family), theme=about,
            place=place, address=where, spot=spot,
        )  # fmt: skip
        if tell:
            draft = await announcements.draft(session, found, visit.me, _fitting(made), visit.now, meeting=made)
            return back(f"/aankondigen/{draft.id}", "toegevoegd")
    return back(f"/bijeenkomsten/{made.id}", "toegevoegd")


def _fitting(made: Meeting) -> str:
    """Which ready-made message says it best; those of an outing and a feast say that it is free, and who may come."""
    if made.kind == "excursion" and made.family and not made.price:
        return "excursion"
    return "celebrate" if made.kind == "feast" and not made.price else "meeting_extra"


def _form(visit: Visit, filled: dict[str, object], error: str | None = None, warning: str | None = None) -> Response:
    if not visit.groups:
        raise HTTPException(404, later("Je hebt nog geen groep."))
    group = next((g for g in visit.groups if g.id == filled.get("group")), visit.groups[0])
    tomorrow = local(visit.now).date() + dt.timedelta(days=1)
    usual = {"day": tomorrow.isoformat(), "starts": group.starts, "ends": group.ends, "kind": "lesson"}
    usual |= {"guide": "", "price": "", "family": "", "theme": "", "name": "", "address": "", "pin": ""}
    words = {"filled": {**usual, **filled, "group": group.id}, "labels": LABELS, "error": error, "warning": warning}
    words["themes"] = signs_room.themes(visit.desk.content)
    return page("meeting_extra.html", visit, 422 if error else 200, here="bijeenkomsten", **words)
