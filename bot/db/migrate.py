"""Bring a database to the shape that this version of Stapsteen knows. Runs at every start; doing it twice changes nothing."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text
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
    current = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    if current not in (None, head):
        put_aside(path, str(current))


def is_current(connection: Connection) -> bool:
    """Whether this database has the tables of this version."""
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def _upgrade(connection: Connection, revision: str) -> None:
    command.upgrade(_config(connection), revision)


def _differences(connection: Connection) -> list[str]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(d) for d in compare_metadata(context, Base.metadata)]


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
