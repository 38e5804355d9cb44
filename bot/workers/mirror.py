"""People's voices on every machine: what is recorded or agreed with on one of them is heard from all, through the store of files.

Each machine keeps its recordings in its own folder, as ever; here the folders are held equal. One object a recording: a line of JSON
(the entry of the manifest), then the sound. The list `.mirror.json` in the folder says what was equal at the last look.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog

from bot.db.trouble import locked
from bot.media import OWNER, Store, StoreAway
from bot.speech.recordings import Recordings, write
from bot.workers.life import rest

log = structlog.get_logger()
EVERY = 60.0  # seconds
Known = dict[str, list[str]]  # name → what it was here and what it was there, "" for nothing


class Mirror:
    """recordings: of this machine; store: where those of all machines lie, and nothing else; above: the store of which it is a part."""

    def __init__(self, recordings: Recordings, store: Store, above: Store | None = None) -> None:
        self.recordings, self.store, self.above = recordings, store, above or store
        self.list = recordings.folder / ".mirror.json"

    async def look(self) -> int:
        """How many recordings changed here or there. Raises StoreAway; what was done until then is remembered.

        1. What is here, what is there, and what was equal last time.  2. What is gone on one side goes on the other.
        3. What changed there comes here, also when it changed here as well.  4. What changed here only goes there.
        """
        await self.above.be_ours()
        here, known = await asyncio.to_thread(self._here), await asyncio.to_thread(self._known)
        if not await self._marked():
            known = {}  # the store was emptied, or is another one: what is here is put there, and nothing is deleted
        there = {one.name: one.mark async for one in self.store.names()}
        before, changed = dict(known), 0
        try:
            for name in sorted({*here, *there, *known}):
                if [here.get(name, ""), there.get(name, "")] != known.get(name):
                    changed += await self._level(name, here.get(name, ""), there.get(name, ""), known)
        finally:
            if known != before:
                await asyncio.to_thread(self._note, known)
        return changed

    async def _marked(self) -> bool:
        """Whether the store knows that recordings were put there; from now on it does."""
        try:
            await self.store.read(OWNER)
        except FileNotFoundError:
            await self.store.put(OWNER, b"voices")
            return False
        return True

    async def _level(self, name: str, ours: str, theirs: str, known: Known) -> bool:
        """Makes one recording equal; False when another machine changed it in this very moment: the next look sees to it."""
        was_ours, was_theirs = known.get(name, ["", ""])
        lang, _, key = name.partition(".")
        if (was_theirs and not theirs) or (was_ours and not ours):
            await self.store.drop(name)
            await asyncio.to_thread(self.recordings.lose, lang, key)
            known.pop(name, None)
            return True
        try:
            if theirs != was_theirs:
                line, _, sound = (await self.store.read(name)).partition(b"\n")
                entry = json.loads(line)
                await asyncio.to_thread(self.recordings.take, lang, key, entry, sound)
                known[name] = [_digest(entry), theirs]
            else:
                entry, sound = await asyncio.to_thread(self.recordings.ours, lang, key)
                packed = json.dumps(entry, ensure_ascii=False, sort_keys=True).encode() + b"\n" + sound
                known[name] = [_digest(entry), await self.store.put(name, packed)]
        except (FileNotFoundError, KeyError):
            return False
        except ValueError:  # somebody else's, or damaged: the others go on
            log.warning("voice_not_taken", recording=name[:80])
            return False
        return True

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop; of several processes in one folder one looks at a time."""
        while not stop.is_set():
            try:
                with _alone(self.list.with_suffix(".lock")) as mine:
                    if mine and (changed := await self.look()):
                        log.info("voices_shared", number=changed)
            except StoreAway as away:
                log.warning("voices_not_shared", why=str(away))
            except Exception:  # one broken recording must not end the house
                log.exception("voices_not_shared")
            await rest(stop, EVERY)

    def _here(self) -> dict[str, str]:
        folders = sorted(path.parent.name for path in self.recordings.folder.glob("*/manifest.json"))
        return {
            f"{lang}.{key}": _digest(entry)
            for lang in folders
            for key, entry in self.recordings.kept_here(lang).items()
        }

    def _known(self) -> Known:
        """Without the languages whose manifest is not there: they were lost here, and nobody has deleted them."""
        try:
            found: Known = json.loads(self.list.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        folder = self.recordings.folder
        return {
            name: both for name, both in found.items() if (folder / name.partition(".")[0] / "manifest.json").exists()
        }

    def _note(self, known: Known) -> None:
        self.list.parent.mkdir(parents=True, exist_ok=True)
        write(self.list, json.dumps(known, sort_keys=True).encode())


def _digest(entry: Any) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:16]


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether no other process of this machine looks after this folder now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        yield locked(file)
