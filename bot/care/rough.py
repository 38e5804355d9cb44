"""Rough translations of what mothers type, for staff only and always called that (E10). Off until a house names a translator.

A machine's words never go to a mother. Voice notes are not translated: nothing here can hear them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, or_, select

from bot.care import inbox_people
from bot.care.content import Content
from bot.db.inbox_models import Rough
from bot.db.models import Question, QuestionPart
from bot.db.notes import insert, note, noted
from bot.db.session import Session, wake
from bot.speech.phrases import DUTCH

LEASE = dt.timedelta(minutes=2)  # so long one process may take to translate one text
PAUSES = (1, 5, 30, 120)  # minutes before it is tried again; after the last one it is left alone
RECENT = dt.timedelta(days=3)  # an older question was answered, or somebody has helped already
LABEL = "🤖 Ruwe vertaling door een machine, niet nagekeken:"
NOTE = "translating"
CHANGED = "inbox"


@dataclass(frozen=True)
class Wanted:
    """Words to translate. lang: the language she reads, as its code."""

    part_id: int
    lang: str
    text: str
    tries: int


async def next_one(session: Session, content: Content, now: dt.datetime) -> Wanted | None:
    """The oldest typed words that have no translation yet, taken for two minutes; None when there are none."""
    waits = or_(Rough.part_id.is_(None), Rough.again_at <= now)
    query = select(QuestionPart, Question.lang, Rough).join(Question, Question.id == QuestionPart.question_id)
    query = query.outerjoin(Rough, Rough.part_id == QuestionPart.id).where(waits, QuestionPart.by == "mother")
    query = query.where(QuestionPart.text != "", Question.lang != DUTCH, QuestionPart.created_at > now - RECENT)
    found = (await session.execute(query.order_by(QuestionPart.id).limit(1))).first()
    if found is None:
        return None
    part, lang, row = found
    tries = (row.tries if row else 0) + 1
    taken = {"tries": tries, "again_at": now + LEASE}
    put = insert(session, Rough).values(part_id=part.id, text="", created_at=now, **taken)
    await session.execute(put.on_conflict_do_update(index_elements=["part_id"], set_=taken))
    return Wanted(part.id, content.phrases.whose(lang), part.text, tries)


async def keep(session: Session, wanted: Wanted, text: str, now: dt.datetime) -> None:
    """There it is: beside the question at the desk, and below it in the chats of who may answer. Empty: nothing to show."""
    row, part = await session.get(Rough, wanted.part_id), await session.get(QuestionPart, wanted.part_id)
    if row is None or part is None or part.text != wanted.text:
        return  # she was forgotten, or her words were cleared away, in the meantime
    row.text, row.again_at = text, None
    await note(session, NOTE, {"ok": True, "at": now.isoformat()})
    question = await session.get_one(Question, part.question_id)
    for person in await inbox_people.people_for(session, question, now) if text and question.state == "open" else []:
        await inbox_people.below(session, question, person, f"{LABEL}\n“{text}”", f"rough:{part.id}", now)
    wake(session, CHANGED)
    await session.flush()


async def failed(session: Session, wanted: Wanted, why: str, now: dt.datetime, *, for_good: bool = False) -> None:
    """It did not work: tried again after a growing pause, or never again. The question itself waits for nothing."""
    row = await session.get(Rough, wanted.part_id)
    if row is not None:
        over = for_good or wanted.tries > len(PAUSES)
        row.again_at = None if over else now + dt.timedelta(minutes=PAUSES[wanted.tries - 1])
    if not for_good:
        await note(session, NOTE, {"ok": False, "why": why, "at": now.isoformat()})
    await session.flush()


async def of_parts(session: Session, parts: list[int]) -> dict[int, str]:
    """Part of a question → what a machine made of it."""
    query = select(Rough.part_id, Rough.text).where(Rough.part_id.in_(parts), Rough.text != "")
    return {row.part_id: row.text for row in await session.execute(query)}


async def wipe(session: Session, parts: list[int]) -> None:
    """With her words goes what a machine made of them."""
    await session.execute(delete(Rough).where(Rough.part_id.in_(parts)).execution_options(synchronize_session=False))


async def state(session: Session) -> tuple[str, str]:
    """For the page of the house: the translator's host, empty when there is none; and why it did not work the last time:
    "silent", "fault", "nonsense", or empty when it did."""
    host = str(session.info.get("translator") or "")
    last = await noted(session, NOTE) if host else None
    return host, "" if last is None or last.get("ok") else str(last.get("why", ""))
