"""The inbox as lists: which questions a colleague may see, and all that belongs to each, read in a few queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, select

from bot.care import away, inbox, inbox_people, rough, tell
from bot.db.inbox_models import Example, Interpreting, QuestionBarrier, QuestionMark, QuestionNote
from bot.db.models import Delivery, Media, Mother, Question, QuestionPart, Staff
from bot.db.session import Session

LISTS = ("open", "mine", "answered", "handed")
MOST = 100
BARRIERS = ("place", "cost", "language", "transport", "papers")


@dataclass
class Asked:
    """A question with everything around it. arrived: of the answer: "sent", "open" (on its way), "failed", "" (no answer).

    topic: the answer of ours she came from · rung: how often the alarm rang · interpreting: interpreters were asked.
    """

    question: Question
    mother: Mother
    assigned: Staff | None = None
    answered_by: Staff | None = None
    parts: list[tuple[QuestionPart, Media | None]] = field(default_factory=list)
    arrived: str = ""
    notes: list[tuple[QuestionNote, Staff]] = field(default_factory=list)
    barriers: list[str] = field(default_factory=list)
    topic: str = ""
    rung: int = 0
    interpreting: Interpreting | None = None
    example: str = ""  # whether it may be told on: "asked", "yes", "no", or nobody asked
    rough: dict[int, str] = field(default_factory=dict)  # part → what a machine made of it

    def said(self, by: str) -> list[tuple[QuestionPart, Media | None]]:
        """What the mother said, or what staff answered, in order."""
        return [(part, media) for part, media in self.parts if part.by == by]


async def may_see(session: Session, me: Staff, question: Question, now: dt.datetime) -> bool:
    """The same people as in Telegram: her coordinators and guides, their deputies, who it was handed to, and interpreters."""
    return any(person.id == me.id for person in await inbox_people.people_for(session, question, now))


async def listed(
    session: Session, me: Staff, which: str, now: dt.datetime, also: Iterable[int] = (), first: int = MOST
) -> list[Asked]:
    """open: urgent first, then the oldest · mine: open and handed to me · answered: the newest first ·
    handed: open, and with somebody else (handed over, or interpreters were asked).

    also: numbers of questions that stay in the list whatever became of them, because somebody is answering them just now.
    first: how many are wanted, beside those; never more than MOST.
    """
    wanted: ColumnElement[bool] = Question.state == "open" if which != "answered" else Question.state != "open"
    if which == "mine":
        wanted &= Question.assigned_to == me.id
    if which == "handed":
        asked = select(Interpreting.question_id).where(Interpreting.question_id.is_not(None))
        wanted &= (Question.assigned_to != me.id) | Question.id.in_(asked)
    order = (
        (Question.answered_at.desc(), Question.id.desc())
        if which == "answered"
        else (Question.urgent.desc(), Question.created_at, Question.id)
    )
    kept = set(also)
    query = select(Question).where(wanted | Question.id.in_(kept)).order_by(*order)
    found = await _of_me(session, me, query, now)
    return await whole(session, found[:first] + [question for question in found[first:] if question.id in kept])


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
    translated = await rough.of_parts(session, [part.id for asked in found.values() for part, _ in asked.parts])
    await _around(session, found)
    for asked in found.values():
        asked.rough = {part.id: text for part, _ in asked.parts if (text := translated.get(part.id))}
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


async def urgent_waiting(session: Session, me: Staff, now: dt.datetime) -> int:
    """How many urgent questions wait for this colleague: the red bar."""
    query = select(Question).where(Question.state == "open", Question.urgent)
    return len(await _of_me(session, me, query.order_by(Question.id), now))


async def numbers(session: Session, me: Staff, now: dt.datetime) -> dict[str, int]:
    """How many there are in each list of what is still open, for its tab."""
    found = await _of_me(session, me, select(Question).where(Question.state == "open").order_by(Question.id), now)
    waiting = select(Interpreting.question_id).join(Question, Question.id == Interpreting.question_id)
    waiting = waiting.where(Interpreting.answered_at.is_(None), Question.state == "open")
    asked = set(await session.scalars(waiting))
    elsewhere = [q for q in found if (q.assigned_to and q.assigned_to != me.id) or q.id in asked]
    return {"open": len(found), "mine": sum(q.assigned_to == me.id for q in found), "handed": len(elsewhere)}


async def _around(session: Session, found: dict[int, Asked]) -> None:
    """Notes, barriers, marks and interpreters of these questions."""
    notes = select(QuestionNote, Staff).join(Staff, Staff.id == QuestionNote.staff_id)
    written = notes.where(QuestionNote.question_id.in_(found)).order_by(QuestionNote.id)
    for note, person in (await session.execute(written)).all():
        found[note.question_id].notes.append((note, person))
    for row in await session.scalars(select(QuestionBarrier).where(QuestionBarrier.question_id.in_(found))):
        found[row.question_id].barriers.append(row.barrier)
    for mark in await session.scalars(select(QuestionMark).where(QuestionMark.question_id.in_(found))):
        found[mark.question_id].topic, found[mark.question_id].rung = mark.topic, mark.rung
    for example in await session.scalars(select(Example).where(Example.question_id.in_(found))):
        found[example.question_id].example = example.consent
    asked = select(Interpreting).where(Interpreting.question_id.in_(found)).order_by(Interpreting.id)
    for row_ in await session.scalars(asked):
        found[row_.question_id or 0].interpreting = row_


async def _of_me(session: Session, me: Staff, query: Select[Question], now: dt.datetime) -> list[Question]:
    """The first of these that this colleague may see: those of other houses take nobody's place in the list."""
    mine, found, seen = await _mine(session, me, now), list[Question](), 0
    while len(found) < MOST:
        rows = list(await session.scalars(query.limit(MOST).offset(seen)))
        found += [question for question in rows if await mine(question)]
        seen += len(rows)
        if len(rows) < MOST:
            break
    return found[:MOST]


async def _mine(session: Session, me: Staff, now: dt.datetime) -> Callable[[Question], Awaitable[bool]]:
    """A test for questions, that asks only once a group who answers there."""
    known: dict[int | None, bool] = {}
    mine = [me.id, *(person.id for person in await away.covers(session, me, now))]
    in_mine = select(Interpreting.question_id).join(Question, Question.id == Interpreting.question_id)
    asked = set(await session.scalars(in_mine.where(Question.lang.in_(me.langs)))) if me.langs else set()

    async def mine_too(question: Question) -> bool:
        if question.assigned_to in mine:
            return True
        if question.id in asked and question.lang in me.langs:
            return await may_see(session, me, question, now)
        if question.group_id not in known:
            answering = await tell.of_group(session, question.group_id, anywhere=True, now=now)
            known[question.group_id] = any(person.id == me.id for person in answering)
        return known[question.group_id]

    return mine_too


async def _mothers(session: Session, numbers: set[int]) -> dict[int, Mother]:
    return {row.id: row for row in await session.scalars(select(Mother).where(Mother.id.in_(numbers)))}


async def _people(session: Session, numbers: set[int]) -> dict[int, Staff]:
    return {row.id: row for row in await session.scalars(select(Staff).where(Staff.id.in_(numbers)))}
