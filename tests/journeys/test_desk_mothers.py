"""Mothers, the team and the house at the desk, in a real browser: what is pressed arrives on a mother's phone, with and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Browser
from tests.journeys.test_desk import _faults, enter, inside, link, reads
from tests.journeys.test_the_day import FATOU, Demo, demo

GRACE_NAME = "Grace"
__all__ = ["demo"]


@pytest.mark.parametrize("width", [390, 1280])
async def test_every_page_about_people_can_be_used_by_everybody(demo: Demo, browser: Browser, width: int) -> None:
    page = await inside(demo, browser, width)
    pages = ["groep", "groep/1/moeder/1", "groep/1/moeder/1/wissen", "groep/1/moeder/1/telefoon"]
    pages += ["groep/1/moeder/1/telefoon/2", "huis", "huis/team", "huis/team/2", "huis/instellingen", "huis/logboek"]
    faults = []
    for name in (*pages, "toegang"):
        await page.goto(f"{demo.url}/console/{name}")
        faults += await _faults(page, width)
    await page.goto(f"{demo.url}/console/huis/team")
    await page.get_by_label("Voornaam").fill("Nour")
    await page.get_by_role("button", name="Voeg toe en maak een link").click()
    await expect(page.get_by_alt_text("QR-code voor Nour")).to_be_visible()
    assert faults + await _faults(page, width) == []


async def test_rose_thinks_of_fatou_and_fatou_hears_it(demo: Demo, browser: Browser) -> None:
    page = await inside(demo, browser, width=390)
    await page.get_by_role("link", name="Groep").click()
    await page.get_by_role("link", name="Fatou").click()
    await page.get_by_role("button", name="Stuur het haar").click()
    await expect(page.get_by_text("Ze hoort dat jullie aan haar denken")).to_be_visible()
    await expect(page.get_by_text("Eén keer per maand is genoeg")).to_be_visible()
    state = demo.rows("SELECT state FROM deliveries WHERE unique_key LIKE 'missed:%' LIMIT 1")
    if state == [("open",)]:  # she is in her quiet hours at this moment of the day: it waits for their end
        return
    await reads(demo, FATOU, "nous pensons à toi")


async def test_all_of_it_works_without_scripts(demo: Demo, browser: Browser) -> None:
    page = await browser.open(await link(demo), java_script_enabled=False)
    await enter(page)
    await page.goto(f"{demo.url}/console/groep")
    await page.get_by_role("link", name=GRACE_NAME).click()
    await page.get_by_role("button", name="Laat haar eerst proberen").click()
    await expect(page.get_by_text("komt eerst proberen", exact=False).first).to_be_visible()
    await page.get_by_label("Aantal").fill("2")
    await page.get_by_role("button", name="Bewaren").click()
    await expect(page).to_have_url(re.compile("gedaan=bewaard"))
    await page.goto(f"{demo.url}/console/groep")
    await expect(page.get_by_text("2 van 15 kinderen")).to_be_visible()
    await page.goto(f"{demo.url}/console/huis/instellingen")
    await page.get_by_label("Plaats voor zoveel moeders").fill("10")
    await page.get_by_role("button", name="Bewaren").last.click()
    await expect(page.get_by_text("Bewaard.")).to_be_visible()
    assert demo.rows("SELECT mothers_max FROM groups") == [(10,)]
    await page.goto(f"{demo.url}/console/huis/logboek")
    await expect(page.get_by_text("aantal kinderen aangepast")).to_be_visible()


async def test_grace_is_erased_and_hears_it_and_her_name_is_nowhere(demo: Demo, browser: Browser) -> None:
    page = await inside(demo, browser)
    await page.goto(f"{demo.url}/console/groep")
    await page.get_by_role("link", name=GRACE_NAME).click()
    await page.get_by_role("link", name=re.compile("Wis alles van haar")).click()
    await page.get_by_role("button", name="Ja, wis alles van Grace").click()
    await expect(page.get_by_text("Alles van haar is gewist.")).to_be_visible()
    await page.goto(f"{demo.url}/console/huis/logboek")
    await expect(page.get_by_text("alles gewist")).to_be_visible()
    assert await page.get_by_text(GRACE_NAME).count() == 0
    assert demo.rows("SELECT count(*) FROM mothers WHERE first_name = 'Grace'") == [(0,)]
    await reads(demo, 1003, "Everything")
