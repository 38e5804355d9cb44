"""The report in a real browser: its pictures above their numbers, as a spreadsheet, on paper, in another language, by everybody."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Browser
from tests.journeys.test_desk import _faults, enter, inside, link
from tests.journeys.test_the_day import Demo, demo

__all__ = ["demo"]


@pytest.fixture
def counted(demo: Demo) -> None:
    """A term in which answers were looked up."""
    with sqlite3.connect(demo.data / "stapsteen.sqlite", timeout=30) as db:
        ((first,),) = db.execute("SELECT first_day FROM groups WHERE id = 1").fetchall()
        for topic, often in (
            ("opvang_prijs", 14),
            ("opvang_wennen", 9),
            ("school_wanneer", 6),
            ("nl_lessen", 3),
            ("weg_bus", 2),
        ):
            row = (first[:8] + "01", "topic", topic, often)
            db.execute("INSERT INTO counts (group_id, month, what, name, count) VALUES (1, ?, ?, ?, ?)", row)


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("width", [390, 1280])
async def test_the_report_is_seen_saved_and_printed(demo: Demo, browser: Browser, width: int, tmp_path: Path) -> None:
    page = await inside(demo, browser, width)
    await page.get_by_role("link", name="Groep", exact=True).click()
    await page.get_by_role("link", name="Rapport").click()
    chart = page.get_by_role("img", name="Antwoorden die moeders zelf opzochten: staafdiagram")
    await expect(chart).to_be_visible()
    box = await chart.bounding_box()
    assert box is not None
    assert box["width"] <= width
    await expect(page.get_by_role("cell", name="Wat kost opvang?")).to_be_visible()
    assert await page.get_by_text("Lessen Nederlands", exact=False).count() == 0  # three: not told
    faults = await _faults(page, width)
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Als Excel").click()
    saved = tmp_path / "rapport.xlsx"
    await (await coming.value).save_as(saved)
    assert "xl/charts/chart1.xml" in zipfile.ZipFile(saved).namelist()
    await page.emulate_media(media="print")
    await expect(page.get_by_role("link", name="Als Excel")).to_be_hidden()
    await expect(chart).to_be_visible()
    await page.emulate_media(media="screen")
    for name in ("rapport/opvang", "woorden"):
        await page.goto(f"{demo.url}/console/groep/1/{name}")
        faults += await _faults(page, width)
    assert faults == []


@pytest.mark.usefixtures("counted")
async def test_the_report_without_scripts_and_in_another_language(demo: Demo, browser: Browser) -> None:
    page = await browser.open(await link(demo), java_script_enabled=False)
    await enter(page)
    await page.goto(f"{demo.url}/console/groep/1/rapport")
    await expect(page.get_by_role("cell", name="Wat kost opvang?")).to_be_visible()
    await page.get_by_role("button", name="English").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url == f"{demo.url}/console/groep/1/rapport"
