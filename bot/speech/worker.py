"""A process of its own for sound: FFmpeg, numpy and espeak never run, nor are loaded, in the process that answers mothers.

It starts with the first job (or `warm`), is started again when it was killed, and ends when nothing was asked of it for a while
(what is said most lies on the disk, and it holds 50 MB) and with its parent.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from bot.speech.errors import BadSound, CannotSpeak, WorkerGone
from bot.speech.recordings import write

if TYPE_CHECKING:
    from bot.speech.engines import Espeak
    from bot.speech.sound import Samples

T = TypeVar("T")
TRIES = 3
REST = 120.0  # seconds without a job after which the process ends; the next job waits some 0.4 s for a new one
GRACE = 0.1  # seconds a job gets to end when the house closes: a clip is written whole or not at all


@dataclass(frozen=True)
class Source:
    """Where the sound of one part comes from: a file, or for espeak (voice, words) pairs. `id` changes whenever the sound does."""

    engine: Literal["recorded", "gtts", "espeak"]
    id: str
    path: str = ""
    said: tuple[tuple[str, str], ...] = ()
    wpm: int = 0
    joined: bool = False  # it goes on from the one before within one sentence: hardly a pause between


class Worker:
    """Hands jobs (plain functions of this module) to one or more processes. timeout and rest are seconds."""

    def __init__(self, processes: int = 1, timeout: float = 60.0, rest: float = REST) -> None:
        self.processes, self.timeout, self.rest = processes, timeout, rest
        self._pool: ProcessPoolExecutor | None = None
        self._jobs = 0  # somebody waits for
        self._resting: asyncio.TimerHandle | None = None

    async def run(self, job: Callable[..., T], *args: object) -> T:
        """The job's answer. A killed or hanging process is replaced and the job tried again. Raises WorkerGone after three tries."""
        self._jobs += 1
        try:
            for _ in range(TRIES):
                pool = self._open()
                try:
                    return await asyncio.wait_for(asyncio.wrap_future(pool.submit(job, *args)), self.timeout)
                except (BrokenProcessPool, TimeoutError):
                    self._drop(pool)
        finally:
            self._jobs -= 1
            self._rest_later()
        raise WorkerGone(f"The process that makes sound ended {TRIES} times over one job ({job.__name__}).")

    def begin(self) -> None:
        """Start a process and let it load what it needs; nobody waits for it. To be called where an event loop runs."""
        self._open().submit(load)
        self._rest_later()

    async def warm(self) -> list[int]:
        """Start the processes and load what they need, before the first mother waits; their ids."""
        pids: set[int] = set()
        while len(pids) < self.processes:  # one that was up first may have done the job of another
            pids |= set(await asyncio.gather(*(self.run(load) for _ in range(self.processes))))
        return sorted(pids)

    async def close(self) -> None:
        """End the processes: what is running gets a second, what waits is dropped. A later job would start them again."""
        pool, self._pool = self._pool, None
        self._stay()
        if pool is not None:
            hurry = asyncio.get_running_loop().call_later(GRACE, _kill, pool, list(_children(pool)))
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)
            hurry.cancel()

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.processes, mp_context=spawn, initializer=_settle)
        return self._pool

    def _rest_later(self) -> None:
        self._stay()
        if self._pool is not None:
            self._resting = asyncio.get_running_loop().call_later(self.rest, self._rest, self._pool)

    def _stay(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    def _rest(self, pool: ProcessPoolExecutor) -> None:
        """Ends the processes when nobody waits for them: what they still do was given up by whoever asked."""
        if not self._jobs:
            self._drop(pool)

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        if self._pool is pool:
            self._pool = None
            _kill(pool, list(_children(pool)))
            pool.shutdown(wait=False, cancel_futures=True)


def _children(pool: ProcessPoolExecutor) -> list[multiprocessing.Process]:
    return list((getattr(pool, "_processes", None) or {}).values())


def _kill(pool: ProcessPoolExecutor, children: list[multiprocessing.Process]) -> None:
    for child in children:
        child.kill()


# ---------------------------------------------------------------- in the worker process


def load() -> int:
    """Everything a first clip would otherwise wait for."""
    from bot.speech import sound

    samples, rate = _espeak().speak("a", "en", 140)
    sound.finish(sound.from_int16(samples, rate))
    return os.getpid()


def render(sources: list[Source], target: Path) -> None:
    """Speak or read every part, splice, level, and write the clip. Raises CannotSpeak, BadSound."""
    from bot.speech import sound

    parts: list[Samples] = []
    for source in sources:
        part = sound.decode(Path(source.path).read_bytes()) if source.path else _speak(source)
        if source.joined and parts:
            parts[-1] = sound.join(parts[-1], part)
        else:
            parts.append(part)
    voices = {source.path or voice for source in sources for voice, _ in source.said or ((source.path, ""),)}
    one_voice = len(voices) == 1
    _keep(target, sound.finish(sound.splice(parts, one_voice=one_voice) if len(parts) > 1 else parts[0])[0])


def _speak(source: Source) -> Samples:
    """espeak's words; the voice may change within a sentence, where a Dutch name is said."""
    from bot.speech import sound

    pieces = [sound.from_int16(*_espeak().speak(text, voice, source.wpm)) for voice, text in source.said]
    return sound.splice(pieces, pause=0.05) if len(pieces) != 1 else pieces[0]


def note(data: bytes, target: Path, most_seconds: float) -> None:
    """Any recording as a voice note of ours. Raises BadSound, TooLong."""
    from bot.speech import sound

    _keep(target, sound.voice_note(data, most_seconds)[0])


def check(path: Path, said: str, speed: float, machine: tuple[str, int] | None, others: tuple[str, ...]) -> list[str]:
    """What is doubtful about a voice note of ours that should say this. machine: espeak's voice and pace, to hear a mix-up with."""
    from bot.speech import listening

    data = path.read_bytes()
    found = listening.faults(data, said, speed)
    if machine is None or found or not others:
        return found
    try:
        wanted, *rest = [_reference(text, *machine) for text in (said, *others)]
    except CannotSpeak:  # the machine spells one of them: then it has nothing to say about this either
        return []
    return ["other"] if listening.mixed_up(data, [wanted, *rest]) else []


@lru_cache(maxsize=400)
def _reference(text: str, voice: str, wpm: int) -> Samples:
    from bot.speech import listening, sound

    return listening.features(sound.from_int16(*_espeak().speak(text, voice, wpm)), sound.RATE)


def join(pieces: list[bytes], target: Path, least_seconds: float) -> None:
    """Pieces of one text, decoded each on its own. Raises BadSound, also when they are too short to be all of it."""
    from bot.speech import sound

    data, info = sound.finish(sound.splice([sound.decode(piece) for piece in pieces], pause=0.12))
    if info.seconds < least_seconds:
        raise BadSound(f"{info.seconds:.1f} seconds cannot be the whole text.")
    _keep(target, data)


def _keep(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    write(target, data)


@cache
def _espeak() -> Espeak:
    from bot.speech.engines import Espeak

    return Espeak()


def _settle() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes us
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # returns even when the parent was killed with -9: its end of the pipe closes
        os._exit(0)
