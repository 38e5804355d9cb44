"""The report of a test year equals what was counted by hand, tells nothing below five, and outlives who is forgotten."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import dataclass

import pytest

from bot.care import counts, groups, leaving, privacy, report, report_file, report_words, retention
from bot.care.content import Content
from bot.care.report import Period, Report
from bot.clock import instant
from bot.db.calendar_models import Attendance
from bot.db.cohort_models import Trust, Wish
from bot.db.inbox_models import QuestionBarrier, QuestionMark
from bot.db.models import Announcement, Delivery, Group, Meeting, Mother, Question, Rsvp
from bot.db.people_models import Membership
from bot.db.session import Session
from tests.care.conftest import NUMBERS, make_group, make_mother, make_staff

SEPTEMBER, MARCH = dt.date(2026, 9, 14), dt.date(2027, 3, 8)
AFTER = instant(dt.date(2027, 7, 10), dt.time(12))
YEAR = Period(2026)
LANGS = ["ar"] * 6 + ["fr"] * 3 + ["ti"] * 2


@dataclass
class Year:
    """A school year: eleven mothers, four meetings, thirteen questions."""

    group: Group
    mothers: list[Mother]
    meetings: list[Meeting]


def noon(day: dt.date, minutes: int = 0) -> dt.datetime:
    return instant(day, dt.time(12)) + dt.timedelta(minutes=minutes)


async def a_meeting(session: Session, group: Group, day: dt.date, state: str = "planned") -> Meeting:
    start = instant(day, dt.time(9))
    row = Meeting(
        group_id=group.id, starts_at=start, ends_at=start + dt.timedelta(hours=2.5), state=state, created_at=start
    )
    session.add(row)
    await session.flush()
    return row


async def asks(
    session: Session, mother: Mother, at: dt.datetime, *, minutes: int | None = None, topic: str = "", barrier: str = "",
    state: str = "open",
) -> Question:  # fmt: skip
    answered = at + dt.timedelta(minutes=minutes) if minutes is not None else None
    row = Question(
        mother_id=mother.id, group_id=mother.group_id, lang=mother.lang or "nl", created_at=at, answered_at=answered,
        state="answered" if answered else state,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    session.add(QuestionMark(question_id=row.id, topic=topic))
    if barrier:
        session.add(QuestionBarrier(question_id=row.id, barrier=barrier, created_at=at))
    await session.flush()
    return row


async def announced(session: Session, group: Group, mothers: list[Mother], at: dt.datetime) -> None:
    made = Announcement(
        group_id=group.id, kind="celebrate", slots={}, state="sent", audience=[m.id for m in mothers], done=len(mothers),
        created_at=at, sent_at=at,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    for mother in mothers:
        for n in (0, 1):  # a voice note and a picture: one mother
            session.add(
                Delivery(
                    unique_key=f"announcement:{made.id}:{mother.id}:{n}", token=f"t{next(NUMBERS)}", chat_id=mother.chat_id,
                    mother_id=mother.id, state="sent", due_at=at, utterance={}, about="announcement", about_id=made.id,
                    created_at=at, sent_at=at,
                )
            )  # fmt: skip
    await session.flush()


@pytest.fixture
async def year(session: Session) -> Year:
    group = await make_group(
        session, first_day=dt.date(2026, 9, 1), last_day=dt.date(2027, 6, 30), pattern={"days": [0], "hours": 120}
    )
    mothers = []
    for n, lang in enumerate(LANGS):
        mother = await make_mother(
            session, f"M{n}", lang, group_id=group.id, status="member", consented_at=noon(SEPTEMBER)
        )
        session.add(Membership(mother_id=mother.id, since=noon(SEPTEMBER), children=1))
        mothers.append(mother)
    meetings = [
        await a_meeting(session, group, SEPTEMBER),
        await a_meeting(session, group, SEPTEMBER + dt.timedelta(days=7), "cancelled"),
        await a_meeting(session, group, MARCH),
        await a_meeting(session, group, MARCH + dt.timedelta(days=7)),
    ]
    session.add(Attendance(meeting_id=meetings[0].id, mothers=7, children=9, noted_at=noon(SEPTEMBER)))
    session.add(Attendance(meeting_id=meetings[2].id, mothers=8, children=6, noted_at=noon(MARCH)))
    session.add(Attendance(meeting_id=meetings[3].id, mothers=0, children=0, noted_at=noon(MARCH)))  # nobody came
    for mother in mothers[:9]:
        session.add(Rsvp(meeting_id=meetings[0].id, mother_id=mother.id, answer="come", answered_at=noon(SEPTEMBER)))
    for n in range(6):
        await asks(session, mothers[n], noon(SEPTEMBER, n), minutes=10 * n, topic="opvang_prijs", barrier="cost")
    for n in range(5):
        await asks(session, mothers[n], noon(MARCH, n), topic="opvang_plaats", barrier="place")
    await asks(session, mothers[0], noon(MARCH, 60), state="closed")
    await asks(session, mothers[1], noon(MARCH, 61), minutes=600)
    await announced(session, group, mothers, noon(SEPTEMBER))
    await announced(session, group, mothers[:6], noon(MARCH))
    for topic, often in (("opvang_prijs", 7), ("opvang_plaats", 3), ("school_wanneer", 8)):
        await counts.add(session, group.id, noon(SEPTEMBER), counts.TOPIC, topic, often)
    for moment, faces in (("start", (6, 2, 1, 0, 0)), ("end", (0, 0, 1, 1, 2))):
        session.add_all(Trust(group_id=group.id, moment=moment, face=f, count=n) for f, n in enumerate(faces, start=1))
    session.add_all(
        Wish(group_id=group.id, kind="next", moment="end", sign=s, count=n) for s, n in (("a", 6), ("b", 5))
    )
    await session.flush()
    return Year(group, mothers, meetings)


def figure(made: Report, name: str) -> float | None:
    return next(f.value for figures in made.figures.values() for f in figures if f.name == name)


def rows(made: Report, name: str) -> dict[str, int]:
    return dict(next(t.rows for t in made.tables if t.name == name))


async def test_the_year_is_as_counted_by_hand(session: Session, content: Content, year: Year) -> None:
    made = await report.report(session, content, year.group, YEAR, AFTER)
    counted = {
        "planned": 4, "cancelled": 1, "held": 2, "hours_planned": 7.5, "hours_held": 5.0, "counted": 2, "visits": 15,
        "child_visits": 15, "visits_each": 7.5, "children_each": 7.5, "expected_each": 9, "mothers": 11, "children": 11,
        "asked": 13, "median": 30, "sent": 2, "reached": 17,
    }  # fmt: skip
    assert {name: figure(made, name) for name in counted} == counted
    assert rows(made, "languages") == {"ar": 6, "rest": 5}
    assert rows(made, "topics") == {"school_wanneer": 8, "rest": 10}
    assert rows(made, "asked_at") == {"opvang_prijs": 6, "rest": 7}
    assert rows(made, "barriers") == {"cost": 6, "place": 5}
    assert rows(made, "next") == {"a": 6, "b": 5}


async def test_trust_is_shown_from_five_answers_on(session: Session, content: Content, year: Year) -> None:
    made = await report.report(session, content, year.group, YEAR, AFTER)
    start, end = (next(t for t in made.tables if t.name == f"trust_{moment}") for moment in ("start", "end"))
    assert (start.rows, start.average) == ([("face1-5", 9)], 1.4)
    assert (end.rows, end.total, end.hidden, end.average) == ([], None, True, None)


async def test_half_a_year_does_not_tell_the_other_half_by_subtraction(
    session: Session, content: Content, year: Year
) -> None:
    first = await report.report(session, content, year.group, Period(2026, 1), AFTER)
    second = await report.report(session, content, year.group, Period(2026, 2), AFTER)
    assert (figure(first, "held"), figure(second, "held")) == (1, 1)
    assert (figure(first, "asked"), figure(second, "asked")) == (6, 7)
    await asks(session, year.mothers[3], noon(MARCH, 90))
    for n in range(7):
        (await session.get_one(Question, n + 7)).created_at = noon(SEPTEMBER, n)  # one alone in the second half
    await session.flush()
    first = await report.report(session, content, year.group, Period(2026, 1), AFTER)
    assert figure(first, "asked") is None  # 13 of 14: the difference would be one
    assert rows(first, "asked_at") == {}


async def test_what_is_forgotten_stays_counted_and_names_nobody(session: Session, content: Content, year: Year) -> None:
    before = await report.report(session, content, year.group, YEAR, AFTER)
    for mother in year.mothers[:3]:
        await privacy.forget(session, mother, AFTER)
    after = await report.report(session, content, year.group, YEAR, AFTER)
    for name in ("mothers", "asked", "median", "reached"):
        assert figure(after, name) == figure(before, name), name
    for name in ("barriers", "asked_at", "topics"):
        assert rows(after, name) == rows(before, name), name


async def test_who_stopped_or_went_elsewhere_is_counted_once(session: Session, content: Content, year: Year) -> None:
    rose = await make_staff(session, "Rose", "coordinator", year.group)
    other = await make_group(session, name="Klimop", last_day=dt.date(2027, 6, 30))
    await leaving.stop(session, content, year.mothers[0], rose, AFTER)
    assert await groups.join(session, year.mothers[1], other, AFTER, sure=True) == "ok"
    other.mothers_max = 1
    assert await groups.join(session, year.mothers[2], other, AFTER) == "stays"
    made = await report.report(session, content, year.group, YEAR, AFTER)
    assert figure(made, "mothers") == 11
    await privacy.forget(session, year.mothers[0], AFTER)
    made = await report.report(session, content, year.group, YEAR, AFTER)
    assert figure(made, "mothers") == 11


async def test_who_leaves_early_still_came_when_the_names_are_gone(
    session: Session, content: Content, year: Year
) -> None:
    early = await session.get_one(Rsvp, (year.meetings[0].id, year.mothers[0].id))
    early.answer = "early"
    await session.flush()
    assert await retention.attendance(session, content, AFTER, AFTER) == 9
    made = await report.report(session, content, year.group, YEAR, AFTER)
    assert figure(made, "expected_each") == 9


async def test_what_the_desk_prints_and_the_spreadsheet_hold_the_same_and_no_name(
    session: Session, content: Content, year: Year
) -> None:
    made = await report.report(session, content, year.group, YEAR, AFTER)
    text = "\n".join(report_words.lines(content, made))
    assert "moeders bereikt: 11" in text
    assert "uren gepland: 7,5 van 120" in text
    assert "gemiddeld 1,4 op 5, uit 9 antwoorden" in text
    book = zipfile.ZipFile(io.BytesIO(report_file.excel(content, made)))
    words = book.read("xl/sharedStrings.xml").decode()
    numbers = book.read("xl/worksheets/sheet1.xml").decode()
    assert "moeders bereikt" in words
    assert "<v>17</v>" in numbers
    for n in range(len(LANGS)):
        assert f"M{n}<" not in words
        assert f"M{n}" not in text


async def test_childcare_tells_no_more_than_the_whole(session: Session, content: Content, year: Year) -> None:
    made = await report.report(session, content, year.group, YEAR, AFTER)
    heard, asked = made.childcare
    assert heard.rows == []  # seven about the price would give away three about a place
    assert dict(asked.rows) == {"opvang_prijs": 6}


async def test_another_group_is_not_in_it(session: Session, content: Content, year: Year) -> None:
    other = await make_group(session, name="Klimop")
    made = await report.report(session, content, other, YEAR, AFTER)
    assert figure(made, "mothers") == 0
    assert figure(made, "asked") == 0
    assert rows(made, "languages") == {}


@pytest.mark.parametrize("written", ["26", "2026-3", "2026-", "jaar", "2026-1-1"])
def test_no_other_period_can_be_asked_for(written: str) -> None:
    with pytest.raises(ValueError, match="school year like 2026"):
        report.read_period(written)


def test_the_periods_of_a_group_are_its_school_years(content: Content) -> None:
    group = Group(first_day=dt.date(2025, 9, 1), last_day=dt.date(2027, 6, 30))
    found = [p.id for p in report.periods(group, dt.date(2026, 11, 24))]
    assert found == ["2026", "2026-1", "2026-2", "2025", "2025-1", "2025-2"]
