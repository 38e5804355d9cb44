"""What the loops share: a name for who holds a lease, growing pauses, and resting until something happens."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import itertools
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update

from bot.db import alive, lines
from bot.db.columns import written
from bot.db.models import Arrival, Delivery
from bot.db.session import Session

LEASE = dt.timedelta(minutes=2)
# so long who has lost the database may take to find it again: an arrival can be handled once only, whoever holds it; a call to
# Telegram, which may last 40 s (telegram/send.py), must be over and its end be noted
WITHOUT_A_LINE = {Arrival: dt.timedelta(seconds=10), Delivery: dt.timedelta(seconds=50)}
CLOCKS_DIFFER = dt.timedelta(seconds=5)  # so much is no put-back clock
LONGEST_PAUSE = dt.timedelta(minutes=10)
LOOK_FOR_THE_DEAD = (
    10.0  # seconds between two looks whether a process of this machine has ended in the middle of its work
)
SAFETY = 5.0  # seconds: how long a loop rests when nothing wakes it
NUMBERS = itertools.count(1)
WAITING = written(Delivery.state, "open", "sending")


def new_name() -> str:
    """Who holds a lease: a process, and a number in it. At most 40 characters."""
    return f"{alive.me()}:{next(NUMBERS)}"


async def release_the_dead(session: Session, table: type[Arrival] | type[Delivery], now: dt.datetime) -> int:
    """Give up the leases of processes that are no more; says how many rows are free again.

    A delivery is open again, of unknown outcome, and among the first of its kind: while it stood as being sent, an announcement
    that a dead process held would hold up every reply to her. Of this machine we know who is dead. Whoever is on another machine, or in
    another container, and has no line to the database any more, is dead or cut off: such a lease is cut short, and must run out.
    """
    held = table.handled_at.is_(None) if table is Arrival else and_(WAITING, Delivery.state == "sending")
    named = select(table.worker).where(held, table.worker.is_not(None)).distinct()
    names = [name for name in await session.scalars(named) if name]
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    # one machine for a file: whoever was elsewhere was this machine before it was started or named anew
    dead = [name for name in names if alive.has_ended(name) or (on_sqlite and not alive.here(name))]
    lost = [] if on_sqlite else await lines.without(session, [name for name in names if not alive.here(name)])
    if lost:
        soon = now + WITHOUT_A_LINE[table]
        short = update(table).where(held, table.worker.in_(lost), table.due_at > soon).values(due_at=soon)
        await session.execute(short.execution_options(synchronize_session=False))
    over = or_(table.worker.in_(dead), and_(table.worker.in_(lost), table.due_at <= now))
    if not dead and not lost:
        return 0
    free: dict[str, Any] = {"due_at": now}
    if table is Delivery:
        earlier = case((Delivery.created_at < now, Delivery.created_at), else_=now)
        free = {"due_at": earlier, "state": "open", "worker": None, "unknown": Delivery.unknown + 1}
    result = await session.execute(update(table).where(held, over).values(**free))
    return int(getattr(result, "rowcount", 0))


async def after_clock_was_put_back(
    session: Session, table: type[Arrival] | type[Delivery], now: dt.datetime, before: dt.datetime | None = None
) -> bool:
    """Has what was due by a clock that ran ahead be due now, and not when that hour comes again; whether there was anything.

    The mark of it is a row that was written down later than now, or that it was later `before`. Leases are cut to their usual length; what is to be said at
    an hour that had not come by the old clock either is left alone.
    """
    waiting = table.handled_at.is_(None) if table is Arrival else WAITING
    written: Any = Arrival.received_at if table is Arrival else Delivery.created_at
    latest = await session.scalar(select(func.max(written)).where(waiting))
    before = max((moment for moment in (latest, before) if moment), default=now)
    if before <= now + CLOCKS_DIFFER:
        return False
    held = table.worker.is_not(None)
    was_due = or_(table.due_at <= before, and_(table.tries > 0, table.due_at <= before + LONGEST_PAUSE))
    late = and_(waiting, table.due_at > now, or_(was_due, and_(held, table.due_at > now + LEASE)))
    mended = case((held, now + LEASE), else_=now)
    await session.execute(update(table).where(late).values(due_at=mended).execution_options(synchronize_session=False))
    return True


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
