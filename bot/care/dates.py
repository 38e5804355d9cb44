"""Choosing a date with pictures: years, months, stretches of a month, days. What is offered, and its words in a language."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from bot.flow.model import Choice, Slots
from bot.speech import spoken
from bot.speech.phrases import Phrase
from bot.speech.spoken import Words

YEARS, SPAN, LAST_SPAN = (
    5,
    5,
    26,
)  # years offered, this one first; days in a stretch; the last stretch takes what is left
SEASONS = (
    "winter",
    "winter",
    "spring",
    "spring",
    "spring",
    "summer",
    "summer",
    "summer",
    "autumn",
    "autumn",
    "autumn",
    "winter",
)
COLOURS = {"winter": "blue", "spring": "green", "summer": "yellow", "autumn": "orange"}
LEAP_YEAR = 2024
ARABIC_COMMA = ("ar", "fa")


@dataclass(frozen=True)
class Offered:
    """One picture to tap."""

    id: str
    symbol: str
    colour: str | None = None

    @property
    def choice(self) -> Choice:
        return Choice(self.id, self.symbol, "", "", colour=self.colour)


def offered(what: str, slots: Slots, today: dt.date) -> list[Offered]:
    """What can be tapped: "years", "months" (of slot `year`), "spans", "days" (of slot `span`). Nothing for anything else."""
    match what:
        case "years":
            return [Offered(str(today.year - ago), f"age{ago}") for ago in range(YEARS)]
        case "months":
            last = today.month if str(slots.get("year")) == str(today.year) else 12
            return [Offered(str(n), f"month{n}", COLOURS[SEASONS[n - 1]]) for n in range(1, last + 1)]
        case "spans":
            return [Offered(f"{days[0]}-{days[-1]}", f"days{n}") for n, days in enumerate(_spans(slots), start=1)]
        case "days":
            days = next((days for days in _spans(slots) if f"{days[0]}-{days[-1]}" == slots.get("span")), range(1, 6))
            return [Offered(str(day), f"day{day}") for day in days]
    return []


def phrase(what: str, offer: Offered, lang: str) -> Phrase:
    """Its label and how it is said: digits shown, words said. KeyError: the language cannot say it."""
    said = _words(what, offer.id, lang)
    return Phrase(said.shown, said.spoken, lang)


# ---------------------------------------------------------------- step by step


def _spans(slots: Slots) -> list[range]:
    """The month in stretches of five days, the last one as long as is left."""
    year, month = (str(slots.get(name, "")) for name in ("year", "month"))
    known = int(month) if month.isdecimal() and 1 <= int(month) <= 12 else 1
    length = calendar.monthrange(int(year) if year.isdecimal() and int(year) > 0 else LEAP_YEAR, known)[1]
    starts = range(1, LAST_SPAN + 1, SPAN)
    return [range(first, length + 1 if first == LAST_SPAN else first + SPAN) for first in starts]


def _words(what: str, name: str, lang: str) -> Words:
    if what == "months":
        return spoken.month(int(name), lang)
    if what == "spans":
        first, last = (int(day) for day in name.split("-"))
        said = ("، " if lang in ARABIC_COMMA else ", ").join(spoken.number(day, lang) for day in range(first, last + 1))
        return Words(f"{first} – {last}", said)
    return Words(name, spoken.number(int(name), lang))
