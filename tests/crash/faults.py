"""What goes wrong in a run: one coroutine a fault. Each hurts the house and comes back when the hurting is over."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import random
import resource
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Connection, DateTime, inspect, text

from bot.clock import Clock
from bot.db.session import Session
from tests.crash.box import Box
from tests.crash.houses import House
from tests.crash.judge import Jump
from tests.crash.line import Line
from tests.crash.town import ASKS, FIRST, ROSE, Town, until

BOMB = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x06\x00\x00\x00\xd9\xc1\x9d\x9e"
    + bytes(500)
)
PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nhttp://169.254.169.254/latest/meta-data\n/etc/passwd\n"


HOURS = 20  # of the power cut: Telegram keeps messages for 24


@dataclass
class Place:
    """Where it all happens. `file` is the SQLite database, None on PostgreSQL, whose lines can be cut then."""

    box: Box
    town: Town
    houses: list[House]
    chance: random.Random  # of the faults alone: the same seed hurts in the same way, whatever people do meanwhile
    file: Path | None = None
    lines: list[Line] = field(default_factory=list)
    front: Line | None = None  # over which Telegram comes to the webhook
    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    fallen: list[str] = field(default_factory=list)  # processes that ended by themselves, with their last words

    scale: float = 1.0  # how long things hurt, against the long form

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.scale)

    def one(self) -> House:
        return self.chance.choice(self.houses)


Fault = Callable[[Place], Awaitable[None]]


# ---------------------------------------------------------------- the process and its machine


async def killed(at: Place) -> None:
    """kill -9 in the middle of whatever it does, and started again, as systemd would."""
    await at.wait(at.chance.uniform(0, 1.5))
    house = at.one()
    await house.kill()
    await house.start()


async def killed_while_it_starts(at: Place) -> None:
    house = at.one()
    for seconds in (0.4, 2.0):
        await house.kill()
        await house.start()
        await at.wait(seconds * at.chance.uniform(0.5, 1.5))
    await house.kill()
    await house.start()


async def frozen(at: Place) -> None:
    """The machine has no time for it for some seconds."""
    found = psutil.Process(at.one().process.pid)  # type: ignore[union-attr]
    found.suspend()
    await at.wait(5)
    found.resume()


async def started_twice(at: Place) -> None:
    """A second copy on the same folder and database, by mistake."""
    first = at.houses[0]
    second = House(first.server, first.data, first.database, first.roles, enter=first.enter)
    await second.start()
    await until(lambda: not second.alive, 8)
    if at.file is not None:
        assert not second.alive, "A second copy works on the same SQLite file."
    await second.kill()


async def power_cut_of_a_day(at: Place) -> None:
    """Twenty hours without power. People went on writing; reminders that came due meanwhile are partly still useful.

    The hours pass by setting everything back that was written down before, on every table, and Telegram's clock on.
    """
    at.town.tapping = (
        False  # Telegram keeps a tap for 150 s only: what was tapped in the dark is asked again, not answered
    )
    await at.town.remind(5.0, useful=600.0)
    await at.town.remind(5.0, useful=HOURS * 3600.0 + 3600.0)
    for house in at.houses:
        await house.kill()
    await at.town.ask_in_words(ASKS, f"In het donker {at.chance.random()}")
    async with at.town.db.engine.begin() as connection:
        await connection.run_sync(_set_back)
    for jump in at.town.said.jumps:
        jump.began, jump.ended = jump.began - dt.timedelta(hours=HOURS), jump.ended - dt.timedelta(hours=HOURS)
    await at.box.advance(HOURS * 3600.0)
    for house in at.houses:
        await house.start()
    at.town.tapping = True


def _set_back(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    found = inspect(connection)
    for table in found.get_table_names():
        for column in found.get_columns(table):
            if isinstance(column["type"], DateTime):
                name = f'"{column["name"]}"'
                back = (
                    f"strftime('%Y-%m-%d %H:%M:%f000', {name}, '-{HOURS} hours')"
                    if sqlite
                    else f"{name} - interval '{HOURS} hours'"
                )
                connection.execute(text(f'UPDATE "{table}" SET {name} = {back} WHERE {name} IS NOT NULL'))
    then = (Clock().now() - dt.timedelta(hours=HOURS)).isoformat()
    row = {"name": "fetched:telegram:42", "value": json.dumps({"at": then})}
    connection.execute(text("UPDATE notes SET value = :value WHERE name = :name"), row)


async def clock_forth_and_back(at: Place) -> None:
    """The machine's clock jumps an hour on, and some seconds later back again."""
    hours = at.chance.choice((1, -1, 25, -25))
    house = next(house for house in at.houses if house.moved_clock)
    began = Clock().now()
    await house.jump(hours * 3600)
    await at.wait(6)
    await house.jump(-hours * 3600)
    at.town.said.jumps.append(Jump(began, Clock().now(), dt.timedelta(hours=hours)))


async def disk_full(at: Place) -> None:
    """No file of the house can grow for some seconds: its disk is full as far as it can see."""
    for house in at.houses:
        limit(house, 0)
    await at.wait(6)
    for house in at.houses:
        limit(house, resource.RLIM_INFINITY)


