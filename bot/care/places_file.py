"""Reading a list of places from a CSV file: every row is judged by itself, and what is wrong is said in a sentence. Pure."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

# column of the file → field of the table
COLUMNS = {
    **{name: name for name in ("neighbourhood", "name", "street", "number", "postcode", "municipality", "note")},
    "trekker": "lead",
    "werkvorm": "form",
    "locatie": "place",
    "frequentie": "rhythm",
    "kostprijs": "price",
    "toeleiding": "join",
    "hours": "hours",
    "languages": "languages",
    "picture": "picture",
}
OTHERS = ("category_nl", "lat", "lon", "last_checked", "tags")
TAGS = {  # how a file says when childcare is there → our word; the first whose beginning fits
    "tijdens": "lesson", "les": "lesson", "cursus": "lesson", "occasion": "hours", "kort": "hours", "enkele uren": "hours",
    "flexi": "odd", "vroeg": "odd", "laat": "odd", "weekend": "odd", "dringend": "soon", "snel": "soon", "urgent": "soon",
}  # fmt: skip
CATEGORIES = {  # beginning of the Dutch category → ours; the first that fits
    "consultatie vroedvrouw": "midwife", "vroedvrouw": "midwife", "consultatie": "baby",
    "wijkgezondheid": "doctor", "huisarts": "doctor", "dokter": "doctor",
    "ontmoeting": "meet", "kinderdagverblij": "childcare", "kinderopvang": "childcare", "opvang": "childcare",
    "ocmw": "help", "sociaal huis": "help", "algemeen welzijn": "talk", "caw": "talk", "cgg": "talk",
    "gemeenschapscentr": "centre", "buurthui": "centre", "dienstencentr": "centre",
    "speel": "play", "bibliothe": "play", "spelothe": "play", "speltheek": "play",
    "activiteit": "activity", "aanbod": "activity",
}  # fmt: skip
BELGIUM = ((49.4, 51.6), (2.5, 6.5))
POSTCODE = re.compile(r"[1-9]\d{3}\Z")
DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\Z")


SAYS = {  # every sentence about a list; who shows them in another language gives its own
    "columns": "The first line has to name the columns {names}.",
    "and": " and ",
    "unknown": "The column “{name}” is not known and is left out.",
    "row": "Row {n}",
    "twice": "{row}: “{name}” stands at the same address in row {other}.",
    "category": "the category “{written}” is not known",
    "name": "there is no name",
    "postcode": "“{written}” is no Belgian postcode",
    "picture": "there is no picture called “{written}”",
    "tag": "“{written}” says not when childcare is there; known are: tijdens lessen, occasioneel, flexibel, dringend",
    "street": "{row}, {name}: there is no street; only the name and the town are shown.",
    "pin": "lat and lon have to be two numbers, like 50.8580 and 4.3300",
    "abroad": "{lat}, {lon} does not lie in Belgium (lat and lon swapped?)",
    "day": "last_checked is a day like 2026-11-22, not “{written}”",
    "future": "last_checked lies in the future: {written}",
    "list": "This is no list that can be read: {fault}.",
}


@dataclass
class Read:
    """The rows that are good, and a sentence for each that is not (`wrong`) or is good but thin (`thin`)."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    thin: list[str] = field(default_factory=list)
    says: Mapping[str, str] = field(default_factory=lambda: SAYS)


def read(text: str, symbols: Collection[str], today: dt.date, says: Mapping[str, str] = SAYS) -> Read:
    """The places in this file; commas or semicolons, first line the names of the columns. ValueError: it is no such file.

    says: the sentences about it, as SAYS.
    """
    try:
        return _read(text, symbols, today, says)
    except csv.Error as fault:
        raise ValueError(says["list"].format(fault=fault)) from None


def one(line: Mapping[str, str], symbols: Collection[str], today: dt.date, says: Mapping[str, str] = SAYS) -> Read:
    """A single place, written under the names of the columns, judged as a row of a file is."""
    found = Read(says=says)
    row = _row({"category_nl": "", **line}, symbols, today, "", found)
    found.rows += [row] if row else []
    return found


