"""A mother's question that may be told on without her name (F08): asked with her own words before it, told only with her yes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from bot.care import hours, inbox_people, outbox, own_words, reminders, render
from bot.care.content import Content
from bot.db.inbox_models import Example, QuestionMark
from bot.db.models import Media, Mother, Question, Staff
from bot.db.session import Session
from bot.flow.model import Say

ASKED, YES, NO = "asked", "yes", "no"
MOST = 300  # letters of the wording: it is an example, not a file
ABOUT = "example"


@dataclass(frozen=True)
class Told:
    """An example that may be told: in a colleague's words, with the answer of ours she came from, if any."""

    id: int
    text: str
    topic: str


async def of_question(session: Session, question_id: int) -> Example | None:
    """What was asked about telling this question on; None when nothing was."""
    found = select(Example).where(Example.question_id == question_id)
    return (await session.scalars(found)).first()


async def may_ask(session: Session, question: Question) -> bool:
    """Whether she can be asked: she is in a group and can be reached, her words are still there, and she was not asked before."""
    mother = await session.get_one(Mother, question.mother_id)
    reached = mother.status == "member" and mother.unreachable_at is None and mother.group_id is not None
    there = any(part.text or part.media_id for part in await inbox_people.parts(session, question))
    return reached and there and not question.urgent and await of_question(session, question.id) is None


async def ask(
    session: Session, content: Content, question: Question, text: str, by: Staff | None, now: dt.datetime
) -> Example | None:
    """Lets her hear her own question and asks whether it may be told on; None when she cannot be asked (again).

    text: the question as it would be told, by a colleague, without what could name her. Not within her quiet hours.
    """
    if not await may_ask(session, question):
        return None
    mother = await session.get_one(Mother, question.mother_id)
    made = Example(
        question_id=question.id, mother_id=mother.id, group_id=mother.group_id, staff_id=by.id if by else None,
        text=" ".join(text.split())[:MOST], consent=ASKED, asked_at=now,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    due = reminders.after_quiet(now, await hours.of_group(session, mother.group_id), mother)
    hers = []
    for part in await inbox_people.parts(session, question):
        media = await session.get(Media, part.media_id) if part.media_id else None
        hers += own_words.recording(part.text, media) if media else own_words.utterances(part.text, None)
    say = Say("example.ask", {"example": made.id})
    asked = render.utterances(content, mother.lang or "nl", say, now, voice_lang=mother.voice_lang)
    for n, said in enumerate([*hers, *asked]):
        await outbox.put(
            session, mother.chat_id, said, key=f"example:{made.id}:{n}", now=now, priority=2, due_at=due,
            mother_id=mother.id, about=ABOUT, about_id=made.id,
        )  # fmt: skip
    return made


async def answer(session: Session, mother: Mother, number: int, may: bool, now: dt.datetime) -> bool:
    """Her yes or no, which she may change as often as she likes. A no wipes the wording: nothing is left to tell.

    False when there is nothing (any more) that could be told.
    """
    made = await session.get(Example, number)
    if made is None or made.mother_id != mother.id or (may and not made.text):
        return False
    made.consent, made.answered_at = (YES, now) if may else (NO, now)
    if not may:
        made.text = ""
    await session.flush()
    return True


async def take_back(session: Session, question: Question, now: dt.datetime) -> bool:
    """A colleague takes it out of what is told. False when there is nothing to take out."""
    made = await of_question(session, question.id)
    if made is None or made.consent == NO:
        return False
    await outbox.cancel(session, ABOUT, made.id)
    made.consent, made.text, made.answered_at = NO, "", now
    await session.flush()
    return True


async def told(session: Session, group_id: int, first: dt.datetime, until: dt.datetime) -> list[Told]:
    """The questions of this group, asked from `first` and before `until`, that their mothers allowed to be told; newest first."""
    query = select(Example, QuestionMark.topic).join(Question, Question.id == Example.question_id)
    query = query.outerjoin(QuestionMark, QuestionMark.question_id == Question.id)
    mine = query.where(Example.group_id == group_id, Example.consent == YES, Example.text != "")
    period = mine.where(Question.created_at >= first, Question.created_at < until).order_by(Example.id.desc())
    return [Told(made.id, made.text, topic or "") for made, topic in (await session.execute(period)).all()]
