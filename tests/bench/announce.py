"""An announcement to ten thousand: how much of the allowed pace is used, whether Telegram ever says 429, and a tap in the middle of it."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from time import perf_counter

from sqlalchemy import select

from bot.care import announcements, meetings
from bot.clock import Clock
from bot.db.models import Group
from bot.db.session import Database
from tests.bench.scene import FIRST, Town, house, median, memory, people, quantile, rival, sqlite, town
from tests.bench.table import Row, compare

ALLOWED = 30.0  # messages a second that Telegram speaks of
FAST = 1000.0  # what a paid broadcast is allowed
TAPPERS = 300_000


async def scene(data: Path, mothers: int) -> None:
    """A group of this size, and some women beside it who tap."""
    data.mkdir(parents=True, exist_ok=True)
    await people(sqlite(data), mothers)
    await people(sqlite(data), 20, first=TAPPERS)


async def announce(data: Path) -> None:
    """Has the announcement sent; a house that runs takes it up with its next tick, one that starts takes it up at once."""
    db, now = Database(sqlite(data)), Clock().now()
    try:
        async with db.begin() as session:
            group = (await session.scalars(select(Group).order_by(Group.id).limit(1))).one()
            meeting = await meetings.add(session, group, now.date() + dt.timedelta(days=3), now)
            made = await announcements.draft(session, group, None, "celebrate", now, meeting=meeting)
            await announcements.send(session, made, now)
    finally:
        await db.close()


async def first_sends(place: Town, seconds: float) -> list[float]:
    """When each message arrived in the first `seconds` after the first of them; the town's own clock."""
    at: list[float] = []
    async with asyncio.timeout(90):
        while not at:
            at += (await place("sends"))["at"]
            await asyncio.sleep(0.05)
    end = at[0] + seconds
    while True:
        found = await place("sends")
        at += found["at"]
        if found["now"] > end:
            return [t for t in at if t <= end]
        await asyncio.sleep(0.2)


async def taps(place: Town, number: int) -> list[float]:
    return [(await place.round(1, "taps", TAPPERS + n % 20))["first"][0] for n in range(number)]


async def slow(folder: Path, quick: bool) -> tuple[list[Row], dict[str, float]]:
    """With the 30 a second that everybody has, Telegram's own limits switched on."""
    window = 15.0 if quick else 60.0
    data = folder / "slow"
    await scene(data, 1000 if quick else 10_000)
    async with town() as place:
        async with house(place, data, pace=ALLOWED * 0.985) as process:
            for script in ("start", "taps"):
                await place.round(20, script, TAPPERS)
            idle = await taps(place, 30 if quick else 60)
            held = {"idle": memory(process)}
        await announce(data)
        await place("meet", first=FIRST, number=1000 if quick else 10_000)
        await place("limits", on=True)
        await place("sends")
        async with house(place, data, pace=ALLOWED * 0.985) as process:
            sends = await first_sends(place, 2.0)  # it has begun
            began = perf_counter()
            busy = await taps(place, 10 if quick else 40)
            rest = await first_sends(place, max(1.0, window - (perf_counter() - began)))
            held["announcing"] = memory(process)
            refused = (await place("sends"))["refused"]
    used = len(rest) / (rest[-1] - rest[0]) if len(rest) > 1 else 0.0
    async with town() as place:
        await place("meet", first=FIRST, number=10_000)
        async with rival(place, "sleeper"):
            asleep = await first_sends(place, window / 2)
    rate = len(asleep) / (asleep[-1] - asleep[0])
    raw = {"sends": len(sends) + len(rest), "idle": idle, "busy": busy}
    return [
        compare("announcement, messages a second", used, "1/s", ALLOWED, "the 30 a second that are allowed", least=0.98, raw=raw),
        compare("announcement, messages a second", used, "1/s", rate, "a loop with sleep(1/30)"),
        compare("announcement, refused with 429", float(refused), "calls", most=0),
        compare("a tap during it, p50", median(busy) * 1000, "ms", quantile(idle, 0.99) * 1000, "idle p99", most=2),
    ], held  # fmt: skip


async def fast(folder: Path, quick: bool) -> list[Row]:
    """With 1,000 a second."""
    data = folder / "fast"
    await scene(data, 2000 if quick else 10_000)
    await announce(data)
    async with town() as place:
        await place("meet", first=FIRST, number=2000 if quick else 10_000)
        await place("sends")
        async with house(place, data, pace=FAST):
            await first_sends(place, 1.0)
            sends = await first_sends(place, 3.0 if quick else 12.0)
    rate = len(sends) / (sends[-1] - sends[0])
    return [compare("announcement with 1,000/s allowed", rate, "1/s", FAST, "what is allowed", least=0.9)]


async def rows(folder: Path, quick: bool) -> list[Row]:
    made, held = await slow(folder, quick)
    made.append(compare("memory, 10,000 mothers, idle", held["idle"], "MB"))
    made.append(compare("memory, 10,000 mothers, announcing", held["announcing"], "MB"))
    return made + await fast(folder, quick)
