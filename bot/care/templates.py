"""Ready-made groups: what is written down about each programme (flows/templates/*.yaml). What nobody wrote down is asked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dateutil.relativedelta import relativedelta

from bot.flow.reading import Fault, Map, Reader

DAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
WORDS = {
    *("template", "name", "town", "days", "days_a_week", "every", "starts", "ends", "minutes", "kind", "months"),
    *("semesters", "school_year", "irregular", "mothers_max", "children_max", "childcare_place", "says", "local"),
}
NUMBERS = ("days_a_week", "every", "minutes", "months", "mothers_max", "children_max")
NEW_YEAR, SUMMER = (2, 1), (6, 30)  # the spring semester begins on 1 February; the last school day


@dataclass(frozen=True)
class Template:
    """One programme. Empty and zero: not known. semesters: hours of each half year · minutes: how long a meeting lasts ·
    irregular: single meetings, no rhythm · says: what the coordinator should know, in Dutch."""

    id: str
    name: str
    town: str = ""
    days: tuple[int, ...] = ()
    days_a_week: int = 0
    every: int = 1
    starts: str = ""
    ends: str = ""
    minutes: int = 0
    kind: str = ""
    months: int = 0
    semesters: float = 0
    school_year: bool = False
    irregular: bool = False
    mothers_max: int = 12
    children_max: int = 15
    childcare_place: str = ""
    says: str = ""
    local: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """What the person adds: days (0 = Monday), hours, first and last day, and anything else that is a column of Group."""

    first: dt.date
    last: dt.date | None = None
    days: tuple[int, ...] = ()
    starts: str = ""
    ends: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def load(folder: Path) -> dict[str, Template]:
    """All templates of this content folder, by name. Raises ValueError with its faults when one cannot be read."""
    found, faults = read(folder)
    if faults:
        raise ValueError("\n".join(str(fault) for fault in faults))
    return found


def read(folder: Path) -> tuple[dict[str, Template], list[Fault]]:
    """The templates as far as they could be read, and every fault with file and line."""
    faults: list[Fault] = []
    found = {}
    for path in sorted((folder / "flows" / "templates").glob("*.yaml")):
        reader = Reader(path, folder, faults)
        told = reader.read()
        if told is not None:
            template = _template(reader, told)
            found[template.id] = template
    return found, faults


def fields(template: Template, given: Given) -> dict[str, Any]:
    """The columns of Group, with the pattern. ValueError names everything that nobody wrote down and that was not given."""
    days = given.days or template.days
    starts = given.starts or template.starts
    ends = given.ends or template.ends or _later(starts, template.minutes)
    missing = [] if days or template.irregular else [_days_asked(template)]
    missing += [] if starts and ends else ["the hours (--from and --to)"]
    if missing:
        raise ValueError(f"About {template.name} nobody wrote down {' and '.join(missing)}. Please give them.")
    if template.days_a_week and not template.irregular and len(days) != template.days_a_week:
        raise ValueError(f"{template.name} meets {template.days_a_week} times a week: give as many --days.")
    if ends <= starts:
        raise ValueError("The group ends before it starts: look at --from and --to.")
    last = given.last or _last(template, given.first)
    if last < given.first:
        raise ValueError("The last day lies before the first.")
    pattern: dict[str, Any] = {"days": [] if template.irregular else list(days), "every": template.every}
    pattern |= {"kind": template.kind} if template.kind else {}
    pattern |= {"periods": _semesters(template, given.first, last)} if template.semesters else {}
    known = {
        "name": template.name, "pattern": pattern, "starts": starts, "ends": ends, "first_day": given.first,
        "last_day": last, "mothers_max": template.mothers_max, "children_max": template.children_max,
        "childcare_place": template.childcare_place, "local": dict(template.local),
    }  # fmt: skip
    return {**known, **{name: value for name, value in given.more.items() if value not in ("", None)}}


# ---------------------------------------------------------------- step by step


def _template(reader: Reader, told: Map) -> Template:
    reader.words(told, WORDS, "a template")
    name = reader.required(told, "template", "the file")
    if name != reader.path.stem:
        reader.fault(told.at("template"), f"the template is called `{name}` but its file `{reader.path.name}`")
    numbers: dict[str, Any] = {word: _number(reader, told, word) for word in NUMBERS if word in told}
    unknown = [day for day in reader.texts(told, "days") if day not in DAYS]
    if unknown:
        reader.fault(told.at("days"), f"days are written as {', '.join(DAYS)}; `{unknown[0]}` is not")
    texts: dict[str, Any] = {
        w: reader.text(told, w) for w in ("town", "starts", "ends", "kind", "childcare_place", "says")
    }
    for word in ("starts", "ends"):
        if texts[word] and not _clock(texts[word]):
            reader.fault(told.at(word), f"`{word}` is an hour like 09:00")
    return Template(
        id=name,
        name=reader.required(told, "name", "a template"),
        days=tuple(DAYS.index(day) for day in reader.texts(told, "days") if day in DAYS),
        semesters=float(_number(reader, told, "semesters")) if "semesters" in told else 0,
        school_year=reader.yes(told, "school_year"),
        irregular=reader.yes(told, "irregular"),
        local=reader.pairs(told, "local"),
        **texts,
        **numbers,
    )


def _number(reader: Reader, told: Map, word: str) -> int:
    text = reader.text(told, word)
    if not text.isdecimal():
        reader.fault(told.at(word), f"`{word}` is a number")
        return 0
    return int(text)


def _clock(text: str) -> bool:
    try:
        dt.time.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("09:00")


def _later(starts: str, minutes: int) -> str:
    if not (starts and minutes):
        return ""
    return f"{dt.datetime.combine(dt.date.min, dt.time.fromisoformat(starts)) + dt.timedelta(minutes=minutes):%H:%M}"


def _days_asked(template: Template) -> str:
    many = f", {template.days_a_week} of them" if template.days_a_week else ""
    return f"the days (--days{many})"


def _last(template: Template, first: dt.date) -> dt.date:
    """After so many months; else the last school day of the year in which it begins."""
    if template.months:
        return first + relativedelta(months=template.months) - dt.timedelta(days=1)
    ends = dt.date(first.year, *SUMMER)
    return ends if first <= ends else dt.date(first.year + 1, *SUMMER)


def _semesters(template: Template, first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    """Autumn and spring, each with its hours; only spring for who begins after New Year."""
    spring = dt.date(last.year, *NEW_YEAR)
    parts = [("najaar", first, min(spring - dt.timedelta(days=1), last)), ("voorjaar", max(first, spring), last)]
    kept = [(name, a, b) for name, a, b in parts if a <= b] if first < spring else [("voorjaar", first, last)]
    hours = template.semesters
    return [{"name": n, "first": a.isoformat(), "last": b.isoformat(), "hours": hours} for n, a, b in kept]
