"""A language that nobody speaks, added to a copy of the content by files alone, as a translator would."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from bot.check import messages
from bot.faq.match import HUMAN, read
from bot.speech import spoken
from bot.speech.phrases import Phrases

ROOT = Path(__file__).resolve().parents[2]
LANG, NAME = "xx", "Ixiksu"
NOT_WORDS = re.compile(r"(\{[^}]*\}|[\u2066-\u2069]|https?://\S+)")
OTHER_VOWELS = str.maketrans("aeiouAEIOU", "oiuaeOIUAE")


def copy(folder: Path) -> Path:
    """The content in a folder of its own."""
    for name in ("flows", "locales", "audio"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def said_in_it(text: str) -> str:
    """The Dutch with other vowels, and its places for words left alone: "Wat kost de opvang?" is "Wot kast di apvong?"."""
    parts = NOT_WORDS.split(text)
    return "".join(part if i % 2 else part.translate(OTHER_VOWELS) for i, part in enumerate(parts))


def add_language(folder: Path) -> None:
    """Every file that a new language needs, and no other."""
    _append(
        folder / "locales" / "languages.yaml",
        {
            LANG: {
                "name": NAME,
                "dutch": "Verzonnen taal",
                "dir": "ltr",
                "script": "latin",
                "spoken_apart": "no",
                "fallback": "",
                "offered": "yes",
                "text": "draft",
                "reviews": [],
                "voice": "espeak-ng",
                "greeting": said_in_it("Dag mama! Kies deze taal."),
            }
        },
        under="languages",
    )
    _append(
        folder / "audio" / "voices.yaml", {LANG: {"espeak": "eo+f3", "dutch": "nl+f3", "wpm": "140", "letters": "12"}}
    )
    dutch: Any = yaml.load((folder / "locales" / "nl" / "spoken.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
    own = folder / "locales" / LANG
    own.mkdir()
    numbers = {str(n): spoken.number(n, "nl") for n in [*range(101), *range(2005, 2061)]}
    _write(own / "spoken.yaml", _words({**dutch, "numbers": numbers}))
    asks = read(folder / "locales" / "nl" / "asks.yaml")
    _write(own / "asks.yaml", {part: _words(asks[part]) for part in ("topics", HUMAN, "urgent", "words")})
    translate(folder)


def translate(folder: Path, lang: str = LANG) -> None:
    """Its PO file, every text translated."""
    catalog = messages.update(folder, lang)
    for message in messages.entries(catalog):
        message.string = said_in_it(str(message.id))
        message.flags.discard("fuzzy")
    messages._write(Phrases({}, folder).path(lang), catalog)


def add_variant(folder: Path, variant: str, of: str) -> None:
    """A spoken variant: recordings only, nothing to read."""
    known = messages.languages(folder)
    _append(
        folder / "locales" / "languages.yaml",
        {variant: {**known[of], "name": "Maghribi", "dutch": "Verzonnen spreektaal", "fallback": of, "voice_of": of}},
        under="languages",
    )


def _words(data: Any) -> Any:
    """The same shape with its leaves in the made-up language."""
    if isinstance(data, dict):
        return {key: _words(value) for key, value in data.items()}
    return [_words(value) for value in data] if isinstance(data, list) else said_in_it(data)


def _append(path: Path, entries: dict[str, Any], under: str = "") -> None:
    data: Any = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    (data[under] if under else data).update(entries)
    _write(path, data)


def _write(path: Path, data: Any) -> None:
    """Every leaf in quotes, so that `no` stays a word."""
    path.write_text(yaml.dump(data, allow_unicode=True, sort_keys=False, default_style='"'), "utf-8")
