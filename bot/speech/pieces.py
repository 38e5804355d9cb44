"""Sentences in pieces, for languages that no machine speaks: recorded stretches, and recorded words for days and hours.

"Er is groep: {day}, om {time}." is the stretch "Er is groep:", the words of the day, "om", and the words of the hour. Which words
there are to record is read from the language's `spoken.yaml`; every word is recorded once, also when several things are called so.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from bot.messages import Part
from bot.speech import spoken
from bot.speech.text import END, canon

SLOT = re.compile(r"\{(\w+)\}")
BETWEEN = re.compile(r"[\s,،፣.:;؛]+")
LETTER = re.compile(r"[^\W\d_]")
PREFIX = "parts."
CHILDREN = range(7)
STOP = Part(".")  # here a sentence ends between two pieces
LEADING = f" ,،፣:{END}"
Words = tuple[str, ...]


def stretches(key: str, text: str) -> list[Part]:
    """The fixed stretches of a sentence with words to fill in, each with a key of its own."""
    return [part for part in split(key, text) if part.key]


def split(key: str, text: str) -> list[Part]:
    """A sentence in order: its stretches (with key), its slots (no key, text is the slot's name), and where it pauses (STOP)."""
    out: list[Part] = []
    for n, found in enumerate(SLOT.split(text)):
        words = canon(found).lstrip(LEADING)
        if n % 2:
            out.append(Part(found))
        elif LETTER.search(words):
            stops = set(END) & set(found[: found.index(words[0])])
            out += [STOP] * bool(stops and out) + [Part(words.rstrip(" ,،፣;"), f"{key}.part{n // 2 + 1}")]
    return out


def fill(key: str, text: str, said: Mapping[str, str], lang: str) -> tuple[Part, ...]:
    """The sentence in pieces with its slots filled. A piece without a key (a name, a place) has no recording."""
    out: list[Part] = []
    for part in split(key, text):
        if part.key or part == STOP:
            out.append(part)
        elif words := said.get(part.text, "").strip():
            out += in_words(words, lang) or (Part(words),)
    return tuple(out)


def in_words(text: str, lang: str) -> tuple[Part, ...]:
    """A day, an hour or a count as the words that are recorded for it; nothing when one of them is no such word."""
    known, left, out = _by_words(spoken.folder(), lang), _words(text), []
    longest = max(map(len, known), default=0)
    while left:
        size = next((n for n in range(min(longest, len(left)), 0, -1) if left[:n] in known), 0)
        if not size:
            return ()
        out.append(known[left[:size]])
        left = left[size:]
    return tuple(out)


def words_to_record(lang: str) -> dict[str, str]:
    """Key -> words, of everything that days, hours and counts are put together from. Empty when the language has no spoken.yaml."""
    return {str(part.key): part.text for part in _by_words(spoken.folder(), lang).values()}


@lru_cache(maxsize=64)
def _by_words(_content: object, lang: str) -> dict[Words, Part]:
    found: dict[Words, Part] = {}
    try:
        for key, text in _all(lang):
            if words := _words(text):
                found.setdefault(words, Part(" ".join(words), PREFIX + key))
    except KeyError:
        return {}
    return found


def _all(lang: str) -> Iterator[tuple[str, str]]:
    """Most needed first: days of the week, hours, half, parts of the day, children, then dates."""
    tongue = spoken.tongue(lang)
    yield from ((f"day-{n}", name) for n, name in enumerate(tongue.days["week"], start=1))
    yield from (("today", tongue.days["today"]), ("tomorrow", tongue.days["tomorrow"]))
    yield from ((f"hour-{hour}", spoken.hour(hour, lang)) for hour in (*range(6, 24), *range(6)))
    for minute in (0, 30, 15, 45, *range(5, 60, 5)):
        yield from _clock(minute, lang)
    yield from ((f"part-{hour}", words) for hour, words in tongue.clock["parts"].items() if words)
    yield from _literals("of-part", tongue.clock["part"])
    yield from ((f"at-{at.replace(':', '-')}", words) for at, words in tongue.clock.get("exact", {}).items())
    yield from (
        (f"children-{n}", spoken.count(n, "children", lang).spoken) for n in CHILDREN if "children" in tongue.counts
    )
    yield from ((f"month-{n}", name) for n, name in enumerate(tongue.days["months"], start=1))
    yield from ((f"date-{n}", tongue.days.get("dates", {}).get(str(n)) or spoken.number(n, lang)) for n in range(1, 32))
    for name in ("near", "date"):
        yield from _literals(f"of-{name}", tongue.days[name])


def _clock(minute: int, lang: str) -> Iterator[tuple[str, str]]:
    clock = spoken.tongue(lang).clock
    template = clock["minutes"].get(str(minute)) or clock["minutes"]["else"]
    yield from _literals(f"minutes-{minute}", template)
    if "{minutes}" in template:
        yield f"number-{minute}", clock.get("minute_words", {}).get(str(minute)) or spoken.number(minute, lang)


def _literals(key: str, template: str) -> Iterator[tuple[str, str]]:
    for n, words in enumerate(re.split(r"\{\w+\}", template)):
        if LETTER.search(words):
            yield (f"{key}-{n}" if n else key), words


def _words(text: str) -> Words:
    return tuple(word for word in BETWEEN.split(canon(text)) if word)


def sayable(lang: str, day: dt.date, at: dt.time) -> bool:
    """Whether this day and this hour can be put together from recorded words."""
    return bool(in_words(spoken.day(day, lang, day).spoken, lang) and in_words(spoken.time(at, lang).spoken, lang))
