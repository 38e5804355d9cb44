"""An arrival that failed again and again: it is set aside, she hears that a person will look, and staff hear that there is something."""

from __future__ import annotations

import datetime as dt

from bot.care import mothers, outbox, render, staff, tell
from bot.care.content import Content
from bot.db.models import Arrival
from bot.db.session import Session
from bot.flow.model import Say
from bot.speech.phrases import DUTCH


async def parked(session: Session, content: Content, arrival: Arrival, now: dt.datetime) -> None:
    """Tells her and the staff of her group, in the transaction that sets the arrival aside."""
    if arrival.chat_id is None:
        return
    if (person := await staff.by_chat(session, arrival.chat_id)) is not None:
        text = "⚠️ Er ging iets mis met wat je net stuurde of koos. Probeer het nog eens; er is niets verzonden."
        await outbox.put(session, arrival.chat_id, tell.line(text), key=f"parked:{arrival.id}:{person.id}", now=now)
        return
    mother = await mothers.by_chat(session, arrival.chat_id)
    lang = (mother.lang if mother else None) or DUTCH
    for n, said in enumerate(render.utterances(content, lang, Say("sorry.broken"), now)):
        await outbox.put(
            session,
            arrival.chat_id,
            said,
            key=f"parked:{arrival.id}:mother:{n}",
            now=now,
            mother_id=mother.id if mother else None,
        )
    if mother is not None and mother.consented_at is not None:
        name = mother.first_name or "een moeder"
        text = f"⚠️ Een bericht van {name} kon ik niet verwerken. Vraag haar wat ze wilde zeggen."
        await tell.group_staff(session, mother.group_id, text, key=f"parked:{arrival.id}", now=now)
