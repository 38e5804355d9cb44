"""One run: a town, a house of real processes, faults one after the other, and the verdict. The short form and the soak are made of it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sqlalchemy import make_url, text

from bot.db.migrate import upgrade
from bot.db.session import Database
from bot.speech import sound
from tests.crash.box import Box, box
from tests.crash.faults import Fault, Place
from tests.crash.houses import START, House
from tests.crash.judge import Verdict, judge
from tests.crash.line import Line
from tests.crash.town import Town
from tests.given.database import PostgreSQL

MEANT = "Is PostgreSQL running, and is DATABASE_URL right?"
PATIENCE = 150.0  # seconds until everything must be well again after a fault


@dataclass
class Row:
    """A fault, how often it was done, and how long the house took to answer again afterwards (None: it never did)."""

    name: str
    times: int = 0
    seconds: list[float] = field(default_factory=list)
    never: int = 0


@dataclass
class Report:
    """What a run came to."""

    database: str
    rows: dict[str, Row]
    verdict: Verdict
    logs: str


async def a_run(
    folder: Path, chance: random.Random, postgresql: PostgreSQL | None, faults: Iterable[Fault | str], *,
    mothers: int = 20, per_second: float = 3.0, processes: int = 1, roles: Iterable[str] = ("",), cache: Path | None = None, scale: float = 1.0,
) -> Report:  # fmt: skip
    """Lives through these faults (a name of a town's deed, such as "announce", is done too) and judges what is left of it."""
    async with (
        box() as telegram,
        _place(folder, chance, postgresql, telegram, mothers, processes, list(roles), cache) as at,
    ):
        at.scale = scale
        rows: dict[str, Row] = {}
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(at.town.live(per_second, stop))
            await at.town.remind(30)
            for fault in faults:
                if isinstance(fault, str):
                    await getattr(at.town, fault)(*((20.0,) if fault == "remind" else ()))
                else:
                    await _suffer(at, fault, rows)
            stop.set()
        await at.box.clear()
        rested = await at.town.at_rest(PATIENCE)
        waits = "" if rested or not postgresql else await _what_it_waits_for(at.town.db)
        logs = waits + "\n".join(f"--- {house.roles or 'all'}\n{house.said()}" for house in at.houses)
        codes = [await house.stop() for house in at.houses]
        verdict = await judge(telegram, at.town.db.url, at.town.said)
        verdict.blame("times it did not come to rest", [] if rested else ["at the end"])
        verdict.blame("times it did not recover", [row.name for row in rows.values() if row.never])
        verdict.blame("times a process ended by itself", at.fallen)
        verdict.blame("processes did not stop cleanly", [code for code in codes if code])
        return Report("PostgreSQL" if postgresql else "SQLite", rows, verdict, logs)


async def _what_it_waits_for(db: Database) -> str:
    """What PostgreSQL is doing for whom, when it should be at rest."""
    async with db.engine.connect() as connection:
        asked = "SELECT state, wait_event, now() - state_change, left(query, 120) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        return "\n".join(str(tuple(row)) for row in await connection.execute(text(asked))) + "\n"


async def _suffer(at: Place, fault: Fault, rows: dict[str, Row]) -> None:
    row = rows.setdefault(fault.__name__, Row(fault.__name__))
    row.times += 1
    await fault(at)
    for house in at.houses:
        if not house.alive:
            if not house.said().endswith(
                MEANT
            ):  # started while the database was away: it says so, and is started again
                at.fallen.append(f"after {fault.__name__}: {house.said()[-1500:]}")
            await house.kill()
            await house.start()
    took = await at.town.answered(PATIENCE)
    if took is None:
        row.never += 1
    else:
        row.seconds.append(took)
    said = "never answered again" if took is None else f"answered again after {took:.1f} s"
    print(
        f"{asyncio.get_running_loop().time() - at.began:6.0f} s  {fault.__name__}: {said}", file=sys.stderr, flush=True
    )


@asynccontextmanager
async def _place(
    folder: Path, chance: random.Random, postgresql: PostgreSQL | None, telegram: Box, mothers: int, processes: int,
    roles: list[str], cache: Path | None,
) -> AsyncIterator[Place]:  # fmt: skip
    data, lines = folder / "data", [Line(postgresql.socket) for _ in range(processes)] if postgresql else []
    data.mkdir(parents=True)
    if cache is not None:
        (data / "cache").symlink_to(cache)
    file = None if postgresql else data / "stapsteen.sqlite"
    url = await postgresql.fresh() if postgresql else f"sqlite+aiosqlite:///{file}"
    if file:
        await upgrade(url)
    for line in lines:
        await line.open()
    addresses = [line.url(make_url(url).database or "") for line in lines] or [""] * processes
    every = itertools.cycle(roles)
    houses = [
        House(telegram.url, data, address, next(every), moved_clock=n == 0) for n, address in enumerate(addresses)
    ]
    db = Database(url)
    town = Town(telegram, db, mothers, chance, voice=a_voice())
    await town.move_in()
    try:
        for house in houses:
            await house.start()
        if await town.answered(2 * START) is None:
            raise AssertionError("The house never answered:\n" + "\n".join(house.said() for house in houses))
        yield Place(telegram, town, houses, file, lines)
    finally:
        for house in houses:
            await house.kill()
        for line in lines:
            await line.close()
        await db.close()


def a_voice() -> bytes:
    """A voice note of a second and a half."""
    hum = 0.2 * np.sin(2 * np.pi * 220 * np.arange(int(1.5 * sound.RATE)) / sound.RATE)
    return sound.encode(hum.astype(np.float32))


@contextlib.contextmanager
def a_postgresql() -> Iterator[PostgreSQL]:
    """A real server, for a run outside pytest."""
    with tempfile.TemporaryDirectory(prefix="stapsteen-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = PostgreSQL(Path(folder))
        try:
            yield server
        finally:
            server.server.cleanup()
