"""An answer becomes a topic for everybody: a draft without names, to see, to download and to put into the content folder."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response

from bot.care import inbox_lists, topic_drafts
from bot.care.inbox_lists import Asked
from bot.care.topic_drafts import TopicDraft
from bot.console.guard import Answering, Visit, there
from bot.console.page import back, page
from bot.console.questions import mine

router = APIRouter(prefix="/onderwerpen")


@router.get("")
async def drafts(visit: Answering) -> Response:
    """What was written so far."""
    found = await asyncio.to_thread(topic_drafts.saved, _folder(visit))
    return page("topics.html", visit, here="vragen", names=found)


@router.get("/nieuw/{number}")
async def form(number: int, visit: Answering) -> Response:
    """The question and the answer, with the names left out, to be made into a topic."""
    asked, known = await asked_about(visit, number)
    said = " ".join(p.text for p, _ in asked.said("staff") if p.kind != "topic")
    hers = "\n".join(p.text for p, _ in asked.said("mother") if p.kind == "text")
    clean = topic_drafts.without_names
    draft = TopicDraft("", "", clean(said, known), clean(hers, known) if asked.question.lang == "nl" else "")
    return _page(visit, asked, draft, [], known)


@router.post("/nieuw/{number}")
async def save(
    number: int,
    visit: Answering,
    category: Annotated[str, Form()] = "",
    label: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    spoken: Annotated[str, Form()] = "",
    asked: Annotated[str, Form()] = "",
) -> Response:
    """Saves the draft, unless a name stands in it."""
    found, known = await asked_about(visit, number)
    words = [w.replace("\r\n", "\n").strip()[:1000] for w in (label, text, asked, spoken)]
    draft = TopicDraft(category, words[0], words[1], words[2], words[3])
    if wrong := topic_drafts.faults(draft, known, categories(visit)):
        return _page(visit, found, draft, wrong, known, 422)
    name = await asyncio.to_thread(topic_drafts.save, _folder(visit), draft)
    return back(f"/onderwerpen/{name}", "onderwerp")


@router.get("/{name}")
async def one(name: str, visit: Answering) -> Response:
    """A draft as it will stand in the content folder."""
    text = there(await asyncio.to_thread(topic_drafts.read, _folder(visit), name))
    return page("topic.html", visit, here="vragen", topic=name, yaml=text)


@router.get("/{name}/bestand")
async def download(name: str, visit: Answering) -> Response:
    """The same as a file."""
    text = there(await asyncio.to_thread(topic_drafts.read, _folder(visit), name))
    headers = {"content-disposition": f'attachment; filename="{name}.yaml"', "cache-control": "no-store"}
    return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)


@router.post("/{name}/weg")
async def drop(name: str, visit: Answering) -> Response:
    """Throws it away."""
    there(await asyncio.to_thread(topic_drafts.drop, _folder(visit), name) or None)
    return back("/onderwerpen", "onderwerp-weg")


def categories(visit: Visit) -> dict[str, str]:
    """id → Dutch label of every category of the fact base."""
    content = visit.desk.content
    names = dict.fromkeys(topic.category for topic in content.topics.values())
    labels = {name: content.phrases.get("nl", f"faq.{name}.label") for name in names}
    return {name: found.text if found else name for name, found in labels.items()}


async def asked_about(visit: Visit, number: int) -> tuple[Asked, list[str]]:
    async with visit.desk.db.begin() as session:
        question = await mine(session, visit, number)
        (asked,) = await inbox_lists.whole(session, [question])
        return asked, await topic_drafts.names(session)


def _folder(visit: Visit) -> Path:
    return visit.desk.media.parent / "drafts" / "faq"


def _page(
    visit: Visit, asked: Asked, draft: TopicDraft, wrong: list[str], known: list[str], status: int = 200
) -> Response:
    words: dict[str, Any] = {"a": asked, "draft": draft, "wrong": wrong, "categories": categories(visit)}
    words["advice"] = topic_drafts.advice(draft) if draft.text else []
    return page("topic_new.html", visit, status, here="vragen", **words)
