"""What the loops share: a name for who holds a lease, growing pauses, and resting until something happens."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import itertools
import os
import secrets
import socket

from sqlalchemy import func, select, update

from bot.clock import Clock
from bot.db.models import Arrival, Delivery
from bot.db.session import Session

LEASE = dt.timedelta(minutes=2)
SAFETY = 5.0  # seconds: how long a loop rests when nothing wakes it
LIFE = secrets.token_hex(3)  # this process, and not a later one that has the same number
NUMBERS = itertools.count(1)


def new_name() -> str:
    """Who holds a lease: machine, process and a number. At most 40 characters."""
    return f"{socket.gethostname()[:12]}:{os.getpid()}:{LIFE}:{next(NUMBERS)}"


async def database_now(session: Session, clock: Clock) -> dt.datetime:
    """The time by the database's clock, so that machines which disagree still agree on leases; moved as the demo's clock is."""
    if session.get_bind().dialect.name != "postgresql":
        return clock.now()  # SQLite lives in this process: there is no other clock
    now: dt.datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return now + clock.offset


async def release_the_dead(session: Session, table: type[Arrival] | type[Delivery], now: dt.datetime) -> int:
    """Give up the leases of processes of this machine that are no more; says how many rows are free again."""
    held = table.handled_at.is_(None) if table is Arrival else Delivery.state == "sending"
    names = await session.scalars(select(table.worker).where(held, table.worker.is_not(None)).distinct())
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    dead = [name for name in names if name and _is_dead(name, on_sqlite)]
    if not dead:
        return 0
    result = await session.execute(update(table).where(held, table.worker.in_(dead)).values(due_at=now))
    return int(getattr(result, "rowcount", 0))


def _is_dead(name: str, on_sqlite: bool) -> bool:
    """Whether the process that took this name has ended. On another machine we cannot know: its lease must run out."""
    host, pid, life, _ = name.split(":")
    if host != socket.gethostname()[:12]:
        return on_sqlite  # one machine per file: the machine was renamed
    if int(pid) == os.getpid():
        return life != LIFE
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def growing(tries: int, first: float = 1.0, most: float = 300.0) -> float:
    """Seconds to wait after the nth try: doubling from `first`, never more than `most`."""
    return float(min(first * 2 ** min(max(tries - 1, 0), 20), most))


async def rest(woken: asyncio.Event, seconds: float) -> None:
    """Until woken, or until the seconds have passed."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()


async def wake_at_the_end(stop: asyncio.Event, woken: asyncio.Event) -> None:
    """Wake a resting loop when it must stop."""
    await stop.wait()
    woken.set()
