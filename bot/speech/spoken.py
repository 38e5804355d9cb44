"""Days, hours and numbers in words, as people say them: "morgen, donderdag, om half tien".

What a language says is data: `locales/<lang>/spoken.yaml`. Numbers without a line of their own come from unicode-rbnf, which
raises for a language it does not know instead of answering in English.

Day and time are bare, without a preposition: a sentence says "{day} om {time}", "{day} at {time}", "{day} à {time}", and in Arabic
"{day} {time}" (its time begins with "the hour" and stands without a preposition). Do not begin a sentence with them.
"""

from __future__ import annotations

import datetime as dt
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale, UnknownLocaleError
from unicode_rbnf import RbnfEngine

from bot.clock import local
from bot.settings import default_content

LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # in C, where libyaml is built in
MARKS = re.compile(
    "[\u064c-\u0652\u0670]"
)  # Arabic vowel signs are said, not shown; the -an ending stays, as people write it


@dataclass(frozen=True)
class Words:
    """The same thing twice: shown may have digits, spoken never has."""

    shown: str
    spoken: str


@dataclass(frozen=True)
class Tongue:
    """How one language says it; the fields are the words of spoken.yaml. All leaves are strings."""

    lang: str
    days: Mapping[str, Any]
    moment: str
    clock: Mapping[str, Any]
    counts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    rules: str = ""  # whose number rules count, when they have another name than the language: fr_BE


class _Where:
    content = default_content()


def read_from(content: Path) -> None:
    """An organisation's own content folder: its locales/<lang>/spoken.yaml are read from now on."""
    _Where.content = content


def folder() -> Path:
    """The content folder that is read from."""
    return _Where.content


def languages() -> list[str]:
    """The languages that can say days and hours."""
    return sorted(path.parent.name for path in (_Where.content / "locales").glob("*/spoken.yaml"))


def day(date: dt.date, lang: str, today: dt.date) -> Words:
    """ "vandaag, woensdag", "morgen, donderdag", "zaterdag" within six days, else "donderdag 4 december". Raises KeyError for an unknown language."""
    tongue = _tongue(lang)
    ahead = (date - today).days
    weekday = tongue.days["week"][date.weekday()]
    if ahead in (0, 1):
        return _words(tongue.days["near"].format(near=tongue.days[("today", "tomorrow")[ahead]], weekday=weekday))
    if 1 < ahead < 7:
        return _words(weekday)
    month = tongue.days["months"][date.month - 1]
    said = tongue.days.get("dates", {}).get(str(date.day)) or number(date.day, lang)
    return _words(
        tongue.days["date"].format(weekday=weekday, date=said, month=month),
        tongue.days["shown"].format(weekday=weekday, date=date.day, month=month),
    )


def time(at: dt.time, lang: str) -> Words:
    """A clock time: shown "9.30 uur", spoken "half tien"; after noon the part of the day is said too. Raises KeyError for an unknown language."""
    clock = _tongue(lang).clock
    spoken = clock.get("exact", {}).get(f"{at:%H:%M}") or _clock_words(clock, at, lang)
    half = "am" if at.hour < 12 else "pm"
    shown = _pick(clock["shown"], at.minute).format(H=at.hour, h=_twelve(at.hour), mm=f"{at.minute:02}", half=half)
    return _words(spoken, shown)


def moment(at: dt.datetime, lang: str, now: dt.datetime) -> Words:
    """Day and hour on the wall clock in Flanders; both arguments aware. Raises KeyError for an unknown language."""
    wall = local(at)
    date, clock = day(wall.date(), lang, local(now).date()), time(wall.time(), lang)
    template = _tongue(lang).moment
    return Words(
        MARKS.sub("", template).format(day=date.shown, time=clock.shown),
        template.format(day=date.spoken, time=clock.spoken),
    )


