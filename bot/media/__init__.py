"""Where files of people lie, by name: in the data folder, or in an S3-compatible store that several machines share.

Only this room knows which of the two it is. A file is put away before the row that names it is committed, and taken away after
the row is gone: what is left behind by a power cut in between is nobody's, and is swept away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.media.folder import Copies, Folder

if TYPE_CHECKING:
    from bot.settings import Settings

__all__ = [
    "OWNER",
    "Copies",
    "Folder",
    "Store",
    "StoreAway",
    "StoreRefuses",
    "Stored",
    "copies_of",
    "open_store",
    "stored_far",
]

OWNER = "bot"  # the file in a store that says whose it is; never among the names


class StoreAway(Exception):
    """The store does not answer now; what was to be done is tried again. The message is a sentence that says what to look at."""


class StoreRefuses(StoreAway):
    """The store answers, but not to us, or it cannot be used as it is: nothing gets better by waiting."""


@dataclass(frozen=True)
class Stored:
    """A file in the store. at: when it was put there; size: bytes; mark: another one when the content is another."""

    name: str
    at: dt.datetime
    size: int
    mark: str = ""


class Store(Protocol):
    """Every method may raise StoreAway. Names are plain: letters, digits, "-", "_" and ".", no folders."""

    async def put(self, name: str, data: bytes) -> str:
        """Kept for certain when this returns; its mark."""
        ...

    async def get(self, name: str) -> Path:
        """A file on this disk with the content, to be used at once and not changed. Raises FileNotFoundError when it is gone."""
        ...

    async def read(self, name: str) -> bytes:
        """The content, without leaving a copy on this disk. Raises FileNotFoundError when it is gone."""
        ...

    async def drop(self, name: str) -> None:
        """Gone when this returns; nothing happens when it was gone already."""

    def names(self) -> AsyncIterator[Stored]:
        """Everything that is kept, in no order."""
        ...

    async def look(self) -> None:
        """Tries out all of the above with a file of its own."""

    async def be_ours(self) -> None:
        """Signs it for this bot, once; `put`, `drop` and `look` do so first. Raises StoreRefuses when it is another bot's."""


def stored_far(settings: Settings) -> bool:
    """Whether files lie in a store, and not in the data folder."""
    return bool(settings.media_store)


def copies_of(settings: Settings) -> Path:
    """Where this machine keeps copies of what it fetched from a store, for a short time."""
    return settings.data / "cache" / "media"


def open_store(settings: Settings, where: str | None = None, *, signed: bool = True) -> Store:
    """The store of these settings, or the one at `where` ("s3://bucket/prefix", or a folder). Raises StoreRefuses for a wrong address.

    signed: it carries the number of the bot whose it is; a part below such a one need not.
    """
    said = settings.media_store if where is None else where
    if not said:
        return Folder(settings.data / "media")
    if "://" not in said:
        return Folder(Path(said))
    from bot.media.bucket import Bucket, Keys, at  # brings the library, which a house with a folder never needs

    bucket, prefix = at(said)
    secret = settings.media_secret.get_secret_value() if settings.media_secret else ""
    keys = Keys(settings.media_endpoint, settings.media_region, settings.media_key or "", secret)
    token = settings.bot_token.get_secret_value() if settings.bot_token and signed else ""
    return Bucket(bucket, prefix, keys, Copies(copies_of(settings)), bot=token.partition(":")[0])
