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
from tests.crash.cables import Cable, Network
from tests.crash.faults import Fault, Place
from tests.crash.houses import START, House
from tests.crash.judge import Verdict, judge
from tests.crash.line import Line
from tests.crash.town import Town
from tests.given.database import PostgreSQL
from tests.given.ports import a_port

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
    """What a run came to. `apart`: each process had a network of its own, and cables were really pulled; `seconds` of hurting."""

    database: str
    seed: int
    rows: dict[str, Row]
    verdict: Verdict
    logs: str
    seconds: float
    processes: int
    apart: bool
    webhook: bool


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Who takes part in a run: mothers, what they do in a second all together, processes and their roles.

    apart: a network for each process (only where this process may lay cables); webhook: Telegram comes to the first of them;
    scale: how long things hurt, against the long form.
    """

    mothers: int = 20
    per_second: float = 3.0
    processes: int = 1
    roles: tuple[str, ...] = ("",)
    apart: bool = False
    webhook: bool = False
    scale: float = 1.0


async def a_run(
    folder: Path, seed: int, url: str, faults: Iterable[Fault | str], cast: Cast, cache: Path | None = None
) -> Report:
    """Lives through these faults (a name of a town's deed, such as "announce", is done too) and judges what is left of it.

    url: a fresh PostgreSQL with all tables, or "" for a SQLite file in `folder`.
    """
    async with box(cast.scale) as telegram, _place(folder, seed, url, telegram, cast, cache) as at:
        rows: dict[str, Row] = {}
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(at.town.live(cast.per_second, stop))
            await at.town.remind(30)
            for fault in faults:
                if isinstance(fault, str):
                    await getattr(at.town, fault)(*((20.0,) if fault == "remind" else ()))
                else:
                    await _suffer(at, fault, rows)
            stop.set()
        seconds = asyncio.get_running_loop().time() - at.began
        verdict, logs = await _judged(at, telegram, url)
        verdict.blame("times it did not recover", [row.name for row in rows.values() if row.never])
        kind = "PostgreSQL" if url else "SQLite"
        return Report(kind, seed, rows, verdict, logs, seconds, cast.processes, cast.apart, cast.webhook)


async def _judged(at: Place, telegram: Box, url: str) -> tuple[Verdict, str]:
    """Waits until all is quiet, stops the house, and looks."""
    await telegram.clear()
    await _revive(at, "the last fault")
    rested = await at.town.at_rest(PATIENCE)
    waits = "" if rested else await at.town.left_over() + (await _what_it_waits_for(at.town.db) if url else "")
    logs = waits + "\n".join(f"--- {house.roles or 'all'}\n{house.said()}" for house in at.houses)
    await _revive(at, "all faults")
    codes = [await house.stop() for house in at.houses]
    verdict = await judge(telegram, at.town.db.url, at.town.said)
    verdict.blame("times it did not come to rest", [] if rested else ["at the end"])
    verdict.blame("times a process ended by itself", at.fallen)
    verdict.blame("processes did not stop cleanly", [code for code in codes if code])
    return verdict, logs


async def _what_it_waits_for(db: Database) -> str:
    """What PostgreSQL is doing for whom, when it should be at rest."""
    async with db.engine.connect() as connection:
        asked = "SELECT state, wait_event, now() - state_change, left(query, 120) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        return "\n".join(str(tuple(row)) for row in await connection.execute(text(asked))) + "\n"


async def _revive(at: Place, after: str) -> None:
    """Start again whoever ended, as systemd does; blamed is who had no reason to."""
    for house in at.houses:
        if not house.alive:
            if not house.said().endswith(
                MEANT
            ):  # started while the database was away: it says so, and is started again
                at.fallen.append(f"after {after}: {house.said()[-1500:]}")
            await house.kill()
            await house.start()


async def _suffer(at: Place, fault: Fault, rows: dict[str, Row]) -> None:
    row = rows.setdefault(fault.__name__, Row(fault.__name__))
    row.times += 1
    await fault(at)
    await _revive(at, fault.__name__)
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
    folder: Path, seed: int, url: str, telegram: Box, cast: Cast, cache: Path | None
) -> AsyncIterator[Place]:
    data = folder / "data"
    data.mkdir(parents=True)
    if cache is not None:
        (data / "cache").symlink_to(cache)
    file = None if url else data / "stapsteen.sqlite"
    if file:
        await upgrade(f"sqlite+aiosqlite:///{file}")
    async with contextlib.AsyncExitStack() as stack:
        db = Database(url or f"sqlite+aiosqlite:///{file}")
        stack.push_async_callback(db.close)
        houses, lines = await _processes(stack, telegram.url, data, url, cast)
        front = await _front(stack, houses[0]) if cast.webhook else None
        # what people do goes by another chance than what goes wrong: the same seed hurts in the same order
        chance, asking = random.Random(f"{seed}: the town"), min(0.2, 0.25 / cast.per_second)
        town = Town(telegram, db, cast.mothers, chance, voice=a_voice(), asking=asking, lanes=cast.webhook)
        await town.move_in()
        for house in houses:
            stack.push_async_callback(house.kill)
            await house.start()
        if await town.answered(2 * START, lambda: all(house.alive for house in houses)) is None:
            raise AssertionError("The house never answered:\n" + "\n".join(house.said() for house in houses))
        yield Place(telegram, town, houses, random.Random(f"{seed}: the faults"), file, lines, front, scale=cast.scale)


async def _processes(
    stack: contextlib.AsyncExitStack, server: str, data: Path, url: str, cast: Cast
) -> tuple[list[House], list[Line]]:
    """The processes of the house, not yet started, each with its line to PostgreSQL; with networks of their own if that may be."""
    houses: list[House] = []
    lines: list[Line] = []
    roles = itertools.cycle(cast.roles)
    for number in range(1, cast.processes + 1):
        house = House(server, data, roles=next(roles), moved_clock=number == 1)
        houses.append(house)
        if not url:
            continue
        at = make_url(url)
        folder = str(at.query["host"])
        if cast.apart:
            network = Network(number)
            stack.push_async_callback(network.close)
            await network.open()
            house.enter = network.enter
            line: Line = Cable(folder, await network.cable(f"database{number}", 77), f"database{number}", network)
            there = Line(server.partition("://")[2], await network.cable(f"telegram{number}", 78))
            await stack.enter_async_context(there)
            house.server = f"http://{there.address}:{there.port}"
        else:
            line = Line(folder)
        lines.append(await stack.enter_async_context(line))
        house.database = line.url(at.database or "")
    return houses, lines


async def _front(stack: contextlib.AsyncExitStack, house: House) -> Line:
    """What stands between Telegram and this house, as a proxy with HTTPS would."""
    port = stack.enter_context(a_port())
    front = await stack.enter_async_context(Line(f"127.0.0.1:{port}"))
    house.more |= {"PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{front.port}"}
    return front


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
