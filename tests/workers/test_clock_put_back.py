"""The clock on the wall is put back: what was due stays due, what was said stays said, and the ticks go on."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import time_machine
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import outbox
from bot.clock import Clock
from bot.db.models import Arrival, Delivery, Pace
from bot.db.session import Database, Session
from bot.media import Folder
from bot.messages import Heard, Retry
from bot.workers.life import LOOK_FOR_THE_DEAD
from bot.workers.listener import Listener
from bot.workers.ticker import Ticker
from tests.workers.scenery import AMINA, FATOU, NOW, Wire, sender, still, text
from tests.workers.test_listener import Room, listener
from tests.workers.test_ticker import Bell

HOUR = dt.timedelta(hours=1)


async def say(db: Database, chat: int, words: str, now: dt.datetime, due_at: dt.datetime | None = None) -> None:
    async with db.begin() as session:
        await outbox.put(session, chat, text(words), key=words, now=now, due_at=due_at)


async def test_what_was_due_by_the_old_clock_is_said_now_and_what_was_not_is_said_at_its_hour(
    db: Database, second: AsyncSession
) -> None:
    clock = still(NOW + HOUR)
    wire = Wire(trouble={AMINA: [Retry("away")]})
    post = sender(db, wire, clock)
    await say(db, AMINA, "said again", NOW + HOUR)
    await say(db, FATOU, "later", NOW + HOUR, due_at=NOW + 3 * HOUR)
    assert await post.send_one()
    clock.offset -= HOUR
    assert await post.send_one(), "It would wait for an hour."
    assert not await post.send_one()
    assert [said[2] for said in wire.sent] == ["said again"]
    later = await second.scalar(select(Delivery.due_at).where(Delivery.unique_key == "later"))
    assert later == NOW + 3 * HOUR


async def test_what_is_written_down_by_the_old_clock_when_everybody_knows_the_new_one_is_seen_at_the_next_look(
    db: Database, tmp_path: Path
) -> None:
    """Somebody asked what time it is, and waited for the database while the clock was put back."""
    clock, wire = still(NOW + HOUR), Wire()
    post, room = sender(db, wire, clock), Room()
    ear = listener(db, room, tmp_path, clock=clock)
    for _ in ("by the old clock", "by the new one"):
        assert not await post.send_one()
        assert not await ear.handle_one()
        clock.offset = still(NOW).offset
    at = NOW + HOUR
    async with db.begin() as session:
        row = outbox.reply(AMINA, text("hello"), key="k", now=at)
        session.add(Delivery(**row, state="open", tries=0, unknown=0))
        said = {"heard": {"kind": "text", "chat_id": AMINA, "text": "dag"}}
        session.add(Arrival(channel="t", update_id=1, chat_id=AMINA, raw=said, received_at=at, due_at=at))
    for loop in (post, ear):
        loop._looked -= LOOK_FOR_THE_DEAD
    assert await post.send_one()
    assert await ear.handle_one()
    assert (wire.words(AMINA), room.heard) == (["hello"], ["dag"])


async def test_a_silence_that_telegram_asked_for_does_not_last_until_that_hour_comes_again(db: Database) -> None:
    clock, wire = still(NOW + HOUR), Wire()
    post = sender(db, wire, clock, pace=28.0)
    assert not await post.send_one()
    real = (NOW + HOUR - clock.offset).timestamp()
    async with db.begin() as session:
        session.add(Pace(name="chat:101", tat=real + 7200))
        pause = await session.get_one(Pace, "pause")
        pause.tat = real + 7200
    await say(db, AMINA, "hello", NOW + HOUR)
    assert not await post.send_one()
    clock.offset -= HOUR
    assert await post.send_one()


async def test_an_arrival_that_waits_for_its_next_try_is_tried_now(db: Database, tmp_path: Path) -> None:
    clock, heard, failures = still(NOW + HOUR), [], 1

    async def handle(_session: Session, _arrival: Arrival, said: Heard, _files: Any, _now: dt.datetime) -> None:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise ValueError("not yet")
        heard.append(said.text)

    def read(raw: Mapping[str, Any]) -> Heard:
        return Heard("text", AMINA, text=str(raw["text"]))

    ear = Listener(db, handle, Wire(), clock, read=read, media=Folder(tmp_path))
    async with db.begin() as session:
        at = NOW + HOUR
        session.add(Arrival(channel="t", update_id=1, chat_id=AMINA, raw={"text": "dag"}, received_at=at, due_at=at))
    assert await ear.handle_one()
    clock.offset -= HOUR
    assert await ear.handle_one()
    assert heard == ["dag"]


async def test_the_ticks_go_on_when_the_machine_is_put_back_by_a_day(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'house.sqlite'}")
    bell, stop = Bell(), asyncio.Event()
    with time_machine.travel(NOW, tick=True) as hands:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Ticker(database, Clock(), {"reminders": (bell, 1.0)}).run(stop))
            await bell.times(2)
            hands.shift(-86_400)
            await bell.times(bell.rung + 3)
            stop.set()
    await database.close()
