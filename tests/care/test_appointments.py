"""Appointments: a talk with one mother or a visit at her home. One chat hears it, once for each kind, and never what is stale."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import inspect, select

from bot.care import appointments, privacy, staff
from bot.db.calendar_models import Appointment
from bot.db.models import Delivery
from tests.care.conftest import NOON, Cast, said_to, wall, words_to

THURSDAY = wall("2026-11-26 14:00")


async def talk(cast: Cast, **told: object) -> Appointment:
    return await appointments.make(
        cast.session,
        cast.content,
        cast.fatou,
        THURSDAY,
        NOON,
        cast.rose,
        **{"guide": "Rose", **told},  # type: ignore[arg-type]
    )


async def fire(cast: Cast, now: dt.datetime) -> int:
    n = 0
    while await appointments.fire_one(cast.session, cast.content, now):
        n += 1
    return n


async def heard(cast: Cast) -> list[str]:
    rows = await cast.session.scalars(select(Delivery.unique_key).where(Delivery.about == "appointment"))
    return sorted({":".join(key.split(":")[2:4]) for key in rows})


async def test_a_talk_is_heard_at_once_and_reminded_in_exactly_one_chat(cast: Cast) -> None:
    made = await talk(cast, partner=True)
    assert await fire(cast, NOON) == 0
    assert await fire(cast, wall("2026-11-25 18:30")) == 1
    assert await fire(cast, wall("2026-11-26 12:45")) == 1
    assert await fire(cast, wall("2026-11-26 13:30")) == 0
    assert await heard(cast) == ["1:evening", "1:made", "1:morning"]
    chats = set(await cast.session.scalars(select(Delivery.chat_id).where(Delivery.about == "appointment")))
    assert chats == {cast.fatou.chat_id}
    words = await words_to(cast.session, cast.fatou.chat_id)
    assert "rendez-vous avec Rose" in words
    assert "Ton partenaire peut venir aussi." in words
    assert made.say_at is None


async def test_ticking_twice_says_it_once(cast: Cast) -> None:
    await talk(cast)
    for _ in range(3):
        await fire(cast, wall("2026-11-25 18:30"))
    assert await heard(cast) == ["1:evening", "1:made"]


async def test_a_visit_at_home_has_no_address_anywhere(cast: Cast) -> None:
    await talk(cast, kind="home")
    await fire(cast, wall("2026-11-25 18:30"))
    words = await words_to(cast.session, cast.fatou.chat_id)
    assert "Rose vient chez toi" in words
    assert "De Sleutel" not in words
    assert "Kerkstraat" not in words
    assert not [u for u in await said_to(cast.session, cast.fatou.chat_id) if u.kind == "pin"]
    columns = {column.key for column in inspect(Appointment).columns}
    assert not columns & {"address", "place", "lat", "lon", "note", "notes", "text", "observation"}


async def test_moving_rewrites_what_waits_and_asks_anew(cast: Cast) -> None:
    made = await talk(cast)
    assert await appointments.answer(cast.session, cast.fatou, made.id, "come", NOON, 1) == "come"
    await appointments.move(cast.session, cast.content, made, dt.date(2026, 11, 27), dt.time(10), NOON)
    assert (made.answer, made.version) == (None, 2)
    assert await fire(cast, wall("2026-11-25 18:30")) == 0
    assert await fire(cast, wall("2026-11-26 18:30")) == 1
    assert await heard(cast) == ["1:made", "2:evening", "2:moved"]
    assert "le rendez-vous a changé" in await words_to(cast.session, cast.fatou.chat_id)
    assert await appointments.answer(cast.session, cast.fatou, made.id, "come", NOON, 1) == "talk"  # an old button
    assert made.answer is None


async def test_what_is_cancelled_is_not_reminded_and_comes_back(cast: Cast) -> None:
    made = await talk(cast)
    assert await appointments.cancel(cast.session, cast.content, made, NOON)
    assert not await appointments.cancel(cast.session, cast.content, made, NOON)
    assert await fire(cast, wall("2026-11-25 18:30")) == 0
    assert "est annulé" in await words_to(cast.session, cast.fatou.chat_id)
    assert await appointments.restore(cast.session, cast.content, made, NOON)
    assert await fire(cast, wall("2026-11-25 18:30")) == 1


async def test_after_a_days_power_cut_nothing_stale_is_said(cast: Cast) -> None:
    await talk(cast)
    await fire(cast, wall("2026-11-26 20:00"))
    assert await heard(cast) == ["1:made"]


async def test_who_cannot_come_is_left_in_peace_and_who_made_it_knows(cast: Cast) -> None:
    made = await talk(cast)
    assert await appointments.answer(cast.session, cast.fatou, made.id, "cannot", NOON, 1) == "cannot"
    assert await fire(cast, wall("2026-11-25 18:30")) == 0
    assert "Fatou" in await words_to(cast.session, cast.rose.chat_id)
    assert "kan niet" in await words_to(cast.session, cast.rose.chat_id)


async def test_who_made_it_and_left_the_group_hears_nothing_of_her_any_more(cast: Cast) -> None:
    made = await talk(cast)
    await staff.assign(cast.session, cast.els, {cast.group.id: "coordinator"})
    await staff.assign(cast.session, cast.rose, {cast.group.id: "volunteer"})
    assert await appointments.answer(cast.session, cast.fatou, made.id, "come", NOON, 1) == "come"
    assert "Fatou" not in await words_to(cast.session, cast.rose.chat_id)
    assert "Fatou" in await words_to(cast.session, cast.els.chat_id)


async def test_another_mother_cannot_answer_it(cast: Cast) -> None:
    made = await talk(cast)
    assert await appointments.answer(cast.session, cast.amina, made.id, "come", NOON, 1) == "gone"
    assert made.answer is None


async def test_her_quiet_hours_are_hers_here_too(cast: Cast) -> None:
    cast.fatou.quiet_from, cast.fatou.quiet_until = "18:00", "20:00"
    made = await talk(cast)
    assert made.say_at == wall("2026-11-25 17:45")


async def test_a_moment_that_is_over_is_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="al voorbij"):
        await appointments.make(cast.session, cast.content, cast.fatou, NOON, NOON, cast.rose)


async def test_it_goes_when_she_is_forgotten(cast: Cast) -> None:
    await talk(cast)
    await privacy.forget(cast.session, cast.fatou, NOON)
    assert list(await cast.session.scalars(select(Appointment))) == []
    assert list(await cast.session.scalars(select(Delivery).where(Delivery.about == "appointment"))) == []


async def test_two_talks_a_mother_are_counted(cast: Cast) -> None:
    await talk(cast)
    await talk(cast, kind="home")
    assert await appointments.talks(cast.session, cast.group.id) == {cast.fatou.id: 2}


async def test_a_button_pressed_twice_makes_one_appointment_and_she_hears_it_once(cast: Cast) -> None:
    first, second = await talk(cast), await talk(cast)
    assert first.id == second.id
    assert await heard(cast) == ["1:made"]


async def test_what_a_colleague_makes_at_night_comes_without_a_sound(cast: Cast) -> None:
    made = await talk(cast)
    assert not any(said.silent for said in await said_to(cast.session, cast.fatou.chat_id))
    night = wall("2026-11-24 23:00")
    assert await appointments.move(cast.session, cast.content, made, dt.date(2026, 11, 27), dt.time(10), night)
    assert (await said_to(cast.session, cast.fatou.chat_id))[-1].silent