def _read(text: str, symbols: Collection[str], today: dt.date, says: Mapping[str, str]) -> Read:
    found = Read(says=says)
    first = text.splitlines()[0] if text.strip() else ""
    table = csv.DictReader(
        io.StringIO(text.lstrip("\ufeff")), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    names = [name.strip() for name in table.fieldnames or []]
    lacking = [name for name in ("category_nl", "name") if name not in names]
    if lacking:
        found.wrong.append(says["columns"].format(names=says["and"].join(lacking)))
        return found
    found.thin += [says["unknown"].format(name=name) for name in names if name not in (*COLUMNS, *OTHERS)]
    seen: dict[tuple[str, ...], int] = {}
    for line in table:
        number = table.line_num
        row = _row(line, symbols, today, says["row"].format(n=number), found)
        if row is None:
            continue
        same = tuple(str(row[name]).casefold() for name in ("category", "name", "street", "number"))
        if same in seen:
            where = says["row"].format(n=number)
            found.wrong.append(says["twice"].format(row=where, name=row["name"], other=seen[same]))
            continue
        seen[same] = number
        found.rows.append(row)
    return found


# ---------------------------------------------------------------- one row


def _row(
    line: Mapping[str, str | list[str] | None], symbols: Collection[str], today: dt.date, where: str, found: Read
) -> dict[str, Any] | None:
    said = {name.strip(): str(value or "").strip() for name, value in line.items() if isinstance(name, str)}
    if not any(said.values()):
        return None
    row: dict[str, Any] = {ours: said.get(theirs, "") for theirs, ours in COLUMNS.items()}
    wrong: list[str] = []
    says = found.says
    row["category"] = _category(said["category_nl"])
    if not row["category"]:
        wrong.append(says["category"].format(written=said["category_nl"]))
    if not row["name"]:
        wrong.append(says["name"])
    if row["postcode"] and not POSTCODE.match(row["postcode"]):
        wrong.append(says["postcode"].format(written=row["postcode"]))
    row["lat"], row["lon"] = _pin(said, wrong, says)
    row["last_checked"] = _checked(said.get("last_checked", ""), today, wrong, says)
    row["tags"] = _tags(said.get("tags", ""), wrong, says)
    if row["picture"] and row["picture"] not in symbols:
        wrong.append(says["picture"].format(written=row["picture"]))
    if wrong:
        who = ", ".join(part for part in (where, row["name"]) if part)
        found.wrong.append(f"{who}{': ' if who else ''}{'; '.join(wrong)}.")
        return None
    if not row["street"] and not row["place"] and row["lat"] is None:
        found.thin.append(says["street"].format(row=where, name=row["name"]))
    return row


def _category(written: str) -> str:
    plain = " ".join(written.casefold().replace("-", " ").split())
    return next((ours for begin, ours in CATEGORIES.items() if plain.startswith(begin)), "")


def _tags(written: str, wrong: list[str], says: Mapping[str, str]) -> str:
    found = []
    for part in filter(None, (part.strip() for part in re.split(r"[,;/|+]", written))):
        plain = part.casefold()
        tag = next((ours for begin, ours in TAGS.items() if plain.startswith(begin) or plain == ours), None)
        if tag is None:
            wrong.append(says["tag"].format(written=part))
        else:
            found.append(tag)
    return " ".join(dict.fromkeys(found))


def _pin(said: Mapping[str, str], wrong: list[str], says: Mapping[str, str]) -> tuple[float | None, float | None]:
    written = [said.get(name, "").replace(",", ".") for name in ("lat", "lon")]
    if not any(written):
        return None, None
    try:
        lat, lon = (float(part) for part in written)
    except ValueError:
        wrong.append(says["pin"])
        return None, None
    if not (BELGIUM[0][0] <= lat <= BELGIUM[0][1] and BELGIUM[1][0] <= lon <= BELGIUM[1][1]):
        wrong.append(says["abroad"].format(lat=lat, lon=lon))
    return lat, lon


def _checked(written: str, today: dt.date, wrong: list[str], says: Mapping[str, str]) -> dt.date | None:
    if not written:
        return None
    try:
        turned = DAY.match(written)
        day = dt.date(*(int(n) for n in reversed(turned.groups()))) if turned else dt.date.fromisoformat(written)
    except ValueError:
        wrong.append(says["day"].format(written=written))
        return None
    if day > today:
        wrong.append(says["future"].format(written=written))
    return day
