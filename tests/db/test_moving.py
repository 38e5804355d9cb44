"""Moving house: from SQLite to PostgreSQL and back, every row of every table as it was, or nothing at all."""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    String,
    Table,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.ext.asyncio import create_async_engine

from bot.db import carry, moving
from bot.db.migrate import upgrade
from bot.db.models import Base
from bot.db.session import Database, make_engine
from bot.db.trouble import Unusable, alone
from tests.given.database import PostgreSQL

ROWS = 4
WORDS = ("Ama", "ፀጋይ ሓፍታ", "سلام «مرحبا»", "Оксана\n\t'“;--", "")
MOMENT = dt.datetime(2026, 10, 25, 0, 30, 15, 123456, tzinfo=dt.UTC)


def value(column: Any, n: int) -> Any:
    """Something that fits this column, different for every row, with what is easily spoilt on the way."""
    if column.nullable and n == 0:
        return None
    kind = column.type
    if column.foreign_keys:
        return n + 1
    if isinstance(kind, DateTime) or type(kind).__name__ == "Instant":
        return MOMENT + dt.timedelta(hours=n)
    if isinstance(kind, Date):
        return dt.date(2027, 3, 28) + dt.timedelta(days=n)
    if isinstance(kind, Boolean):
        return n % 2 == 0
    if isinstance(kind, Float):
        return 1732240000.123 + n
    if isinstance(kind, JSON):
        return {"z": [1, None, True], "a": WORDS[n % len(WORDS)], "n": {"é": 0.1}, "raw": "\u2028"}
    if isinstance(kind, BigInteger) and not column.primary_key:
        return 2**40 + n
    if isinstance(kind, Integer):
        return n + 1
    if isinstance(kind, String):
        unique = f"{n}-" if column.unique or column.primary_key or kind.length else f"{n} "
        return f"{unique}{WORDS[n % len(WORDS)]}"[: kind.length]
    raise AssertionError(f"{column} has a kind of value that this test does not know.")


def fill(connection: Connection) -> None:
    """Some rows in every table there is, and one that was there and was forgotten."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    for table in Base.metadata.sorted_tables:
        rows = [{column.name: value(column, n) for column in table.columns} for n in range(ROWS)]
        for row in rows:
            if "id" in row:
                row["id"] = row["id"] or 1
        connection.execute(insert(table), [*rows])
        if "id" in table.c:
            _forget_the_last(connection, table, rows[-1])


def _forget_the_last(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """The last row had a high number before, that was deleted again: it must not be given to anybody else."""
    connection.execute(table.delete().where(table.c.id == row["id"]))
    connection.execute(insert(table), [row | {"id": 777}])
    connection.execute(table.delete().where(table.c.id == 777))
    connection.execute(insert(table), [row])


async def a_full_house(path: Path) -> str:
    url = f"sqlite+aiosqlite:///{path}"
    await upgrade(url)
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(fill)
    await engine.dispose()
    return url


async def sums(url: str) -> carry.Sums:
    engine = make_engine(url)
    async with engine.begin() as connection:
        found = await connection.run_sync(carry.write_out, None)
    await engine.dispose()
    return found


async def rows_of(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table through our own models: what the house will read."""
    engine = make_engine(url)
    async with engine.begin() as connection:
        found = {
            table.name: [
                tuple(row) for row in await connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in Base.metadata.sorted_tables
        }
    await engine.dispose()
    return found


async def empty_database(postgresql: PostgreSQL, name: str) -> str:
    await postgresql.run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    return postgresql.url(name)


async def everybody_gone(postgresql: PostgreSQL, name: str) -> None:
    """Who has hung up is seen at the server for a moment longer, and would be taken for a house that works."""
    engine = create_async_engine(postgresql.url("postgres"))
    seen = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
    async with asyncio.timeout(90), engine.connect() as connection:
        while await connection.scalar(seen, {"name": name}):
            await connection.rollback()  # what one transaction sees of them stays as it is
            await asyncio.sleep(0.02)
    await engine.dispose()


async def test_there_and_back_again_is_exactly_the_same(postgresql: PostgreSQL, tmp_path: Path) -> None:
    first = await a_full_house(tmp_path / "first.sqlite")
    there = await empty_database(postgresql, "moved_there")
    back = f"sqlite+aiosqlite:///{tmp_path / 'new' / 'back.sqlite'}"
    before = await rows_of(first)
    assert all(before.values()), "A table without a row proves nothing."
    told = await moving.move(first, there)
    assert await rows_of(there) == before
    await everybody_gone(postgresql, "moved_there")
    await moving.move(there, back)
    assert await rows_of(back) == before
    assert (await sums(back)).keys() == told.keys() == {table.name for table in Base.metadata.sorted_tables}


async def test_a_forgotten_number_is_given_to_nobody_else(postgresql: PostgreSQL, tmp_path: Path) -> None:
    first = await a_full_house(tmp_path / "first.sqlite")
    there = await empty_database(postgresql, "moved_numbers")
    await moving.move(first, there)
    db = Database(there)
    async with db.begin() as session:
        number = await session.scalar(text("INSERT INTO houses (name) VALUES ('Nieuw huis') RETURNING id"))
    await db.close()
    assert number == 778


async def test_a_target_with_rows_is_refused_and_left_alone(postgresql: PostgreSQL, tmp_path: Path) -> None:
    first = await a_full_house(tmp_path / "first.sqlite")
    there = await empty_database(postgresql, "moved_twice")
    await moving.move(first, there)
    before = await sums(there)
    with pytest.raises(Unusable, match="is not empty"):
        await moving.move(first, there)
    assert await sums(there) == before


async def test_when_a_row_is_spoilt_on_the_way_nothing_has_moved(postgresql: PostgreSQL, tmp_path: Path) -> None:
    first = await a_full_house(tmp_path / "first.sqlite")
    there = await empty_database(postgresql, "moved_spoilt")
    await upgrade(there)
    await _have_names_spoilt(there)
    with pytest.raises(Unusable, match="did not arrive as it was"):
        await moving.move(first, there)
    engine = create_async_engine(there)
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(Base.metadata.tables["mothers"])) == 0
    await engine.dispose()


