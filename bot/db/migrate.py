"""Bring a database to the shape that this version of Stapsteen knows. Runs at every start; doing it twice changes nothing.

Alembic is loaded when there is something to do: it would take ten MB of a house in which nothing happens.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

import bot.db.calendar_models
import bot.db.cohort_models
import bot.db.console_models
import bot.db.inbox_models
import bot.db.keep_models
import bot.db.people_models
import bot.db.place_models
import bot.db.report_models  # noqa: F401 - its tables belong to the metadata
from bot.db import schemas
from bot.db.aside import put_aside
from bot.db.models import Base
from bot.db.session import make_engine as make_engine
from bot.db.trouble import file_of

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).resolve().parent
ONE_AT_A_TIME = 7_827_767  # any number: the same in every process that migrates


async def upgrade(url: str, revision: str = "head") -> None:
    """All migrations that this database has not had yet (up to a revision), in one transaction. Makes the folder of a SQLite file, or the schema.

    A SQLite file that has data is copied first (`aside`); of PostgreSQL the host makes backups.
    """
    database = make_url(url).database
    if url.startswith("sqlite") and database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = make_engine(url, patience=None)  # a big table takes as long as it takes
    try:
        async with engine.begin() as connection:
            await _alone(connection)
            if not url.startswith("sqlite"):
                await schemas.make(connection, url)
            if path := file_of(url):
                await connection.run_sync(_put_aside, path)
            await connection.run_sync(_upgrade, revision)
    finally:
        await engine.dispose()


async def differences(url: str) -> list[str]:
    """How the database differs from the models, in Alembic's words; nothing when it is up to date."""
    engine = make_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_differences)
    finally:
        await engine.dispose()


async def _alone(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":  # SQLite has locked the file already
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})"))


def _put_aside(connection: Connection, path: Path) -> None:
    if (current := revision_of(connection)) not in (None, newest()):
        put_aside(path, str(current))


def newest() -> str:
    """The version of these tables: the last of the numbered migrations."""
    return max(path.name for path in (HERE / "migrations" / "versions").glob("[0-9]*.py")).partition("_")[0]


def revision_of(connection: Connection) -> str | None:
    """The version of the tables of this database; None when it has none yet. As Alembic notes it, read without Alembic."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def is_current(connection: Connection) -> bool:
    """Whether this database has the tables of this version."""
    return revision_of(connection) == newest()


def _upgrade(connection: Connection, revision: str) -> None:
    if revision_of(connection) == (newest() if revision == "head" else revision):
        return
    from alembic import command

    command.upgrade(_config(connection), revision)


def _differences(connection: Connection) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(d) for d in compare_metadata(context, Base.metadata)]


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
