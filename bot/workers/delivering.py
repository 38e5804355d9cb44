"""One delivery, from claimed row to outcome: prepare its sound or picture, send it, and say what to do next."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Protocol
from weakref import WeakValueDictionary

import structlog

from bot.care.turn import FAREWELL
from bot.messages import (
    BadFileId,
    FileRef,
    Gone,
    Migrated,
    NotYet,
    Refused,
    Retry,
    SendFailure,
    Sent,
    StopAll,
    Unknown,
    Utterance,
    VoiceForbidden,
    from_json,
)
from bot.workers.claim import Claimed, FileKey, Outcome
from bot.workers.life import growing
from bot.workers.pace import Window

log = structlog.get_logger()

ENOUGH_TRIES = 8
STOP_PAUSE = 60.0
NOT_YET = 15.0  # seconds


@dataclass(frozen=True)
class Prepared:
    """The files of an utterance, ready to go up: "voice" or "picture". Nothing in `files`: there is no voice, text must do."""

    files: dict[str, Path] = field(default_factory=dict)
    seconds: int | None = None
    sha256: str | None = None


class Port(Protocol):
    """How to send and how to fetch: Telegram, or whatever a test puts in its place."""

    async def send(
        self,
        chat_id: int,
        utterance: Utterance,
        files: dict[str, Path | str],
        *,
        token: str = "",
        seconds: int | None = None,
        sound: str = "voice",
    ) -> Sent: ...

    async def fetch(self, file: FileRef) -> bytes: ...

    async def answer_press(self, callback_id: str, text: str = "") -> None: ...


Studio = Callable[[Utterance], Coroutine[Any, Any, Prepared]]


class Courier:
    """Sends one utterance at a time through the port, and knows by which names Telegram keeps our files."""

    def __init__(self, port: Port, studio: Studio, pace: float | None = None) -> None:
        self.port = port
        self.window = Window(pace)
        self.studio = studio
        self.file_ids: dict[FileKey, str] = {}
        self._going_up: WeakValueDictionary[FileKey, asyncio.Lock] = WeakValueDictionary()

    async def deliver(self, row: Claimed, *, others_get_through: bool) -> Outcome:
        """Try it once and say how it went. `others_get_through`: so failing again and again is this delivery's own fault."""
        notes = _Notes()
        try:
            utterance = from_json(Utterance, row.utterance)
        except (TypeError, KeyError) as error:
            return _failed(row, f"It cannot be read: {error}")
        try:
            made = await self._prepare(utterance)
            sent = await self._say(row, utterance, made, notes)
        except SendFailure as failure:
            outcome = _after(row, failure, others_get_through)
        except Exception as error:
            log.exception("delivery_broke", delivery=row.id)
            outcome = _after(row, Retry(f"{type(error).__name__}: {error}"), others_get_through)
        else:
            outcome = Outcome(row.id, row.chat_id, "sent", message_id=sent.message_id)
        return dataclasses.replace(
            outcome, learnt=notes.learnt, forgotten=notes.forgotten, farewell=row.about == FAREWELL
        )

    async def _prepare(self, utterance: Utterance) -> Prepared:
        if utterance.kind not in ("voice", "picture"):
            return Prepared()
        try:
            return await self.studio(utterance)
        except NotYet:
            raise
        except Exception:
            log.exception("preparing_failed", kind=utterance.kind, lang=utterance.lang)
            return Prepared()

    async def _say(self, row: Claimed, utterance: Utterance, made: Prepared, notes: _Notes) -> Sent:
        """As voice or picture; a voice she does not accept as a sound file; and when all else fails as text."""
        path = made.files.get(utterance.kind)
        if utterance.kind in ("voice", "picture") and path is None:
            log.warning("said_as_text", delivery=row.id, kind=utterance.kind, lang=utterance.lang)
            return await self._text(row, utterance)
        if path is None:
            return await self._send(row.chat_id, utterance, {}, token=row.token)
        for sound in ("voice", "audio") if utterance.kind == "voice" else ("photo",):
            try:
                return await self._with_file(row, utterance, made, sound, notes)
            except VoiceForbidden:
                log.info("voice_forbidden", delivery=row.id)
            except BadFileId:
                log.warning("file_refused", delivery=row.id, sound=sound)
        return await self._text(row, utterance)

    async def _with_file(self, row: Claimed, u: Utterance, made: Prepared, sound: str, notes: _Notes) -> Sent:
        """By Telegram's name for the file; when it has none yet, one goes up and the others wait for its name."""
        key = (made.sha256 or "", sound)
        if made.sha256 and key not in self.file_ids:
            async with self._going_up.setdefault(key, asyncio.Lock()):
                if key not in self.file_ids:
                    return await self._upload(row, u, made, sound, notes)
        known = self.file_ids.get(key) if made.sha256 else None
        if known is not None:
            say = {"token": row.token, "seconds": made.seconds, "sound": sound}
            try:
                return await self._send(row.chat_id, u, {u.kind: known}, **say)
            except BadFileId:
                self.file_ids.pop(key, None)
                notes.forgotten = key
        return await self._upload(row, u, made, sound, notes)

    async def _upload(self, row: Claimed, u: Utterance, made: Prepared, sound: str, notes: _Notes) -> Sent:
        key, say = (made.sha256 or "", sound), {"token": row.token, "seconds": made.seconds, "sound": sound}
        sent = await self._send(row.chat_id, u, {u.kind: made.files[u.kind]}, **say)
        if sent.file_id and made.sha256:
            self.file_ids[key] = sent.file_id
            notes.learnt = (key, sent.file_id)
        return sent

    async def _send(self, *what: Any, **how: Any) -> Sent:
        number = await self.window.turn()
        try:
            return await self.port.send(*what, **how)
        finally:
            self.window.answered(number, monotonic())

    async def _text(self, row: Claimed, utterance: Utterance) -> Sent:
        spoken = " ".join(part.text for part in utterance.voice.parts) if utterance.voice else ""
        words = utterance.text or spoken
        if not words and utterance.picture:
            words = " · ".join(cell.label for cell in utterance.picture.cells if cell.label)
        if not words:
            raise Refused("There is neither a sound, nor a picture, nor a text to send.")
        return await self._send(
            row.chat_id, dataclasses.replace(utterance, kind="text", text=words), {}, token=row.token
        )


