"""The scene of a measurement: the town in its process, our house in its own, a rival in its own, and databases to stand on."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import insert

from bot.care import groups
from bot.clock import Clock
from bot.db import migrate
from bot.db.models import Group, Mother
from bot.db.session import Database
from tests.given.database import PostgreSQL

Json = dict[str, Any]
TOKEN = "42:BENCH"
FIRST = 100_000  # the chat of the first mother


class Broken(Exception):
    """A measurement that could not be taken; the message says why."""


@dataclass
class Town:
    """The other end of the town's standard input. `url`: its Bot API."""

    process: asyncio.subprocess.Process
    url: str

    async def __call__(self, do: str, **more: Any) -> Json:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"do": do, **more}).encode() + b"\n")
        line = await self.process.stdout.readline()
        found: Json = json.loads(line) if line else {"error": "The town has ended."}
        if "error" in found:
            raise Broken(found["error"])
        return found

    async def round(self, number: int, script: str, first: int = FIRST) -> Json:
        """`number` people act at once, from the one with chat `first` on."""
        return await self("round", number=number, script=script, first=first)


@contextlib.asynccontextmanager
async def program(
    *words: str, more: dict[str, str] | None = None, out: int | None = asyncio.subprocess.DEVNULL
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python module as a process of its own, ended at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, env={**os.environ, **(more or {})}, stdin=asyncio.subprocess.PIPE, stdout=out,
        stderr=None if os.environ.get("BENCH_LOUD") else asyncio.subprocess.DEVNULL, limit=2**26,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def town() -> AsyncIterator[Town]:
    async with program("tests.bench.town", TOKEN, out=asyncio.subprocess.PIPE) as process:
        assert process.stdout
        yield Town(process, json.loads(await process.stdout.readline())["url"])


@contextlib.asynccontextmanager
async def house(
    place: Town, data: Path, database: str = "", *, pace: float = 1000
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Our bot as a host runs it, against this town, on this database (SQLite in `data` when left out)."""
    data.mkdir(parents=True, exist_ok=True)
    told = {"BOT_TOKEN": TOKEN, "BOT_API": place.url, "DATA": str(data), "PORT": "0", "LOG_LEVEL": "error"}
    told |= {"PACE": str(pace)} | ({"DATABASE_URL": database} if database else {})
    async with program("bot", "run", more=told) as process:
        yield process


@contextlib.asynccontextmanager
async def rival(place: Town, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """One of the bare bots, listening."""
    async with program("tests.bench.rivals", name, place.url, TOKEN) as process:
        yield process


# ---------------------------------------------------------------- databases


@contextlib.contextmanager
def postgresql() -> Any:
    """A PostgreSQL server of its own; durable, as a real one is."""
    with tempfile.TemporaryDirectory(prefix="stapsteen-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = PostgreSQL(Path(folder))
        try:
            yield server
        finally:
            server.server.cleanup()


async def fresh(server: PostgreSQL) -> str:
    """A new, migrated database on it, with fsync as a host would leave it: on."""
    url = await server.fresh()
    await server.run("ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()")
    return url


def sqlite(data: Path) -> str:
    return f"sqlite+aiosqlite:///{data / 'stapsteen.sqlite'}"


async def people(url: str, number: int, *, langs: Sequence[str] = ("nl",), first: int = FIRST) -> int:
    """A group of `number` mothers who speak these languages in turn; gives the group's number."""
    if url.startswith("sqlite"):
        await migrate.upgrade(url)
    db, now = Database(url), Clock().now()
    try:
        async with db.begin() as session:
            group: Group = await groups.create(
                session, house="Huis van het Kind", name=f"Groep {first}", now=now, pattern={"days": [], "every": 1},
                starts="09:00", ends="11:30", first_day=now.date(), last_day=now.date() + dt.timedelta(days=300),
                place="Huis van het Kind", mothers_max=number, children_max=number,
            )  # fmt: skip
            about = {"first_name": "Amina", "status": "member", "group_id": group.id, "place": {}, "said": {}}
            about |= {"consented_at": now, "created_at": now, "last_heard_at": now}
            for at in range(0, number, 1000):
                some = range(at, min(at + 1000, number))
                rows = [about | {"chat_id": first + n, "lang": langs[n % len(langs)]} for n in some]
                await session.execute(insert(Mother), rows)
            return group.id
    finally:
        await db.close()


# ---------------------------------------------------------------- figures


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def memory(process: asyncio.subprocess.Process) -> float:
    """MB that a process and its children hold for themselves (USS: what would be free if they ended)."""
    return sum(one.own for one in held(process))


@dataclass
class Held:
    """What a process holds, in MB. own: for itself (USS); rss counts what is shared in full, pss its share of it."""

    own: float
    rss: float
    pss: float


def held(process: asyncio.subprocess.Process) -> list[Held]:
    """The process first, then its children."""
    found = []
    for one in _family(process):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
            memory = one.memory_full_info()
            found.append(Held(*(size / 2**20 for size in (memory.uss, memory.rss, getattr(memory, "pss", 0)))))
    return found


def cpu(process: asyncio.subprocess.Process, *, alone: bool = False) -> float:
    """CPU seconds that a process and its children (that are still there) have used; alone: without those."""
    used = 0.0
    for one in _family(process)[: 1 if alone else None]:
        with contextlib.suppress(psutil.NoSuchProcess):
            used += sum(one.cpu_times()[:2])
    return used


def _family(process: asyncio.subprocess.Process) -> list[psutil.Process]:
    root = psutil.Process(process.pid)
    return [root, *root.children(recursive=True)]
