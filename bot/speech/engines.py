"""The voices that are no person: espeak-ng (always there, offline) and gTTS (Google's, only ahead of time, only public phrases).

Espeak runs in the worker process; Gtts runs in `stapsteen speak` and nowhere else.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import re
import threading
import time
from typing import Any

from bot.messages import Part
from bot.speech.errors import CannotSpeak, GttsUnavailable
from bot.speech.text import LATIN, canon, has_slots, pack

CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
RETRIEVE, DO_NOT_EXIT = 1, 0x8000  # give us the samples; never exit() the process when a file is missing
UTF8, SENTENCE_PAUSE, IPA, WPM = 1, 0x1000, 0x02, 1
OTHER_LANGUAGE = re.compile(r"\([a-z]{2}")  # "(en)" among the phonemes: it spells letters in another language


class Espeak:
    """espeak-ng through its C library: one per process, since the library is not thread-safe."""

    def __init__(self) -> None:
        files: Any = importlib.import_module("espeakng_loader")
        self._lock, self._out = threading.Lock(), bytearray()
        self._lib: Any = ctypes.CDLL(files.get_library_path())
        self._lib.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
        self._lib.espeak_Synth.argtypes = [
            *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int),
            *(ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
        ]
        self._lib.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._lib.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
        self.rate: int = self._lib.espeak_Initialize(RETRIEVE, 500, files.get_data_path().encode(), DO_NOT_EXIT)
        if self.rate <= 0:
            raise CannotSpeak(f"espeak-ng does not start (code {self.rate}): is its data folder there?")
        self._callback = CALLBACK(self._take)  # kept here, or it is collected while C still calls it
        self._lib.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._out += ctypes.string_at(samples, count * 2)
        return 0

    def phonemes(self, text: str, voice: str) -> str:
        """The text in phonetic writing, clause | clause. Raises CannotSpeak for a voice it does not have."""
        with self._lock:
            return self._phonemes(text, voice)

    def speak(self, text: str, voice: str, wpm: int) -> tuple[bytes, int]:
        """16-bit mono samples and their rate. Raises CannotSpeak, also when it would spell the text in another language."""
        with self._lock:
            if OTHER_LANGUAGE.search(
                self._phonemes(LATIN.sub(" ", text), voice)
            ):  # "weekend" may be English, letters not
                raise CannotSpeak(f"The voice {voice} would spell this instead of saying it: {text!r}")
            self._out.clear()
            self._lib.espeak_SetParameter(WPM, wpm, 0)
            data = text.encode()
            code = self._lib.espeak_Synth(data, len(data) + 1, 0, 0, 0, UTF8 | SENTENCE_PAUSE, None, None)
            self._lib.espeak_Synchronize()
            if code or not self._out:
                raise CannotSpeak(f"The voice {voice} gives no sound (code {code}) for {text!r}")
            return bytes(self._out), self.rate

    def _phonemes(self, text: str, voice: str) -> str:
        if self._lib.espeak_SetVoiceByName(voice.encode()):
            raise CannotSpeak(f"espeak-ng has no voice {voice!r}: mend audio/voices.yaml.")
        rest, clauses = ctypes.c_char_p(text.encode()), []
        while rest.value:
            clauses.append((self._lib.espeak_TextToPhonemes(ctypes.byref(rest), UTF8, IPA) or b"").decode())
        return " | ".join(clauses)


class Gtts:
    """Google's voice, one polite call at a time. It hears only fixed public phrases: never a name, never what somebody wrote.

    After a refusal (403, 429) or three failures in a row nothing is asked for `cool` seconds.
    """

    def __init__(self, timeout: tuple[float, float] = (4, 12), gap: float = 1.0, cool: float = 900.0) -> None:
        self.timeout, self.gap, self.cool = timeout, gap, cool
        self._lock, self._fails, self._not_before, self._closed_until = asyncio.Lock(), 0, 0.0, 0.0

    @property
    def resting(self) -> bool:
        """Whether it has failed so often that it is left alone for a while."""
        return time.monotonic() < self._closed_until

    async def speak(self, part: Part, code: str) -> list[bytes]:
        """MP3 files, each to be decoded on its own: joined they may not decode. Raises CannotSpeak for private words, GttsUnavailable."""
        text = canon(part.text)
        if part.key is None or has_slots(part.text):
            raise CannotSpeak("Words that were filled in may hold a name: they never go to Google.")
        async with self._lock:
            if self.resting:
                raise GttsUnavailable("Google's voice failed before and is left alone for a while.")
            await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
            try:
                return await asyncio.to_thread(self._fetch, text, code)
            finally:
                self._not_before = time.monotonic() + self.gap

    def _fetch(self, text: str, code: str) -> list[bytes]:
        """Every trap here is measured: an empty file on 200, a file cut short, no timeout, pt-PT becoming Brazilian."""
        gtts: Any = importlib.import_module("gtts")
        try:
            voice = gtts.gTTS(
                text,
                lang=code,
                lang_check=False,  # its check turns pt-PT into pt; our codes are checked when voices.yaml is read
                timeout=self.timeout,
                pre_processor_funcs=[],  # they delete the full stop after "dienst."
                tokenizer_func=pack,
            )
            wanted, out = len(voice._tokenize(text)), list(voice.stream())
        except (gtts.gTTSError, AssertionError, OSError) as fault:
            status = getattr(getattr(fault, "rsp", None), "status_code", None)
            raise self._failed(f"Google's voice failed ({status or type(fault).__name__}): {fault}", status) from fault
        if len(out) != wanted or min(map(len, out)) < 500:
            raise self._failed(f"Google's voice gave {len(out)} of {wanted} pieces.", None)
        self._fails = 0
        return out

    def _failed(self, why: str, status: int | None) -> GttsUnavailable:
        self._fails += 1
        if status in (403, 429) or self._fails >= 3:
            self._closed_until = time.monotonic() + self.cool
        return GttsUnavailable(why)
