"""The outbox: what is to be said, written down in the same transaction as the reason for saying it.

One row is one utterance to one chat and becomes exactly one Bot API call; `workers/sender.py` makes it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, bindparam, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from bot.db.models import Arrival, Delivery, Instant, Meeting, Mother, Reminder
from bot.db.session import Session, wake
from bot.messages import Button, Utterance, from_json, to_json

PUT = (
    "unique_key", "token", "chat_id", "mother_id", "priority", "due_at", "expires_at", "utterance", "about", "about_id", "created_at",
)  # fmt: skip
PRESSES_LAST = dt.timedelta(seconds=150)  # Telegram forgets an unread button press after this long
ASKED_LATELY = dt.timedelta(days=1)


async def put(
    session: Session,
    chat_id: int,
    utterance: Utterance,
    *,
    key: str,
    now: dt.datetime,
    priority: int = 0,
    due_at: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
    mother_id: int | None = None,
    about: str | None = None,
    about_id: int | None = None,
) -> Delivery | None:
    """Write down that this is to be said; None when something with this key was written down before.

    priority: 0 reply, 1 reminder, 2 announcement. Later than `expires_at` it is not said at all. The sender is woken by the commit.
    """
    row = reply(chat_id, utterance, key=key, now=now, expires_at=expires_at, mother_id=mother_id, about=about)
    row |= {"priority": priority, "due_at": due_at or now, "about_id": about_id}
    wake(session, "sender")
    delivery: Delivery | None = await session.scalar(_put_one(session.get_bind().dialect.name, due_at is None), row)
    return delivery


def reply(
    chat_id: int,
    utterance: Utterance,
    *,
    key: str,
    now: dt.datetime,
    expires_at: dt.datetime | None = None,
    mother_id: int | None = None,
    about: str | None = None,
) -> dict[str, Any]:
    """The row of something that is to be said at once, for `put_all`."""
    return {
        "unique_key": key,
        "token": secrets.token_urlsafe(9),
        "chat_id": chat_id,
        "mother_id": mother_id,
        "priority": 0,
        "due_at": now,
        "expires_at": expires_at,
        "utterance": to_json(utterance),
        "about": about,
        "about_id": None,
        "created_at": now,
    }


async def put_all(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write all of these `reply` rows down with one statement; one whose key is known is left as it is."""
    if rows:
        wake(session, "sender")
        connection = await session.connection()
        await connection.execute(_put(session.get_bind().dialect.name, True), rows)


@cache
def _put(database: str, at_once: bool) -> Any:
    """The INSERT, made once: making it anew costs more than running it."""
    table: Any = Delivery.__table__
    given: dict[str, Any] = {name: bindparam(name) for name in PUT}
    if at_once and database == "postgresql":
        # this machine's clock may run ahead of the database's, by which the sender goes: she must not wait for that
        given["due_at"] = func.least(bindparam("due_at", type_=Instant()), func.clock_timestamp())
    kind: Any = postgresql.insert if database == "postgresql" else sqlite.insert
    row = kind(table).values(state="open", tries=0, unknown=0, **given)
    return row.on_conflict_do_nothing(index_elements=["unique_key"])


@cache
def _put_one(database: str, at_once: bool) -> Any:
    table: Any = Delivery.__table__
    return select(Delivery).from_statement(_put(database, at_once).returning(*table.c))


async def button(session: Session, chat_id: int, data: str) -> tuple[Delivery, Button] | None:
    """The button that "<token>:<index>" stands for, if it was ever shown in this chat."""
    token, index = reference(data)
    delivery: Delivery | None = await session.scalar(_of_token(), {"token": token, "chat_id": chat_id})
    found = button_of(delivery.utterance, index) if delivery is not None else None
    return (delivery, found) if delivery is not None and found is not None else None


def reference(data: str) -> tuple[str, int]:
    """The token and the number of the button in what travelled with it; -1 when it is no number of a button."""
    token, _, index = data.partition(":")
    return token, int(index) if index.isascii() and index.isdigit() and len(index) < 4 else -1


def button_of(utterance: dict[str, Any], index: int) -> Button | None:
    """The button with this number of a stored utterance."""
    shown = [one for row in utterance.get("buttons", ()) for one in row]
    return from_json(Button, shown[index]) if 0 <= index < len(shown) else None


async def pressed(session: Session, chat_id: int, data: str, now: dt.datetime) -> None:
    """Note that a button of this delivery was pressed, so that it is not asked again after an outage."""
    token, _ = reference(data)
    connection = await session.connection()
    await connection.execute(_answered(), {"of_token": token, "of_chat": chat_id, "now": now})


async def pressed_in(session: Session, tapped: Mapping[int, str], now: dt.datetime) -> dict[int, dict[str, Any]]:
    """The same for several chats at once (chat → what travelled with the button); gives the utterance that each button stood under."""
    pairs = [(reference(data)[0], chat_id) for chat_id, data in tapped.items()]
    connection = await session.connection()
    said = {"tokens": [token for token, _ in pairs], "pairs": pairs, "now": now}
    return {row.chat_id: row.utterance for row in await connection.execute(_answered_in(), said)}


@cache
def _of_token() -> Any:
    return select(Delivery).where(Delivery.token == bindparam("token"), Delivery.chat_id == bindparam("chat_id"))


@cache
def _answered() -> Any:
    table: Any = Delivery.__table__
    shown = (table.c.token == bindparam("of_token"), table.c.chat_id == bindparam("of_chat"))
    return (
        update(table).where(*shown, table.c.answered_at.is_(None)).values(answered_at=bindparam("now", type_=Instant()))
    )


