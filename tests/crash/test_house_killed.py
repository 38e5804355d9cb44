"""The real `stapsteen run`, killed with -9 in the middle of an announcement to thirty mothers, and started again."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.care import groups, meetings
from bot.clock import Clock
from bot.db.migrate import upgrade
from bot.db.models import Announcement, Delivery, Meeting, Mother
from bot.db.session import Database
from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from tests.crash.box import ROOT
from tests.given.waiting import until
from tests.sandbox.oracle import request_faults

MOTHERS = 30
SILENT = 10  # so many are heard by Telegram, which then does not answer: what is in flight when the house is killed
FIRST_CHAT = 5000
TOKEN = "42:SANDBOX"
# the real command, with one thing that it leaves to the machine: however long that takes, a call without an answer is still waited for
PATIENT = """
from bot.telegram import send
send.SLOWEST = 3600  # seconds
from bot.__main__ import main
main()
"""


@asynccontextmanager
async def house(sandbox: Sandbox, data: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as the host starts it."""
    with_token = {
        **os.environ,
        "BOT_TOKEN": TOKEN,
        "BOT_API": sandbox.url,
        "DATA": str(data),
        "PORT": "0",
        "LOG_LEVEL": "error",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PATIENT, "run", env=with_token, cwd=ROOT)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def said_to(sandbox: Sandbox) -> dict[int, list[str]]:
    """What stands on each mother's phone, in order: kinds of the bot's messages."""
    kinds = {}
    for chat in range(FIRST_CHAT, FIRST_CHAT + MOTHERS):
        bubbles = [m.data for m in sandbox.messages(chat) if m.data["from"]["is_bot"]]
        kinds[chat] = [
            "photo" if "photo" in b else "voice" if "voice" in b else "venue" if "venue" in b else "text"
            for b in bubbles
        ]
    return kinds


async def heard_by_the_last(sandbox: Sandbox) -> bool:
    return bool((await said_to(sandbox))[FIRST_CHAT + MOTHERS - 1])


def call_faults(row: dict[str, Any]) -> list[str]:
    """What aiogram's own types say against this call; the parts that `attach://` points at are not parameters."""
    attached = {
        str(value).removeprefix("attach://") for value in row["params"].values() if str(value).startswith("attach://")
    }
    params = {name: value for name, value in row["params"].items() if name not in attached}
    return [f"{row['method']}: {fault}" for fault in request_faults(row["method"], params)]


async def seed(db: Database, now: dt.datetime) -> None:
    """A group of thirty, each speaking Dutch or Arabic, with a meeting in two days."""
    async with db.begin() as session:
        day = now.date()
        group = await groups.create(
            session, house="Huis", name="Grote groep", now=now, pattern={"days": [], "every": 1}, starts="09:00", ends="11:30",
            first_day=day, last_day=day + dt.timedelta(days=30), place="Huis van het Kind", mothers_max=MOTHERS,
        )  # fmt: skip
        await meetings.add(session, group, day + dt.timedelta(days=2), now)
        for n in range(MOTHERS):
            session.add(
                Mother(chat_id=FIRST_CHAT + n, first_name=f"M{n}", lang=("nl", "ar")[n % 2], status="member", group_id=group.id,
                       place={}, said={}, consented_at=now, created_at=now)
            )  # fmt: skip


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    box = Sandbox(token=TOKEN)
    await box.start()
    for n in range(MOTHERS):
        box.say(FIRST_CHAT + n, "dag")  # who never wrote first cannot be written to
    box.world.updates.pending.clear()
    yield box
    await box.stop()


Count = Callable[[], Awaitable[int]]
Check = Callable[[], Awaitable[bool]]


def counting(db: Database) -> tuple[Count, Check, Check]:
    """How much of the announcement was sent; whether only those are left whom Telegram does not answer; whether it is all and nothing is left."""

    async def sent() -> int:
        async with db.begin() as session:
            return int(
                await session.scalar(
                    select(func.count()).where(Delivery.state == "sent", Delivery.about == "announcement")
                )
                or 0
            )

    async def in_the_middle() -> bool:
        return await sent() >= (MOTHERS - SILENT) * 2

    async def all_of_it() -> bool:
        async with db.begin() as session:
            left = await session.scalar(select(func.count()).where(Delivery.state.in_(("open", "sending"))))
        return await sent() >= MOTHERS * 2 and not left

    return sent, in_the_middle, all_of_it


@pytest.mark.timeout(1800)
async def test_everybody_hears_it_in_order_though_the_house_is_killed_in_the_middle(
    sandbox: Sandbox, tmp_path: Path, cache: Path
) -> None:
    data = tmp_path / "een huis"
    data.mkdir()
    (data / "cache").symlink_to(cache)
    url = f"sqlite+aiosqlite:///{data}/stapsteen.sqlite"
    await upgrade(url)
    db, now = Database(url), Clock().now()
    await seed(db, now)

    sent, in_the_middle, all_of_it = counting(db)
    for n in range(MOTHERS - SILENT, MOTHERS):
        sandbox.faults.add(Fault("slow", chat=FIRST_CHAT + n, times=None, seconds=3600))
    async with house(sandbox, data) as process:
        async with db.begin() as session:
            meeting = (await session.scalars(select(Meeting))).one()
            assert await meetings.cancel(session, meeting, now) is not None
        await until(in_the_middle, seconds=400)
        await until(lambda: heard_by_the_last(sandbox), seconds=300)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert await sent() == (MOTHERS - SILENT) * 2
    in_flight = sum(len(kinds) for kinds in (await said_to(sandbox)).values()) - (MOTHERS - SILENT) * 2
    sandbox.faults.clear()
    async with house(sandbox, data) as process:
        await until(all_of_it, seconds=400)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(120):
            assert await process.wait() == 0
    heard = await said_to(sandbox)
    assert all(kinds.count("voice") >= 1 for kinds in heard.values())
    # what Telegram had heard and nobody knew of is said again, and nothing else
    assert 0 < in_flight <= SILENT
    assert sum(len(kinds) - 2 for kinds in heard.values()) == in_flight
    assert all(kinds[-1] == "voice" and kinds[0] == "photo" for kinds in heard.values())
    async with db.begin() as session:
        assert not list(await session.scalars(select(Delivery.id).where(Delivery.state.in_(("failed", "cancelled")))))
        done = (await session.scalars(select(Announcement))).one()
        assert (done.state, done.done, len(done.audience)) == ("sent", MOTHERS, MOTHERS)
    await db.close()
    faults = [fault for row in sandbox.calls() for fault in call_faults(row)]
    assert not faults
