"""Putting a backup back: into an empty house, or over one when told so; brought up to date; and who was forgotten stays forgotten."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, delete, inspect, text, update

from bot.backup import BadArchive, fill, make, roots, snapshot, unpack
from bot.care import erasures, upkeep
from bot.db import migrate
from bot.db.console_models import DeskSession, Login
from bot.db.models import Announcement, Delivery
from bot.db.session import Database
from bot.db.trouble import alone, file_of
from bot.media import Store, copies_of, open_store, stored_far
from bot.media.carrying import put_back
from bot.settings import Settings
from bot.workers.discards import discard_some

LONG_AGO = "It waited when the backup was made: whether it was said is not known."
LOOKS, PAUSE = 10, 0.3  # how often it looks whether a house runs here, and the seconds between
MAKES_FULL = ("houses", "groups", "mothers", "staff")
Lists = list[tuple[str, dict[str, dt.datetime]]]


class NotNow(Exception):
    """This house cannot be restored now; the message says what to do first."""


@dataclass(frozen=True)
class Restored:
    """What came back. again: mothers who had been forgotten since, and were forgotten once more; before: the archive of what was there."""

    rows: int
    files: int
    again: int
    before: Path | None


async def restore(settings: Settings, archive: Path, now: dt.datetime, *, over: bool = False) -> Restored:
    """1. Unpack and check the archive.  2. Refuse while a house runs here, and over data unless told so (it is backed up first).
    3. Fill an empty database at the archive's version.  4. Bring it up to date.  5. Put the files beside it.
    6. Forget again whom any list at hand names.  7. What would be said twice is not said; everybody logs in anew.

    Raises BadArchive, NotNow, StoreAway before anything was changed, and Unusable when another copy works here.
    """
    url, store = settings.database(), open_store(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    await store.look()
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.data) as scratch, alone(url):
        folder = Path(scratch)
        manifest = unpack(archive, folder, settings.backup_passphrase)
        before = None
        if await _rows(url):
            if not over:
                raise NotNow(
                    "There is data here already. To put the backup in its place: stapsteen restore --over FILE"
                )
            await _nobody_else(url)
            before = (await make(settings, now)).path
        lists = await _lists(settings, archive, url)
        await _fill(url, folder, manifest)
        for kind, root in roots(settings).items():
            if kind == "media" and stored_far(settings):
                await put_back(folder / kind, store)
            else:
                _put_back(folder / kind, root)
        again = await _settle(settings, store, lists, now)
    rows = sum(table["rows"] for table in manifest["tables"].values())
    return Restored(rows, len(manifest["files"]), again, before)


# ---------------------------------------------------------------- what is there


async def _rows(url: str) -> int:
    """How much there is that nobody would want to lose; 0 when there are no tables."""
    path = file_of(url)
    if path is not None and not path.exists():
        return 0
    async with snapshot(url) as connection:
        return await connection.run_sync(_count)


def _count(connection: Connection) -> int:
    there = set(inspect(connection).get_table_names())
    found = [connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in MAKES_FULL if name in there]
    return sum(number or 0 for number in found)


async def _nobody_else(url: str) -> None:
    if url.startswith("sqlite"):
        return  # `alone` has seen to that
    mine = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()"
    )
    async with snapshot(url) as connection:
        for _ in range(
            LOOKS
        ):  # a line that was closed just now, also our own, stands there until the server has cleared it away
            if not await connection.scalar(text(mine)):
                return
            await asyncio.sleep(PAUSE)
            await connection.execute(text("SELECT pg_stat_clear_snapshot()"))
    raise NotNow("A house is running on this database. Stop every copy of it first.")


async def _lists(settings: Settings, archive: Path, url: str) -> Lists:
    """All lists of who was forgotten: in the database that is there, in the data folder, and beside the archive."""
    folders = {settings.data, archive.parent, settings.backups()}
    found = [erasures.read(folder / erasures.FILE) for folder in sorted(folders)]
    if await _rows(url):
        await migrate.upgrade(url)
        db = Database(url)
        try:
            async with db.begin() as session:
                found.append(await erasures.in_database(session))
        finally:
            await db.close()
    return [(salt, chats) for salt, chats in found if salt]


# ---------------------------------------------------------------- putting back


async def _fill(url: str, folder: Path, manifest: dict[str, Any]) -> None:
    path = file_of(url)
    try:
        if path is not None:
            new = folder / "new.sqlite"
            await fill(f"sqlite+aiosqlite:///{new}", folder, manifest)
            await migrate.upgrade(f"sqlite+aiosqlite:///{new}")
            for old in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
                old.unlink(missing_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(new, path)
        else:
            await _drop(url)
            await fill(url, folder, manifest)
            await migrate.upgrade(url)
    except CommandError:
        raise BadArchive("This backup was made by a newer version of Stapsteen. Install that version first.") from None
    except ValueError as error:
        raise BadArchive(str(error)) from None


async def _drop(url: str) -> None:
    def drop(connection: Connection) -> None:
        found = MetaData()
        found.reflect(connection)
        found.drop_all(connection)

    engine = migrate.make_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(drop)
    finally:
        await engine.dispose()


def _put_back(source: Path, target: Path) -> None:
    """Files that are not there yet; what is there stays as it is."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_file() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


async def _settle(settings: Settings, store: Store, lists: Lists, now: dt.datetime) -> int:
    """What a restored database must not do: say again, let in whoever was inside, and know whom it has forgotten."""
    db = Database(settings.database())
    _furnish(db, settings)
    again = 0
    try:
        async with db.begin() as session:
            waiting = Delivery.state.in_(("open", "sending")) & (Delivery.due_at <= now)
            await session.execute(
                update(Delivery).where(waiting).values(state="cancelled", error=LONG_AGO, worker=None)
            )
            sending = update(Announcement).where(Announcement.state == "sending")
            await session.execute(sending.values(state="stopped"))
            for table in (DeskSession, Login):
                await session.execute(delete(table))
            await upkeep.count(session, upkeep.RESTORE, {"restores": 1}, now)
        for salt, chats in lists:
            async with db.begin() as session:
                again += await erasures.stay_forgotten(session, salt, chats, now)
        while await discard_some(db, store):
            pass
    finally:
        await db.close()
    return again


def _furnish(db: Database, settings: Settings) -> None:
    db.info["media"] = settings.data / "media"
    db.info["copies"] = copies_of(settings)
    db.info["passing"] = settings.data / "cache" / "sound" / "passing"
    db.info["photos"] = settings.data / "cache" / "pictures" / "photos"
