"""The inbox as lists: which questions a colleague may see, and all that belongs to each, read in a few queries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, select

from bot.care import inbox, tell
from bot.db.models import Delivery, Media, Mother, Question, QuestionPart, Staff
from bot.db.session import Session

LISTS = ("open", "mine", "answered")
MOST = 100


@dataclass
class Asked:
    """A question with everything around it. arrived: of the answer: "sent", "open" (on its way), "failed", "" (no answer)."""

    question: Question
    mother: Mother
    assigned: Staff | None = None
    answered_by: Staff | None = None
    parts: list[tuple[QuestionPart, Media | None]] = field(default_factory=list)
    arrived: str = ""

    def said(self, by: str) -> list[tuple[QuestionPart, Media | None]]:
        """What the mother said, or what staff answered, in order."""
        return [(part, media) for part, media in self.parts if part.by == by]


async def may_see(session: Session, me: Staff, question: Question) -> bool:
    """The same people as in Telegram: her coordinators and guides, and who it was handed to."""
    return any(person.id == me.id for person in await inbox.people_for(session, question))


async def listed(session: Session, me: Staff, which: str, also: Iterable[int] = ()) -> list[Asked]:
    """open: urgent first, then the oldest · mine: open and handed to me · answered: the newest first.

    also: numbers of questions that stay in the list whatever became of them, because somebody is answering them just now.
    """
    wanted: ColumnElement[bool] = Question.state == "open" if which != "answered" else Question.state != "open"
    if which == "mine":
        wanted &= Question.assigned_to == me.id
    order = (
        (Question.answered_at.desc(), Question.id.desc())
        if which == "answered"
        else (Question.urgent.desc(), Question.created_at, Question.id)
    )
    query = select(Question).where(wanted | Question.id.in_(list(also))).order_by(*order).limit(MOST)
    mine = await _mine(session, me)
    return await whole(session, [q for q in await session.scalars(query) if await mine(q)])


async def whole(session: Session, questions: list[Question]) -> list[Asked]:
    """These questions with their parts, people and what became of the answer."""
    numbers = [q.id for q in questions]
    mothers = await _mothers(session, {q.mother_id for q in questions})
    people = await _people(session, {n for q in questions for n in (q.assigned_to, q.answered_by) if n})
    found = {
        q.id: Asked(q, mothers[q.mother_id], people.get(q.assigned_to or 0), people.get(q.answered_by or 0))
        for q in questions
    }
    query = (
        select(QuestionPart, Media)
        .outerjoin(Media, Media.id == QuestionPart.media_id)
        .where(QuestionPart.question_id.in_(numbers))
        .order_by(QuestionPart.id)
    )
    for part, media in (await session.execute(query)).all():
        found[part.question_id].parts.append((part, media))
    for number, arrived in (await _arrived(session, numbers)).items():
        found[number].arrived = arrived
    return [found[number] for number in numbers]


async def _arrived(session: Session, numbers: list[int]) -> dict[int, str]:
    query = select(Delivery.about_id, Delivery.state).where(
        Delivery.about == inbox.ANSWER, Delivery.about_id.in_(numbers)
    )
    states: dict[int, set[str]] = {}
    for number, state in (await session.execute(query)).all():
        if number is not None:
            states.setdefault(number, set()).add(state)
    return {n: "failed" if "failed" in s else "sent" if s == {"sent"} else "open" for n, s in states.items()}


async def _mine(session: Session, me: Staff) -> Callable[[Question], Awaitable[bool]]:
    """A test for questions, that asks only once a group who answers there."""
    known: dict[int | None, bool] = {}

    async def mine(question: Question) -> bool:
        if question.assigned_to == me.id:
            return True
        if question.group_id not in known:
            answering = await tell.of_group(session, question.group_id, anywhere=True)
            known[question.group_id] = any(person.id == me.id for person in answering)
        return known[question.group_id]

    return mine


async def _mothers(session: Session, numbers: set[int]) -> dict[int, Mother]:
    return {row.id: row for row in await session.scalars(select(Mother).where(Mother.id.in_(numbers)))}


async def _people(session: Session, numbers: set[int]) -> dict[int, Staff]:
    return {row.id: row for row in await session.scalars(select(Staff).where(Staff.id.in_(numbers)))}
