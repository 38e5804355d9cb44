"""“We think of you”: a picture and a voice for a mother who went quiet. Sent by a person, at most once in thirty days, never by itself."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, update

from bot.care import deeds, memberships
from bot.care.content import Content
from bot.care.tell import rows
from bot.db.models import Mother, Staff
from bot.db.people_models import Membership
from bot.db.session import Session
from bot.flow.model import Say

EVERY = dt.timedelta(days=30)
STEP = "stay.missed"


def why_not(mother: Mother, row: Membership | None, now: dt.datetime) -> str:
    """Why she is better left alone now, as a key for the page: "left", "blocked", "quiet", "lately"; empty when nothing is against it."""
    reasons = {
        "left": mother.status != "member",
        "blocked": mother.unreachable_at is not None,
        "quiet": mother.muted_until is not None and mother.muted_until > now,
        "lately": row is not None and row.missed_at is not None and row.missed_at > now - EVERY,
    }
    return next((why for why, true in reasons.items() if true), "")


async def send(session: Session, content: Content, mother: Mother, by: Staff, now: dt.datetime) -> str:
    """Says it to her, outside her quiet hours; empty, or why not (see `why_not`). Two colleagues at once: only one of them does."""
    row = await memberships.of(session, mother, now)
    if why := why_not(mother, row, now):
        return why
    free = or_(Membership.missed_at.is_(None), Membership.missed_at <= now - EVERY)
    claim = update(Membership).where(Membership.mother_id == mother.id, free).values(missed_at=now)
    if rows(await session.execute(claim)) == 0:
        return "lately"
    await memberships.say(session, content, mother, Say(STEP), f"missed:{mother.id}:{now.timestamp():.0f}", now)
    await deeds.note(session, "missed", mother, now, by)
    return ""
