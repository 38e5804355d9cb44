"""The sender's one transaction: write back what finished, then claim what is due.

A claim is a conditional UPDATE; a claimed row is `sending` until its lease ends. States: open → sending → sent | failed | cancelled.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    and_,
    bindparam,
    case,
    delete,
    exists,
    literal_column,
    or_,
    select,
    update,
)

from bot.db.models import Delivery, FileId, Instant, Mother, Staff
from bot.db.notes import insert
from bot.db.session import Session
from bot.workers.life import LEASE

NEVER_ENDING = 4  # so often a process ended in the middle of sending it
LATE = "It came too late to be useful."


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours to send now."""

    id: int
    chat_id: int
    token: str
    tries: int
    unknown: int
    utterance: dict[str, Any]
    expires_at: dt.datetime | None
    about: str | None = None


FileKey = tuple[str, str]  # sha256, kind


@dataclass(frozen=True)
class Outcome:
    """How it went with one claimed delivery. `pause`: open again, and due after so many seconds."""

    id: int
    chat_id: int
    state: Literal["sent", "open", "failed"]
    pause: float = 0.0
    why: str | None = None
    message_id: int | None = None
    unknown: int = 0
    told: Literal["", "wait", "stop", "move", "later"] = ""  # told so by Telegram, or our store: no try
    gone: bool = False
    moved_to: int | None = None
    learnt: tuple[FileKey, str] | None = None
    forgotten: FileKey | None = None
    farewell: bool = False  # said to somebody whom we forgot: its row goes, too


def _is(column: Any, *states: str) -> ColumnElement[bool]:
    """Written out and not bound: only then does the database see that its partial index fits."""
    condition: ColumnElement[bool] = column.in_([literal_column(f"'{state}'") for state in states])
    return condition


async def claim(session: Session, who: str, now: dt.datetime, number: int, resting: list[int]) -> list[Claimed]:
    """Up to `number` due deliveries, at most one for each chat and only when nothing of that chat comes before it.

    1. Replies before reminders before announcements, then by due time.
    2. In one chat strictly by priority and number: what is being sent, or waits for its next try, holds up the rest.
    3. A row whose lease has ended (its process was killed) is taken over and counted as of unknown outcome.
    4. What came too late, or never came to an end, is closed at once and not returned.
    """
    if number <= 0:
        return []
    said = {"now": now, "lease": now + LEASE, "who": who, "number": number, "resting": resting}
    found = sorted((await session.execute(_take(bool(resting)), said)).all(), key=lambda r: (r.priority, r.id))
    rows = [Claimed(*r[:-1]) for r in found]
    dead = [r for r in rows if r.unknown >= NEVER_ENDING or (r.expires_at is not None and r.expires_at <= now)]
    await _close(session, dead, now)
    return [r for r in rows if r not in dead]


@cache
def _take(some_rest: bool) -> Any:
    """The claim as one statement, made once: making it anew costs more than running it."""
    table: Any = Delivery.__table__
    row = table.alias("row").c
    now, who = bindparam("now", type_=Instant()), bindparam("who", type_=String())
    mine_to_take = or_(
        _is(row.state, "open"), row.worker.is_distinct_from(who)
    )  # ours in flight never end by the clock
    pick = select(row.id).where(_is(row.state, "open", "sending"), row.due_at <= now, mine_to_take)
    pick = pick.where(~_held_up(row, table.alias("other").c, now))
    if some_rest:
        pick = pick.where(row.chat_id.not_in(bindparam("resting", expanding=True)))
    pick = pick.order_by(row.priority, row.due_at, row.id).limit(bindparam("number", type_=Integer()))
    column = table.c
    return (
        update(table)
        .where(column.id.in_(pick.with_for_update(skip_locked=True)))
        .values(
            state="sending",
            due_at=bindparam("lease"),
            tries=column.tries + 1,
            unknown=column.unknown + case((_is(column.state, "sending"), 1), else_=0),
            worker=who,
        )
        .returning(*(column[name] for name in Claimed.__dataclass_fields__), column.priority)
    )


def _held_up(row: Any, other: Any, now: Any) -> Any:
    """Whether something else of the same chat is being sent, or comes before this one and is due or waits for its next try."""
    before = or_(other.priority < row.priority, and_(other.priority == row.priority, other.id < row.id))
    sending = and_(_is(other.state, "sending"), or_(_is(row.state, "open"), other.due_at > now, other.id < row.id))
    waiting = and_(_is(row.state, "open"), before, or_(other.due_at <= now, other.tries > 0))
    same_chat = and_(other.chat_id == row.chat_id, other.id != row.id, _is(other.state, "open", "sending"))
    return exists().where(same_chat, or_(sending, waiting))


