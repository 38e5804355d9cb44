"""What stands about a mother with her colleagues of the house, taken away: rows, what they began to answer, and messages in their Telegram."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from bot.care import outbox
from bot.db.models import Announcement, Arrival, Delivery, Mother, QuestionPart, Staff
from bot.db.session import Session
from bot.messages import Utterance

OVER = ("sent", "failed", "cancelled")
UNSAY = "unsay"  # about what: a message to take back; its row goes once that is done
LATER = 2  # nobody waits for a message to go away


async def unsay(session: Session, told: Iterable[Delivery], now: dt.datetime) -> int:
    """Has these messages taken back: deleted, or emptied where Telegram lets nobody delete any more; how many.

    The rows that order it know a colleague's chat and the number of a message, and nothing of her.
    """
    count = 0
    for row in told:
        if row.state != "sent" or row.message_id is None:
            continue
        kind = str(row.utterance.get("kind", "text"))
        order = Utterance(kind="unsay", text=kind, reply_to=row.message_id)
        key = f"unsay:{row.chat_id}:{row.message_id}"
        count += (
            await outbox.put(session, row.chat_id, order, key=key, now=now, priority=LATER, about=UNSAY) is not None
        )
    return count


async def forget(session: Session, mother: Mother, questions: list[int], now: dt.datetime) -> None:
    """Her name and words in staff chats: what was shown to them, and replies that quote it. Colleagues' other work stays."""
    about = Delivery.about.in_(("question", "answer")) & Delivery.about_id.in_(questions)
    in_their_chats = Delivery.chat_id != mother.chat_id
    await unsay(session, await session.scalars(select(Delivery).where(about, in_their_chats)), now)
    await _delete(session, Delivery, about)
    named = _named(mother)
    chats = list(await session.scalars(select(Staff.chat_id).where(Staff.chat_id.is_not(None))))
    if named is None or not chats:
        return
    told = select(Delivery).where(Delivery.chat_id.in_(chats), Delivery.state.in_(OVER))
    for row in await session.scalars(told.where(Delivery.created_at >= mother.created_at)):
        if row.about not in ("question", UNSAY) and named.search(json.dumps(row.utterance, ensure_ascii=False)):
            await unsay(session, [row], now)
            await _delete(session, Delivery, Delivery.id == row.id)
            session.expunge(row)
    came = select(Arrival).where(Arrival.chat_id.in_(chats), Arrival.handled_at.is_not(None))
    for arrival in await session.scalars(came.where(Arrival.received_at >= mother.created_at)):
        if named.search(json.dumps(arrival.raw, ensure_ascii=False)):
            arrival.raw = {}


async def begun(session: Session, mother: Mother, questions: list[int]) -> list[int]:
    """Forgets what colleagues wanted to answer her and did not send yet; the recordings among it."""
    named, lost = _named(mother), []
    for person in await session.scalars(select(Staff)):
        kept = person.place.get("kept") or {}
        hers = set(questions) & set(kept.get("questions", []))
        if hers or (named and named.search(str(kept.get("text", "")))):
            person.place = {}
            lost += [kept["media"]] if kept.get("media") else []
    await session.flush()
    elsewhere = [QuestionPart.media_id, Announcement.media_id]
    used = {found for column in elsewhere for found in await session.scalars(select(column).where(column.in_(lost)))}
    return [media for media in lost if media not in used]


def _named(mother: Mother) -> re.Pattern[str] | None:
    """Her first name as a word of its own."""
    return re.compile(rf"(?<!\w){re.escape(mother.first_name)}(?!\w)") if mother.first_name else None


async def _delete(session: Session, table: Any, which: ColumnElement[bool]) -> None:
    await session.execute(delete(table).where(which).execution_options(synchronize_session=False))