def limit(house: House, size: int) -> None:
    """What the operating system lets the files of this process grow to, in bytes."""
    if house.alive and house.process is not None:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(house.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


# ---------------------------------------------------------------- the database


async def locked(at: Place) -> None:
    """Another program holds the database's lock for longer than we are patient."""
    if at.file is not None:
        await asyncio.to_thread(_hold, at.file, at.scale * at.chance.choice((3.0, 17.0)))
        return
    async with at.town.db.engine.begin() as connection:
        await connection.execute(text("LOCK TABLE deliveries, arrivals IN ACCESS EXCLUSIVE MODE"))
        await at.wait(5)


def _hold(file: Path, seconds: float) -> None:
    import time

    with contextlib.closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        database.execute("ROLLBACK")


async def database_gone(at: Place) -> None:
    """PostgreSQL is stopped, and there again some seconds later."""
    for line in at.lines:
        await line.cut()
    await at.wait(at.chance.uniform(2, 8))
    for line in at.lines:
        await line.mend()


async def cable_pulled(at: Place) -> None:
    """One process can no longer reach the database, and is not told so."""
    line = at.chance.choice(at.lines)
    await line.die()
    await at.wait(at.chance.choice((7, 40)))
    await line.mend()


async def connections_killed(at: Place) -> None:
    """The database's administrator ends all connections."""
    async with at.town.db.engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


# ---------------------------------------------------------------- Telegram


def telegram(fault: str, times: int, **more: Any) -> Fault:
    """The next so many calls go wrong like this."""

    async def happen(at: Place) -> None:
        await at.box.fault(fault, times=times, **more)
        await at.wait(5)
        await at.box.clear()

    happen.__name__ = f"telegram_{fault}"
    return happen


async def telegram_dead(at: Place) -> None:
    """Telegram takes connections and says nothing."""
    at.box.freeze()
    await at.wait(at.chance.uniform(4, 9))
    at.box.thaw()


async def webhook_retried(at: Place) -> None:
    """Telegram never hears our answer: the house has it written down, and Telegram brings it again."""
    assert at.front is not None
    before = at.front.swallowed
    at.front.swallows = before + 5
    await at.town.ask_in_words(ASKS, f"Hoort u mij? {at.chance.random()}")
    await until(lambda: at.front is not None and at.front.swallowed > before + 1, 120)
    assert at.front.swallowed > before + 1, "Nothing was brought."
    at.front.swallows = at.front.swallowed


async def webhook_shut(at: Place) -> None:
    """Nobody opens when Telegram comes: the front is being restarted."""
    assert at.front is not None
    await at.front.cut()
    await at.town.ask_in_words(ASKS, f"Is daar iemand? {at.chance.random()}")
    await at.wait(5)
    await at.front.mend()


# ---------------------------------------------------------------- what comes in


async def odd_files(at: Place) -> None:
    """Noise, a playlist, nothing and a picture bomb, where a voice note and a photo should be."""
    odd: list[dict[str, Any]] = [
        {"voice": b"OggS" + bytes(50)},
        {"voice": PLAYLIST},
        {"photo": BOMB},
        {"voice": b"x", "duration": 9000},
    ]
    for n, what in enumerate(odd):
        await at.town.do(FIRST + n, **what)


async def poisoned_rows(at: Place) -> None:
    """A delivery that nobody can read, and a mother whose place in the flow is rubbish."""
    where = {"last": FIRST + at.town.number - 1}

    async def poison(session: Session) -> None:
        await session.execute(
            text('UPDATE mothers SET place = \'{"step": 7, "slots": []}\' WHERE chat_id = :last'), where
        )
        await session.execute(
            text(
                "INSERT INTO deliveries (unique_key, token, chat_id, priority, state, due_at, tries, unknown, utterance, created_at)"
                " SELECT 'poison:' || count(*), 'poison' || count(*), :last, 0, 'open', CURRENT_TIMESTAMP, 0, 0, '{\"kind\": 5}',"
                " CURRENT_TIMESTAMP FROM deliveries"
            ),
            where,
        )

    await at.town.write(poison)
    await at.town.do(where["last"], text="opvang")


async def staff_gone(at: Place) -> None:
    """The coordinator deletes the chat and blocks the bot, and is back later. What was asked meanwhile stays in the inbox."""
    await at.town.do(ROSE, block=True)
    await at.town.ask_in_words(ASKS, f"Waar is Rose? {at.chance.random()}")
    await at.wait(4)
    await at.town.do(ROSE, unblock=True)


ANYWHERE: list[Fault] = [
    killed, killed, killed_while_it_starts, power_cut_of_a_day, frozen, started_twice, disk_full, locked, telegram_dead, odd_files, staff_gone,
    telegram("429", 25, retry_after=2), telegram("5xx", 20), telegram("html", 10), telegram("cut_before", 10),
    telegram("cut_after", 6), telegram("garbage", 3), telegram("unreadable", 6), telegram("slow", 12, seconds=4.0),
    telegram("refuse", 3, code=400, description="Bad Request: message thread not found", chat=ROSE),
    telegram("again", 3), telegram("mixed", 3),
]  # fmt: skip
ON_SQLITE: list[Fault] = [clock_forth_and_back]
ON_POSTGRESQL: list[Fault] = [database_gone, cable_pulled, connections_killed, clock_forth_and_back]
WEBHOOK: list[Fault] = [webhook_retried, webhook_retried, webhook_shut]
NAMED = {fault.__name__: fault for fault in [*ANYWHERE, *ON_SQLITE, *ON_POSTGRESQL, *WEBHOOK, poisoned_rows]}
