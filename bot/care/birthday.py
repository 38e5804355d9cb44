"""A date as people type it: 12/10/2024, 12 okt 2024, 12.10.24, ١٢/١٠/٢٠٢٤, October 12, 2024. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import get_month_names

from bot.speech import spoken

FORMS = [(width, context) for width in ("wide", "abbreviated") for context in ("format", "stand-alone")]
WORD = re.compile(r"[^\W\d_]+")
NUMBER = re.compile(r"\d+")
ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|e|er|ste|de|º|ª|\.)(?=\W|$)", re.IGNORECASE)
SHORTEST = 3  # letters of a month that is not written out
MOST_WORDS = 3  # beside the date itself: "geboren op"


def read(text: str, languages: Iterable[str]) -> dt.date | None:
    """The date in these words; None when there is none, or more than a date. Day before month, as in Belgium."""
    numbers, named, strange = _parts(text, tuple(languages))
    if strange > MOST_WORDS or len(named) > 1:
        return None
    if named:
        return _with_name(numbers, named[0])
    return _numbers(numbers)


def half(text: str, languages: Iterable[str]) -> bool:
    """Whether these words are a piece of a date: two numbers ("31/02"), signs and a number, or a month and a number ("mei 2024").

    Not "I have 2 children".
    """
    numbers, named, strange = _parts(text, tuple(languages))
    if len(numbers) == 1:
        return not any(c.isalpha() for c in text) or (len(named) == 1 and strange <= MOST_WORDS)
    return len(numbers) > 1


# ---------------------------------------------------------------- step by step


def _parts(text: str, languages: tuple[str, ...]) -> tuple[list[str], list[int], int]:
    """Its numbers, the months it names (1 to 12), and how many other words there are."""
    plain = ORDINAL.sub(" ", _plain(text))
    months = [_month(word, languages) for word in WORD.findall(plain)]
    named = [month for month in months if month]
    return NUMBER.findall(plain), named, len(months) - len(named)


def _with_name(numbers: list[str], month: int) -> dt.date | None:
    if len(numbers) != 2:
        return None
    day, year = (numbers[1], numbers[0]) if len(numbers[0]) == 4 else (numbers[0], numbers[1])
    return _date(year, month, int(day))


def _numbers(numbers: list[str]) -> dt.date | None:
    if len(numbers) == 1 and len(numbers[0]) == 8:
        run = numbers[0]
        return _date(run[4:], int(run[2:4]), int(run[:2])) or _date(run[:4], int(run[4:6]), int(run[6:]))
    if len(numbers) != 3 or any(len(number) > 4 for number in numbers):
        return None
    if len(numbers[0]) == 4:
        return _date(numbers[0], int(numbers[1]), int(numbers[2]))
    first, second = int(numbers[0]), int(numbers[1])
    return _date(numbers[2], second, first) or _date(numbers[2], first, second)


def _date(year: str, month: int, day: int) -> dt.date | None:
    if len(year) not in (2, 4):
        return None
    try:
        return dt.date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    except ValueError:
        return None


def _plain(text: str) -> str:
    """Small letters without accents or vowel signs, and every digit as 0-9."""
    bare = [c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c) and c != "\u0640"]
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in bare).casefold()


def _month(word: str, languages: tuple[str, ...]) -> int | None:
    known = _months(languages)
    if word in known:
        return known[word]
    if len(word) < SHORTEST or not word.isalpha():
        return None
    begun = {month for name, month in known.items() if name.startswith(word)}
    return begun.pop() if len(begun) == 1 else None


@lru_cache(maxsize=8)
def _months(languages: tuple[str, ...]) -> dict[str, int]:
    """Every name of a month in these languages, plain → 1 to 12; a name that means two months in two languages is left out."""
    found: dict[str, set[int]] = {}
    for lang in languages:
        for name, month in [*_babel(lang), *_ours(lang)]:
            word = "".join(WORD.findall(_plain(name)))
            if len(word) >= SHORTEST:
                found.setdefault(word, set()).add(month)
    return {word: next(iter(months)) for word, months in found.items() if len(months) == 1}


def _babel(lang: str) -> list[tuple[str, int]]:
    try:
        locale = Locale.parse(lang)
    except (UnknownLocaleError, ValueError):
        return []
    return [
        (name, month)
        for width, context in FORMS
        for month, name in get_month_names(width, context, locale).items()  # type: ignore[arg-type]
    ]


def _ours(lang: str) -> list[tuple[str, int]]:
    return [(spoken.month(n, lang).shown, n) for n in range(1, 13)] if lang in spoken.languages() else []
