"""The people of a run: a group of mothers with a coordinator, what they do all the time, and what they did."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy import NullPool, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.care import groups, meetings, staff
from bot.clock import Clock
from bot.db.models import Group, Mother, Reminder
from bot.db.session import Database, Session
from tests.crash.box import Box
from tests.crash.judge import Said, overdue

FIRST, ROSE, PROBE, ASKS = 5000, 900, 5999, 5998
LANGS = ("nl", "fr")
AT_MOST = 1200.0  # seconds that anything may take, when things still get done


@dataclass
class Town:
    """Mothers FIRST … FIRST+number-1, one whose telephone tells how long the house takes to answer, and one who asks when asked to."""

    box: Box
    db: Database
    number: int
    chance: random.Random
    said: Said = field(default_factory=Said)
    voice: bytes = b""
    clock: Clock = field(default_factory=Clock)
    group_id: int = 0
    asking: float = 0.2  # the part of what they do that is a question for a person
    lanes: bool = False  # a webhook: what one person taps and says may come in any order, so each does only one of them
    tapping: bool = True
    days: itertools.count[int] = field(default_factory=lambda: itertools.count(3))

    @property
    def chats(self) -> list[int]:
        return list(range(FIRST, FIRST + self.number))

    async def move_in(self) -> None:
        """They exist for Telegram (who never wrote cannot be written to) and for the house, as members of one group."""
        now = self.clock.now()
        async with self.db.begin() as session:
            group = await groups.create(
                session, house="Huis van het Kind", name="Mama Leert", now=now, pattern={"days": [], "every": 1},
                starts="09:00", ends="11:30", first_day=now.date(), last_day=now.date() + dt.timedelta(days=300),
                place="De Nest", mothers_max=self.number + 5,
            )  # fmt: skip
            await session.flush()
            self.group_id = group.id
            for chat in [*self.chats, PROBE, ASKS]:
                session.add(
                    Mother(chat_id=chat, first_name=f"M{chat}", lang=LANGS[chat % 2], status="member", group_id=group.id,
                           place={}, said={}, consented_at=now, created_at=now)
                )  # fmt: skip
            await staff.add(session, "Rose", "coordinator", [group], now)
            await session.execute(text("UPDATE staff SET chat_id = :chat, code_hash = NULL"), {"chat": ROSE})
        for chat in [*self.chats, PROBE, ASKS, ROSE]:
            await self.do(chat, text="/start")

    async def do(self, who: int, **what: object) -> int | None:
        """One thing a person does; noted when the bot is to hear of it."""
        done = await self.box.send(who, **what)
        number = done.get("update_id")
        if number is not None:
            self.said.updates[number] = who
        return number

    async def live(self, per_second: float, until: asyncio.Event) -> None:
        """They do something all the time, each one thing after the other."""
        async with asyncio.TaskGroup() as tasks:
            for chat in self.chats:
                tasks.create_task(self._one(chat, per_second / self.number, until))

    async def _one(self, chat: int, per_second: float, until: asyncio.Event) -> None:
        for n in itertools.count():
            try:
                async with asyncio.timeout(self.chance.expovariate(per_second)):
                    await until.wait()
                    return
            except TimeoutError:
                await self.something(chat, n)

    async def something(self, chat: int, n: int) -> None:
        """A question by voice or in words, typed words, a tap, a start."""
        what = self.chance.choice(("typed", "typed", "typed", "tap", "tap", "tap", "start", "start"))
        if self.chance.random() < self.asking and not (
            self.lanes and chat % 2
        ):  # a coordinator can hear no more than one message a second
            what = self.chance.choice(("words", "voice"))
        if what == "words":
            await self.ask_in_words(chat, f"Vraag {n} van {chat}")
        elif what == "voice" and self.voice:
            await self.do(chat, text="/vraag")
            if await self.do(chat, voice=self.voice, duration=2) is not None:
                self.said.voices[chat] += 1
        elif what == "typed":
            await self.do(chat, text=self.chance.choice(("crèche", "école", "zzz", "opvang", "hoeveel kost opvang")))
        elif what == "tap" and self.tapping and (chat % 2 or not self.lanes):
            await self.tap(chat)
        else:
            await self.do(chat, text="/start")

    async def ask_in_words(self, chat: int, words: str) -> None:
        await self.do(chat, text="/vraag")
        if await self.do(chat, text=words) is not None:
            self.said.questions.add(words)

    async def tap(self, chat: int) -> None:
        """The first button of the newest message that has one; never a way to being forgotten."""
        for message in reversed(await self.box.heard(chat)):
            if rows := message.get("buttons"):
                if "data" in rows[0][0]:
                    await self.do(chat, callback={"message_id": message["id"], "data": rows[0][0]["data"]})
                return

    # ------------------------------------------------------------ what the house has to say by itself

    async def announce(self) -> None:
        """A meeting is cancelled: everybody must hear it."""
        now, day = self.clock.now(), next(self.days)

        async def cancel_one(session: Session) -> None:
            group = await session.get_one(Group, self.group_id)
            meeting = await meetings.add(session, group, now.date() + dt.timedelta(days=day), now)
            await meetings.cancel(session, meeting, now)

        await self.write(cancel_one)

    async def remind(self, seconds: float, useful: float = 600.0) -> None:
        """A meeting whose reminders are due within so many seconds, and useless some minutes later."""
        now, day = self.clock.now(), next(self.days)

        async def plan_one(session: Session) -> None:
            group = await session.get_one(Group, self.group_id)
            meeting = await meetings.add(session, group, now.date() + dt.timedelta(days=day), now)
            asked = select(Reminder).where(Reminder.meeting_id == meeting.id, Reminder.kind == "evening")
            for row in await session.scalars(asked.where(Reminder.state == "waiting")):
                row.due_at = now + dt.timedelta(seconds=self.chance.uniform(0, seconds))
                row.expires_at = now + dt.timedelta(seconds=useful)

        await self.write(plan_one)

    async def write(self, deed: Callable[[Session], Awaitable[None]]) -> None:
        """Does it in a transaction; tried again when a busy house does not let us get at SQLite's lock."""
        for tries in range(10):
            try:
                async with self.db.begin() as session:
                    await deed(session)
                return
            except OperationalError:
                if tries == 9:
                    raise

    # ------------------------------------------------------------ how it is

    async def answered(self, seconds: float, alive: Callable[[], bool] = lambda: True) -> float | None:
        """How long it takes until somebody who starts the bot hears something.

        None when nothing at all got done for so long, or when the house is no longer `alive`.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        end = started + seconds
        before, done = len(await self.box.heard(PROBE)), -1
        await self.do(PROBE, text="/start")

        async def heard() -> bool:
            return len(await self.box.heard(PROBE)) > before

        while loop.time() <= end and alive():  # a loaded machine is slow, and not at fault
            if await until(heard, min(seconds / 5, 10)):
                return loop.time() - started
            _, so_far = await self._left_and_done()
            if so_far > done:
                done, end = so_far, min(loop.time() + seconds, started + AT_MOST)
        return None

    async def at_rest(self, seconds: float) -> bool:
        """Waits until everything that came was handled and everything due was sent; False when nothing got done for so long.

        What is done is counted, and not what is left: an arrival that is handled leaves three deliveries, and a coordinator who
        gets hundreds of questions hears one message a second. That takes its time, and moves on.
        """
        loop, before = asyncio.get_running_loop(), -1
        self.said.rested = self.clock.now()
        began = loop.time()
        end = began + seconds
        while loop.time() <= end:
            left, done = await self._left_and_done()
            if left == 0:
                return True
            if done > before:
                before, end = done, min(loop.time() + seconds, began + AT_MOST)
            await asyncio.sleep(0.5)
        return False

    async def left_over(self) -> str:
        """What is not finished, for a person who looks why nothing came to rest."""
        asked = (
            "SELECT id, update_id, due_at, tries, worker, error FROM arrivals WHERE handled_at IS NULL",
            "SELECT id, unique_key, state, created_at, due_at, tries, worker, error FROM deliveries"
            " WHERE state IN ('open', 'sending')",
            "SELECT id, kind, done FROM announcements WHERE state = 'sending'",
            f"SELECT id, kind, due_at, expires_at FROM reminders WHERE {overdue(self.said.rested)}",
        )
        async with self.db.engine.connect() as session:
            rows = [row for said in asked for row in (await session.execute(text(said))).all()]
        return "".join(f"left: {row}\n" for row in rows)

    async def _left_and_done(self) -> tuple[int, int]:
        """How much is not finished, and how much is: arrivals, deliveries, announcements, reminders."""
        presses = {number for number, kind in (await self.box.too_old()).items() if kind == "callback_query"}
        reading = create_async_engine(self.db.url, poolclass=NullPool)  # without our BEGIN: it waits for no lock
        async with reading.connect() as session:
            known = set(await session.scalars(text("SELECT update_id FROM arrivals WHERE handled_at IS NOT NULL")))
            query = text("SELECT state IN ('open', 'sending'), count(*) FROM deliveries GROUP BY 1")
            deliveries = {bool(row[0]): int(row[1]) for row in await session.execute(query)}
            going = await session.scalar(text("SELECT count(*) FROM announcements WHERE state = 'sending'"))
            late = await session.scalar(text(f"SELECT count(*) FROM reminders WHERE {overdue(self.said.rested)}"))
        left = len(set(self.said.updates) - known - presses) + deliveries.get(True, 0) + (going or 0) + (late or 0)
        return left, len(known) + deliveries.get(False, 0)


async def until(true: Callable[[], object], seconds: float) -> bool:
    """Looks four times a second; False when it never came true. The house is another process: it cannot set an event of ours."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        found = true()
        if await found if asyncio.iscoroutine(found) else found:
            return True
        await asyncio.sleep(0.25)
    return False
