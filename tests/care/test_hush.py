"""Quiet hours hold for what a colleague sets going, too, unless it is urgent."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from bot.care import admitting, groups, inbox, leaving, retention
from bot.db.models import Delivery, Question
from bot.messages import Heard, Utterance, from_json
from tests.care.conftest import NOON, Cast, make_mother, wall

NIGHT = wall("2026-11-24 22:30")
MORNING = wall("2026-11-25 07:30")


async def put_for(cast: Cast, chat_id: int) -> list[tuple[dt.datetime, bool]]:
    """When each thing for this chat is due, and whether it makes no sound."""
    rows = await cast.session.scalars(select(Delivery).where(Delivery.chat_id == chat_id).order_by(Delivery.id))
    return [(row.due_at, from_json(Utterance, row.utterance).silent) for row in rows]


async def test_who_is_admitted_at_night_hears_it_in_the_morning(cast: Cast) -> None:
    cast.group.mothers_max = 2
    selam = await make_mother(cast.session, "Selam", "ti")
    assert await groups.join(cast.session, selam, cast.group, NIGHT) == "full"
    assert await admitting.admit(cast.session, cast.content, selam, NIGHT, "desk", cast.rose)
    found = await put_for(cast, selam.chat_id)
    assert found
    assert {due for due, _ in found} == {MORNING}


async def answered(cast: Cast, now: dt.datetime, *, urgent: bool) -> list[bool]:
    question: Question = await inbox.ask(
        cast.session, cast.amina, Heard("text", cast.amina.chat_id, text="?"), None, now, urgent=urgent
    )
    before = len(await put_for(cast, cast.amina.chat_id))
    await inbox.answer(cast.session, cast.content, cast.rose, question, text="Ja.", now=now)
    return [silent for _, silent in (await put_for(cast, cast.amina.chat_id))[before:]]


async def test_an_answer_at_night_comes_without_a_sound_and_an_urgent_one_with(cast: Cast) -> None:
    assert set(await answered(cast, NIGHT, urgent=False)) == {True}
    assert set(await answered(cast, NIGHT, urgent=True)) == {False}
    assert set(await answered(cast, NOON, urgent=False)) == {False}


async def test_her_own_quiet_hours_count(cast: Cast) -> None:
    cast.amina.quiet_from, cast.amina.quiet_until = "11:00", "13:00"
    assert set(await answered(cast, NOON, urgent=False)) == {True}


async def test_goodbye_is_said_without_a_sound_at_night(cast: Cast) -> None:
    amina, fatou = cast.amina.chat_id, cast.fatou.chat_id
    await leaving.erase(cast.session, cast.content, cast.amina, cast.rose, NIGHT)
    await groups.close(cast.session, cast.group, NOON)
    later = NIGHT + dt.timedelta(days=91)
    await retention.cohort(cast.session, cast.content, later - dt.timedelta(days=90), later)
    for chat in (amina, fatou):
        assert {silent for _, silent in await put_for(cast, chat)} == {True}, chat
