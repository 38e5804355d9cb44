"""A copy of a SQLite database before its tables are changed, so that the way back is one file; and sweeping away what lies about too long."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from bot.db.trouble import file_of

if TYPE_CHECKING:
    from bot.settings import Settings

STAYS = 2  # older copies go: they also hold what was forgotten since
ABANDONED = dt.timedelta(hours=6)  # no backup takes so long: whoever made it was killed
COPY = "{}.before-migration-from-"


def put_aside(path: Path, revision: str) -> Path:
    """Copies the database beside itself, as it is at this revision; the path of the copy. May be used while others write."""
    copy = path.with_name(f"{COPY.format(path.stem)}{revision}.sqlite")
    new = copy.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(0o600)
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(new)) as target:
        source.backup(target)
    new.replace(copy)
    for old in sorted(_copies(path), key=lambda p: p.stat().st_mtime)[:-STAYS]:
        old.unlink(missing_ok=True)
    return copy


def sweep(settings: Settings, now: dt.datetime) -> int:
    """Deletes what a power cut left of a backup or a restore, and copies from before a migration that are older than backups may
    get: whoever was forgotten stands in them. How many; now: the machine's time."""
    places = {settings.backups(): ".new-*", settings.data: ".restore-*"}
    old = [path for place, name in places.items() for path in place.glob(name) if _older(path, now - ABANDONED)]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    database = file_of(settings.database())
    return len(old) + (_drop_old(database, now - dt.timedelta(days=settings.keep["backups"])) if database else 0)


def _older(path: Path, before: dt.datetime) -> bool:
    return path.stat().st_mtime < before.timestamp()


def _drop_old(path: Path, before: dt.datetime) -> int:
    """Deletes the copies of this database, also one that was never finished, that were made before this; how many."""
    found = [copy for copy in _copies(path) if copy.stat().st_mtime < before.timestamp()]
    for copy in found:
        copy.unlink(missing_ok=True)
    return len(found)


def _copies(path: Path) -> list[Path]:
    return [copy for copy in path.parent.glob(f"{COPY.format('*')}*") if copy.name.startswith(COPY.format(path.stem))]
