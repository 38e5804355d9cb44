"""Questions in pictures at the desk: choose a ready one or say one, send it, see in numbers what the group chose."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, UploadFile
from fastapi.responses import Response

from bot.care import polls, story
from bot.care.content import Content
from bot.care.desk.polls_page import SETS
from bot.console.guard import Answering, Visit, there
from bot.console.page import back, page
from bot.console.recordings import Recorded, Unusable, keep, recorded
from bot.console.words import _, later
from bot.db.cohort_models import Poll
from bot.db.session import Session

MOST_TEXT = 300
TITLES = {
    "trust": later("Vertrouwen in de opvang"),
    "goals": later("Wat wil je leren of doen?"),
    "next": later("Wat wil je hierna?"),
    "own": later("Eigen vraag"),
}
MOMENTS = {"start": later("begin"), "middle": later("midden"), "end": later("einde")}
CHOICES = {
    "yesno": later("Ja, nee, misschien"),
    "times": later("Voormiddag, namiddag, avond"),
    "themes": later("De zes thema’s van de groep"),
    "trust": later("Vijf gezichten, van blij tot verdrietig"),
}
router = APIRouter(prefix="/groep/{number}/vragen")


@router.get("")
async def asked(number: int, visit: Answering) -> Response:
    """What can be asked, and what was answered."""
    return await _page(visit, number)


@router.post("/eigen")
async def own(
    number: int,
    visit: Answering,
    text: Annotated[str, Form()] = "",
    choices: Annotated[str, Form()] = "",
    voice: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """An own question, typed or spoken, with pictures to choose from."""
    group, text, note = visit.group(number), " ".join(text.split())[:MOST_TEXT], None
    try:
        note = await recorded(visit.desk, voice)
    except Unusable as why:
        return await _page(visit, number, str(why), text)
    if choices not in SETS or not (text or note):
        return await _page(visit, number, _("Spreek je vraag in of typ ze, en kies de plaatjes."), text)
    await _ask_own(visit, number, text, note, SETS[choices][1])
    return back(f"/groep/{group.id}/vragen", "gevraagd")


@router.post("/vertellen")
async def tell_us(number: int, visit: Answering) -> Response:
    """Asks everybody whether she wants to say something about the group."""
    group = visit.group(number)
    async with visit.desk.db.begin() as session:
        await story.invite(session, visit.desk.content, group, visit.now)
    return back(f"/groep/{number}/vragen", "gevraagd")


@router.post("/{kind}/stuur")
async def send(number: int, kind: str, visit: Answering, moment: Annotated[str, Form()] = "") -> Response:
    """A ready-made question goes to the group; one that is open already is not asked again."""
    group, content = visit.group(number), visit.desk.content
    if kind not in polls.ready(content) or moment not in ("", *MOMENTS):
        raise HTTPException(404)
    async with visit.desk.db.begin() as session:
        before = await polls.of_group(session, group.id)
        if any((poll.kind, poll.moment, poll.state) == (kind, moment, "open") for poll in before):
            return back(f"/groep/{number}/vragen", "zelfde")
        await polls.ask(session, content, group, kind, visit.now, visit.me, moment=moment)
    return back(f"/groep/{number}/vragen", "gevraagd")


@router.post("/{one}/tonen")
async def show(number: int, one: int, visit: Answering) -> Response:
    """The group sees what it chose."""
    visit.group(number)
    async with visit.desk.db.begin() as session:
        told = await polls.tell_group(session, visit.desk.content, await _poll(session, number, one), visit.now)
    return back(f"/groep/{number}/vragen", "getoond" if told else "zelfde")


@router.post("/{one}/stoppen")
async def stop(number: int, one: int, visit: Answering) -> Response:
    """No more answers; the counts stay."""
    visit.group(number)
    async with visit.desk.db.begin() as session:
        await polls.close(session, await _poll(session, number, one), visit.now)
    return back(f"/groep/{number}/vragen", "gesloten")


# ---------------------------------------------------------------- step by step


def words(content: Content, key: str | None) -> str:
    """The Dutch words of a text of the flows."""
    return content.phrases.source.get(key or "", "")


async def _page(visit: Visit, number: int, error: str | None = None, text: str = "") -> Response:
    group, content = visit.group(number), visit.desk.content
    async with visit.desk.db.begin() as session:
        found = [(poll, await polls.result(session, poll)) for poll in await polls.of_group(session, group.id)]
        faces = await polls.trust(session, group.id)
    signs = {
        n: {"emoji": content.emoji.get(s.symbol, ""), "label": words(content, s.label_key)}
        for n, s in content.signs.items()
    }
    ready = [
        {"id": step.id, "text": words(content, step.text_key), "signs": step.signs}
        for step in polls.ready(content).values()
    ]
    shown: dict[str, Any] = {"ready": ready, "signs": signs, "found": found, "faces": faces, "few": polls.FEW}
    shown |= {"titles": TITLES, "moments": MOMENTS, "choices": CHOICES, "error": error, "text": text}
    shown["texts"] = {one["id"]: one["text"] for one in ready}
    return page("polls.html", visit, 422 if error else 200, here="groep", group=group, **shown)


async def _ask_own(visit: Visit, number: int, text: str, note: Recorded | None, signs: tuple[str, ...]) -> None:
    async with visit.desk.db.begin() as session:
        media = keep(session, note, visit.me, visit.now) if note else None
        await session.flush()
        await polls.ask(
            session, visit.desk.content, visit.group(number), polls.OWN, visit.now, visit.me,
            signs=signs, text=text, media=media,
        )  # fmt: skip


async def _poll(session: Session, number: int, one: int) -> Poll:
    poll: Poll = there(await session.get(Poll, one))
    if poll.group_id != number:
        raise HTTPException(404)
    return poll
