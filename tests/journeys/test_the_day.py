"""One real day of a mother group, lived on the phone page with the real demo behind it: `stapsteen demo`, as people start it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from tests.given.ports import a_port
from tests.given.waiting import until
from tests.journeys.conftest import Browser
from tests.journeys.scripted import TWO_SECONDS, pitch

AMINA, FATOU, ROSE = 1001, 1002, 2001


class Demo:
    """The demo as a process of its own, on this port. content: a house's own flows, locales and audio."""

    def __init__(self, data: Path, port: int, content: Path | None = None) -> None:
        self.data, self.port = data, port
        self.own = {"CONTENT": str(content)} if content else {}
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        arguments = ["-m", "bot", "demo", "--no-browser", "--port", str(self.port), "--data", str(self.data)]
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            env={**os.environ, **self.own, "PYTHONUNBUFFERED": "1"},
            stdout=asyncio.subprocess.PIPE,
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(120):
            while self.url.encode() not in (line := await self.process.stdout.readline()):
                assert line, "the demo ended before it said its address"

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        async with asyncio.timeout(120):
            return await self.process.wait()

    async def seen_by(self, person: int, at_least: int = 0) -> list[dict[str, Any]]:
        """Everything on this person's phone, once there are so many messages of the bot."""
        messages: list[dict[str, Any]] = []

        async def enough() -> bool:
            nonlocal messages
            async with http.get(f"{self.url}/client/{person}/messages") as answer:
                messages = (await answer.json())["messages"]
            return len([m for m in messages if m["from"] == "bot"]) >= at_least

        async with aiohttp.ClientSession() as http:
            await until(enough, f"{person} has fewer than {at_least} messages")
        return messages

    async def sound(self, message: dict[str, Any]) -> bytes:
        async with aiohttp.ClientSession() as http, http.get(self.url + message["file"]) as answer:
            return await answer.read()

    async def told(self, person: int, words: str) -> list[dict[str, Any]]:
        """What was said to this person with these words in it, once there is something."""

        async def said() -> list[dict[str, Any]]:
            return [m for m in await self.seen_by(person) if words in str(m.get("caption") or m.get("text") or "")]

        return await until(said, f"{person} never heard of “{words}”")

    async def comes_to(self, query: str, wanted: list[Any]) -> None:
        """The committed rows become these."""

        async def are_there() -> bool:
            return bool(self.rows(query) == wanted)

        await until(are_there, lambda: f"{query}: {self.rows(query)}, not {wanted}")

    def rows(self, query: str, *values: Any) -> list[Any]:
        """A second look at what was committed."""
        with sqlite3.connect(f"file:{self.data}/stapsteen.sqlite?mode=ro", uri=True) as db:
            return db.execute(query, values).fetchall()


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    data = tmp_path / "een demo"
    # how typed words are understood: seconds of work, and the same every day
    learnt, cache = tmp_path.parent / "learnt", data / "cache"
    for folder in (learnt, cache):
        folder.mkdir(parents=True, exist_ok=True)
    (cache / "faq").symlink_to(learnt)
    with a_port() as port:
        demo = Demo(data, port)
        await demo.start()
        yield demo
        if demo.process is not None and demo.process.returncode is None:
            assert await demo.end() == 0


def phone(page: Page, side: str = "left") -> Locator:
    return page.get_by_test_id(f"phone-{side}")


async def tap(device: Locator, label: str) -> None:
    """Taps the newest button that begins so, as a mother does: by its number or picture."""
    button = device.get_by_role("button", name=re.compile(label)).last
    await button.click()


async def hears(device: Locator, words: str) -> Locator:
    """A voice note of the bot with these words under it arrives."""
    note = device.get_by_test_id("from-bot").filter(has_text=re.compile(words)).last
    await expect(note).to_be_visible()
    return note


async def speak(device: Locator) -> None:
    """Holds the microphone for two seconds at least; it hums 440 Hz."""
    await device.get_by_test_id("mic").click()
    await expect(device.get_by_test_id("rec-time")).to_have_text(TWO_SECONDS)
    await device.get_by_test_id("rec-send").click()


async def join(her: Locator) -> None:
    """Amina presses Start, hears Arabic, agrees, joins and practises: a tap, hear again, a voice note."""
    await her.get_by_test_id("start").click()
    await tap(her, "العربية")
    await hears(her, "هل توافقين")
    await tap(her, "^1 ✅")
    await hears(her, "Mama Leert De Stap")
    await tap(her, "☀️")
    await hears(her, "مرة أخرى")
    await tap(her, "🔁")
    await hears(her, "الميكروفون")
    await speak(her)
    await hears(her, "كيف عرفت عن مجموعتنا")
    await tap(her, "^5 ")  # a friend told her
    await hears(her, "عن ماذا تبحثين")


