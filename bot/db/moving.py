"""Moving house: everything from one database into another, such as from SQLite to PostgreSQL, counted and compared before it counts.

The target is filled in one transaction: when anything differs, or the machine stops, it is as empty as before and one starts anew.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db import carry, migrate
from bot.db.session import make_engine
from bot.db.trouble import Unusable, alone, file_of, hidden, look_at_file, told
from bot.settings import schema_of, with_schema

BUSY = "A house is still working with {where}. Stop it first: what it says meanwhile would not come along."
OLDER = "The tables of {where} are of an earlier version. Bring them up to date first: stapsteen migrate"


def address(said: str, schema: str | None = None) -> str:
    """The SQLAlchemy address with an asynchronous driver, also from "sqlite:data/stapsteen.sqlite" and "postgresql:…".

    schema: of a PostgreSQL that names none. Raises Unusable when it is no database that we know, or no schema.
    """
    try:
        schema_of(said)
    except ValueError as error:
        raise Unusable(f"{hidden(said)}: {error}.") from None
    kind, _, rest = said.partition(":")
    if kind in ("sqlite", "sqlite+aiosqlite"):
        rest = rest.removeprefix("///") if rest.startswith("///") else rest
        return f"sqlite+aiosqlite:///{rest}"
    if kind in ("postgresql", "postgres", "postgresql+asyncpg"):
        return with_schema(f"postgresql+asyncpg:{rest if rest.startswith('//') else '//' + rest}", schema)
    raise Unusable(
        f"“{hidden(said)}” is no database that Stapsteen knows: sqlite:FILE or postgresql://name:password@host/db."
    )


async def move(source: str, target: str) -> carry.Sums:
    """Carries everything over; tables with their rows, checksum and last number. Raises Unusable with what to do."""
    if source == target:
        raise Unusable("Both are the same database: there is nothing to move.")
    if (path := file_of(source)) is not None and not path.exists():
        raise Unusable(f"There is no database at {path}. Look at --from.")
    for url in (source, target):
        look_at_file(url)
    if (path := file_of(target)) is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    with alone(source), alone(target):
        try:
            return await _carried(source, target)
        except (Unusable, ValueError):
            raise
        except Exception as error:
            if (sentence := told(error, source)) is None:
                raise
            raise sentence from None


async def _carried(source: str, target: str) -> carry.Sums:
    start, end = make_engine(source, patience=None), make_engine(target, patience=None)
    try:
        with tempfile.TemporaryDirectory(prefix="stapsteen-moving-") as folder:
            sums = await _read(start, Path(folder), source)
            await _upgraded(target)
            async with end.begin() as connection:
                try:
                    await connection.run_sync(carry.take_in, Path(folder), sums)
                except ValueError as error:
                    raise Unusable(f"{hidden(target)} is not empty: {error} Choose an empty database.") from None
                arrived = await connection.run_sync(carry.write_out, None)
                if wrong := [name for name, said in sums.items() if not _same(said, arrived[name])]:
                    raise Unusable(
                        f"{', '.join(wrong)} did not arrive as it was. Nothing was changed in {hidden(target)}."
                    )
        return sums
    finally:
        await start.dispose()
        await end.dispose()


async def _upgraded(target: str) -> None:
    try:
        await migrate.upgrade(target)
    except Exception as error:
        if (sentence := told(error, target)) is None:
            raise
        raise sentence from None


async def _read(engine: AsyncEngine, folder: Path, source: str) -> carry.Sums:
    engine = engine if source.startswith("sqlite") else engine.execution_options(isolation_level="REPEATABLE READ")
    async with engine.begin() as connection:
        if not await connection.run_sync(migrate.is_current):
            raise Unusable(OLDER.format(where=hidden(source)))
        if await connection.run_sync(_is_busy):
            raise Unusable(BUSY.format(where=hidden(source)))
        return await connection.run_sync(carry.write_out, folder)


def _is_busy(connection: Connection) -> bool:
    """Whether another process of ours works with this PostgreSQL; on SQLite the lock has told us."""
    if connection.dialect.name == "sqlite":
        return False
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()"
    )
    return bool(connection.scalar(text(others)))


def _same(before: dict[str, object], after: dict[str, object]) -> bool:
    """Rows and checksum exactly; the last number that was given out is at least as high."""
    kept = int(str(after.get("next") or 0)) >= int(str(before.get("next") or 0))
    return (before["rows"], before["sha256"]) == (after["rows"], after["sha256"]) and kept
