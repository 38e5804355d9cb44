"""The report in the desk: the same figures as on the command line, to print and as a spreadsheet, and words only as far as allowed."""

from __future__ import annotations

import io
import re
import zipfile

import httpx
import pytest

from bot.care import counts, report, report_words
from bot.care.content import Content
from bot.db.cohort_models import Story
from bot.db.models import Group
from tests.care.conftest import NOON
from tests.console.conftest import Desk


@pytest.fixture
async def numbers(desk: Desk) -> None:
    async with desk.db.begin() as session:
        for topic, often in (("opvang_prijs", 7), ("school_wanneer", 12)):
            await counts.add(session, desk.group.id, NOON, counts.TOPIC, topic, often)


@pytest.mark.usefixtures("numbers")
async def test_the_page_shows_what_the_command_prints(desk: Desk, rose: httpx.AsyncClient, content: Content) -> None:
    url = f"/console/groep/{desk.group.id}/rapport"
    text = (await rose.get(url)).text
    async with desk.db.begin() as session:
        group = await session.get_one(Group, desk.group.id)
        made = await report.report(session, content, group, report.Period(2026), desk.clock.now())
    said = report_words.lines(content, made)
    shown = {re.sub(r"\s+", " ", f"{k}: {v}") for k, v in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text)}
    wanted = {
        line.strip()
        for line in said
        if line.startswith("  ") and line.strip().split(":")[0] in {*report_words.FIGURES.values()}
    }
    assert wanted
    assert wanted <= shown
    assert '<td>Wat kost opvang?</td><td class="text-end">7</td>' in text
    assert text.count('<svg class="chart" role="img"') == 1
    assert f'href="{url.removesuffix("rapport")}rapport.xlsx?periode=2026"' in text


@pytest.mark.usefixtures("numbers")
async def test_the_report_names_no_mother(desk: Desk, rose: httpx.AsyncClient) -> None:
    for path in ("rapport", "rapport/opvang", "rapport?periode=2026-1"):
        page = await rose.get(f"/console/groep/{desk.group.id}/{path}")
        assert page.status_code == 200
        assert not re.search("Amina|Fatou", page.text)


async def test_the_spreadsheet_is_one(desk: Desk, rose: httpx.AsyncClient) -> None:
    answer = await rose.get(f"/console/groep/{desk.group.id}/rapport.xlsx?periode=2026-1")
    assert answer.headers["content-disposition"] == f'attachment; filename="rapport-{desk.group.id}-2026-1.xlsx"'
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


@pytest.mark.parametrize("path", ["rapport?periode=1999", "rapport?periode=x", "woorden.zip?voor=iedereen"])
async def test_what_does_not_exist_is_not_there(desk: Desk, rose: httpx.AsyncClient, path: str) -> None:
    assert (await rose.get(f"/console/groep/{desk.group.id}/{path}")).status_code == 404


async def test_childcare_has_its_own_page(desk: Desk, rose: httpx.AsyncClient, numbers: None) -> None:
    text = (await rose.get(f"/console/groep/{desk.group.id}/rapport/opvang")).text
    assert "Wat kost opvang?" in text
    assert "Wanneer naar school" not in text


async def test_words_without_consent_are_nowhere(desk: Desk, rose: httpx.AsyncClient) -> None:
    """F02: an item without consent is not in the export; one for the house is not in the one for everybody."""
    media = await desk.voice()
    async with desk.db.begin() as session:
        for text, consent in (("nog niet gekozen", "asked"), ("voor het huis", "inside"), ("=voor iedereen", "public")):
            voice = {"kind": "voice", "media_id": media.id} if consent == "inside" else {"kind": "text"}
            session.add(
                Story(
                    group_id=desk.group.id, mother_id=desk.amina.id, text=text, consent=consent, created_at=NOON, **voice
                )
            )  # fmt: skip
    url = f"/console/groep/{desk.group.id}/woorden"
    page = (await rose.get(url)).text
    assert "nog niet gekozen" not in page
    assert "voor het huis" in page
    assert "Amina" not in page
    found = {}
    for level in ("binnen", "buiten"):
        packed = zipfile.ZipFile(io.BytesIO((await rose.get(f"{url}.zip?voor={level}")).content))
        found[level] = (packed.read("woorden.csv").decode("utf-8-sig"), set(packed.namelist()))
    assert "nog niet gekozen" not in found["binnen"][0]
    assert found["binnen"][1] == {"woorden.csv", "002.ogg"}
    assert "voor het huis" not in found["buiten"][0]
    assert "'=voor iedereen" in found["buiten"][0]
    assert found["buiten"][1] == {"woorden.csv"}
    assert (await rose.get(f"{url}/1/bestand")).status_code == 404
    assert (await rose.get(f"{url}/2/bestand")).headers["content-type"] == "audio/ogg"


async def test_a_report_in_english(desk: Desk, rose: httpx.AsyncClient) -> None:
    await rose.post("/console/talen/bureau", data={"lang": "en", "back": "/console/groep"})
    text = (await rose.get(f"/console/groep/{desk.group.id}/rapport")).text
    assert '<html lang="en"' in text