async def test_a_whole_day_of_a_mother_group(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?left={AMINA}&right={ROSE}")
    her, rose = phone(page), phone(page, "right")
    await join(her)
    await _asks_by_pictures_then_by_voice(demo, her, rose)
    await _the_answer_comes_back(demo, her, rose)
    await _evening(demo, page, her, rose, browser)
    await _another_place(rose)
    await _killed_and_started_again(demo)
    browser.complaints.clear()  # the pages lost their line when the house was killed: that is what was asked
    await _forgotten(demo, her)


async def _asks_by_pictures_then_by_voice(demo: Demo, her: Locator, rose: Locator) -> None:
    await tap(her, "^1 ❓")
    await hears(her, "عن أي شيء سؤالك")
    await tap(her, "^1 🧸")
    await tap(her, "^2 🏷")
    price = await hears(her, "دخل")
    await expect(price.get_by_test_id("voice")).to_be_visible()
    await tap(her, "^2 👩")
    await hears(her, "تفضلي، اسألي")
    await speak(her)
    await hears(rose, "Vraag van Amina.*Arabisch")


async def hums(demo: Demo, person: int, hertz: int) -> None:
    """A voice note of this pitch is on her phone, or arrives."""

    async def heard() -> bool:
        voices = [m for m in await demo.seen_by(person) if m["from"] == "bot" and m["kind"] == "voice"]
        return any([abs(pitch(await demo.sound(voice)) - hertz) < 5 for voice in voices])

    await until(heard, f"{person} never heard {hertz} Hz")


async def _the_answer_comes_back(demo: Demo, her: Locator, rose: Locator) -> None:
    question = rose.get_by_test_id("from-bot").filter(has=rose.page.get_by_test_id("voice")).last
    await expect(question).to_be_visible()
    await hums(demo, ROSE, 440)
    await question.get_by_test_id("reply").click()
    await speak(rose)
    await hears(rose, "Verstuurd naar Amina")
    await hears(her, "Rose")
    await hums(demo, AMINA, 440)


async def _evening(demo: Demo, page: Page, her: Locator, rose: Locator, browser: Browser) -> None:
    await page.get_by_role("button", name="Naar de avond vóór de bijeenkomst").click()
    await hears(her, "هل تأتين")
    await tap(her, "^1 🙂")
    await tap(her, "طفلان")
    second = await browser.open(f"{demo.url}/?only={FATOU}", width=390, height=844)
    fatou = phone(second)
    await hears(fatou, "Tu viens")
    await tap(fatou, "^3 ")
    await demo.comes_to("SELECT answer, children FROM rsvps ORDER BY answer", [("cannot", None), ("come", 2)])
    await tap(rose, "Menu")
    await tap(rose, "Bijeenkomsten")
    await expect(rose.get_by_role("button", name=re.compile("1 👩 2 🧒")).last).to_be_visible()


async def _another_place(rose: Locator) -> None:
    await tap(rose, "1 👩 2 🧒")
    await tap(rose, "Andere plaats")
    await rose.get_by_test_id("field").fill("Bibliotheek, Boekstraat 2")
    await rose.get_by_test_id("send").click()
    await tap(rose, "Ja")


async def _killed_and_started_again(demo: Demo) -> None:
    """The house dies in the middle of saying it; started again, everybody has it, once."""
    await demo.end(signal.SIGKILL)
    await demo.start()
    for person in (AMINA, FATOU):
        told = await demo.told(person, "Bibliotheek")
        assert told[-1]["kind"] == "voice"
    assert not demo.rows("SELECT id FROM deliveries WHERE state IN ('failed', 'cancelled')")


async def _forgotten(demo: Demo, her: Locator) -> None:
    (mother,) = demo.rows("SELECT id FROM mothers WHERE chat_id = ?", AMINA)[0]
    await tap(her, "^🏠")
    await tap(her, "⚙️")
    await tap(her, "^6 🗑")
    await tap(her, "^1 ✋")
    await tap(her, "^1 🗑")
    for table in ("mothers", "deliveries"):
        await demo.comes_to(f"SELECT count(*) FROM {table} WHERE chat_id = {AMINA}", [(0,)])
    for table in ("questions", "rsvps", "reminders", "media"):
        assert demo.rows(f"SELECT count(*) FROM {table} WHERE mother_id = ?", mother) == [(0,)]
    assert demo.rows("SELECT count(*) FROM arrivals WHERE chat_id = ?", AMINA) == [(0,)]
    kept = {row[0] for row in demo.rows("SELECT name FROM media")}
    assert {path.name for path in (demo.data / "media").glob("*")} <= kept
