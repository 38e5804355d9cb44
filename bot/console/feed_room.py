"""The calendar elsewhere: a secret address to read it at, without anybody's name, and an .ics file taken in after a look."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import Response

from bot.care import feed, meetings
from bot.clock import instant, local
from bot.console.desk import Desk
from bot.console.forms import Wrong, day_of, line_of, time_of
from bot.console.guard import Answering, Visit
from bot.console.meetings_room import LABELS
from bot.console.page import PREFIX, back, page
from bot.console.words import _, in_words, speaks
from bot.db.models import Group

router = APIRouter(prefix="/bijeenkomsten/delen")
open_router = APIRouter(prefix="/agenda")  # the only page that nobody logs in for: whoever has the secret may read


@open_router.get("/{secret}.ics")
async def read(secret: str, request: Request) -> Response:
    """The calendar of the group of this secret; "not there" for any other."""
    desk: Desk = request.app.state.desk
    async with desk.db.begin() as session:
        group = await feed.by_secret(session, secret) if 20 <= len(secret) <= 80 else None
        if group is None:
            return Response(status_code=404)
        found = await feed.calendar(session, group, LABELS, desk.clock.now())
    return Response(
        found,
        media_type="text/calendar; charset=utf-8",
        headers={"content-disposition": 'inline; filename="stapsteen.ics"'},
    )


@router.get("")
async def look(visit: Answering, groep: int | None = None) -> Response:
    """The addresses that work, and the form to take a file in."""
    if not visit.groups:
        return page("no_group.html", visit, here="bijeenkomsten")
    return await _page(visit, visit.group(groep) if groep is not None else visit.groups[0])


@router.post("/{number}/adres")
async def make(number: int, visit: Answering) -> Response:
    """A new address, shown this once."""
    group = visit.group(number)
    async with visit.desk.db.begin() as session:
        secret = await feed.open_feed(session, group, visit.me, visit.now)
    base = (visit.desk.base or str(visit.request.base_url)).rstrip("/")
    base = base if base.endswith(PREFIX) else f"{base}{PREFIX}"
    return await _page(visit, group, address=f"{base}/agenda/{secret}.ics")


@router.post("/{number}/stoppen")
async def end(number: int, visit: Answering, adres: Annotated[int, Form()]) -> Response:
    """This address works no more."""
    visit.group(number)
    async with visit.desk.db.begin() as session:
        done = await feed.end(session, number, adres, visit.now)
    return back(f"/bijeenkomsten/delen?groep={number}", "adres-weg" if done else "zelfde")


@router.post("/{number}/bestand")
async def upload(number: int, visit: Answering, bestand: Annotated[UploadFile | None, File()] = None) -> Response:
    """What the file would make, row by row; nothing is made yet."""
    group = visit.group(number)
    data = await bestand.read(feed.MOST_BYTES + 1) if bestand is not None else b""
    try:
        if not data:
            raise ValueError(_("Kies eerst een bestand."))
        rows = feed.read(data, group, visit.now, speaks())
    except ValueError as why:
        return await _page(visit, group, error=in_words(why))
    async with visit.desk.db.begin() as session:
        rows = await feed.marked(session, group, rows)
    packed = {
        row.n: json.dumps([row.day.isoformat(), row.starts, row.ends, row.place])
        for row in rows
        if row.day and not row.fault
    }
    return await _page(visit, group, rows=rows, packed=packed)


@router.post("/{number}/maken")
async def take_in(number: int, visit: Answering, request: Request) -> Response:
    """The rows that were ticked become meetings. Each is read again: what came back from a browser may be anything."""
    group, form, made = visit.group(number), await request.form(), 0
    kind = str(form.get("kind", "lesson"))
    async with visit.desk.db.begin() as session:
        for told in form.getlist("row")[: feed.MOST_ROWS]:
            try:
                day, starts, ends, place = (str(part) for part in json.loads(str(told)))
                on, first, last = day_of(day), time_of(starts), time_of(ends)
            except (ValueError, TypeError, Wrong):
                raise HTTPException(422) from None
            row = feed.Row(0, "", day=on, starts=f"{first:%H:%M}", ends=f"{last:%H:%M}")
            there = (await feed.marked(session, group, [row]))[0].fault
            if there or last <= first or instant(on, first) <= visit.now:
                continue
            place = line_of(place, 80)
            place = "" if place.startswith(group.place) else place
            await meetings.add(
                session, group, on, visit.now, starts=row.starts, ends=row.ends, place=place,
                kind=kind if kind in LABELS else "lesson",
            )  # fmt: skip
            made += 1
    return back(f"/bijeenkomsten?maand={local(visit.now):%Y-%m}", "ingelezen" if made else "zelfde")


async def _page(
    visit: Visit,
    group: Group,
    *,
    address: str = "",
    rows: list[feed.Row] | None = None,
    packed: dict[int, str] | None = None,
    error: str | None = None,
) -> Response:
    async with visit.desk.db.begin() as session:
        feeds = await feed.open_ones(session, group.id)
    words: dict[str, Any] = {"group": group, "feeds": feeds, "address": address, "rows": rows, "tab": "delen"}
    words |= {"packed": packed or {}, "labels": LABELS}
    return page("feed.html", visit, 422 if error else 200, here="bijeenkomsten", error=error, **words)
