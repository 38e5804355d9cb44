"""Keeping the store clean and watched: files that have to go, files that nobody names, and whether the store is there at all."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import delete, select, update

from bot.care.privacy import DISCARDS
from bot.clock import Clock
from bot.db.keep_models import Discard
from bot.db.models import Media
from bot.db.notes import note, noted
from bot.db.session import Database, wake
from bot.media import Copies, Folder, Store, StoreAway, StoreRefuses
from bot.workers.life import rest, wake_at_the_end

log = structlog.get_logger()
BATCH = 100
AT_ONCE = 8
NOTE = "media"  # for the health page: {"ok", "why", "at"}
NEW = dt.timedelta(hours=1)  # so long a file may wait for its row
TIDY = 300.0  # seconds


async def discard_some(db: Database, store: Store) -> bool:
    """Deletes a batch of the files that have to go. True: all of it went, come again; False: nothing was left, or the store is away.

    1. Read a batch.  2. Delete from the store, no transaction open; twice does no harm.  3. The rows of what is gone go, the others
    count a try and stay. Once more everybody forgets their copies: one may have been fetched in between.
    """
    async with db.begin() as session:
        rows = list(await session.scalars(select(Discard).order_by(Discard.tries, Discard.id).limit(BATCH)))
    if not rows:
        return False
    gone, why = await _drop([row.name for row in rows], store)
    done = [row.id for row in rows if row.name in gone]
    async with db.begin() as session:
        await session.execute(delete(Discard).where(Discard.id.in_(done)))
        left = [row.id for row in rows if row.name not in gone]
        await session.execute(update(Discard).where(Discard.id.in_(left)).values(tries=Discard.tries + 1))
        if done and not isinstance(store, Folder):
            wake(session, DISCARDS)
    if why:
        log.warning("files_not_deleted", why=why, left=len(left))
    return not left


async def _drop(names: list[str], store: Store) -> tuple[set[str], str]:
    """Which of them are gone now, and why the others are not."""
    turn, gone, why = asyncio.Semaphore(AT_ONCE), set[str](), ""

    async def one(name: str) -> None:
        nonlocal why
        async with turn:
            try:
                with contextlib.suppress(FileNotFoundError):
                    await store.drop(name)
                gone.add(name)
            except (StoreAway, OSError) as error:
                why = str(error) if isinstance(error, StoreAway) else type(error).__name__

    await asyncio.gather(*(one(name) for name in names))
    return gone, why


async def sweep_strays(db: Database, store: Store, now: dt.datetime, notes: Path) -> int:
    """Deletes files whose row was never written, because the house was killed in between; how many. now: the machine's time."""
    async with db.begin() as session:
        known = set(await session.scalars(select(Media.name)))
    strays = [one.name async for one in store.names() if one.name not in known and one.at < now - NEW]
    gone, _ = await _drop(strays, store)
    await asyncio.to_thread(_sweep_notes, notes, (now - NEW).timestamp())
    return len(gone)


def ticks(db: Database, store: Store, clock: Clock, notes: Path) -> dict[str, Any]:
    """For the ticker: name → (what to do, every so many seconds)."""

    async def discard() -> None:
        while await discard_some(db, store):
            pass

    async def strays() -> None:
        try:
            await sweep_strays(db, store, clock.now() - clock.offset, notes)
        except StoreAway as away:  # tomorrow is soon enough
            log.warning("strays_not_swept", why=str(away))

    async def there() -> None:
        await look(db, store, clock.now())

    far: dict[str, Any] = {} if isinstance(store, Folder) else {"store": (there, 60)}
    return {DISCARDS: (discard, 60), "strays": (strays, 86_400), **far}


def _sweep_notes(notes: Path, before: float) -> None:
    for path in notes.glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)


# ---------------------------------------------------------------- is it there, and is it ours


async def make_sure(store: Store) -> None:
    """At the start: the store can be used and is this bot's. Raises StoreRefuses; a store that is only away is told, and waited for."""
    try:
        await store.look()
    except StoreRefuses:
        raise
    except StoreAway as error:
        log.error("store_away", why=str(error))


async def look(db: Database, store: Store, now: dt.datetime) -> bool:
    """Tries the store out, and notes it for the health page when that has changed. True: it is there."""
    try:
        await store.look()
        why = ""
    except StoreAway as error:
        why = str(error)
    async with db.begin() as session:
        before = await noted(session, NOTE) or {"ok": True, "why": ""}
        if (before["ok"], before["why"]) != (not why, why):
            await note(session, NOTE, {"ok": not why, "why": why, "at": now.isoformat()})
    return not why


# ---------------------------------------------------------------- copies on this machine


class CopyKeeper:
    """Deletes copies of files on this machine: those that are old now and then, all of them when anybody anywhere is forgotten.

    made = folders with what was made of files (photos for sending, sounds with names) and their pattern.
    """

    def __init__(self, db: Database, copies: Copies, made: Mapping[Path, str]) -> None:
        self.copies, self.made = copies, dict(made)
        self.woken = asyncio.Event()
        self._forget = True  # what happened while this process was not there is not known
        db.on_commit(self._on_commit)

    def tidy_one(self) -> bool:
        """True: everything was deleted, because somebody is forgotten; False: only what is old. Slow: for a thread."""
        forget, self._forget = self._forget, False
        if not forget:
            self.copies.tidy()
            return False
        self.copies.empty()
        for folder, files in self.made.items():
            for path in folder.glob(files):
                path.unlink(missing_ok=True)
        return True

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(wake_at_the_end(stop, self.woken))
            while not stop.is_set():
                self.woken.clear()
                try:
                    await asyncio.to_thread(self.tidy_one)
                except OSError as error:
                    self._forget = True
                    log.error("copies_not_deleted", why=type(error).__name__)
                await rest(self.woken, TIDY)

    def _on_commit(self, names: set[str]) -> None:
        if DISCARDS in names:
            self._forget = True
            self.woken.set()
