"""Meetings: the agenda with who comes; cancel, move, another place, one more. Every change is heard by the group at once."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from bot.care import agenda, announcements, headcount, meetings
from bot.care.calendar import day_off
from bot.clock import instant, local
from bot.console.guard import Answering, AnyVisit, Visit
from bot.console.page import back, page
from bot.console.words import _, later
from bot.db.models import Group, Meeting
from bot.db.session import Session

ACTS = ("afgelasten", "verplaatsen", "plaats")
PIN = re.compile(r"\s*(-?\d{1,2}\.\d+)\s*[,; ]\s*(-?\d{1,3}\.\d+)\s*\Z")
KINDS = {
    "lesson": later("les"),
    "play": later("spelen"),
    "visit": later("bezoek"),
    "excursion": later("uitstap"),
    "feast": later("feest"),
}
router = APIRouter(prefix="/bijeenkomsten")


class Wrong(Exception):
    """What was filled in cannot be; the message is a Dutch sentence."""


@router.get("")
async def all_of_them(visit: AnyVisit) -> Response:
    """The agenda."""
    async with visit.desk.db.begin() as session:
        entries = await agenda.coming(session, visit.groups, visit.now)
    return page("meetings.html", visit, here="bijeenkomsten", entries=entries)


@router.get("/extra")
async def extra(visit: Answering, groep: int | None = None) -> Response:
    """The form for one more meeting."""
    return _extra(visit, {"group": groep})


@router.post("/extra")
async def add(
    visit: Answering,
    group: Annotated[int, Form()],
    day: Annotated[str, Form()] = "",
    starts: Annotated[str, Form()] = "",
    ends: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "lesson",
    tell: Annotated[str, Form()] = "",
) -> Response:
    """There it is; when asked, on to the announcement that says so."""
    found = visit.group(group)
    try:
        on, first, last = _day(day), _time(starts), _time(ends)
        if instant(on, first) <= visit.now:
            raise Wrong(_("Dat moment is al voorbij."))
        if last <= first:
            raise Wrong(_("Het einduur moet na het beginuur komen."))
    except Wrong as why:
        filled = {"group": group, "day": day, "starts": starts, "ends": ends, "kind": kind}
        return _extra(visit, filled, str(why))
    async with visit.desk.db.begin() as session:
        made = await meetings.add(
            session, found, on, visit.now, starts=f"{first:%H:%M}", ends=f"{last:%H:%M}",
            kind=kind if kind in KINDS else "lesson",
        )  # fmt: skip
        if tell:
            draft = await announcements.draft(session, found, visit.me, "meeting_extra", visit.now, meeting=made)
            return back(f"/aankondigen/{draft.id}", "toegevoegd")
    return back("/bijeenkomsten", "toegevoegd")


@router.get("/{number}")
async def one(number: int, visit: AnyVisit) -> Response:
    """One meeting: who comes, by name for those who may know."""
    async with visit.desk.db.begin() as session:
        entry = await agenda.entry(session, *await visit.meeting(session, number))
        people = await headcount.who(session, number) if visit.answers else []
    return page("meeting.html", visit, here="bijeenkomsten", e=entry, people=people, act="", warning=None, filled={})


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
        meeting = (await _changeable(session, visit, number))[0]
        made = await meetings.cancel(session, meeting, visit.now, visit.me)
    return back(f"/bijeenkomsten/{number}", "afgelast" if made else "zelfde")


@router.post("/{number}/doorgaan")
async def restore(number: int, visit: Answering) -> Response:
    """It goes on after all."""
    async with visit.desk.db.begin() as session:
        meeting = (await _changeable(session, visit, number))[0]
        made = await meetings.restore(session, meeting, visit.now, visit.me)
    return back(f"/bijeenkomsten/{number}", "gaat-door" if made else "zelfde")


@router.post("/{number}/verplaatsen")
async def move(
    number: int,
    visit: Answering,
    day: Annotated[str, Form()] = "",
    at: Annotated[str, Form()] = "",
    sure: Annotated[str, Form()] = "",
) -> Response:
    """Moved; a day off is asked about once."""
    filled, warning = {"day": day, "at": at}, None
    async with visit.desk.db.begin() as session:
        meeting, group = await _changeable(session, visit, number)
        try:
            on, time = _day(day), _time(at)
            warning = day_off(group.calendar, on)
            if warning and not sure:
                return await _act(session, visit, number, "verplaatsen", filled=filled, warning=warning)
            made = await meetings.move(session, meeting, on, time, visit.now, visit.me)
        except (Wrong, ValueError) as why:
            return await _act(session, visit, number, "verplaatsen", filled=filled, error=str(why))
    return back(f"/bijeenkomsten/{number}", "verplaatst" if made else "zelfde")


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
    name, address, spot = " ".join(name.split())[:80], " ".join(address.split())[:160], _spot(pin)
    filled = {"name": name, "address": address, "pin": pin}
    async with visit.desk.db.begin() as session:
        meeting = (await _changeable(session, visit, number))[0]
        if not usual and (not name or (pin.strip() and not spot)):
            why = (
                _("Vul de naam van de plaats in.")
                if not name
                else _("Het speldje lijkt op “51.0259, 4.4776”. Of laat leeg.")
            )
            return await _act(session, visit, number, "plaats", filled=filled, error=why)
        lat, lon = spot if spot and not usual else (None, None)
        where = ("", "") if usual else (name, address)
        made = await meetings.other_place(session, meeting, *where, visit.now, lat=lat, lon=lon, by=visit.me)
    return back(f"/bijeenkomsten/{number}", "plaats" if made else "zelfde")


async def _changeable(session: Session, visit: Visit, number: int) -> tuple[Meeting, Group]:
    meeting, group = await visit.meeting(session, number)
    if meeting.ends_at <= visit.now:
        raise HTTPException(404, _("Deze bijeenkomst is voorbij."))
    return meeting, group


async def _act(
    session: Session, visit: Visit, number: int, act: str, *, filled: dict[str, str] | None = None,
    error: str | None = None, warning: str | None = None,
) -> Response:  # fmt: skip
    entry = await agenda.entry(session, *await _changeable(session, visit, number))
    start = local(entry.meeting.starts_at)
    usual = {"day": start.date().isoformat(), "at": f"{start:%H:%M}", "name": "", "address": "", "pin": ""}
    words = {"e": entry, "people": [], "act": act, "filled": {**usual, **(filled or {})}}
    status = 422 if error else 200
    return page("meeting.html", visit, status, here="bijeenkomsten", error=error, warning=warning, **words)


def _extra(visit: Visit, filled: dict[str, object], error: str | None = None) -> Response:
    if not visit.groups:
        raise HTTPException(404, _("Je hebt nog geen groep."))
    group = next((g for g in visit.groups if g.id == filled.get("group")), visit.groups[0])
    tomorrow = local(visit.now).date() + dt.timedelta(days=1)
    usual = {"day": tomorrow.isoformat(), "starts": group.starts, "ends": group.ends, "kind": "lesson"}
    words = {"filled": {**usual, **filled, "group": group.id}, "kinds": KINDS, "error": error}
    return page("meeting_extra.html", visit, 422 if error else 200, here="bijeenkomsten", **words)


def _spot(text: str) -> tuple[float, float] | None:
    found = PIN.match(text)
    lat, lon = (float(found[1]), float(found[2])) if found else (999.0, 999.0)
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Wrong(_("Kies een dag.")) from None


def _time(text: str) -> dt.time:
    try:
        return dt.time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise Wrong(_("Kies een uur.")) from None
