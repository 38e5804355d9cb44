"""Files in an S3-compatible store: Amazon's, or one of one's own (MinIO, Garage, Ceph). Only this file knows the library."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
import secrets
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from bot.media import OWNER, Copies, StoreAway, Stored, StoreRefuses
from bot.media.folder import plain
from bot.settings import STORE

CODE = re.compile(r"<Code>(\w+)</Code>")
KEYS = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "ExpiredToken",
    "TokenRefreshRequired",
}
ELSEWHERE = {
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "InvalidRegionName",
}
PATIENCE = dt.timedelta(seconds=8)  # for one call with all its tries: a mother waits for hers
PROBE = "probe-"
T = TypeVar("T")


@dataclass(frozen=True)
class Keys:
    """How to come in. endpoint: of a store that is not Amazon's; key and secret empty: as the machine itself is known there."""

    endpoint: str | None
    region: str
    key: str
    secret: str = field(repr=False)


def at(said: str) -> tuple[str, str]:
    """Bucket and prefix of "s3://bucket/prefix". Raises StoreRefuses."""
    found = STORE.match(said)
    if found is None:
        raise StoreRefuses(f"“{said}” is not the address of a store, like s3://bucket or s3://bucket/folder.")
    return found["bucket"], (found["folder"] or "").strip("/")


class Bucket:
    """A bucket, or a part of one below a prefix. What is fetched stays on this disk as a copy for a short time.

    bot: the number of the bot that comes to it, "" when none is known. The first bot to write signs it, and no other bot may then
    write or delete: each would sweep the files of the other away as nobody's.
    """

    def __init__(self, bucket: str, prefix: str, keys: Keys, copies: Copies, bot: str = "") -> None:
        self.bucket, self.copies, self.bot, self._ours = bucket, copies, bot, not bot
        self.where = keys.endpoint or f"Amazon S3 ({keys.region})"
        own = {"endpoint": keys.endpoint, "virtual_hosted_style_request": False} if keys.endpoint else {}
        known = {"access_key_id": keys.key, "secret_access_key": keys.secret} if keys.key else {}
        plain_http = urlsplit(keys.endpoint or "").scheme == "http"
        self._store = S3Store(
            bucket, prefix=prefix or None, region=keys.region, **own, **known,  # type: ignore[arg-type]
            client_options={"allow_http": plain_http, "connect_timeout": "4s", "timeout": "60s"},
            retry_config={"max_retries": 2, "retry_timeout": PATIENCE},
        )  # fmt: skip

    async def put(self, name: str, data: bytes) -> str:
        plain(name)
        await self.be_ours()
        done = await self._asked(obstore.put_async(self._store, plain(name), data))
        with contextlib.suppress(OSError):  # a full disk here: then it is fetched when it is needed
            await asyncio.to_thread(self.copies.keep, name, data)
        return str(done.get("e_tag") or "")

    async def get(self, name: str) -> Path:
        if copy := self.copies.find(name):
            return copy
        return await asyncio.to_thread(self.copies.keep, name, await self.read(name))

    async def read(self, name: str) -> bytes:
        found = await self._asked(obstore.get_async(self._store, plain(name)))
        return bytes(await self._asked(found.bytes_async()))

    async def drop(self, name: str) -> None:
        self.copies.drop(name)
        plain(name)
        await self.be_ours()
        try:
            await self._asked(obstore.delete_async(self._store, plain(name)))
        except FileNotFoundError:
            return

    async def names(self) -> AsyncIterator[Stored]:
        stream = obstore.list(self._store, chunk_size=500)
        while True:
            try:
                batch = await self._asked(stream.__anext__())
            except StopAsyncIteration:
                return
            for one in batch:
                name = str(one["path"])
                if "/" not in name and name != OWNER and not name.startswith(PROBE):
                    yield Stored(name, one["last_modified"], int(one["size"]), str(one.get("e_tag") or ""))

    async def look(self) -> None:
        """Writes, reads, lists and deletes a file. Raises StoreRefuses when it may not, when the bucket keeps what is deleted, or is another bot's."""
        await self.be_ours()
        name, data = f"{PROBE}{secrets.token_hex(8)}", secrets.token_bytes(16)
        put = await self._asked(obstore.put_async(self._store, name, data))
        try:
            found = await self._asked(obstore.get_async(self._store, name))
            if bytes(await self._asked(found.bytes_async())) != data:
                raise StoreRefuses(f"The store at {self.where} gives back something else than what was put there.")
            async for _ in self.names():
                break
        finally:
            await self._asked(obstore.delete_async(self._store, name))
        if put.get("version") not in (None, "null"):
            raise StoreRefuses(
                f"The bucket {self.bucket} keeps old versions: what a mother wants forgotten would stay in it. "
                "Turn versioning off and delete the old versions, or give Stapsteen another bucket."
            )

    async def be_ours(self) -> None:
        """Reads whose store it is, and signs it when nobody has; once in the life of this process. Raises StoreRefuses."""
        if self._ours:
            return
        try:
            theirs = await self.read(OWNER)
        except FileNotFoundError:
            await self._asked(obstore.put_async(self._store, OWNER, self.bot.encode()))
            theirs = await self.read(OWNER)  # of two that came at once the later has it
        if theirs != self.bot.encode():
            raise StoreRefuses(
                f"The files in MEDIA_STORE belong to another bot ({theirs.decode(errors='replace')[:20]}, and this is {self.bot}). "
                f"Give this bot a part of its own, like s3://bucket/gent; or, if it goes on with them, delete the file “{OWNER}” there."
            )
        self._ours = True

    async def _asked(self, call: Awaitable[T]) -> T:
        """What was asked; trouble as a sentence. The library's own words are never shown: they hold addresses and keys."""
        try:
            return await call
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise self._told("NoSuchBucket", error) from None
            raise FileNotFoundError("It is gone from the store.") from None
        except (BaseError, OSError, ValueError) as error:
            found = CODE.search(str(error))
            raise self._told(found[1] if found else type(error).__name__, error) from None

    def _told(self, code: str, error: Exception) -> StoreAway:
        refused = type(error).__name__ in ("PermissionDeniedError", "UnauthenticatedError")
        if code == "NoSuchBucket":
            return StoreRefuses(f"There is no bucket {self.bucket} at {self.where}. Make it, or look at MEDIA_STORE.")
        if code == "RequestTimeTooSkewed":
            return StoreRefuses("The store finds that this machine's clock is wrong. Set it right.")
        if code in ELSEWHERE:
            return StoreRefuses(f"The bucket {self.bucket} is in another region. Look at MEDIA_REGION.")
        if code in KEYS or refused:
            return StoreRefuses(
                f"The store at {self.where} does not let us in ({code}). Look at MEDIA_KEY and MEDIA_SECRET: "
                f"they must be allowed to list, read, write and delete in the bucket {self.bucket}."
            )
        why = "" if code == "GenericError" else f" ({code})"
        return StoreAway(f"The store at {self.where} does not answer{why}. Is it running, and is MEDIA_ENDPOINT right?")
