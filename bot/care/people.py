"""What is done about people now and then: is she staying, what does her partner hear, and the week in numbers."""

from __future__ import annotations

import datetime as dt

from bot.care import deeds, digest, memberships, partner_events
from bot.care.content import Content
from bot.db.session import Session


async def one(session: Session, content: Content, now: dt.datetime) -> bool:
    """One thing that is due. True: come again. False: nothing is due."""
    if await memberships.ask_one(session, content, now) or await partner_events.tell_one(session, content, now):
        return True
    if await digest.send_one(session, content, now):
        return True
    await deeds.sweep(session, now)
    return False
