"""Off the waiting list: she belongs to the group, and hears that in her language."""

from __future__ import annotations

import datetime as dt

from bot.care import deeds, groups, memberships
from bot.care.content import Content
from bot.db.models import Mother, Staff
from bot.db.session import Session
from bot.flow.model import Say


async def admit(
    session: Session, content: Content, mother: Mother, now: dt.datetime, key: str, by: Staff | None = None
) -> bool:
    """Admits and tells her, in one transaction; not in her quiet hours. key: what makes this telling its own. False when she is not waiting."""
    if not await groups.admit(session, mother, now):
        return False
    await deeds.note(session, "admitted", mother, now, by)
    await memberships.say(session, content, mother, Say("announcement.admitted"), f"admitted:{mother.id}:{key}", now)
    return True
