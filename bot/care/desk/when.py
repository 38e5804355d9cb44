"""Day and hour as a coordinator types them: "donderdag 9.30", "morgen 14u", "do 27/11 om 9 uur", "27 november half tien"."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
NEAR = {"vandaag": 0, "morgen": 1, "overmorgen": 2}
HOURS = ("een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf")
FIRST_HOUR = 7  # "2 uur" is in the afternoon: no group meets before seven

_HOUR = "|".join(HOURS)
_CLOCK = re.compile(
    r"(?<![\d/-])(\d{1,2})\s*(?:[.:]|u(?:ur)?\s*(?=\d))\s*(\d{2})(?!\d)|(?<![\d/.:-])(\d{1,2})\s*u(?:ur|r)?\b"
)
_WORDS = re.compile(rf"\b(?:(kwart|tien|vijf|twintig)\s+(over|voor)\s+|(half)\s+)?({_HOUR}|\d{{1,2}})(?:\s+uur\b|\b)")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})\s*[/-]\s*(\d{1,2})(?:\s*[/-]\s*(\d{2,4}))?(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_NAMED = re.compile(r"(?<!\d)(\d{1,2})\s*(?:ste|de|e)?\s+(" + "|".join(m[:3] for m in MONTHS) + r"|mrt)[a-z]*\.?")
_MINUTES = {"kwart": 15, "tien": 10, "vijf": 5, "twintig": 20}


def day_and_time(text: str, today: dt.date) -> tuple[dt.date | None, dt.time | None]:
    """The day and the hour in it; None for what is not there or cannot be. A weekday is the next one, never today."""
    plain = _plain(text)
    day, rest = _day(plain, today)
    return day, _time(rest)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def _day(text: str, today: dt.date) -> tuple[dt.date | None, str]:
    for pattern, order in ((_ISO, (3, 2, 1)), (_NUMERIC, (1, 2, 3))):
        if found := pattern.search(text):
            day, month, year = (found.group(n) for n in order)
            return _date(int(day), int(month), year, today), _without(text, found)
    if found := _NAMED.search(text):
        name = found.group(2)
        month = 3 if name == "mrt" else next(n for n, m in enumerate(MONTHS, start=1) if m.startswith(name))
        return _date(int(found.group(1)), month, None, today), _without(text, found)
    for word, ahead in sorted(NEAR.items(), key=lambda pair: -len(pair[0])):
        if found := re.search(rf"\b{word}\b", text):
            return today + dt.timedelta(days=ahead), _without(text, found)
    return _weekday(text, today)


def _weekday(text: str, today: dt.date) -> tuple[dt.date | None, str]:
    for number, name in enumerate(DAYS):
        if found := re.search(rf"\b(?:{name}|{name[:2]}|{name[:3]})\b\.?", text):
            ahead = (number - today.weekday()) % 7 or 7
            return today + dt.timedelta(days=ahead), _without(text, found)
    return None, text


def _date(day: int, month: int, year: str | None, today: dt.date) -> dt.date | None:
    """A date without a year is the next one; None when it does not exist."""
    try:
        if year:
            return dt.date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        found = dt.date(today.year, month, day)
        return found if found >= today else dt.date(today.year + 1, month, day)
    except ValueError:
        return None


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _time(text: str) -> dt.time | None:
    if found := _CLOCK.search(text):
        hour, minute = (found.group(1), found.group(2)) if found.group(1) else (found.group(3), "0")
        return _at(int(hour), int(minute), guess=":" not in found.group(0))
    if found := _WORDS.search(text):
        step, side, half, word = found.groups()
        hour = HOURS.index(word) + 1 if word in HOURS else int(word)
        minutes = -30 if half else _MINUTES.get(step or "", 0) * (-1 if side == "voor" else 1)
        total = hour * 60 + minutes
        return _at(total // 60 % 24, total % 60, guess=True)
    return None


def _at(hour: int, minute: int, guess: bool) -> dt.time | None:
    if guess and 0 < hour < FIRST_HOUR:
        hour += 12
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None
