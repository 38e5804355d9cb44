"""The life of a group: closed with a goodbye, copied to a new year, seen back once; and its time to ask."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from bot.care import announcements, cohort, groups, inbox, inbox_lists, meetings, polls, registration, stones
from bot.db.cohort_models import ComeBack, Poll, Vote, Wish
from bot.db.models import Delivery, Group, Meeting, Mother, Reminder, Staff
from bot.messages import Heard
from tests.care.conftest import NOON, Cast, Fire, make_mother, said_to, wall, words_to

FIRST, LAST = dt.date(2027, 9, 6), dt.date(2028, 6, 30)


async def test_closing_leaves_no_job_for_anybody(cast: Cast) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "own", NOON, text="Dag!")
    await registration.set_period(cast.session, cast.group, dt.date(2026, 12, 1), dt.date(2026, 12, 20), NOON)
    old = await polls.ask(cast.session, cast.content, cast.group, "welcome", NOON, cast.rose)
    code = await groups.invite(cast.session, cast.group, NOON)
    assert await cohort.close(cast.session, cast.content, cast.group, NOON, cast.rose)
    assert not await cohort.close(cast.session, cast.content, cast.group, NOON, cast.rose)

    waiting = select(func.count()).select_from(Reminder).where(Reminder.state == "waiting")
    assert await cast.session.scalar(waiting) == 0
    coming = select(func.count()).select_from(Meeting).where(Meeting.state == "planned", Meeting.starts_at > NOON)
    assert await cast.session.scalar(coming) == 0
    await cast.session.refresh(made)
    await cast.session.refresh(old)
    assert (made.state, old.state) == ("stopped", "closed")
    assert await registration.of_group(cast.session, cast.group.id) is None
    assert await groups.by_code(cast.session, code, NOON) == "expired"
    goodbye = (await cast.session.scalars(select(Poll).where(Poll.kind == "next"))).one()
    open_ones = list(
        await cast.session.scalars(select(Delivery).where(Delivery.state == "open", Delivery.mother_id.is_not(None)))
    )
    assert {(row.about, row.about_id) for row in open_ones} == {("poll", goodbye.id)}
    assert {m.status for m in await cast.session.scalars(select(Mother))} == {"former"}


async def test_nothing_is_said_after_the_end_but_goodbye(cast: Cast, fire: Fire) -> None:
    await cohort.close(cast.session, cast.content, cast.group, NOON, cast.rose)
    before = len(await said_to(cast.session, cast.amina.chat_id))
    for day in range(30):
        await fire(NOON + dt.timedelta(days=day))
        await cohort.look_round(cast.session, cast.content, NOON + dt.timedelta(days=day))
    assert len(await said_to(cast.session, cast.amina.chat_id)) == before


async def test_she_may_go_on_asking_and_is_answered(cast: Cast) -> None:
    await cohort.close(cast.session, cast.content, cast.group, NOON, cast.rose)
    heard = Heard("text", cast.amina.chat_id, text="Waar is de crèche?")
    question = await inbox.ask(cast.session, cast.amina, heard, None, NOON)
    assert [q.id for q in await inbox.open_ones(cast.session, cast.rose, [])] == [question.id]
    assert [a.question.id for a in await inbox_lists.listed(cast.session, cast.rose, "open", NOON)] == [question.id]
    answered = await inbox.answer(cast.session, cast.content, cast.rose, question, text="Kerkstraat 1", now=NOON)
    assert answered == "ok"
    assert "Kerkstraat 1" in await words_to(cast.session, cast.amina.chat_id)


async def test_what_next_is_counted_and_outlives_the_names(cast: Cast) -> None:
    mothers = [cast.amina, cast.fatou]
    for n in range(3):
        mothers.append(await make_mother(cast.session, f"Mama{n}", "nl"))
        assert await groups.join(cast.session, mothers[-1], cast.group, NOON) == "ok"
    await cohort.close(cast.session, cast.content, cast.group, NOON, cast.rose)
    goodbye = (await cast.session.scalars(select(Poll).where(Poll.kind == "next"))).one()
    for mother, sign in zip(mothers, ("work", "work", "dutch", "childcare", "nothing_yet"), strict=True):
        assert await polls.vote(cast.session, mother, goodbye, sign, NOON) == ("next", [])
    await polls.close_due(cast.session, NOON + dt.timedelta(days=15))
    assert await cast.session.scalar(select(func.count()).select_from(Vote)) == 0
    assert await polls.wishes(cast.session, cast.group.id, "next", "end") == {
        "work": 2, "childcare": 1, "dutch": 1, "nothing_yet": 1,
    }  # fmt: skip
    assert all("mother" not in column.name for column in Wish.__table__.c)


async def test_a_new_year_has_the_same_days_and_answers_and_starts_empty(cast: Cast) -> None:
    cast.group.local = {"loket_adres": "Kerkstraat 1"}
    steps = await stones.path(cast.session, cast.content, cast.group.id)
    await stones.change(cast.session, cast.group, list(reversed(steps)), NOON)
    new, planned = await cohort.copy(cast.session, cast.group, FIRST, LAST, NOON)
    assert (new.pattern["days"], new.starts, new.ends) == ([0, 3], "09:00", "11:30")
    assert new.local == {"loket_adres": "Kerkstraat 1"}
    assert new.place == cast.group.place
    assert await groups.members(cast.session, new.id) == []
    rows = list(await cast.session.scalars(select(Meeting).where(Meeting.group_id == new.id)))
    assert len(rows) == planned > 50
    assert all(FIRST <= row.starts_at.date() <= LAST for row in rows)
    assert [s.id for s in await stones.path(cast.session, cast.content, new.id)] == [s.id for s in reversed(steps)]
    assert cast.rose.id in {person.id for person in await _staff(cast, new)}
    old = await cast.session.scalar(select(func.count()).select_from(Meeting).where(Meeting.group_id == cast.group.id))
    assert old == len(await _planned(cast, cast.group))


async def test_a_copied_group_keeps_its_two_semesters_of_sixty_hours(cast: Cast) -> None:
    periods = [
        {"name": "najaar", "first": "2026-09-07", "last": "2027-01-31", "hours": 60},
        {"name": "voorjaar", "first": "2027-02-01", "last": "2027-06-30", "hours": 60},
    ]
    cast.group.pattern = {"days": [0, 3], "periods": periods}
    cast.group.first_day, cast.group.last_day = dt.date(2026, 9, 7), dt.date(2027, 6, 30)
    new, _ = await cohort.copy(cast.session, cast.group, FIRST, LAST, NOON)
    assert await meetings.hours(cast.session, new) == 120


async def test_days_that_cannot_be_are_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="laatste dag"):
        await cohort.copy(cast.session, cast.group, LAST, FIRST, NOON)


async def test_only_who_agreed_is_invited_back_and_only_once(cast: Cast) -> None:
    await cohort.close(cast.session, cast.content, cast.group, NOON, cast.rose)
    await cohort.agree(cast.session, cast.amina, True, NOON)
    await cohort.agree(cast.session, cast.fatou, False, NOON)
    later = wall("2027-03-02 12:00")
    new, _ = await cohort.copy(cast.session, cast.group, dt.date(2027, 3, 1), dt.date(2027, 6, 30), later)
    day = await meetings.add(cast.session, new, dt.date(2027, 3, 20), later, starts="14:00", ends="16:00", kind="feast")
    fatou_heard = await words_to(cast.session, cast.fatou.chat_id)
    assert await cohort.reunion(cast.session, cast.content, cast.group, day, later) == 1
    assert await cohort.reunion(cast.session, cast.content, cast.group, day, later) == 0
    assert await words_to(cast.session, cast.fatou.chat_id) == fatou_heard
    assert (await said_to(cast.session, cast.amina.chat_id))[-1].lang == "ar"
    await cohort.answer(cast.session, cast.amina, "come")
    assert await cohort.coming_back(cast.session, cast.group.id) == {"agreed": 1, "invited": 1, "come": 1, "cannot": 0}


async def test_consent_ends_by_itself(cast: Cast) -> None:
    await cohort.agree(cast.session, cast.amina, True, NOON)
    row = await cast.session.get_one(ComeBack, cast.amina.id)
    assert dt.timedelta(days=364) < row.until - NOON < dt.timedelta(days=367)
    assert await cohort.may_be_invited(cast.session, cast.group.id, NOON + dt.timedelta(days=360)) == [cast.amina]
    assert await cohort.may_be_invited(cast.session, cast.group.id, NOON + dt.timedelta(days=370)) == []


async def test_the_coordinator_hears_once_when_it_is_time_to_ask(cast: Cast) -> None:
    start = cohort.moments(cast.group)["start"]
    at = wall(f"{start} 10:00")
    for _ in range(3):
        await cohort.look_round(cast.session, cast.content, at)
    told = [u for u in await said_to(cast.session, cast.rose.chat_id) if "een week bezig" in u.text]
    assert len(told) == 1
    [look] = await cast.taps(cast.rose, "Vraag het vertrouwen", now=at)
    assert "Heb je vertrouwen" in look.text
    await cast.taps(cast.rose, "Stuur naar de groep", now=at)
    poll = (await cast.session.scalars(select(Poll))).one()
    assert (poll.kind, poll.moment, poll.asked) == ("trust", "start", 2)


async def _staff(cast: Cast, group: Group) -> list[Staff]:
    from bot.care import tell

    return list(await tell.of_group(cast.session, group.id))


async def _planned(cast: Cast, group: Group) -> list[Meeting]:
    return list(await cast.session.scalars(select(Meeting).where(Meeting.group_id == group.id)))
