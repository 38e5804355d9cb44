"""Words that are filled into a sentence: as they are shown and as they are said, in one language."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from bot.care.content import Content
from bot.clock import local
from bot.speech import spoken
from bot.speech.phrases import DUTCH
from bot.speech.spoken import Words

SLOT = re.compile(r"\{(\w+)\}")


def word(content: Content, lang: str, name: str, value: Any, now: dt.datetime) -> Words:
    """One slot's value in words. KeyError, ValueError: the language cannot say it."""
    if name == "day":
        return spoken.day(dt.date.fromisoformat(str(value)), lang, local(now).date())
    if name == "time":
        return spoken.time(dt.time.fromisoformat(str(value)), lang)
    if name == "year" and str(value).isdecimal():
        return Words(str(value), spoken.number(int(value), lang))
    if name == "children":
        return spoken.count(int(value), "children", lang)
    if name == "language" and str(value) in content.languages:
        language = content.languages[str(value)]
        dutch = Words(language.dutch, language.dutch)
        return dutch if lang == DUTCH else Words(language.name, language.name_spoken)
    return Words(str(value), str(value))


def fill(text: str, words: dict[str, Words], *, shown: bool) -> str:
    """Slots that nobody filled become nothing: she never sees a brace."""

    def one(found: re.Match[str]) -> str:
        words_of_it = words.get(found[1])
        return "" if words_of_it is None else words_of_it.shown if shown else words_of_it.spoken

    return SLOT.sub(one, text)
