"""The report of a group over a school year or half of one: counts that name nobody, and nothing below five.

Half years are told next to their year, so what the difference would tell is left out, too (`few.told`). Other periods do not exist:
reports that overlap otherwise would tell small numbers by subtraction.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, select

from bot.care import counts, few
from bot.care.calendar import wall_hours
from bot.care.content import Content
from bot.care.headcount import COMING
from bot.clock import instant, local
from bot.db.calendar_models import Attendance
from bot.db.cohort_models import Trust, Wish
from bot.db.inbox_models import QuestionBarrier, QuestionMark
from bot.db.keep_models import Tally
from bot.db.models import Announcement, Delivery, Group, Meeting, Mother, Question, Rsvp
from bot.db.people_models import Found, Membership
from bot.db.session import Session

CHILDCARE = "opvang"  # the category of the page "questions about childcare"
MOMENTS = ("start", "middle", "end")
FACES = 5
PERIOD = re.compile(r"(20\d\d)(?:-([12]))?")


@dataclass(frozen=True)
class Period:
    """A school year ("2026": September 2026 to August 2027), or half of it ("2026-1": to January, "2026-2": from February)."""

    year: int
    half: int = 0

    @property
    def id(self) -> str:
        return f"{self.year}-{self.half}" if self.half else str(self.year)

    @property
    def first(self) -> dt.date:
        return dt.date(self.year + 1, 2, 1) if self.half == 2 else dt.date(self.year, 9, 1)

    @property
    def last(self) -> dt.date:
        return dt.date(self.year + 1, 1, 31) if self.half == 1 else dt.date(self.year + 1, 8, 31)

    def whole(self) -> Period:
        return Period(self.year)


@dataclass(frozen=True)
class Figure:
    """One number under its name (see `report_words`). value None: one to four, not told. plan: what it is laid beside."""

    name: str
    value: float | None
    plan: float | None = None


@dataclass(frozen=True)
class Table:
    """A breakdown. rows: (name, how many), the most first. of: what the names are: topic · language · sign · word.

    total None with hidden: there are some, and too few to tell. average: of a scale.
    """

    name: str
    of: str
    rows: list[tuple[str, int]]
    total: int | None
    hidden: bool = False
    average: float | None = None


@dataclass
class Report:
    """figures by heading, and the breakdowns. childcare: the same for the page of questions about childcare."""

    group: Group
    period: Period
    figures: dict[str, list[Figure]] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    childcare: list[Table] = field(default_factory=list)


@dataclass
class Asked:
    """What was asked of people in a period."""

    questions: Counter[str] = field(default_factory=Counter)  # by the answer she was at; "" without one
    open: int = 0
    closed: int = 0
    minutes: list[int] = field(default_factory=list)
    barriers: Counter[str] = field(default_factory=Counter)


def read_period(written: str) -> Period:
    """ "2026" or "2026-1". ValueError: it is no such thing."""
    found = PERIOD.fullmatch(written.strip())
    if found is None:
        raise ValueError(
            f"A period is a school year like 2026, or half of one like 2026-1 or 2026-2; “{written}” is not."
        )
    return Period(int(found[1]), int(found[2] or 0))


def periods(group: Group, today: dt.date) -> list[Period]:
    """The school years of this group until today, the newest first, each followed by its halves."""
    last = min(group.last_day, today)
    newest, oldest = (day.year - (day.month < 9) for day in (max(last, group.first_day), group.first_day))
    return [Period(year, half) for year in range(newest, oldest - 1, -1) for half in (0, 1, 2)]


async def report(session: Session, content: Content, group: Group, period: Period, now: dt.datetime) -> Report:
    """Everything about one group and period. Only reads."""
    made = Report(group, period)
    whole = period.whole() if period.half else None
    made.figures["meetings"] = await _meetings(session, group, period, now)
    made.figures["people"] = await _people(session, group, period)
    asked = await _asked(session, group, period)
    of_year = await _asked(session, group, whole) if whole else None
    made.figures["questions"] = _questions(asked, of_year)
    made.figures["announcements"] = await _announcements(session, group, period, whole)
    langs = await _languages(session, group, period)
    langs_of_year = await _languages(session, group, whole) if whole else None
    heard = await _heard(session, group, period)
    heard_of_year = await _heard(session, group, whole) if whole else None
    made.tables = [
        _table("languages", "language", langs, langs_of_year),
        _table("topics", "topic", heard, heard_of_year),
        _table("asked_at", "topic", asked.questions, of_year.questions if of_year else None),
        _table("barriers", "word", asked.barriers, of_year.barriers if of_year else None),
        *await _life(session, group),
    ]
    made.childcare = [_childcare(content, table) for table in made.tables if table.of == "topic"]
    return made


# ---------------------------------------------------------------- meetings and people


async def _meetings(session: Session, group: Group, period: Period, now: dt.datetime) -> list[Figure]:
    rows = await _held_in(session, group, period)
    noted = {a.meeting_id: a for a in await session.scalars(_of_meetings(Attendance, rows))}
    past = [m for m in rows if m.state == "planned" and m.ends_at <= now]
    held = [m for m in past if m.id not in noted or noted[m.id].mothers > 0]
    counted = [noted[m.id] for m in held if m.id in noted]
    came, children = sum(a.mothers for a in counted), sum(a.children for a in counted)
    expected = await _expected(session, held)
    planned = sum(wall_hours(m.starts_at, m.ends_at) for m in rows if m.state == "planned")
    plan = group.pattern.get("hours")
    found = [
        Figure("planned", len(rows)),
        Figure("cancelled", sum(m.state == "cancelled" for m in rows)),
        Figure("held", len(held)),
        Figure("hours_planned", planned, float(plan) if plan else None),
        Figure("hours_held", sum(wall_hours(m.starts_at, m.ends_at) for m in held)),
        Figure("counted", len(counted)),
    ]
    if counted:
        found += [Figure("visits", few.enough(came)), Figure("child_visits", few.enough(children))]
        found += [
            Figure("visits_each", _each(came, len(counted))),
            Figure("children_each", _each(children, len(counted))),
        ]
    if expected:
        found.append(Figure("expected_each", _each(sum(expected), len(expected))))
    return found


async def _held_in(session: Session, group: Group, period: Period) -> list[Meeting]:
    since, until = instants(period)
    query = select(Meeting).where(Meeting.group_id == group.id, Meeting.starts_at >= since, Meeting.starts_at < until)
    return list(await session.scalars(query.order_by(Meeting.starts_at)))


async def _expected(session: Session, held: list[Meeting]) -> list[int]:
    """How many mothers said that they would come, of each meeting that anybody answered about."""
    found = {t.meeting_id: t.come for t in await session.scalars(_of_meetings(Tally, held))}
    numbers = [m.id for m in held]
    said = select(Rsvp.meeting_id, Rsvp.answer).where(Rsvp.meeting_id.in_(numbers))
    for number, answer in (await session.execute(said)).all():
        found[number] = found.get(number, 0) + (answer in COMING)
    return list(found.values())


async def _people(session: Session, group: Group, period: Period) -> list[Figure]:
    there = await _reached(session, group, period)
    numbers = [mother.id for mother, _ in there]
    gone = await _gone(session, group, period)
    children = await session.scalar(select(func.sum(Membership.children)).where(Membership.mother_id.in_(numbers)))
    found = [Figure("mothers", few.enough(len(numbers) + gone))]
    return [*found, Figure("children", few.enough(int(children)))] if children else found


async def _reached(session: Session, group: Group, period: Period) -> list[tuple[Mother, dt.date]]:
    """The mothers who were in this group by the end of the period, and still are in its rows; with the day each came in."""
    query = select(Mother, Membership.since).outerjoin(Membership, Membership.mother_id == Mother.id)
    rows = await session.execute(query.where(Mother.group_id == group.id, Mother.status.in_(counts.REACHED)))
    dated = [(m, local(since or m.consented_at or m.created_at).date()) for m, since in rows]
    return [(mother, came) for mother, came in dated if came <= period.last]


async def _gone(session: Session, group: Group, period: Period) -> int:
    """How many who were here in the period were forgotten since, or went elsewhere."""
    later = await counts.between(session, group.id, period.first, dt.date.max)
    came_in_time = (n for came, n in later.get(counts.GONE, {}).items() if dt.date.fromisoformat(came) <= period.last)
    return sum(came_in_time)


async def _languages(session: Session, group: Group, period: Period) -> Counter[str]:
    """ "" for who was forgotten: her language is not kept."""
    found = Counter(mother.lang or "" for mother, _ in await _reached(session, group, period))
    found[""] += await _gone(session, group, period)
    return found


# ---------------------------------------------------------------- questions


async def _asked(session: Session, group: Group, period: Period) -> Asked:
    """Of the rows that are there, and of those that were forgotten."""
    since, until = instants(period)
    mine = [Question.group_id == group.id, Question.created_at >= since, Question.created_at < until]
    found = Asked()
    about = select(Question.state, Question.created_at, Question.answered_at, QuestionMark.topic)
    marked = about.outerjoin(QuestionMark, QuestionMark.question_id == Question.id).where(*mine)
    for state, asked, answered, topic in (await session.execute(marked)).all():
        found.questions[topic or ""] += 1
        found.open += state == "open"
        found.closed += state == "closed"
        if (waited := counts.minutes(state, asked, answered)) is not None:
            found.minutes.append(waited)
    barriers = select(QuestionBarrier.barrier).join(Question, Question.id == QuestionBarrier.question_id)
    found.barriers.update(await session.scalars(barriers.where(*mine)))
    kept = await counts.between(session, group.id, period.first, period.last)
    found.questions.update(kept.get(counts.QUESTION, {}))
    found.open += sum(kept.get(counts.OPEN, {}).values())
    found.closed += sum(kept.get(counts.CLOSED, {}).values())
    found.barriers.update(kept.get(counts.BARRIER, {}))
    found.minutes += [int(name) for name, n in kept.get(counts.MINUTES, {}).items() for _ in range(n)]
    return found


def _questions(asked: Asked, of_year: Asked | None) -> list[Figure]:
    """All, and how many of them wait or needed no answer; those two together with the answered ones are told as one breakdown."""
    shares = few.told(_shares(asked), _shares(of_year) if of_year else None)
    found = [Figure("asked", shares.total)]
    found += [Figure(name, n) for name, n in shares.counts.items() if name != few.REST]
    if asked.minutes:
        found.append(Figure("median", few.median(asked.minutes)))
    return found


def _shares(asked: Asked) -> dict[str, int]:
    total = sum(asked.questions.values())
    return {"answered": total - asked.open - asked.closed, "unanswered": asked.open, "no_answer": asked.closed}


async def _heard(session: Session, group: Group, period: Period) -> Counter[str]:
    found = await counts.between(session, group.id, period.first, period.last)
    return Counter(found.get(counts.TOPIC, {}))


def _childcare(content: Content, table: Table) -> Table:
    """What the whole table tells about childcare, and no more: another way of putting small numbers together would tell them."""
    topics = content.topics
    rows = [(t, n) for t, n in table.rows if t in topics and topics[t].category == CHILDCARE]
    return replace(table, rows=rows, total=sum(n for _, n in rows))


# ---------------------------------------------------------------- announcements, and what a group lives through


async def _announcements(session: Session, group: Group, period: Period, whole: Period | None) -> list[Figure]:
    sent, reached = await _said(session, group, period)
    of_year = (await _said(session, group, whole))[1] if whole else None
    told = few.told({"reached": reached}, {"reached": of_year} if of_year is not None else None)
    return [Figure("sent", sent), *([Figure("reached", told.total)] if sent else [])]


async def _said(session: Session, group: Group, period: Period) -> tuple[int, int]:
    """Announcements · mothers they reached, all added up."""
    since, until = instants(period)
    at = func.coalesce(Announcement.sent_at, Announcement.created_at)
    mine = select(Announcement).where(Announcement.group_id == group.id, Announcement.state.in_(("sending", "sent")))
    made = list(await session.scalars(mine.where(at >= since, at < until)))
    here = select(func.count(Delivery.id)).where(counts.arrived(), Delivery.about_id.in_([one.id for one in made]))
    kept = (await counts.between(session, group.id, period.first, period.last)).get(counts.HEARD, Counter())
    before = sum(n for name, n in kept.items() if int(name) in {one.id for one in made})
    return len(made), int(await session.scalar(here) or 0) + before


async def _life(session: Session, group: Group) -> list[Table]:
    """Trust, goals and what comes next, of the group's whole life; and how mothers found it."""
    tables = []
    rows = list(await session.scalars(select(Trust).where(Trust.group_id == group.id)))
    for moment in MOMENTS:
        faces = [sum(r.count for r in rows if r.moment == moment and r.face == face) for face in range(1, FACES + 1)]
        tables += [_scale(f"trust_{moment}", faces)] if sum(faces) else []
    wishes = list(await session.scalars(select(Wish).where(Wish.group_id == group.id)))
    for kind, moment in (("goals", "start"), ("goals", "end"), ("next", "end")):
        chosen = {w.sign: w.count for w in wishes if (w.kind, w.moment) == (kind, moment)}
        tables += [_table("next" if kind == "next" else f"goals_{moment}", "sign", chosen)] if chosen else []
    found = {f.source: f.count for f in await session.scalars(select(Found).where(Found.group_id == group.id))}
    return [*tables, *([_table("found", "word", found)] if found else [])]


