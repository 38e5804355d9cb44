"""Ready-made groups: each programme lives through a whole term on a virtual clock, from its first meeting to its goodbye."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.care import cohort, groups, meetings, reminders, templates
from bot.care.calendar import day_off
from bot.care.content import Content
from bot.clock import local
from bot.db.models import Delivery, Group, Meeting, Mother, Reminder
from bot.db.session import Session
from tests.care.conftest import ROOT, make_mother, make_staff, wall

FIRST = dt.date(2026, 9, 7)
NOW = wall("2026-08-31 12:00")
GIVEN = {  # what nobody wrote down, and a coordinator would give: days (0 = Monday), from, to
    "mama-leert-willebroek": ((0, 3), "", ""),
    "mama-leert-mechelen": ((0, 1, 3), "", ""),
    "mamalier": ((1, 4), "09:00", "11:30"),
    "klimop": ((0, 1, 4), "09:00", "11:30"),
    "taalbubbels-plus": ((2, 4), "09:00", ""),
    "nova": ((1, 3), "09:00", "11:30"),
    "praatgroep-landen": ((), "13:30", "15:30"),
    "koala": ((2,), "09:30", "11:30"),
    "instapklasjes": ((4,), "10:00", "11:30"),
    "wereldmamas": ((), "13:30", "15:30"),
    "instapje": ((), "09:00", "10:00"),
}
LASTS = {"klimop": dt.date(2027, 1, 6)}  # four months; the others until the last school day
HOURS = {"mama-leert-willebroek": 120}  # two semesters of sixty

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _fields(name: str) -> dict[str, Any]:
    days, starts, ends = GIVEN[name]
    given = templates.Given(FIRST, days=days, starts=starts, ends=ends, more={"place": "De Nest"})
    return templates.fields(templates.load(ROOT)[name], given)


async def _made(session: Session, name: str) -> Group:
    group = await groups.create(session, house="Huis van het Kind", now=NOW, **_fields(name))
    await meetings.plan(session, group, NOW)
    return group


async def _planned(session: Session, group: Group) -> list[Meeting]:
    query = select(Meeting).where(Meeting.group_id == group.id).order_by(Meeting.starts_at)
    return list(await session.scalars(query))


def test_every_template_is_tried_here() -> None:
    assert set(templates.load(ROOT)) == set(GIVEN)


def test_what_nobody_wrote_down_is_asked_for_and_never_made_up() -> None:
    known = templates.load(ROOT)
    for name, (days, starts, _) in GIVEN.items():
        if days or starts:
            with pytest.raises(ValueError, match="nobody wrote down"):
                templates.fields(known[name], templates.Given(FIRST))
    with pytest.raises(ValueError, match="3 times a week"):
        templates.fields(known["klimop"], templates.Given(FIRST, days=(0,), starts="09:00", ends="11:00"))


@ON_SQLITE
@pytest.mark.parametrize("name", sorted(GIVEN))
async def test_a_whole_term_from_the_first_reminder_to_goodbye(name: str, session: Session, content: Content) -> None:
    """Meetings as planned, none on a day off; each reminder once and on its minute; after closing nothing but goodbye."""
    group = await _made(session, name)
    amina = await make_mother(session, "Amina", "ar")
    await make_staff(session, "Rose", "coordinator", group)
    assert await groups.join(session, amina, group, NOW) == "ok"
    if not group.pattern["days"]:
        await meetings.add(session, group, dt.date(2026, 9, 16), NOW, place="De Nest")
    planned = await _planned(session, group)
    _as_the_template_says(name, group, planned)
    assert await meetings.hours(session, group) == HOURS.get(name, await meetings.hours(session, group))

    end = await _live(session, content, group)
    for meeting in planned:
        day = local(meeting.starts_at)
        rows = {r.kind: r for r in await session.scalars(select(Reminder).where(Reminder.meeting_id == meeting.id))}
        assert set(rows) == {"evening", "morning"}
        assert local(rows["evening"].due_at) == (day - dt.timedelta(days=1)).replace(hour=18, minute=30)
        assert local(rows["morning"].due_at) == day - dt.timedelta(minutes=75)
        assert {row.state for row in rows.values()} == {"fired"}
    said = select(func.count(func.distinct(Delivery.about_id))).where(Delivery.about == "reminder")
    assert await session.scalar(said) == 2 * len(planned)

    assert await cohort.close(session, content, group, end)
    open_about = set(
        await session.scalars(select(Delivery.about).where(Delivery.state == "open", Delivery.mother_id == amina.id))
    )
    assert open_about == {"poll"}
    assert await groups.members(session, group.id) == []
    assert not await reminders.fire(session, content, end + dt.timedelta(days=1))


def _as_the_template_says(name: str, group: Group, planned: list[Meeting]) -> None:
    days = [local(meeting.starts_at).date() for meeting in planned]
    template = templates.load(ROOT)[name]
    assert planned
    assert group.last_day == LASTS.get(name, dt.date(2027, 6, 30))
    assert all(FIRST <= day <= group.last_day for day in days)
    if template.irregular:
        assert len(planned) == 1
        return
    assert not [day for day in days if day_off("Flemish", day)]
    assert dt.date(2026, 11, 11) not in days
    assert {day.weekday() for day in days} == set(group.pattern["days"])
    assert all(
        f"{local(m.starts_at):%H:%M}" == group.starts and f"{local(m.ends_at):%H:%M}" == group.ends for m in planned
    )
    if template.minutes:
        assert {(m.ends_at - m.starts_at).total_seconds() / 60 for m in planned} == {template.minutes}
    if template.every == 2:
        assert {(b - a).days % 14 for a, b in itertools.pairwise(days)} == {0}


async def _live(session: Session, content: Content, group: Group) -> dt.datetime:
    """Moment by moment until nothing waits; Telegram takes everything at once. The last moment."""
    now = NOW
    while True:
        due = await session.scalar(select(func.min(Reminder.due_at)).where(Reminder.state == "waiting"))
        if due is None:
            return now + dt.timedelta(hours=4)
        now = due
        while await reminders.fire(session, content, now):
            pass
        for row in await session.scalars(select(Delivery).where(Delivery.state == "open")):
            row.state, row.sent_at = "sent", now


@ON_SQLITE
async def test_a_mother_of_one_group_hears_nothing_of_the_other(session: Session, content: Content) -> None:
    one, two = await _made(session, "mama-leert-willebroek"), await _made(session, "mama-leert-mechelen")
    amina, fatou = await make_mother(session, "Amina", "ar"), await make_mother(session, "Fatou", "fr")
    assert await groups.join(session, amina, one, NOW) == "ok"
    assert await groups.join(session, fatou, two, NOW) == "ok"
    query = select(Reminder.mother_id, Meeting.group_id).join(Meeting, Meeting.id == Reminder.meeting_id).distinct()
    assert {tuple(row) for row in (await session.execute(query)).all()} == {(amina.id, one.id), (fatou.id, two.id)}
    assert (one.name, two.childcare_place) == ("Mama Leert Willebroek", "38 VOLT")
    assert await session.scalar(select(func.count()).select_from(Mother)) == 2


def test_a_template_with_a_fault_is_told_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "flows" / "templates"
    folder.mkdir(parents=True)
    (folder / "x.yaml").write_text(
        'template: y\nname: "X"\ndays: [xx]\nmonths: "many"\nstarts: "9"\nwhen: "now"\n', "utf-8"
    )
    faults = [str(fault) for fault in templates.read(tmp_path)[1]]
    assert len(faults) == 5
    assert all(fault.startswith("flows/templates/x.yaml:") for fault in faults)
    with pytest.raises(ValueError, match=r"x\.yaml"):
        templates.load(tmp_path)
