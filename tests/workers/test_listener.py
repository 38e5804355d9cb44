"""The listener: each chat in its order, everything or nothing, and what happens to an arrival that cannot be handled."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import outbox
from bot.clock import Clock
from bot.db.models import Arrival, Delivery, Media
from bot.db.session import Database, Session, wake
from bot.media import Folder
from bot.messages import Heard, Refused, Retry, StopAll
from bot.workers.listener import AT_ONCE, Listener
from tests.workers.scenery import AMINA, FATOU, NOW, Wire, at_rest, put, still, text

VOICE = {"file_id": "v1", "file_unique_id": "u1", "duration": 4, "mime_type": "audio/ogg", "file_size": 900}


def read(raw: Mapping[str, Any]) -> Heard | None:
    """As bot/telegram/read.py does, which is another room."""
    if "strange" in raw:
        raise KeyError("strange")
    return Heard(**{**raw["heard"], "file": _file(raw["heard"])}) if "heard" in raw else None


def _file(said: Mapping[str, Any]) -> Any:
    from bot.messages import FileRef

    return FileRef("v1", "u1", "voice", **said["file"]) if "file" in said else None


class Room:
    """What handles arrivals in these tests: notes the words and answers each with an echo."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.files: list[dict[str, Media]] = []
        self.parked: list[int] = []
        self.poison: dict[str, int] = {}
        self.delay = 0.0
        self.at_once = self.most = 0
        self.company = 1  # so many meet in the room before the first of them is answered
        self.met = asyncio.Event()

    async def handle(
        self, session: Session, arrival: Arrival, heard: Heard, files: Mapping[str, Media], now: dt.datetime
    ) -> None:
        await outbox.put(session, heard.chat_id, text(f"echo {heard.text}"), key=f"arrival:{arrival.id}:0", now=now)
        if self.poison.get(heard.text, 0) > 0:
            self.poison[heard.text] -= 1
            raise ValueError(f"{heard.text} is poison")
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        if self.at_once >= self.company:
            self.met.set()
        await self.met.wait()
        await asyncio.sleep(self.delay)
        self.at_once -= 1
        self.heard.append(heard.text)
        self.files.append(dict(files))

    async def on_parked(self, session: Session, arrival: Arrival, now: dt.datetime) -> None:
        self.parked.append(arrival.id)
        await outbox.put(session, arrival.chat_id or 0, text("Een mens kijkt."), key=f"arrival:{arrival.id}:p", now=now)


@pytest.fixture
def room() -> Room:
    return Room()


def listener(db: Database, room: Room, folder: Path, wire: Wire | None = None, clock: Clock | None = None) -> Listener:
    return Listener(
        db,
        room.handle,
        wire or Wire(),
        clock or still(),
        read=read,
        media=Folder(folder / "media"),
        on_parked=room.on_parked,
    )


async def came(db: Database, number: int, chat: int | None, words: str = "", kind: str = "text", **more: Any) -> None:
    raw: dict[str, Any] = more.pop("raw", {"heard": {"kind": kind, "chat_id": chat, "text": words, **more}})
    async with db.begin() as session:
        session.add(Arrival(channel="t", update_id=number, chat_id=chat, raw=raw, received_at=NOW, due_at=NOW, tries=0))
        wake(session, "listener")


async def heard(room: Room, number: int) -> None:
    """Until so much was handled."""
    async with asyncio.timeout(90):
        while len(room.heard) < number:  # noqa: ASYNC110 - the room has no bell
            await asyncio.sleep(0.01)


async def drain(one: Listener) -> None:
    while await one.handle_one():
        pass


async def later(db: Database) -> None:
    async with db.begin() as session:
        await session.execute(update(Arrival).where(Arrival.handled_at.is_(None)).values(due_at=NOW))


async def arrivals(second: AsyncSession) -> list[Arrival]:
    return list(await second.scalars(select(Arrival).order_by(Arrival.id)))


