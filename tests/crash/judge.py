"""The judge: compares what people did and saw (the sandbox's record) with what the house wrote down (plain SQL, none of its code).

Lost: an arrival that was never written down or never handled, a delivery that says "sent" and is on no telephone, or is still
waiting at the end. A tap that nobody fetched within 150 s was dropped by Telegram itself: it is counted apart. Repeated: on the telephone more often than it was noted; each must be counted in `unknown`. Out of order: in
one chat and one priority, a later delivery got an earlier message number. What two transactions of different people wrote side by side
for one colleague has no order: PostgreSQL numbers rows when they are written, and the one with the higher number may be committed first.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.clock import Clock
from tests.crash.box import Box

AT_ONCE = dt.timedelta(seconds=30)  # so long PostgreSQL lets a transaction rest (bot/db/session.py)


@dataclass
class Jump:
    """From `began` until `ended`, both really, a machine's clock was ahead by so much."""

    began: dt.datetime
    ended: dt.datetime
    ahead: dt.timedelta


@dataclass
class Said:
    """What people did: the numbers of their updates, and the words of every question."""

    updates: dict[int, int] = field(default_factory=dict)  # update_id → chat
    questions: set[str] = field(default_factory=set)
    voices: Counter[int] = field(default_factory=Counter)  # chat → voice notes sent as a question
    jumps: list[Jump] = field(default_factory=list)
    rested: dt.datetime = field(default_factory=Clock().now)  # what was due before then should be done


def overdue(rested: dt.datetime) -> str:
    """SQL: whether this reminder should have been said by then, and could still be."""
    moment = f"'{rested:%Y-%m-%d %H:%M:%S}+00'"
    return f"state = 'waiting' AND due_at < {moment} AND expires_at > {moment}"


@dataclass
class Verdict:
    """What it came to. Everything in `faults` is a reason to fail."""

    arrivals: int = 0
    dropped: int = 0  # taps that Telegram itself dropped
    parked: int = 0
    sent: int = 0
    visibly_not_sent: int = 0
    lost: int = 0
    repeated: int = 0
    counted: int = 0
    out_of_order: int = 0
    reminders: int = 0
    reminders_stale: int = 0
    reminders_missing: int = 0
    questions: int = 0
    questions_missing: int = 0
    faults: list[str] = field(default_factory=list)

    def blame(self, what: str, rows: Any) -> int:
        """Notes a reason to fail, with a few examples; says how many there are."""
        rows = list(rows)
        if rows:
            self.faults.append(f"{len(rows)} {what}: {rows[:5]}")
        return len(rows)


class Records:
    """What the house wrote down, read once, at the end."""

    def __init__(self, **rows: list[Any]) -> None:
        self.arrivals, self.deliveries = rows["arrivals"], rows["deliveries"]
        self.reminders, self.parts, self.notes = rows["reminders"], rows["parts"], rows["notes"]
        self.colleagues = {row[0] for row in rows["colleagues"]}


async def records(database: str, rested: dt.datetime) -> Records:
    """All that is judged. `rested`: what was due before then should be done."""
    engine = create_async_engine(database)
    asked = {
        "arrivals": "SELECT update_id, chat_id, handled_at, parked_at, error FROM arrivals",
        "deliveries": "SELECT id, chat_id, priority, state, message_id, unknown, about, about_id, error,"
        " sent_at, expires_at, unique_key, created_at FROM deliveries ORDER BY id",
        "reminders": f"SELECT id, state, CASE WHEN {overdue(rested)} THEN 1 ELSE 0 END, mother_id, meeting_id, kind FROM reminders",
        "parts": "SELECT p.kind, p.text, m.chat_id FROM question_parts p JOIN questions q ON q.id = p.question_id"
        " JOIN mothers m ON m.id = q.mother_id WHERE p.by = 'mother'",
        "notes": "SELECT name, value FROM notes",
        "colleagues": "SELECT chat_id FROM staff",
    }
    async with engine.connect() as connection:
        found = {name: list(await connection.execute(text(query))) for name, query in asked.items()}
    await engine.dispose()
    return Records(**found)


async def judge(box: Box, database: str, said: Said) -> Verdict:
    """Call it when everything has come to rest."""
    verdict, kept = Verdict(), await records(database, said.rested)
    _arrivals(verdict, kept, said, await box.too_old())
    phones = {chat: await box.heard(chat) for chat in {row[1] for row in kept.deliveries}}
    _deliveries(verdict, kept, {chat: [m["id"] for m in seen] for chat, seen in phones.items()}, said.rested)
    _reminders(verdict, kept, said.jumps)
    _questions(verdict, kept, said)
    return verdict


