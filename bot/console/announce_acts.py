"""An announcement, further: later, put right, who comes, other voices; and photos, for the mothers that were chosen."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, UploadFile
from fastapi.responses import Response
from sqlalchemy import select

from bot.care import announcement_plans, announcement_voices, announcements, events, privacy
from bot.clock import instant
from bot.console.announce_room import MOST_TEXT, clean, mine, second_yes
from bot.console.guard import Answering, Visit
from bot.console.page import back, page
from bot.console.recordings import Unusable, keep, photographed, recorded
from bot.console.words import _
from bot.db.inbox_models import Event
from bot.db.models import Announcement, Group, Mother
from bot.db.session import Session

router = APIRouter(prefix="/aankondigen")


# ---------------------------------------------------------------- later


@router.post("/{number}/plannen")
async def plan(
    number: int,
    visit: Answering,
    dag: Annotated[str, Form()] = "",
    uur: Annotated[str, Form()] = "",
    zeker: Annotated[str, Form()] = "",
) -> Response:
    """It goes out by itself, then."""
    try:
        due = instant(dt.date.fromisoformat(dag), dt.time.fromisoformat(uur))
    except ValueError:
        return back(f"/aankondigen/{number}?fout=moment")
    async with visit.desk.db.begin() as session:
        made = await mine(session, visit, number)
        if await events.too_late(session, made, due):
            return back(f"/aankondigen/{number}?fout=antwoorden")
        try:
            await announcement_plans.plan(session, made, due, visit.now, sure=bool(zeker))
        except announcements.SureFirst:
            return await second_yes(visit, made, "plannen", dag=dag, uur=uur)
        except ValueError:
            return back(f"/aankondigen/{number}?fout=moment")
    return back(f"/aankondigen/{number}", "gepland")


@router.post("/{number}/niet-plannen")
async def unplan(number: int, visit: Answering) -> Response:
    """A draft again."""
    async with visit.desk.db.begin() as session:
        done = await announcement_plans.unplan(session, await mine(session, visit, number))
    return back(f"/aankondigen/{number}", "niet-gepland" if done else "zelfde")


# ---------------------------------------------------------------- changed, put right


@router.post("/{number}/verbeteren")
async def correct(number: int, visit: Answering) -> Response:
    """A draft in the place of what was said; the old one is only taken back when the new one goes."""
    async with visit.desk.db.begin() as session:
        made = await mine(session, visit, number)
        if made.state not in ("sending", "sent", "stopped") or made.kind in (*announcements.CHANGES, "withdrawn"):
            raise HTTPException(404)
        new = await announcements.correction(session, made, visit.me, visit.now)
    return back(f"/aankondigen/{new.id}/wijzigen")


@router.get("/{number}/wijzigen")
async def change_form(number: int, visit: Answering) -> Response:
    """The words, or the day and the hour, of a draft."""
    async with visit.desk.db.begin() as session:
        made = await _draft(session, visit, number)
    return _change(visit, made)


@router.post("/{number}/wijzigen")
async def change(
    number: int,
    visit: Answering,
    text: Annotated[str, Form()] = "",
    dag: Annotated[str, Form()] = "",
    uur: Annotated[str, Form()] = "",
    plaats: Annotated[str, Form()] = "",
    voice: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """The draft with other words, another day, hour or place."""
    try:
        note = await recorded(visit.desk, voice)
    except Unusable as why:
        async with visit.desk.db.begin() as session:
            return _change(visit, await _draft(session, visit, number), str(why))
    async with visit.desk.db.begin() as session:
        made = await _draft(session, visit, number)
        before = made.text, made.media_id, dict(made.slots)
        if made.kind == "own":
            if note is not None:
                media = keep(session, note, visit.me, visit.now)
                await session.flush()
                made.media_id = media.id
            made.text = clean(text)
            if not made.text and made.media_id is None:
                return _change(visit, made, _("Spreek iets in of typ iets."))
        elif made.slots.get("day"):
            slots = _moment(made, dag, uur, plaats)
            if slots is None:
                return _change(visit, made, _("Kies een dag en een uur."))
            made.slots = slots
            await events.fit(session, made, before[2], visit.now)
            made.meeting_id = made.meeting_id if "meeting" in slots else None  # not that meeting any more
        await session.flush()
        other = before != (made.text, made.media_id, made.slots)
        gone = other and await announcement_voices.start_over(session, made, visit.now)
    return back(f"/aankondigen/{number}", "stem-weg" if gone else "")


def _moment(made: Announcement, day: str, at: str, place: str) -> dict[str, Any] | None:
    try:
        found = {**made.slots, "day": dt.date.fromisoformat(day).isoformat()}
        if "time" in made.slots:
            found["time"] = f"{dt.time.fromisoformat(at):%H:%M}"
    except ValueError:
        return None
    if any(found.get(name) != made.slots.get(name) for name in ("day", "time")):
        found = {name: value for name, value in found.items() if name not in ("meeting", "version")}
    return {**found, "place": place.strip()[:80]} if place.strip() else found


async def _draft(session: Session, visit: Visit, number: int) -> Announcement:
    made = await mine(session, visit, number)
    await session.refresh(made, with_for_update=True)  # a colleague may send it at this moment
    if made.state != "draft":
        raise HTTPException(404, _("Dit bericht is al vertrokken of gestopt."))
    return made


def _change(visit: Visit, made: Announcement, error: str | None = None) -> Response:
    words: dict[str, Any] = {"made": made, "group": visit.group(made.group_id), "error": error}
    return page("announce_change.html", visit, 422 if error else 200, here="aankondigen", **words)


# ---------------------------------------------------------------- who comes


@router.post("/{number}/wie-komt")
async def ask_who_comes(
    number: int, visit: Answering, laatste: Annotated[str, Form()] = "", link: Annotated[str, Form()] = ""
) -> Response:
    """Below the message they are asked whether they come, until that day, with a link when it is online; without a day they are not."""
    async with visit.desk.db.begin() as session:
        made = await _draft(session, visit, number)
        before = await session.get(Event, made.id)
        if before is not None:
            await session.delete(before)
            await session.flush()
        made.slots = {name: value for name, value in made.slots.items() if name != "link"}
        if not laatste:
            return back(f"/aankondigen/{number}")
        try:
            found = events.link_of(link[:500])
        except ValueError:
            await session.rollback()
            return back(f"/aankondigen/{number}?fout=link")
        made.slots = made.slots | ({"link": found} if found else {})
        try:
            await events.add(session, made, dt.date.fromisoformat(laatste), visit.now)
        except ValueError:
            await session.rollback()  # the question that was there stays
            return back(f"/aankondigen/{number}?fout=laatste")
    return back(f"/aankondigen/{number}")


# ---------------------------------------------------------------- other voices


@router.post("/{number}/tolk/{lang}")
async def interpreter(number: int, lang: str, visit: Answering) -> Response:
    """Colleagues who speak it get the Dutch in Telegram; what the first one says is heard by the mothers of that language."""
    async with visit.desk.db.begin() as session:
        made = await mine(session, visit, number)
        found = await announcement_voices.ask(session, visit.desk.content, made, lang, visit.me, visit.now)
    return back(f"/aankondigen/{number}", "tolk-gevraagd" if found else "geen-tolk")


@router.post("/{number}/stem/{lang}")
async def voice(
    number: int, lang: str, visit: Answering, voice: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Said here, in this language, by whoever sits at this desk."""
    async with visit.desk.db.begin() as session:
        made = await mine(session, visit, number)
        if made.state not in announcement_voices.WAITING or lang not in _langs(await _members(session, made.group_id)):
            raise HTTPException(404)
    try:
        note = await recorded(visit.desk, voice)
    except Unusable:
        return back(f"/aankondigen/{number}?fout=geluid")
    if note is None:
        return back(f"/aankondigen/{number}?fout=geluid")
    async with visit.desk.db.begin() as session:
        made = await mine(session, visit, number)
        media = keep(session, note, visit.me, visit.now)
        await session.flush()
        if not await announcement_voices.keep(session, made, lang, visit.me, "", media, visit.now):
            await privacy.drop_media(session, media)
            return back(f"/aankondigen/{number}?fout=vertrokken")
    return back(f"/aankondigen/{number}", "bewaard")


