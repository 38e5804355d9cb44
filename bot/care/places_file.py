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
OTHERS = ("category_nl", "lat", "lon", "last_checked")
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


@dataclass
class Read:
    """The rows that are good, and a sentence for each that is not (`wrong`) or is good but thin (`thin`)."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    thin: list[str] = field(default_factory=list)


def read(text: str, symbols: Collection[str], today: dt.date) -> Read:
    """The places in this file; commas or semicolons, first line the names of the columns. ValueError: it is no such file."""
    try:
        return _read(text, symbols, today)
    except csv.Error as fault:
        raise ValueError(f"This is no list that can be read: {fault}.") from None


def _read(text: str, symbols: Collection[str], today: dt.date) -> Read:
    found = Read()
    first = text.splitlines()[0] if text.strip() else ""
    table = csv.DictReader(
        io.StringIO(text.lstrip("\ufeff")), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    names = [name.strip() for name in table.fieldnames or []]
    lacking = [name for name in ("category_nl", "name") if name not in names]
    if lacking:
        found.wrong.append(f"The first line has to name the columns {' and '.join(lacking)}.")
        return found
    found.thin += [
        f"The column “{name}” is not known and is left out." for name in names if name not in (*COLUMNS, *OTHERS)
    ]
    seen: dict[tuple[str, ...], int] = {}
    for line in table:
        number = table.line_num
        row = _row(line, symbols, today, f"Row {number}", found)
        if row is None:
            continue
        same = tuple(str(row[name]).casefold() for name in ("category", "name", "street", "number"))
        if same in seen:
            found.wrong.append(f"Row {number}: “{row['name']}” stands at the same address in row {seen[same]}.")
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
    wrong = []
    row["category"] = _category(said["category_nl"])
    if not row["category"]:
        wrong.append(f"the category “{said['category_nl']}” is not known")
    if not row["name"]:
        wrong.append("there is no name")
    if row["postcode"] and not POSTCODE.match(row["postcode"]):
        wrong.append(f"“{row['postcode']}” is no Belgian postcode")
    row["lat"], row["lon"] = _pin(said, wrong)
    row["last_checked"] = _checked(said.get("last_checked", ""), today, wrong)
    if row["picture"] and row["picture"] not in symbols:
        wrong.append(f"there is no picture called “{row['picture']}”")
    if wrong:
        found.wrong.append(f"{where}{', ' + row['name'] if row['name'] else ''}: {'; '.join(wrong)}.")
        return None
    if not row["street"] and not row["place"] and row["lat"] is None:
        found.thin.append(f"{where}, {row['name']}: there is no street; only the name and the town are shown.")
    return row


def _category(written: str) -> str:
    plain = " ".join(written.casefold().replace("-", " ").split())
    return next((ours for begin, ours in CATEGORIES.items() if plain.startswith(begin)), "")


def _pin(said: Mapping[str, str], wrong: list[str]) -> tuple[float | None, float | None]:
    written = [said.get(name, "").replace(",", ".") for name in ("lat", "lon")]
    if not any(written):
        return None, None
    try:
        lat, lon = (float(part) for part in written)
    except ValueError:
        wrong.append("lat and lon have to be two numbers, like 50.8580 and 4.3300")
        return None, None
    if not (BELGIUM[0][0] <= lat <= BELGIUM[0][1] and BELGIUM[1][0] <= lon <= BELGIUM[1][1]):
        wrong.append(f"{lat}, {lon} does not lie in Belgium (lat and lon swapped?)")
    return lat, lon


def _checked(written: str, today: dt.date, wrong: list[str]) -> dt.date | None:
    if not written:
        return None
    try:
        turned = DAY.match(written)
        day = dt.date(*(int(n) for n in reversed(turned.groups()))) if turned else dt.date.fromisoformat(written)
    except ValueError:
        wrong.append(f"last_checked is a day like 2026-11-22, not “{written}”")
        return None
    if day > today:
        wrong.append(f"last_checked lies in the future: {written}")
    return day
