"""SQLite without a detour: a statement runs where it is asked for, and only what may wait goes to a thread.

aiosqlite hands every step of every statement (cursor, execute, fetch, close) to a thread and back: 0.4 ms a statement where SQLite itself needs 0.02 ms.
Here a thread is used to wait for the lock of another process, and for commits when the disk is slow.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from time import perf_counter
from typing import Any

import aiosqlite

PATIENCE_MS = 15_000  # how long another process may hold the database
QUICK = 0.001  # seconds: commits that take longer than this on average are waited for in the thread


class Connection(aiosqlite.Connection):
    """One connection, used by one task at a time. What is quick happens at once, in the event loop."""

    commit_seconds = 0.0  # a running average

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._connection is None or getattr(fn, "__self__", None) is self._connection:
            return await self._on_connection(fn, *args, **kwargs)
        if args and args[0] == "BEGIN IMMEDIATE":
            return await self._begin(fn)
        return fn(*args, **kwargs)

    async def _on_connection(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._connection is None or fn.__name__ not in ("cursor", "commit", "rollback"):
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        if fn.__name__ != "commit" or not self._connection.in_transaction:
            return fn(*args, **kwargs)
        began = perf_counter()
        done = fn() if self.commit_seconds < QUICK else await super()._execute(fn)  # type: ignore[no-untyped-call]
        self.commit_seconds += 0.1 * (perf_counter() - began - self.commit_seconds)
        return done

    async def _begin(self, fn: Callable[..., Any]) -> Any:
        """At once when nobody else writes, else in the thread, which may wait."""
        try:
            return fn("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # also while another one mends the log of a crash
                raise

        def patiently() -> Any:
            fn(f"PRAGMA busy_timeout={PATIENCE_MS}")
            try:
                return fn("BEGIN IMMEDIATE")
            finally:
                fn("PRAGMA busy_timeout=0")

        try:
            return await super()._execute(patiently)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            # the thread waits on and will get the lock: SQLite keeps that also of a closed connection while a cursor is known
            self._tx.put_nowait((None, self._conn.rollback))
            raise


async def connect(path: str) -> Connection:
    """An open connection to this file."""

    def connector() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=PATIENCE_MS / 1000, check_same_thread=False)

    made = Connection(connector, iter_chunk_size=64)
    made._thread.daemon = True
    await made
    return made
