"""Mothers: found by their chat, or enrolled with nothing but a language to come and a place in the welcome."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select

from bot.db.models import Mother
from bot.db.session import Session
from bot.messages import Heard

CONSENT = "2026-11"  # which words she agreed to: flows/welcome.yaml, step consent


async def by_chat(session: Session, chat_id: int) -> Mother | None:
    """The mother of this chat."""
    found: Mother | None = await session.scalar(_of_chat(), {"chat_id": chat_id})
    return found


@cache
def _of_chat() -> Any:
    """Made once: making a statement anew costs more than running it."""
    return select(Mother).where(Mother.chat_id == bindparam("chat_id"))


async def find_or_enrol(session: Session, chat_id: int, now: dt.datetime) -> Mother:
    """Her row; a new one knows neither her name nor her words until she agrees. Whoever speaks is reachable again."""
    mother = await by_chat(session, chat_id)
    if mother is None:
        mother = Mother(chat_id=chat_id, status="new", first_name="", place={}, said={}, created_at=now)
        session.add(mother)
        mother.last_heard_at = now
        await session.flush()
    mother.last_heard_at = now
    mother.unreachable_at = None
    return mother


async def consent(session: Session, mother: Mother, heard: Heard, now: dt.datetime) -> None:
    """She agreed: from now on her first name and her words may be kept."""
    mother.first_name = heard.first_name.strip()[:60]
    mother.consented_at = mother.consented_at or now
    mother.consent_version = CONSENT
    mother.status = "member" if mother.status in ("new", "stopped") else mother.status
    await session.flush()


async def blocked(session: Session, chat_id: int, now: dt.datetime) -> None:
    """She closed the door: nothing more is sent until she opens it."""
    mother = await by_chat(session, chat_id)
    if mother is not None:
        mother.unreachable_at = mother.unreachable_at or now


async def unblocked(session: Session, chat_id: int) -> None:
    """She opened the door again."""
    mother = await by_chat(session, chat_id)
    if mother is not None:
        mother.unreachable_at = None
