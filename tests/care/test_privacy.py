"""Forgetting: afterwards no row and no file of hers is left, and the goodbye leaves none either."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import privacy
from bot.care.turn import FAREWELL, FAREWELL_LASTS
from bot.db.models import Base, Delivery, FileId, Media, Mother, Staff
from tests.given.house import House, Person, World, welcome, words
from tests.given.rows import hers, one_row_in_every_table


async def rows_that_mention(second: AsyncSession, *needles: str) -> list[str]:
    """Every row of every table in which one of these stands, as "table: row". Names of files that have to go are random in a real house."""
    found = []
    for table in (table for table in Base.metadata.sorted_tables if table.name != "discards"):
        for row in await second.execute(select(table)):
            if any(needle in repr(tuple(row)) for needle in needles):
                found.append(f"{table.name}: {tuple(row)!r}")
    return sorted(found)


async def forget_me(person: Person) -> str:
    await person.tap("@home")
    for choice in ("settings", "forget", "stop"):
        await person.tap(choice)
    return words(await person.tap("sure"))


async def lived_through(amina: Person, rose: Person, house: House) -> None:
    """Everything that can leave a trace."""
    await welcome(amina, house)
    await amina.tap("ask")
    await amina.voice()
    await amina.say("mijn kamer is koud")
    await amina.photo()
    await rose.listen()
    await rose.send("text", text="dag Amina, ik kom", reply_to=rose.last[-1].message_id)
    await amina.listen()
    await amina.tap("@home")
    await amina.tap("meeting")
    await amina.tap("come")
    await amina.tap("two")


async def test_after_forget_me_no_row_of_hers_is_left(
    amina: Person, rose: Person, house: House, world: World, second: AsyncSession
) -> None:
    await lived_through(_in_dutch(amina), rose, house)
    assert len(await rows_that_mention(second, "Amina", "kamer is koud")) > 4
    assert "Alles is gewist" in await forget_me(amina)
    async with world.db.begin() as session:
        await privacy.sweep(session, world.now)
    assert await rows_that_mention(second, "Amina", "kamer is koud", str(amina.chat_id)) == []


async def test_no_table_at_all_keeps_a_row_that_leads_to_her(
    amina: Person, fatou: Person, house: House, world: World, second: AsyncSession
) -> None:
    await welcome(amina, house)
    await welcome(fatou, house)
    async with world.db.begin() as session:
        people = {m.first_name: m for m in await session.scalars(select(Mother))}
        for mother in people.values():
            await one_row_in_every_table(session, mother.id, house.group.id)
    tables = await hers(second, people["Amina"].id)
    assert tables >= {"mothers", "deliveries", "questions", "question_parts", "rsvps", "reminders", "media"}
    async with world.db.begin() as session:
        await privacy.forget(session, await session.get_one(Mother, people["Amina"].id), world.now)
    await second.rollback()
    assert await hers(second, people["Amina"].id) == set()
    assert await hers(second, people["Fatou"].id) == tables


async def test_what_stands_in_a_coordinators_telegram_is_taken_back(
    amina: Person, rose: Person, house: House, second: AsyncSession
) -> None:
    await welcome(_in_dutch(amina), house)
    await amina.tap("ask")
    await amina.photo()
    shown = [(u.kind, d.message_id) for u, d in zip(await rose.listen(), rose.last, strict=True)]
    assert [kind for kind, _ in shown] == ["text", "picture"]
    await forget_me(amina)
    orders = await rose.listen()
    assert sorted((u.text, u.reply_to) for u in orders if u.kind == "unsay") == sorted(shown)


async def test_what_a_colleague_began_to_answer_is_forgotten_too(
    amina: Person, rose: Person, house: House, world: World, second: AsyncSession
) -> None:
    await welcome(_in_dutch(amina), house)
    await amina.tap("ask")
    await amina.voice()
    await rose.say("zeg haar dat de kachel komt")
    await rose.voice()
    assert await rows_that_mention(second, "kept", "Rose-")
    await forget_me(amina)
    assert (await second.scalars(select(Staff.place).where(Staff.chat_id == rose.chat_id))).one() == {}
    assert await rows_that_mention(second, "Rose-") == []


async def test_what_a_colleague_began_for_somebody_else_stays(
    amina: Person, fatou: Person, rose: Person, house: House, second: AsyncSession
) -> None:
    await welcome(_in_dutch(amina), house)
    await welcome(fatou, house)
    await fatou.tap("ask")
    await fatou.voice()
    await rose.voice()
    await forget_me(amina)
    assert await rows_that_mention(second, "Rose-")
    assert "kept" in (await second.scalars(select(Staff.place).where(Staff.chat_id == rose.chat_id))).one()


async def test_the_goodbye_is_said_and_then_swept_away(
    amina: Person, rose: Person, house: House, world: World, second: AsyncSession
) -> None:
    await lived_through(amina, rose, house)
    await forget_me(_in_dutch(amina))
    waiting = list(await second.scalars(select(Delivery).where(Delivery.chat_id == amina.chat_id)))
    assert {d.about for d in waiting} == {"farewell"}
    assert {d.mother_id for d in waiting} == {None}
    async with world.db.begin() as session:
        assert await privacy.sweep(session, world.now) == len(waiting)


async def test_a_goodbye_that_still_waits_is_not_swept_away(
    amina: Person, house: House, world: World, second: AsyncSession
) -> None:
    await welcome(amina, house)
    await forget_me(amina)
    async with world.db.begin() as session:
        await session.execute(text("UPDATE deliveries SET state = 'open'"))
        assert await privacy.sweep(session, world.now) == 0
    async with world.db.begin() as session:
        assert await privacy.sweep(session, world.now + 2 * FAREWELL_LASTS) > 0


async def test_her_files_are_deleted_once_it_is_certain(
    amina: Person, house: House, world: World, tmp_path: Path
) -> None:
    await welcome(amina, house)
    await amina.voice()
    async with world.db.begin() as session:
        mother = (await session.scalars(select(Mother))).one()
        [name] = list(await session.scalars(select(Media.name).where(Media.mother_id == mother.id)))
        session.info["media"], session.info["photos"] = tmp_path / "media", tmp_path / "photos"
        for file in (tmp_path / "media" / name, tmp_path / "photos" / "made-ready.jpg"):
            file.parent.mkdir()
            file.write_bytes(b"hers")
        await privacy.forget(session, mother, world.now)
        assert (tmp_path / "media" / name).exists()
    assert [*(tmp_path / "media").glob("*"), *(tmp_path / "photos").glob("*")] == []


async def test_the_sounds_that_say_her_name_are_deleted_too(
    amina: Person, house: House, world: World, tmp_path: Path
) -> None:
    await welcome(_in_dutch(amina), house)
    (tmp_path / "0a").mkdir()
    (tmp_path / "0a" / "je-naam-is-amina.ogg").write_bytes(b"sound")
    world.db.info["passing"] = tmp_path
    await forget_me(amina)
    assert list(tmp_path.glob("*/*")) == []


async def test_telegrams_name_of_her_recording_is_forgotten(
    amina: Person, house: House, world: World, second: AsyncSession
) -> None:
    await welcome(_in_dutch(amina), house)
    await amina.voice()
    async with world.db.begin() as session:
        session.add(FileId(bot_id=1, sha256="0" * 64, kind="voice", file_id="her-voice"))
        session.add(FileId(bot_id=1, sha256="1" * 64, kind="voice", file_id="a-menu"))
    await forget_me(amina)
    assert list(await second.scalars(select(FileId.file_id))) == ["a-menu"]


async def test_other_mothers_keep_everything(
    amina: Person, fatou: Person, rose: Person, house: House, second: AsyncSession
) -> None:
    await lived_through(amina, rose, house)
    await welcome(fatou, house)
    await fatou.tap("ask")
    await fatou.voice()
    before = await rows_that_mention(second, "Fatou")
    await forget_me(_in_dutch(amina))
    assert await rows_that_mention(second, "Fatou") == before


async def test_a_no_to_consent_leaves_nothing(amina: Person, house: House, world: World, second: AsyncSession) -> None:
    await amina.start(house.code)
    await amina.tap("nl")
    said = await amina.tap("refuse")
    assert "Ik bewaar niets van jou" in words(said)
    async with world.db.begin() as session:
        await privacy.sweep(session, world.now)
    assert await rows_that_mention(second, "Amina", str(amina.chat_id)) == []


async def test_the_way_back_after_no_is_one_tap(amina: Person, house: House) -> None:
    await amina.start(house.code)
    await amina.tap("nl")
    await amina.tap("refuse")
    said = await amina.tap("back")
    assert len([u for u in said if u.kind == "voice"]) >= 4
    assert (await amina.place()).step == "welcome.language"


async def test_a_second_no_is_needed(amina: Person, house: House) -> None:
    await welcome(amina, house)
    for choice in ("settings", "forget", "stop", "stay"):
        await amina.tap(choice)
    assert await amina.row() is not None


async def test_she_hears_what_we_know(amina: Person, house: House) -> None:
    _in_dutch(amina)
    await welcome(amina, house)
    await amina.tap("settings")
    said = await amina.tap("known")
    assert "Je voornaam is Amina. Je taal is Nederlands. Je groep is Mama Leert." in words(said)


async def test_she_gets_all_of_it_as_a_page_that_says_everything_and_no_code(
    amina: Person, house: House, second: AsyncSession
) -> None:
    amina.name = "<b>Amina</b>"
    _in_dutch(amina)
    await welcome(amina, house)
    await amina.tap("ask")
    await amina.say("mijn kamer is koud <script>alert(1)</script>")
    await amina.tap("@home")
    await amina.tap("settings")
    await amina.tap("known")
    said = await amina.tap("page")
    [page] = [u.document for u in said if u.document]
    for word in (
        "&lt;b&gt;Amina&lt;/b&gt;",
        "Je vragen (1)",
        "mijn kamer is koud &lt;script&gt;",
        "Wat de bot tegen jou zei",
    ):
        assert word in page
    tokens = list(await second.scalars(select(Delivery.token).where(Delivery.chat_id == amina.chat_id)))
    assert tokens
    assert not [token for token in tokens if token in page]
    assert "<script" not in page
    assert "<b>" not in page
    assert "http" not in page
    about = await second.scalars(select(Delivery.about).where(Delivery.utterance["kind"].as_string() == "document"))
    assert list(about) == [FAREWELL]  # the sender deletes its row once it is sent


FORBIDDEN = ("nationalit", "religio", "income", "inkomen", "diploma", "phone", "telefoon", "residence", "verblijf", "papers",
             "birth", "geboorte", "national_number", "ethnic", "observation", "diagnos", "illness", "email", "surname", "last_name")  # fmt: skip
OF_A_PLACE_OR_A_HOUSE = {("places", "street"), ("places", "postcode"), ("groups", "address"), ("meetings", "address"), ("groups", "childcare_address")}  # fmt: skip


async def test_no_table_has_a_place_for_what_we_never_ask(world: World) -> None:
    async with world.db.engine.connect() as connection:
        columns = await connection.run_sync(
            lambda c: [(t, col["name"]) for t in inspect(c).get_table_names() for col in inspect(c).get_columns(t)]
        )
    assert len(columns) > 100
    assert [(table, name) for table, name in columns if any(word in name for word in FORBIDDEN)] == []
    living = [
        (t, n) for t, n in columns if any(word in n for word in ("address", "street", "postcode")) and "hash" not in n
    ]
    assert set(living) <= OF_A_PLACE_OR_A_HOUSE


def _in_dutch(person: Person) -> Person:
    person.lang = "nl"
    return person
