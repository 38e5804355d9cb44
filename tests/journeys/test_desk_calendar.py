"""The calendar in a real browser: tomorrow cancelled in three taps from the bot's link, every page at both widths, without scripts too."""

from __future__ import annotations

import re

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from tests.journeys.conftest import Browser
from tests.journeys.test_desk import _faults, enter, inside, link, reads
from tests.journeys.test_the_day import FATOU, ROSE, Demo, demo

GRACE = 1003
HOME = "console/bijeenkomsten"
PAGES = ("", "/afspraken", "/ritme", "/vrij", "/weg", "/delen", "/blad", "/extra")
__all__ = ["demo"]


class Taps:
    """A thumb that counts."""

    def __init__(self) -> None:
        self.count = 0

    async def on(self, thing: Locator) -> None:
        self.count += 1
        await thing.click()


async def to_the_evening_before(demo: Demo) -> None:
    await demo.seen_by(ROSE, at_least=1)
    await demo.comes_to("SELECT count(*) FROM mothers WHERE status = 'member'", [(2,)])
    url = f"{demo.url}/client/clock"
    async with aiohttp.ClientSession() as http, http.post(url, json={"move": "evening"}) as answer:
        assert answer.status == 200, await answer.text()


async def cancels(page: Page) -> int:
    """Somebody who has never seen it reads, and taps what says what she wants."""
    thumb = Taps()
    await thumb.on(page.get_by_role("button", name="Binnengaan"))
    await expect(page.get_by_label("De volgende bijeenkomst")).to_contain_text("morgen")
    await thumb.on(page.get_by_role("link", name=re.compile("^Afgelasten")).first)
    await thumb.on(page.get_by_role("button", name="Ja, afgelasten"))
    await expect(page.get_by_text("Afgelast. Iedereen hoort het nu.")).to_be_visible()
    return thumb.count


async def test_tomorrow_is_cancelled_in_three_taps_from_the_link_and_taken_back(demo: Demo, browser: Browser) -> None:
    await to_the_evening_before(demo)
    page = await browser.open(await link(demo), width=390, height=844)
    assert await cancels(page) == 3
    await reads(demo, FATOU, "pas de groupe")
    await reads(demo, GRACE, "no group")
    await page.get_by_role("button", name=re.compile("Toch laten doorgaan")).click()
    await expect(page.get_by_text("De bijeenkomst gaat toch door.")).to_be_visible()
    await reads(demo, FATOU, "a quand même lieu|finalement|Bonne nouvelle")


async def test_tomorrow_is_cancelled_without_scripts(demo: Demo, browser: Browser) -> None:
    await to_the_evening_before(demo)
    page = await browser.open(await link(demo), width=390, height=844, java_script_enabled=False)
    assert await cancels(page) == 3
    await reads(demo, FATOU, "pas de groupe")


async def test_an_appointment_a_day_off_and_a_rhythm_are_made_without_scripts(demo: Demo, browser: Browser) -> None:
    page = await browser.open(await link(demo), java_script_enabled=False)
    await enter(page)
    await page.goto(f"{demo.url}/{HOME}/afspraken")
    chosen = await page.locator("#mother option", has_text="Fatou").first.get_attribute("value")
    await page.get_by_label("Met wie?").select_option(value=chosen)
    await page.get_by_label("Bij haar thuis").check()
    await page.get_by_role("button", name="Maak de afspraak").click()
    await expect(page.get_by_text("De afspraak staat. Zij hoort het nu.")).to_be_visible()
    await reads(demo, FATOU, "vient chez toi")
    (grace,) = demo.rows("SELECT count(*) FROM deliveries WHERE about = 'appointment' AND chat_id != ?", FATOU)
    assert grace == (0,)
    meeting = demo.rows("SELECT date(starts_at) FROM meetings WHERE starts_at > datetime('now', '+9 days') LIMIT 1")[0][
        0
    ]
    await page.goto(f"{demo.url}/{HOME}/vrij")
    await page.get_by_label("Naam (voor jullie)").fill("Teamdag")
    await page.get_by_label("Eerste dag").fill(meeting)
    await page.get_by_role("button", name="Bekijk het eerst").click()
    await expect(page.get_by_text("Deze bijeenkomst gaat dan niet door")).to_be_visible()
    await page.get_by_role("button", name="Ja, bewaren").click()
    await expect(page.get_by_text("Teamdag").first).to_be_visible()
    assert demo.rows("SELECT count(*) FROM meetings WHERE state = 'cancelled'") == [(1,)]
    await page.goto(f"{demo.url}/{HOME}/ritme")
    await page.get_by_label("vrijdag").first.check()
    await page.get_by_role("button", name="Bekijk het eerst").click()
    await page.get_by_role("button", name="Ja, bewaren").click()
    await expect(page.get_by_text("Het ritme is bewaard.")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
async def test_every_page_of_the_calendar_can_be_used_by_everybody(demo: Demo, browser: Browser, width: int) -> None:
    page = await inside(demo, browser, width)
    number, past = (
        demo.rows(f"SELECT {which} FROM meetings WHERE starts_at {sign} datetime('now')")[0][0]
        for which, sign in (("min(id)", ">"), ("max(id)", "<"))
    )
    acts = [f"/{number}{act}" for act in ("", "/afgelasten", "/verplaatsen", "/plaats", "/wat")]
    faults = []
    for name in (*PAGES, *acts, f"/{past}", "?maand=2027-01"):
        await page.goto(f"{demo.url}/{HOME}{name}")
        faults += await _faults(page, width)
    await page.goto(f"{demo.url}/{HOME}/delen")
    await page.get_by_role("button", name="Maak een geheim adres").click()
    address = await page.get_by_label("Geheim adres").input_value()
    faults += await _faults(page, width)
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        assert (answer.status, (await answer.text())[:15]) == (200, "BEGIN:VCALENDAR")
    await page.goto(f"{demo.url}/{HOME}/vrij")
    await page.get_by_label("Naam (voor jullie)").fill("Feest")
    await page.get_by_label("Eerste dag").fill(demo.rows("SELECT date(max(starts_at)) FROM meetings")[0][0])
    await page.get_by_role("button", name="Bekijk het eerst").click()
    await expect(page.get_by_role("button", name="Ja, bewaren")).to_be_visible()
    faults += await _faults(page, width)
    assert faults == []


async def test_the_month_is_a_list_on_the_phone_and_a_month_on_the_laptop(demo: Demo, browser: Browser) -> None:
    page = await inside(demo, browser, 1280)
    await page.goto(f"{demo.url}/{HOME}")
    days = page.locator(".month li")
    boxes = [await days.nth(n).bounding_box() for n in range(8)]
    assert all(boxes)
    tops = [round(box["y"]) for box in boxes if box]
    assert len(set(tops[:7])) == 1
    assert tops[7] > tops[0]
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(days.first).to_be_hidden()
    shown = page.locator(".month article:visible")
    lefts = {round(box["x"]) for n in range(await shown.count()) if (box := await shown.nth(n).bounding_box())}
    assert len(lefts) == 1
    await page.get_by_role("link", name="Volgende maand").first.click()
    await expect(page).to_have_url(re.compile(r"maand=20\d\d-\d\d"))
