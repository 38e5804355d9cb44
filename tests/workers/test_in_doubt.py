"""In doubt: a commit that failed and was one after all leaves nothing in nobody's hands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session as Inner

from bot.db.models import Arrival, Delivery
from bot.db.session import Database
from tests.workers.scenery import AMINA, FATOU, Wire, put, sender
from tests.workers.test_listener import Room, came, drain, listener


@contextmanager
def said_to_have_failed() -> Iterator[None]:
    """Every commit in here is one, and looks as if it were not: the disk answers too late."""

    def fail(_session: Any) -> None:
        raise OSError("disk I/O error")

    event.listen(Inner, "after_commit", fail)
    try:
        yield
    finally:
        event.remove(Inner, "after_commit", fail)


async def test_an_arrival_that_was_claimed_in_a_commit_that_failed_is_handled_by_the_same_process(
    db: Database, tmp_path: Path
) -> None:
    room = Room()
    await came(db, 1, AMINA, "Dag")
    await came(db, 2, AMINA, "Nog iets")
    await came(db, 3, FATOU, "Bonjour")
    one = listener(db, room, tmp_path)
    with said_to_have_failed(), pytest.raises(OSError, match="disk"):
        await one._claim(8, 8)
    await drain(one)
    assert sorted(room.heard) == ["Bonjour", "Dag", "Nog iets"]
    assert room.heard.index("Dag") < room.heard.index("Nog iets")
    async with db.begin() as session:
        assert await session.scalar(select(Arrival.id).where(Arrival.handled_at.is_(None))) is None


async def test_what_is_in_hand_stays_there(db: Database, tmp_path: Path) -> None:
    room = Room()
    await came(db, 1, AMINA, "Dag")
    one = listener(db, room, tmp_path)
    [held] = await one._claim(8, 8)
    await came(db, 2, FATOU, "Bonjour")
    with said_to_have_failed(), pytest.raises(OSError, match="disk"):
        await one._claim(8, 8)
    [other] = await one._claim(8, 8)
    assert other.raw["heard"]["text"] == "Bonjour"
    await one._process(held)
    await one._process(other)
    assert room.heard == ["Dag", "Bonjour"]


async def test_a_delivery_that_was_claimed_in_a_commit_that_failed_is_sent_once(db: Database) -> None:
    wire = Wire()
    one = sender(db, wire)
    await put(db, AMINA, "Dag", "k")
    with said_to_have_failed(), pytest.raises(OSError, match="disk"):
        await one.turn(8)
    assert await one.send_one()
    async with db.begin() as session:
        [row] = await session.scalars(select(Delivery))
        assert (row.state, row.unknown, wire.words(AMINA)) == ("sent", 0, ["Dag"])
