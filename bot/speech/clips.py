"""Clips: the sound of what is said, from the best voice there is, kept by content so that nothing is made twice.

For every part: a person's recording, else Google's voice made ahead of time, else espeak. When one part has no voice at all
there is no clip: she knowingly gets text, never half a message.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from weakref import WeakValueDictionary

import structlog

from bot.messages import Part, Voice
from bot.speech import ogg, worker
from bot.speech.errors import BadSound, CannotSpeak
from bot.speech.pieces import STOP
from bot.speech.recordings import Recordings
from bot.speech.text import LATIN, any_of, canon, has_slots, runs
from bot.speech.voices import NOBODY, SPEED, Speaker, Voices, dutch_names, load
from bot.speech.worker import Source, Worker

log = structlog.get_logger()
RENDER = "2:opus22:-18lufs:250ms"  # count up to have every machine clip made anew
MOST_TEXT = 4_096
COMPARED, WORTH_COMPARING = 19, 16  # messages that a recording is compared with; characters, fewer tell nothing
FASTEST = 30  # characters a second; the quickest voice measured says 13
Engine = Literal["recorded", "gtts", "espeak"]
Spoken = Engine | Literal["none"]
ORDER: tuple[Engine, ...] = ("recorded", "gtts", "espeak")


@dataclass(frozen=True)
class Clip:
    """A voice note on disk. engine says who is heard: recorded, gtts, espeak, or several joined by "+"; sha256 of the file."""

    path: Path
    seconds: float
    sha256: str
    engine: str


class Clips:
    """audio = the folder with voices.yaml and recordings/; cache = a folder of ours that may be deleted at any time.

    recordings = where what is recorded in this house is kept; left out: in audio/ itself.
    """

    def __init__(
        self,
        audio: Path,
        cache: Path,
        voices: Voices | None = None,
        worker: Worker | None = None,
        recordings: Path | None = None,
    ) -> None:
        shipped = audio / "recordings"
        self.recordings = Recordings(recordings, shipped) if recordings else Recordings(shipped)
        self.voices = load(audio / "voices.yaml") if voices is None else voices
        self._names = any_of(dutch_names(audio / "dutch_names.txt"))
        self.cache, self.worker = cache, worker or Worker()
        self._known: dict[Path, Clip] = {}
        self._mute: set[Path] = set()
        self._locks: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()

    async def clip(self, voice: Voice) -> Clip | None:
        """The sound of all parts together, or all of `instead`; None when nobody has a voice for one of them. Raises WorkerGone."""
        found = [self._sources(part, voice.lang) for part in voice.parts if canon(part.text)]
        chosen = [source for sources in found for source in sources]
        if not chosen or [] in found:
            return await self.clip(voice.instead) if voice.instead else None
        engine = "+".join(sorted({source.engine for source in chosen}, key=ORDER.index))
        if len(chosen) == 1 and chosen[0].path:
            return self._kept(Path(chosen[0].path), engine)
        path = self._place(voice, chosen)
        return self._kept(path, engine) or await self._made(path, engine, chosen)

    def status(self, lang: str, phrases: Mapping[str, str]) -> dict[str, Spoken]:
        """Who would speak each phrase (key -> spoken text) today."""
        states = self.recordings.states(lang, phrases)
        return {key: self._status(text, lang, recorded=states[key] == "ok") for key, text in phrases.items()}

    def speaker(self, lang: str) -> Speaker:
        """The machine voices of a language; a speaker without any voice when it has none."""
        return self.voices.get(lang, NOBODY)

    async def voice_note(self, data: bytes, folder: Path | None = None, most_seconds: float = 300.0) -> Clip:
        """A person's recording, trimmed and levelled, as a new file in `folder` (the caller's to delete). Raises BadSound, TooLong."""
        path = (folder or self.cache / "notes") / f"{uuid.uuid4().hex}.ogg"
        await self.worker.run(worker.note, data, path, most_seconds)
        return _read(path, "recorded")

    async def record(
        self, lang: str, key: str, data: bytes, said: str, speaker: str, heard_ok: tuple[str, ...] = ()
    ) -> Clip:
        """Take a person's recording of a phrase into audio/recordings. Raises BadSound, TooLong."""
        draft = await self.voice_note(data, most_seconds=60)
        finished = draft.path.read_bytes()
        draft.path.unlink()
        return _read(self.recordings.add(lang, key, finished, said, speaker, heard_ok), "recorded")

    async def doubts(self, path: Path, lang: str, said: str, others: Iterable[str] = ()) -> list[str]:
        """What is doubtful about a voice note of ours that should say this (names as in listening.faults, and "other": a mix-up?).

        others = what else is said in this language; those of about the same length are compared with.
        """
        speaker, words = self.speaker(lang), canon(said)
        machine = (speaker.espeak, speaker.wpm) if speaker.espeak and speaker.can_say(words) else None
        like = sorted({canon(other) for other in others} - {words}, key=lambda other: abs(len(other) - len(words)))
        compared = tuple(other for other in like if speaker.can_say(other) and not has_slots(other))[:COMPARED]
        if len(words) < WORTH_COMPARING or len(compared) < COMPARED // 2:
            machine = None
        return await self.worker.run(worker.check, path, words, SPEED.get(lang, 10.0), machine, compared)

    def gtts_path(self, lang: str, text: str) -> Path:
        """Where Google's voice for these words is kept, made or not."""
        return self._named("gtts", RENDER, str(self.speaker(lang).gtts), lang, canon(text))

    async def keep_gtts(self, lang: str, text: str, pieces: list[bytes]) -> Clip:
        """Make one clip of the pieces Google gave. Raises BadSound when they are no sound, or not all of it."""
        path = self.gtts_path(lang, text)
        await self.worker.run(worker.join, pieces, path, len(canon(text)) / FASTEST)
        return self._keep(path, "gtts")

    def sweep(self, now: dt.datetime, older: dt.timedelta = dt.timedelta(days=2)) -> int:
        """Delete clips with filled-in words (names, places, hours) that nobody used for `older`; how many. To be called daily."""
        limit, gone = (now - older).timestamp(), 0
        for path in (self.cache / "passing").glob("*/*.ogg"):
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                self._known.pop(path, None)
                gone += 1
        return gone

    def begin(self) -> None:
        """Start the worker while other things are got ready; `warm` then waits for it."""
        self.worker.begin()

    async def warm(self) -> None:
        """Start the worker before the first mother waits."""
        await self.worker.warm()

    async def close(self) -> None:
        """End the worker."""
        await self.worker.close()

    def _sources(self, part: Part, lang: str) -> list[Source]:
        """One voice for all of it, else its pieces joined; nothing when there is no voice for one of them."""
        whole = self._source(part, lang)
        if whole or not part.pieces:
            return [whole] if whole else []
        found: list[Source] = []
        goes_on = False
        for piece in part.pieces:
            if piece == STOP:
                goes_on = False
                continue
            source = self._source(piece, lang) or self._name(piece, lang)
            if source is None:
                return []
            found.append(replace(source, joined=goes_on))
            goes_on = True
        return found

    def _name(self, piece: Part, lang: str) -> Source | None:
        """A place or a first name in the middle of recorded words: nobody recorded it, the Dutch voice says it."""
        voice, text = self.speaker(lang).dutch, canon(piece.text)
        if piece.key or voice is None or self.speaker(lang).espeak or not LATIN.fullmatch(text):
            return None
        return Source(
            "espeak", f"{self.speaker(lang).wpm}:{voice}:{text}", said=((voice, text),), wpm=self.speaker(lang).wpm
        )

    def _source(self, part: Part, lang: str) -> Source | None:
        recorded = self.recordings.find(lang, part.key, part.text) if part.key else None
        return Source("recorded", recorded[1], path=str(recorded[0])) if recorded else self._machine(part.text, lang)

    def _machine(self, words: str, lang: str) -> Source | None:
        text, speaker = canon(words), self.speaker(lang)
        if path := self._google(text, lang):
            return Source("gtts", path.stem, path=str(path))
        if speaker.espeak is None or not _sayable(text, speaker):
            return None
        voices = {False: speaker.espeak, True: speaker.dutch or speaker.espeak}
        said = tuple((voices[name], run) for name, run in runs(text, self._names)) if speaker.dutch else ()
        said = said or ((speaker.espeak, text),)
        return Source("espeak", f"{speaker.wpm}:{said}", said=said, wpm=speaker.wpm)

    def _status(self, text: str, lang: str, *, recorded: bool) -> Spoken:
        if has_slots(text):  # the words come later, and then espeak says them
            return "espeak" if self.speaker(lang).can_say(text) else "none"
        if recorded:
            return "recorded"
        said = canon(text)
        return "gtts" if self._google(said, lang) else "espeak" if _sayable(said, self.speaker(lang)) else "none"

    def _google(self, text: str, lang: str) -> Path | None:
        """What Google's voice said of this (as it is heard), when it was made."""
        if (gtts := self.speaker(lang).gtts) is None:
            return None
        where = self._address("gtts", RENDER, gtts, lang, text)
        there = os.path.exists(where)  # noqa: PTH110 - of thousands at once: a Path costs more than the look
        return path if there and self._kept(path := Path(where), "gtts") else None

    def _place(self, voice: Voice, sources: list[Source]) -> Path:
        """Clips with words that were filled in may hold a name: they are kept apart and swept."""
        folder = "passing" if any(part.key is None for part in voice.parts) else "fixed"
        return self._named(
            folder, RENDER, voice.lang, *(f"{'~' * source.joined}{source.engine}:{source.id}" for source in sources)
        )

    def _named(self, folder: str, *about: str) -> Path:
        return Path(self._address(folder, *about))

    def _address(self, folder: str, *about: str) -> str:
        name = hashlib.sha256("\x1f".join(about).encode()).hexdigest()[:24]
        return f"{self.cache}/{folder}/{name[:2]}/{name}.ogg"

    def _kept(self, path: Path, engine: str) -> Clip | None:
        """The clip when its file is there and whole; one in the passing folder is marked as still of use."""
        try:
            if path.parts[-3] == "passing":
                os.utime(path)
            path.stat()
            known = self._known.get(path)
            return self._keep(path, engine) if known is None or engine == "recorded" else known
        except (FileNotFoundError, BadSound):  # never made, swept, or half a file from a power cut: made again
            self._known.pop(path, None)
            return None

    async def _made(self, path: Path, engine: str, sources: list[Source]) -> Clip | None:
        """Make it once, also when several ask at the same time."""
        lock = self._locks.setdefault(path, asyncio.Lock())
        async with lock:
            if kept := self._kept(path, engine):
                return kept
            if path in self._mute:
                return None
            try:
                await self.worker.run(worker.render, sources, path)
            except (CannotSpeak, BadSound) as fault:
                private = path.parts[-3] == "passing"  # filled-in words may be a name: not for the log
                log.warning("no_clip", file=path.name, why="words that were filled in" if private else str(fault))
                self._mute.add(path)
                return None
            return self._keep(path, engine)

    def _keep(self, path: Path, engine: str) -> Clip:
        self._known[path] = _read(path, engine)
        return self._known[path]


def _sayable(text: str, speaker: Speaker) -> bool:
    return speaker.can_say(text) and not has_slots(text) and len(text) <= MOST_TEXT


def _read(path: Path, engine: str) -> Clip:
    data = path.read_bytes()
    return Clip(path, ogg.info(data).seconds, hashlib.sha256(data).hexdigest(), engine)