async def _have_names_spoilt(url: str) -> None:
    """The database itself changes what is written into it."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "CREATE FUNCTION spoil() RETURNS trigger AS $$ BEGIN NEW.name := upper(NEW.name) || '!'; RETURN NEW; END $$ LANGUAGE plpgsql"
            )
        )
        await connection.execute(
            text("CREATE TRIGGER spoilt BEFORE INSERT ON houses FOR EACH ROW EXECUTE FUNCTION spoil()")
        )
    await engine.dispose()


async def test_a_house_that_works_is_not_moved_under_its_feet(postgresql: PostgreSQL, tmp_path: Path) -> None:
    first = await a_full_house(tmp_path / "first.sqlite")
    there = await empty_database(postgresql, "moved_busy")
    await moving.move(first, there)
    db = Database(there)
    async with db.begin() as session:
        await session.execute(text("SELECT 1"))
    with pytest.raises(Unusable, match="still working"):
        await moving.move(there, f"sqlite+aiosqlite:///{tmp_path / 'back.sqlite'}")
    await db.close()
    keep = f"from bot.db.trouble import alone\nwith alone({first!r}): print('held', flush=True); input()"
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", keep, stdin=PIPE, stdout=PIPE)
    assert holder.stdout is not None
    await holder.stdout.readline()
    with pytest.raises(Unusable, match="Another copy of Stapsteen"):
        await moving.move(first, there)
    await holder.communicate(b"\n")
    with alone(first):
        pass


@pytest.mark.parametrize(
    ("said", "is_"),
    [
        ("sqlite:data/stapsteen.sqlite", "sqlite+aiosqlite:///data/stapsteen.sqlite"),
        ("sqlite:////srv/house.sqlite", "sqlite+aiosqlite:////srv/house.sqlite"),
        ("sqlite:/srv/house.sqlite", "sqlite+aiosqlite:////srv/house.sqlite"),
        ("postgresql://a:b@h/d", "postgresql+asyncpg://a:b@h/d"),
        ("postgresql:a:b@h/d", "postgresql+asyncpg://a:b@h/d"),
    ],
)
def test_an_address_is_read_as_people_write_it(said: str, is_: str) -> None:
    assert moving.address(said) == is_


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("mysql://a:geheim@h/d", "no database that Stapsteen knows"),
        ("sqlite:nowhere.sqlite", "There is no database at"),
    ],
)
def test_what_cannot_be_moved_is_told(source: str, says: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "migrate", "--from", source, "--to", f"sqlite:{tmp_path / 'x.sqlite'}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert says in done.stderr
    assert "geheim" not in done.stderr
    assert "Traceback" not in done.stderr
