"""What a group fills in for the answers: addresses, hours, who helps, amounts with their last day. What is missing stands first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from bot.care import local as local_fields
from bot.care import local_words, ready_answers
from bot.care.content import Content
from bot.clock import local
from bot.console.guard import Answering
from bot.console.page import back, page
from bot.console.words import _
from bot.db.models import Group

LONGEST = 300
router = APIRouter(prefix="/groep/{number}/antwoorden")


@dataclass(frozen=True)
class Field:
    """One thing to fill in. until: its last day · over: that day has passed · with: the answers that show it · bare: an answer
    that says little without it."""

    name: str
    label: str
    example: str
    written: str
    until: str
    over: bool
    shown_with: list[str]
    bare: bool
    ends: bool


@router.get("")
async def fields(number: int, visit: Answering) -> Response:
    """Everything that can be filled in, what is missing first."""
    group = visit.group(number)
    found = _fields(visit.desk.content, group, local(visit.now).date())
    missing = [field for field in found if not field.written or field.over]
    words: dict[str, Any] = {
        "group": group,
        "missing": missing,
        "filled": [field for field in found if field not in missing],
    }
    return page("words.html", visit, here="groep", **words)


@router.post("")
async def fill(
    number: int,
    visit: Answering,
    veld: Annotated[str, Form()] = "",
    waarde: Annotated[str, Form()] = "",
    tot: Annotated[str, Form()] = "",
) -> Response:
    """One field filled in, or emptied. tot: the last day on which it is true."""
    visit.group(number)
    topics = visit.desk.content.topics.values()
    if veld not in local_fields.fields(topics):
        raise HTTPException(404)
    said = " ".join(waarde.replace(local_fields.UNTIL, "/").split())[:LONGEST]
    try:
        until = dt.date.fromisoformat(tot).isoformat() if tot and said else ""
    except ValueError:
        raise HTTPException(422, _("Kies als laatste dag een dag uit de kalender.")) from None
    kept = f"{said}{local_fields.UNTIL}{until}" if until else said
    async with visit.desk.db.begin() as session:
        group = await session.get_one(Group, number)
        others = {name: value for name, value in group.local.items() if name != veld}
        group.local = {**others, veld: kept} if kept else others
    return back(f"/groep/{number}/antwoorden", "veld")


def _fields(content: Content, group: Group, today: dt.date) -> list[Field]:
    needs = {name for topic in content.topics.values() if topic.needs for name in topic.local}
    found = []
    for name, topics in local_fields.fields(content.topics.values()).items():
        written, bar, until = str(group.local.get(name) or "").rpartition(local_fields.UNTIL)
        said = written if bar else until
        over = bool(said) and not local_fields.value(str(group.local.get(name) or ""), today)
        found.append(
            Field(
                name, local_words.called(name), local_words.example(name), said, until if bar else "", over,
                [ready_answers.label(content, topic) for topic in topics], name in needs,
                local_words.ends(name) or bool(bar),
            )
        )  # fmt: skip
    return sorted(found, key=lambda field: not field.bare)
