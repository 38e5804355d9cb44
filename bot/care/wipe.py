"""What would give her away if somebody looked into her telephone: an answer about violence, taken off it with one tap."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from bot.care import outbox
from bot.care.at_staff import UNSAY
from bot.care.turn import Effect, Outcome, Turn
from bot.db.models import Arrival, Delivery
from bot.flow.model import Slots
from bot.messages import Utterance

LASTS = dt.timedelta(hours=47)  # Telegram lets a bot delete for 48 hours, her own words as well as ours


async def wipe(turn: Turn, args: Slots) -> Outcome:
    """Deletes the answer `args["wipe"]` from her telephone, with the cards and numbers beside it and the words she typed for it.

    1. Find every time this answer was said to her, by its buttons. 2. Have all that was said in the same breath deleted, and what
    she had typed. 3. Empty our rows too, and forget what would be repeated. A question to the coordinators stays with them.
    """
    here = f"faq.{args.get('wipe')}"
    sent = select(Delivery).where(Delivery.chat_id == turn.heard.chat_id, Delivery.state == "sent")
    rows = list(await turn.session.scalars(sent.where(Delivery.sent_at > turn.now - LASTS)))
    breaths = {_breath(row) for row in rows if _says(row, here)}
    for row in rows:
        if _breath(row) in breaths:
            await _gone(turn, row.message_id, str(row.utterance.get("kind", "text")))
            row.utterance = {"kind": "text", "text": ""}
    numbers = [int(breath.split(":")[1]) for breath in breaths if breath.startswith("arrival:")]
    hers = select(Arrival).where(Arrival.id.in_(numbers), Arrival.received_at > turn.now - LASTS)
    for arrival in await turn.session.scalars(hers):
        message: dict[str, Any] = arrival.raw.get("message") or {}
        if message.get("text") or message.get("voice"):
            await _gone(turn, message.get("message_id"), "text")
            arrival.raw = {}
    turn.mother.said = {}
    return Outcome("ok", {"wipe": "", "topic": "", "words": "", "topics": []})


def _breath(row: Delivery) -> str:
    """What was said together has a key that differs in its last number."""
    return row.unique_key.rpartition(":")[0]


def _says(row: Delivery, step: str) -> bool:
    buttons = [button for line in row.utterance.get("buttons") or [] for button in line]
    return any(f"{b['to'].get('flow')}.{b['to'].get('step')}" == step for b in buttons if b.get("to"))


async def _gone(turn: Turn, message_id: int | None, kind: str) -> None:
    """At once, before anything else is said to her."""
    if message_id is not None:
        chat, order = turn.heard.chat_id, Utterance(kind="unsay", text=kind, reply_to=message_id)
        await outbox.put(turn.session, chat, order, key=f"unsay:{chat}:{message_id}", now=turn.now, about=UNSAY)


STEPS: dict[str, Effect] = {"wipe": wipe}
