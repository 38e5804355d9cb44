"""The eight journeys of a mother who reads nothing: by pictures and sound alone, in languages the testers cannot read.

Four mothers live in one house at the same time, each on her own telephone: Arabic, Tigrinya, Ukrainian, and Somali, which no machine
speaks: switched on knowingly in a copy of the content, with a few sentences that somebody recorded.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Locator, expect

from bot.care.content import load
from bot.settings import default_content
from bot.speech.recordings import Recordings
from tests.given.ports import a_port
from tests.journeys.conftest import Browser
from tests.journeys.scripted import pitch, tone
from tests.journeys.test_the_day import Demo, phone, speak, tap

NEW = 1009  # the made-up person with the link that has no language
RECORDED = "ask.start.text"
HERTZ = 660  # what the Somali recording sounds like


@dataclass
class Her:
    """One mother: the language of her telephone, how hers is called, its letters, and whether a machine speaks it."""

    number: int
    telephone: str
    mark: str
    letters: str
    voiced: bool = True


MOTHERS = [
    Her(2201, "ar", "العربية", "[\u0621-\u064a]"),
    Her(2202, "nl", "ትግርኛ", "[\u1200-\u137f]"),
    Her(2203, "uk", "Українська", "[а-щьюяіїєґ]"),
    Her(2204, "so", "Soomaali", "aa|uu|dh|x", voiced=False),
]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The content of a house that switched Somali on, where one step is recorded by a person and heard by another."""
    ours = tmp_path / "inhoud"
    for name in ("flows", "locales", "audio"):
        shutil.copytree(default_content() / name, ours / name)
    path = ours / "locales" / "languages.yaml"
    text = path.read_text("utf-8")
    head, somali = text.split("\n  so:\n")
    switched_on = somali.replace('offered: "no"', 'offered: "yes"', 1)
    path.write_text(f"{head}\n  so:\n{switched_on}", "utf-8")
    read = load(ours)
    recordings = Recordings(ours / "audio" / "recordings")
    step = read.flows["ask.start"]
    for key in (RECORDED, "common.one", *(choice.label_key for choice in step.choices)):
        phrase = read.phrases.get("so", key)
        assert phrase is not None
        recordings.add("so", key, tone(HERTZ, 1.5), phrase.spoken, "warda", ("noor",))
    return ours


@pytest.fixture
async def demo(tmp_path: Path, content: Path) -> AsyncIterator[Demo]:
    with a_port() as port:
        demo = Demo(tmp_path / "een demo", port, content)
        await demo.start()
        yield demo
        assert await demo.end() == 0


async def test_the_eight_journeys_without_a_word_read(demo: Demo, browser: Browser) -> None:
    lives = [Life(demo, browser, her) for her in MOTHERS]
    await asyncio.gather(*(life.until_the_evening() for life in lives))
    await _move_clock(demo)
    await asyncio.gather(*(life.from_the_evening_on() for life in lives))
    rsvps = demo.rows("SELECT count(*) FROM mothers WHERE chat_id > 2200")
    assert rsvps == [(0,)]  # all of them were forgotten


async def _move_clock(demo: Demo) -> None:
    """To the evening before the next meeting."""
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{demo.url}/client/clock") as answer:
            moves = (await answer.json())["moves"]
        async with http.post(f"{demo.url}/client/clock", json={"move": moves[0]["id"]}) as answer:
            assert answer.status == 200


