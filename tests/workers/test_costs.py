"""What a tap costs, counted and not timed: statements, commits, calls and uploads. A change that makes one dearer must say so here."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot.app import House, build, live
from bot.care import groups
from bot.clock import Clock
from bot.db.migrate import upgrade
from bot.db.models import Delivery, Mother
from bot.db.session import Database, Session
from bot.sandbox import Sandbox
from bot.settings import Settings
from bot.telegram import intake
from bot.workers import arrivals, pace
from bot.workers.life import release_the_dead

AMINA = 4000
TAPS = 6
WORDY = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@asynccontextmanager
async def open_house(sandbox: Sandbox, data: Path) -> AsyncIterator[House]:
    """The whole house in this process, with one member, who lives in Dutch."""
    settings = Settings(bot_token=sandbox.token, bot_api=sandbox.url, data=data, pace=1000)  # type: ignore[arg-type]
    await upgrade(settings.database())
    db, now = Database(settings.database()), Clock().now()
    async with db.begin() as session:
        group = await groups.create(
            session, house="Huis", name="Groep", now=now, pattern={"days": [], "every": 1}, starts="09:00", ends="11:30",
            first_day=now.date(), last_day=now.date() + dt.timedelta(days=90), place="Huis van het Kind",
        )  # fmt: skip
        session.add(Mother(chat_id=AMINA, first_name="Amina", lang="nl", status="member", group_id=group.id, place={},
                           said={}, consented_at=now, created_at=now))  # fmt: skip
    house, stop = await build(settings, Clock(), db=db), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        # without the ticker: what is looked at every few seconds would be counted as a cost of whoever taps just then
        tasks.create_task(live(house, stop, roles=("intake", "listener", "sender")))
        try:
            yield house
        finally:
            stop.set()
    await house.close()


async def answered(sandbox: Sandbox, before: int) -> list[list[dict[str, Any]]]:
    """The buttons of the message that ends an answer, once it is there."""
    async with asyncio.timeout(90):
        while True:
            found = [m for m in sandbox.messages(AMINA) if m.by_bot and m.id > before and "reply_markup" in m.data]
            if found:
                buttons: list[list[dict[str, Any]]] = found[-1].data["reply_markup"]["inline_keyboard"]
                return buttons
            await asyncio.sleep(0.01)


def unfinished(data: Path) -> int:
    """What is written down and not done, seen by eyes whose statements nobody counts."""
    asked = (
        "SELECT (SELECT count(*) FROM arrivals WHERE handled_at IS NULL)"
        " + (SELECT count(*) FROM deliveries WHERE state IN ('open', 'sending'))"
    )
    with contextlib.closing(sqlite3.connect(data / "stapsteen.sqlite")) as eyes:
        return int(eyes.execute(asked).fetchone()[0])


async def tap(sandbox: Sandbox, data: Path, n: int) -> None:
    """In turn the first choice and home; back when the answer is there, its clock is gone and all of it is written down."""
    newest = [m for m in sandbox.messages(AMINA) if m.by_bot and "reply_markup" in m.data][-1]
    rows, clocks = newest.data["reply_markup"]["inline_keyboard"], len(sandbox.calls("answerCallbackQuery"))
    sandbox.press(AMINA, (rows[0][0] if n % 2 == 0 else rows[-1][-1])["callback_data"])
    await answered(sandbox, newest.id)
    async with asyncio.timeout(90):
        while unfinished(data) or len(sandbox.calls("answerCallbackQuery")) == clocks:  # noqa: ASYNC110 - no bell
            await asyncio.sleep(0.02)


@pytest.fixture
def nothing_by_the_clock(monkeypatch: pytest.MonkeyPatch, only_when_woken: None) -> None:
    """What is done every few seconds would be counted the more often, the slower the machine is; and a chat has no pace."""
    monkeypatch.setattr(intake, "OFTEN", dt.timedelta(hours=1))
    monkeypatch.setattr(pace, "CHAT_PER_S", 1000.0)


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("nothing_by_the_clock")
async def test_a_tap_stays_cheap(tmp_path: Path) -> None:
    sandbox = Sandbox(token="42:COSTS", rate_limits=False)
    await sandbox.start()
    counted: Counter[str] = Counter()
    try:
        async with open_house(sandbox, tmp_path) as house:
            engine = house.db.engine.sync_engine
            event.listen(
                engine, "before_cursor_execute", lambda *said: counted.update([said[2].split(None, 1)[0].upper()])
            )
            event.listen(engine, "commit", lambda _: counted.update(["COMMIT"]))
            sandbox.say(AMINA, "/start")
            await answered(sandbox, 0)
            for n in range(4):  # what it does once is done: cards drawn, clips spoken, files known to Telegram
                await tap(sandbox, tmp_path, n)
            counted.clear()
            calls = len(sandbox.calls())
            for n in range(TAPS):
                await tap(sandbox, tmp_path, n)
            made = [call for call in sandbox.calls()[calls:] if call["method"] != "getUpdates"]
    finally:
        await sandbox.stop()
    methods = Counter(call["method"] for call in made)
    assert methods == {"answerCallbackQuery": TAPS, "sendPhoto": TAPS, "sendVoice": TAPS}
    assert [call for call in made if "bytes>" in str(call["params"])] == [], "a known file went up again"
    statements = sum(counted[word] for word in WORDY) / TAPS
    assert statements <= 24, f"{statements:.1f} statements a tap"
    assert counted["COMMIT"] / TAPS <= 7, f"{counted['COMMIT'] / TAPS:.1f} commits a tap"


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[tuple[Session, Callable[[str], Awaitable[str]]]]:
    """A transaction on a fresh SQLite, and how the first statement with these words in it was planned."""
    db = Database(f"sqlite+aiosqlite:///{folder / 'house.sqlite'}")
    asked: list[Any] = []
    await upgrade(db.url)
    event.listen(
        db.engine.sync_engine, "before_cursor_execute", lambda _c, _k, said, given, *_: asked.append((said, given))
    )
    async with db.begin() as session:

        async def plan(words: str) -> str:
            said, given = next(one for one in asked if words in one[0])
            found = await (await session.connection()).exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given)
            return str(found.all())

        yield session, plan
    await db.close()


async def test_looking_for_the_dead_does_not_read_everything_that_was_ever_said(tmp_path: Path) -> None:
    async with watched(tmp_path) as (session, plan):
        await release_the_dead(session, Delivery, Clock().now())
        assert "USING INDEX ix_deliveries" in await plan("DISTINCT")


async def test_claiming_an_arrival_does_not_walk_through_all_that_ever_came(tmp_path: Path) -> None:
    async with watched(tmp_path) as (session, plan):
        now = Clock().now()
        await session.execute(arrivals.take(), {"now": now, "lease": now, "who": "x", "number": 8})
        assert "SCAN row USING INDEX ix_arrivals_open" in await plan("UPDATE arrivals")
