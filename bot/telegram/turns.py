"""Whose turn it is to ask Telegram for updates: of several processes on one database one asks, and the others stand ready.

The turn is a row with a name and an hour; who has it renews it. A process that is killed or cut off loses it after a moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from time import monotonic

import structlog
from sqlalchemy import select, update

from bot.clock import Clock
from bot.db import alive
from bot.db.models import Note
from bot.db.notes import insert
from bot.db.session import Database, database_now
from bot.telegram.intake import Intake

log = structlog.get_logger()

LASTS = 30.0  # seconds
RENEWED = 8.0  # seconds between two renewals, and between two looks of those who wait


class Turns:
    """One of these for each process. `name` in the database: "door:<channel>"."""

    def __init__(self, db: Database, clock: Clock, intake: Intake) -> None:
        self.db, self.clock, self.intake = db, clock, intake
        self.row = f"door:{intake.channel}"
        self.me = f"{alive.me()}:{db.name}"
        self._sure_until = 0.0  # monotonic seconds: until then nobody else can have it

    async def take(self) -> bool:
        """Whether the turn is ours now: it was already, it was nobody's, or whoever had it let it run out."""
        asked = monotonic()
        async with self.db.begin() as session:
            now = await database_now(session, self.clock)
            free = insert(session, Note).values(name=self.row, value={"who": "", "until": now.isoformat()})
            await session.execute(free.on_conflict_do_nothing(index_elements=["name"]))
            held = await session.scalar(select(Note.value).where(Note.name == self.row).with_for_update())
            held = held or {"who": "", "until": now.isoformat()}
            free_at = dt.datetime.fromisoformat(held["until"])
            if held["who"] not in ("", self.me) and free_at > now and not alive.has_ended(str(held["who"])):
                return False
            until = now + dt.timedelta(seconds=LASTS)
            mine = {"who": self.me, "until": until.isoformat()}
            await session.execute(update(Note).where(Note.name == self.row).values(value=mine))
        self._sure_until = asked + LASTS
        return True

    async def give_up(self) -> None:
        """Lets the next one have it at once. A failure is no matter: it runs out by itself."""
        with contextlib.suppress(Exception):
            async with self.db.begin() as session:
                held = await session.scalar(select(Note.value).where(Note.name == self.row).with_for_update())
                if held and held["who"] == self.me:
                    nobodys = {"who": "", "until": held["until"]}
                    await session.execute(update(Note).where(Note.name == self.row).values(value=nobodys))

    async def run(self, stop: asyncio.Event) -> None:
        """Asks Telegram whenever it is our turn, until told to stop."""
        waiting = False
        while not stop.is_set():
            if await self._taken():
                log.info("door_is_ours", channel=self.intake.channel)
                await self._ask(stop)
                waiting = False
            elif not waiting:
                log.info("door_is_kept_by_another_process", channel=self.intake.channel)
                waiting = True
            await _until(stop, RENEWED / 2)
        await self.give_up()

    async def _ask(self, stop: asyncio.Event) -> None:
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._renew(stop, over))
            try:
                await self.intake.run(over)
            finally:
                over.set()

    async def _renew(self, stop: asyncio.Event, over: asyncio.Event) -> None:
        """Ends our asking when the house stops, when the turn went to another, or when we cannot know that any more."""
        while not over.is_set() and not stop.is_set():
            await _until(stop, RENEWED, over)
            if not await self._taken() and monotonic() > self._sure_until - RENEWED:
                log.warning("door_lost", channel=self.intake.channel)
                break
        over.set()

    async def _taken(self) -> bool:
        try:
            async with asyncio.timeout(LASTS / 2):
                return await self.take()
        except Exception as error:  # noqa: BLE001 - the database is away: told in a line, and tried again
            log.warning("door_not_asked_for", why=type(error).__name__)
            return False


async def _until(stop: asyncio.Event, seconds: float, other: asyncio.Event | None = None) -> None:
    """Until the time is up or one of the events is set; looks at the other one once a second."""
    end = monotonic() + seconds
    while monotonic() < end and not stop.is_set() and not (other and other.is_set()):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(1.0, max(end - monotonic(), 0.0))):
                await stop.wait()