@cache
def _answered_in() -> Any:
    table: Any = Delivery.__table__
    first = func.coalesce(table.c.answered_at, bindparam("now", type_=Instant()))
    theirs = tuple_(table.c.token, table.c.chat_id).in_(bindparam("pairs", expanding=True))
    of_tokens = table.c.token.in_(bindparam("tokens", expanding=True))  # for which there is an index on both databases
    return (
        update(table).where(of_tokens, theirs).values(answered_at=first).returning(table.c.chat_id, table.c.utterance)
    )


async def by_message(session: Session, chat_id: int, message_id: int) -> Delivery | None:
    """The delivery that this message in this chat was."""
    found: Delivery | None = await session.scalar(
        select(Delivery).where(Delivery.chat_id == chat_id, Delivery.message_id == message_id).limit(1)
    )
    return found


async def cancel(session: Session, about: str, about_id: int, why: str = "cancelled") -> int:
    """Cancel what is not yet on its way about this thing; says how many."""
    result = await session.execute(
        update(Delivery)
        .where(Delivery.about == about, Delivery.about_id == about_id, Delivery.state == "open")
        .values(state="cancelled", error=why)
    )
    return result.rowcount if isinstance(result, CursorResult) else 0


async def cancel_replies(session: Session, chat_id: int, why: str) -> int:
    """Cancel replies in this chat that have not left: what she just chose makes them pointless. Reminders and the like go on."""
    result = await session.execute(
        update(Delivery)
        .where(Delivery.chat_id == chat_id, Delivery.state == "open", Delivery.unique_key.startswith("arrival:"))
        .values(state="cancelled", error=why)
    )
    return result.rowcount if isinstance(result, CursorResult) else 0


async def counts(session: Session, about: str, about_id: int) -> dict[str, int]:
    """How many deliveries about this thing are in which state."""
    rows = await session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.about == about, Delivery.about_id == about_id)
        .group_by(Delivery.state)
    )
    return {row[0]: row[1] for row in rows}


# ---------------------------------------------------------------- after an outage


async def ask_again(session: Session, outage_start: dt.datetime, now: dt.datetime) -> int:
    """Ask once more what may have been answered into the void; says how many utterances were written down.

    1. The newest asking delivery of each chat that was sent up to 150 s ago and before now.
    2. Left out: answered, asked again already, expired, about a meeting that is past or cancelled, she has moved on or stopped,
       or a press of hers has just come in and waits to be handled.
    3. The whole message is said again (its picture and its voice), each with the key "again:<delivery id>".
    """
    said = 0
    for asked in await _newest_asking(session, outage_start, now):
        if asked.unique_key.startswith("again:") or asked.answered_at or not await _still_asks(session, asked, now):
            continue
        for part in await _whole_message(session, asked):
            utterance = from_json(Utterance, part.utterance)
            again = await put(
                session,
                part.chat_id,
                utterance,
                key=f"again:{part.id}",
                now=now,
                priority=max(part.priority, 1),
                expires_at=part.expires_at,
                mother_id=part.mother_id,
                about=part.about,
                about_id=part.about_id,
            )
            said += again is not None
    return said


async def _newest_asking(session: Session, outage_start: dt.datetime, now: dt.datetime) -> list[Delivery]:
    asks: ColumnElement[bool] = Delivery.utterance["asks"].as_boolean().is_(True)
    newest = (
        select(func.max(Delivery.id))
        .where(Delivery.state == "sent", asks, Delivery.sent_at > outage_start - 14 * ASKED_LATELY)
        .where(Delivery.sent_at <= now - PRESSES_LAST)
        .group_by(Delivery.chat_id)
    )
    return list(await session.scalars(select(Delivery).where(Delivery.id.in_(newest)).order_by(Delivery.id)))


async def _still_asks(session: Session, asked: Delivery, now: dt.datetime) -> bool:
    if asked.expires_at is not None and asked.expires_at <= now:
        return False
    mother = await session.get(Mother, asked.mother_id) if asked.mother_id else None
    if mother is not None and (mother.status == "stopped" or mother.unreachable_at is not None):
        return False
    if await _press_waits(session, asked.chat_id):
        return False
    if asked.about in ("reminder", "meeting"):
        return await _meeting_comes(session, asked, now)
    return asked.sent_at is not None and asked.sent_at > now - ASKED_LATELY and not await _moved_on(session, asked)


async def _meeting_comes(session: Session, asked: Delivery, now: dt.datetime) -> bool:
    meeting = select(Meeting.id).where(Meeting.starts_at > now, Meeting.state == "planned")
    if asked.about == "reminder":
        meeting = meeting.join(Reminder, Reminder.meeting_id == Meeting.id).where(Reminder.id == asked.about_id)
    else:
        meeting = meeting.where(Meeting.id == asked.about_id)
    return await session.scalar(meeting.limit(1)) is not None


async def _moved_on(session: Session, asked: Delivery) -> bool:
    later = aliased(Delivery)
    return (
        await session.scalar(select(later.id).where(later.chat_id == asked.chat_id, later.id > asked.id).limit(1))
        is not None
    )


async def _press_waits(session: Session, chat_id: int) -> bool:
    waiting = await session.scalars(
        select(Arrival.raw).where(Arrival.chat_id == chat_id, Arrival.handled_at.is_(None)).limit(20)
    )
    return any("callback_query" in raw for raw in waiting)


async def _whole_message(session: Session, asked: Delivery) -> list[Delivery]:
    """The deliveries that were written down together with this one: their keys differ in the last number only."""
    stem = asked.unique_key.rpartition(":")[0]
    if not stem:
        return [asked]
    together = await session.scalars(
        select(Delivery)
        .where(Delivery.chat_id == asked.chat_id, Delivery.unique_key.startswith(stem + ":", autoescape=True))
        .order_by(Delivery.id)
    )
    return [d for d in together if d.unique_key.rpartition(":")[0] == stem and d.state == "sent"]