@router.post("/{number}/stem/{lang}/weg")
async def drop_voice(number: int, lang: str, visit: Answering) -> Response:
    """What the house says is heard again."""
    async with visit.desk.db.begin() as session:
        made = await mine(session, visit, number)
        done = await announcement_voices.drop(session, made, lang)
    return back(f"/aankondigen/{number}", "stem-weg" if done else "zelfde")


# ---------------------------------------------------------------- a photo


@router.get("/foto/{number}")
async def photo_form(number: int, visit: Answering) -> Response:
    """Which photo, for whom."""
    return await _photo(visit, visit.group(number))


@router.post("/foto/{number}")
async def photo(
    number: int,
    visit: Answering,
    foto: Annotated[UploadFile | None, File()] = None,
    text: Annotated[str, Form()] = "",
    moeder: Annotated[list[int] | None, Form()] = None,
    voor: Annotated[str, Form()] = "gekozen",
) -> Response:
    """A draft with a photo: for the mothers that were chosen, or for the group (which takes a second yes)."""
    group, error, kept = visit.group(number), None, None
    async with visit.desk.db.begin() as session:
        chosen = [m for m in await _members(session, group.id) if m.id in (moeder or [])]
    if voor != "groep" and not chosen:
        error = _("Kies minstens één moeder.")
    try:
        kept = await photographed(visit.desk, foto) if error is None else None
    except Unusable as why:
        error = str(why)
    if error is None and kept is None:
        error = _("Kies een foto.")
    if error is not None or kept is None:
        return await _photo(visit, group, error, moeder or [], clean(text))
    async with visit.desk.db.begin() as session:
        media = keep(session, kept, visit.me, visit.now)
        await session.flush()
        only = None if voor == "groep" else chosen
        made = await announcements.draft(
            session, group, visit.me, "own", visit.now, text=clean(text), media=media, only=only
        )
    return back(f"/aankondigen/{made.id}")


async def _photo(
    visit: Visit, group: Group, error: str | None = None, chosen: list[int] | None = None, text: str = ""
) -> Response:
    async with visit.desk.db.begin() as session:
        mothers = await _members(session, group.id)
    words: dict[str, Any] = {"group": group, "mothers": mothers, "chosen": chosen or [], "error": error, "text": text}
    words["most"] = MOST_TEXT
    return page("announce_photo.html", visit, 422 if error else 200, here="aankondigen", **words)


async def _members(session: Session, group_id: int) -> list[Mother]:
    query = select(Mother).where(Mother.group_id == group_id, Mother.status == "member")
    return list(await session.scalars(query.order_by(Mother.first_name, Mother.id)))


def _langs(mothers: list[Mother]) -> set[str]:
    return {mother.lang or "nl" for mother in mothers}
