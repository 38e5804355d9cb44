"""Voices to test with: real ones, from espeak, in every container a telephone or a browser makes."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from bot.settings import default_content
from bot.speech import sound
from bot.speech.clips import Clips
from bot.speech.engines import Espeak
from bot.speech.sound import Samples
from bot.speech.worker import Worker
from tests.speech.google import Google

CODECS = {"ogg": "libopus", "webm": "libopus", "mp4": "aac", "mp3": "libmp3lame", "wav": "pcm_s16le", "flac": "flac"}
WELCOME = "Welkom bij de moedergroep. Morgen is er een bijeenkomst om half tien. Tik op de foto als je komt."


@cache
def espeak() -> Espeak:
    return Espeak()


@cache
def said(text: str = WELCOME, voice: str = "nl+f3") -> Samples:
    """Somebody saying this, at 48 kHz."""
    return sound.from_int16(*espeak().speak(text, voice, 140))


def file_of(samples: Samples, container: str = "mp3", rate: int = 48_000) -> bytes:
    """The samples as a file of this kind."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream: Any = file.add_stream(CODECS[container], rate=rate)
        stream.layout = "mono"
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate, frame_size=stream.frame_size)
        frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = sound.RATE
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            for packet in stream.encode(piece):
                file.mux(packet)
    return out.getvalue()


def heard(path: Path) -> Samples:
    """What a telephone plays of this file."""
    return sound.decode(path.read_bytes())


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """One process for all tests that do not kill it."""
    worker = Worker()
    yield worker
    asyncio.run(worker.close())


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    folder = tmp_path / "audio"
    folder.mkdir()
    for name in ("voices.yaml", "dutch_names.txt"):
        (folder / name).write_bytes((default_content() / "audio" / name).read_bytes())
    return folder


@pytest.fixture
def clips(audio: Path, tmp_path: Path, worker: Worker) -> Clips:
    return Clips(audio, tmp_path / "cache", worker=worker)


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    """Google's service on this machine; the library is only told another address."""
    with Google(speak_mp3) as service:
        monkeypatch.setattr("gtts.tts._translate_url", lambda tld="com", path="": f"{service.address}/{path}")
        yield service


@cache
def _mp3(text: str) -> bytes:
    return file_of(said(text, "nl+m1"), "mp3", rate=24_000)


def speak_mp3(text: str, lang: str) -> bytes:
    return _mp3(text)


@pytest.fixture
def level_of() -> Callable[[Path], float]:
    return lambda path: sound.loudness(heard(path))
