"""How to get to the group: the line and the stop as they stand on the sign, a photo of the stop, a photo of the door."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, File, Form, HTTPException, UploadFile
from fastapi.responses import FileResponse, Response

from bot.console.forms import Wrong, keep_photo, line_of, photographed
from bot.console.guard import Answering, Visit
from bot.console.page import back, page
from bot.console.recordings import stored
from bot.console.words import _
from bot.db.calendar_models import Way
from bot.db.models import Group, Media
from bot.db.session import Session

PHOTOS = {"deur": "door_photo", "halte": "stop_photo"}
router = APIRouter(prefix="/bijeenkomsten/weg")


@router.get("")
async def look(visit: Answering, groep: int | None = None) -> Response:
    """What a mother gets when she asks where it is."""
    if not visit.groups:
        return page("no_group.html", visit, here="bijeenkomsten")
    return await _page(visit, visit.group(groep) if groep is not None else visit.groups[0])


@router.post("/{number}")
async def change(
    number: int,
    visit: Answering,
    line: Annotated[str, Form()] = "",
    stop: Annotated[str, Form()] = "",
    deur: Annotated[UploadFile | None, File()] = None,
    halte: Annotated[UploadFile | None, File()] = None,
    deur_weg: Annotated[str, Form()] = "",
    halte_weg: Annotated[str, Form()] = "",
) -> Response:
    """Kept; the next mother who asks the way gets it."""
    group, line, stop = visit.group(number), line_of(line, 12), line_of(stop, 60)
    try:
        if bool(line) != bool(stop):
            raise Wrong(_("Vul de lijn en de halte allebei in, of geen van beide."))
        if re.search(r"[{}]", line + stop):
            raise Wrong(_("Dat begrijp ik niet."))
        taken = {
            "door_photo": await photographed(visit.desk, deur),
            "stop_photo": await photographed(visit.desk, halte),
        }
    except Wrong as why:
        return await _page(visit, group, error=str(why))
    gone = {"door_photo": deur_weg, "stop_photo": halte_weg}
    async with visit.desk.db.begin() as session:
        way = await _way(session, group)
        way.line, way.stop = line, stop
        for name, found in taken.items():
            if found is not None:
                media = keep_photo(session, found, visit.me, visit.now)
                await session.flush()
                setattr(way, name, media.id)
            elif gone[name]:
                setattr(way, name, None)
    return back(f"/bijeenkomsten/weg?groep={number}", "bewaard")


@router.get("/{number}/{what}.jpg")
async def photo(number: int, what: str, visit: Answering) -> FileResponse:
    """One of the two photos."""
    group = visit.group(number)
    async with visit.desk.db.begin() as session:
        way = await session.get(Way, group.id)
        found = getattr(way, PHOTOS[what]) if way and what in PHOTOS else None
        media = await session.get(Media, found) if found else None
    if media is None:
        raise HTTPException(404)
    return await stored(visit.desk, media.name, "image/jpeg")


async def _way(session: Session, group: Group) -> Way:
    way = await session.get(Way, group.id)
    if way is None:
        way = Way(group_id=group.id, line="", stop="", stop_photo=None, door_photo=None)
        session.add(way)
    return way


async def _page(visit: Visit, group: Group, error: str | None = None) -> Response:
    async with visit.desk.db.begin() as session:
        way = await session.get(Way, group.id)
    return page(
        "way.html", visit, 422 if error else 200, here="bijeenkomsten", error=error, group=group, way=way, tab="weg"
    )
