"""How she found us, whether she stays, and whom she lets in beside her: as she taps it."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select

from bot.care import meetings, memberships, partner_events, partners, people
from bot.clock import local
from bot.db.models import Arrival, Delivery, Group, Meeting, Mother, Question
from bot.db.people_models import Found, Partner
from tests.given.house import House, Person, World, welcome, words

EVENING = dt.datetime(2026, 11, 25, 17, 31, tzinfo=dt.UTC)  # half past six in Flanders, the day before the meeting


# ---------------------------------------------------------------- how did you find us


async def counted(world: World) -> dict[str, int]:
    async with world.db.begin() as session:
        return {row.source: row.count for row in await session.scalars(select(Found))}


async def to_the_question(person: Person, house: House) -> None:
    await person.start(house.code)
    for choice in (person.lang, "agree", "sun", "next", "next"):
        await person.tap(choice)


async def test_how_she_found_us_is_counted_and_nothing_tells_that_it_was_she(
    world: World, house: House, fatou: Person
) -> None:
    await to_the_question(fatou, house)
    assert (await fatou.place()).step == "found.ask"
    await fatou.tap("friend")
    assert (await fatou.place()).step == "home.menu"
    assert await counted(world) == {"friend": 1}
    async with world.db.begin() as session:
        kept = [row.raw for row in await session.scalars(select(Arrival).order_by(Arrival.id.desc()).limit(1))]
        said = [str(row.utterance) for row in await session.scalars(select(Delivery))]
        mother = (await session.scalars(select(Mother))).one()
    assert kept == [{}]
    assert not any("'source'" in text for text in said)
    assert "friend" not in str(mother.place) + str(mother.said)


async def test_a_second_tap_is_not_counted(world: World, house: House, fatou: Person) -> None:
    await to_the_question(fatou, house)
    asked = fatou.find("friend"), fatou.find("ocmw")
    for data in asked:
        await fatou.send("press", data=data, callback_id="1")
    assert sum((await counted(world)).values()) == 1


async def test_she_may_leave_it_and_nothing_is_counted(world: World, house: House, fatou: Person) -> None:
    await to_the_question(fatou, house)
    await fatou.tap("@home")
    assert await counted(world) == {}


# ---------------------------------------------------------------- stay, or not now


async def asked_to_stay(world: World, house: House, person: Person) -> None:
    await welcome(person, house)
    async with world.db.begin() as session:
        mother = (await session.scalars(select(Mother).where(Mother.chat_id == person.chat_id))).one()
        await memberships.try_out(session, mother, True, world.now)
        coming = await meetings.coming(session, house.group.id, world.now, 3)
    world.now = coming[-1].ends_at + dt.timedelta(hours=1)
    async with world.db.begin() as session:
        assert await people.one(session, world.content, world.now)
    assert "Tu veux rester" in words(await person.listen())


async def test_she_stays(world: World, house: House, fatou: Person) -> None:
    await asked_to_stay(world, house, fatou)
    assert "Tu restes dans le groupe" in words(await fatou.tap("stay"))
    async with world.db.begin() as session:
        mother = (await session.scalars(select(Mother))).one()
        assert (await memberships.of(session, mother, world.now)).trying_since is None


async def test_not_now_erases_her_after_one_yes_and_says_so_kindly(world: World, house: House, fatou: Person) -> None:
    await asked_to_stay(world, house, fatou)
    assert "Tu es sûre" in words(await fatou.tap("not_now"))
    assert await fatou.row() is not None
    said = words(await fatou.tap("sure"))
    assert "Merci d’avoir été là" in said
    assert await fatou.row() is None


# ---------------------------------------------------------------- her partner


async def link_of(person: Person, allows: str) -> str:
    await person.tap("@home")
    await person.tap("settings")
    await person.tap("partner")
    return str(re.search(r"partner-\S+", words(await person.tap(allows)))[0])  # type: ignore[index]


async def chosen(world: World, house: House, person: Person, allows: str = "family") -> Person:
    await welcome(person, house)
    code = await link_of(person, allows)
    him = Person(world, 7700999, "Moussa", "fr")
    assert "Une maman du groupe" in words(await him.start(code))
    assert "ton partenaire entend aussi" in words(await person.listen())
    return him


async def one_event(world: World, house: House, kind: str) -> None:
    async with world.db.begin() as session:
        (await session.get_one(Meeting, house.meeting.id)).kind = kind


async def tick(world: World, now: dt.datetime) -> int:
    count = 0
    while True:
        async with world.db.begin() as session:
            if not await partner_events.tell_one(session, world.content, now):
                return count
        count += 1
        assert count < 20, "it never ends"


async def test_he_hears_of_the_outing_and_never_of_her_question(world: World, house: House, fatou: Person) -> None:
    him = await chosen(world, house, fatou)
    await one_event(world, house, "excursion")
    await fatou.say("Puis-je parler à quelqu’un de mon mari ?")
    assert await tick(world, EVENING - dt.timedelta(hours=2)) == 0
    assert await tick(world, EVENING) == 1
    assert await tick(world, EVENING) == 0
    heard = words(await him.listen())
    assert "avec toute la famille" in heard
    assert "mari" not in heard


async def test_an_ordinary_lesson_is_not_for_him(world: World, house: House, fatou: Person) -> None:
    him = await chosen(world, house, fatou)
    assert await tick(world, EVENING) == 0
    assert await him.listen() == []


async def test_he_hears_when_it_does_not_go_on_only_if_he_had_heard_of_it(
    world: World, house: House, fatou: Person
) -> None:
    him = await chosen(world, house, fatou)
    await one_event(world, house, "feast")
    await tick(world, EVENING)
    await him.listen()
    async with world.db.begin() as session:
        meeting, group = await session.get_one(Meeting, house.meeting.id), await session.get_one(Group, house.group.id)
        await meetings.cancel(session, meeting, world.now, None)
        assert group.id == meeting.group_id
    assert await tick(world, EVENING) == 1
    assert "annulé" in words(await him.listen())


async def test_he_hears_when_what_he_heard_of_moves_to_next_week(world: World, house: House, fatou: Person) -> None:
    him = await chosen(world, house, fatou)
    await one_event(world, house, "excursion")
    await tick(world, EVENING)
    await him.listen()
    async with world.db.begin() as session:
        meeting = await session.get_one(Meeting, house.meeting.id)
        day = local(meeting.starts_at).date() + dt.timedelta(days=7)
        await meetings.move(session, meeting, day, dt.time(9), world.now)
    assert await tick(world, EVENING + dt.timedelta(minutes=5)) == 1
    assert str(day.day) in words(await him.listen())
    assert await tick(world, EVENING + dt.timedelta(minutes=10)) == 0


async def test_what_he_sends_is_not_kept_and_makes_him_no_mother(world: World, house: House, fatou: Person) -> None:
    him = await chosen(world, house, fatou)
    await him.say("Qu’est-ce qu’elle a demandé ?")
    await him.voice()
    assert await him.row() is None
    async with world.db.begin() as session:
        raws = await session.scalars(select(Arrival.raw).where(Arrival.chat_id == him.chat_id))
        assert set(map(str, raws)) == {"{}"}
        assert list(await session.scalars(select(Question))) == []


async def test_she_takes_him_away_with_one_tap(world: World, house: House, fatou: Person) -> None:
    him = await chosen(world, house, fatou)
    await one_event(world, house, "excursion")
    await fatou.tap("settings")
    await fatou.tap("partner")
    assert "Ton partenaire n’entend rien" in words(await fatou.tap("gone"))
    assert await tick(world, EVENING) == 0
    async with world.db.begin() as session:
        assert list(await session.scalars(select(Partner))) == []
        assert list(await session.scalars(select(Delivery).where(Delivery.chat_id == him.chat_id))) == []


async def test_he_can_leave_too_and_her_code_works_once(world: World, house: House, fatou: Person) -> None:
    await welcome(fatou, house)
    code = await link_of(fatou, "both")
    him, stranger = Person(world, 7700999, "Moussa", "fr"), Person(world, 7700888, "X", "fr")
    await him.start(code)
    assert "Deze link werkt niet meer" in words(await stranger.start(code))
    assert await stranger.row() is None
    assert "Je ne dis plus rien" in words(await him.tap("stop"))
    async with world.db.begin() as session:
        assert list(await session.scalars(select(Partner))) == []


async def test_forgetting_her_forgets_him(world: World, house: House, fatou: Person) -> None:
    him = await chosen(world, house, fatou)
    for choice in ("settings", "forget", "stop", "sure"):
        await fatou.tap(choice)
    async with world.db.begin() as session:
        assert list(await session.scalars(select(Partner))) == []
        assert list(await session.scalars(select(Arrival).where(Arrival.chat_id == him.chat_id))) == []


async def test_a_mother_cannot_be_her_own_partner(world: World, house: House, fatou: Person, amina: Person) -> None:
    await welcome(fatou, house)
    await welcome(amina, house)
    code = await link_of(fatou, "family")
    await amina.start(code)
    async with world.db.begin() as session:
        row = (await session.scalars(select(Partner))).one()
        assert row.chat_id is None
        assert row.allows == [partners.FAMILY]
