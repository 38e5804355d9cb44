"""Given: the real content, a house with a group and its coming meeting, and people who talk with the bot.

People speak through `handle` with a real database, one transaction an arrival, as the listener does; what they hear is read
back from the outbox and counted as sent.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.care import groups, meetings, mothers, staff
from bot.care.content import Content, load
from bot.care.conversation import handle
from bot.db.models import Arrival, Delivery, Group, Media, Meeting, Mother, Staff
from bot.db.session import Database
from bot.faq import match
from bot.flow.model import Place
from bot.messages import FileRef, Heard, Utterance, from_json
from bot.settings import default_content

TUESDAY = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)  # 10.00 in Flanders; the group meets on Thursday at 9.00


@dataclass
class World:
    """A database, the content and a clock that stands still until a test moves it."""

    db: Database
    content: Content
    now: dt.datetime = TUESDAY
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    through: Callable[..., Awaitable[None]] | None = (
        None  # what answers; `conversation.handle` when nothing else is said
    )

    async def arrive(self, heard: Heard, media: Mapping[str, Media] | None = None) -> None:
        """One arrival: written down, then answered."""
        raw = {"update_id": next(self.numbers), "message": {"message_id": heard.message_id, "text": heard.text}}
        async with self.db.begin() as session:
            session.add(
                Arrival(
                    channel="telegram:42",
                    update_id=raw["update_id"],
                    chat_id=heard.chat_id,
                    raw=raw,
                    received_at=self.now,
                    due_at=self.now,
                )
            )
        async with self.db.begin() as session:
            arrival = (await session.scalars(select(Arrival).order_by(Arrival.id.desc()).limit(1))).one()
            for item in (media or {}).values():
                session.add(item)
            await session.flush()
            if self.through is not None:
                await self.through(session, arrival, heard, media or {}, self.now)
            else:
                await handle(session, self.content, arrival, heard, media or {}, self.now)
            arrival.handled_at = self.now


@dataclass
class Person:
    """Somebody with a telephone. Every way of speaking answers with what was heard back."""

    world: World
    chat_id: int
    name: str
    lang: str = "nl"
    seen: int = 0
    last: list[Delivery] = field(default_factory=list)

    async def send(self, kind: Any, *, media: Media | None = None, **fields: Any) -> list[Utterance]:
        """Anything at all, as `telegram/read.py` would understand it."""
        number = 1000 + next(self.world.numbers)
        given = {"chat_id": self.chat_id, "first_name": self.name, "message_id": number, **fields}
        await self.world.arrive(Heard(kind=kind, **given), {"file": media} if media else None)
        return await self.listen()

    async def start(self, payload: str = "") -> list[Utterance]:
        return await self.send("start", payload=payload)

    async def say(self, text: str) -> list[Utterance]:
        return await self.send("text", text=text)

    async def voice(self, seconds: int = 4) -> list[Utterance]:
        ref = FileRef(f"v{next(self.world.numbers)}", "u", "voice", 4000, seconds, "audio/ogg")
        return await self.send("voice", file=ref, media=self.recording("voice", seconds))

    async def photo(self) -> list[Utterance]:
        ref = FileRef(f"p{next(self.world.numbers)}", "u", "photo", 40000)
        return await self.send("photo", file=ref, media=self.recording("photo", None))

    def recording(self, kind: str, seconds: int | None) -> Media:
        name = f"{self.name}-{next(self.world.numbers)}.ogg"
        mime = "audio/ogg" if kind == "voice" else "image/jpeg"
        return Media(
            name=name, kind=kind, mime=mime, size=4000, seconds=seconds, sha256="0" * 64, created_at=self.world.now
        )

    async def tap(self, wanted: str) -> list[Utterance]:
        """The newest button whose choice or label it is. AssertionError when nothing shown says so."""
        return await self.send("press", data=self.find(wanted), callback_id="1")

    def find(self, wanted: str) -> str:
        for delivery in reversed(self.last):
            buttons = [b for row in from_json(Utterance, delivery.utterance).buttons for b in row]
            for index, button in enumerate(buttons):
                if wanted in (button.to.get("choice"), button.label) or f" {wanted}" in button.label:
                    return f"{delivery.token}:{index}"
        shown = [json.dumps(d.utterance.get("buttons", ""), ensure_ascii=False) for d in self.last[-3:]]
        raise AssertionError(f"No button “{wanted}” was shown to {self.name}: {shown}")

    async def listen(self) -> list[Utterance]:
        """What came since the last time, in order; counted as sent."""
        async with self.world.db.begin() as session:
            query = select(Delivery).where(Delivery.chat_id == self.chat_id, Delivery.id > self.seen)
            new = list(await session.scalars(query.order_by(Delivery.id)))
            for delivery in new:
                delivery.state, delivery.message_id, delivery.sent_at = "sent", 5000 + delivery.id, self.world.now
        self.last += new
        self.seen = new[-1].id if new else self.seen
        return [from_json(Utterance, delivery.utterance) for delivery in new]

    async def row(self) -> Mother | None:
        async with self.world.db.begin() as session:
            return await mothers.by_chat(session, self.chat_id)

    async def place(self) -> Place:
        """Where she stands, as it was written down."""
        row = await self.row()
        return from_json(Place, row.place) if row and row.place else Place("(nobody)")


@dataclass
class House:
    """A group with a coordinator, a link and a coming meeting."""

    group: Group
    meeting: Meeting
    rose: Staff
    code: str
    other: str = ""  # the link of another group, when there is one


def words(said: list[Utterance]) -> str:
    """Everything that is shown, in one text."""
    return "\n".join(u.text for u in said)


@pytest.fixture(scope="session")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this run keeps what typed words were learnt to mean: whoever comes first learns it, for everybody."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "learnt"


def that_understands(found: Content, kept_in: Path) -> Content:
    """What is typed is understood from the start. Learning that takes half a minute of a busy machine, which must not fall
    within a transaction: PostgreSQL ends one in which nothing happens for thirty seconds.
    """
    vars(found)["matcher"] = match.load(found.folder, kept_in)
    return found


@pytest.fixture(scope="session")
def content(learnt: Path) -> Content:
    """The real content, read once."""
    return that_understands(load(default_content()), learnt)


@pytest.fixture
def world(db: Database, content: Content) -> World:
    return World(db, content)


@pytest.fixture
async def house(world: World) -> House:
    """Mama Leert: Thursdays at 9.00, next time the day after tomorrow; Rose coordinates it."""
    async with world.db.begin() as session:
        group = await groups.create(
            session,
            house="Huis van het Kind",
            name="Mama Leert",
            now=world.now,
            pattern={"days": [3], "every": 1},
            starts="09:00",
            ends="11:30",
            first_day=dt.date(2026, 11, 19),
            last_day=dt.date(2026, 12, 10),
            place="De Nest",
            address="Dorpsstraat 1",
            lat=51.06,
            lon=4.36,
            childcare_place="De Speelboot",
            childcare_address="Dorpsstraat 3",
            childcare_lat=51.061,
            childcare_lon=4.361,
            guide="Rose",
        )
        await meetings.plan(session, group, world.now)
        [meeting] = await meetings.coming(session, group.id, world.now)
        code = await groups.invite(session, group, world.now)
        await staff.add(session, "Rose", "coordinator", [group], world.now)
        rose = (await session.scalars(select(Staff))).one()
        rose.chat_id = 900
    return House(group, meeting, rose, code)


@pytest.fixture
def amina(world: World, house: House) -> Person:
    """Amina reads nothing and hears Arabic. She has not written to the bot yet."""
    return Person(world, 7700101, "Amina", "ar")


@pytest.fixture
def fatou(world: World, house: House) -> Person:
    """Fatou hears French. She has not written to the bot yet."""
    return Person(world, 7700102, "Fatou", "fr")


@pytest.fixture
def rose(world: World, house: House) -> Person:
    """Rose, the coordinator, in Telegram."""
    return Person(world, 900, "Rose")


async def welcome(person: Person, house: House) -> None:
    """Through the whole welcome, to home."""
    await person.start(house.code)
    await person.tap(person.lang)
    await person.tap("agree")
    await person.tap("later")
