"""A copy of a SQLite database before its tables are changed, so that the way back is one file."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

STAYS = 2  # older copies go: they also hold what was forgotten since


def put_aside(path: Path, revision: str) -> Path:
    """Copies the database beside itself, as it is at this revision; the path of the copy. May be used while others write."""
    copy = path.with_name(f"{path.stem}.before-migration-from-{revision}.sqlite")
    new = copy.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(0o600)
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(new)) as target:
        source.backup(target)
    new.replace(copy)
    others = sorted(path.parent.glob(f"{path.stem}.before-migration-from-*.sqlite"), key=lambda p: p.stat().st_mtime)
    for old in others[:-STAYS]:
        old.unlink(missing_ok=True)
    return copy
