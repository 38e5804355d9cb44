"""The sender: order, pace, what it does after each kind of failure, and how it stops."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care.turn import FAREWELL
from bot.db.models import Delivery, Mother, Note
from bot.db.session import Database, Session
from bot.messages import Gone, Migrated, Refused, Retry, StopAll, Unknown
from bot.workers import sender as loop
from bot.workers.sender import IN_FLIGHT
from tests.workers.scenery import (
    AMINA,
    FATOU,
    NOW,
    Wire,
    at_rest,
    drain,
    later,
    put,
    row,
    sender,
    states,
)

# ---------------------------------------------------------------- order


async def test_what_is_sent_is_noted_with_its_message(db: Database, second: AsyncSession) -> None:
    wire = Wire()
    await put(db, AMINA, "Dag", "k")
    s = sender(db, wire)
    assert await s.send_one() is True
    assert await s.send_one() is False
    found = await row(second, "k")
    assert (found.state, found.message_id, found.tries, found.worker) == ("sent", 1, 1, None)
    assert found.sent_at is not None
    assert wire.words(AMINA) == ["Dag"]


async def test_replies_go_before_reminders_before_announcements(db: Database) -> None:
    wire = Wire()
    await put(db, 1, "feest", "c", priority=2)
    await put(db, 2, "morgen", "b", priority=1)
    await put(db, 3, "antwoord", "a")
    await drain(sender(db, wire))
    assert [words for _, _, words in wire.sent] == ["antwoord", "morgen", "feest"]


async def test_a_reply_passes_an_announcement_to_the_same_mother(db: Database) -> None:
    wire = Wire()
    await put(db, AMINA, "feest", "c", priority=2)
    await put(db, AMINA, "kaart", "a:0")
    await put(db, AMINA, "stem", "a:1")
    await drain(sender(db, wire))
    assert wire.words(AMINA) == ["kaart", "stem", "feest"]


async def test_two_for_one_chat_are_never_claimed_together(db: Database) -> None:
    for n in range(4):
        await put(db, AMINA, str(n), f"a:{n}")
    await put(db, FATOU, "0", "f:0")
    rows = await sender(db, Wire()).turn(20)
    assert [(r.chat_id) for r in rows] == [AMINA, FATOU]


async def test_what_waits_for_its_next_try_holds_up_the_rest_of_its_chat_only(db: Database) -> None:
    wire = Wire(trouble={AMINA: [Retry("busy", 30)]})
    await put(db, AMINA, "een", "a:0")
    await put(db, AMINA, "twee", "a:1")
    await put(db, FATOU, "un", "f:0")
    await drain(sender(db, wire))
    assert wire.sent == [(FATOU, "text", "un")]
    await later(db)
    await drain(sender(db, wire))
    assert wire.words(AMINA) == ["een", "twee"]


async def test_what_is_meant_for_tomorrow_does_not_hold_up_today(db: Database) -> None:
    wire = Wire()
    await put(db, AMINA, "morgen", "a:0", due_at=NOW + dt.timedelta(days=1))
    await put(db, AMINA, "nu", "a:1")
    await drain(sender(db, wire))
    assert wire.words(AMINA) == ["nu"]


async def test_many_chats_are_served_at_once_and_each_in_order(db: Database) -> None:
    wire, stop = Wire(delay=0.01), asyncio.Event()
    chats = range(1, IN_FLIGHT + 31)
    for n in range(3):
        for chat in chats:
            await put(db, chat, str(n), f"{chat}:{n}")
    async with asyncio.TaskGroup() as tasks:
        s = sender(db, wire, hurried=True)
        tasks.create_task(s.run(stop))
        await wire.until(lambda: len(wire.sent) >= 3 * len(chats))
        stop.set()
    assert all(wire.words(chat) == ["0", "1", "2"] for chat in chats)
    assert not wire.overtaken
    assert 10 < wire.most_flying <= IN_FLIGHT


async def test_two_senders_say_nothing_twice(db: Database) -> None:
    wire, stop = Wire(delay=0.002), asyncio.Event()
    for chat in range(1, 101):
        await put(db, chat, "x", f"{chat}")
    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(sender(db, wire).run(stop))
        await wire.until(lambda: len(wire.sent) >= 100)
        stop.set()
    assert sorted(chat for chat, _, _ in wire.sent) == list(range(1, 101))


# ---------------------------------------------------------------- failures


async def test_what_comes_too_late_is_not_said(db: Database, second: AsyncSession) -> None:
    wire = Wire()
    await put(db, AMINA, "gisteren", "a:0", expires_at=NOW - dt.timedelta(minutes=1))
    await put(db, AMINA, "vandaag", "a:1", expires_at=NOW + dt.timedelta(hours=1))
    await drain(sender(db, wire))
    await drain(sender(db, wire))
    assert wire.words(AMINA) == ["vandaag"]
    found = await row(second, "a:0")
    assert (found.state, bool(found.error)) == ("cancelled", True)


async def test_an_unknown_outcome_is_sent_once_more_and_counted(db: Database, second: AsyncSession) -> None:
    wire = Wire(trouble={AMINA: [Unknown("cut")]})
    await put(db, AMINA, "Dag", "a:0")
    await drain(sender(db, wire))
    await later(db)
    await drain(sender(db, wire))
    found = await row(second, "a:0")
    assert (found.state, found.unknown, found.tries) == ("sent", 1, 2)


async def test_a_second_unknown_outcome_is_left_to_people(db: Database, second: AsyncSession) -> None:
    wire = Wire(trouble={AMINA: [Unknown("cut"), Unknown("cut")]})
    await put(db, AMINA, "Dag", "a:0")
    for _ in range(3):
        await drain(sender(db, wire))
        await later(db)
    found = await row(second, "a:0")
    assert (found.state, found.unknown) == ("failed", 2)
    assert wire.sent == []


async def test_telegram_being_busy_never_uses_up_the_tries(db: Database, second: AsyncSession) -> None:
    wire = Wire(trouble={AMINA: [Retry("busy", 1.0) for _ in range(12)]})
    await put(db, AMINA, "Dag", "a:0")
    for _ in range(13):
        await drain(sender(db, wire))
        await later(db)
    assert (await row(second, "a:0")).state == "sent"


async def test_a_poisoned_delivery_is_parked_and_her_next_goes_on(db: Database, second: AsyncSession) -> None:
    wire = Wire(trouble={AMINA: [Retry("500") for _ in range(20)]})
    lost: list[str] = []

    async def on_lost(session: Session, delivery: Delivery, now: dt.datetime) -> None:
        lost.append(delivery.unique_key)

    await put(db, AMINA, "gif", "a:0")
    await put(db, AMINA, "Dag", "a:1")
    s = sender(db, wire, on_lost=on_lost, hurried=True)
    for n in range(8):
        await put(db, FATOU, "x", f"f:{n}")
        await drain(s)
        await later(db)
    wire.trouble.clear()
    await drain(s)
    assert (await states(second))["a:0"] == "failed"
    assert wire.words(AMINA) == ["Dag"]
    assert lost == ["a:0"]


async def test_while_telegram_is_away_nothing_is_given_up(db: Database, second: AsyncSession) -> None:
    wire = Wire(trouble={AMINA: [Retry("away") for _ in range(30)]})
    await put(db, AMINA, "Dag", "a:0")
    s = sender(db, wire, hurried=True)
    for _ in range(30):
        await drain(s)
        await later(db)
    await drain(s)
    assert (await row(second, "a:0")).state == "sent"


async def test_when_she_blocked_the_bot_she_is_marked_and_the_rest_is_cancelled(
    db: Database, second: AsyncSession
) -> None:
    async with db.begin() as session:
        session.add(Mother(chat_id=AMINA, created_at=NOW))
    await put(db, AMINA, "een", "a:0")
    await put(db, AMINA, "twee", "a:1")
    await put(db, FATOU, "un", "f:0")
    await drain(sender(db, Wire(trouble={AMINA: [Gone("blocked")]})))
    assert await states(second) == {"a:0": "failed", "a:1": "cancelled", "f:0": "sent"}
    assert await second.scalar(select(Mother.unreachable_at).where(Mother.chat_id == AMINA)) is not None


async def test_what_telegram_refuses_is_kept_for_people_to_see(db: Database, second: AsyncSession) -> None:
    await put(db, AMINA, "een", "a:0")
    await put(db, AMINA, "twee", "a:1")
    await drain(sender(db, Wire(trouble={AMINA: [Refused("caption is too long")]})))
    found = await row(second, "a:0")
    assert (found.state, found.error) == ("failed", "caption is too long")
    assert (await row(second, "a:1")).state == "sent"


async def test_a_revoked_token_stops_everything_and_fails_nothing(db: Database, second: AsyncSession) -> None:
    wire = Wire(trouble={AMINA: [StopAll("The token was revoked.")]})
    await put(db, AMINA, "een", "a:0")
    await put(db, FATOU, "un", "f:0")
    s = sender(db, wire)
    await s.send_one()
    assert s.stopped == "The token was revoked."
    assert s._free() == 1
    assert (await row(second, "a:0")).state == "open"
    health = await second.scalar(select(Note.value).where(Note.name == "sending"))
    assert health is not None
    assert (health["ok"], health["why"]) == (False, "The token was revoked.")
    await later(db)
    await drain(s)
    assert s.stopped is None
    assert set((await states(second)).values()) == {"sent"}


async def test_a_chat_that_moved_is_followed(db: Database, second: AsyncSession) -> None:
    wire = Wire(trouble={-7: [Migrated(-1007)]})
    await put(db, -7, "een", "g:0")
    await put(db, -7, "twee", "g:1")
    await drain(sender(db, wire))
    assert wire.words(-1007) == ["een", "twee"]


async def test_a_delivery_that_cannot_be_read_fails_alone(db: Database, second: AsyncSession) -> None:
    await put(db, AMINA, "een", "a:0")
    async with db.begin() as session:
        await session.execute(update(Delivery).values(utterance={"kind": "text", "colour": "red"}))
    await put(db, AMINA, "twee", "a:1")
    await drain(sender(db, Wire()))
    assert await states(second) == {"a:0": "failed", "a:1": "sent"}


async def test_a_goodbye_leaves_no_row(db: Database, second: AsyncSession) -> None:
    wire = Wire()
    await put(db, AMINA, "Dag!", "a:0", about=FAREWELL)
    await drain(sender(db, wire))
    assert wire.words(AMINA) == ["Dag!"]
    assert await states(second) == {}


# ---------------------------------------------------------------- the loop


@pytest.mark.usefixtures("only_when_woken")
async def test_a_commit_wakes_the_loop_at_once(db: Database) -> None:
    wire, stop = Wire(), asyncio.Event()
    s = sender(db, wire)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(s.run(stop))
        await at_rest(s)
        await put(db, AMINA, "Dag", "a:0")
        await wire.until(lambda: wire.sent)
        stop.set()


async def test_stopping_notes_what_was_in_flight(db: Database, second: AsyncSession) -> None:
    wire, stop = Wire(delay=0.3), asyncio.Event()
    await put(db, AMINA, "Dag", "a:0")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sender(db, wire).run(stop))
        await wire.until(lambda: wire.flying)
        stop.set()
    assert (await row(second, "a:0")).state == "sent"


async def test_stopping_does_not_wait_for_a_call_that_hangs(
    db: Database, second: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "LAST_BREATH", 0.1)
    wire, stop = Wire(), asyncio.Event()
    wire.answers.clear()
    await put(db, AMINA, "Dag", "a:0")
    async with asyncio.timeout(120), asyncio.TaskGroup() as tasks:  # the call hangs for ever
        tasks.create_task(sender(db, wire).run(stop))
        await wire.until(lambda: wire.flying)
        stop.set()
    found = await row(second, "a:0")
    assert (found.state, found.unknown, found.worker) == ("open", 1, None)