class Life:
    """One mother with her telephone in the browser. Every way of tapping waits until something is heard."""

    def __init__(self, demo: Demo, browser: Browser, her: Her) -> None:
        self.demo, self.browser, self.her = demo, browser, her

    async def until_the_evening(self) -> None:
        await self.welcome()
        await self.price_of_childcare()
        await self.first_school_day()
        await self.asks_by_voice()

    async def from_the_evening_on(self) -> None:
        await self.answers_a_reminder()
        await self.where_is_it()
        await self.help_is_two_taps_away()
        await self.is_forgotten()

    # ------------------------------------------------------------ the journeys

    async def welcome(self) -> None:
        """From the link without a language to home: choose by the picture of the language, agree, practise later."""
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{self.demo.url}/client/people") as answer:
                people = (await answer.json())["people"]
            code = next(one["start"] for one in people if one["id"] == NEW)
            pressed = {"start": code, "person": {"first_name": "Mama", "language_code": self.her.telephone}}
            async with http.post(f"{self.demo.url}/client/{self.her.number}/send", json=pressed) as answer:
                assert answer.status == 200
        page = await self.browser.open(f"{self.demo.url}/?only={self.her.number}", width=390, height=844)
        self.phone = phone(page)
        await expect(
            self.phone.get_by_role("button", name=re.compile(self.her.mark)).last
        ).to_be_visible()  # eleven greetings, one a second
        await self.tap(self.her.mark)
        await self.tap("^1 ✅")
        await self.tap("🏠")
        await expect(self.phone.get_by_role("button", name=re.compile("🚨")).last).to_be_visible()

    async def price_of_childcare(self) -> None:
        await self.home()
        for button in ("^1 ❓", "^1 🧸", "^2 🏷"):
            await self.tap(button)
        await self.tap("👍")  # this helped

    async def first_school_day(self) -> None:
        await self.home()
        for button in ("^1 ❓", "^2 🏫", "^1 🏁", "^1 📅"):
            await self.tap(button)
        for picture in (2, 0, 0, 0):  # a year, a month, a stretch of days, the day
            await self.tap_picture(picture)
        await expect(self.heard().last).to_contain_text(re.compile(r"\d"))  # a day of the month stands in it

    async def asks_by_voice(self) -> None:
        await self.home()
        await self.tap("^2 🙋")
        if not self.her.voiced:
            await self.plays_the_recording()
        before = await self.heard().count()
        await speak(self.phone)
        await self.hears(before + 1)
        query = (
            f"SELECT count(*) FROM questions q JOIN mothers m ON m.id = q.mother_id WHERE m.chat_id = {self.her.number}"
        )
        await self.demo.comes_to(query, [(1,)])
        await self.tap("✅")

    async def answers_a_reminder(self) -> None:
        await expect(self.phone.get_by_role("button", name=re.compile("^1 🙂")).last).to_be_visible()
        await self.hears(1)
        await self.tap("^1 🙂")
        await self.tap_picture(1)  # one child
        query = f"SELECT r.answer, r.children FROM rsvps r JOIN mothers m ON m.id = r.mother_id WHERE m.chat_id = {self.her.number}"
        await self.demo.comes_to(query, [("come", 1)])

    async def where_is_it(self) -> None:
        await self.home()
        await self.tap("^3 🏡")
        await expect(self.phone.get_by_test_id("place").last).to_contain_text("Voorbeeldstraat 1")

    async def help_is_two_taps_away(self) -> None:
        await self.home()
        await self.tap("^5 🚨")
        await expect(self.phone.get_by_role("link", name=re.compile("112")).last).to_have_attribute("href", "tel:112")

    async def is_forgotten(self) -> None:
        await self.home()
        for button in ("⚙️", r"^\d 🗑", "^1 ✋"):
            await self.tap(button)
        await tap(self.phone, "^1 🗑")
        await self.demo.comes_to(f"SELECT count(*) FROM mothers WHERE chat_id = {self.her.number}", [(0,)])

    # ------------------------------------------------------------ tapping and hearing

    async def home(self) -> None:
        await self.tap("^🏠")

    async def tap(self, button: str) -> None:
        """One tap on a picture's number, and something is heard."""
        before = await self.heard().count()
        await tap(self.phone, button)
        await self.hears(before + 1)

    async def tap_picture(self, place: int) -> None:
        """The same on a card without numbers: the picture at this place, from 0."""
        before = await self.heard().count()
        await self.phone.get_by_role("group", name="Knoppen").last.get_by_role("button").nth(place).click()
        await self.hears(before + 1)

    async def hears(self, times: int) -> None:
        """What came last has words of her script under it, and a voice where anything can speak her language."""
        heard = self.heard()
        await expect(heard.nth(times - 1)).to_be_visible()
        await expect(heard.last.get_by_test_id("words")).to_contain_text(re.compile(self.her.letters, re.IGNORECASE))

    def heard(self) -> Locator:
        """The bot's messages that are said; where nobody speaks the language, those that are shown."""
        said = self.phone.page.get_by_test_id("voice" if self.her.voiced else "words")
        return self.phone.get_by_test_id("from-bot").filter(has=said)

    async def plays_the_recording(self) -> None:
        """The one step that somebody recorded is heard in her voice, and not one other voice was ever heard."""
        voices = [m for m in await self.demo.seen_by(self.her.number) if m["from"] == "bot" and m["kind"] == "voice"]
        assert abs(pitch(await self.demo.sound(voices[-1])) - HERTZ) < 5
