"""The way up: from every earlier version, with data in it, on both databases; and the copy that is put aside first."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.db import migrate
from tests.given.database import PostgreSQL
from tests.given.rows import fill

SCRIPTS = Path(migrate.__file__).parent / "migrations"


def revisions() -> list[str]:
    """All versions, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def counted(connection: Connection) -> dict[str, int]:
    names = [name for name in sa.inspect(connection).get_table_names() if name != "alembic_version"]
    return {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0 for name in names}


def test_the_versions_are_one_line() -> None:
    assert revisions() == sorted(revisions())
    assert len(revisions()) > 3
    assert migrate.newest() == revisions()[-1]  # found without Alembic


def test_a_house_that_is_up_to_date_loads_neither_alembic_nor_what_writes_excel(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'house.sqlite'}"
    asyncio.run(migrate.upgrade(url))
    code = (
        "import asyncio, sys, bot.app; from bot.console import desk; from bot.db.migrate import upgrade; "
        f"desk._pages(); asyncio.run(upgrade({url!r})); "
        "print({'alembic', 'mako', 'xlsxwriter', 'numpy', 'av'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("revision", revisions()[:-1])
async def test_a_house_of_any_age_is_brought_up_to_date_and_loses_no_row(
    kind: str, revision: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'old.sqlite'}"
    if kind == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        url = await server.empty()
    await migrate.upgrade(url, revision)
    engine = migrate.make_engine(url)
    async with engine.begin() as connection:
        before = await connection.run_sync(fill)
    await migrate.upgrade(url)
    async with engine.begin() as connection:
        after = await connection.run_sync(counted)
    await engine.dispose()
    assert {name: after.get(name) for name in before} == before
    assert await migrate.differences(url) == []


async def test_a_copy_is_put_aside_before_the_tables_change(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'house.sqlite'}"
    first = revisions()[0]
    await migrate.upgrade(url, first)
    engine = migrate.make_engine(url)
    async with engine.begin() as connection:
        before = await connection.run_sync(fill)
    await engine.dispose()
    await migrate.upgrade(url)
    await migrate.upgrade(url)
    [copy] = tmp_path.glob("*.before-migration-*")
    assert copy.name == f"house.before-migration-from-{first}.sqlite"
    assert copy.stat().st_mode & 0o077 == 0
    with sqlite3.connect(copy) as old:
        assert old.execute("SELECT count(*) FROM mothers").fetchone() == (before["mothers"],)
        assert old.execute("SELECT version_num FROM alembic_version").fetchone() == (first,)
    old.close()


async def test_a_new_house_puts_nothing_aside(tmp_path: Path) -> None:
    await migrate.upgrade(f"sqlite+aiosqlite:///{tmp_path / 'house.sqlite'}")
    assert list(tmp_path.glob("*.before-migration-*")) == []
