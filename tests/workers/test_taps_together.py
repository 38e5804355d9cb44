"""Taps that are answered together: one that cannot be takes nothing from the others, and what may have ended a process is tried alone."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select

from bot.care import outbox
from bot.db.models import Arrival, Delivery
from bot.db.session import Database, Session
from bot.media import Folder
from bot.messages import Heard
from bot.workers.listener import AT_ONCE, TAPS_AT_ONCE, Listener
from tests.workers.scenery import AMINA, NOW, Wire, still, text
from tests.workers.test_listener import Room, came, drain, read


class Company:
    """Answers all presses but "alone" together; "bad" makes it fail after it has written."""

    def __init__(self) -> None:
        self.rounds: list[list[str]] = []

    async def answer(self, session: Session, tapped: Mapping[int, Heard], now: dt.datetime) -> set[int]:
        self.rounds.append([heard.data for heard in tapped.values()])
        for number, heard in tapped.items():
            if heard.data != "alone":
                said = text(f"together {heard.data}")
                await outbox.put(session, heard.chat_id, said, key=f"arrival:{number}:0", now=now)
        if any(heard.data == "bad" for heard in tapped.values()):
            raise ValueError("bad")
        return {number for number, heard in tapped.items() if heard.data != "alone"}


def listener(db: Database, room: Room, company: Company, folder: Path, wire: Wire | None = None) -> Listener:
    made = Listener(
        db, room.handle, wire or Wire(), still(), read=read, media=Folder(folder / "media"), taps=company.answer
    )
    made._began = NOW  # it was there before they came
    return made


async def pressed(db: Database, number: int, chat: int, data: str) -> None:
    await came(db, number, chat, data, kind="press", data=data, callback_id=f"c{number}")


async def said(db: Database) -> list[str]:
    async with db.begin() as session:
        return [d.utterance["text"] for d in await session.scalars(select(Delivery).order_by(Delivery.id))]


async def run(one: Listener) -> None:
    """As the loop does it: round after round, with several hands, until nothing is left to claim."""
    while (claimed := await one._claim(TAPS_AT_ONCE, AT_ONCE)) or one._pressed:
        pressed, one._pressed = one._pressed, []
        answers = (one.port.answer_press(button) for button in pressed)
        await asyncio.gather(*answers, *(one._process(each) for each in claimed))


async def test_taps_are_answered_in_one_transaction_and_lose_their_clock(db: Database, tmp_path: Path) -> None:
    company, room, wire = Company(), Room(), Wire()
    for n in range(5):
        await pressed(db, n, AMINA + n, f"t{n}")
    await came(db, 9, AMINA + 9, "woorden")
    await pressed(db, 10, AMINA + 10, "alone")
    await run(listener(db, room, company, tmp_path, wire))
    assert company.rounds[0] == ["t0", "t1", "t2", "t3", "t4", "alone"]
    assert sorted(await said(db)) == ["echo alone", "echo woorden", *(f"together t{n}" for n in range(5))]
    assert sorted(wire.answered) == ["c0", "c1", "c10", "c2", "c3", "c4"]


async def test_two_taps_of_one_chat_stay_in_order(db: Database, tmp_path: Path) -> None:
    company, room = Company(), Room()
    for n, data in enumerate(["t0", "alone", "t2", "t3"]):
        await pressed(db, n, AMINA, data)
    await run(listener(db, room, company, tmp_path))
    assert await said(db) == ["together t0", "echo alone", "together t2", "together t3"]


async def test_a_tap_that_cannot_be_answered_takes_nothing_from_the_others(db: Database, tmp_path: Path) -> None:
    company, room = Company(), Room()
    for n, data in enumerate(["t0", "bad", "t2"]):
        await pressed(db, n, AMINA + n, data)
    await drain(listener(db, room, company, tmp_path))
    await run(listener(db, room, company, tmp_path))
    assert sorted(await said(db)) == ["echo bad", "together t0", "together t2"]


async def test_what_was_there_before_this_process_is_tried_alone(db: Database, tmp_path: Path) -> None:
    company, room = Company(), Room()
    await pressed(db, 1, AMINA, "t1")
    one = listener(db, room, company, tmp_path)
    one._began = NOW + dt.timedelta(seconds=1)
    await drain(one)
    assert company.rounds == []
    assert await said(db) == ["echo t1"]


async def test_words_of_many_wait_their_turn_and_are_not_forgotten(db: Database, tmp_path: Path) -> None:
    company, room = Company(), Room()
    room.delay = 0.01
    for n in range(3 * AT_ONCE):
        await came(db, n, AMINA + n, f"w{n}")
    await run(listener(db, room, company, tmp_path))
    assert sorted(await said(db)) == sorted(f"echo w{n}" for n in range(3 * AT_ONCE))
    assert room.most <= AT_ONCE
    async with db.begin() as session:
        assert set(await session.scalars(select(Arrival.tries))) == {1}
