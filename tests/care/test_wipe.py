"""An answer about violence goes from her telephone with one tap, and out of our rows: who hits her may look into it."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import select

from bot.db.models import Arrival, Delivery, Question
from tests.given.house import House, Person, World, welcome

SAID = "mijn man slaat mij"


@pytest.fixture
async def grace(world: World, house: House) -> Person:
    """Grace hears Dutch, and has typed what nobody may read on her telephone."""
    person = Person(world, 7700103, "Grace", "nl")
    await welcome(person, house)
    await person.say(SAID)
    return person


async def rows_of(world: World, person: Person) -> list[Delivery]:
    async with world.db.begin() as session:
        query = select(Delivery).where(Delivery.chat_id == person.chat_id).order_by(Delivery.id)
        return list(await session.scalars(query))


async def test_one_tap_deletes_the_answer_its_cards_its_numbers_and_what_she_typed(world: World, grace: Person) -> None:
    told = [row for row in await rows_of(world, grace) if "1712" in json.dumps(row.utterance)]
    typed = await words_of(world, grace)
    assert {str(row.utterance["kind"]) for row in told} >= {"voice", "contact"}
    heard = await grace.tap("wipe")
    gone = {u.reply_to for u in heard if u.kind == "unsay"}
    assert gone >= {row.message_id for row in told} | set(typed)
    assert [u.text for u in heard if u.text and u.kind == "voice"] == ["Het bericht is weg."]
    first = next(n for n, u in enumerate(heard) if u.kind != "unsay")
    assert all(u.kind != "unsay" for u in heard[first:])  # it is gone before anything else is said


async def test_no_row_of_ours_keeps_it_and_hearing_again_does_not_bring_it_back(world: World, grace: Person) -> None:
    await grace.tap("wipe")
    left = [row for row in await rows_of(world, grace) if row.state != "open"]
    assert not [row for row in left if "1712" in json.dumps(row.utterance) or "geweld" in json.dumps(row.utterance)]
    assert SAID not in await raws(world, grace)
    again = await grace.say("🔁")
    assert not [u for u in again if "1712" in u.text]
    row = await grace.row()
    assert row is not None
    assert "geweld" not in json.dumps([row.said, row.place])


async def test_the_coordinators_still_see_that_somebody_is_in_danger(world: World, grace: Person) -> None:
    await grace.tap("wipe")
    async with world.db.begin() as session:
        (question,) = await session.scalars(select(Question))
        assert (question.urgent, question.state) == (True, "open")


async def test_other_messages_stay_and_so_does_what_is_too_old_to_delete(world: World, grace: Person) -> None:
    before = {row.message_id for row in await rows_of(world, grace) if "1712" not in json.dumps(row.utterance)}
    world.now += dt.timedelta(hours=49)
    heard = await grace.tap("wipe")
    assert not [u for u in heard if u.kind == "unsay"]
    assert before <= {row.message_id for row in await rows_of(world, grace)}


async def test_who_did_not_agree_yet_can_do_it_too(world: World, house: House) -> None:
    stranger = Person(world, 7700104, "Selam", "nl")
    await stranger.start(house.code)
    await stranger.say(SAID)
    await stranger.tap("nood_geweld")
    heard = await stranger.tap("wipe")
    assert [u.kind for u in heard if u.kind == "unsay"]
    assert "Het bericht is weg." in [u.text for u in heard]


async def words_of(world: World, person: Person) -> list[int]:
    """The number of the message in which she typed it."""
    async with world.db.begin() as session:
        found = await session.scalars(select(Arrival).where(Arrival.chat_id == person.chat_id))
        return [a.raw["message"]["message_id"] for a in found if SAID in json.dumps(a.raw)]


async def raws(world: World, person: Person) -> str:
    async with world.db.begin() as session:
        found = await session.scalars(select(Arrival).where(Arrival.chat_id == person.chat_id))
        return json.dumps([a.raw for a in found])