def number(n: int, lang: str) -> str:
    """A whole number in words. Raises KeyError for an unknown language, or a number it has no words for."""
    said = _tongue(lang).numbers.get(str(n))
    if said is None:
        said = _rbnf(_tongue(lang).rules or lang).format_number(n).text.replace("\u00ad", "")
    return said


def month(n: int, lang: str) -> Words:
    """A month (1 to 12) that stands alone; `months_alone` where that is another form than in a date. KeyError as above."""
    days = _tongue(lang).days
    return _words(days.get("months_alone", days["months"])[n - 1])


def count(n: int, what: str, lang: str) -> Words:
    """A number with the word it counts, in the right form: count(2, "children", "fr") is "2 enfants", said "deux enfants"."""
    forms = _tongue(lang).counts[what]
    form = forms.get(str(n)) or forms.get(_plural(lang, n)) or forms["else"]
    return _words(form.format(n=number(n, lang)), form.format(n=n))


def hour(at: int, lang: str) -> str:
    """The bare words of an hour, 0 to 23, as sentences about the clock are made with."""
    return _hour(_tongue(lang).clock, at, lang)


def tongue(lang: str) -> Tongue:
    """Everything a language says days and hours with. Raises KeyError for an unknown language."""
    return _tongue(lang)


def _clock_words(clock: Mapping[str, Any], at: dt.time, lang: str) -> str:
    hour, following = (_hour(clock, h % 24, lang) for h in (at.hour, at.hour + 1))
    template = _pick(clock["minutes"], at.minute)
    minutes = clock.get("minute_words", {}).get(str(at.minute))
    if minutes is None and "minutes" in _fields(template):
        minutes = number(at.minute, lang)
    said: str = template.format(hour=hour, next=following, minutes=minutes)
    part = clock["parts"][str(max(h for h in map(int, clock["parts"]) if h <= at.hour))]
    named = following if "next" in _fields(template) else hour
    if not part or named in clock.get("unmarked", ()):
        return said
    return str(clock["part"].format(time=said, part=part))


def _hour(clock: Mapping[str, Any], hour: int, lang: str) -> str:
    names: Mapping[str, str] = clock.get("hours", {})
    return names.get(str(hour)) or names.get(str(_twelve(hour))) or number(_twelve(hour), lang)


def _twelve(hour: int) -> int:
    return (hour - 1) % 12 + 1


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _pick(lines: Mapping[str, str], minute: int) -> str:
    return lines.get(str(minute)) or lines["else"]


def _words(spoken: str, shown: str | None = None) -> Words:
    return Words(MARKS.sub("", shown if shown is not None else spoken), spoken)


def _plural(lang: str, n: int) -> str:
    try:
        return str(Locale.parse(lang).plural_form(n))
    except UnknownLocaleError:
        return "else"


@lru_cache(maxsize=64)
def _rbnf(lang: str) -> RbnfEngine:
    try:
        return RbnfEngine.for_language(lang)
    except ValueError as unknown:
        raise KeyError(
            f"Nobody told us the numbers in {lang!r}: write them in locales/{lang}/spoken.yaml."
        ) from unknown


def _tongue(lang: str) -> Tongue:
    return _read(_Where.content / "locales" / lang / "spoken.yaml", lang)


@lru_cache(maxsize=64)
def _read(path: Path, lang: str) -> Tongue:
    if not path.is_file():
        raise KeyError(f"{lang!r} cannot say days and hours yet: {path} is missing.")
    data: Any = yaml.load(path.read_text("utf-8"), Loader=LOADER)  # BaseLoader: every scalar stays a string
    tongue = Tongue(lang, **data)
    _must_have(path, tongue.days["week"], 7)
    _must_have(path, tongue.days["months"], 12)
    return tongue


def _must_have(path: Path, names: Sequence[str], wanted: int) -> None:
    if len(names) != wanted:
        raise ValueError(f"{path}: {len(names)} names where {wanted} are needed: {', '.join(names)}.")