def _arrivals(verdict: Verdict, kept: Records, said: Said, too_old: dict[int, str]) -> None:
    known = {row[0] for row in kept.arrivals}
    verdict.arrivals = len(said.updates)
    presses = {number for number, kind in too_old.items() if kind == "callback_query"}
    verdict.dropped = len(presses - known)
    missing = [(number, too_old.get(number, "")) for number in said.updates if number not in known | presses]
    waiting = [row[:2] for row in kept.arrivals if row[2] is None]
    verdict.lost += verdict.blame("arrivals were never written down", missing)
    verdict.lost += verdict.blame("arrivals were never handled", waiting)
    verdict.parked = sum(row[3] is not None for row in kept.arrivals)
    verdict.blame("arrivals were parked without a word why", [r[:2] for r in kept.arrivals if r[3] and not r[4]])


def _deliveries(verdict: Verdict, kept: Records, phones: dict[int, list[int]], rested: dt.datetime) -> None:
    noted, order = defaultdict(set), defaultdict(list)
    unknown: Counter[int] = Counter()
    for row in kept.deliveries:
        number, chat, priority, state, message = row[:5]
        unknown[chat] += row[5]
        if state == "sent" and message:
            noted[chat].add(message)
            order[chat, priority].append((number, message, row[11].rpartition(":")[0], _moment(row[12])))
    states = Counter(row[3] for row in kept.deliveries)
    verdict.sent, verdict.visibly_not_sent = states["sent"], states["failed"] + states["cancelled"]
    verdict.counted = sum(unknown.values())
    # a reminder that came due while the house was being stopped waits for its next start
    waits = [row for row in kept.deliveries if row[3] in ("open", "sending")]
    open_ones = [row[:5] for row in waits if _moment(row[12]) < rested]
    nowhere = [(chat, m) for chat, messages in noted.items() for m in messages if m not in set(phones[chat])]
    verdict.lost += verdict.blame("deliveries were never finished", open_ones)
    verdict.lost += verdict.blame("deliveries were noted as sent and are on no telephone", nowhere)
    verdict.blame(
        "deliveries failed without a word why", [r[0] for r in kept.deliveries if r[3] == "failed" and not r[8]]
    )
    extra = {chat: len(set(seen) - noted[chat]) for chat, seen in phones.items()}
    verdict.repeated = sum(extra.values())
    verdict.blame(
        "chats have more messages than can be explained",
        [(c, n, unknown[c]) for c, n in extra.items() if n > unknown[c]],
    )
    swapped = [
        (c, a[:3], b[:3])
        for (c, _), rows in order.items()
        for a, b in itertools.pairwise(rows)
        if a[1] > b[1] and not (c in kept.colleagues and _side_by_side(a, b))
    ]
    verdict.out_of_order = verdict.blame("deliveries overtook an earlier one", swapped)


def _side_by_side(a: tuple[int, int, str, dt.datetime], b: tuple[int, int, str, dt.datetime]) -> bool:
    """Said for different reasons, by transactions that may have stood side by side."""
    return a[2] != b[2] and abs(a[3] - b[3]) <= AT_ONCE


def _moment(value: Any) -> dt.datetime:
    """SQLite gives words, and neither says that it is UTC."""
    return dt.datetime.fromisoformat(str(value)).replace(tzinfo=dt.UTC)


def _late(sent: dt.datetime, useless: dt.datetime, jumps: list[Jump]) -> bool:
    """Whether it was really sent too late, and not only noted so by a clock that had jumped meanwhile."""
    if sent <= useless:
        return False
    real = [sent - jump.ahead for jump in jumps if jump.began <= sent - jump.ahead <= jump.ended]
    return not any(moment <= useless for moment in real)


def _reminders(verdict: Verdict, kept: Records, jumps: list[Jump]) -> None:
    said = defaultdict(set)
    for row in kept.deliveries:
        if row[6] == "reminder" and not row[11].startswith("again:"):
            said[row[7]].add(row[11])
    sent = [row for row in kept.deliveries if row[6] == "reminder" and row[3] == "sent" and row[9] and row[10]]
    stale = [row[0] for row in sent if _late(_moment(row[9]), _moment(row[10]), jumps)]
    verdict.reminders = sum(row[1] == "fired" for row in kept.reminders)
    verdict.reminders_stale = verdict.blame("reminders were said when they were stale", stale)
    missing = [row[0] for row in kept.reminders if row[2]]
    silent = [row[0] for row in kept.reminders if row[1] == "fired" and not said[row[0]]]
    verdict.reminders_missing = verdict.blame("reminders are overdue", missing) + verdict.blame("are silent", silent)
    twice = [key for key, n in Counter(tuple(row[3:]) for row in kept.reminders).items() if n > 1]
    verdict.blame("reminders stand there twice", twice)


def _questions(verdict: Verdict, kept: Records, said: Said) -> None:
    texts = {row[1] for row in kept.parts}
    voices = Counter(row[2] for row in kept.parts if row[0] == "voice")
    verdict.questions = len(said.questions) + sum(said.voices.values())
    missing: list[Any] = [words for words in said.questions if words not in texts]
    missing += [(chat, n, voices[chat]) for chat, n in said.voices.items() if voices[chat] != n]
    verdict.questions_missing = verdict.blame("questions are not in the inbox", missing)
