"""Scale-out on PostgreSQL: 1, 2 and 4 processes that empty one outbox, beside what the bare database can write.

Each process is our sender with a port that answers at once: the sandbox would be the limit otherwise.
`python -m tests.bench.scale URL` is one of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import func, insert, select

from bot.clock import Clock
from bot.db.models import Delivery
from bot.db.session import Database
from bot.messages import FileRef, Sent, Utterance, to_json
from bot.workers.sender import Prepared, Sender
from tests.bench.scene import fresh, postgresql, program
from tests.bench.table import Row, compare


class Instantly:
    """A port that has sent everything already."""

    async def send(self, chat_id: int, utterance: Utterance, files: Any, **_: Any) -> Sent:
        return Sent(chat_id % 1_000_000)

    async def fetch(self, file: FileRef) -> bytes:
        return b""

    async def answer_press(self, callback_id: str, text: str = "") -> None: ...


async def drain(url: str) -> None:
    """One process: sends until standard input closes."""

    async def nothing(_utterance: Utterance) -> Prepared:
        return Prepared()

    db, stop = Database(url), asyncio.Event()
    sender = Sender(db, Instantly(), nothing, Clock(), None)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sender.run(stop))
        await asyncio.to_thread(sys.stdin.readline)
        stop.set()
    await db.close()


async def plant(url: str, number: int, turn: int) -> None:
    db, now = Database(url), Clock().now()
    about = {"priority": 2, "state": "open", "due_at": now, "tries": 0, "unknown": 0, "created_at": now}
    about["utterance"] = to_json(Utterance("text", text="Wij zien elkaar morgen."))
    async with db.begin() as session:
        rows = [
            about | {"unique_key": f"b{turn}:{n}", "token": f"{turn}b{n}", "chat_id": 10**6 + n} for n in range(number)
        ]
        await session.execute(insert(Delivery), rows)
    await db.close()


async def rate(url: str, processes: int, number: int) -> float:
    """Deliveries a second that so many processes make together."""
    await plant(url, number, processes)
    db = Database(url)
    async with contextlib.AsyncExitStack() as stack:
        running = []
        for _ in range(processes):
            one = await stack.enter_async_context(program("tests.bench.scale", url, out=asyncio.subprocess.PIPE))
            assert one.stdout
            await one.stdout.readline()
            running.append(one)
        began = perf_counter()
        for one in running:
            assert one.stdin
            one.stdin.write(b"go\n")
        left = number
        async with asyncio.timeout(300):
            while left:
                await asyncio.sleep(0.02)
                async with db.begin() as session:
                    left = (
                        await session.scalar(select(func.count()).where(Delivery.state.in_(("open", "sending")))) or 0
                    )
        seconds = perf_counter() - began
    await db.close()
    return number / seconds


async def bare(url: str, seconds: float) -> float:
    """Rows a second that ten connections insert and then update, each in its own transaction: nothing of ours in between."""
    import asyncpg  # type: ignore[import-untyped]

    address = url.replace("+asyncpg", "")
    pool = await asyncpg.create_pool(address, min_size=10, max_size=10)
    await pool.execute("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, state text, what text)")
    end, done = perf_counter() + seconds, 0

    async def write() -> None:
        nonlocal done
        while perf_counter() < end:
            number = await pool.fetchval("INSERT INTO bare (state, what) VALUES ('open', 'x') RETURNING id")
            await pool.execute("UPDATE bare SET state = 'sent' WHERE id = $1", number)
            done += 1

    async with asyncio.TaskGroup() as tasks:
        for _ in range(10):
            tasks.create_task(write())
    await pool.close()
    return done / seconds


async def rows(folder: Path, quick: bool) -> list[Row]:
    number = 3000 if quick else 15_000
    with postgresql() as server:
        url = await fresh(server)
        rates = {n: await rate(url, n, number) for n in (1, 2, 4)}
        plain = await bare(url, 3 if quick else 8)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    raw = {"cores": cores, "rates": rates}
    return [
        compare(
            "deliveries a second on PostgreSQL, one process", rates[1], "1/s", plain, "bare INSERT + UPDATE", raw=raw
        ),
        compare("… two processes", rates[2], "1/s", rates[1], "one process", least=1.8),
        compare(f"… four processes ({cores} cores here)", rates[4], "1/s", rates[1], "one process", least=3),
    ]


if __name__ == "__main__":
    asyncio.run(drain(sys.argv[1]))
