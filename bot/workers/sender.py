"""The sender: takes what is due out of the outbox and makes one Bot API call of each.

Its one transaction (`turn`) notes what finished and claims what is next; no network call is ever made inside it.
"""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
from collections.abc import Callable, Coroutine, Mapping
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import select

from bot.clock import Clock
from bot.db.models import Delivery, FileId
from bot.db.notes import note
from bot.db.session import Database, Session, after, database_now
from bot.db.trouble import complain
from bot.messages import Heard
from bot.workers import pace as paces
from bot.workers.arrivals import Taps
from bot.workers.claim import Claimed, Outcome, claim, not_in_hand, write_back
from bot.workers.delivering import Courier, Port, Prepared, Studio
from bot.workers.life import (
    CLOCKS_DIFFER,
    LOOK_FOR_THE_DEAD,
    SAFETY,
    after_clock_was_put_back,
    growing,
    new_name,
    release_the_dead,
    rest,
    wake_at_the_end,
)

__all__ = ["Port", "Prepared", "Sender", "Studio"]
log = structlog.get_logger()

IN_FLIGHT = 100  # calls: with an answer after a tenth of a second, a thousand a second
LAST_BREATH = 1.5  # seconds that calls in flight get when the house closes
STORM = 3  # so many chats refused at once: it is not about one chat

OnLost = Callable[[Session, Delivery, dt.datetime], Coroutine[Any, Any, None]]


