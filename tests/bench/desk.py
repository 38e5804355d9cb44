"""The desk: its pages with ten thousand questions behind them, beside an empty FastAPI page."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
from pathlib import Path
from time import process_time
from typing import Any

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
from bot.web import serve
from tests.bench.scene import median, people, sqlite
from tests.bench.table import Row, compare
from tests.house import browser

PAGES = {
    "the inbox": "/console/vragen",
    "the meetings": "/console/bijeenkomsten",
    "a group": "/console/groep",
    "the report of a year": "/console/groep/1/rapport",
    "all languages": "/console/talen",
    "a language to record": "/console/talen/so",
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
    """Seconds of processor that the server takes, no network in between; on SQLite the database's are among them."""
    found = []
    for n in range(times + 2):
        began = process_time()
        answer = await browser.get(path, follow_redirects=True)
        if answer.status_code != 200 or answer.url.path.endswith("/login"):
            raise RuntimeError(f"{path} answered {answer.status_code} at {answer.url.path}.")
        if n > 1:
            found.append(process_time() - began)
    return found


async def in_a_browser(
    apps: dict[str, Any], paths: dict[str, str], cookies: httpx.Cookies, times: int
) -> dict[str, list[tuple[float, float]]]:
    """Seconds to the first byte, and until the page with its scripts and pictures can be used, in Chromium over a real connection."""
    from playwright.async_api import async_playwright

    stop, found = asyncio.Event(), {name: list[tuple[float, float]]() for name in apps}
    async with asyncio.TaskGroup() as tasks, contextlib.AsyncExitStack() as doors, async_playwright() as playwright:
        bases = {}
        for name, app in apps.items():
            door = doors.enter_context(socket.create_server(("127.0.0.1", 0)))
            bases[name] = f"http://127.0.0.1:{door.getsockname()[1]}"
            tasks.create_task(serve(app, "127.0.0.1", 0, stop, door))
        try:
            chromium = await playwright.chromium.launch(executable_path=browser.find(), args=["--no-sandbox"])
            place = await chromium.new_context(viewport={"width": 390, "height": 844})
            await place.add_cookies(
                [{"name": c.name, "value": c.value or "", "url": url} for c in cookies.jar for url in bases.values()]
            )
            page = await place.new_page()
            for turn in range(
                times + 1
            ):  # they take turns; the first fills the browser's cache, as a colleague's has been
                for name in apps:
                    await page.goto(bases[name] + paths[name], wait_until="load")
                    if page.url.endswith("/login"):
                        raise RuntimeError("The browser was not let in.")
                    timing = await page.evaluate(
                        "(() => { const t = performance.getEntriesByType('navigation')[0]; return [t.responseStart, t.loadEventStart] })()"
                    )
                    if turn:
                        found[name].append((timing[0] / 1000, timing[1] / 1000))
            await chromium.close()
        finally:
            stop.set()
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
            rose.chat_id = 2001
            link = (await logins.give(session, rose, clock.now()))[1]
        async with (
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://desk.test") as rose_at,
            httpx.AsyncClient(transport=httpx.ASGITransport(app=empty), base_url="http://desk.test") as bare,
        ):
            await rose_at.get(link, follow_redirects=True)
            await rose_at.post(link)
            nothing = median(await timed(bare, "/", times)) * 1000
            found = {name: await timed(rose_at, path, times) for name, path in PAGES.items()}
            app.state.hang_up, empty.state.hang_up = app.state.bus.close, lambda: None
            shown = await in_a_browser(
                {"ours": app, "empty": empty}, {"ours": PAGES["the inbox"], "empty": "/"}, rose_at.cookies, times // 2
            )
    finally:
        await db.close()
    made = []
    for name, seconds in found.items():
        made.append(
            compare(f"{name}, {number:,} questions, p50", median(seconds) * 1000, "ms", most=50, raw={"all": seconds})
        )
        made.append(compare(f"{name}, p50", median(seconds) * 1000, "ms", nothing, "an empty FastAPI page"))
    for n, what in enumerate(("first byte", "usable")):
        ours, theirs = (median([seconds[n] for seconds in shown[name]]) * 1000 for name in ("ours", "empty"))
        made.append(compare(f"the inbox in Chromium, {what}", ours, "ms", theirs, "an empty FastAPI page"))
    return made
