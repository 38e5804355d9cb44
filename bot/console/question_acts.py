"""Around a question: a ready answer with its clip, interpreters, notes for colleagues, and what stood in her way."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from bot.care import inbox, inbox_lists, inbox_notes, ready_answers
from bot.console.guard import Questioning, Visit
from bot.console.page import back, by_htmx, page
from bot.console.questions import card, mine
from bot.console.recordings import sound
from bot.console.words import later
from bot.db.models import Group, Mother, Question
from bot.db.session import Session
from bot.messages import Utterance

SHOWN = 40
# what an answer that sends her to a service may leave to ask
UNSAID = {
    "who": later("wie mag komen"),
    "cost": later("wat het kost"),
    "language": later("in welke taal ze daar kan praten"),
}
router = APIRouter(prefix="/vragen/{number}")


@router.get("/klaar")
async def ready(number: int, visit: Questioning, zoek: str = "") -> Response:
    """Answers of the fact base, those that fit her words on top; searched by words."""
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        (asked,) = await inbox_lists.whole(session, [question])
    content = visit.desk.content
    said = " ".join(part.text for part, _ in asked.said("mother") if part.kind == "text")
    found = ready_answers.search(content, zoek, said, question.lang)[:SHOWN]
    rows = [
        (topic, ready_answers.label(content, topic.id), ready_answers.words(content, topic.id), fits)
        for topic, fits in found
    ]
    words: dict[str, Any] = {"a": asked, "rows": rows, "zoek": zoek, "emoji": content.emoji}
    return page("ready.html", visit, here="vragen", **words)


@router.get("/klaar/{topic}")
async def preview(number: int, topic: str, visit: Questioning) -> Response:
    """Exactly what she will hear and see, and what that is in Dutch."""
    return await _preview(visit, number, topic)


@router.get("/klaar/{topic}/klank/{lang}/{n}")
async def listen(number: int, topic: str, lang: str, n: int, visit: Questioning) -> Response:
    """The voice of the n-th utterance of a ready answer, in her language or in Dutch."""
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        said, _ = await _said(session, visit, question, topic)
    chosen = said.get(lang, [])
    if not 0 <= n < len(chosen):
        raise HTTPException(404)
    voice = chosen[n].voice
    clip = await visit.desk.clips.clip(voice) if voice else None
    return sound(clip.path if clip else None)


@router.post("/klaar/{topic}")
async def send_ready(number: int, topic: str, visit: Questioning, more: Annotated[str, Form()] = "") -> Response:
    """She gets it, in her language. When a colleague was quicker it can be sent all the same."""
    if topic not in visit.desk.content.topics:
        raise HTTPException(404)
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        done = await inbox.answer(
            session, visit.desk.content, visit.me, question, ready=topic, now=visit.now, more=bool(more)
        )
    return back("/vragen", "verstuurd") if done == "ok" else await _preview(visit, number, topic, 409)


@router.post("/tolk")
async def interpreters(number: int, visit: Questioning) -> Response:
    """Colleagues who speak her language get it in Telegram; who speaks first, answers her."""
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        found = await inbox.ask_interpreters(session, visit.me, question, visit.now)
        if by_htmx(visit) and found:
            return await card(session, visit, question)
    return back("/vragen", "tolk" if found else "geen-tolk")


@router.post("/notitie")
async def note(number: int, visit: Questioning, note: Annotated[str, Form()] = "") -> Response:
    """For colleagues only."""
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        await inbox_notes.note(session, visit.me, question, note.replace("\r\n", "\n"), visit.now)
        if by_htmx(visit):
            return await card(session, visit, question)
    return back(f"/vragen/{number}", "notitie" if note.strip() else "zelfde")


@router.post("/notitie/{row}/weg")
async def drop_note(number: int, row: int, visit: Questioning) -> Response:
    """One's own note goes."""
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        done = await inbox_notes.drop_note(session, visit.me, question, row)
        if by_htmx(visit):
            return await card(session, visit, question)
    return back(f"/vragen/{number}", "notitie-weg" if done else "zelfde")


@router.post("/drempels")
async def barriers(number: int, visit: Questioning, drempel: Annotated[list[str] | None, Form()] = None) -> Response:
    """What stood in her way: counted, without her name, in the report."""
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        await inbox_notes.set_barriers(session, question, drempel or [], visit.now)
        if by_htmx(visit):
            return await card(session, visit, question)
    return back(f"/vragen/{number}", "drempels")


async def _said(
    session: Session, visit: Visit, question: Question, topic: str
) -> tuple[dict[str, list[Utterance]], Mother]:
    """lang → what she gets, in her language first, then in Dutch."""
    content = visit.desk.content
    if topic not in content.topics:
        raise HTTPException(404)
    mother = await session.get_one(Mother, question.mother_id)
    group = await session.get(Group, mother.group_id) if mother.group_id else None
    langs = dict.fromkeys([mother.lang or "nl", "nl"])
    voice = {mother.lang or "nl": mother.voice_lang}
    return {
        lang: ready_answers.utterances(content, topic, lang, group, visit.now, voice.get(lang)) for lang in langs
    }, mother


async def _preview(visit: Visit, number: int, topic: str, status: int = 200) -> Response:
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        (asked,) = await inbox_lists.whole(session, [question])
        said, _ = await _said(session, visit, question, topic)
    content = visit.desk.content
    words: dict[str, Any] = {"a": asked, "topic": topic, "label": ready_answers.label(content, topic), "said": said}
    words["unsaid"] = [UNSAID[name] for name, told in (content.topics[topic].service or {}).items() if told == "ask"]
    words["rtl"] = {lang.id for lang in content.languages.values() if lang.rtl}
    words["offered"] = set(content.languages)
    return page("ready_preview.html", visit, status, here="vragen", **words)
