"""The database: SQLite in WAL mode by default, PostgreSQL when a house outgrows one machine. One `Database` per process."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pydantic_core
import structlog
from sqlalchemy import event, func, make_url, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from bot.clock import Clock
from bot.db import schemas, sqlite

log = structlog.get_logger()

Session = AsyncSession
Listener = Callable[[set[str]], None]
PATIENCE = 30.0  # seconds that PostgreSQL gets for a statement: a line that went dead must not hang a house for ever
POSTGRESQL = {
    "idle_in_transaction_session_timeout": "30000",  # a process that was cut off must not hold a lock for ever either
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


class Database:
    """The engine and its transactions. `url` as SQLAlchemy writes it, with an asynchronous driver."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sqlite = url.startswith("sqlite")
        self.channel = schemas.called(url)  # on which processes that share a PostgreSQL wake each other
        self.engine = make_engine(url)
        self.name = secrets.token_hex(6)  # of this process, among those that share the database
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._listeners: list[Listener] = []
        self._unshredded = (
            False  # somebody was reading when the log was to be emptied: it is tried again at every commit
        )
        self.info: dict[str, object] = {}  # what every session of this house carries, such as its hours

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Session]:
        """One transaction: commits at the end of the block, rolls back when it raises. No network and no files inside.

        After the commit: the loops named with `wake` are woken, then what `after` was given is run.
        """
        async with self._sessions(info=dict(self.info)) as session:
            async with session.begin():
                yield session
                await self._tell_others(session)
            _after_commit(session, self._listeners)
        if self.sqlite and (session.info.pop("shred", None) or self._unshredded):
            await self._shred()

    async def _tell_others(self, session: Session) -> None:
        """Has other processes woken by this commit, too: PostgreSQL tells them when, and only when, it is committed."""
        if not self.sqlite and (names := session.info.get("wake")):
            said = {"channel": self.channel, "said": " ".join([self.name, *sorted(names)])}
            await session.execute(text("SELECT pg_notify(:channel, :said)"), said)

    def heard(self, names: set[str]) -> None:
        """Another process committed something that wakes these."""
        for listener in self._listeners:
            listener(names)

    async def _shred(self) -> None:
        """Empties the write-ahead log: what was deleted would stand in it until it is written over."""
        try:
            async with self.engine.connect() as connection:
                sqlite: Any = (await connection.get_raw_connection()).driver_connection
                async with sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)") as cursor:
                    [(busy, *_)] = await cursor.fetchall()
            self._unshredded = bool(busy)
        except Exception:  # it is committed: this must not look like a failure of what was done
            log.exception("shredding_failed")

    def on_commit(self, listener: Listener) -> None:
        """Have `listener` called after every commit that woke something, with the names that were woken."""
        self._listeners.append(listener)

    async def close(self) -> None:
        await self.engine.dispose()


async def database_now(session: Session, clock: Clock) -> dt.datetime:
    """The time by the database's clock, so that machines which disagree still agree on leases; moved as the demo's clock is."""
    if session.get_bind().dialect.name != "postgresql":
        return clock.now()  # SQLite lives in this process: there is no other clock
    now: dt.datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return now + clock.offset


def wake(session: Session, name: str) -> None:
    """Wake the loop of this name ("sender", "listener", or a tick's name) once this transaction has committed."""
    session.info.setdefault("wake", set()).add(name)


def after(session: Session, act: Callable[[], object]) -> None:
    """Do this once the transaction has committed, such as deleting a file; a rollback forgets it."""
    session.info.setdefault("after", []).append(act)


def shred(session: Session) -> None:
    """Once this transaction has committed, leave no copy of what it deleted in SQLite's files."""
    session.info["shred"] = True


def _after_commit(session: Session, listeners: list[Listener]) -> None:
    if woken := session.info.pop("wake", None):
        for listener in listeners:
            listener(woken)
    for act in session.info.pop("after", ()):
        try:
            act()
        except Exception:  # it is committed: nothing here may undo that or stop the next one
            log.exception("after_commit_failed", act=getattr(act, "__qualname__", repr(act)))


def make_engine(url: str, patience: float | None = PATIENCE) -> AsyncEngine:
    """An engine with our rules: SQLite in WAL with one connection, JSON as people write it. patience: seconds a statement may take."""
    dumps: dict[str, Any] = {"json_serializer": _dumps, "json_deserializer": pydantic_core.from_json}
    dumps["hide_parameters"] = True  # what a mother wrote must not stand in the words of an error, and so in a log
    if not url.startswith("sqlite"):
        how: dict[str, Any] = {
            "timeout": 10,
            "command_timeout": patience,
            "server_settings": POSTGRESQL | schemas.greeting(url),
        }
        return create_async_engine(schemas.without(url), pool_size=10, pool_pre_ping=True, connect_args=how, **dumps)
    # one connection: a second writer would only wait for the lock, and fairness is better in our queue than in SQLite's
    path = make_url(url).database or ""
    engine = create_async_engine(
        url, pool_size=1, max_overflow=0, pool_timeout=60, async_creator=lambda: sqlite.connect(path), **dumps
    )
    event.listen(engine.sync_engine, "connect", _sqlite_connect)
    event.listen(engine.sync_engine, "begin", _sqlite_begin)
    return engine


def _dumps(value: Any) -> str:
    """As people write it: no escapes, no blanks. Half of a surrogate pair is refused, as every database would."""
    return pydantic_core.to_json(value).decode()


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver would not before a SELECT
    cursor = connection.cursor()
    # secure_delete: what a mother wants forgotten is written over, and does not linger in free pages
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "busy_timeout=0"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:
    # IMMEDIATE: a deferred transaction that reads and then writes fails at once with "database is locked"
    connection.exec_driver_sql("BEGIN IMMEDIATE")
