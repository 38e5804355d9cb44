"""A question told on without a name (F08): a colleague words it, the mother hears her own question and says yes or no."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from bot.care import examples, topic_drafts
from bot.console.guard import Answering
from bot.console.page import back, page
from bot.console.questions import mine
from bot.console.topics_room import asked_about
from bot.console.words import _
from bot.speech.phrases import DUTCH

router = APIRouter(prefix="/vragen/{number}/voorbeeld")


@router.get("")
async def form(number: int, visit: Answering) -> Response:
    """How it would be told, and what she is asked; or what she said to it."""
    return await _page(number, visit)


@router.post("")
async def ask(number: int, visit: Answering, text: Annotated[str, Form()] = "") -> Response:
    """She is asked, in her language, after her own words."""
    _asked, known = await asked_about(visit, number)
    text = " ".join(text.split())[: examples.MOST]
    if not text:
        return await _page(number, visit, error=_("Schrijf hoe je de vraag zou vertellen."))
    if topic_drafts.without_names(text, known) != text:
        return await _page(number, visit, text, _("Er staat nog een naam in. Laat namen weg."))
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        made = await examples.ask(session, visit.desk.content, question, text, visit.me, visit.now)
    return back(f"/vragen/{number}", "voorbeeld-gevraagd" if made else "zelfde")


@router.post("/weg")
async def take_back(number: int, visit: Answering) -> Response:
    """It is not told after all."""
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        done = await examples.take_back(session, question, visit.now)
    return back(f"/vragen/{number}", "voorbeeld-weg" if done else "zelfde")


async def _page(number: int, visit: Answering, text: str = "", error: str | None = None) -> Response:
    asked, known = await asked_about(visit, number)
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        made, may = await examples.of_question(session, number), await examples.may_ask(session, question)
    if made is None and not may:
        raise HTTPException(
            404, _("Deze vraag kan je niet doorvertellen: ze is dringend, of haar woorden zijn al gewist.")
        )
    typed = "\n".join(
        part.text if asked.question.lang == DUTCH else asked.rough.get(part.id, "") for part, _ in asked.said("mother")
    )
    words: dict[str, Any] = {"a": asked, "made": made, "most": examples.MOST, "error": error}
    words["text"] = text or topic_drafts.without_names(typed.strip(), known)
    return page("example.html", visit, 422 if error else 200, here="vragen", **words)
