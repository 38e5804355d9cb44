"""Text as it is heard: what counts as the same words, and how a long text is cut for a voice. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

SILENT = re.compile(
    "[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"  # direction marks; not the Persian ZWNJ
    "|[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]"  # emoji
)
END = "?!.؟۔።፧։…;؛፤"
SENTENCE = re.compile(rf".+?(?:[{re.escape(END)}]+(?=\s|$)|$)", re.S)
COMMA_OR_SPACE = re.compile(r"(?<=[,،፣፥;])\s+|\s+")
LATIN = re.compile(r"[A-Za-zÀ-ɏ](?:[A-Za-zÀ-ɏ0-9 .,'’&-]*[A-Za-zÀ-ɏ0-9])?")
OTHER_SCRIPT = re.compile(r"[^\W\d_]")
ARABIC_LETTER, VOWEL_SIGN = re.compile("[\u0621-\u064a]"), re.compile("[\u064b-\u0652]")


def canon(text: str) -> str:
    """What is heard of a text. An emoji or a double space more changes no clip; another word does."""
    if not text.isascii():
        text = SILENT.sub("", unicodedata.normalize("NFC", text))
    return " ".join(text.split())


def text_hash(text: str) -> str:
    """Short name of what is heard; a recording remembers it to know whether its phrase has changed."""
    return hashlib.sha256(canon(text).encode()).hexdigest()[:12]


def has_slots(text: str) -> bool:
    """Whether words are still to be filled in."""
    return "{" in text or "}" in text


def vowelled(text: str) -> bool:
    """Whether Arabic text carries enough vowel signs for a machine to say it right."""
    return len(VOWEL_SIGN.findall(text)) >= 0.35 * len(ARABIC_LETTER.findall(text))


def runs(text: str, names: re.Pattern[str] | None = None) -> list[tuple[bool, str]]:
    """Stretches of a text with whether each is a Dutch name: all Latin letters within another script, else what `names` finds."""
    pattern = LATIN if OTHER_SCRIPT.search(LATIN.sub("", text)) else names
    out: list[tuple[bool, str]] = []
    start = 0
    for found in pattern.finditer(text) if pattern else ():
        out += [(False, text[start : found.start()]), (True, found.group())]
        start = found.end()
    return [(name, run.strip()) for name, run in [*out, (False, text[start:])] if any(map(str.isalnum, run))]


def any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """What finds these names as whole words, the longest first; None when there are none."""
    longest = sorted(map(re.escape, names), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(longest)})\b", re.I) if longest else None


def pack(text: str, limit: int = 100) -> list[str]:
    """Whole sentences, packed into pieces of at most `limit` characters; a longer sentence is cut at commas, then at spaces."""
    out: list[str] = []
    for sentence in filter(None, (found.strip() for found in SENTENCE.findall(text))):
        for piece in _pieces(sentence, limit):
            if out and len(out[-1]) + 1 + len(piece) <= limit:
                out[-1] += " " + piece
            else:
                out.append(piece)
    return out


def _pieces(sentence: str, limit: int) -> list[str]:
    if len(sentence) <= limit:
        return [sentence]
    pieces, current = [], ""
    for word in COMMA_OR_SPACE.split(sentence):
        if current and len(current) + 1 + len(word) > limit:
            pieces.append(current)
            current = word
        else:
            current = f"{current} {word}".strip()
    return [*pieces, current]
