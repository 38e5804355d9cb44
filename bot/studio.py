"""Sounds and pictures: made of an utterance before it is sent, and of what somebody sent before it is kept."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from time import monotonic

from bot.media import Store, StoreAway
from bot.messages import NotYet, Picture, Utterance, Voice
from bot.pictures import PictureError, cards, photo
from bot.speech.clips import Clips
from bot.speech.errors import BadSound
from bot.workers.delivering import Prepared

FRESH = 1.0  # seconds that the same phrase or card is not looked for again on the disk
MANY = 5_000


class Studio:
    """Makes the sound or picture of an utterance before it is sent; the work is done in a worker process or thread."""

    def __init__(self, clips: Clips, cache: Path, media: Store, pictures: Path) -> None:
        self.clips, self.cache, self.media, self.pictures = clips, cache, media, pictures
        self._sums: dict[Path, str] = {}
        self._fresh: dict[Voice | Picture, tuple[float, Prepared]] = {}

    async def __call__(self, utterance: Utterance) -> Prepared:
        """Nothing in `files` when there is no voice for it: then text must do. Raises NotYet while the store of files is away."""
        fixed = _fixed(utterance)
        until, made = self._fresh.get(fixed, (0.0, None)) if fixed else (0.0, None)
        if made is not None and until > monotonic():
            return made
        try:
            made = await self._made(utterance)
        except StoreAway as away:
            raise NotYet(str(away)) from None
        if fixed and made.files:
            if len(self._fresh) > MANY:
                self._fresh.clear()
            self._fresh[fixed] = (monotonic() + FRESH, made)
        return made

    async def _made(self, utterance: Utterance) -> Prepared:
        if utterance.kind == "picture" and utterance.picture:
            drawn = cards.drawn(utterance.picture, self.cache, self.pictures)
            if drawn is None:
                stored = await self._stored(utterance.picture)
                drawn = await asyncio.to_thread(cards.draw, utterance.picture, self.cache, stored, self.pictures)
            return Prepared({"picture": drawn}, sha256=await self._sum(drawn))
        if utterance.media:
            try:
                path = await self.media.get(utterance.media)
                return Prepared({"voice": path}, sha256=await self._sum(path))
            except FileNotFoundError:
                return Prepared()
        clip = await self.clips.clip(utterance.voice) if utterance.voice else None
        return Prepared({"voice": clip.path}, round(clip.seconds), clip.sha256) if clip else Prepared()

    async def ready(self, kind: str, data: bytes) -> bytes | None:
        """What somebody sent, as a levelled voice note or a photo without its place and camera; None when it is neither."""
        try:
            if kind == "photo":
                return await asyncio.to_thread(photo.small, data)
            note = await self.clips.voice_note(data)
            finished = await asyncio.to_thread(note.path.read_bytes)
            note.path.unlink(missing_ok=True)
            return finished
        except (BadSound, PictureError):
            return None

    async def _stored(self, picture: Picture) -> Path:
        """The folder in which the photo of this picture lies, if it is one; drawn pictures need none."""
        return (await self.media.get(picture.name or "")).parent if picture.kind == "file" else self.cache

    async def _sum(self, path: Path) -> str:
        if path not in self._sums:
            self._sums[path] = await asyncio.to_thread(_sha256, path)
        return self._sums[path]


def _fixed(utterance: Utterance) -> Voice | Picture | None:
    """What many hear and see alike: phrases and cards, and nothing with words that were filled in or a photo."""
    if utterance.kind == "picture" and utterance.picture and utterance.picture.kind in ("card", "path"):
        return utterance.picture
    voice = None if utterance.media else utterance.voice
    return voice if voice and all(part.key for part in voice.parts) else None


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
