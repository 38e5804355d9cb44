"""Own days: what a closed day takes away is known beforehand, nobody stands before a closed door, nobody is greeted by assumption."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bot.care import announcement_plans, announcements, closing, meetings
from bot.clock import local
from bot.db.models import Announcement, Delivery, Meeting, Reminder
from tests.care.conftest import NOON, Cast, wall, words_to

LATER = dt.date(2026, 12, 7), dt.date(2026, 12, 11)  # a Monday to a Friday: two meetings


async def states(cast: Cast) -> dict[str, str]:
    rows = await cast.session.scalars(
        select(Meeting).where(Meeting.group_id == cast.group.id).order_by(Meeting.starts_at)
    )
    return {local(m.starts_at).strftime("%d/%m"): m.state for m in rows}


async def say_all(cast: Cast, now: dt.datetime) -> None:
    while await announcement_plans.fire_one(cast.session, cast.content, now):
        pass
    while await announcements.fan_out_one(cast.session, cast.content, now):
        pass


async def test_the_look_beforehand_names_the_meetings_and_changes_nothing(cast: Cast) -> None:
    near = await closing.preview(cast.session, cast.group, dt.date(2026, 11, 25), LATER[1], NOON)
    assert [(local(c.meeting.starts_at).day, c.at_once) for c in near] == [
        (26, False), (30, False), (3, False), (7, False), (10, False),
    ]  # fmt: skip
    assert set((await states(cast)).values()) == {"planned"}


async def test_what_somebody_heard_of_is_called_off_at_once(cast: Cast) -> None:
    first = (await cast.session.scalars(select(Reminder).where(Reminder.meeting_id == cast.next[0].id))).first()
    assert first is not None
    first.state = "fired"
    await closing.add(
        cast.session, cast.group, "Teamdag", dt.date(2026, 11, 26), dt.date(2026, 11, 26), NOON, cast.rose
    )
    await say_all(cast, NOON)
    assert "pas de groupe" in await words_to(cast.session, cast.fatou.chat_id)


async def test_what_nobody_heard_of_is_said_the_evening_before_and_not_earlier(cast: Cast) -> None:
    await closing.add(cast.session, cast.group, "Verlof", *LATER, NOON, cast.rose)
    assert {day for day, state in (await states(cast)).items() if state == "cancelled"} == {"07/12", "10/12"}
    await say_all(cast, wall("2026-12-06 12:00"))
    assert "groupe" not in await words_to(cast.session, cast.fatou.chat_id)
    await say_all(cast, wall("2026-12-06 18:30"))
    assert (await words_to(cast.session, cast.fatou.chat_id)).count("pas de groupe") == 1
    waiting = select(Reminder).join(Meeting).where(Meeting.state == "cancelled", Reminder.state == "waiting")
    assert list(await cast.session.scalars(waiting)) == []


async def test_the_pattern_leaves_them_out_from_then_on(cast: Cast) -> None:
    await closing.add(cast.session, cast.group, "Verlof", *LATER, NOON, cast.rose)
    cast.group.last_day = dt.date(2027, 1, 31)
    await meetings.plan(cast.session, cast.group, NOON)
    assert not {day for day, state in (await states(cast)).items() if state == "planned" and day in ("07/12", "10/12")}


async def test_ordinary_days_again_bring_back_what_nobody_missed(cast: Cast) -> None:
    own = await closing.add(cast.session, cast.group, "Verlof", *LATER, NOON, cast.rose)
    assert await closing.remove(cast.session, own, cast.group, NOON) == []
    assert set((await states(cast)).values()) == {"planned"}
    await say_all(cast, wall("2026-12-06 18:30"))
    assert "pas de groupe" not in await words_to(cast.session, cast.fatou.chat_id)
    waiting = select(Reminder).where(Reminder.state == "dropped")
    assert list(await cast.session.scalars(waiting)) == []


async def test_what_was_said_stays_off_until_a_person_decides(cast: Cast) -> None:
    own = await closing.add(cast.session, cast.group, "Verlof", *LATER, NOON, cast.rose)
    await say_all(cast, wall("2026-12-06 18:30"))
    left = await closing.remove(cast.session, own, cast.group, wall("2026-12-06 19:00"))
    assert [local(m.starts_at).strftime("%d/%m") for m in left] == ["07/12"]
    assert (await states(cast))["10/12"] == "planned"


async def test_taking_one_of_them_back_by_hand_is_silent_when_nobody_heard(cast: Cast) -> None:
    await closing.add(cast.session, cast.group, "Verlof", *LATER, NOON, cast.rose)
    cancelled = select(Meeting).where(Meeting.state == "cancelled").order_by(Meeting.starts_at)
    row = (await cast.session.scalars(cancelled)).first()
    assert row is not None
    made = await meetings.restore(cast.session, row, NOON)
    assert made is not None
    assert made.state == "stopped"
    await say_all(cast, wall("2026-12-06 18:30"))
    assert "pas de groupe" not in await words_to(cast.session, cast.fatou.chat_id)


async def test_a_feast_greets_everybody_in_her_language_only_when_a_person_asked(cast: Cast) -> None:
    day = dt.date(2026, 12, 4)
    await closing.add(cast.session, cast.group, "Stil feest", day, day, NOON, cast.rose, closed=False)
    await closing.add(cast.session, cast.group, "Feest", day, day, NOON, cast.rose, closed=False, greet=True)
    await say_all(cast, wall("2026-12-04 08:59"))
    assert list(await cast.session.scalars(select(Delivery).where(Delivery.about == "announcement"))) == []
    await say_all(cast, wall("2026-12-04 09:00"))
    assert (await words_to(cast.session, cast.fatou.chat_id)).count("jour de fête") == 1
    assert "عيد" in await words_to(cast.session, cast.amina.chat_id)


async def test_a_greeting_is_not_said_the_day_after(cast: Cast) -> None:
    day = dt.date(2026, 12, 4)
    await closing.add(cast.session, cast.group, "Feest", day, day, NOON, cast.rose, closed=False, greet=True)
    await say_all(cast, wall("2026-12-05 10:00"))
    assert "fête" not in await words_to(cast.session, cast.fatou.chat_id)


async def test_on_the_day_itself_the_wish_goes_at_once_and_not_at_night(cast: Cast) -> None:
    day, late = dt.date(2026, 11, 24), wall("2026-11-24 21:30")  # NOON is past nine
    await closing.add(cast.session, cast.group, "Feest", day, day, NOON, cast.rose, closed=False, greet=True)
    await say_all(cast, NOON)
    assert "jour de fête" in await words_to(cast.session, cast.fatou.chat_id)
    with pytest.raises(ValueError, match="te laat om nog een wens"):
        await closing.add(cast.session, cast.group, "Laat", day, day, late, cast.rose, closed=False, greet=True)
    assert not [own for own in await closing.coming(cast.session, cast.group.id, day) if own.name == "Laat"]
    until = dt.date(2026, 11, 25)
    await closing.add(cast.session, cast.group, "Lang", day, until, late, cast.rose, closed=False, greet=True)
    await say_all(cast, wall("2026-11-25 07:29"))
    assert (await words_to(cast.session, cast.fatou.chat_id)).count("jour de fête") == 1
    await say_all(cast, wall("2026-11-25 07:30"))
    assert (await words_to(cast.session, cast.fatou.chat_id)).count("jour de fête") == 2


async def test_a_feast_that_is_taken_away_greets_nobody(cast: Cast) -> None:
    day = dt.date(2026, 12, 4)
    own = await closing.add(cast.session, cast.group, "Feest", day, day, NOON, cast.rose, closed=False, greet=True)
    await closing.remove(cast.session, own, cast.group, NOON)
    await say_all(cast, wall("2026-12-04 09:00"))
    assert list(await cast.session.scalars(select(Announcement).where(Announcement.state == "sent"))) == []


async def test_days_the_wrong_way_round_are_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="laatste dag"):
        await closing.add(cast.session, cast.group, "?", LATER[1], LATER[0], NOON, cast.rose)


async def test_a_button_pressed_twice_makes_one_closing_and_one_wish(cast: Cast) -> None:
    for _ in range(2):
        await closing.add(cast.session, cast.group, "Feest", *LATER, NOON, cast.rose, greet=True)
    made = list(await cast.session.scalars(select(Announcement).where(Announcement.kind == closing.GREETING)))
    assert len(made) == 1
    assert len(await closing.coming(cast.session, cast.group.id, LATER[0])) == 1


async def test_a_meeting_stays_off_while_other_own_days_still_close_it(cast: Cast) -> None:
    await closing.add(cast.session, cast.group, "Verlof", *LATER, NOON, cast.rose)
    own = await closing.add(cast.session, cast.group, "Teamdag", LATER[0], LATER[0], NOON, cast.rose)
    assert await closing.remove(cast.session, own, cast.group, NOON) == []
    assert {day for day, state in (await states(cast)).items() if state == "cancelled"} == {"07/12", "10/12"}
