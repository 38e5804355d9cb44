"""The registration period: told on the opening day and seven and two days before the end; her words about the group."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bot.care import registration, story
from bot.db.cohort_models import Story
from bot.db.models import Media
from tests.care.conftest import NOON, Cast, make_media, said_to, wall

OPENS, CLOSES = dt.date(2026, 12, 1), dt.date(2026, 12, 20)


async def _day_by_day(cast: Cast, first: dt.date, days: int) -> dict[dt.date, int]:
    """What each day brings, with four ticks a day."""
    told = {}
    for n in range(days):
        day = first + dt.timedelta(days=n)
        counts = [
            await registration.fire_due(cast.session, cast.content, wall(f"{day} {hour}"))
            for hour in ("09:00", "10:00", "10:10", "20:00")
        ]
        told[day] = sum(counts)
    return {day: n for day, n in told.items() if n}


async def test_it_is_told_on_the_opening_day_and_seven_and_two_days_before_the_end(cast: Cast) -> None:
    await registration.set_period(cast.session, cast.group, OPENS, CLOSES, NOON)
    told = await _day_by_day(cast, dt.date(2026, 11, 28), 30)
    assert told == {OPENS: 2, dt.date(2026, 12, 13): 2, dt.date(2026, 12, 18): 2}
    assert "jusqu’à" in (await said_to(cast.session, cast.fatou.chat_id))[-1].text


async def test_not_to_her_whose_child_has_its_school(cast: Cast) -> None:
    await registration.set_period(cast.session, cast.group, OPENS, CLOSES, NOON)
    await registration.fire_due(cast.session, cast.content, wall("2026-12-01 10:00"))
    await registration.done(cast.session, cast.amina, wall("2026-12-02 10:00"))
    await registration.done(cast.session, cast.amina, wall("2026-12-02 10:01"))
    told = await _day_by_day(cast, dt.date(2026, 12, 2), 20)
    assert told == {dt.date(2026, 12, 13): 1, dt.date(2026, 12, 18): 1}


async def test_other_dates_take_the_place_of_the_first(cast: Cast) -> None:
    await registration.set_period(cast.session, cast.group, OPENS, CLOSES, NOON)
    await registration.set_period(cast.session, cast.group, dt.date(2026, 12, 7), dt.date(2026, 12, 8), NOON)
    assert await _day_by_day(cast, dt.date(2026, 11, 28), 30) == {dt.date(2026, 12, 7): 2}


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        pytest.param(CLOSES, OPENS, id="the end before the start"),
        pytest.param(dt.date(2026, 3, 1), dt.date(2026, 3, 20), id="over"),
        pytest.param(OPENS, dt.date(2027, 12, 1), id="a year"),
    ],
)
async def test_dates_that_cannot_be_are_refused(cast: Cast, opens: dt.date, closes: dt.date) -> None:
    with pytest.raises(ValueError):
        await registration.set_period(cast.session, cast.group, opens, closes, NOON)


# ---------------------------------------------------------------- her words about the group


async def test_without_her_yes_nobody_hears_it(cast: Cast) -> None:
    media = await make_media(cast.session, mother_id=cast.amina.id)
    kept = await story.keep(cast.session, cast.amina, "", media, NOON)
    assert await story.told(cast.session, cast.group.id) == []
    assert await story.consent(cast.session, cast.amina, kept.id, "inside")
    assert [s.id for s in await story.told(cast.session, cast.group.id)] == [kept.id]
    assert await story.told(cast.session, cast.group.id, story.PUBLIC) == []


async def test_nobody_means_that_it_is_gone_with_its_recording(cast: Cast) -> None:
    media = await make_media(cast.session, mother_id=cast.amina.id)
    kept = await story.keep(cast.session, cast.amina, "", media, NOON)
    assert await story.consent(cast.session, cast.amina, kept.id, "no")
    assert list(await cast.session.scalars(select(Story))) == []
    assert list(await cast.session.scalars(select(Media).where(Media.id == media.id))) == []
    assert not await story.consent(cast.session, cast.amina, kept.id, "public")


async def test_only_she_decides_about_her_words(cast: Cast) -> None:
    kept = await story.keep(cast.session, cast.amina, "Ik kom graag", None, NOON)
    assert not await story.consent(cast.session, cast.fatou, kept.id, "public")
    assert await story.told(cast.session, cast.group.id) == []


async def test_words_without_an_answer_are_wiped_after_a_week(cast: Cast) -> None:
    await story.keep(cast.session, cast.amina, "Ik kom graag", None, NOON)
    assert await story.sweep(cast.session, NOON + dt.timedelta(days=6)) == 0
    assert await story.sweep(cast.session, NOON + dt.timedelta(days=8)) == 1
    assert list(await cast.session.scalars(select(Story))) == []
