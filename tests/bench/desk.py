"""The desk: its pages with ten thousand questions behind them, beside an empty FastAPI page."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from time import perf_counter

import httpx
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from sqlalchemy import insert, select

from bot.care import logins, staff
from bot.care.content import load
from bot.clock import Clock
from bot.console.desk import console
from bot.db.models import Group, Question, QuestionPart, Staff
from bot.db.session import Database
from bot.settings import Settings
from bot.voices_office import make_clips
from tests.bench.scene import median, people, quantile, sqlite
from tests.bench.table import Row, compare

PAGES = {
    "the inbox": "/console/vragen",
    "the meetings": "/console/bijeenkomsten",
    "a group": "/console/groep",
    "the report of a year": "/console/groep/1/rapport",
}


async def plant(db: Database, number: int, group: int) -> None:
    """Questions of ten years, a hundred of them open."""
    now = Clock().now()
    async with db.begin() as session:
        asked = [
            {"id": n + 1, "mother_id": 1 + n % 100, "group_id": group, "lang": "nl", "state": "open" if n < 100 else "answered", "urgent": False,
             "created_at": now - dt.timedelta(hours=n), "answered_at": None if n < 100 else now - dt.timedelta(hours=n - 1)}
            for n in range(number)
        ]  # fmt: skip
        await session.execute(insert(Question), asked)
        parts = [{"question_id": n + 1, "by": "mother", "kind": "text", "text": "Wanneer mag mijn kind naar school?", "created_at": now} for n in range(number)]  # fmt: skip
        await session.execute(insert(QuestionPart), parts)


async def timed(browser: httpx.AsyncClient, path: str, times: int) -> list[float]:
    """Seconds of server time, no network in between."""
    found = []
    for n in range(times + 2):
        began = perf_counter()
        answer = await browser.get(path, follow_redirects=True)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}.")
        if n > 1:
            found.append(perf_counter() - began)
    return found


async def rows(folder: Path, quick: bool) -> list[Row]:
    number, times = (2000, 10) if quick else (10_000, 40)
    url = sqlite(folder)
    group = await people(url, 100)
    db, clock = Database(url), Clock()
    settings = Settings(data=folder)
    app = console(db, load(settings.content), make_clips(settings), folder, clock, "http://desk.test/console")
    empty = FastAPI()

    @empty.get("/", response_class=HTMLResponse)
    async def page() -> str:
        return "<!doctype html><title>leeg</title>"

    try:
        await plant(db, number, group)
        async with db.begin() as session:
            await staff.add(session, "Rose", "coordinator", [await session.get_one(Group, group)], clock.now())
            rose = (await session.scalars(select(Staff))).one()
            link = (await logins.give(session, rose, clock.now()))[1]
        async with (
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://desk.test") as browser,
            httpx.AsyncClient(transport=httpx.ASGITransport(app=empty), base_url="http://desk.test") as bare,
        ):
            await browser.post(link)
            nothing = median(await timed(bare, "/", times)) * 1000
            found = {name: await timed(browser, path, times) for name, path in PAGES.items()}
    finally:
        await db.close()
    made = []
    for name, seconds in found.items():
        made.append(
            compare(f"{name}, {number:,} questions, p50", median(seconds) * 1000, "ms", most=50, raw={"all": seconds})
        )
        made.append(compare(f"{name}, p99", quantile(seconds, 0.99) * 1000, "ms", nothing, "an empty FastAPI page"))
    return made
