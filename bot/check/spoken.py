"""What is said aloud has no digits, signs, abbreviations or letters of another script, in any language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

SCRIPTS = {"latin": "LATIN", "cyrl": "CYRILLIC", "arab": "ARABIC", "ethi": "ETHIOPIC"}
SLOT = re.compile(r"\{\w+\}")
RULES = {
    "a digit": r"[0-9٠-٩۰-۹]",
    "an address": r"https?://|www\.|@\w",
    "a sign": r"[€$%&/+*=#°<>|_~^\\]",
    "an emoji": r"[\U0001F000-\U0001FAFF\u2600-\u27BF]",
    "an abbreviation": r"\b(?:tel|nr|bv|enz|dr|mr|mevr|str|o\.a|m\.b\.t|incl|excl|min|max|art|p)\.(?=\s|$|,)",
    "capital letters said one by one": r"\b[A-ZÀ-Þ]{2,}\b",
    "a mark for the direction of writing": r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]",
}
TASHKIL = 0.35  # vowel signs per letter: less, and the voice guesses


def faults(text: str, script: str, vowelled: bool) -> Iterator[str]:
    """What is wrong with this spoken text, one sentence each. script as in languages.yaml; vowelled: Arabic with tashkil."""
    said = SLOT.sub("", text)
    for name, pattern in RULES.items():
        if found := re.search(pattern, said):
            yield f"what is said has {name}: “{found[0]}”"
    foreign = {c for c in said if c.isalpha() and not unicodedata.name(c, "").startswith(SCRIPTS[script])}
    if foreign:
        yield f"what is said has letters of another script: “{''.join(sorted(foreign))[:12]}”"
    letters = sum(unicodedata.name(c, "").startswith("ARABIC LETTER") for c in said)
    marks = sum("\u064b" <= c <= "\u0652" for c in said)
    if vowelled and letters and marks / letters < TASHKIL:
        yield "what is said has too few vowel signs"
