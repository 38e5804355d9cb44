"""Stepping stones to childcare: a path that the organisation changes, and where each mother stands on it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.care import stones
from bot.db.cohort_models import Stone
from tests.care.conftest import NOON, Cast, make_group, said_to


async def test_the_path_is_the_one_in_the_file_until_somebody_changes_it(cast: Cast) -> None:
    steps = await stones.path(cast.session, cast.content, cast.group.id)
    assert [step.id for step in steps] == list(cast.content.stones)
    assert not any(step.hidden or step.name for step in steps)


async def test_reordered_renamed_and_hidden_for_this_group_alone(cast: Cast) -> None:
    other = await make_group(cast.session, name="Klimop")
    first, second, *rest = await stones.path(cast.session, cast.content, cast.group.id)
    changed = [second, replace(first, name="Praten met Fatima"), replace(rest[0], hidden=True), *rest[1:]]
    await stones.change(cast.session, cast.group, changed, NOON)
    found = await stones.path(cast.session, cast.content, cast.group.id)
    assert [s.id for s in found[:2]] == [second.id, first.id]
    assert (found[1].title, found[2].hidden) == ("Praten met Fatima", True)
    assert [s.id for s in await stones.path(cast.session, cast.content, other.id)] == list(cast.content.stones)
    with pytest.raises(ValueError, match="minstens één"):
        await stones.change(cast.session, cast.group, [replace(s, hidden=True) for s in found], NOON)


async def test_she_hears_where_she_is_in_her_language(cast: Cast) -> None:
    assert await stones.move(cast.session, cast.content, cast.amina, "visit", NOON)
    path, card, voice = await said_to(cast.session, cast.amina.chat_id)
    assert path.picture
    assert path.picture.kind == "path"
    assert [cell.colour for cell in path.picture.cells] == ["green", "green", "yellow", *["grey"] * 5]
    assert card.picture
    assert voice.lang == "ar"
    assert "زيارة الحضانة" in voice.text
    assert voice.voice
    assert [part.key for part in voice.voice.parts][:2] == ["stone.here.text", "stone_path.visit.label"]


async def test_moving_twice_quickly_says_only_the_last(cast: Cast) -> None:
    await stones.move(cast.session, cast.content, cast.amina, "hear", NOON)
    assert not await stones.move(cast.session, cast.content, cast.amina, "hear", NOON)
    await stones.move(cast.session, cast.content, cast.amina, "desk", NOON + dt.timedelta(seconds=1))
    waiting = await said_to(cast.session, cast.amina.chat_id, "open")
    assert len([u for u in waiting if u.picture and u.picture.kind == "path"]) == 1
    assert await stones.of(cast.session, cast.amina) == "desk"
    assert await stones.of_all(cast.session, cast.group.id) == {cast.amina.id: "desk"}
    await stones.move(cast.session, cast.content, cast.amina, None, NOON + dt.timedelta(seconds=2))
    assert await stones.of(cast.session, cast.amina) is None


async def test_where_she_stands_is_a_row_and_survives_a_restart(cast: Cast) -> None:
    await stones.move(cast.session, cast.content, cast.amina, "together", NOON, tell=False)
    assert await said_to(cast.session, cast.amina.chat_id) == []
    cast.session.expunge_all()
    assert (await cast.session.get_one(Stone, cast.amina.id)).stone == "together"


async def test_on_a_hidden_stone_she_sees_the_one_before(cast: Cast) -> None:
    steps = await stones.path(cast.session, cast.content, cast.group.id)
    await stones.move(cast.session, cast.content, cast.amina, "together", NOON, tell=False)
    hidden = [replace(s, hidden=s.id == "together") for s in steps]
    await stones.change(cast.session, cast.group, hidden, NOON)
    say = await stones.say(cast.session, cast.content, cast.amina)
    assert (say.step, say.slots["stone"]) == ("stone.here", "visit")
    assert "together" not in say.slots["stones"]


async def test_a_renamed_stone_is_shown_as_written_and_never_in_a_wrong_voice(cast: Cast) -> None:
    steps = await stones.path(cast.session, cast.content, cast.group.id)
    await stones.change(
        cast.session, cast.group, [replace(s, name="De Speelboot") if s.id == "visit" else s for s in steps], NOON
    )
    await stones.move(cast.session, cast.content, cast.amina, "visit", NOON)
    voice = (await said_to(cast.session, cast.amina.chat_id))[-1]
    assert "👉 De Speelboot" in voice.text
    assert voice.voice
    assert all("De Speelboot" not in part.text for part in voice.voice.parts)


async def test_a_stone_that_is_not_there_is_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="niet"):
        await stones.move(cast.session, cast.content, cast.amina, "moon", NOON)
