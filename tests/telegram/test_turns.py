"""Of several processes on one database one asks Telegram for updates, and when it is gone another does."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import pytest

from bot.clock import Clock
from bot.db import alive
from bot.db.notes import note, noted
from bot.db.session import Database
from bot.telegram.intake import Intake
from bot.telegram.turns import Turns
from tests.given.database import PostgreSQL
from tests.given.waiting import LONG, until

if TYPE_CHECKING:
    from bot.sandbox import Sandbox

TOKEN = "42:SANDBOX"
Make = Callable[..., Turns]


@pytest.fixture
async def make(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    """Each is on a machine of its own, as far as it can tell."""
    monkeypatch.setattr("bot.telegram.intake.SPARE", LONG)
    url, databases = await postgresql.fresh(), list[Database]()

    def turns(machine: str, server: str = "http://127.0.0.1:9", ahead: float = 0.0) -> Turns:
        db, clock = Database(url), Clock(dt.timedelta(seconds=ahead))
        databases.append(db)
        made = Turns(db, clock, Intake(db, server, TOKEN, clock, long_poll=2))
        made.me = f"{machine}:1:{db.name}"
        return made

    yield turns
    for db in databases:
        await db.close()


async def test_one_has_the_turn_until_it_gives_it_up(make: Make) -> None:
    one, two = make("one"), make("two")
    assert await one.take()
    assert not await two.take()
    assert await one.take(), "It renews what it has."
    await two.give_up()
    assert not await two.take(), "Nobody gives up what is another's."
    await one.give_up()
    assert await two.take()


async def test_of_ten_at_once_one_gets_it(make: Make) -> None:
    everybody = [make(f"machine {n}") for n in range(10)]
    assert sum(await asyncio.gather(*(one.take() for one in everybody))) == 1


async def test_who_was_cut_off_loses_it_after_a_moment(make: Make) -> None:
    one, began = make("one"), Clock().now()
    assert await one.take()
    async with one.db.begin() as session:
        held = await noted(session, one.row)
    assert held
    assert dt.datetime.fromisoformat(held["until"]) - began >= dt.timedelta(seconds=30)
    assert not await make("two", ahead=5).take()
    assert await make("two", ahead=31).take()


async def test_a_killed_process_of_this_machine_is_not_waited_for(make: Make) -> None:
    one = make("one")
    later = (Clock().now() + dt.timedelta(seconds=30)).isoformat()
    ended = f"{alive.PLACE}:999999999:1"
    for who, free in ((f"{alive.me()}:another of ours", False), (f"{ended}:x", True)):
        async with one.db.begin() as session:
            await note(session, one.row, {"who": who, "until": later})
        assert await one.take() is free


async def test_only_one_asks_and_the_other_takes_over(make: Make, sandbox: Sandbox) -> None:
    one, two = make("one", sandbox.url), make("two", sandbox.url)
    first, second = asyncio.Event(), asyncio.Event()

    async def arrived(number: int | None) -> None:
        await until(lambda: number not in sandbox.world.updates.pending)

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.run(first))
        await arrived(sandbox.say(101, "dag"))
        tasks.create_task(two.run(second))
        for words in ("een", "twee", "drie"):
            await arrived(sandbox.say(101, words))
        first.set()
        await running
        await arrived(sandbox.say(101, "vier"))
        second.set()
    statuses = [row["status"] for row in sandbox.calls("getUpdates")]
    assert set(statuses) == {200}, "Two asked at once: Telegram answered 409."