@dataclass
class _Notes:
    learnt: tuple[FileKey, str] | None = None
    forgotten: FileKey | None = None


def _failed(row: Claimed, why: str, *, gone: bool = False) -> Outcome:
    return Outcome(row.id, row.chat_id, "failed", why=why, gone=gone)


def _after(row: Claimed, failure: SendFailure, others_get_through: bool) -> Outcome:
    """What to do next after this failure."""
    why = str(failure) or type(failure).__name__
    if isinstance(failure, Gone):
        return _failed(row, why, gone=True)
    if isinstance(failure, StopAll):
        return Outcome(row.id, row.chat_id, "open", pause=STOP_PAUSE, why=why, told="stop")
    if isinstance(failure, NotYet):
        return Outcome(row.id, row.chat_id, "open", pause=NOT_YET, why=why, told="later")
    if isinstance(failure, Migrated):
        return Outcome(row.id, row.chat_id, "open", why=why, told="move", moved_to=failure.chat_id)
    if isinstance(failure, Unknown):
        if row.unknown >= 1:  # one repeat is better than silence, two are not
            return Outcome(row.id, row.chat_id, "failed", why=f"Telegram never confirmed it: {why}", unknown=1)
        return Outcome(row.id, row.chat_id, "open", pause=growing(row.tries), why=why, unknown=1)
    if isinstance(failure, Retry):
        if failure.after is not None:
            return Outcome(row.id, row.chat_id, "open", pause=failure.after, why=why, told="wait")
        if row.tries >= ENOUGH_TRIES and others_get_through:
            return _failed(row, why)
        return Outcome(row.id, row.chat_id, "open", pause=growing(row.tries), why=why)
    return _failed(row, why)
