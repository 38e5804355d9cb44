"""Which engine speaks which language: `audio/voices.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.speech.text import vowelled

LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # in C, where libyaml is built in


@dataclass(frozen=True)
class Speaker:
    """The machine voices of one language. None where an engine does not speak it; wpm = words a minute of espeak, letters = how many of those a second.

    dutch: the espeak voice for Dutch names (a house, an office, a street) in the middle of this language.
    """

    gtts: str | None = None
    espeak: str | None = None
    dutch: str | None = None
    wpm: int = 140
    letters: float = 8.0
    needs_vowels: bool = False

    def can_say(self, text: str) -> bool:
        """Whether espeak may be asked: it has the language, and Arabic carries its vowels (without them it guesses, often masculine)."""
        return self.espeak is not None and (not self.needs_vowels or vowelled(text))


NOBODY = Speaker()
# characters a second of a calm voice; 10 for the others
SPEED = {
    "nl": 11.5,
    "fr": 12.3,
    "en": 10.4,
    "ar": 9.2,
    "tr": 8.3,
    "uk": 7.8,
    "ti": 4.9,
    "fa": 8.2,
    "es": 10.7,
    "ro": 9.7,
    "ru": 10.7,
    "am": 5.3,
    "bg": 9.7,
    "pl": 9.2,
    "sq": 10.3,
    "hy": 7.6,
    "ka": 7.5,
    "bn": 8.0,
    "ur": 8.5,
    "pt": 11.2,
}
Voices = Mapping[str, Speaker]


def load(path: Path) -> Voices:
    """The speakers by language. Raises ValueError naming the language whose line has a mistake."""
    try:
        lines: Any = yaml.load(path.read_text("utf-8"), Loader=LOADER) or {}
    except (yaml.YAMLError, RecursionError) as fault:
        raise ValueError(f"{path} cannot be read: {fault}") from None
    if not isinstance(lines, dict):
        raise ValueError(f"{path} has to name languages, each with its words.")
    return {lang: _speaker(path, lang, line or {}) for lang, line in lines.items()}


@lru_cache(maxsize=8)
def speaks(audio: Path, lang: str) -> bool:
    """Whether a machine can speak this language at any moment: if not, everything has to be recorded, days and hours too."""
    path = audio / "voices.yaml"
    return path.is_file() and load(path).get(lang, NOBODY).espeak is not None


def dutch_names(path: Path) -> list[str]:
    """The lines of `audio/dutch_names.txt`; none when there is no such file."""
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _speaker(path: Path, lang: str, line: Mapping[str, str]) -> Speaker:
    if not isinstance(line, dict) or not all(isinstance(value, str) for value in line.values()):
        raise ValueError(f"{path}, {lang}: this has to be words with a value each, like wpm: 130.")
    unknown = set(line) - {"gtts", "espeak", "dutch", "wpm", "letters", "needs_vowels"}
    if unknown:
        raise ValueError(f"{path}, {lang}: unknown word {', '.join(sorted(unknown))}.")
    wpm = line.get("wpm", "140")
    if not re.fullmatch(r"[0-9]{1,3}", wpm) or not 100 <= int(wpm) <= 200:
        raise ValueError(f"{path}, {lang}: wpm is {wpm!r} and must be 100 to 200 words a minute.")
    letters = line.get("letters", "8")
    if not re.fullmatch(r"\d{1,2}(\.\d+)?", letters) or not 2 <= float(letters) <= 30:
        raise ValueError(f"{path}, {lang}: letters is {letters!r} and must be 2 to 30 letters a second.")
    needs_vowels = line.get("needs_vowels") == "yes"
    return Speaker(line.get("gtts"), line.get("espeak"), line.get("dutch"), int(wpm), float(letters), needs_vowels)
