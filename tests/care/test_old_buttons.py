"""Old buttons: an answer counts for the meeting that she was told about, not for what became of it since."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from bot.care import headcount, meetings, reminders
from bot.db.models import Delivery, Meeting
from bot.messages import Utterance
from tests.given.house import House, Person, World, welcome, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EVENING = dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)


async def reminded(mother: Person, house: House, world: World) -> list[Utterance]:
    """She is in the group and hears the reminder of the evening before."""
    mother.lang = "nl"
    await welcome(mother, house)
    async with world.db.begin() as session:
        while await reminders.fire(session, world.content, EVENING):
            pass
    return await mother.listen()


async def coming(world: World, house: House) -> int:
    async with world.db.begin() as session:
        return (await headcount.headcount(session, house.meeting.id)).mothers


async def move(world: World, house: House, day: dt.date) -> None:
    async with world.db.begin() as session:
        meeting = await session.get_one(Meeting, house.meeting.id)
        await meetings.move(session, meeting, day, dt.time(14), world.now)


async def test_a_yes_to_the_old_moment_is_no_yes_to_the_new_one(amina: Person, house: House, world: World) -> None:
    assert "donderdag" in words(await reminded(amina, house, world))
    await move(world, house, dt.date(2026, 12, 8))
    said = words(await amina.tap("come"))
    assert await coming(world, house) == 0
    assert "Wij zien elkaar" in said
    assert "8 december" in said  # that very meeting, though another one comes before it
    await amina.tap("come")
    assert await coming(world, house) == 1


async def test_children_told_to_the_old_moment_do_not_count_either(amina: Person, house: House, world: World) -> None:
    await reminded(amina, house, world)
    await amina.tap("come")
    await move(world, house, dt.date(2026, 12, 8))
    assert "8 december" in words(await amina.tap("two"))
    assert await coming(world, house) == 0


async def test_what_was_elsewhere_and_is_not_any_more_bears_no_warning(
    amina: Person, house: House, world: World
) -> None:
    async with world.db.begin() as session:
        meeting = await session.get_one(Meeting, house.meeting.id)
        await meetings.other_place(session, meeting, "Bibliotheek", "Markt 2", world.now, 51.0, 4.0)
    await reminded(amina, house, world)
    async with world.db.begin() as session:
        meeting = await session.get_one(Meeting, house.meeting.id)
        await meetings.other_place(session, meeting, "De Nest", "Dorpsstraat 1", world.now, 51.06, 4.36)
    said = await amina.tap("come")
    assert "De Nest" in words(said)
    assert "andere plaats" not in words(said)
    assert [u.picture.warning for u in said if u.picture and u.picture.kind == "when"] == [None]
    assert next(u.pin.title for u in said if u.pin) == "De Nest"


@pytest.mark.parametrize(("moved", "counted"), [(False, 1), (True, 0)])
async def test_a_button_from_before_versions_is_about_the_first_one(
    amina: Person, house: House, world: World, moved: bool, counted: int
) -> None:
    await reminded(amina, house, world)
    async with world.db.begin() as session:
        row = await session.get_one(Delivery, amina.last[-1].id)
        old = json.dumps(row.utterance)
        assert '"version": 1' in old
        row.utterance = json.loads(old.replace('"version": 1', '"was": 1'))
    if moved:
        await move(world, house, dt.date(2026, 12, 8))
    await amina.send("press", data=amina.find("come"))
    assert await coming(world, house) == counted
