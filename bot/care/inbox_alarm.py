"""The alarm: an urgent question that nobody answers is told again, to all coordinators of the house and their deputies."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from bot.care import away, tell
from bot.care.content import Content
from bot.care.inbox_people import house_coordinators, line, parts, people_for, title
from bot.clock import local
from bot.db.inbox_models import QuestionMark
from bot.db.models import Mother, Question
from bot.db.session import Session, wake

URGENT_MINUTES = 15  # how long an urgent question may wait; a house may set it otherwise
MOST = 8  # each pause is twice as long as the one before: the last alarm rings after two and a half days


def minutes(session: Session) -> int:
    """The house's own number, as the composition root put it on the session."""
    found = session.info.get("urgent_minutes")
    return found if isinstance(found, int) else URGENT_MINUTES


async def mark(session: Session, question: Question, topic: str, now: dt.datetime) -> None:
    """Notes from which answer she came, and sets the alarm of an urgent question that has none yet."""
    if not topic and not question.urgent:
        return
    found = await session.get(QuestionMark, question.id)
    if found is None:
        found = QuestionMark(question_id=question.id, topic="", rung=0)
        session.add(found)
    found.topic = topic or found.topic
    if question.urgent and found.ring_at is None and found.rung == 0:
        found.ring_at = now + dt.timedelta(minutes=minutes(session))
    await session.flush()


async def ring_one(session: Session, content: Content, now: dt.datetime) -> bool:
    """Rings for the urgent question that is due longest. True: there was one, come again. False: none is due.

    Claimed by moving the moment of the next ring: another process that moved it first has told everybody.
    """
    due = select(QuestionMark).join(Question, Question.id == QuestionMark.question_id)
    waiting = due.where(Question.state == "open", Question.urgent, QuestionMark.ring_at <= now)
    found = (await session.scalars(waiting.order_by(QuestionMark.ring_at).limit(1))).first()
    if found is None:
        return False
    rung = found.rung + 1
    after = now + dt.timedelta(minutes=minutes(session) * 2**rung) if rung < MOST else None
    claim = update(QuestionMark).where(QuestionMark.question_id == found.question_id, QuestionMark.rung == found.rung)
    if tell.rows(await session.execute(claim.values(rung=rung, ring_at=after))) == 0:
        return True
    await session.refresh(found)
    question = await session.get_one(Question, found.question_id)
    await _ring(session, question, rung, now)
    wake(session, "inbox")
    return True


async def _ring(session: Session, question: Question, rung: int, now: dt.datetime) -> None:
    mother = await session.get_one(Mother, question.mother_id)
    words = "\n".join(f"“{p.text}”" for p in await parts(session, question) if p.kind == "text" and p.text)
    since = local(question.created_at)
    text = f"⏰ Nog geen antwoord sinds {since.hour}.{since.minute:02} uur. {title(question, mother)}\n{words}".strip()
    coordinators = await away.with_deputies(session, await house_coordinators(session, question.group_id), now)
    everybody = {p.id: p for p in [*await people_for(session, question, now), *coordinators]}
    for person in everybody.values():
        await line(session, question, person, text, f"alarm:{question.id}:{rung}:{person.id}", now)
