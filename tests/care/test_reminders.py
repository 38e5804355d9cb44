"""Reminders: once, at the right moment, only when still true; and what she answers."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.care import announcements, meetings, outbox, reminders, staff
from bot.care.content import Content
from bot.care.reminders import Hours
from bot.clock import in_quiet_hours, local
from bot.db.models import Delivery, Mother, Reminder
from bot.db.session import Database
from bot.messages import Utterance, from_json
from tests.care.conftest import NOON, Cast, Fire, make_mother, said_to, wall, words_to

EVENING, MORNING = wall("2026-11-25 18:30"), wall("2026-11-26 07:45")


async def reminded(cast: Cast, mother: Mother) -> list[str]:
    """Which reminders lie in her outbox, as "evening 18:30"."""
    query = (
        select(Reminder).where(Reminder.mother_id == mother.id, Reminder.state == "fired").order_by(Reminder.fired_at)
    )
    return [f"{r.kind} {local(r.fired_at):%H:%M}" for r in await cast.session.scalars(query) if r.fired_at]


async def asked(cast: Cast, mother: Mother) -> list[Utterance]:
    """The voice notes of reminders to her."""
    return [u for u in await said_to(cast.session, mother.chat_id) if u.kind == "voice"]


async def test_each_hears_it_in_her_language_the_evening_before_with_three_answers(cast: Cast, fire: Fire) -> None:
    assert await fire(EVENING - dt.timedelta(minutes=1)) == 0
    await fire(EVENING)
    amina, fatou = await asked(cast, cast.amina), await asked(cast, cast.fatou)
    assert [(u.lang, len(amina)) for u in amina] == [("ar", 1)]
    assert [u.lang for u in fatou] == ["fr"]
    choices = [row[0].to for row in fatou[0].buttons[:3]]
    assert [c["choice"] for c in choices] == ["come", "late", "cannot"]
    assert {c["args"]["meeting"] for c in choices} == {cast.next[0].id}
    assert "demain" in fatou[0].text
    assert fatou[0].asks
    assert fatou[0].voice is not None
    assert not [p for p in fatou[0].voice.parts if re.search(r"\d", p.text)]
    pictures = [u.picture for u in await said_to(cast.session, cast.fatou.chat_id) if u.picture]
    assert [(p.day, p.starts) for p in pictures if p.kind == "when"] == [("2026-11-26", "09:00")]


async def test_she_hears_it_once_however_often_it_ticks(cast: Cast, fire: Fire) -> None:
    await fire(EVENING)
    first = len(await said_to(cast.session, cast.amina.chat_id))
    assert await fire(EVENING + dt.timedelta(minutes=5)) == 0
    await reminders.plan(cast.session, cast.group, EVENING)
    assert await fire(EVENING + dt.timedelta(minutes=6)) == 0
    assert len(await said_to(cast.session, cast.amina.chat_id)) == first
    await fire(MORNING)
    assert await reminded(cast, cast.amina) == ["evening 18:30", "morning 07:45"]


async def test_after_a_day_without_power_she_hears_once_what_still_helps(cast: Cast, fire: Fire) -> None:
    await fire(wall("2026-11-26 07:35"))
    assert await reminded(cast, cast.amina) == ["evening 07:35"]
    assert "aujourd" in (await asked(cast, cast.fatou))[0].text
    await fire(wall("2026-11-26 08:00"))
    assert await reminded(cast, cast.amina) == ["evening 07:35"]


async def test_nothing_stale_is_said_after_the_meeting_has_begun(cast: Cast, fire: Fire) -> None:
    await fire(wall("2026-11-26 09:01"))
    assert await said_to(cast.session, cast.amina.chat_id) == []
    query = select(Reminder.why).where(Reminder.meeting_id == cast.next[0].id)
    assert set(await cast.session.scalars(query)) == {"too late"}


async def test_a_late_evening_reminder_waits_for_the_end_of_the_quiet_hours(cast: Cast, fire: Fire) -> None:
    await fire(wall("2026-11-25 23:00"))
    assert await said_to(cast.session, cast.amina.chat_id) == []
    await fire(wall("2026-11-26 07:30"))
    assert await reminded(cast, cast.amina) == ["evening 07:30"]


async def test_what_says_tomorrow_is_not_sent_after_midnight(cast: Cast, fire: Fire) -> None:
    await fire(EVENING)
    ends = set(await cast.session.scalars(select(Delivery.expires_at).where(Delivery.mother_id == cast.amina.id)))
    assert ends == {wall("2026-11-26 00:00")}


async def test_a_muted_week_is_silent_and_ends_by_itself(cast: Cast, fire: Fire) -> None:
    cast.amina.muted_until = wall("2026-11-30 00:00")
    await fire(EVENING)
    await fire(MORNING)
    await fire(wall("2026-11-30 07:45"))  # the next Monday
    assert await reminded(cast, cast.amina) == ["morning 07:45"]
    assert len(await reminded(cast, cast.fatou)) == 3


async def test_three_meetings_a_week_are_six_reminders_at_most(cast: Cast, fire: Fire) -> None:
    await meetings.add(cast.session, cast.group, dt.date(2026, 12, 1), NOON)
    for day in range(29, 36):
        for hour in ("07:45", "18:30"):
            date = dt.date(2026, 11, 1) + dt.timedelta(days=day - 1)
            await fire(wall(f"{date.isoformat()} {hour}"))
    rows = await cast.session.scalars(
        select(Reminder).where(Reminder.mother_id == cast.amina.id, Reminder.state == "fired")
    )
    assert len(list(rows)) == 6


async def test_who_cannot_come_is_left_in_peace(cast: Cast, fire: Fire) -> None:
    await fire(EVENING)
    await reminders.answer(cast.session, cast.amina, cast.next[0].id, "cannot", EVENING)
    await fire(MORNING)
    assert await reminded(cast, cast.amina) == ["evening 18:30"]
    assert await reminded(cast, cast.fatou) == ["evening 18:30", "morning 07:45"]


async def test_grace_who_stopped_and_she_who_blocked_us_hear_nothing(cast: Cast, fire: Fire) -> None:
    cast.amina.status = "stopped"
    cast.fatou.unreachable_at = NOON
    await fire(EVENING)
    for mother in (cast.amina, cast.fatou):
        assert await said_to(cast.session, mother.chat_id) == []


async def test_another_place_is_said_and_shown_with_its_pin(cast: Cast, fire: Fire) -> None:
    await meetings.other_place(cast.session, cast.next[0], "Bibliotheek", "Markt 2", NOON, lat=51.0, lon=4.3)
    await fire(EVENING)
    said = await said_to(cast.session, cast.fatou.chat_id)
    assert "Bibliotheek" in said[-1].text
    assert [u.picture.warning for u in said if u.picture and u.picture.kind == "when"] == ["other-place"]
    assert [(u.pin.lat, u.pin.title) for u in said if u.pin] == [(51.0, "Bibliotheek")]


async def test_a_moved_meeting_is_asked_again_before_its_new_day(cast: Cast, fire: Fire) -> None:
    await fire(EVENING)
    await meetings.move(cast.session, cast.next[0], dt.date(2026, 11, 27), dt.time(9), EVENING + dt.timedelta(hours=1))
    assert await fire(MORNING) == 0
    await fire(wall("2026-11-26 18:30"))
    times = {local(r.fired_at).isoformat()[:16] for r in await fired_of(cast) if r.fired_at}
    assert times == {"2026-11-26T18:30"}
    assert len(await asked(cast, cast.amina)) == 2


async def fired_of(cast: Cast) -> list[Reminder]:
    query = select(Reminder).where(Reminder.mother_id == cast.amina.id, Reminder.state == "fired")
    return list(await cast.session.scalars(query))


async def test_what_lies_unsent_when_the_place_changes_is_taken_out_and_said_anew(cast: Cast, fire: Fire) -> None:
    await fire(EVENING)
    await meetings.other_place(cast.session, cast.next[0], "Bibliotheek", "Markt 2", EVENING)
    await fire(EVENING + dt.timedelta(minutes=1))
    open_words = [
        from_json(Utterance, d.utterance).text
        for d in await cast.session.scalars(
            select(Delivery).where(Delivery.chat_id == cast.fatou.chat_id, Delivery.state == "open")
        )
    ]
    assert not [w for w in open_words if "De Sleutel" in w]
    assert [w for w in open_words if "Bibliotheek" in w]


async def test_several_who_tick_at_once_say_it_once(db: Database, content: Content) -> None:
    from tests.care.conftest import make_group

    async with db.begin() as session:
        group = await make_group(session)
        await meetings.plan(session, group, NOON)
        from bot.care import groups

        for n in range(4):
            await groups.join(session, await make_mother(session, f"Mama {n}", "nl"), group, NOON)

    async def ticks() -> None:
        more = True
        while more:
            async with db.begin() as session:
                more = await reminders.fire(session, content, EVENING)

    await asyncio.gather(*(ticks() for _ in range(3)))
    async with db.begin() as session:
        voices = [d for d in await session.scalars(select(Delivery)) if d.utterance["kind"] == "voice"]
    assert len(voices) == 4


# ---------------------------------------------------------------- what she answers


async def test_rose_sees_one_mother_and_two_children(cast: Cast) -> None:
    meeting = cast.next[0].id
    assert await reminders.answer(cast.session, cast.amina, meeting, "come", NOON) == "ok"
    assert await reminders.answer(cast.session, cast.amina, meeting, "come", NOON, 2) == "ok"
    assert await reminders.answer(cast.session, cast.fatou, meeting, "cannot", NOON) == "ok"
    selam = await make_mother(cast.session, "Selam", "ti", status="member", group_id=cast.group.id)
    count = await reminders.headcount(cast.session, meeting)
    assert (count.mothers, count.children, count.late, count.cannot, count.unknown) == (1, 2, 0, 1, 1)
    assert await reminders.answer(cast.session, selam, meeting, "late", NOON, 1) == "ok"
    count = await reminders.headcount(cast.session, meeting)
    assert (count.mothers, count.children, count.late) == (2, 3, 1)


async def test_the_last_answer_counts_and_the_children_she_told_stay(cast: Cast) -> None:
    meeting = cast.next[0].id
    await reminders.answer(cast.session, cast.amina, meeting, "come", NOON, 3)
    await reminders.answer(cast.session, cast.amina, meeting, "late", NOON)
    count = await reminders.headcount(cast.session, meeting)
    assert (count.mothers, count.children, count.late) == (1, 3, 1)


@pytest.mark.parametrize("told", [(-1, 0), (99, 15)])
async def test_a_tampered_number_of_children_does_no_harm(cast: Cast, told: tuple[int, int]) -> None:
    await reminders.answer(cast.session, cast.amina, cast.next[0].id, "come", NOON, told[0])
    assert (await reminders.headcount(cast.session, cast.next[0].id)).children == told[1]


async def test_an_answer_about_what_is_over_cancelled_or_not_hers_is_not_noted(cast: Cast) -> None:
    meeting, after = cast.next[0], wall("2026-11-26 12:00")
    assert await reminders.answer(cast.session, cast.amina, meeting.id, "come", after) == "past"
    await meetings.cancel(cast.session, cast.next[1], NOON)
    assert await reminders.answer(cast.session, cast.amina, cast.next[1].id, "come", NOON) == "cancelled"
    stranger = await make_mother(cast.session, "Oksana", "uk")
    assert await reminders.answer(cast.session, stranger, meeting.id, "come", NOON) == "gone"
    assert await reminders.answer(cast.session, cast.amina, 99999, "come", NOON) == "gone"
    assert await reminders.answer(cast.session, cast.amina, meeting.id, "dance", NOON) == "gone"
    assert (await reminders.headcount(cast.session, meeting.id)).mothers == 0


# ---------------------------------------------------------------- staff


async def test_the_volunteer_hears_of_the_meeting_and_everybody_of_the_headcount(cast: Cast, fire: Fire) -> None:
    await fire(EVENING)
    assert "donderdag" in await words_to(cast.session, cast.vera.chat_id)
    assert await words_to(cast.session, cast.rose.chat_id) == ""
    await reminders.answer(cast.session, cast.amina, cast.next[0].id, "late", EVENING, 2)
    await fire(MORNING)
    rose, vera = await words_to(cast.session, cast.rose.chat_id), await words_to(cast.session, cast.vera.chat_id)
    assert "1 moeder" in rose
    assert "Later: Amina (2)" in rose
    assert "2 kinderen" in vera
    assert "Amina" not in vera


async def test_names_in_the_headcount_are_for_the_role_in_this_group(cast: Cast, fire: Fire) -> None:
    await staff.assign(cast.session, cast.els, {cast.group.id: "volunteer"})
    await staff.assign(cast.session, cast.vera, {cast.group.id: "guide"})
    await reminders.answer(cast.session, cast.amina, cast.next[0].id, "late", EVENING, 2)
    await fire(MORNING)
    els, vera = await words_to(cast.session, cast.els.chat_id), await words_to(cast.session, cast.vera.chat_id)
    assert "2 kinderen" in els
    assert "Amina" not in els
    assert "Later: Amina (2)" in vera


async def test_volunteers_hear_of_a_cancelled_meeting_too(cast: Cast) -> None:
    await meetings.cancel(cast.session, cast.next[0], NOON, cast.rose)
    while await announcements.fan_out_one(cast.session, cast.content, NOON):
        pass
    assert "geen groep" in await words_to(cast.session, cast.vera.chat_id)
    assert await words_to(cast.session, cast.rose.chat_id) == ""
    assert await outbox.counts(cast.session, "announcement", 1)


# ---------------------------------------------------------------- moments

TIMES = st.times(min_value=dt.time(7), max_value=dt.time(20)).map(lambda t: t.replace(second=0, microsecond=0))
CLOCKS = st.times().map(lambda t: f"{t.hour:02}:{t.minute:02}")


@settings(max_examples=300, deadline=None)
@given(
    day=st.dates(dt.date(2026, 10, 1), dt.date(2027, 4, 30)),
    at=TIMES,
    quiet=st.none() | st.tuples(CLOCKS, CLOCKS),
)
def test_a_reminder_never_falls_in_quiet_hours_nor_after_the_start(
    day: dt.date, at: dt.time, quiet: tuple[str, str] | None
) -> None:
    if quiet and _minutes(quiet) > 20 * 60 - 90:
        return  # somebody who is never to be disturbed
    mother = Mother(quiet_from=quiet[0] if quiet else None, quiet_until=quiet[1] if quiet else None)
    starts = wall(f"{day.isoformat()} {at:%H:%M}")
    for kind in reminders.KINDS:
        found = reminders.times(starts, kind, Hours(), mother)
        if found is not None and (quiet is None or _minutes(quiet) < 600):
            assert found.due_at < starts
            assert not in_quiet_hours(found.due_at, dt.time(21), dt.time(7, 30))
            assert found.due_at < found.expires_at <= starts


def _minutes(quiet: tuple[str, str]) -> int:
    start, end = (int(t[:2]) * 60 + int(t[3:]) for t in quiet)
    return (end - start) % 1440


def test_nine_o_clock_after_the_october_change_is_reminded_on_the_wall_clock() -> None:
    starts = wall("2026-10-26 09:00")
    evening = reminders.times(starts, "evening", Hours(), Mother())
    assert evening is not None
    assert local(evening.due_at).isoformat() == "2026-10-25T18:30:00+01:00"
    assert starts - evening.due_at == dt.timedelta(hours=14, minutes=30)


def test_her_own_quiet_hours_bring_the_evening_forward() -> None:
    found = reminders.times(
        wall("2026-11-26 09:00"), "evening", Hours(), Mother(quiet_from="18:00", quiet_until="08:00")
    )
    assert found is not None
    assert local(found.due_at).time() == dt.time(17, 45)
    morning = reminders.times(
        wall("2026-11-26 09:00"), "morning", Hours(), Mother(quiet_from="18:00", quiet_until="08:50")
    )
    assert morning is None
