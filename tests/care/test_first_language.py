"""Choosing a language by hearing it: short when her language is known, and never talked through once she has chosen."""

from __future__ import annotations

from sqlalchemy import select

from bot.care import groups
from bot.db.models import Delivery
from tests.given.house import Person, World


async def greeted_in(world: World, chat_id: int) -> list[str]:
    async with world.db.begin() as session:
        rows = await session.scalars(select(Delivery).where(Delivery.chat_id == chat_id).order_by(Delivery.id))
        return [row.utterance.get("lang", "nl") for row in rows if row.utterance["kind"] == "voice"]


async def code(world: World, house: object, lang: str | None) -> str:
    from bot.db.models import Group

    async with world.db.begin() as session:
        group = (await session.scalars(select(Group))).first()
        assert group is not None
        return await groups.invite(session, group, world.now, lang=lang)


async def test_a_link_in_her_language_greets_her_in_that_and_dutch_with_the_rest_one_tap_away(
    world: World, house: object
) -> None:
    selam = Person(world, 771, "Selam")
    await selam.start(await code(world, house, "ti"))
    assert await greeted_in(world, 771) == ["ti", "nl"]
    await selam.tap("@all")
    assert await greeted_in(world, 771) == ["ti", "nl", "ti", *[lang for lang in world.content.offered if lang != "ti"]]


async def test_without_a_hint_every_language_greets_her(world: World, house: object) -> None:
    somebody = Person(world, 772, "Iemand")
    await somebody.start(await code(world, house, None))
    assert await greeted_in(world, 772) == world.content.offered


async def test_greetings_that_have_not_left_when_she_chooses_stay_unsaid(world: World, house: object) -> None:
    somebody = Person(world, 773, "Iemand")
    await somebody.start(await code(world, house, None))
    async with world.db.begin() as session:
        for row in list(await session.scalars(select(Delivery).where(Delivery.chat_id == 773).order_by(Delivery.id)))[
            4:
        ]:
            row.state = "open"
    await somebody.tap("fr")
    async with world.db.begin() as session:
        rows = list(await session.scalars(select(Delivery).where(Delivery.chat_id == 773).order_by(Delivery.id)))
    assert {row.state for row in rows if row.error} == {"cancelled"}
    assert sum(row.state == "cancelled" for row in rows) > 3
    assert rows[-1].utterance["lang"] == "fr"
    assert rows[-1].state != "cancelled"