async def test_handling_and_its_answer_are_one(db: Database, second: AsyncSession, room: Room, tmp_path: Path) -> None:
    await came(db, 1, AMINA, "Dag")
    one = listener(db, room, tmp_path)
    assert await one.handle_one() is True
    assert await one.handle_one() is False
    (arrival,) = await arrivals(second)
    assert (arrival.handled_at is not None, arrival.worker) == (True, None)
    assert list(await second.scalars(select(Delivery.unique_key))) == [f"arrival:{arrival.id}:0"]


async def test_what_fails_leaves_nothing_and_is_tried_again(
    db: Database, second: AsyncSession, room: Room, tmp_path: Path
) -> None:
    room.poison["Dag"] = 1
    await came(db, 1, AMINA, "Dag")
    one = listener(db, room, tmp_path)
    await drain(one)
    (arrival,) = await arrivals(second)
    assert (arrival.handled_at, arrival.tries, arrival.error) == (None, 1, "ValueError: Dag is poison")
    assert list(await second.scalars(select(Delivery))) == []
    await later(db)
    await drain(one)
    assert room.heard == ["Dag"]


async def test_her_later_words_wait_for_her_earlier_ones_and_nobody_else_does(
    db: Database, room: Room, tmp_path: Path
) -> None:
    room.poison["een"] = 1
    await came(db, 1, AMINA, "een")
    await came(db, 2, AMINA, "twee")
    await came(db, 3, FATOU, "un")
    one = listener(db, room, tmp_path)
    await drain(one)
    assert room.heard == ["un"]
    await later(db)
    await drain(one)
    assert room.heard == ["un", "een", "twee"]


async def test_after_five_tries_it_is_parked_with_a_kind_word_and_her_next_goes_on(
    db: Database, second: AsyncSession, room: Room, tmp_path: Path
) -> None:
    room.poison["gif"] = 99
    await came(db, 1, AMINA, "gif")
    await came(db, 2, AMINA, "Dag")
    one = listener(db, room, tmp_path)
    for _ in range(5):
        await drain(one)
        await later(db)
    await drain(one)
    poisoned, good = await arrivals(second)
    assert (poisoned.tries, poisoned.parked_at is not None, good.parked_at) == (5, True, None)
    assert room.parked == [poisoned.id]
    said = list(await second.scalars(select(Delivery.unique_key).order_by(Delivery.id)))
    assert said == [f"arrival:{poisoned.id}:p", f"arrival:{good.id}:0"]


async def test_what_cannot_be_read_is_set_aside_and_kept(
    db: Database, second: AsyncSession, room: Room, tmp_path: Path
) -> None:
    await came(db, 1, None, raw={"unreadable": "?"})
    await came(db, 2, AMINA, raw={"strange": 1})
    await came(db, 3, AMINA, "Dag")
    await drain(listener(db, room, tmp_path))
    assert room.heard == ["Dag"]
    assert [bool(a.error) for a in await arrivals(second)] == [True, True, False]


async def test_several_chats_are_handled_at_once_each_in_order(db: Database, room: Room, tmp_path: Path) -> None:
    room.delay, room.company = 0.05, 1 if db.sqlite else AT_ONCE  # SQLite has one transaction at a time
    for n in range(3):
        for chat in range(1, 13):
            await came(db, n * 100 + chat, chat, f"{chat}:{n}")
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listener(db, room, tmp_path).run(stop))
        await heard(room, 36)
        stop.set()
    for chat in range(1, 13):
        assert [w for w in room.heard if w.startswith(f"{chat}:")] == [f"{chat}:{n}" for n in range(3)]
    assert room.most == room.company


async def test_two_listeners_handle_nothing_twice(db: Database, room: Room, tmp_path: Path) -> None:
    for n in range(30):
        await came(db, n, n % 7 + 1, str(n))
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(listener(db, room, tmp_path).run(stop))
        await heard(room, 30)
        stop.set()
    assert sorted(room.heard, key=int) == [str(n) for n in range(30)]


