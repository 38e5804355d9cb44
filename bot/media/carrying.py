"""Carrying all files from one place to another: into a store and out of it, for a backup, a restore, or for good."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

from bot.media import Store, StoreAway
from bot.media.folder import Folder

AT_ONCE = 8


@dataclass(frozen=True)
class Carried:
    """files, bytes: of what arrived and was read again there; there: how many of them had been there already, the same."""

    files: int
    bytes: int
    there: int


async def carry(source: Store, target: Store) -> Carried:
    """Puts every file of the source into the target and reads it back; nothing is taken away. Raises StoreAway, also for a file that differs."""
    names = [one.name async for one in source.names()]
    known = {one.name async for one in target.names()}
    sizes, turn = dict[str, int](), asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> None:
        async with turn:
            try:
                data = await source.read(name)
            except FileNotFoundError:  # forgotten in this very moment
                return
            if name not in known:
                await target.put(name, data)
            if hashlib.sha256(await target.read(name)).digest() != hashlib.sha256(data).digest():
                raise StoreAway(
                    f"The file {name} is another one in the new place. Nothing was taken away from the old one."
                )
            sizes[name] = len(data)

    await asyncio.gather(*(one(name) for name in names))
    return Carried(len(sizes), sum(sizes.values()), len(known & set(sizes)))


async def fetch_all(store: Store, folder: Path) -> Path:
    """All files of the store in a folder of this machine. Raises StoreAway."""
    folder.mkdir(parents=True, exist_ok=True)
    await carry(store, Folder(folder))
    return folder


async def put_back(folder: Path, store: Store) -> None:
    """Files of a folder that are not in the store yet; what is there stays as it is. Raises StoreAway."""
    known = {one.name async for one in store.names()}
    async for one in Folder(folder).names():
        if one.name not in known:
            await store.put(one.name, await Folder(folder).read(one.name))
