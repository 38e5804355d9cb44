"""Files in a folder of this machine, or in one that several machines see; and the short-lived copies of what lies farther away."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import re
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.media import Stored

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,119}\Z")
COPY_LIVES = 3600.0  # seconds: what was missed about somebody who is forgotten is gone by then, too
MOST_COPIES = 256 * 2**20  # bytes


def plain(name: str) -> str:
    """The name itself. Raises FileNotFoundError for one that could lead elsewhere: no file of ours is called so."""
    if not NAME.match(name):
        raise FileNotFoundError(f"“{name[:40]}” is not the name of a stored file.")
    return name


def write(path: Path, data: bytes) -> None:
    """All of it or nothing, and on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{secrets.token_hex(8)}.new")  # a name that is swept away when the power goes here
    with new.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


class Folder:
    """The store that a house has when nothing else is set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(self, name: str, data: bytes) -> str:
        path = self.folder / plain(name)
        await asyncio.to_thread(write, path, data)
        return str(path.stat().st_mtime_ns)

    async def get(self, name: str) -> Path:
        path = self.folder / plain(name)
        if not path.is_file():
            raise FileNotFoundError(f"{name} is gone.")
        return path

    async def read(self, name: str) -> bytes:
        return await asyncio.to_thread((await self.get(name)).read_bytes)

    async def drop(self, name: str) -> None:
        await asyncio.to_thread((self.folder / plain(name)).unlink, missing_ok=True)

    async def names(self) -> AsyncIterator[Stored]:
        for one in await asyncio.to_thread(_listed, self.folder):
            yield one

    async def look(self) -> None:
        """A folder needs no trying out: `look_at_folder` does so at the start."""

    async def be_ours(self) -> None:
        """The folder DATA is signed as a whole (bot/office.py)."""


def _listed(folder: Path) -> list[Stored]:
    from bot.media import Stored

    found = []
    for path in folder.glob("*"):
        with contextlib.suppress(FileNotFoundError):  # forgotten in this very moment
            stat = path.stat()
            if NAME.match(path.name) and path.is_file():
                at = dt.datetime.fromtimestamp(stat.st_mtime, dt.UTC)
                found.append(Stored(path.name, at, stat.st_size, str(stat.st_mtime_ns)))
    return found


class Copies:
    """Copies in a folder of this machine: never older than an hour, never more than so many bytes. May be deleted at any time."""

    def __init__(self, folder: Path, most: int = MOST_COPIES, lives: float = COPY_LIVES) -> None:
        self.folder, self.most, self.lives = folder, most, lives

    def find(self, name: str) -> Path | None:
        """The copy, when there is one that may still be used."""
        path = self.folder / plain(name)
        try:
            return path if path.stat().st_mtime > _now() - self.lives else None
        except FileNotFoundError:
            return None

    def keep(self, name: str, data: bytes) -> Path:
        """A new copy; old ones make room. Slow: for a thread."""
        path = self.folder / plain(name)
        write(path, data)
        self.tidy()
        return path

    def drop(self, name: str) -> None:
        (self.folder / plain(name)).unlink(missing_ok=True)

    def tidy(self) -> int:
        """Deletes what is too old, and the oldest of what is too much; how many. Slow: for a thread."""
        found = []
        for path in self.folder.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        gone, room = 0, self.most
        for at, size, path in sorted(found, reverse=True):
            room -= size
            if at < _now() - self.lives or room < 0:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def empty(self) -> None:
        """Deletes all copies: somebody is forgotten, and which ones were hers is known elsewhere. Slow: for a thread."""
        for path in self.folder.glob("*"):
            path.unlink(missing_ok=True)


def _now() -> float:
    return time.time()  # noqa: TID251 - files carry the machine's time