def _scale(name: str, faces: list[int]) -> Table:
    """Neighbouring faces together until nothing is too small; the average of at least five answers."""
    total = sum(faces)
    parts = few.in_order(faces)
    if not parts:
        return Table(name, "word", [], None, hidden=True)
    average = sum(face * n for face, n in enumerate(faces, start=1)) / total
    rows = [(f"face{first + 1}" if first == last else f"face{first + 1}-{last + 1}", n) for first, last, n in parts]
    return Table(name, "word", rows, total, average=round(average, 1))


# ---------------------------------------------------------------- step by step


def _table(name: str, of: str, found: Mapping[str, int], apart: Mapping[str, int] | None = None) -> Table:
    told = few.told(found, apart)
    return Table(name, of, list(told.counts.items()), told.total, told.hidden)


def _each(total: int, meetings: int) -> float | None:
    return round(total / meetings, 1) if few.enough(total) is not None else None


def instants(period: Period) -> tuple[dt.datetime, dt.datetime]:
    """Its beginning, and the moment after its end, in UTC."""
    midnight = dt.time()
    return instant(period.first, midnight), instant(period.last + dt.timedelta(days=1), midnight)


def _of_meetings(table: Any, rows: Iterable[Meeting]) -> Any:
    return select(table).where(table.meeting_id.in_([m.id for m in rows]))
