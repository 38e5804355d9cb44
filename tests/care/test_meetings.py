"""Meetings: patterns with holidays taken out, the clock change, hours, by hand, and every change of one."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.care import calendar, meetings, reminders, rhythm
from bot.clock import local
from bot.db.models import Announcement, Group, Meeting, Reminder, Rsvp
from bot.db.session import Database, Session
from tests.care.conftest import NOON, Cast, make_group, wall

ORACLE = Path(__file__).parents[3] / "shared" / "domain" / "school_holidays_flanders.csv"
WILLEBROEK: dict[str, Any] = {
    "pattern": {"days": [0, 3], "hours": 60},
    "first_day": dt.date(2026, 9, 7),
    "last_day": dt.date(2027, 1, 31),
}


async def days(session: Session, group: Group) -> list[dt.date]:
    rows = await session.scalars(select(Meeting).where(Meeting.group_id == group.id).order_by(Meeting.starts_at))
    return [local(row.starts_at).date() for row in rows]


def test_school_holidays_are_those_of_the_oracle_day_by_day() -> None:
    if not ORACLE.exists():
        pytest.skip(f"THE ORACLE OF SCHOOL HOLIDAYS IS ABSENT: {ORACLE}")
    with ORACLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    first, last = (dt.date.fromisoformat(rows[n][c]) for n, c in ((0, "first_day"), (-1, "last_day")))
    expected = set()
    for row in rows:
        start, end = dt.date.fromisoformat(row["first_day"]), dt.date.fromisoformat(row["last_day"])
        expected |= {start + dt.timedelta(days=n) for n in range((end - start).days + 1)}
    off = {day for day in calendar.days_off("Flemish", first.year, last.year) if first <= day <= last}
    assert expected <= off
    assert {day for day in off - expected if day.weekday() < 5} == set()  # weekdays: nothing but the oracle's days


def test_a_christmas_holiday_reaches_into_the_year_that_was_not_asked_for() -> None:
    assert calendar.day_off("Flemish", dt.date(2027, 1, 2))
    assert calendar.days_off("Flemish", 2027, 2027).get(dt.date(2027, 1, 3))


def test_french_schools_have_other_holidays() -> None:
    assert calendar.day_off("Flemish", dt.date(2026, 10, 21)) is None
    assert calendar.day_off("French", dt.date(2026, 10, 21))


async def test_sixty_hours_twice_a_week_are_twenty_four_meetings_without_a_holiday(session: Session) -> None:
    group = await make_group(session, **WILLEBROEK)
    planned = await meetings.plan(session, group, wall("2026-09-01 12:00"))
    assert len(planned) == 24
    assert await meetings.hours(session, group) == 60
    assert dt.date(2026, 11, 11) not in await days(session, group)
    assert not [d for d in await days(session, group) if dt.date(2026, 11, 2) <= d <= dt.date(2026, 11, 8)]
    assert {local(m.starts_at).time() for m in planned} == {dt.time(9)}
    assert {local(m.starts_at).weekday() for m in planned} == {0, 3}


async def test_planning_twice_adds_nothing_and_leaves_what_a_person_changed(session: Session) -> None:
    group = await make_group(session)
    first = await meetings.plan(session, group, NOON)
    await meetings.move(session, first[1], dt.date(2026, 12, 1), dt.time(9), NOON)
    assert await meetings.plan(session, group, NOON) == []
    assert dt.date(2026, 11, 26) not in await days(session, group)


async def test_two_who_plan_at_once_plan_it_once(db: Database) -> None:
    async with db.begin() as session:
        group = await make_group(session)

    async def plans() -> int:
        async with db.begin() as session:
            return len(await meetings.plan(session, await session.get_one(Group, group.id), NOON))

    counts = await asyncio.gather(*(plans() for _ in range(3)))
    async with db.begin() as session:
        assert sum(counts) == len(await days(session, group)) == 8


async def test_every_two_weeks_on_thursday_afternoon_stays_fourteen_days_and_half_past_one_over_the_clock_change(
    session: Session,
) -> None:
    group = await make_group(
        session,
        pattern={"days": [3], "every": 2},
        starts="13:30",
        ends="15:30",
        first_day=dt.date(2026, 9, 10),
        last_day=dt.date(2026, 12, 3),
    )
    planned = await meetings.plan(session, group, wall("2026-09-01 12:00"))
    starts = [local(m.starts_at) for m in planned]
    assert {s.time() for s in starts} == {dt.time(13, 30)}
    # 5 November falls in the autumn holiday: it is left out, and the rhythm of fourteen days goes on
    assert [s.date().isoformat() for s in starts] == [
        *("2026-09-10", "2026-09-24", "2026-10-08", "2026-10-22"),
        *("2026-11-19", "2026-12-03"),
    ]
    assert planned[3].starts_at.hour == 11  # summer time
    assert planned[4].starts_at.hour == 12  # winter time


async def test_a_meeting_by_hand_in_the_holiday_is_there_and_is_reminded(cast: Cast) -> None:
    now = wall("2026-10-20 12:00")
    group = cast.group
    group.first_day = dt.date(2026, 10, 19)
    await meetings.plan(cast.session, group, now)
    assert not [d for d in await days(cast.session, group) if dt.date(2026, 11, 2) <= d <= dt.date(2026, 11, 8)]
    extra = await meetings.add(cast.session, group, dt.date(2026, 11, 4), now)
    rows = list(await cast.session.scalars(select(Reminder).where(Reminder.meeting_id == extra.id)))
    assert len(rows) == 4  # two mothers, evening and morning
    assert await meetings.plan(cast.session, group, now) == []


async def test_a_new_pattern_takes_away_what_nobody_heard_of_and_keeps_what_was_said(cast: Cast) -> None:
    said = cast.next[0]
    one = (await cast.session.scalars(select(Reminder).where(Reminder.meeting_id == said.id))).first()
    assert one is not None
    one.state = "fired"
    cast.group.pattern = {"days": [1]}
    await meetings.plan(cast.session, cast.group, NOON)
    left = {m.id: local(m.starts_at).weekday() for m in await meetings.coming(cast.session, cast.group.id, NOON, 50)}
    assert left.pop(said.id) == 3
    assert set(left.values()) == {1}


async def test_a_new_rhythm_keeps_the_meeting_that_somebody_said_she_comes_to(cast: Cast) -> None:
    said = cast.next[2]
    await reminders.answer(cast.session, cast.amina, said.id, "come", NOON)
    plan = replace(rhythm.of(cast.group), pattern={"days": [1]})
    change = await rhythm.preview(cast.session, cast.group, plan, NOON)
    assert [(meeting.id, come) for meeting, come in change.kept] == [(said.id, 1)]
    await rhythm.apply(cast.session, cast.group, plan, NOON)
    left = {m.id: local(m.starts_at).weekday() for m in await meetings.coming(cast.session, cast.group.id, NOON, 50)}
    assert left.pop(said.id) == local(said.starts_at).weekday()
    assert set(left.values()) == {1}


async def test_new_hours_leave_the_meeting_that_somebody_answered_where_it_was_and_say_so_first(cast: Cast) -> None:
    said, before = cast.next[0], cast.next[0].starts_at
    await reminders.answer(cast.session, cast.amina, said.id, "cannot", NOON)
    plan = replace(rhythm.of(cast.group), starts="13:30", ends="16:00")
    change = await rhythm.preview(cast.session, cast.group, plan, NOON)
    assert ([(m.id, come) for m, come in change.kept], change.gone) == ([(said.id, 0)], 0)
    await rhythm.apply(cast.session, cast.group, plan, NOON)
    assert said.starts_at == before
    assert {local(m.starts_at).time() for m in cast.next[1:]} == {dt.time(13, 30)}


async def test_new_hours_move_the_meetings_and_their_reminders(cast: Cast) -> None:
    cast.group.starts, cast.group.ends = "13:30", "16:00"
    await meetings.plan(cast.session, cast.group, NOON)
    assert {local(m.starts_at).time() for m in cast.next} == {dt.time(13, 30)}
    morning = select(Reminder).where(Reminder.meeting_id == cast.next[0].id, Reminder.kind == "morning")
    assert {local(r.due_at).time() for r in await cast.session.scalars(morning)} == {dt.time(12, 15)}


async def test_cancelling_drops_what_waits_and_says_it_at_once(cast: Cast) -> None:
    meeting = cast.next[0]
    made = await meetings.cancel(cast.session, meeting, NOON, cast.rose)
    assert made is not None
    assert (made.kind, made.state, sorted(made.audience)) == ("cancelled", "sending", [cast.amina.id, cast.fatou.id])
    states = {r.state for r in await cast.session.scalars(select(Reminder).where(Reminder.meeting_id == meeting.id))}
    assert states == {"dropped"}
    assert meeting not in await meetings.coming(cast.session, cast.group.id, NOON, 5)
    assert await meetings.cancel(cast.session, meeting, NOON, cast.rose) is None


async def test_taking_a_cancellation_back_lets_the_reminders_wait_again(cast: Cast) -> None:
    meeting = cast.next[0]
    cancelled = await meetings.cancel(cast.session, meeting, NOON)
    made = await meetings.restore(cast.session, meeting, NOON)
    assert cancelled is not None
    assert made is not None
    assert (cancelled.state, made.kind) == ("stopped", "goes_on")
    states = {r.state for r in await cast.session.scalars(select(Reminder).where(Reminder.meeting_id == meeting.id))}
    assert states == {"waiting"}


async def test_a_moved_meeting_is_as_long_as_before_and_old_answers_no_longer_count(cast: Cast) -> None:
    meeting = cast.next[0]
    assert await reminders.answer(cast.session, cast.amina, meeting.id, "come", NOON, 2) == "ok"
    made = await meetings.move(cast.session, meeting, dt.date(2026, 11, 27), dt.time(14), NOON, cast.rose)
    assert made is not None
    assert (local(meeting.starts_at), local(meeting.ends_at)) == (
        local(wall("2026-11-27 14:00")),
        local(wall("2026-11-27 16:30")),
    )
    assert (made.slots["day"], made.slots["time"]) == ("2026-11-27", "14:00")
    assert list(await cast.session.scalars(select(Rsvp))) == []
    due = {
        (r.kind, local(r.due_at).isoformat(" ", "minutes")[:16])
        for r in await cast.session.scalars(select(Reminder).where(Reminder.meeting_id == meeting.id))
    }
    assert due == {("evening", "2026-11-26 18:30"), ("morning", "2026-11-27 12:45")}


async def test_moving_across_the_clock_change_keeps_the_length_on_the_wall(cast: Cast) -> None:
    meeting = cast.next[0]
    await meetings.move(cast.session, meeting, dt.date(2027, 3, 28), dt.time(1, 30), NOON)
    assert local(meeting.ends_at).time() == dt.time(4)


async def test_moving_into_the_past_is_refused_in_a_sentence(cast: Cast) -> None:
    with pytest.raises(ValueError, match="al voorbij"):
        await meetings.move(cast.session, cast.next[0], dt.date(2026, 11, 23), dt.time(9), NOON)


async def test_moving_to_the_same_moment_says_nothing(cast: Cast) -> None:
    assert await meetings.move(cast.session, cast.next[0], dt.date(2026, 11, 26), dt.time(9), NOON) is None
    assert list(await cast.session.scalars(select(Announcement))) == []


async def test_where_is_the_place_of_the_meeting_and_both_pins_of_the_group(cast: Cast) -> None:
    cast.group.childcare_place, cast.group.childcare_lat, cast.group.childcare_lon = "De Speelvogel", 51.07, 4.37
    usual = meetings.where(cast.group, cast.next[0])
    assert (usual.place, usual.other, usual.childcare_place, usual.childcare_lat) == (
        "De Sleutel",
        False,
        "De Speelvogel",
        51.07,
    )
    await meetings.other_place(cast.session, cast.next[0], "Bibliotheek", "Markt 2", NOON, lat=51.0, lon=4.3)
    other = meetings.where(cast.group, cast.next[0])
    assert (other.place, other.address, other.lat, other.other) == ("Bibliotheek", "Markt 2", 51.0, True)
    assert meetings.where(cast.group, cast.next[1]).other is False
