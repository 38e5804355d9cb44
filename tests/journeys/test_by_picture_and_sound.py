"""A mother who reads nothing finds her way by pictures and sound alone, in languages the testers cannot read."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.journeys.conftest import Browser
from tests.journeys.test_the_day import SLOW, Demo, phone, tap

# one journey at a time: each has a house, a browser and sounds to make, and hurry is not what they are about
pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.timeout(400)]

NEW = 1009
SCRIPT = {"ti": "[\u1200-\u137f]", "uk": "[а-щьюяіїєґ]", "tr": "[a-zçğıöşü]"}


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    demo = Demo(tmp_path / "een demo")
    await demo.start()
    yield demo
    assert await demo.end() == 0


async def last_heard(her: Locator, lang: str, times: int) -> None:
    """The newest message of the bot is a voice note with words of her script under it, and a picture stands before it."""
    voices = her.get_by_test_id("from-bot").filter(has=her.page.get_by_test_id("voice"))
    await expect(voices.nth(times - 1)).to_be_visible(timeout=SLOW)
    await expect(voices.last.get_by_test_id("words")).to_contain_text(
        re.compile(SCRIPT[lang], re.IGNORECASE), timeout=SLOW
    )


async def heard(her: Locator) -> int:
    return await her.get_by_test_id("from-bot").filter(has=her.page.get_by_test_id("voice")).count()


async def step(her: Locator, lang: str, button: str) -> None:
    """One tap on a picture's number, and something is heard."""
    before = await heard(her)
    await tap(her, button)
    await last_heard(her, lang, before + 1)


async def come_in(demo: Demo, browser: Browser, lang: str, mark: str) -> Locator:
    """From the link without a language to home: choose by the picture of the language, agree, practise later."""
    page = await browser.open(f"{demo.url}/?only={NEW}", width=390, height=844)
    her = phone(page)
    await her.get_by_test_id("start").click()
    await expect(her.get_by_role("button", name=re.compile(mark)).last).to_be_visible(timeout=60_000)  # ten greetings
    await tap(her, mark)
    await last_heard(her, lang, 1)
    await step(her, lang, "^1 ✅")
    await tap(her, "🏠")
    await expect(her.get_by_role("button", name=re.compile("🚨")).last).to_be_visible(timeout=SLOW)
    return her


@pytest.mark.parametrize(
    ("lang", "mark"), [pytest.param("ti", "💚", id="Tigrinya"), pytest.param("uk", "💛", id="Ukrainian")]
)
@pytest.mark.timeout(300)
async def test_school_start_the_place_and_help_without_a_word_read(
    demo: Demo, browser: Browser, lang: str, mark: str
) -> None:
    her = await come_in(demo, browser, lang, mark)
    await _first_school_day(her, lang)
    await _where_is_it(her, lang)
    await _help_is_two_taps_away(her, lang)


async def _first_school_day(her: Locator, lang: str) -> None:
    await step(her, lang, "^🏠")
    for button in ("^1 ❓", "^2 🏫", "^1 🏁"):
        await step(her, lang, button)
    await step(her, lang, "^1 📅")
    for picture in (2, 0, 0, 0):  # a year, a month, a stretch of days, the day
        before = await heard(her)
        await her.get_by_role("group", name="Knoppen").last.get_by_role("button").nth(picture).click()
        await last_heard(her, lang, before + 1)
    answer = her.get_by_test_id("from-bot").last
    await expect(answer).to_contain_text(re.compile(r"\d"))  # a day of the month stands in it


async def _where_is_it(her: Locator, lang: str) -> None:
    await step(her, lang, "^🏠")
    await step(her, lang, "^3 🏡")
    await expect(her.get_by_test_id("place").last).to_contain_text("Voorbeeldstraat 1", timeout=SLOW)


async def _help_is_two_taps_away(her: Locator, lang: str) -> None:
    await step(her, lang, "^🏠")
    await step(her, lang, "^5 🚨")
    await expect(her.get_by_role("link", name=re.compile("112")).last).to_have_attribute("href", "tel:112")
