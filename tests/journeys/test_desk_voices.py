"""Lending a voice from a browser: spoken into the microphone, heard back, listened to by another, and then on a mother's phone."""

from __future__ import annotations

import re
import sqlite3
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import expect

from bot.care import content as contents
from bot.messages import Part, Voice
from bot.speech import sound
from bot.speech.clips import Clips
from tests.care.conftest import ROOT
from tests.given.waiting import until
from tests.journeys.conftest import Browser
from tests.journeys.test_desk import _faults, enter, inside, link, send
from tests.journeys.test_the_day import FATOU, Demo, demo

__all__ = ["demo"]
KEY = "sorry.contact.text"
PAGES = (
    "talen",
    "talen/fr",
    "talen/fr?deel=faq",
    "talen/ar/woord/home.menu.text",
    "talen/fr/luisteren",
    "voorbeeld?taal=ti&stap=home.menu",
)
HOUSE = ("groep/1/antwoorden", "groep/1/buurt", "groep/1/buurt/lijst", "groep/1/buurt/nieuw")


@pytest.fixture
async def humming(tmp_path: Path) -> Path:
    """What the fake microphone hears here: somebody who speaks French, once."""
    phrase = contents.read(ROOT)[0].phrases.get("fr", KEY)
    assert phrase is not None
    clips = Clips(ROOT / "audio", tmp_path / "said")
    clip = await clips.clip(Voice("fr", (Part(phrase.spoken),)))
    assert clip is not None
    heard = sound.decode(clip.path.read_bytes(), 48000)
    await clips.close()
    path = tmp_path / "speech.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48000)
        out.writeframes((np.clip(heard, -1, 1) * 32000).astype("<i2").tobytes())
    return path


async def test_what_somebody_says_in_the_browser_is_what_a_mother_hears(demo: Demo, browser: Browser) -> None:
    with sqlite3.connect(demo.data / "stapsteen.sqlite", timeout=30) as db:
        db.execute("UPDATE staff SET langs = '[\"fr\"]' WHERE name = 'Rose'")
    page = await inside(demo, browser, width=390)
    await page.goto(f"{demo.url}/console/talen/fr/woord/{KEY}")
    await page.get_by_text("Spreekt iemand anders dan jij?").click()
    await page.get_by_label("Haar schuilnaam").fill("warda")
    await page.get_by_role("button", name="Inspreken").click()
    await expect(page.get_by_text(re.compile("0:0[6-9]|0:[1-5]"))).to_be_visible()
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_text("Luister eventueel terug.")).to_be_visible()
    await page.get_by_role("button", name="Hoe klinkt het?").click()  # it is compared with other phrases
    await expect(page.get_by_text("Zo klinkt het.")).to_be_visible()
    assert await _faults(page, 390) == []
    await page.get_by_role("button", name="Goed, bewaar het").click()
    await expect(page.get_by_text("Zodra iemand anders ernaar luisterde")).to_be_visible()
    await page.goto(f"{demo.url}/console/talen/fr/luisteren")
    assert await _faults(page, 390) == []
    await page.get_by_role("button", name="👍 Goed").click()
    await expect(page.get_by_text("Moeders horen deze stem vanaf nu.")).to_be_visible()
    recorded = (demo.data / "recordings" / "fr" / f"{KEY}.ogg").read_bytes()
    before = len(await demo.seen_by(FATOU))
    await send(demo, FATOU, contact={"phone_number": "+32470000000", "first_name": "Fatou"})

    async def voices() -> list[dict[str, Any]]:
        return [m for m in (await demo.seen_by(FATOU))[before:] if m["from"] == "bot" and m["kind"] == "voice"]

    assert await demo.sound((await until(voices, "Fatou heard nothing"))[0]) == recorded


@pytest.mark.parametrize("width", [390, 1280])
async def test_voices_words_and_places_can_be_used_by_everybody(demo: Demo, browser: Browser, width: int) -> None:
    page = await inside(demo, browser, width)
    faults = []
    for name in (*PAGES, *HOUSE):
        await page.goto(f"{demo.url}/console/{name}")
        faults += await _faults(page, width)
    assert faults == []


async def test_the_phone_is_walked_and_a_phrase_is_sent_in_without_scripts(demo: Demo, browser: Browser) -> None:
    page = await browser.open(await link(demo), java_script_enabled=False)
    await enter(page)
    await page.goto(f"{demo.url}/console/voorbeeld?taal=nl&stap=home.menu")
    await page.locator("a.key").first.click()
    await expect(page.locator(".bubble").first).to_be_visible()
    await page.goto(f"{demo.url}/console/talen/nl/woord/{KEY}")
    await page.locator("input[type=file]").set_input_files(
        {"name": "x.ogg", "mimeType": "audio/ogg", "buffer": b"niets"}
    )
    await page.get_by_role("button", name="Hoe klinkt het?").click()
    await expect(page.get_by_role("alert")).to_contain_text("Dit geluid kan ik niet lezen")
    browser.complaints.clear()  # of the refusal, which is what was asked for
    await page.goto(f"{demo.url}/console/groep/1/buurt/lijst")
    await page.locator("input[type=file]").set_input_files(
        {"name": "b.csv", "mimeType": "text/csv", "buffer": b"category_nl,name,street\nspeelplein,Het Bos,Laan\n"}
    )
    await page.get_by_role("button", name="Bekijk het eerst").click()
    await page.get_by_role("button", name="Neem 1 plaats op").click()
    await expect(page.get_by_text("Het Bos").first).to_be_visible()
