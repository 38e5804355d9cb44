"""SQLite beside another program that holds its lock."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.db.session import Database


async def test_who_gave_up_waiting_for_the_lock_does_not_keep_it_later(tmp_path: Path) -> None:
    path = tmp_path / "house.sqlite"
    db = Database(f"sqlite+aiosqlite:///{path}")
    async with db.begin() as session:
        await session.execute(text("CREATE TABLE said (n INTEGER)"))
    patience = asyncio.timeout(0.2)
    with contextlib.closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as other:

        async def lets_go_too_late() -> None:
            while not patience.expired():  # noqa: ASYNC110 - it rings no bell
                await asyncio.sleep(0.01)
            other.execute("ROLLBACK")

        other.execute("BEGIN IMMEDIATE")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(lets_go_too_late())
            with pytest.raises(TimeoutError) as kept:  # with its traceback, as a log keeps it
                async with patience, db.begin() as session:
                    await session.execute(text("INSERT INTO said VALUES (1)"))
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    assert kept.value
    async with db.begin() as session:
        assert await session.scalar(text("SELECT count(*) FROM said")) == 0
    await db.close()