async def _close(session: Session, dead: list[Claimed], now: dt.datetime) -> None:
    for row in dead:
        late = row.expires_at is not None and row.expires_at <= now
        said = (
            {"state": "cancelled", "error": LATE} if late else {"state": "failed", "error": "It never came to an end."}
        )
        await session.execute(update(Delivery).where(Delivery.id == row.id).values(worker=None, **said))


async def not_in_hand(session: Session, who: str, in_hand: list[int], now: dt.datetime) -> None:
    """Opens again what the table says we are sending and we are not: a commit that failed may have been one after all."""
    ours = (Delivery.worker == who, _is(Delivery.state, "sending"), Delivery.id.not_in(in_hand))
    opened = update(Delivery).where(*ours).values(state="open", worker=None, due_at=now)
    await session.execute(opened.execution_options(synchronize_session=False))


# ---------------------------------------------------------------- writing back


async def write_back(session: Session, who: str, now: dt.datetime, bot_id: int, done: list[Outcome]) -> list[int]:
    """Note how each went, only on rows that we still hold. Returns the ids of those that will never be sent now."""
    await _note_sent(session, who, now, [o for o in done if o.state == "sent"])
    lost: list[int] = []
    over = [o.id for o in done if o.farewell and o.state != "open"]
    for outcome in done:
        if outcome.state != "sent":
            await _note_unsent(session, who, now, outcome)
        if outcome.state == "failed":
            lost.append(outcome.id)
        if outcome.gone:
            lost += await _note_gone(session, now, outcome.chat_id)
        if outcome.moved_to is not None:
            await _follow(session, outcome.chat_id, outcome.moved_to)
        if outcome.learnt or outcome.forgotten:
            await _note_file(session, bot_id, outcome)
    if over:
        await session.execute(delete(Delivery).where(Delivery.id.in_(over), Delivery.state != "sending"))
    return lost


async def _note_sent(session: Session, who: str, now: dt.datetime, sent: list[Outcome]) -> None:
    if sent:
        connection = await session.connection()
        said = {"who": who, "now": now}
        rows = [{"row": o.id, "message": o.message_id, "unknowns": o.unknown, **said} for o in sent]
        await connection.execute(_sent(), rows)


@cache
def _sent() -> Any:
    """Made once, like the claim."""
    table: Any = Delivery.__table__
    given = {
        "state": "sent",
        "sent_at": bindparam("now", type_=Instant()),
        "worker": None,
        "error": None,
        "message_id": bindparam("message"),
        "unknown": table.c.unknown + bindparam("unknowns"),
    }
    ours = (table.c.id == bindparam("row"), table.c.worker == bindparam("who"), _is(table.c.state, "sending"))
    return update(table).where(*ours).values(given)


async def _note_unsent(session: Session, who: str, now: dt.datetime, o: Outcome) -> None:
    await session.execute(
        update(Delivery)
        .where(Delivery.id == o.id, Delivery.worker == who, Delivery.state == "sending")
        .values(
            state=o.state,
            due_at=now + dt.timedelta(seconds=o.pause),
            error=o.why,
            worker=None,
            unknown=Delivery.unknown + o.unknown,
            # never back to 0: a row that was tried holds up what comes after it in its chat
            tries=case((Delivery.tries > 1, Delivery.tries - 1), else_=1) if o.told else Delivery.tries,
        )
        .execution_options(synchronize_session=False)
    )


async def _note_gone(session: Session, now: dt.datetime, chat_id: int) -> list[int]:
    """She blocked the bot or left: mark her, and cancel what was still to be said to her."""
    await session.execute(
        update(Mother).where(Mother.chat_id == chat_id, Mother.unreachable_at.is_(None)).values(unreachable_at=now)
    )
    cancelled = await session.scalars(
        update(Delivery)
        .where(Delivery.chat_id == chat_id, Delivery.state == "open")
        .values(state="cancelled", error="This person cannot be reached: the bot is blocked or the account is gone.")
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return list(cancelled)


async def _follow(session: Session, old: int, new: int) -> None:
    """The chat has another id now: everything of it moves along."""
    for table in (Delivery, Mother, Staff):
        await session.execute(
            update(table).where(table.chat_id == old).values(chat_id=new).execution_options(synchronize_session=False)
        )


async def _note_file(session: Session, bot_id: int, o: Outcome) -> None:
    if o.forgotten:
        sha256, kind = o.forgotten
        await session.execute(
            delete(FileId).where(FileId.bot_id == bot_id, FileId.sha256 == sha256, FileId.kind == kind)
        )
    if o.learnt:
        (sha256, kind), file_id = o.learnt
        row = insert(session, FileId).values(bot_id=bot_id, sha256=sha256, kind=kind, file_id=file_id)
        await session.execute(
            row.on_conflict_do_update(index_elements=["bot_id", "sha256", "kind"], set_={"file_id": file_id})
        )
