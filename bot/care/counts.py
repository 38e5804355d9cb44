"""Counting for the report: how often something happened in a group in a month, without a name, so that it outlives who is forgotten."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from bot.clock import local
from bot.db.inbox_models import QuestionBarrier, QuestionMark
from bot.db.models import Announcement, Delivery, Mother, Question
from bot.db.notes import insert
from bot.db.people_models import Membership
from bot.db.report_models import Count
from bot.db.session import Session

TOPIC, QUESTION, OPEN, CLOSED, MINUTES, BARRIER = "topic", "question", "open", "closed", "minutes", "barrier"
GONE, HEARD = "gone", "heard"
REACHED = ("member", "stopped", "former")  # who is on the waiting list, or never agreed, was not reached by the group


def month_of(at: dt.datetime) -> dt.date:
    """The first day of this instant's month, in Flanders."""
    return local(at).date().replace(day=1)


async def add(session: Session, group_id: int | None, at: dt.datetime, what: str, name: str = "", n: int = 1) -> None:
    """Counts n more in the month of `at`; nothing for who has no group."""
    if group_id is None or n < 1:
        return
    put: Any = insert(session, Count).values(group_id=group_id, month=month_of(at), what=what, name=name, count=n)
    key = ["group_id", "month", "what", "name"]
    await session.execute(put.on_conflict_do_update(index_elements=key, set_={"count": Count.count + n}))


async def left(session: Session, mother: Mother, now: dt.datetime) -> None:
    """Her row leaves her group's (for another group, or she is forgotten): that one more came (in which month) and went (this month) stays, and nothing of who."""
    if mother.group_id is None or mother.status not in REACHED:
        return
    since = await session.scalar(select(Membership.since).where(Membership.mother_id == mother.id))
    came = month_of(since or mother.consented_at or mother.created_at)
    await add(session, mother.group_id, now, GONE, came.isoformat())


async def fold(session: Session, mother: Mother, now: dt.datetime) -> None:
    """Before her rows are deleted: what the report counts of them, by month and without her. Called by `privacy.forget` alone."""
    await left(session, mother, now)
    for question in await session.scalars(select(Question).where(Question.mother_id == mother.id)):
        await question_over(session, question)
    await messages_over(session, Delivery.mother_id == mother.id)


async def messages_over(session: Session, which: ColumnElement[bool]) -> None:
    """These deliveries are about to be deleted: how many mothers an announcement reached stays."""
    query = select(Announcement, func.count(Delivery.id)).join(Delivery, Delivery.about_id == Announcement.id)
    for made, n in (await session.execute(query.where(arrived(), which).group_by(Announcement.id))).all():
        await add(session, made.group_id, made.sent_at or made.created_at, HEARD, str(made.id), n)


def arrived() -> ColumnElement[bool]:
    """The first thing that a mother got of an announcement, when it arrived: one a mother."""
    first = Delivery.unique_key.like("announcement:%:0")
    return and_(Delivery.about == "announcement", Delivery.state == "sent", first)


async def question_over(session: Session, question: Question) -> None:
    """A question is about to be deleted: what the report says of it."""
    topic = await session.scalar(select(QuestionMark.topic).where(QuestionMark.question_id == question.id))
    await add(session, question.group_id, question.created_at, QUESTION, topic or "")
    if question.state in (OPEN, CLOSED):
        await add(session, question.group_id, question.created_at, question.state)
    if (waited := minutes(question.state, question.created_at, question.answered_at)) is not None:
        await add(session, question.group_id, question.created_at, MINUTES, str(waited))
    named = select(QuestionBarrier.barrier).where(QuestionBarrier.question_id == question.id)
    for barrier in await session.scalars(named):
        await add(session, question.group_id, question.created_at, BARRIER, barrier)


def minutes(state: str, asked: dt.datetime, answered: dt.datetime | None) -> int | None:
    """How long she waited for an answer, in whole minutes; None when there was none."""
    if state != "answered" or answered is None:
        return None
    return max(0, int((answered - asked).total_seconds() // 60))


async def between(session: Session, group_id: int, first: dt.date, last: dt.date) -> dict[str, Counter[str]]:
    """what → name → how often, in the months that begin from `first` to `last`."""
    rows = select(Count.what, Count.name, Count.count).where(
        Count.group_id == group_id, Count.month >= first, Count.month <= last
    )
    found: dict[str, Counter[str]] = {}
    for what, name, n in (await session.execute(rows)).all():
        found.setdefault(what, Counter())[name] += n
    return found
