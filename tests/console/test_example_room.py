"""Telling a question on at the desk: worded without a name, asked, and in the report only with her yes."""

from __future__ import annotations

import html

import httpx
from sqlalchemy import select

from bot.care import examples, inbox
from bot.db.inbox_models import Example
from bot.db.models import Mother, Question
from bot.messages import Heard
from tests.care.conftest import NOON
from tests.console.conftest import Desk

WORDS = "Waar is er opvang tijdens de les?"


async def ask(desk: Desk) -> Question:
    async with desk.db.begin() as session:
        mother = await session.get_one(Mother, desk.fatou.id)
        return await inbox.ask(session, mother, Heard("text", mother.chat_id, text="Opvang, Fatou hier"), None, NOON)


async def test_a_question_is_told_on_only_with_her_yes(desk: Desk, rose: httpx.AsyncClient) -> None:
    question = await ask(desk)
    url = f"/console/vragen/{question.id}/voorbeeld"
    assert "Zo zou je het vertellen" in (await rose.get(url)).text
    named = await rose.post(url, data={"text": "Fatou zoekt opvang"})
    assert named.status_code == 422
    assert "Er staat nog een naam in." in html.unescape(named.text)
    await rose.post(url, data={"text": WORDS})
    report = f"/console/groep/{desk.group.id}/rapport/opvang"
    assert "Haar antwoord komt nog" in (await rose.get(url)).text
    assert WORDS not in (await rose.get(report)).text
    async with desk.db.begin() as session:
        made = (await session.scalars(select(Example))).one()
        await examples.answer(session, await session.get_one(Mother, desk.fatou.id), made.id, True, NOON)
    assert WORDS in (await rose.get(report)).text
    assert "✅" in (await rose.get(f"/console/vragen/{question.id}")).text
    await rose.post(f"{url}/weg")
    assert WORDS not in (await rose.get(report)).text
    assert "Dit wordt niet verteld" in (await rose.get(url)).text


async def test_what_cannot_be_asked_is_not_there(desk: Desk, rose: httpx.AsyncClient) -> None:
    question = await ask(desk)
    async with desk.db.begin() as session:
        (await session.get_one(Question, question.id)).urgent = True
    assert (await rose.get(f"/console/vragen/{question.id}/voorbeeld")).status_code == 404
