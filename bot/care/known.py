"""What we know of a mother, told to her: in words at once, and as a page that she can keep or show to somebody."""

from __future__ import annotations

import datetime as dt
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, func, or_, select

from bot.clock import local
from bot.db.models import Base, Group, Mother, Question, Rsvp
from bot.db.session import Session

Row = dict[str, Any]
SECRET = {"token", "unique_key", "worker", "code_hash", "secret_hash", "sha256", "file_unique_id", "chat_hash"}
TITLES = {
    "mothers": "Wie je bent voor de bot", "rsvps": "Of je komt naar een bijeenkomst", "reminders": "Herinneringen aan jou",
    "questions": "Je vragen", "question_parts": "Wat je vroeg en wat we antwoordden", "media": "Opnames en foto’s",
    "memberships": "Je plaats in de groep", "partners": "Wie jij erbij liet", "deeds": "Wat collega’s voor jou deden",
    "deliveries": "Wat de bot tegen jou zei", "arrivals": "Wat de bot van jou kreeg (kort bewaard)",
    "appointments": "Afspraken met jou", "votes": "Wat je koos bij een vraag aan de groep", "stones": "Je stapsteen",
    "stories": "Wat je over de groep vertelde", "event_answers": "Of je naar een uitstap of feest komt",
}  # fmt: skip
PAGE = """<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wat Stapsteen van {name} weet</title></head>
<body><h1>Wat Stapsteen van {name} weet</h1>
<p>Gemaakt op {when}. Dit is alles. De begeleiders van de groep zien het; niemand anders krijgt het.
Wil je dat alles gewist wordt? Kies in de bot “Stop en vergeet mij”.</p>
{tables}</body></html>
"""


@dataclass(frozen=True)
class Known:
    """The heart of what is kept of her, as it can be told in one breath."""

    first_name: str
    lang: str
    group: str | None
    questions: int
    answers: int  # how often she said whether she comes


async def known(session: Session, mother: Mother) -> Known:
    """What do you know about me?"""
    group = await session.get(Group, mother.group_id) if mother.group_id else None
    questions = await session.scalar(select(func.count()).where(Question.mother_id == mother.id))
    answers = await session.scalar(select(func.count()).where(Rsvp.mother_id == mother.id))
    name = group.name if group else None
    return Known(mother.first_name, mother.lang or "nl", name, questions or 0, answers or 0)


async def everything(session: Session, mother: Mother) -> dict[str, list[Row]]:
    """Every row of every table that is hers, by table; without the codes by which machines find them."""
    found: dict[str, list[Row]] = {}
    for table in Base.metadata.sorted_tables:
        which: list[ColumnElement[bool]] = [
            key.parent.in_(_ids(found, key.column.table.name)) for key in table.foreign_keys if _hers(key, found)
        ]
        if table.name == "mothers":
            which = [table.c.id == mother.id]
        if "chat_id" in table.c and table.name not in ("mothers", "staff"):
            which.append(table.c.chat_id == mother.chat_id)
        if not which:
            continue
        rows = (await session.execute(select(table).where(or_(*which)))).mappings().all()
        if rows:
            found[table.name] = [dict(row) for row in rows]
    return {name: [_told(table_of(name), row) for row in rows] for name, rows in found.items()}


def table_of(name: str) -> Table:
    """The table of this name."""
    return Base.metadata.tables[name]


def page(name: str, found: dict[str, list[Row]], now: dt.datetime) -> str:
    """All of it as one HTML page, without scripts, pictures or addresses elsewhere."""
    tables = "\n".join(_table(TITLES.get(table, table), rows) for table, rows in found.items())
    when = local(now).strftime("%d/%m/%Y %H:%M")
    return PAGE.format(name=html.escape(name or "jou"), when=when, tables=tables)


def _hers(key: Any, found: dict[str, list[Row]]) -> bool:
    """Whether a row that points here belongs to her: it points at her, or cannot be without a row of hers."""
    target = key.column.table.name
    owns = target == "mothers" or not key.parent.nullable or key.ondelete == "CASCADE"
    return target in found and owns and target not in ("groups", "staff")


def _ids(found: dict[str, list[Row]], table: str) -> list[Any]:
    return [row["id"] for row in found[table] if "id" in row]


def _told(table: Table, row: Row) -> Row:
    return {name: value for name, value in row.items() if _telling(table.c[name]) and value not in (None, "", {}, [])}


def _telling(column: Column[Any]) -> bool:
    return column.name not in SECRET and not (column.foreign_keys and column.name.endswith("_id"))


def _table(title: str, rows: Sequence[Row]) -> str:
    items = "\n".join(
        "<li>"
        + "<br>".join(f"{html.escape(name)}: {html.escape(_value(value))}" for name, value in row.items())
        + "</li>"
        for row in rows
    )
    return f"<h2>{html.escape(title)} ({len(rows)})</h2>\n<ol>\n{items}\n</ol>"


def _value(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return local(value).strftime("%d/%m/%Y %H:%M")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)
