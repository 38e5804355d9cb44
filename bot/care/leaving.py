"""Out of the group and back, decided by a person: reminders stop, what she told stays until she comes back or is forgotten."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update

from bot.care import deeds, groups, hush, memberships, privacy, reminders, render
from bot.care.content import Content
from bot.care.outbox import put
from bot.care.turn import FAREWELL, FAREWELL_LASTS
from bot.db.models import Delivery, Mother, Staff
from bot.db.session import Session
from bot.flow.model import Say

LEFT, FORGOTTEN = "stay.left", "settings.forgotten"


async def stop(session: Session, content: Content, mother: Mother, by: Staff, now: dt.datetime) -> bool:
    """She is no longer in the group and hears that, kindly. False when she was not in it."""
    if mother.status not in ("member", "waiting"):
        return False
    was_member = mother.status == "member"
    mother.status = "stopped"
    await reminders.drop_mother(session, mother.id, "left")
    waiting = update(Delivery).where(Delivery.mother_id == mother.id, Delivery.state == "open", Delivery.priority > 0)
    await session.execute(waiting.values(state="cancelled", error="She left the group."))
    if was_member:
        await memberships.say(session, content, mother, Say(LEFT), f"left:{mother.id}:{now.timestamp():.0f}", now)
    await deeds.note(session, "stopped", mother, now, by)
    return True


async def back(session: Session, content: Content, mother: Mother, by: Staff, now: dt.datetime) -> bool:
    """She is in the group again, as if nothing had happened, and hears that. False when she had not left it."""
    if mother.status != "stopped" or mother.consented_at is None or not await groups.return_to(session, mother, now):
        return False
    said = Say("announcement.admitted")
    await memberships.say(session, content, mother, said, f"back:{mother.id}:{now.timestamp():.0f}", now)
    await deeds.note(session, "back", mother, now, by)
    return True


async def erase(session: Session, content: Content, mother: Mother, by: Staff, now: dt.datetime) -> None:
    """Forgets her because she asked a colleague to. She hears that everything is gone; of that message no row stays either."""
    chat, group_id, blocked = mother.chat_id, mother.group_id, mother.unreachable_at
    said = await hush.hushed(session, mother, render.utterances(content, mother.lang or "nl", Say(FORGOTTEN), now), now)
    await privacy.forget(session, mother, now)
    await deeds.erased(session, group_id, now, by)
    if blocked is None:
        for n, thing in enumerate(said):
            key = f"erased:{chat}:{now.timestamp():.0f}:{n}"
            await put(session, chat, thing, key=key, now=now, expires_at=now + FAREWELL_LASTS, about=FAREWELL)
