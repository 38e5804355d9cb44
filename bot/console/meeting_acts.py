"""What is done with one meeting: cancel, take back, move, another place, what kind it is. Every change is heard by the group at once."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, UploadFile
from fastapi.responses import Response

from bot.care import agenda, meetings
from bot.care.calendar import day_off
from bot.clock import local
from bot.console import signs_room
from bot.console.forms import Wrong, day_of, elsewhere, keep_photo, line_of, photographed, time_of
from bot.console.guard import Answering, Visit
from bot.console.meetings_room import LABELS
from bot.console.page import back, page
from bot.console.words import _, in_words, later, speaks
from bot.db.models import Group, Meeting
from bot.db.session import Session

ACTS = ("afgelasten", "verplaatsen", "plaats", "wat")
OVER = later("Deze bijeenkomst is voorbij.")
router = APIRouter(prefix="/bijeenkomsten")


@router.get("/{number}/{act}")
async def ask(number: int, act: str, visit: Answering) -> Response:
    """The one question before everybody hears it."""
    if act not in ACTS:
        raise HTTPException(404)
    async with visit.desk.db.begin() as session:
        return await _act(session, visit, number, act)


@router.post("/{number}/afgelasten")
async def cancel(number: int, visit: Answering) -> Response:
    """Cancelled."""
    async with visit.desk.db.begin() as session:
        meeting, _group = await _changeable(session, visit, number)
        made = await meetings.cancel(session, meeting, visit.now, visit.me)
    return back(f"/bijeenkomsten/{number}", "afgelast" if made else "zelfde")


@router.post("/{number}/doorgaan")
async def restore(number: int, visit: Answering) -> Response:
    """It goes on after all."""
    async with visit.desk.db.begin() as session:
        meeting, _group = await _changeable(session, visit, number)
        made = await meetings.restore(session, meeting, visit.now, visit.me)
    done = "gaat-door" if made and made.state != "stopped" else "gaat-door-stil" if made else "zelfde"
    return back(f"/bijeenkomsten/{number}", done)


@router.post("/{number}/verplaatsen")
async def move(
    number: int,
    visit: Answering,
    day: Annotated[str, Form()] = "",
    at: Annotated[str, Form()] = "",
    sure: Annotated[str, Form()] = "",
) -> Response:
    """Moved; a day off is asked about once. The page that follows can take it back."""
    filled = {"day": day, "at": at}
    async with visit.desk.db.begin() as session:
        meeting, group = await _changeable(session, visit, number)
        was = f"{local(meeting.starts_at):%Y-%m-%dT%H:%M}"
        try:
            on, time = day_of(day), time_of(at)
            warning = day_off(group.calendar, on, speaks())
            if warning and not sure:
                return await _act(session, visit, number, "verplaatsen", filled=filled, warning=warning)
            made = await meetings.move(session, meeting, on, time, visit.now, visit.me)
        except Wrong as why:
            return await _act(session, visit, number, "verplaatsen", filled=filled, error=str(why))
        except ValueError as why:
            return await _act(session, visit, number, "verplaatsen", filled=filled, error=in_words(why))
    return back(
        f"/bijeenkomsten/{number}?was={was}" if made else f"/bijeenkomsten/{number}", "verplaatst" if made else "zelfde"
    )


@router.post("/{number}/plaats")
async def place(
    number: int,
    visit: Answering,
    name: Annotated[str, Form()] = "",
    address: Annotated[str, Form()] = "",
    pin: Annotated[str, Form()] = "",
    usual: Annotated[str, Form()] = "",
) -> Response:
    """Elsewhere, or back at the usual place."""
    filled = {"name": line_of(name, 80), "address": line_of(address, 160), "pin": pin.strip()}
    async with visit.desk.db.begin() as session:
        meeting, _group = await _changeable(session, visit, number)
        try:
            there, at, spot = ("", "", None) if usual else elsewhere(name, address, pin)
            if not there and not usual:
                raise Wrong(_("Vul de naam van de plaats in."))
        except Wrong as why:
            return await _act(session, visit, number, "plaats", filled=filled, error=str(why))
        lat, lon = spot or (None, None)
        made = await meetings.other_place(session, meeting, there, at, visit.now, lat=lat, lon=lon, by=visit.me)
    return back(f"/bijeenkomsten/{number}", "plaats" if made else "zelfde")


@router.post("/{number}/wat")
async def what(
    number: int,
    visit: Answering,
    kind: Annotated[str, Form()] = "lesson",
    guide: Annotated[str, Form()] = "",
    price: Annotated[str, Form()] = "",
    family: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
    no_photo: Annotated[str, Form()] = "",
    photo: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """What kind of meeting, what is talked about, who gives it, what it costs, for whom. Heard with the next reminder."""
    told: dict[str, Any] = {
        "kind": kind,
        "guide": line_of(guide, 40),
        "price": line_of(price, 30),
        "family": bool(family),
        "theme": signs_room.theme_of(visit.desk.content, theme),
    }
    try:
        taken = await photographed(visit.desk, photo)
    except Wrong as why:
        async with visit.desk.db.begin() as session:
            return await _act(session, visit, number, "wat", filled=told, error=str(why))
    async with visit.desk.db.begin() as session:
        meeting, _group = await _changeable(session, visit, number)
        if kind not in LABELS or re.search(r"[{}]", told["guide"] + told["price"]):
            return await _act(session, visit, number, "wat", filled=told, error=_("Dat begrijp ik niet."))
        kept = keep_photo(session, taken, visit.me, visit.now) if taken else None
        await session.flush()
        await meetings.tell_more(session, meeting, **told, photo=kept, no_photo=bool(no_photo))
    return back(f"/bijeenkomsten/{number}", "bewaard")


async def _changeable(session: Session, visit: Visit, number: int) -> tuple[Meeting, Group]:
    meeting, group = await visit.meeting(session, number)
    if meeting.ends_at <= visit.now:
        raise HTTPException(404, OVER)
    return meeting, group


async def _act(
    session: Session, visit: Visit, number: int, act: str, *, filled: dict[str, Any] | None = None,
    error: str | None = None, warning: str | None = None,
) -> Response:  # fmt: skip
    entry = await agenda.entry(session, *await _changeable(session, visit, number))
    m, start = entry.meeting, local(entry.meeting.starts_at)
    usual: dict[str, Any] = {
        "day": start.date().isoformat(),
        "at": f"{start:%H:%M}",
        "name": "",
        "address": "",
        "pin": "",
    }
    usual |= {"kind": m.kind, "guide": m.guide, "price": m.price, "family": m.family, "theme": m.theme}
    words: dict[str, Any] = {"e": entry, "people": [], "act": act, "filled": {**usual, **(filled or {})}, "was": None}
    words |= {"labels": LABELS, "emoji": visit.desk.content.emoji, "photo": await agenda.guest_photo(session, m)}
    words["themes"] = signs_room.themes(visit.desk.content)
    status = 422 if error else 200
    return page("meeting.html", visit, status, here="bijeenkomsten", error=error, warning=warning, **words)
