"""The year of a group at the desk: registration at school, a card to play at home, the end, the next year, seeing each other again."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import Response

from bot.care import announcements, cohort, groups, meetings, registration
from bot.clock import local
from bot.console import signs_room
from bot.console.forms import Wrong, day_of, keep_photo, photographed
from bot.console.guard import Answering, Running, Visit, there
from bot.console.page import back, page
from bot.console.recordings import Unusable, keep, recorded
from bot.console.words import _, in_words
from bot.db.inbox_models import AnnouncementVoice
from bot.db.models import Group, Meeting
from bot.db.session import Session
from bot.speech.phrases import DUTCH

MOST_TEXT = 600
SHOWN = 8
router = APIRouter(prefix="/groep")


@router.get("/{number}/jaar")
async def year(number: int, visit: Answering) -> Response:
    """Everything that belongs to the beginning and the end."""
    return await _page(visit, number)


@router.post("/{number}/jaar/inschrijven")
async def register(
    number: int, visit: Answering, opens: Annotated[str, Form()] = "", closes: Annotated[str, Form()] = ""
) -> Response:
    """When the schools take registrations: the bot tells it on the first day, and seven and two days before the last."""
    group = visit.group(number)
    try:
        first, last = day_of(opens), day_of(closes)
        async with visit.desk.db.begin() as session:
            await registration.set_period(session, group, first, last, visit.now)
    except (Wrong, ValueError) as why:
        return await _page(visit, number, in_words(why))
    return back(f"/groep/{number}/jaar", "bewaard")


@router.post("/{number}/jaar/inschrijven/weg")
async def unregister(number: int, visit: Answering) -> Response:
    """No reminder of it."""
    async with visit.desk.db.begin() as session:
        await registration.drop_period(session, visit.group(number))
    return back(f"/groep/{number}/jaar", "bewaard")


@router.post("/{number}/jaar/spelen")
async def play(
    number: int,
    visit: Answering,
    spel: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    photo: Annotated[UploadFile | None, File()] = None,
    voice: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """A card to play at home, as a draft to look at first: a ready-made game or an own photo, and a colleague's voice or words."""
    group, text = visit.group(number), " ".join(text.split())[:MOST_TEXT]
    kind = next((game.id for game in announcements.games(visit.desk.content) if game.id == spel), announcements.PLAY)
    try:
        found, spoken = await photographed(visit.desk, photo), await recorded(visit.desk, voice)
        if kind == announcements.PLAY and found is None and spoken is None and not text:
            raise Wrong(_("Kies een spel of een foto, of zeg wat ze thuis kunnen doen."))
    except (Wrong, Unusable) as why:
        return await _page(visit, number, str(why))
    async with visit.desk.db.begin() as session:
        media = keep_photo(session, found, visit.me, visit.now) if found else None
        await session.flush()
        made = await announcements.draft(session, group, visit.me, kind, visit.now, text=text, media=media)
        if spoken is not None:
            note = keep(session, spoken, visit.me, visit.now)
            await session.flush()
            row = AnnouncementVoice(announcement_id=made.id, lang=DUTCH, media_id=note.id, text=text)
            row.staff_id, row.created_at = visit.me.id, visit.now
            session.add(row)
    return back(f"/aankondigen/{made.id}")


@router.post("/{number}/jaar/afsluiten")
async def close(number: int, visit: Running, zeker: Annotated[str, Form()] = "") -> Response:
    """The end: everything stops, everybody hears goodbye."""
    if zeker != "ja":
        return await _page(visit, number, _("Zet eerst een vinkje: afsluiten kan je niet terugdraaien."))
    async with visit.desk.db.begin() as session:
        group = await session.get_one(Group, visit.group(number).id)
        await cohort.close(session, visit.desk.content, group, visit.now, visit.me)
    return back("/groep/oud", "groep-dicht")


@router.post("/{number}/jaar/kopie")
async def copy(
    number: int, visit: Answering, first: Annotated[str, Form()] = "", last: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """The same group for a new school year, empty."""
    try:
        async with visit.desk.db.begin() as session:
            group = await _of_mine(session, visit, number)
            new, _planned = await cohort.copy(session, group, day_of(first), day_of(last), visit.now, name.strip()[:80])
            number_of_new = new.id
    except (Wrong, ValueError) as why:
        return await _page(visit, number, in_words(why))
    return back(f"/groep?groep={number_of_new}", "groep-kopie")


@router.post("/{number}/jaar/weerzien")
async def reunion(number: int, visit: Answering, meeting: Annotated[int, Form()]) -> Response:
    """Invites who agreed, once, to a meeting of one of my groups."""
    async with visit.desk.db.begin() as session:
        group = await _of_mine(session, visit, number)
        day, _of = await visit.meeting(session, meeting)
        n = (
            await cohort.reunion(session, visit.desk.content, group, there(day), visit.now)
            if day.starts_at > visit.now
            else 0
        )
    return back(f"/groep/{number}/jaar", "weerzien" if n else "zelfde")


# ---------------------------------------------------------------- groups that ended


@router.get("/oud")
async def ended(visit: Answering) -> Response:
    """My groups that ended: copy one, or invite its mothers once."""
    async with visit.desk.db.begin() as session:
        found = await cohort.ended(session, visit.me)
    return page("groups_ended.html", visit, here="groep", found=found)


async def _of_mine(session: Session, visit: Visit, number: int) -> Group:
    """One of my groups, also one that ended."""
    mine = {group.id: group for group in [*visit.groups, *await cohort.ended(session, visit.me)]}
    return await session.get_one(Group, there(mine.get(number)).id)


async def _page(visit: Visit, number: int, error: str | None = None) -> Response:
    async with visit.desk.db.begin() as session:
        group = await _of_mine(session, visit, number)
        period = await registration.of_group(session, group.id)
        back_again = await cohort.coming_back(session, group.id)
        days: list[tuple[Meeting, Group]] = []
        for mine in visit.groups:
            days += [(meeting, mine) for meeting in await meetings.coming(session, mine.id, visit.now, SHOWN)]
        members = len(await groups.members(session, group.id))
    next_first = group.first_day + dt.timedelta(days=364)  # the same weekday
    words: dict[str, Any] = {
        "period": period,
        "days": sorted(days, key=lambda d: d[0].starts_at)[:SHOWN],
        "error": error,
    }
    words |= {"members": members, "coming_back": back_again, "next_first": next_first, "today": local(visit.now).date()}
    words["next_last"] = group.last_day + dt.timedelta(days=365)
    words["moments"] = cohort.moments(group)
    games = announcements.games(visit.desk.content)
    words["games"] = [signs_room.Tile(game.id, game.symbol, _(game.label)) for game in games]
    return page("cohort.html", visit, 422 if error else 200, here="groep", group=group, **words)
