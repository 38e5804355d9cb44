"""Announcing: choose what to say, look and listen per language, send, watch it arrive, stop, take it back."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, UploadFile
from fastapi.responses import Response
from sqlalchemy import select

from bot.care import announcement_plans, announcement_voices, announcements, events, meetings
from bot.clock import local
from bot.console.forms import line_of, whole
from bot.console.guard import Answering, Visit, there
from bot.console.page import back, by_htmx, page
from bot.console.recordings import Unusable, keep, recorded, sound, stored
from bot.console.words import _, later
from bot.db.models import Announcement, Group
from bot.db.session import Session
from bot.flow.model import Ready
from bot.speech.phrases import DUTCH

CHANGE = {"cancelled": "afgelasten", "moved": "verplaatsen", "other_place": "plaats"}  # these really change a meeting
SHELVES = {  # under which heading a ready-made message stands; what is not named stands last
    "cancelled": 0, "moved": 0, "other_place": 0, "meeting_extra": 0, "holiday": 0, "celebrate": 1, "excursion": 1,
    "bring_something": 1, "bring_clothes": 1, "bring_papers": 1,
}  # fmt: skip
HEADINGS = (
    later("Er verandert iets"), later("Kom mee, breng mee"), later("Om thuis te spelen"), later("Goed om te weten"),
)  # fmt: skip
SHOWN = 6
WRONG = {
    "moment": later("Kies een dag en een uur in de toekomst, en vóór de dag waarover het gaat."),
    "laatste": later("Kies een laatste dag vóór de dag zelf."),
    "link": later("Die link begrijp ik niet. Hij begint met https://."),
    "antwoorden": later(
        "Dan is de laatste dag om te antwoorden voorbij. Kies een vroeger moment, of kies een andere laatste dag."
    ),
    "vertrokken": later("Een collega verstuurde dit bericht intussen. Je stem is er niet bij."),
    "geluid": later("Dit geluid kan ik niet lezen. Spreek opnieuw in, of kies een ander bestand."),
}
MOST_TEXT = 1000
router = APIRouter(prefix="/aankondigen")


@router.get("")
async def announce(visit: Answering, groep: int | None = None) -> Response:
    """What can be said, and what was said lately."""
    if not visit.groups:
        return page("no_group.html", visit, here="aankondigen")
    group = visit.group(groep) if groep is not None else visit.groups[0]
    async with visit.desk.db.begin() as session:
        said = Announcement.state.not_in(("draft", "planned"))
        lately = select(Announcement).where(Announcement.group_id == group.id, said)
        found = list(await session.scalars(lately.order_by(Announcement.id.desc()).limit(10)))
        rows = [(made, await announcements.counts(session, made)) for made in found]
        planned = await announcement_plans.planned(session, group.id)
    content = visit.desk.content
    ready = [r for r in content.announcements.values() if r.id not in announcements.HIDDEN]
    labels = {r.id: r.label for r in content.announcements.values()}
    words: dict[str, Any] = {
        "group": group,
        "shelves": _shelves(ready),
        "emoji": content.emoji,
        "rows": rows,
        "labels": labels,
    }
    words["planned"] = planned
    return page("announce.html", visit, here="aankondigen", **words)


@router.get("/eigen/{number}")
async def own_form(number: int, visit: Answering) -> Response:
    """Own words: type or speak."""
    return page("announce_own.html", visit, here="aankondigen", group=visit.group(number))


@router.post("/eigen/{number}")
async def own(
    number: int,
    visit: Answering,
    text: Annotated[str, Form()] = "",
    voice: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """A draft of own words."""
    group, text, error, note = visit.group(number), clean(text), None, None
    try:
        note = await recorded(visit.desk, voice)
    except Unusable as why:
        error = str(why)
    if error is None and not text and note is None:
        error = _("Spreek iets in of typ iets.")
    if len(text) > MOST_TEXT:
        error = _("Dat is te lang: hoogstens {n} tekens.").format(n=MOST_TEXT)
    if error is not None:
        return page("announce_own.html", visit, 422, here="aankondigen", group=group, error=error, text=text)
    async with visit.desk.db.begin() as session:
        media = keep(session, note, visit.me, visit.now) if note else None
        await session.flush()
        made = await announcements.draft(session, group, visit.me, "own", visit.now, text=text, media=media)
    return back(f"/aankondigen/{made.id}")


@router.get("/nieuw/{number}/{kind}")
async def choose(number: int, kind: str, visit: Answering) -> Response:
    """For which meeting or day. What is played at home is chosen, or made, on a page of its own."""
    if kind == announcements.PLAY:
        return back(f"/groep/{visit.group(number).id}/jaar#play")
    return await _form(visit, visit.group(number), _ready(visit, kind))


@router.post("/nieuw/{number}/{kind}")
async def draft(
    number: int,
    kind: str,
    visit: Answering,
    meeting: Annotated[str, Form()] = "",
    day: Annotated[str, Form()] = "",
    at: Annotated[str, Form()] = "",
    plaats: Annotated[str, Form()] = "",
) -> Response:
    """A draft of a ready-made message. day, at and plaats count when it is about no meeting; a meeting has its own."""
    group, ready = visit.group(number), _ready(visit, kind)
    if ready.id in (*CHANGE, announcements.PLAY):
        raise HTTPException(404)
    filled, error = _slots(ready, group, meeting, day, at, line_of(plaats, 80))
    if error:
        return await _form(visit, group, ready, error)
    async with visit.desk.db.begin() as session:
        row = None
        if (wanted := whole(meeting)) is not None and ready.slots:
            row, owner = await visit.meeting(session, wanted)
            if owner.id != group.id or row.ends_at <= visit.now:
                raise HTTPException(404, _("Die bijeenkomst is voorbij."))
        made = await announcements.draft(session, group, visit.me, ready.id, visit.now, slots=filled, meeting=row)
    return back(f"/aankondigen/{made.id}")


@router.get("/{number}")
async def one(number: int, visit: Answering, deel: str = "", fout: str = "") -> Response:
    """The draft per language; once sent, how far it is. deel: the piece that htmx wants."""
    content = visit.desk.content
    async with visit.desk.db.begin() as session:
        made = await mine(session, visit, number)
        words = await _words(session, visit, made)
    ready = content.announcements.get(made.kind)
    words |= {"label": ready.label if ready else later("Bericht"), "error": _(WRONG[fout]) if fout in WRONG else None}
    name = {"talen": "announcement_langs.html", "stand": "announcement_counts.html"}.get(deel, "announcement.html")
    return page(name if by_htmx(visit) else "announcement.html", visit, here="aankondigen", **words)


async def _words(session: Session, visit: Visit, made: Announcement) -> dict[str, Any]:
    content, due_at = visit.desk.content, await announcement_plans.due_at(session, made)
    then = due_at or visit.now  # what goes out tomorrow says "today" of what is tomorrow now
    previews = await announcements.preview(session, content, made, then)
    langs = [p.lang for p in previews]
    read = [] if DUTCH in langs or made.kind == "own" else [DUTCH]  # staff read what nobody of the group hears
    speakers = {lang: await announcement_voices.speakers(session, made, lang, visit.me.id) for lang in langs}
    coming = await events.coming(session, made)
    old = await session.get(Announcement, made.slots["corrects"]) if "corrects" in made.slots else None
    return {
        "made": made,
        "group": visit.group(made.group_id),
        "previews": previews,
        "said": {lang: await announcements.utterances(session, content, made, lang, then) for lang in (*langs, *read)},
        "dutch": bool(read),
        "speakers": {lang: [p.name for p in people] for lang, people in speakers.items() if people},
        "interpreting": await announcement_voices.asked(session, made),
        "coming": coming,
        "answers_stay": old is not None and events.same_moment(old, made),
        "last_day": events.last_day(coming.event) if coming else None,
        "due_at": due_at,
        "group_photo": await announcements.group_photo(session, made),
        "can_correct": made.kind not in (*announcements.CHANGES, "withdrawn"),
        "tomorrow": (local(visit.now) + dt.timedelta(days=1)).date().isoformat(),
        "last_default": _day_before(made, local(visit.now).date()),
        "n": await announcements.counts(session, made),
        "rtl": _rtl(visit),
    }


@router.get("/{number}/klank/{lang}/{n}")
async def listen(number: int, lang: str, n: int, visit: Answering) -> Response:
    """The voice of the n-th utterance in this language, exactly as she hears it."""
    async with visit.desk.db.begin() as session:
        made = await mine(session, visit, number)
        then = await announcement_plans.due_at(session, made) or visit.now
        said = await announcements.utterances(session, visit.desk.content, made, lang, then)
    if not 0 <= n < len(said):
        raise HTTPException(404)
    if said[n].media:
        return await stored(visit.desk, said[n].media)
    voice = said[n].voice
    clip = await visit.desk.clips.clip(voice) if voice else None
    return sound(clip.path if clip else None)


@router.post("/{number}/versturen")
async def send(number: int, visit: Answering, zeker: Annotated[str, Form()] = "") -> Response:
    """It goes. A photo to the whole group only after a second yes."""
    async with visit.desk.db.begin() as session:
        made = await mine(session, visit, number)
        if await events.too_late(session, made, visit.now):
            return back(f"/aankondigen/{number}?fout=antwoorden")
        try:
            sent = await announcements.send(session, made, visit.now, sure=bool(zeker))
        except announcements.SureFirst:
            return await second_yes(visit, made, "versturen")
    return back(f"/aankondigen/{number}", "vertrekt" if sent or made.state in ("sending", "sent") else "zelfde")


@router.post("/{number}/stoppen")
async def stop(number: int, visit: Answering) -> Response:
    """What has not left yet does not leave any more; a draft is thrown away."""
    async with visit.desk.db.begin() as session:
        made = await mine(session, visit, number)
        await session.refresh(made, with_for_update=True)  # a colleague may send it at this moment
        if made.state == "draft":
            made.state = "stopped"
            return back(f"/aankondigen?groep={made.group_id}")
        await announcements.stop(session, made)
    return back(f"/aankondigen/{number}", "gestopt")


@router.post("/{number}/intrekken")
async def withdraw(number: int, visit: Answering) -> Response:
    """Who heard it hears that it was not right."""
    async with visit.desk.db.begin() as session:
        made = await mine(session, visit, number)
        if made.state not in ("sending", "sent", "stopped") or made.kind in (*announcements.CHANGES, "withdrawn"):
            raise HTTPException(404)
        await announcements.withdraw(session, made, visit.now, visit.me)
    return back(f"/aankondigen/{number}", "ingetrokken")


def _shelves(ready: list[Ready]) -> list[tuple[str, list[Ready]]]:
    """What can be said, under the headings under which somebody would look for it."""
    order, last = list(SHELVES), len(HEADINGS) - 1
    shelf = {one.id: 2 if one.id.startswith("play_") else SHELVES.get(one.id, last) for one in ready}
    ready = sorted(ready, key=lambda one: (order.index(one.id) if one.id in order else len(order), one.label))
    return [(heading, [one for one in ready if shelf[one.id] == n]) for n, heading in enumerate(HEADINGS)]


def clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


async def second_yes(visit: Visit, made: Announcement, act: str, **fields: str) -> Response:
    """Asks once more before a photo goes to a whole group; fields: what the form said already."""
    words: dict[str, Any] = {"made": made, "group": visit.group(made.group_id), "act": act, "fields": fields}
    return page("announce_sure.html", visit, 409, here="aankondigen", **words)


async def mine(session: Session, visit: Visit, number: int) -> Announcement:
    """An announcement of one of this colleague's groups; "not there" otherwise."""
    found: Announcement = there(await session.get(Announcement, number))
    visit.group(found.group_id)
    return found


