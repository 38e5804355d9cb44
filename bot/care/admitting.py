"""Off the waiting list: she belongs to the group, and hears that in her language."""

from __future__ import annotations

import datetime as dt

from bot.care import deeds, groups, outbox, render
from bot.care.content import Content
from bot.db.models import Mother, Staff
from bot.db.session import Session
from bot.flow.model import Say


async def admit(
    session: Session, content: Content, mother: Mother, now: dt.datetime, key: str, by: Staff | None = None
) -> bool:
    """Admits and tells her, in one transaction. key: what makes this telling its own. False when she is not waiting."""
    if not await groups.admit(session, mother, now):
        return False
    await deeds.note(session, "admitted", mother, now, by)
    said = render.utterances(
        content, mother.lang or "nl", Say("announcement.admitted"), now, voice_lang=mother.voice_lang
    )
    for n, thing in enumerate(said):
        await outbox.put(
            session, mother.chat_id, thing, key=f"admitted:{mother.id}:{key}:{n}", now=now, mother_id=mother.id
        )
    return True
