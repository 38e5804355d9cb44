"""What is sent of one delivery: clips and cards, their fallbacks; and what a killed process leaves behind."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import alive, lines
from bot.db.models import Delivery, FileId
from bot.db.session import Database, database_now
from bot.messages import BadFileId, VoiceForbidden
from bot.workers.life import WITHOUT_A_LINE, release_the_dead
from tests.given.database import PostgreSQL
from tests.workers.scenery import AMINA, CARD, NOW, VOICE, Wire, drain, put, row, sender, still, studio_with

# ---------------------------------------------------------------- sound and pictures


async def test_a_clip_is_uploaded_once(db: Database, second: AsyncSession, tmp_path: Path) -> None:
    wire, clip = Wire(), tmp_path / "a.ogg"
    for n in range(2):
        await put(db, AMINA, VOICE, f"a:{n}")
    await drain(sender(db, wire, studio=studio_with(clip)))
    assert wire.sent == [(AMINA, "voice", "a.ogg"), (AMINA, "voice", "voice-id-1")]
    assert await second.scalar(select(FileId.file_id)) == "voice-id-1"


async def test_a_clip_that_many_are_to_hear_at_once_goes_up_once(db: Database, tmp_path: Path) -> None:
    wire, clip, stop = Wire(delay=0.01), tmp_path / "a.ogg", asyncio.Event()
    for chat in range(1, 21):
        await put(db, chat, VOICE, f"{chat}:0")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sender(db, wire, studio=studio_with(clip)).run(stop))
        await wire.until(lambda: len(wire.sent) >= 20)
        stop.set()
    assert sorted(file for _, _, file in wire.sent) == ["a.ogg", *["voice-id-1"] * 19]


async def test_a_new_process_knows_the_old_file_ids(db: Database, tmp_path: Path) -> None:
    clip = tmp_path / "a.ogg"
    await put(db, AMINA, VOICE, "a:0")
    await drain(sender(db, Wire(), studio=studio_with(clip)))
    wire = Wire()
    await put(db, AMINA, VOICE, "a:1")
    s = sender(db, wire, studio=studio_with(clip))
    await s.recover()
    await drain(s)
    assert wire.sent == [(AMINA, "voice", "voice-id-1")]


async def test_a_forgotten_file_id_is_uploaded_again_at_once(
    db: Database, second: AsyncSession, tmp_path: Path
) -> None:
    clip, wire = tmp_path / "a.ogg", Wire()
    async with db.begin() as session:
        session.add(FileId(bot_id=42, sha256="ab" * 32, kind="voice", file_id="stale"))
    wire.trouble[AMINA] = [BadFileId("wrong file identifier")]
    await put(db, AMINA, VOICE, "a:0")
    s = sender(db, wire, studio=studio_with(clip))
    await s.recover()
    await drain(s)
    assert wire.sent == [(AMINA, "voice", "a.ogg")]
    assert await second.scalar(select(FileId.file_id)) == "voice-id-1"
    assert (await row(second, "a:0")).tries == 1


async def test_who_refuses_voice_notes_gets_a_sound_file(db: Database, tmp_path: Path) -> None:
    wire = Wire(trouble={AMINA: [VoiceForbidden("VOICE_MESSAGES_FORBIDDEN")]})
    await put(db, AMINA, VOICE, "a:0")
    await drain(sender(db, wire, studio=studio_with(tmp_path / "a.ogg")))
    assert wire.sent == [(AMINA, "audio", "a.ogg")]


async def test_who_refuses_that_too_gets_the_words(db: Database, tmp_path: Path) -> None:
    no = "VOICE_MESSAGES_FORBIDDEN"
    wire = Wire(trouble={AMINA: [VoiceForbidden(no), VoiceForbidden(no)]})
    await put(db, AMINA, VOICE, "a:0")
    await drain(sender(db, wire, studio=studio_with(tmp_path / "a.ogg")))
    assert wire.sent == [(AMINA, "text", "أهلا")]


async def test_without_a_voice_she_gets_the_words(db: Database) -> None:
    wire = Wire()
    await put(db, AMINA, VOICE, "a:0")
    await drain(sender(db, wire))
    assert wire.sent == [(AMINA, "text", "أهلا")]


async def test_a_card_that_cannot_be_drawn_and_has_no_words_is_shown_to_people(
    db: Database, second: AsyncSession
) -> None:
    await put(db, AMINA, CARD, "a:0")
    await drain(sender(db, Wire()))
    assert (await row(second, "a:0")).state == "failed"


# ---------------------------------------------------------------- killed and started again


async def test_what_a_killed_process_was_sending_is_taken_over_and_counted(db: Database, second: AsyncSession) -> None:
    await put(db, AMINA, "Dag", "a:0")
    await sender(db, Wire()).turn(1)
    async with db.begin() as session:
        await session.execute(
            update(Delivery).values(worker=Delivery.worker + "x", due_at=NOW - dt.timedelta(seconds=1))
        )
    wire = Wire()
    await drain(sender(db, wire))
    found = await row(second, "a:0")
    assert (found.state, found.unknown, wire.words(AMINA)) == ("sent", 1, ["Dag"])


async def test_a_dead_process_of_this_machine_is_not_waited_for(db: Database) -> None:
    await put(db, AMINA, "Dag", "a:0")
    old = sender(db, Wire())
    host, _, life, number = old.name.split(":")
    old.name = f"{host}:999999999:{life}:{number}"
    await old.turn(1)
    wire = Wire()
    s = sender(db, wire)
    await s.recover()
    await drain(s)
    assert wire.words(AMINA) == ["Dag"]


async def test_an_announcement_that_a_dead_process_held_does_not_hold_up_her_reply(
    db: Database, second: AsyncSession
) -> None:
    await put(db, AMINA, "Morgen is er geen groep", "c:0", priority=2)
    old = sender(db, Wire())
    _, _, life, number = old.name.split(":")
    old.name = f"{old.name.split(':')[0]}:999999999:{life}:{number}"
    await old.turn(1)
    await put(db, AMINA, "Dag Amina", "a:0")
    wire = Wire()
    s = sender(db, wire)
    await s.recover()
    await drain(s)
    assert wire.words(AMINA) == ["Dag Amina", "Morgen is er geen groep"]
    found = await row(second, "c:0")
    assert (found.state, found.unknown) == ("sent", 1)


async def _elsewhere(db: Database, words: str, key: str) -> str:
    """A process on another machine is sending this; its name."""
    await put(db, AMINA, words, key)
    there = sender(db, Wire())
    there.name = f"{alive.PLACE[::-1]}:1:77:1"
    assert await there.turn(1)
    return there.name


async def test_a_process_elsewhere_without_a_line_gets_the_time_of_one_call_and_is_then_taken_for_dead(
    postgresql: PostgreSQL,
) -> None:
    db = Database(await postgresql.fresh())
    await _elsewhere(db, "Dag", "a:0")
    async with db.begin() as session:
        now = await database_now(session, still())
        assert await release_the_dead(session, Delivery, now) == 0
        lease = (await session.scalars(select(Delivery.due_at))).one()
        assert lease == now + WITHOUT_A_LINE[Delivery]
        assert await release_the_dead(session, Delivery, now + dt.timedelta(seconds=20)) == 0
        assert (await session.scalars(select(Delivery.due_at))).one() == lease, "every look gives it no new time"
        assert await release_the_dead(session, Delivery, lease) == 1
        state, unknown = (await session.execute(select(Delivery.state, Delivery.unknown))).one()
        assert (state, unknown) == ("open", 1)
    await db.close()


async def test_a_process_elsewhere_that_has_its_line_is_waited_for_however_slow_it_is(postgresql: PostgreSQL) -> None:
    db = Database(await postgresql.fresh())
    name = await _elsewhere(db, "Dag", "a:0")
    async with db.engine.connect() as line, db.begin() as session:
        wire: Any = (await line.get_raw_connection()).driver_connection
        await wire.execute(lines.HOLD, lines.OURS, lines._number(name))
        before = (await session.scalars(select(Delivery.due_at))).one()
        now = await database_now(session, still())
        assert await release_the_dead(session, Delivery, now) == 0
        assert (await session.scalars(select(Delivery.due_at))).one() == before > now + WITHOUT_A_LINE[Delivery]
        await line.invalidate()
    await db.close()


async def test_a_living_one_keeps_what_it_holds(db: Database) -> None:
    await put(db, AMINA, "Dag", "a:0")
    await sender(db, Wire()).turn(1)
    wire = Wire()
    s = sender(db, wire)
    await s.recover()
    await drain(s)
    assert wire.sent == []


async def test_moving_the_clock_a_day_says_nothing_twice(db: Database, second: AsyncSession) -> None:
    wire, clock = Wire(), still()
    await put(db, AMINA, "Dag", "a:0")
    s = sender(db, wire, clock)
    held = await s.turn(1)
    clock.move(dt.timedelta(days=1))
    assert await s.turn(1) == []
    await s._fly(held[0])
    await s.turn(0)
    assert (await row(second, "a:0")).state == "sent"
    assert wire.words(AMINA) == ["Dag"]


async def test_what_a_lost_lease_brings_back_is_not_overwritten(db: Database, second: AsyncSession) -> None:
    await put(db, AMINA, "Dag", "a:0")
    slow = sender(db, Wire())
    held = await slow.turn(1)
    async with db.begin() as session:
        await session.execute(update(Delivery).values(worker="other", state="sent", message_id=77))
    await slow._fly(held[0])
    await slow.turn(0)
    assert (await row(second, "a:0")).message_id == 77
