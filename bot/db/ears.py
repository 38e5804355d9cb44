"""Wake-ups between processes that share a PostgreSQL: what one commits wakes the loops of all (LISTEN/NOTIFY)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog

from bot.db import lines
from bot.db.session import Database

log = structlog.get_logger()

EVERYBODY = {"listener", "sender", "recorder", "announcements", "reminders", "inbox", "discards"}
STILL_THERE = 15.0  # seconds between two looks whether the line is alive
PAUSE = 5.0


async def listen(db: Database, stop: asyncio.Event) -> None:
    """Until told to stop. While the line is broken the loops look for themselves every few seconds, as they do on SQLite."""
    while not stop.is_set():
        try:
            await _listen(db, stop)
        except Exception as error:  # noqa: BLE001 - whatever it is: told in a line, and tried again
            log.warning("not_listening", why=type(error).__name__)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                await stop.wait()


async def _listen(db: Database, stop: asyncio.Event) -> None:
    async with db.engine.connect() as connection:
        wire: Any = (await connection.get_raw_connection()).driver_connection
        over = asyncio.Event()

        def told(_wire: Any, _pid: int, _channel: str, said: str) -> None:
            who, *names = said.split()
            if who != db.name:  # our own loops were woken by the commit itself
                db.heard(set(names))

        try:
            wire.add_termination_listener(lambda _wire: over.set())
            await wire.add_listener(db.channel, told)
            await lines.hold(wire)
            db.heard(EVERYBODY)  # what was committed while nobody listened
            await _until_over(wire, over, stop)
        finally:
            await connection.invalidate()  # it must not go back among the others while it still listens


async def _until_over(wire: Any, over: asyncio.Event, stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as tasks:
        ends = [tasks.create_task(event.wait()) for event in (over, stop)]
        while not (over.is_set() or stop.is_set()):
            await asyncio.wait(ends, timeout=STILL_THERE, return_when=asyncio.FIRST_COMPLETED)
            if not (over.is_set() or stop.is_set()):
                await wire.execute("SELECT 1", timeout=10)
        for end in ends:
            end.cancel()
