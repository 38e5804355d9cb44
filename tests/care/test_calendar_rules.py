"""The rhythm of a group: weeks, months, several rhythms, periods with a plan of hours, days that the group chose itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bot.care import attendance, calendar, meetings, rhythm
from bot.clock import local
from bot.db.calendar_models import OwnDays
from bot.db.models import Group
from bot.db.session import Session
from tests.care.conftest import NOON, make_group, wall

TERM: dict[str, Any] = {"first_day": dt.date(2026, 9, 7), "last_day": dt.date(2027, 6, 30)}
AUTUMN = {"name": "Najaar", "first": "2026-09-07", "last": "2027-01-31", "hours": 60}
SPRING = {"name": "Voorjaar", "first": "2027-02-01", "last": "2027-06-30", "hours": 60}


def days(group: Group) -> list[dt.date]:
    return [slot.day for slot in calendar.slots(group)]


async def test_two_semesters_of_sixty_hours_are_twice_twenty_four_meetings(session: Session) -> None:
    group = await make_group(session, pattern={"days": [0, 3], "periods": [AUTUMN, SPRING]}, **TERM)
    await meetings.plan(session, group, wall("2026-09-01 12:00"))
    lines = await attendance.against_plan(session, group, wall("2026-09-01 12:00"))
    assert [(line.period.name, line.planned, line.meetings) for line in lines] == [
        ("Najaar", 60, 24),
        ("Voorjaar", 60, 24),
    ]
    off = calendar.days_off("Flemish", 2026, 2027)
    assert not [day for day in days(group) if day in off]
    assert dt.date(2026, 11, 11) not in days(group)


async def test_hours_that_do_not_fit_in_the_period_are_seen(session: Session) -> None:
    short = {**AUTUMN, "last": "2026-10-31"}
    group = await make_group(session, pattern={"days": [0], "periods": [short]}, **TERM)
    change = await rhythm.preview(session, group, rhythm.of(group), NOON)
    assert change.hours == [("Najaar", 20.0, 60.0)]


async def test_once_a_month_is_the_second_wednesday_and_leaves_holidays_out(session: Session) -> None:
    group = await make_group(session, pattern={"days": [2], "monthly": 2}, **TERM)
    assert days(group)[:4] == [dt.date(2026, 9, 9), dt.date(2026, 10, 14), dt.date(2026, 12, 9), dt.date(2027, 1, 13)]
    # 11 November is a second Wednesday and a day off; 10 February 2027 falls in the spring holiday
    assert dt.date(2027, 2, 10) not in days(group)


async def test_the_last_thursday_of_the_month(session: Session) -> None:
    group = await make_group(session, pattern={"days": [3], "monthly": -1}, **TERM)
    assert days(group)[:3] == [dt.date(2026, 9, 24), dt.date(2026, 10, 29), dt.date(2026, 11, 26)]


async def test_a_second_rhythm_has_its_own_hours_and_kind(session: Session) -> None:
    friday = {"days": [4], "every": 2, "starts": "13:30", "ends": "16:30", "kind": "together"}
    group = await make_group(session, pattern={"days": [2], "kind": "dutch", "more": [friday]}, **TERM)
    planned = await meetings.plan(session, group, wall("2026-09-01 12:00"))
    first = [(local(m.starts_at).strftime("%a %H:%M"), m.kind) for m in planned[:4]]
    assert first == [("Wed 09:00", "dutch"), ("Fri 13:30", "together"), ("Wed 09:00", "dutch"), ("Wed 09:00", "dutch")]


async def test_a_day_of_two_rhythms_has_one_meeting_the_first_rhythm_wins(session: Session) -> None:
    group = await make_group(
        session, pattern={"days": [2], "more": [{"days": [2], "starts": "14:00", "ends": "15:00"}]}
    )
    assert {local(slot.starts_at).time() for slot in calendar.slots(group)} == {dt.time(9)}


async def test_own_closed_days_are_left_out_and_the_hours_run_on(session: Session) -> None:
    group = await make_group(session, pattern={"days": [0, 3], "hours": 10}, **TERM)
    closed = {"name": "Teamdag", "first_day": dt.date(2026, 9, 10), "last_day": dt.date(2026, 9, 10)}
    session.add(OwnDays(group_id=group.id, closed=True, greet=False, created_at=NOON, **closed))
    await session.flush()
    planned = await meetings.plan(session, group, wall("2026-09-01 12:00"))
    assert [local(m.starts_at).day for m in planned] == [7, 14, 17, 21]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"last_day": dt.date(2026, 1, 1)}, "laatste dag", id="ends before it begins"),
        pytest.param({"ends": "08:00"}, "einduur", id="ends before nine"),
        pytest.param({"pattern": {"days": [0], "kind": "party"}}, "lijst", id="no such kind"),
        pytest.param({"pattern": {"days": [0], "periods": [AUTUMN, AUTUMN]}}, "overlappen", id="two periods at once"),
        pytest.param({"last_day": dt.date(2029, 1, 1)}, "te lang", id="years"),
    ],
)
async def test_a_rhythm_that_cannot_be_is_refused_in_a_sentence(
    session: Session, change: dict[str, Any], says: str
) -> None:
    group = await make_group(session, **TERM)
    told = {name: getattr(rhythm.of(group), name) for name in rhythm.FIELDS}
    assert says in (rhythm.fault(rhythm.Plan(**{**told, **change})) or "")


async def test_a_new_rhythm_is_counted_before_it_is_kept(session: Session) -> None:
    group = await make_group(session)
    now = wall("2026-11-20 12:00")
    await meetings.plan(session, group, now)
    await meetings.cancel(session, (await meetings.coming(session, group.id, now, 9))[-1], now)
    plan = rhythm.Plan({"days": [1]}, "09:00", "11:30", group.first_day, group.last_day)
    change = await rhythm.preview(session, group, plan, now)
    assert (change.new, change.gone, change.stay, len(change.slots)) == (4, 7, 1, 4)
    assert group.pattern == {"days": [0, 3]}
    assert len(await rhythm.apply(session, group, plan, now)) == 4
    assert {local(m.starts_at).weekday() for m in await meetings.coming(session, group.id, now, 20)} == {1}
