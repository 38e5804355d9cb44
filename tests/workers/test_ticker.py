"""The ticker: now and then, at once when woken, and never the same thing twice at a time."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

import pytest

from bot.clock import Clock
from bot.db.session import Database, wake
from bot.workers import ticker
from bot.workers.ticker import Ticker


class Bell:
    """A tick that counts, and can be slow or fail."""

    def __init__(self, delay: float = 0.0, failures: int = 0) -> None:
        self.rung = self.at_once = self.most = 0
        self.delay, self.failures = delay, failures
        self.changed = asyncio.Event()

    async def __call__(self) -> None:
        self.rung += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.changed.set()
        await asyncio.sleep(self.delay)
        self.at_once -= 1
        if self.rung <= self.failures:
            raise OSError("the sky fell")

    async def times(self, number: int) -> None:
        async with asyncio.timeout(90):
            while self.rung < number:
                self.changed.clear()
                await self.changed.wait()


async def test_it_ticks_at_the_start_and_then_now_and_then(db: Database) -> None:
    bell, stop = Bell(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Ticker(db, Clock(), {"reminders": (bell, 0.2)}).run(stop))
        await bell.times(3)
        stop.set()


async def test_a_tick_comes_sooner_when_it_says_so(db: Database) -> None:
    stop, rung = asyncio.Event(), asyncio.Event()
    answers = iter([0.05, 700.0])

    async def soon() -> float:
        answer = next(answers)
        if answer > 600:
            rung.set()
        return answer

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Ticker(db, Clock(), {"reminders": (soon, 600)}).run(stop))
        async with asyncio.timeout(90):
            await rung.wait()
        stop.set()


async def test_a_tick_that_fails_comes_again(db: Database) -> None:
    bell, stop = Bell(failures=2), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Ticker(db, Clock(), {"reminders": (bell, 0.1)}).run(stop))
        await bell.times(3)
        stop.set()


async def test_a_commit_that_names_it_wakes_it(db: Database) -> None:
    bell, other, stop = Bell(), Bell(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Ticker(db, Clock(), {"announcements": (bell, 600), "reminders": (other, 600)}).run(stop))
        await bell.times(1)
        async with db.begin() as session:
            wake(session, "announcements")
        await bell.times(2)
        stop.set()
    assert other.rung == 1


async def test_moving_the_clock_makes_everything_tick(db: Database) -> None:
    bell, clock, stop = Bell(), Clock(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Ticker(db, clock, {"reminders": (bell, 600)}).run(stop))
        await bell.times(1)
        clock.move(dt.timedelta(hours=8))
        await bell.times(2)
        stop.set()


async def test_being_woken_while_it_runs_means_once_more_afterwards(db: Database) -> None:
    bell = Bell(delay=0.05)
    ticker = Ticker(db, Clock(), {"reminders": (bell, 600)})
    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(ticker.tick("reminders"))
    assert (bell.rung, bell.most) == (2, 1)


async def test_stopping_lets_a_running_tick_end(db: Database) -> None:
    bell, stop = Bell(delay=0.3), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Ticker(db, Clock(), {"reminders": (bell, 600)}).run(stop))
        await bell.times(1)
        stop.set()
    assert bell.at_once == 0


async def test_stopping_cuts_a_long_tick_short_without_a_word_of_the_scheduler(
    db: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticker, "LAST_BREATH", 0.05)
    begun, ended, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # as a transaction rolls back
            ended.set()

    with caplog.at_level(logging.ERROR):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Ticker(db, Clock(), {"reminders": (endless, 600)}).run(stop))
            await begun.wait()
            stop.set()
        assert ended.is_set(), "It rolls back before the database is closed."
    assert not caplog.records
