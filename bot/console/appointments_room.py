"""Appointments with one mother: a talk at the house or a visit at her home. Made, moved, cancelled; she hears each at once."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from bot.care import appointments, groups
from bot.clock import instant, local
from bot.console.forms import Wrong, day_of, line_of, number_of, time_of
from bot.console.guard import Answering, Visit, there
from bot.console.page import back, page
from bot.console.words import _, in_words, later
from bot.db.calendar_models import Appointment
from bot.db.models import Group, Mother
from bot.db.session import Session

KINDS = {"talk": later("gesprek"), "home": later("huisbezoek")}
ANSWERS = {"come": later("zegt ja"), "cannot": later("kan niet")}
router = APIRouter(prefix="/bijeenkomsten/afspraken")


@router.get("")
async def look(visit: Answering, groep: int | None = None, moeder: int | None = None) -> Response:
    """The coming appointments, and the form for one more."""
    if not visit.groups:
        return page("no_group.html", visit, here="bijeenkomsten")
    group = visit.group(groep) if groep is not None else visit.groups[0]
    return await _page(visit, group, {"mother": moeder} if moeder is not None else {})


@router.post("/{number}")
async def make(
    number: int,
    visit: Answering,
    mother: Annotated[int, Form()],
    day: Annotated[str, Form()] = "",
    at: Annotated[str, Form()] = "",
    minutes: Annotated[str, Form()] = "45",
    kind: Annotated[str, Form()] = "talk",
    guide: Annotated[str, Form()] = "",
    partner: Annotated[str, Form()] = "",
) -> Response:
    """An appointment with one mother of this group."""
    group = visit.group(number)
    filled = {"mother": mother, "day": day, "at": at, "minutes": minutes, "kind": kind, "partner": partner}
    filled["guide"] = line_of(guide, 40)
    try:
        starts = instant(day_of(day), time_of(at))
        length = dt.timedelta(minutes=number_of(minutes, 10, 240))
        if "{" in guide or "}" in guide:
            raise Wrong(_("Dat begrijp ik niet."))
        async with visit.desk.db.begin() as session:
            who = await visit.mother(session, mother)
            if who.group_id != group.id:
                raise HTTPException(404)
            await appointments.make(
                session, visit.desk.content, who, starts, visit.now, visit.me, kind=kind if kind in KINDS else "talk",
                guide=guide, partner=bool(partner), length=length,
            )  # fmt: skip
    except Wrong as why:
        return await _page(visit, group, filled, error=str(why))
    except ValueError as why:
        return await _page(visit, group, filled, error=in_words(why))
    return back(f"/bijeenkomsten/afspraken?groep={number}", "afspraak")


@router.post("/{number}/verplaatsen")
async def move(
    number: int, visit: Answering, day: Annotated[str, Form()] = "", at: Annotated[str, Form()] = ""
) -> Response:
    """To another moment."""
    error, done = None, False
    async with visit.desk.db.begin() as session:
        made, group = await _mine(session, visit, number)
        try:
            done = await appointments.move(session, visit.desk.content, made, day_of(day), time_of(at), visit.now)
        except Wrong as why:
            error = str(why)
        except ValueError as why:
            error = in_words(why)
    if error:
        return await _page(visit, group, {}, error=error)
    return back(f"/bijeenkomsten/afspraken?groep={group.id}", "afspraak-verplaatst" if done else "zelfde")


@router.post("/{number}/afgelasten")
async def cancel(number: int, visit: Answering) -> Response:
    """She hears that it does not go on."""
    async with visit.desk.db.begin() as session:
        made, group = await _mine(session, visit, number)
        done = await appointments.cancel(session, visit.desk.content, made, visit.now)
    return back(f"/bijeenkomsten/afspraken?groep={group.id}", "afspraak-af" if done else "zelfde")


@router.post("/{number}/doorgaan")
async def restore(number: int, visit: Answering) -> Response:
    """A cancellation is taken back."""
    async with visit.desk.db.begin() as session:
        made, group = await _mine(session, visit, number)
        done = await appointments.restore(session, visit.desk.content, made, visit.now)
    return back(f"/bijeenkomsten/afspraken?groep={group.id}", "afspraak" if done else "zelfde")


async def _mine(session: Session, visit: Visit, number: int) -> tuple[Appointment, Group]:
    made: Appointment = there(await session.get(Appointment, number))
    return made, visit.group(made.group_id)


async def _page(visit: Visit, group: Group, filled: dict[str, Any], *, error: str | None = None) -> Response:
    async with visit.desk.db.begin() as session:
        entries = await appointments.coming(session, [group], visit.now)
        mothers: list[Mother] = await groups.members(session, group.id)
        talks = await appointments.talks(session, group.id)
    tomorrow = local(visit.now).date() + dt.timedelta(days=1)
    usual = {"mother": None, "day": tomorrow.isoformat(), "at": group.starts, "minutes": "45", "kind": "talk"}
    usual |= {"guide": visit.me.name, "partner": ""}
    words: dict[str, Any] = {"group": group, "entries": entries, "mothers": mothers, "talks": talks, "tab": "afspraken"}
    words |= {"filled": {**usual, **filled}, "kinds": KINDS, "answers": ANSWERS}
    return page("appointments.html", visit, 422 if error else 200, here="bijeenkomsten", error=error, **words)
