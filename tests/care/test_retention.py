"""What was promised about keeping: each kind goes when its days are over, not before, and the audit shows counts and nobody."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import groups, headcount, inbox, mothers, retention
from bot.care.at_staff import UNSAY
from bot.console.house import CLEARED
from bot.db.keep_models import Upkeep
from bot.db.models import Arrival, Delivery, FileId, Group, Media, Mother, Question, QuestionPart, Rsvp, Staff
from bot.db.session import Database
from bot.settings import KEEP, read_keep
from tests.given.house import TUESDAY, House, Person, World, welcome, words


async def clear(world: World, days: float) -> None:
    """The ticker, so many days later; the clock has been there for a while."""
    start, world.now = world.now, world.now + dt.timedelta(days=days)
    while start < world.now:
        start = min(start + dt.timedelta(days=1), world.now)
        more = True
        while more:
            async with world.db.begin() as session:
                more = await retention.clear_one(session, world.content, start)


async def asked_and_answered(person: Person, rose: Person, house: House, world: World) -> None:
    person.lang = "nl"
    await welcome(person, house)
    await person.tap("ask")
    await person.photo()
    await person.voice()
    await person.say("is dit dringend? vraag van de school")
    await rose.listen()
    async with world.db.begin() as session:
        question = (await session.scalars(select(Question))).one()
        by = (await session.scalars(select(Staff))).one()
        await inbox.answer(session, world.content, by, question, text="Neen, hoor.", now=world.now)
    await person.listen()


async def test_a_letters_photo_goes_a_week_after_the_answer_also_from_the_coordinators_telegram(
    amina: Person, rose: Person, house: House, world: World, second: AsyncSession, tmp_path: Path
) -> None:
    world.db.info["media"] = tmp_path
    await asked_and_answered(amina, rose, house, world)
    photo = (await second.scalars(select(Media).where(Media.kind == "photo"))).one()
    (tmp_path / photo.name).write_bytes(b"a letter")
    shown = {d.message_id for d in rose.last if (d.utterance.get("picture") or {}).get("name") == photo.name}
    await clear(world, 6.9)
    assert (tmp_path / photo.name).exists()
    await clear(world, 0.2)
    assert not (tmp_path / photo.name).exists()
    assert list(await second.scalars(select(Media.kind))) == ["voice"]
    orders = await second.scalars(select(Delivery).where(Delivery.about == UNSAY))
    assert {order.utterance["reply_to"] for order in orders} == shown != set()
    [row] = await second.scalars(select(Upkeep).where(Upkeep.what == "retention"))
    assert row.counts["letters"] == 1
    assert "Amina" not in str(row.counts)


async def test_recordings_and_words_of_a_question_go_a_month_after_the_answer(
    amina: Person, rose: Person, house: House, world: World, second: AsyncSession
) -> None:
    await asked_and_answered(amina, rose, house, world)
    await clear(world, 29.9)
    assert "Neen, hoor." in set(await second.scalars(select(QuestionPart.text)))
    await clear(world, 0.2)
    assert set(await second.scalars(select(QuestionPart.text))) == {""}
    assert list(await second.scalars(select(Media.id))) == []
    assert (await second.scalars(select(Question.state))).one() == "answered"


async def test_an_open_question_is_kept_until_somebody_answers(
    amina: Person, house: House, world: World, second: AsyncSession
) -> None:
    amina.lang = "nl"
    await welcome(amina, house)
    await amina.tap("ask")
    await amina.voice()
    await clear(world, 200)
    assert await second.scalar(select(func.count()).select_from(Media)) == 1


async def test_names_of_who_came_go_after_a_month_and_the_counts_stay(
    amina: Person, fatou: Person, house: House, world: World, second: AsyncSession
) -> None:
    for person in (amina, fatou):
        await welcome(person, house)
    async with world.db.begin() as session:
        for person, answer, children in ((amina, "late", 2), (fatou, "cannot", None)):
            mother = await mothers.by_chat(session, person.chat_id)
            assert mother is not None
            await headcount.answer(session, mother, house.meeting.id, answer, world.now, children)
        before = await headcount.headcount(session, house.meeting.id)
    await clear(world, 31)
    assert await second.scalar(select(func.count()).select_from(Rsvp)) == 2
    await clear(world, 2)
    assert await second.scalar(select(func.count()).select_from(Rsvp)) == 0
    async with world.db.begin() as session:
        after = await headcount.headcount(session, house.meeting.id)
        assert (after.mothers, after.late, after.cannot, after.children) == (1, 1, 1, 2)
        assert (before.mothers, before.children) == (after.mothers, after.children)
        assert "Amina" not in await headcount.in_words(session, house.group, house.meeting.id, names=False)


async def test_words_that_came_and_went_are_emptied_and_old_buttons_get_a_kind_answer(
    amina: Person, house: House, world: World, second: AsyncSession
) -> None:
    await welcome(amina, house)
    await amina.say("zebrawoord")
    old = amina.find("@home")
    await clear(world, 31)
    rows = [*await second.scalars(select(Arrival.raw)), *await second.scalars(select(Delivery.utterance))]
    assert rows
    assert "zebrawoord" not in str(rows)
    assert words(await amina.send("press", data=old, callback_id="1")).strip()


async def test_who_never_agreed_who_left_and_whose_group_ended_are_forgotten(
    amina: Person, fatou: Person, house: House, world: World, second: AsyncSession
) -> None:
    stranger = Person(world, 7700103, "Selam")
    await stranger.start(house.code)
    await clear(world, 29)
    assert await mothers_left(second) == 1
    await clear(world, 2)
    assert await mothers_left(second) == 0
    await welcome(amina, house)
    async with world.db.begin() as session:
        await groups.close(session, await session.get_one(Group, house.group.id), world.now)
    await amina.listen()
    await clear(world, 91)
    assert await mothers_left(second) == 0
    assert [u.kind for u in await amina.listen()][:1] == ["picture"]


async def mothers_left(second: AsyncSession) -> int:
    return await second.scalar(select(func.count()).select_from(Mother)) or 0


async def test_recordings_that_nothing_points_at_go(
    amina: Person, house: House, world: World, second: AsyncSession
) -> None:
    async with world.db.begin() as session:
        session.add(amina.recording("voice", 3))
        session.add(FileId(bot_id=1, sha256="0" * 64, kind="voice", file_id="x"))
    await clear(world, 3)
    assert await second.scalar(select(func.count()).select_from(Media)) == 0
    assert await second.scalar(select(func.count()).select_from(FileId)) == 0


async def test_a_recording_that_somebody_is_still_busy_with_stays(
    amina: Person, house: House, world: World, second: AsyncSession
) -> None:
    async with world.db.begin() as session:
        begun, spoken = amina.recording("voice", 3), amina.recording("voice", 3)
        session.add_all([begun, spoken])
        await session.flush()
        rose = (await session.scalars(select(Staff))).one()
        rose.place = {"kept": {"media": begun.id}, "media": spoken.name}
    await clear(world, 3)
    assert await second.scalar(select(func.count()).select_from(Media)) == 2


async def test_a_clock_that_leaps_a_year_deletes_nothing_that_day(
    amina: Person, rose: Person, house: House, world: World, second: AsyncSession
) -> None:
    await asked_and_answered(amina, rose, house, world)
    await clear(world, 0.5)
    async with world.db.begin() as session:
        assert not await retention.clear_one(session, world.content, world.now + dt.timedelta(days=365))
    async with world.db.begin() as session:
        assert not await retention.clear_one(session, world.content, world.now + dt.timedelta(hours=1))
    assert await second.scalar(select(func.count()).select_from(Media)) == 2
    async with world.db.begin() as session:
        await session.execute(update(Question).values(answered_at=world.now - dt.timedelta(days=40)))
    async with world.db.begin() as session:
        assert await retention.clear_one(session, world.content, world.now + dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("written", "letters", "questions"), [("letters=3", 3, 30), ("letters=3, questions=10", 3, 10), ("", 7, 30)]
)
def test_the_days_are_settable_in_one_place(written: str, letters: int, questions: int) -> None:
    found = read_keep(written)
    assert isinstance(found, dict)
    assert found == {**KEEP, "letters": letters, "questions": questions}


@pytest.mark.parametrize("written", ["letter=3", "letters=none", "letters=0", "letters"])
def test_a_kind_that_is_none_is_named(written: str) -> None:
    with pytest.raises(ValueError, match="letters=7"):
        read_keep(written)


def test_every_setting_of_keeping_is_used() -> None:
    assert {setting for setting, _ in retention.KINDS.values()} == set(KEEP) - {"backups"}


def test_every_kind_of_clearing_has_words_for_staff() -> None:
    assert set(retention.KINDS) <= set(CLEARED)


async def test_what_was_emptied_is_not_read_again_and_what_waits_for_long_is_emptied_when_it_was_said(
    db: Database, second: AsyncSession
) -> None:
    said = {"kind": "text", "lang": "nl", "text": "zebrawoord"}
    async with db.begin() as session:
        for n in range(60):
            waits = n == 3  # a reminder for next year
            session.add(Delivery(unique_key=f"d{n}", token=f"d{n}", chat_id=1, state="open" if waits else "sent", due_at=TUESDAY, utterance=said,
                                 created_at=TUESDAY - dt.timedelta(days=60 - n)))  # fmt: skip
    before = TUESDAY - dt.timedelta(days=30)
    for wanted in (29, 0):
        async with db.begin() as session:
            assert await retention.messages(session, None, before, TUESDAY) == wanted  # type: ignore[arg-type]
    full = select(func.count()).where(Delivery.utterance["text"].as_string() == "zebrawoord")
    assert await second.scalar(full) == 31
    read: list[str] = []
    event.listen(db.engine.sync_engine, "before_cursor_execute", lambda *told: read.append(str(told[2:4])))
    async with db.begin() as session:
        await session.execute(update(Delivery).where(Delivery.unique_key == "d3").values(state="sent"))
    async with db.begin() as session:
        assert await retention.messages(session, None, before, TUESDAY) == 1  # type: ignore[arg-type]
    assert await second.scalar(full) == 30
    asked = [line for line in read if "FROM deliveries" in line and "SELECT" in line]
    assert asked
    assert all("deliveries.id >" in line or "deliveries.id IN" in line for line in asked)


async def test_traces_go_although_many_that_are_older_still_wait(db: Database, second: AsyncSession) -> None:
    async with db.begin() as session:
        for n in range(700):
            session.add(Delivery(unique_key=f"d{n}", token=f"d{n}", chat_id=1, state="open" if n < 650 else "sent", due_at=TUESDAY, utterance={},
                                 created_at=TUESDAY - dt.timedelta(days=300)))  # fmt: skip
    async with db.begin() as session:
        assert await retention.said(session, None, TUESDAY - dt.timedelta(days=180), TUESDAY) == 50  # type: ignore[arg-type]
    assert await second.scalar(select(func.count()).select_from(Delivery)) == 650
