"""The week in numbers, in the Telegram of the coordinators, on Monday morning: counts only, and no names."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from sqlalchemy import func, or_, select, update

from bot.care import hours, memberships, outbox, rights, tell
from bot.care.content import Content
from bot.care.ready_answers import label
from bot.clock import instant, local
from bot.db.inbox_models import QuestionMark
from bot.db.models import Group, House, Meeting, Mother, Question, Rsvp, Staff, StaffGroup
from bot.db.people_models import HouseRules
from bot.db.session import Session

AT = dt.time(8, 30)  # Monday, wall-clock time
LATEST = dt.timedelta(days=2)  # a digest that could not be sent by Wednesday helps nobody
TOPICS = 5


async def send_one(session: Session, content: Content, now: dt.datetime) -> bool:
    """Sends the digest of one house whose turn it is, to each of its coordinators. False: nobody's turn.

    A house that turned it off gets none. Claimed by a conditional update of the week: two processes send it once.
    """
    today = local(now).date()
    monday = today - dt.timedelta(days=today.weekday())
    if not instant(monday, AT) <= now < instant(monday, AT) + LATEST:
        return False
    for house in await session.scalars(select(House).order_by(House.id)):
        row = await hours.rules(session, house.id)
        if not row.digest or row.digest_week == monday:
            continue
        free = or_(HouseRules.digest_week.is_(None), HouseRules.digest_week < monday)
        claim = update(HouseRules).where(HouseRules.house_id == house.id, free).values(digest_week=monday)
        if tell.rows(await session.execute(claim)):
            await _send(session, content, house, monday, now)
        return True
    return False


async def _send(session: Session, content: Content, house: House, monday: dt.date, now: dt.datetime) -> None:
    query = select(Group).where(Group.house_id == house.id, Group.closed_at.is_(None)).order_by(Group.name)
    texts = {group.id: await text(session, content, group, monday) for group in await session.scalars(query)}
    who = select(Staff, StaffGroup.group_id).join(StaffGroup, StaffGroup.staff_id == Staff.id)
    who = who.where(Staff.chat_id.is_not(None), func.coalesce(StaffGroup.role, Staff.role).in_(rights.roles("house")))
    theirs: dict[int, tuple[Staff, list[str]]] = {}
    for person, group_id in (await session.execute(who.order_by(Staff.id, StaffGroup.group_id))).all():
        if group_id in texts:
            theirs.setdefault(person.id, (person, []))[1].append(texts[group_id])
    for person, parts in theirs.values():
        said = "\n\n".join(["📊 De voorbije week, in cijfers en zonder namen.", *parts])
        if person.chat_id is not None:
            key = f"digest:{house.id}:{monday}:{person.id}"
            await outbox.put(session, person.chat_id, tell.line(said), key=key, now=now, priority=1)


async def text(session: Session, content: Content, group: Group, monday: dt.date) -> str:
    """The week before this Monday, of one group, in Dutch lines."""
    start, end = (instant(day, dt.time()) for day in (monday - dt.timedelta(days=7), monday))
    lines = [f"👥 {group.name}", await _meetings(session, group, start, end)]
    lines += await _questions(session, content, group, start, end)
    room = await memberships.room(session, group)
    queue = select(func.count()).where(Mother.group_id == group.id, Mother.status == "waiting")
    waiting = await session.scalar(queue)
    lines.append(f"Moeders: {room.mothers} van {room.mothers_max}" + (f", wachtlijst: {waiting}" if waiting else ""))
    return "\n".join(lines)


async def _meetings(session: Session, group: Group, start: dt.datetime, end: dt.datetime) -> str:
    held = select(Meeting.id).where(Meeting.group_id == group.id, Meeting.state == "planned")
    numbers = list(await session.scalars(held.where(Meeting.starts_at >= start, Meeting.starts_at < end)))
    come = select(func.count()).where(Rsvp.meeting_id.in_(numbers), Rsvp.answer.in_(("come", "late")))
    said = await session.scalar(come) or 0
    return f"Bijeenkomsten: {len(numbers)}" + (f", samen {said} keer “ik kom”" if numbers else "")


async def _questions(
    session: Session, content: Content, group: Group, start: dt.datetime, end: dt.datetime
) -> list[str]:
    query = select(Question.state, QuestionMark.topic)
    query = query.outerjoin(QuestionMark, QuestionMark.question_id == Question.id).where(Question.group_id == group.id)
    rows = (await session.execute(query.where(Question.created_at >= start, Question.created_at < end))).all()
    still = await session.scalar(select(func.count()).where(Question.group_id == group.id, Question.state == "open"))
    lines = [f"Vragen: {len(rows)}, nu nog open: {still or 0}"]
    topics = Counter(topic for _, topic in rows if topic)
    lines += [f"  • {label(content, topic)}: {n}" for topic, n in topics.most_common(TOPICS)]
    other = sum(not topic for _, topic in rows)
    return [*lines, *([f"  • over iets anders: {other}"] if other and topics else [])]
