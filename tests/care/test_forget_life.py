"""What a group lives through is forgotten with her: her vote, stone, words, consent. The counts stay, and name nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.care import cohort, polls, privacy, registration, stones, story
from bot.care.known import everything
from bot.db.cohort_models import ComeBack, Registered, Stone, Story, Trust, Vote
from bot.db.models import Media
from tests.care.conftest import NOON, Cast, make_media

HERS = (Vote, Stone, Story, ComeBack, Registered)


async def _lives(cast: Cast) -> None:
    poll = await polls.ask(cast.session, cast.content, cast.group, "trust", NOON, cast.rose, moment="start")
    assert await polls.vote(cast.session, cast.amina, poll, "trust5", NOON) == ("thanks", [])
    await stones.move(cast.session, cast.content, cast.amina, "visit", NOON, by=cast.rose)
    media = await make_media(cast.session, mother_id=cast.amina.id)
    told = await story.keep(cast.session, cast.amina, "", media, NOON)
    assert await story.consent(cast.session, cast.amina, told.id, "public")
    await cohort.agree(cast.session, cast.amina, True, NOON)
    await registration.done(cast.session, cast.amina, NOON)


@pytest.mark.parametrize("table", HERS)
async def test_no_row_of_hers_is_left(cast: Cast, table: type) -> None:
    await _lives(cast)
    assert await cast.session.scalar(select(func.count()).select_from(table)) == 1
    await privacy.forget(cast.session, cast.amina, NOON)
    assert await cast.session.scalar(select(func.count()).select_from(table)) == 0


async def test_her_recording_goes_and_the_count_stays(cast: Cast) -> None:
    await _lives(cast)
    await privacy.forget(cast.session, cast.amina, NOON)
    assert list(await cast.session.scalars(select(Media))) == []
    assert list(await cast.session.scalars(select(Trust.count))) == [1]


async def test_she_can_read_what_is_kept_of_it(cast: Cast) -> None:
    await _lives(cast)
    found = await everything(cast.session, cast.amina)
    assert {table.__tablename__ for table in HERS} <= set(found)