async def test_a_press_is_answered_and_its_question_is_noted_as_answered(
    db: Database, second: AsyncSession, room: Room, tmp_path: Path
) -> None:
    wire = Wire()
    question = await put(db, AMINA, "Kom je?", "reminder:1:0")
    await came(db, 1, AMINA, kind="press", data=f"{question.token}:0", callback_id="77")
    await drain(listener(db, room, tmp_path, wire))
    assert wire.answered == ["77"]
    answered = await second.scalar(select(Delivery.answered_at).where(Delivery.id == question.id))
    assert answered is not None


# ---------------------------------------------------------------- files


async def test_her_voice_is_stored_before_it_is_handled(
    db: Database, second: AsyncSession, room: Room, tmp_path: Path
) -> None:
    await came(db, 1, AMINA, kind="voice", file={"size": 5, "seconds": 4, "mime": "audio/ogg"})
    await drain(listener(db, room, tmp_path, Wire(files={"v1": b"sound"})))
    (media,) = list(await second.scalars(select(Media)))
    assert (media.kind, media.size, media.seconds, media.file_unique_id) == ("voice", 5, 4, "u1")
    assert (tmp_path / "media" / media.name).read_bytes() == b"sound"
    assert [m.name for m in room.files[0].values()] == [media.name]


async def test_a_file_of_an_arrival_that_fails_is_not_left_behind(db: Database, room: Room, tmp_path: Path) -> None:
    room.poison["q"] = 1
    await came(db, 1, AMINA, "q", kind="voice", file={"size": 5})
    one = listener(db, room, tmp_path, Wire(files={"v1": b"sound"}))
    await drain(one)
    assert list((tmp_path / "media").iterdir()) == []
    await later(db)
    await drain(one)
    assert len(list((tmp_path / "media").iterdir())) == 1


@pytest.mark.parametrize(
    ("file", "data", "trouble"),
    [
        pytest.param({"size": 30_000_000}, b"", None, id="too big"),
        pytest.param({"seconds": 600}, b"", None, id="ten minutes"),
        pytest.param({}, b"x" * 10_000_001, None, id="bigger than it said"),
        pytest.param({}, b"", None, id="empty"),
        pytest.param({}, b"", Refused("gone"), id="gone"),
    ],
)
async def test_a_file_that_cannot_be_had_is_told_and_not_a_crash(
    db: Database, room: Room, tmp_path: Path, file: dict[str, int], data: bytes, trouble: Exception | None
) -> None:
    wire = Wire(files={"v1": data}, trouble={0: [trouble]} if trouble else {})
    await came(db, 1, AMINA, kind="voice", file=file)
    await drain(listener(db, room, tmp_path, wire))
    assert room.files == [{}]


async def test_a_file_that_cannot_be_had_now_is_waited_for(db: Database, room: Room, tmp_path: Path) -> None:
    wire = Wire(files={"v1": b"sound"}, trouble={0: [Retry("away"), StopAll("token")]})
    await came(db, 1, AMINA, kind="voice", file={})
    one = listener(db, room, tmp_path, wire)
    for _ in range(3):
        await drain(one)
        await later(db)
    assert [len(files) for files in room.files] == [1]


# ---------------------------------------------------------------- the loop


@pytest.mark.usefixtures("only_when_woken")
async def test_a_commit_wakes_the_loop_and_so_does_the_end(db: Database, room: Room, tmp_path: Path) -> None:
    stop, one = asyncio.Event(), listener(db, room, tmp_path)
    async with asyncio.timeout(170), asyncio.TaskGroup() as tasks:
        tasks.create_task(one.run(stop))
        await at_rest(one)
        await came(db, 1, AMINA, "Dag")
        await heard(room, 1)
        stop.set()


async def test_what_a_killed_process_had_begun_is_taken_over_by_the_next_that_looks(
    db: Database, room: Room, tmp_path: Path
) -> None:
    await came(db, 1, AMINA, "Dag")
    old = listener(db, room, tmp_path)
    host, _, life, number = old.name.split(":")
    old.name = f"{host}:999999999:{life}:{number}"
    assert len(await old._claim(1, 1)) == 1
    new = listener(db, room, tmp_path)
    assert await new.handle_one()
    assert room.heard == ["Dag"]
