"""Plain taps: of members, on buttons that were shown to them and only lead to something being said. Many in one transaction.

What `conversation` would do with each of them, in a handful of statements for all. Everything else is left to it: words and
files, codes, whoever is staff or has not agreed, and steps that do something.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import bindparam, exists, select

from bot.care import outbox
from bot.care.content import Content
from bot.care.conversation import language, meant
from bot.care.turn import Turn, place_of
from bot.db.models import Arrival, Mother, Staff
from bot.db.session import Session
from bot.flow.model import Say
from bot.messages import Heard
from bot.speech.phrases import DUTCH


async def answer(session: Session, tapped: Mapping[int, Heard], now: dt.datetime, *, content: Content) -> set[int]:
    """Answers those that are plain and gives the numbers of their arrivals. tapped: arrival → press, at most one of each chat.

    1. Who they are, and what their buttons mean: a statement each.
    2. Each turn is decided; nothing of one that does something is kept here.
    3. Where they stand now, and what is said to them: a statement each. Never commits.
    """
    mothers = {m.chat_id: m for m in await session.scalars(_members(), {"chats": [h.chat_id for h in tapped.values()]})}
    theirs = {number: heard for number, heard in tapped.items() if heard.private and heard.chat_id in mothers}
    if not theirs:
        return set()
    shown = await outbox.pressed_in(session, {heard.chat_id: heard.data for heard in theirs.values()}, now)
    turns = {}
    with session.no_autoflush:  # all rows change together at the end
        for number, heard in theirs.items():
            turn = _turn(session, content, number, heard, mothers[heard.chat_id], now)
            if await _said(turn, shown.get(heard.chat_id)):
                turns[number] = turn
    await outbox.put_all(session, [row for turn in turns.values() for row in turn.rows])
    return set(turns)


@cache
def _members() -> Any:
    staff = exists().where(Staff.chat_id == Mother.chat_id)
    agreed = (Mother.consented_at.is_not(None), Mother.status != "stopped")
    return select(Mother).where(Mother.chat_id.in_(bindparam("chats", expanding=True)), *agreed, ~staff)


def _turn(session: Session, content: Content, number: int, heard: Heard, mother: Mother, now: dt.datetime) -> Turn:
    turn = Turn(session, content, Arrival(id=number), heard, None, now, mother, place_of(mother), DUTCH)
    turn.lang = language(turn)
    return turn


async def _said(turn: Turn, utterance: dict[str, Any] | None) -> bool:
    """Says where the tap leads, and True; False, and nothing happened, when it leads to more than words."""
    button = outbox.button_of(utterance, outbox.reference(turn.heard.data)[1]) if utterance else None
    if button is None:
        return False
    step = meant(turn, button.to)
    says: Sequence[Say] = [effect for effect in step.effects if isinstance(effect, Say)]
    if len(says) < len(step.effects):
        return False
    turn.place = step.place
    for say in says:
        await turn.say(say)
    turn.keep()
    turn.mother.last_heard_at, turn.mother.unreachable_at = turn.now, None
    return True
