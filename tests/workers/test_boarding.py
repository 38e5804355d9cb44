"""Boarding: what is written down is claimed in the same transaction, sent once, and claimed anew when that transaction was none."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping

import pytest
from sqlalchemy import select

from bot.care import outbox
from bot.db.models import Delivery
from bot.db.session import Database, Session
from bot.messages import Heard
from tests.workers.scenery import AMINA, FATOU, NOW, Wire, at_rest, sender, text
from tests.workers.test_in_doubt import said_to_have_failed

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def says(session: Session, tapped: Mapping[int, Heard], now: dt.datetime) -> set[int]:
    for number, heard in tapped.items():
        for part in ("kaart", "stem"):
            key = f"arrival:{number}:{part}"
            await outbox.put(session, heard.chat_id, text(f"{part} {number}"), key=key, now=now)
    return set(tapped)


async def tapped(db: Database, answer: object, *chats: int, first: int = 1) -> None:
    async with db.begin() as session:
        heards = {number: Heard("press", chat) for number, chat in enumerate(chats, start=first)}
        await answer(session, heards, NOW)  # type: ignore[operator]


async def states(db: Database) -> list[tuple[str, int]]:
    async with db.begin() as session:
        return [(d.state, d.unknown) for d in await session.scalars(select(Delivery).order_by(Delivery.id))]


@pytest.mark.usefixtures("only_when_woken")
async def test_an_answer_is_on_its_way_when_it_is_written_down(db: Database) -> None:
    wire, stop = Wire(), asyncio.Event()
    wire.answers.clear()
    one = sender(db, wire)
    answer = one.boarding(says)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.run(stop))
        await at_rest(one)
        await tapped(db, answer, AMINA, FATOU)
        assert (await states(db))[0] == ("sending", 0)
        wire.answers.set()
        await wire.until(lambda: len(wire.sent) >= 4)
        stop.set()
        await running
    assert wire.words(AMINA) == ["kaart 1", "stem 1"]
    assert wire.words(FATOU) == ["kaart 2", "stem 2"]
    assert await states(db) == [("sent", 0)] * 4


async def test_nothing_is_claimed_for_a_sender_that_does_not_run(db: Database) -> None:
    await tapped(db, sender(db, Wire()).boarding(says), AMINA)
    assert await states(db) == [("open", 0)] * 2


async def test_what_was_boarded_in_a_commit_that_failed_is_claimed_anew(db: Database) -> None:
    wire = Wire()
    one = sender(db, wire)
    one._running = True
    with said_to_have_failed(), pytest.raises(OSError, match="disk"):
        await tapped(db, one.boarding(says), AMINA)
    assert await one.send_one()
    assert await one.send_one()
    assert wire.words(AMINA) == ["kaart 1", "stem 1"]
    assert await states(db) == [("sent", 0)] * 2


async def test_a_turn_that_waits_while_others_board_does_not_take_them_for_lost(db: Database) -> None:
    """Somebody boards, and the sender's next turn is already waiting for the database: what is on board is not sent twice."""
    wire, boarding, go_on = Wire(), asyncio.Event(), asyncio.Event()
    one = sender(db, wire)
    one._running = True
    board = one.boarding(says)

    async def slowly(session: Session, tapped: Mapping[int, Heard], now: dt.datetime) -> set[int]:
        answered = await board(session, tapped, now)
        boarding.set()
        await go_on.wait()
        return answered

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(tapped(db, slowly, AMINA))
        await boarding.wait()
        turn = tasks.create_task(one.turn(10))
        await asyncio.sleep(0.1)  # it stands in the queue
        go_on.set()
        found = await turn
    assert [row.id for row in one._boarded] == [1]
    assert found == []
    assert await states(db) == [("sending", 0), ("open", 0)]


@pytest.mark.usefixtures("only_when_woken")
async def test_what_is_on_board_when_the_house_closes_still_leaves(db: Database) -> None:
    wire, stop = Wire(), asyncio.Event()
    one = sender(db, wire)
    answer = one.boarding(says)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.run(stop))
        await at_rest(one)
        await tapped(db, answer, AMINA)
        stop.set()
        await running
    assert wire.words(AMINA)[:1] == ["kaart 1"]
    assert ("sending", 0) not in await states(db)
