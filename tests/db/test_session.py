"""Transactions: all or nothing, and what happens after them."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import migrate
from bot.db.models import House, Note
from bot.db.notes import note, noted
from bot.db.session import Database, after, shred, wake


async def test_a_block_that_raises_leaves_nothing_behind(db: Database, second: AsyncSession) -> None:
    async def fails() -> None:
        async with db.begin() as session:
            session.add(House(name="Huis van het Kind"))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await second.scalar(select(func.count()).select_from(House)) == 0


async def test_what_is_forgotten_does_not_linger_in_the_files_of_sqlite(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'house.sqlite'}")
    await migrate.upgrade(db.url)
    try:
        async with db.begin() as session:
            session.add_all([House(name=f"zebrawoord {n} " + "x" * 500) for n in range(40)])
        async with db.begin() as session:
            assert _bytes_with(tmp_path, b"zebrawoord")
            await session.execute(delete(House))
            shred(session)
        assert not _bytes_with(tmp_path, b"zebrawoord")
    finally:
        await db.close()


async def test_what_is_forgotten_while_somebody_reads_is_gone_after_the_next_commit(tmp_path: Path) -> None:
    """A backup reads one moment of the database: as long as it does, the log cannot be emptied."""
    path = tmp_path / "house.sqlite"
    db = Database(f"sqlite+aiosqlite:///{path}")
    await migrate.upgrade(db.url)
    with contextlib.closing(sqlite3.connect(path)) as reader:
        async with db.begin() as session:
            session.add_all([House(name=f"zebrawoord {n} " + "x" * 500) for n in range(40)])
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM houses").fetchone() == (40,)
        async with db.begin() as session:
            await session.execute(delete(House))
            shred(session)
        assert _bytes_with(tmp_path, b"zebrawoord")
        reader.rollback()
        async with db.begin() as session:
            session.add(House(name="Huis van het Kind"))
        assert not _bytes_with(tmp_path, b"zebrawoord")
    await db.close()


def _bytes_with(folder: Path, needle: bytes) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file() and needle in path.read_bytes()]


async def test_loops_are_woken_by_the_commit_and_not_before_it(db: Database, second: AsyncSession) -> None:
    heard: list[set[str]] = []
    db.on_commit(heard.append)
    async with db.begin() as session:
        session.add(House(name="Huis van het Kind"))
        wake(session, "sender")
        wake(session, "listener")
        assert heard == []
    assert heard == [{"sender", "listener"}]
    assert await second.scalar(select(House.name)) == "Huis van het Kind"


async def test_a_rollback_wakes_nobody_and_deletes_no_file(db: Database) -> None:
    heard: list[Any] = []
    db.on_commit(heard.append)

    async def fails() -> None:
        async with db.begin() as session:
            wake(session, "sender")
            after(session, lambda: heard.append("deleted"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert heard == []


async def test_what_fails_after_the_commit_does_not_stop_what_comes_after_it(db: Database) -> None:
    done: list[str] = []

    def fails() -> None:
        raise OSError("the disk is gone")

    async with db.begin() as session:
        after(session, fails)
        after(session, lambda: done.append("second"))
    assert done == ["second"]


async def test_a_hundred_at_once_lose_no_count(db: Database, second: AsyncSession) -> None:
    async with db.begin() as session:
        session.add(Note(name="count", value={"n": 0}))

    async def add_one() -> None:
        async with db.begin() as session:
            row = await session.get(Note, "count", with_for_update=True)
            assert row is not None
            row.value = {"n": row.value["n"] + 1}

    await asyncio.gather(*(add_one() for _ in range(100)))
    assert await noted(second, "count") == {"n": 100}


async def test_a_note_is_replaced_by_the_next(db: Database, second: AsyncSession) -> None:
    for n in (1, 2):
        async with db.begin() as session:
            await note(session, "fetched", {"n": n})
    assert await noted(second, "fetched") == {"n": 2}
    assert await noted(second, "nothing") is None


async def test_the_migrations_make_exactly_the_models(database_url: str) -> None:
    assert await migrate.differences(database_url) == []


async def test_migrating_twice_changes_nothing(db: Database, database_url: str, second: AsyncSession) -> None:
    async with db.begin() as session:
        session.add(House(name="Huis van het Kind"))
    await migrate.upgrade(database_url)
    assert await second.scalar(select(func.count()).select_from(House)) == 1
