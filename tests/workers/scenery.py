"""What the tests of the loops start from: a wire that does as it is told, and things to say."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import outbox
from bot.clock import Clock
from bot.db.models import Delivery
from bot.db.session import Database
from bot.messages import Button, FileRef, Part, Picture, Sent, Utterance, Voice
from bot.workers.delivering import Prepared
from bot.workers.listener import Listener
from bot.workers.sender import Sender

NOW = dt.datetime(2026, 11, 26, 9, 30, tzinfo=dt.UTC)
AMINA, FATOU, GRACE = 101, 102, 105
VOICE = Utterance("voice", lang="ar", text="أهلا", voice=Voice("ar", (Part("أهلا"),)))
CARD = Utterance("picture", lang="ar", text="", picture=Picture("card"))


def text(words: str, *, asks: bool = False) -> Utterance:
    return Utterance("text", text=words, asks=asks, buttons=((Button("Ja", {"step": "home.menu"}),),))


def still(now: dt.datetime = NOW) -> Clock:
    """A clock that stands (nearly) at this moment."""
    return Clock(now - Clock().now())


@dataclass
class Wire:
    """Telegram's place in a test: notes what is sent, and raises what it is told to raise, one after another per chat.

    After `wire.answers.clear()` every call hangs, until it is set again.
    """

    sent: list[tuple[int, str, str]] = field(default_factory=list)  # chat, how, words or file
    trouble: dict[int, list[Exception]] = field(default_factory=dict)
    delay: float = 0.0
    files: dict[str, bytes] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    flying: int = 0
    most_flying: int = 0
    chats_flying: set[int] = field(default_factory=set)
    overtaken: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answers.set()

    async def until(self, true: Callable[[], object], seconds: float = 90.0) -> None:
        """Wait until something was sent, or begun, that makes this true."""
        async with asyncio.timeout(seconds):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    async def send(
        self,
        chat_id: int,
        utterance: Utterance,
        files: dict[str, Path | str],
        *,
        token: str = "",
        seconds: int | None = None,
        sound: str = "voice",
    ) -> Sent:
        self.overtaken = self.overtaken or chat_id in self.chats_flying
        self.chats_flying.add(chat_id)
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        self.changed.set()
        try:
            await asyncio.sleep(self.delay)
            await self.answers.wait()
            if waiting := self.trouble.get(chat_id):
                raise waiting.pop(0)
        finally:
            self.flying -= 1
            self.chats_flying.discard(chat_id)
        file = next(iter(files.values()), None)
        how = sound if utterance.kind == "voice" else utterance.kind
        self.sent.append((chat_id, how, str(file.name if isinstance(file, Path) else file or utterance.text)))
        self.changed.set()
        return Sent(len(self.sent), f"{how}-id-{len(self.sent)}" if file else None)

    async def fetch(self, file: FileRef) -> bytes:
        if waiting := self.trouble.get(0):
            raise waiting.pop(0)
        return self.files[file.file_id]

    async def answer_press(self, callback_id: str, text: str = "") -> None:
        self.answered.append(callback_id)

    def words(self, chat_id: int) -> list[str]:
        return [words for chat, _, words in self.sent if chat == chat_id]


async def silent_studio(utterance: Utterance) -> Prepared:
    """There is no voice and no picture."""
    return Prepared()


def studio_with(path: Path) -> Callable[[Utterance], object]:
    async def studio(utterance: Utterance) -> Prepared:
        return Prepared({utterance.kind: path}, 2, "ab" * 32)

    return studio


def sender(db: Database, wire: Wire, clock: Clock | None = None, **more: object) -> Sender:
    pace = more.pop("pace", None)
    studio = more.pop("studio", silent_studio)
    hurried = more.pop("hurried", False)
    made = Sender(db, wire, studio, clock or still(), pace, bot_id=42, **more)  # type: ignore[arg-type]
    if hurried:  # the pace of one chat has its own tests
        made._chats.resting = lambda at: {}  # type: ignore[method-assign]
    return made


async def put(db: Database, chat: int, utterance: Utterance | str, key: str, **more: object) -> Delivery:
    said = text(utterance) if isinstance(utterance, str) else utterance
    async with db.begin() as session:
        delivery = await outbox.put(session, chat, said, key=key, now=NOW, **more)  # type: ignore[arg-type]
    assert delivery is not None
    return delivery


async def at_rest(one: Sender | Listener) -> None:
    """Until this loop has looked for the first time, and rests until it is woken."""
    async with asyncio.timeout(90):
        while one._latest is None or one._doubt:  # noqa: ASYNC110 - it rings no bell when it rests
            await asyncio.sleep(0.01)


async def drain(s: Sender) -> None:
    while await s.send_one():
        pass


async def states(second: AsyncSession) -> dict[str, str]:
    rows = await second.execute(select(Delivery.unique_key, Delivery.state))
    return {row[0]: row[1] for row in rows}


async def row(second: AsyncSession, key: str) -> Delivery:
    return (await second.scalars(select(Delivery).where(Delivery.unique_key == key))).one()


async def later(db: Database) -> None:
    """Time passes: everything that waits for its next try is due."""
    async with db.begin() as session:
        await session.execute(update(Delivery).where(Delivery.state == "open").values(due_at=NOW))
