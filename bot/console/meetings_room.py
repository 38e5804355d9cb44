"""Meetings: the agenda with who comes, as a list on the phone and a month on the laptop; who came; the sheet to print."""

from __future__ import annotations

import calendar as months
import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from bot.care import agenda, attendance, closing, headcount
from bot.care.agenda import Entry
from bot.care.calendar import day_off
from bot.clock import local
from bot.console import signs_room
from bot.console.forms import Wrong, number_of
from bot.console.guard import Answering, AnyVisit, Visit
from bot.console.page import back, page
from bot.console.recordings import stored
from bot.console.words import later, speaks
from bot.db.calendar_models import OwnDays
from bot.db.models import Group
from bot.db.session import Session

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])\Z")
AHEAD = dt.timedelta(days=14)
SHEET_DAYS = 14
LABELS = {
    "lesson": later("gewone bijeenkomst"),
    "dutch": later("les Nederlands"),
    "belgium": later("maatschappelijke oriëntatie"),
    "together": later("interactiemoment, ouder en kind"),
    "play": later("spelmoment"),
    "visit": later("bezoek"),
    "childcare-visit": later("bezoek aan de opvang"),
    "excursion": later("uitstap"),
    "feast": later("feest"),
    "nappy": later("pamperbedeling"),
}
router = APIRouter(prefix="/bijeenkomsten")


@dataclass
class Day:
    """One square of the month: in the month itself or beside it, over or not, its meetings, and why it is off."""

    day: dt.date
    inside: bool
    over: bool
    entries: list[Entry] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    own: list[OwnDays] = field(default_factory=list)


@router.get("")
async def all_of_them(visit: AnyVisit, maand: str = "", groep: int | None = None) -> Response:
    """The agenda: what comes, and the month around it; when nothing comes in this month any more, that of the next meeting."""
    groups = [visit.group(groep)] if groep is not None else visit.groups
    today = local(visit.now).date()
    async with visit.desk.db.begin() as session:
        following = await agenda.following(session, groups, visit.now)
        here = max(today, local(following.starts_at).date() if following else today).replace(day=1)
        shown = dt.date(int(found[1]), int(found[2]), 1) if (found := MONTH.match(maand)) else here
        days = await _days(session, groups, shown, today)
        answering = [group for group in groups if visit.may("group", group.id)]
        uncounted = await attendance.missing(session, answering, visit.now)
    words: dict[str, Any] = {"days": days, "shown": shown, "now_month": shown == here, "today": today}
    words |= {"earlier": _month(shown - dt.timedelta(days=1)), "later_on": _month(shown + dt.timedelta(days=31))}
    words |= {"uncounted": uncounted, "emoji": visit.desk.content.emoji, "labels": LABELS, "group": None}
    words |= {"groep": groep, "some": any(day.entries for day in days)}
    words["themes"] = signs_room.themes(visit.desk.content)
    return page("meetings.html", visit, here="bijeenkomsten", **words)


@router.get("/blad")
async def sheet(visit: AnyVisit, groep: int | None = None) -> Response:
    """A sheet to print for who minds the children: counts by meeting, and room to write. No names."""
    if not visit.groups:
        return page("no_group.html", visit, here="bijeenkomsten")
    group = visit.group(groep) if groep is not None else visit.groups[0]
    today = local(visit.now).date()
    async with visit.desk.db.begin() as session:
        found = await agenda.between(session, [group], today, today + dt.timedelta(days=SHEET_DAYS))
    entries = [entry for day in found.values() for entry in day]
    words: dict[str, Any] = {"entries": entries, "group": group, "labels": LABELS}
    return page("meetings_sheet.html", visit, here="bijeenkomsten", **words)


@router.get("/{number}")
async def one(number: int, visit: AnyVisit, was: str = "") -> Response:
    """One meeting: who comes, by name for those who may know. was: the moment before it was moved, to go back to."""
    return await show(visit, number, was=was)


@router.post("/{number}/aanwezig")
async def came(
    number: int, visit: Answering, mothers: Annotated[str, Form()] = "", children: Annotated[str, Form()] = ""
) -> Response:
    """How many came: counts, and nobody's name."""
    try:
        counts = number_of(mothers, 0, attendance.MOST), number_of(children, 0, attendance.MOST)
    except Wrong as why:
        return await show(visit, number, error=str(why))
    async with visit.desk.db.begin() as session:
        meeting, _group = await visit.meeting(session, number)
        if meeting.starts_at > visit.now:
            raise HTTPException(404, later("Deze bijeenkomst moet nog beginnen."))
        await attendance.note(session, meeting, *counts, visit.me, visit.now)
    return back(f"/bijeenkomsten/{number}", "geteld")


@router.get("/{number}/foto")
async def face(number: int, visit: AnyVisit) -> Response:
    """The photo of who gives it."""
    async with visit.desk.db.begin() as session:
        meeting, _group = await visit.meeting(session, number)
        name = await agenda.guest_photo(session, meeting)
    return await stored(visit.desk, name, "image/jpeg")


async def show(visit: Visit, number: int, *, error: str | None = None, was: str = "") -> Response:
    """The page of one meeting."""
    async with visit.desk.db.begin() as session:
        meeting, group = await visit.meeting(session, number)
        entry = await agenda.entry(session, meeting, group)
        people = await headcount.who(session, number) if visit.may("group", group.id) else []
        photo = await agenda.guest_photo(session, meeting)
    before = _moment(was)
    words: dict[str, Any] = {
        "e": entry,
        "people": people,
        "act": "",
        "warning": None,
        "filled": {},
        "photo": photo,
        "was": before,
    }
    words |= {"labels": LABELS, "emoji": visit.desk.content.emoji, "themes": signs_room.themes(visit.desk.content)}
    return page("meeting.html", visit, 422 if error else 200, here="bijeenkomsten", error=error, **words)


async def _days(session: Session, groups: list[Group], shown: dt.date, today: dt.date) -> list[Day]:
    """Whole weeks around the month; around this month at least two weeks ahead, so that its end hides nothing."""
    last = shown.replace(day=months.monthrange(shown.year, shown.month)[1])
    end = max(last, today + AHEAD) if shown == today.replace(day=1) else last
    start, end = shown - dt.timedelta(days=shown.weekday()), end + dt.timedelta(days=6 - end.weekday())
    found = await agenda.between(session, groups, start, end)
    own = [one for group in groups for one in await closing.between(session, group.id, start, end)]
    days = []
    for n in range((end - start).days + 1):
        day = start + dt.timedelta(days=n)
        off = {name for group in groups if (name := day_off(group.calendar, day, speaks()))}
        theirs = [one for one in own if one.first_day <= day <= one.last_day]
        days.append(Day(day, day.month == shown.month, day < today, found.get(day, []), sorted(off), theirs))
    return days


def _month(day: dt.date) -> str:
    return f"{day:%Y-%m}"


def _moment(text: str) -> dt.datetime | None:
    """A moment as a page wrote it into an address; None for anything else."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text):
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None
