"""The outbox: written down once, found again by what a button carries, cancelled and counted by what it is about."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import outbox
from bot.db.models import Arrival, Delivery, Group, House, Meeting, Mother
from bot.db.session import Database
from bot.messages import Button, Utterance
from tests.workers.scenery import AMINA, CARD, FATOU, NOW, put, text

HOUR = dt.timedelta(hours=1)


async def test_the_same_thing_is_written_down_once(db: Database, second: AsyncSession) -> None:
    await put(db, AMINA, "Dag", "arrival:1:0")
    async with db.begin() as session:
        assert await outbox.put(session, AMINA, text("Dag"), key="arrival:1:0", now=NOW) is None
    assert len(list(await second.scalars(select(Delivery)))) == 1


async def test_putting_wakes_the_sender(db: Database) -> None:
    woken: list[set[str]] = []
    db.on_commit(woken.append)
    await put(db, AMINA, "Dag", "arrival:1:0")
    assert woken == [{"sender"}]


async def test_a_machine_whose_clock_runs_ahead_does_not_make_her_wait(db: Database) -> None:
    async with db.begin() as session:
        ahead = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
        delivery = await outbox.put(session, AMINA, text("Dag"), key="k", now=ahead)
        assert delivery is not None
        # SQLite lives on one machine and has no clock of its own: there, that machine's time is the time
        assert (delivery.due_at < ahead) is not db.sqlite


async def test_a_button_means_something_only_in_the_chat_that_was_shown_it(db: Database) -> None:
    rows = ((Button("Ja", {"n": 0}), Button("Nee", {"n": 1})), (Button("Site", url="https://example.org"),))
    delivery = await put(db, AMINA, Utterance("text", text="Kom je?", buttons=rows), "k")
    async with db.begin() as session:
        found = await outbox.button(session, AMINA, f"{delivery.token}:1")
        assert found is not None
        assert (found[0].id, found[1].to) == (delivery.id, {"n": 1})
        assert await outbox.button(session, FATOU, f"{delivery.token}:1") is None


@pytest.mark.parametrize(
    "data", ["", ":", "x", "x:0", "{token}", "{token}:", "{token}:9", "{token}:-1", "{token}:٣", "{token}:1e3"]
)
async def test_a_forged_or_torn_button_means_nothing(db: Database, data: str) -> None:
    delivery = await put(db, AMINA, "Dag", "k")
    async with db.begin() as session:
        assert await outbox.button(session, AMINA, data.format(token=delivery.token)) is None


async def test_a_delivery_is_found_by_the_message_it_became(db: Database) -> None:
    delivery = await put(db, AMINA, "Dag", "k")
    async with db.begin() as session:
        row = await session.get_one(Delivery, delivery.id)
        row.message_id = 7
    async with db.begin() as session:
        found = await outbox.by_message(session, AMINA, 7)
        assert found is not None
        assert found.id == delivery.id
        assert await outbox.by_message(session, FATOU, 7) is None


async def test_cancelling_leaves_alone_what_is_on_its_way(db: Database) -> None:
    for n, state in enumerate(("open", "open", "sending", "sent")):
        delivery = await put(db, 200 + n, "Feest!", f"announcement:3:{n}", about="announcement", about_id=3)
        async with db.begin() as session:
            (await session.get_one(Delivery, delivery.id)).state = state
    async with db.begin() as session:
        assert await outbox.cancel(session, "announcement", 3) == 2
        assert await outbox.counts(session, "announcement", 3) == {"cancelled": 2, "sending": 1, "sent": 1}


# ---------------------------------------------------------------- after an outage

BEFORE, OUTAGE, BACK = NOW - 5 * HOUR, NOW - 4 * HOUR, NOW


async def asked(db: Database, *, key: str = "reminder:1:0", **changes: Any) -> Delivery:
    delivery = await put(db, AMINA, text("Kom je morgen?", asks=True), key)
    async with db.begin() as session:
        row = await session.get_one(Delivery, delivery.id)
        row.state, row.sent_at = "sent", BEFORE
        for name, value in changes.items():
            setattr(row, name, value)
    return delivery


async def again(db: Database) -> int:
    async with db.begin() as session:
        return await outbox.ask_again(session, OUTAGE, BACK)


async def test_an_unanswered_question_is_asked_again_once(db: Database, second: AsyncSession) -> None:
    first = await asked(db)
    assert await again(db) == 1
    assert await again(db) == 0
    keys = list(await second.scalars(select(Delivery.unique_key).order_by(Delivery.id)))
    assert keys == ["reminder:1:0", f"again:{first.id}"]


async def test_its_picture_comes_with_it(db: Database, second: AsyncSession) -> None:
    picture = await put(db, AMINA, CARD, "reminder:1:0")
    async with db.begin() as session:
        (await session.get_one(Delivery, picture.id)).state = "sent"
    question = await asked(db, key="reminder:1:1")
    await asked(db, key="reminder:10:1", chat_id=FATOU)
    assert await again(db) == 3
    keys = list(
        await second.scalars(
            select(Delivery.unique_key).where(Delivery.chat_id == AMINA, Delivery.state == "open").order_by(Delivery.id)
        )
    )
    assert keys == [f"again:{picture.id}", f"again:{question.id}"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"answered_at": BEFORE}, id="answered"),
        pytest.param({"expires_at": BACK - HOUR}, id="expired"),
        pytest.param({"sent_at": BACK - dt.timedelta(seconds=100)}, id="a press of it would still be kept"),
        pytest.param({"sent_at": BACK - dt.timedelta(days=3)}, id="long ago, about nothing that comes"),
        pytest.param({"state": "failed"}, id="never said"),
        pytest.param({"about": "meeting", "about_id": 999}, id="about a meeting that is no more"),
        pytest.param({"utterance": {"kind": "text", "text": "Dag"}}, id="not a question"),
    ],
)
async def test_what_is_over_is_not_asked_again(db: Database, changes: dict[str, Any]) -> None:
    await asked(db, **changes)
    assert await again(db) == 0


async def test_only_the_newest_question_is_asked_again(db: Database, second: AsyncSession) -> None:
    await asked(db, key="reminder:1:0")
    newest = await asked(db, key="reminder:2:0")
    assert await again(db) == 1
    assert await second.scalar(select(Delivery.unique_key).where(Delivery.state == "open")) == f"again:{newest.id}"


async def test_nothing_is_asked_again_when_she_has_moved_on(db: Database) -> None:
    await asked(db)
    await put(db, AMINA, "Hier is het antwoord.", "arrival:9:0")
    assert await again(db) == 0


async def test_nothing_is_asked_again_when_her_press_has_just_come_in(db: Database) -> None:
    await asked(db)
    async with db.begin() as session:
        press = {"update_id": 1, "callback_query": {}}
        session.add(Arrival(channel="t", update_id=1, chat_id=AMINA, raw=press, received_at=NOW, due_at=NOW))
    assert await again(db) == 0


@pytest.mark.parametrize(
    ("starts", "state", "said"),
    [(BACK + HOUR, "planned", 1), (BACK - HOUR, "planned", 0), (BACK + HOUR, "cancelled", 0)],
    ids=["coming", "past", "cancelled"],
)
async def test_it_is_asked_again_only_while_the_meeting_comes(
    db: Database, starts: dt.datetime, state: str, said: int
) -> None:
    async with db.begin() as session:
        house = House(name="Huis van het Kind")
        session.add(house)
        await session.flush()
        group = Group(
            house_id=house.id, name="Klimop", pattern={"days": [3]}, starts="09:00", ends="11:00", created_at=NOW,
            first_day=NOW.date(), last_day=NOW.date(), place="Buurthuis",
        )  # fmt: skip
        session.add(group)
        await session.flush()
        meeting = Meeting(group_id=group.id, starts_at=starts, ends_at=starts + HOUR, state=state, created_at=NOW)
        session.add(meeting)
        await session.flush()
        number = meeting.id
    await asked(db, about="meeting", about_id=number)
    assert await again(db) == said


async def test_a_mother_who_stopped_is_not_asked_again(db: Database) -> None:
    async with db.begin() as session:
        grace = Mother(chat_id=AMINA, status="stopped", created_at=NOW)
        session.add(grace)
        await session.flush()
        number = grace.id
    await asked(db, mother_id=number)
    assert await again(db) == 0
