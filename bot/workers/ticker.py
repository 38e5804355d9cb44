"""The ticker: calls what must happen now and then. Its ticks carry no data: what is due lies in our own tables."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any

import structlog

from bot.clock import Clock
from bot.db.session import Database
from bot.db.trouble import complain
from bot.workers.life import rest

log = structlog.get_logger()

LAST_BREATH = 1.5
ROLL_BACK = 5.0  # seconds that a tick which was cut short may take to leave the database as it was
LOOK_AT_CLOCK = 0.5  # seconds: how soon a moved clock is noticed
JUMP = 3.0  # seconds that the clock on the wall may go on or back by itself

Tick = Callable[[], Awaitable[object]]


class Ticker:
    """ticks: name → (what to do, every so many seconds). All run at the start, when the clock was moved, and when woken by name.

    A tick may answer with the seconds after which it has something to do again, when that is sooner.
    """

    def __init__(self, db: Database, clock: Clock, ticks: Mapping[str, tuple[Tick, float]]) -> None:
        self.clock = clock
        self.ticks = dict(ticks)
        self._offset = clock.offset
        self._running: set[str] = set()
        self._again: set[str] = set()
        self._quiet = asyncio.Event()
        self._at_work: set[asyncio.Task[object]] = set()
        self._wake: Callable[[str], None] = lambda name: None
        self._later: Callable[[str, float], None] = lambda name, seconds: None
        db.on_commit(self._on_commit)

    async def tick(self, name: str) -> None:
        """Do this one now; while it is running already, it is done once more afterwards. A failure is logged: it comes again."""
        if name in self._running:
            self._again.add(name)
            return
        self._running.add(name)
        try:
            while True:
                self._again.discard(name)
                soon = await self.ticks[name][0]()
                if name not in self._again:
                    break
            if isinstance(soon, float) and soon < self.ticks[name][1]:
                self._later(name, soon)
        except Exception as error:  # noqa: BLE001 - it comes again
            complain("tick_failed", error, tick=name)
        finally:
            self._running.discard(name)
            self._quiet.set()

    async def _ring(self, name: str) -> None:
        """What the scheduler calls: it would write a page of traceback about a tick that the end of the house cuts short."""
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        try:
            await self.tick(name)
        except asyncio.CancelledError:
            log.info("tick_cut_short", tick=name)  # rolled back; what is due lies in the tables
        finally:
            self._at_work.discard(task)

    async def run(self, stop: asyncio.Event) -> None:
        """Tick until told to stop; then give what is running a moment."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        # from memory only; its defaults would skip a tick that is a second late, without a word
        rules = {"misfire_grace_time": None, "coalesce": True, "max_instances": 3}
        untyped: Any = AsyncIOScheduler
        scheduler = untyped(timezone="UTC", job_defaults=rules)
        for name, (_, seconds) in self.ticks.items():
            scheduler.add_job(self._ring, "interval", seconds=seconds, args=[name], id=name)
        scheduler.start()
        self._wake = lambda name: scheduler.add_job(self._ring, args=[name])
        self._later = lambda name, seconds: scheduler.add_job(
            self._ring, "date", run_date=self.clock.now() - self.clock.offset + dt.timedelta(seconds=seconds),
            args=[name], id=f"{name}: soon", replace_existing=True,
        )  # fmt: skip
        try:
            for name in self.ticks:
                self._wake(name)
            while not stop.is_set():
                seen = self.clock.now() - self.clock.offset, monotonic()
                await rest(stop, LOOK_AT_CLOCK)
                self._look_at_clock(scheduler, *seen)
        finally:
            self._wake = lambda name: None
            self._later = lambda name, seconds: None
            scheduler.pause()
            await self._land()
            scheduler.shutdown(wait=False)  # cuts short what still runs
            if self._at_work:
                await asyncio.wait(self._at_work, timeout=ROLL_BACK)  # it rolls back before the database is closed

    async def _land(self) -> None:
        await asyncio.sleep(0)  # what was called this instant has begun
        loop = asyncio.get_running_loop()
        end = loop.time() + LAST_BREATH
        while self._running and loop.time() < end:
            self._quiet.clear()
            await rest(self._quiet, end - loop.time())

    def _look_at_clock(self, scheduler: Any, wall: dt.datetime, at: float) -> None:
        """When somebody moved the demo's clock, or the machine's own clock jumped, everything is looked at anew.

        The scheduler goes by the machine's clock: put back by an hour, it would sleep for an hour.
        """
        now = self.clock.now() - self.clock.offset
        if abs((now - wall).total_seconds() - (monotonic() - at)) > JUMP:
            log.warning("clock_jumped", seconds=round((now - wall).total_seconds()))
            for job in scheduler.get_jobs():
                job.modify(next_run_time=now)
        elif self.clock.offset != self._offset:
            for name in self.ticks:
                self._wake(name)
        self._offset = self.clock.offset

    def _on_commit(self, names: set[str]) -> None:
        for name in names & self.ticks.keys():
            self._wake(name)
