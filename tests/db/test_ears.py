"""Processes that share a PostgreSQL wake each other: by what was committed, at once, and again after the line was cut."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from sqlalchemy import text

from bot.db.ears import EVERYBODY, listen
from bot.db.session import Database, wake
from tests.given.database import PostgreSQL


class Loops:
    """Whoever is woken in a process."""

    def __init__(self, db: Database) -> None:
        self.woken: list[set[str]] = []
        self.changed = asyncio.Event()
        db.on_commit(self.hear)

    def hear(self, names: set[str]) -> None:
        self.woken.append(set(names))
        self.changed.set()

    async def times(self, number: int) -> None:
        async with asyncio.timeout(90):
            while len(self.woken) < number:
                self.changed.clear()
                await self.changed.wait()


async def test_a_commit_wakes_the_loops_of_the_other_process_and_a_rollback_does_not(postgresql: PostgreSQL) -> None:
    url = await postgresql.fresh()
    here, there, stop = Database(url), Database(url), asyncio.Event()
    loops, own = Loops(there), Loops(here)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listen(there, stop))
        tasks.create_task(listen(here, stop))
        await loops.times(1)
        await own.times(1)
        assert loops.woken == own.woken == [EVERYBODY], "What was committed before it listened must not wait."
        with contextlib.suppress(ValueError):
            async with here.begin() as session:
                wake(session, "announcements")
                raise ValueError("a rollback")
        async with here.begin() as session:
            wake(session, "sender")
            wake(session, "inbox")
        await loops.times(2)
        assert loops.woken[1:] == [{"sender", "inbox"}]
        assert own.woken[1:] == [{"sender", "inbox"}], "Its own loops are woken once."
        stop.set()
    await here.close()
    await there.close()


async def test_after_the_line_was_cut_it_listens_again(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.db.ears.PAUSE", 0.05)
    url = await postgresql.fresh()
    here, there, stop = Database(url), Database(url), asyncio.Event()
    loops = Loops(there)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listen(there, stop))
        await loops.times(1)
        async with here.begin() as session:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            await session.execute(text(cut))
        await loops.times(2)
        assert loops.woken[1] == EVERYBODY
        async with here.begin() as session:
            wake(session, "sender")
        await loops.times(3)
        assert loops.woken[2] == {"sender"}
        stop.set()
    await here.close()
    await there.close()
