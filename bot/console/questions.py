"""Questions: the live list, a reply by typing or speaking, no reply needed, hand over. The same acts as in Telegram."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, UploadFile
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from bot.care import agenda, inbox, inbox_lists, ready_answers, staff
from bot.care.inbox_lists import LISTS
from bot.console.guard import AnyVisit, Questioning, Visit, there
from bot.console.page import back, by_htmx, page
from bot.console.recordings import Recorded, Unusable, keep, recorded
from bot.console.words import _, later
from bot.db.models import Media, Question, Staff
from bot.db.session import Session

MOST_TEXT = 2000
AT_ONCE = 25  # questions on a page, and how many more at a time: a hundred with all their buttons are 370 KB
BARRIERS = {
    "place": later("geen plaats"),
    "cost": later("te duur"),
    "language": later("taal"),
    "transport": later("vervoer"),
    "papers": later("papieren"),
}
router = APIRouter()


@router.get("/")
async def start(visit: AnyVisit) -> Response:
    """Where a colleague lands: at the questions, or at the meetings when she sees no questions."""
    return back("/vragen" if visit.sees_questions else "/bijeenkomsten")


@router.get("/vragen")
async def questions(visit: Questioning, lijst: str = "open", keep: str = "", tot: int = AT_ONCE) -> Response:
    """One of the lists; for htmx the list alone. keep: questions that somebody is answering in this browser just now; tot: how many."""
    which = lijst if lijst in LISTS else "open"
    many = min(max(tot, AT_ONCE), inbox_lists.MOST)
    also = [int(n) for n in re.findall(r"\d{1,12}", keep)[:50]] if by_htmx(visit) else []
    async with visit.desk.db.begin() as session:
        found = await inbox_lists.listed(session, visit.me, which, visit.now, also, many)
        numbers = await inbox_lists.numbers(session, visit.me, visit.now)
        people = await staff.colleagues(session, visit.me)
        soon = None if by_htmx(visit) else await agenda.soon(session, visit.groups, visit.now)
    words: dict[str, Any] = {
        "asked": found,
        "soon": soon if soon and visit.may("group", soon.group.id) else None,
        "people": people,
        "which": which,
        "many": many,
        "more": many + AT_ONCE if many <= len(found) and len(found) < numbers.get(which, inbox_lists.MOST) else 0,
        "numbers": numbers,
        "number": numbers["open"],
        **_known(visit),
    }
    return page("questions_list.html" if by_htmx(visit) else "questions.html", visit, here="vragen", **words)


@router.get("/vragen/live", response_class=EventSourceResponse)
async def live(visit: Questioning) -> AsyncIterator[ServerSentEvent]:
    """Says that something changed."""
    async for event in visit.desk.bus.listen():
        yield event


@router.get("/vragen/{number}")
async def one(number: int, visit: Questioning) -> Response:
    """One question on a page of its own."""
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        return await card(session, visit, question)


@router.post("/vragen/{number}/antwoord")
async def reply(
    number: int,
    visit: Questioning,
    text: Annotated[str, Form()] = "",
    more: Annotated[str, Form()] = "",
    kept: Annotated[int | None, Form()] = None,
    voice: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """The answer goes to her. When a colleague was quicker, the words are kept and can be sent all the same."""
    async with visit.desk.db.begin() as session:
        await mine(session, visit, number)
    text = text.replace("\r\n", "\n").strip()
    error, note = None, None
    try:
        note = await recorded(visit.desk, voice)
    except Unusable as why:
        error = str(why)
    if error is None and len(text) > MOST_TEXT:
        error = _("Dat is te lang: hoogstens {n} tekens. Zij hoort liever een kort antwoord.").format(n=MOST_TEXT)
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        media = await _media(session, visit, note, kept)
        if error is None and not text and media is None:
            error = _("Spreek iets in of typ iets.")
        if error is not None:
            return await card(session, visit, question, error=error, text=text, kept=media, status=422)
        done = await inbox.answer(
            session, visit.desk.content, visit.me, question, text=text, media=media, now=visit.now, more=bool(more)
        )
        if done == "already":
            return await card(session, visit, question, text=text, kept=media, status=409)
        if by_htmx(visit):
            return await card(session, visit, question)
    return back("/vragen", "verstuurd")


@router.post("/vragen/{number}/geen-antwoord")
async def no_reply(number: int, visit: Questioning) -> Response:
    """Closes a question that needs no answer."""
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        done = await inbox.no_reply(session, visit.me, question, visit.now)
        if by_htmx(visit):
            return await card(session, visit, question)
    return back("/vragen", "afgesloten" if done else "al")


@router.post("/vragen/{number}/heropenen")
async def reopen(number: int, visit: Questioning) -> Response:
    """Takes "no reply needed" back."""
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        if question.state == "closed":
            await inbox.open_again(session, question)
        if by_htmx(visit):
            return await card(session, visit, question)
    return back("/vragen", "open")


@router.post("/vragen/{number}/doorgeven")
async def hand_over(number: int, visit: Questioning, aan: Annotated[int, Form()]) -> Response:
    """To a colleague, who gets it in Telegram too."""
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        colleague = next((p for p in await staff.colleagues(session, visit.me) if p.id == aan), None)
        if colleague is None:
            raise HTTPException(404)
        if question.state == "open":
            await inbox.hand_over(session, visit.me, question, colleague, visit.now)
        if by_htmx(visit):
            return await card(session, visit, question)
    return back("/vragen", "doorgegeven" if question.state == "open" else "al")


def _known(visit: Visit) -> dict[str, Any]:
    """What every card needs: the names of ready answers and of barriers."""
    return {"label_of": partial(ready_answers.label, visit.desk.content), "barriers": BARRIERS}


async def mine(session: Session, visit: Visit, number: int) -> Question:
    """A question that this colleague may see; "not there" otherwise."""
    found: Question = there(await session.get(Question, number))
    if not await inbox_lists.may_see(session, visit.me, found, visit.now):
        raise HTTPException(404)
    return found


async def _media(session: Session, visit: Visit, note: Recorded | None, kept: int | None) -> Media | None:
    if note is not None:
        media = keep(session, note, visit.me, visit.now)
        await session.flush()
        return media
    found = await session.get(Media, kept) if kept else None
    return found if found is not None and found.staff_id == visit.me.id else None


async def card(
    session: Session, visit: Visit, question: Question, *, error: str | None = None, text: str = "",
    kept: Media | None = None, status: int = 200,
) -> Response:  # fmt: skip
    """The card of one question; for a browser without scripts on a page of its own."""
    (asked,) = await inbox_lists.whole(session, [question])
    people: list[Staff] = await staff.colleagues(session, visit.me)
    words: dict[str, Any] = {"a": asked, "people": people, "text": text, "kept": kept, "error": error, **_known(visit)}
    name = "question.html" if by_htmx(visit) else "question_page.html"
    return page(name, visit, status, here="vragen", **words)
