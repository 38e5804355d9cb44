"""What a group filled in for the answers: addresses, hours, names, amounts. An amount may end: "45 euro|2027-08-31"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from bot.flow.model import Topic

UNTIL = "|"
YES_NO = ("ja", "nee", "yes", "no", "true", "false")  # they steer an answer, and say nothing by themselves


def lines(topic: Topic, filled: Mapping[str, Any], today: dt.date) -> list[str]:
    """The values for this answer, in the order of its fields; without what is empty or over."""
    found = [value(str(filled.get(name) or ""), today) for name in topic.local]
    return [line for line in found if line and line.lower() not in YES_NO]


def value(written: str, today: dt.date) -> str:
    """The value as it is shown; nothing when its last day has passed or cannot be read."""
    said, bar, until = written.rpartition(UNTIL)
    if not bar:
        return written.strip()
    try:
        return said.strip() if dt.date.fromisoformat(until.strip()) >= today else ""
    except ValueError:
        return ""


def fields(topics: Iterable[Topic]) -> dict[str, list[str]]:
    """Every field there is → the topics that show it."""
    found: dict[str, list[str]] = {}
    for topic in topics:
        for name in topic.local:
            found.setdefault(name, []).append(topic.id)
    return found


def checked(name: str, written: str, topics: Iterable[Topic]) -> str:
    """What is to be kept. ValueError says in a sentence what to mend: an unknown field, or a last day that is none."""
    known = fields(topics)
    if name not in known:
        near = [field for field in known if name.split("_")[0] in field]
        raise ValueError(
            f"There is no field “{name}”. Like it: {', '.join(sorted(near)) or 'see stapsteen group fields'}."
        )
    said, bar, until = written.rpartition(UNTIL)
    if bar:
        try:
            dt.date.fromisoformat(until.strip())
        except ValueError:
            raise ValueError(f"After {UNTIL} stands the last day it is true, like 45 euro|2027-08-31.") from None
        if not said.strip():
            raise ValueError("Before the last day stands what is to be shown.")
    return written.strip()


def missing(topics: Iterable[Topic], filled: Mapping[str, Any], today: dt.date) -> list[str]:
    """A line for each topic with fields that are empty or over, those first whose answer needs them."""
    rows = []
    for topic in topics:
        empty = [name for name in topic.local if not value(str(filled.get(name) or ""), today)]
        bare = topic.needs and len(empty) == len(topic.local)
        if empty:
            rows.append((not bare, f"{'!' if bare else ' '} {topic.id}: {', '.join(empty)}"))
    return [line for _, line in sorted(rows, key=lambda row: row[0])]