def _ready(visit: Visit, kind: str) -> Ready:
    found = visit.desk.content.announcements.get(kind)
    if found is None or kind in announcements.HIDDEN:
        raise HTTPException(404)
    return found


def _slots(
    ready: Ready, group: Group, meeting: str, day: str, at: str, place: str
) -> tuple[dict[str, Any], str | None]:
    """The filled slots of a day that is no meeting; a sentence when something is missing."""
    if not ready.slots or whole(meeting) is not None:
        return {}, None
    try:
        filled: dict[str, Any] = {"day": dt.date.fromisoformat(day).isoformat(), "place": place or group.place}
    except ValueError:
        return {}, _("Kies een bijeenkomst of een dag.")
    if "time" not in ready.slots:
        return filled, None
    try:
        return {**filled, "time": f"{dt.time.fromisoformat(at):%H:%M}"}, None
    except ValueError:
        return {}, _("Kies ook een uur.")


async def _form(visit: Visit, group: Group, ready: Ready, error: str | None = None) -> Response:
    async with visit.desk.db.begin() as session:
        coming = await meetings.coming(session, group.id, visit.now, SHOWN)
    tomorrow = (local(visit.now) + dt.timedelta(days=1)).date().isoformat()
    words: dict[str, Any] = {"group": group, "ready": ready, "coming": coming, "tomorrow": tomorrow, "error": error}
    words["change"] = CHANGE.get(ready.id)
    return page("announce_choose.html", visit, 422 if error else 200, here="aankondigen", **words)


def _day_before(made: Announcement, today: dt.date) -> str:
    """What to propose as the last day to answer: the day before the day itself, tomorrow when there is none."""
    day = made.slots.get("day")
    found = dt.date.fromisoformat(str(day)) - dt.timedelta(days=1) if day else today + dt.timedelta(days=1)
    return max(found, today).isoformat()


def _rtl(visit: Visit) -> set[str]:
    return {lang.id for lang in visit.desk.content.languages.values() if lang.rtl}