class Sender:
    """`pace` in messages a second over all chats, None for no limit. `on_lost` hears of every delivery that failed for good."""

    def __init__(
        self,
        db: Database,
        port: Port,
        studio: Studio,
        clock: Clock,
        pace: float | None,
        *,
        bot_id: int = 0,
        on_lost: OnLost | None = None,
    ) -> None:
        self.db = db
        self.clock = clock
        self.pace = pace
        self.bot_id = bot_id
        self.on_lost = on_lost
        self.courier = Courier(port, studio, pace)
        self.name = new_name()
        self.woken = asyncio.Event()
        self.stopped: str | None = None  # the sentence why nothing can be sent, while that is so
        self._chats = paces.ChatPace()
        self._done: list[Outcome] = []
        self._flying: dict[int, asyncio.Task[None]] = {}
        self._boarded: list[Claimed] = []  # claimed in the transaction that wrote them down
        self._running = False
        self._alarms: list[float] = []  # monotonic seconds at which something may be due
        self._failing = 0  # network failures in a row
        self._worked_at = -1e9
        self._refusals: collections.deque[tuple[float, int]] = collections.deque(maxlen=20)
        self._pause = 0.0  # seconds that everybody must be silent, to be written in the next turn
        self._noted: str | None = ""
        self._doubt = False  # a turn failed: the table may say that we are sending more than we are
        self._latest: dt.datetime | None = None  # the time at the last turn
        self._looked = -LOOK_FOR_THE_DEAD
        db.on_commit(self._on_commit)

    # ------------------------------------------------------------ one turn

    async def turn(self, free: int) -> list[Claimed]:
        """Write back what finished and claim at most `free` due deliveries, in one transaction."""
        self._alarms = sorted(alarm for alarm in self._alarms if alarm > monotonic())[:200]
        done, self._done = self._done, []
        pause, self._pause = self._pause, 0.0
        health = self.stopped
        try:
            async with self.db.begin() as session:
                await (
                    session.connection()
                )  # on SQLite nobody else is at it from here on: what was being boarded is on board
                in_doubt, self._doubt = self._doubt, True
                now = await self._now(session)
                if in_doubt:
                    in_hand = [*self._flying, *(one.id for one in done), *(row.id for row in self._boarded)]
                    await not_in_hand(session, self.name, in_hand, now)
                lost = await write_back(session, self.name, now, self.bot_id, done) if done else []
                await self._tell_lost(session, lost, now)
                await self._note_health(session, now)
                rows = await self._claim(session, now, free, pause)
        except BaseException:
            self._done, self._pause = done + self._done, max(pause, self._pause)
            raise
        self._noted, self._doubt = health, False
        at = monotonic()
        self._alarms += [at + outcome.pause for outcome in done if outcome.state == "open"]
        self._spend(rows)
        return rows

    def _spend(self, rows: list[Claimed]) -> None:
        at = monotonic()
        for row in rows:
            self._chats.spend(row.chat_id, at)

    def boarding(self, answer: Taps) -> Taps:
        """The same way to answer taps, with what they are answered with claimed at once."""

        async def answer_and_board(session: Session, tapped: Mapping[int, Heard], now: dt.datetime) -> set[int]:
            if answered := await answer(session, tapped, now):
                await self.board(session)
            return answered

        return answer_and_board

    async def board(self, session: Session) -> None:
        """Claim what is due in the transaction of whoever has just written it down: one commit less before it is heard.

        On SQLite only, where nobody else sends; nothing while this sender does not run.
        """
        free = self._free() - len(self._boarded)
        if not self.db.sqlite or not self._running or self._doubt or self._done or free <= 0:
            return
        self._doubt = True
        rows = await self._claim(session, await self._now(session), free, 0.0)

        def committed() -> None:
            self._doubt = False
            self._spend(rows)
            self._boarded += rows
            self.woken.set()

        after(session, committed)

    async def _now(self, session: Session) -> dt.datetime:
        """The time; when it is earlier than last time, the clock was put back, and what waits by the old one is mended."""
        now, before = await database_now(session, self.clock), self._latest
        if before is None or now < before - CLOCKS_DIFFER:
            await after_clock_was_put_back(session, Delivery, now, before)
            await paces.after_clock_was_put_back(session, now - self.clock.offset)
        self._latest = now
        if (
            monotonic() - self._looked > LOOK_FOR_THE_DEAD
        ):  # a neighbour may have been killed, and be long in starting again
            self._looked = monotonic()
            await release_the_dead(session, Delivery, now)
            await after_clock_was_put_back(session, Delivery, now)  # who waited for the database came by the old clock
        return now

    async def _claim(self, session: Session, now: dt.datetime, free: int, pause: float) -> list[Claimed]:
        at = monotonic()
        resting = self._chats.resting(at)
        self._alarms += [at + wait for wait in resting.values()][:50]
        if self.pace is None or free <= 0:
            return await claim(session, self.name, now, free, list(resting))
        real = now - self.clock.offset  # the demo's clock may leap, Telegram's does not
        if pause:
            await paces.pause_all(session, real, pause)
        per_s, burst = paces.share(self.pace, alone=self.db.sqlite)
        allowed = await paces.allowance(session, real, per_s, free, burst)
        shared = set() if self.db.sqlite else await paces.chats_at_rest(session, real)
        rows = await claim(session, self.name, now, allowed.free, sorted(shared.union(resting)))
        if rows:
            await paces.spend(session, allowed, per_s, len(rows))
        if rows and not self.db.sqlite:
            await paces.spend_in_chats(session, real, [row.chat_id for row in rows])
        if shared:
            self._alarms.append(at + 1.0)
        if len(rows) == allowed.free:  # there may be more: the pace held us back
            self._alarms.append(at + allowed.wait)
        return rows

    async def _tell_lost(self, session: Session, lost: list[int], now: dt.datetime) -> None:
        if self.on_lost is None or not lost:
            return
        for delivery in await session.scalars(select(Delivery).where(Delivery.id.in_(lost))):
            await self.on_lost(session, delivery, now)

    async def _note_health(self, session: Session, now: dt.datetime) -> None:
        if self.stopped != self._noted:
            await note(
                session, "sending", {"ok": self.stopped is None, "why": self.stopped or "", "at": now.isoformat()}
            )

    # ------------------------------------------------------------ one delivery

    async def send_one(self) -> bool:
        """Send the next due delivery. True: one was tried and its outcome is noted; False: nothing is due."""
        rows = await self.turn(1)
        for row in rows:
            await self._fly(row)
        if self._done:
            await self.turn(0)
        return bool(rows)

    async def _fly(self, row: Claimed) -> None:
        outcome = Outcome(row.id, row.chat_id, "open", why="The house closed while it was being sent.", unknown=1)
        try:
            outcome = await self.courier.deliver(row, others_get_through=monotonic() - self._worked_at < 60)
        finally:
            self._learn(outcome)
            self._done.append(outcome)
            self._flying.pop(row.id, None)
            self.woken.set()

    def _learn(self, outcome: Outcome) -> None:
        """What this outcome says about the others: Telegram is well, is away, is too busy, or no longer knows us."""
        at = monotonic()
        if outcome.state == "sent":
            self._failing, self._worked_at, self.stopped = 0, at, None
        if outcome.state == "open" and not outcome.told:
            self._failing += 1
        if outcome.told == "stop":
            self.stopped = outcome.why
        if outcome.told == "wait":
            self._chats.wait(outcome.chat_id, outcome.pause, at)
            self._refusals.append((at, outcome.chat_id))
            if len({chat for when, chat in self._refusals if at - when < 2}) >= STORM:
                self._pause = max(self._pause, outcome.pause)

    # ------------------------------------------------------------ the loop

    async def recover(self) -> None:
        """At the start: take over from processes of this machine that are no more, and recall Telegram's names of our files."""
        async with self.db.begin() as session:
            freed = await release_the_dead(session, Delivery, await database_now(session, self.clock))
            files = await session.scalars(select(FileId).where(FileId.bot_id == self.bot_id))
            self.courier.file_ids = {(f.sha256, f.kind): f.file_id for f in files}
        if freed:
            log.info("deliveries_taken_over", number=freed)

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; then give what is in flight a moment, and note how it ended."""
        await self._recover_patiently(stop)
        self._running = True
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(wake_at_the_end(stop, self.woken))
            failures = 0
            while not stop.is_set():
                self.woken.clear()
                free = self._free()
                try:
                    rows = self._off_board() or await self.turn(free)
                    failures = 0
                except Exception as error:  # noqa: BLE001 - whatever it is: told, and tried again
                    failures += 1
                    complain("turn_failed", error, failures=failures)
                    await rest(stop, growing(failures, most=15))
                    continue
                for row in rows:
                    self._flying[row.id] = tasks.create_task(self._fly(row))
                if len(rows) < max(free, 1) and not self._done:  # nothing else can be claimed until something happens
                    await rest(self.woken, self._until_alarm())
            self._running = False
            for row in self._off_board():
                self._flying[row.id] = tasks.create_task(self._fly(row))
            await self._land()

    def _off_board(self) -> list[Claimed]:
        boarded, self._boarded = self._boarded, []
        return boarded

    async def _recover_patiently(self, stop: asyncio.Event) -> None:
        failures = 0
        while not stop.is_set():
            try:
                await self.recover()
                return
            except Exception as error:  # noqa: BLE001 - as below
                failures += 1
                complain("recovery_failed", error, failures=failures)
                await rest(stop, growing(failures, most=15))

    async def _land(self) -> None:
        if flying := list(self._flying.values()):
            _, late = await asyncio.wait(flying, timeout=LAST_BREATH)
            for task in late:
                task.cancel()
            await asyncio.wait(flying)
        if self._done:
            try:
                await self.turn(0)
            except Exception as error:  # noqa: BLE001 - the leases run out by themselves
                complain("last_turn_failed", error)

    def _free(self) -> int:
        """How many more may be in flight: one to try with while Telegram is away or does not know us."""
        most = 1 if self._failing >= 5 or self.stopped else IN_FLIGHT
        return max(0, most - len(self._flying))

    def _until_alarm(self) -> float:
        """An alarm that went off during the turn is still in the list: then there is no rest."""
        return min([SAFETY, *(max(alarm - monotonic(), 0.0) + 0.001 for alarm in self._alarms)])

    def _on_commit(self, names: set[str]) -> None:
        if "sender" in names:
            self.woken.set()
