"""What is shown is of one language: no letters of another script outside brackets, no vowel signs, numbers that stay in one piece."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.check.spoken import SCRIPTS, SLOT
from bot.flow.load import Script
from bot.speech.phrases import Phrases

IN_BRACKETS = re.compile(r"\([^)]*\)")  # a Dutch name may stand in brackets in a text of another script
VOWELS = re.compile("[\u064c-\u0652\u0670]")  # the -an ending on an alif is written by people, too
ISOLATED = re.compile("\u2066[^\u2069]*\u2069")
APART = re.compile(r"\d \d")


def faults(text: str, script: str, direction: str, apart: bool) -> Iterator[str]:
    """What is wrong with this shown text, one sentence each. script, direction: as in languages.yaml; apart: what is said is written
    apart, so only that has vowel signs."""
    bare = SLOT.sub("", IN_BRACKETS.sub("", text))
    foreign = {c for c in bare if c.isalpha() and not unicodedata.name(c, "").startswith(SCRIPTS[script])}
    if foreign:
        yield f"letters of another script outside brackets: “{''.join(sorted(foreign))[:12]}”"
    if apart and VOWELS.search(text):
        yield "what is shown has vowel signs; they belong to what is said"
    if direction == "rtl" and (found := APART.search(ISOLATED.sub("", text))):
        yield f"a number with spaces falls apart from right to left: put “{found[0]}…” between U+2066 and U+2069"


def alike(script: Script, phrases: Phrases, lang: str) -> Iterator[tuple[str, str]]:
    """Choices of one card with the same words, as (key, what is wrong)."""
    for step in script.flows.values():
        seen: dict[str, str] = {}
        for choice in step.choices:
            phrase = phrases.get(lang, choice.label_key) if choice.label_key else None
            if phrase is not None and seen.setdefault(phrase.text, choice.label_key) != choice.label_key:
                yield choice.label_key, f"the words of another choice of `{step.name}`: “{phrase.text}”"
