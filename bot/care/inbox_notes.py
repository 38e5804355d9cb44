"""What staff write beside a question, for each other: notes, and what stood in her way (counted for the report)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import delete, select

from bot.care.inbox_lists import BARRIERS
from bot.db.inbox_models import QuestionBarrier, QuestionNote
from bot.db.models import Question, Staff
from bot.db.session import Session, wake

LONGEST = 1000


async def note(session: Session, staff: Staff, question: Question, text: str, now: dt.datetime) -> bool:
    """Only colleagues ever see it. False when there is nothing to write down; cut after 1,000 characters."""
    if not text.strip():
        return False
    row = QuestionNote(question_id=question.id, staff_id=staff.id, text=text.strip()[:LONGEST], created_at=now)
    session.add(row)
    await session.flush()
    wake(session, "inbox")
    return True


async def drop_note(session: Session, staff: Staff, question: Question, number: int) -> bool:
    """Takes one's own note away; False when it is not there or somebody else's."""
    found = await session.get(QuestionNote, number)
    if found is None or found.question_id != question.id or found.staff_id != staff.id:
        return False
    await session.delete(found)
    await session.flush()
    wake(session, "inbox")
    return True


async def set_barriers(session: Session, question: Question, chosen: Iterable[str], now: dt.datetime) -> list[str]:
    """These barriers and no others; what is not one of ours is left out. The ones that stand now, in our order."""
    wanted = set(chosen)
    known = [name for name in BARRIERS if name in wanted]
    before = set(
        await session.scalars(select(QuestionBarrier.barrier).where(QuestionBarrier.question_id == question.id))
    )
    gone = QuestionBarrier.barrier.in_(before - wanted)
    await session.execute(delete(QuestionBarrier).where(QuestionBarrier.question_id == question.id, gone))
    new = [name for name in known if name not in before]
    session.add_all(QuestionBarrier(question_id=question.id, barrier=name, created_at=now) for name in new)
    await session.flush()
    wake(session, "inbox")
    return known
