"""The desk in a real browser, with the whole demo behind it: in by the bot's link, a question arrives live, a spoken answer goes back."""

from __future__ import annotations

import asyncio
import base64
import re
from typing import Any

import aiohttp
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from tests.given.waiting import until
from tests.journeys.conftest import Browser
from tests.journeys.scripted import TWO_SECONDS, tone
from tests.journeys.test_the_day import FATOU, ROSE, Demo, demo, hums, phone, tap

GRACE = 1003
PAGES = (
    "vragen", "vragen?lijst=mine", "vragen?lijst=answered", "bijeenkomsten", "bijeenkomsten/extra", "aankondigen",
    "aankondigen/eigen/1", "aankondigen/nieuw/1/celebrate", "groep", "groep/1/vragen", "groep/1/stapstenen", "groep/1/jaar", "groep/oud", "talen", "talen/fr?deel=welcome", "talen/so", "huis",
)  # fmt: skip
__all__ = ["demo"]


async def send(demo: Demo, person: int, **what: Any) -> None:
    async with aiohttp.ClientSession() as http, http.post(f"{demo.url}/client/{person}/send", json=what) as answer:
        assert answer.status == 200, await answer.text()


async def link(demo: Demo, person: int = ROSE) -> str:
    """She types /desk; the link that the bot gives her then."""
    before = len(await demo.seen_by(person, at_least=1))
    await send(demo, person, text="/desk")

    async def given() -> str:
        said = "\n".join(str(m.get("text")) for m in (await demo.seen_by(person))[before:])
        found = re.search(r"http\S+/console/login/\S+", said)
        return found[0] if found else ""

    return await until(given, "the bot gave no link")


async def enter(page: Page) -> None:
    """What a link leads to, and the button on it: she stands in her inbox."""
    await page.get_by_role("button", name="Binnengaan").click()
    await page.wait_for_url("**/console/vragen")


async def inside(demo: Demo, browser: Browser, width: int = 1280) -> Page:
    page = await browser.open(await link(demo), width=width, height=844 if width < 900 else 800)
    await enter(page)
    return page


async def ask(demo: Demo, person: int, **what: Any) -> None:
    """A member asks a question by the front door: home, "ask", and then her voice or words."""
    await demo.seen_by(person, at_least=2)
    messages = await demo.seen_by(person)
    labels = [b["text"] for m in messages for row in m.get("buttons", []) for b in row]
    await send(demo, person, button=next(label for label in labels if label.startswith("2 ")))
    await demo.seen_by(person, at_least=sum(m["from"] == "bot" for m in messages) + 1)
    await asyncio.sleep(0.5)
    await send(demo, person, **what)


async def reads(demo: Demo, person: int, words: str) -> None:
    """Under a voice note of hers stand these words, or it arrives."""

    async def stands_there() -> bool:
        return any(re.search(words, str(m.get("caption") or "")) for m in await demo.seen_by(person))

    await until(stands_there, f"{person} never heard “{words}”")


async def appears(page: Page, thing: Locator) -> None:
    """It stands on the page, which is asked for again until it does: nothing comes by itself without scripts."""

    async def is_there() -> bool:
        if not await thing.count():
            await page.reload()
        return bool(await thing.count())

    await until(is_there, f"{thing} never came")


async def test_a_computer_goes_in_by_itself_once_rose_said_yes_in_telegram(demo: Demo, browser: Browser) -> None:
    await demo.seen_by(ROSE, at_least=1)
    page = await browser.open(f"{demo.url}/console/login", width=390, height=844)
    assert await _faults(page, 390) == []
    await page.get_by_role("button", name="Toon mij een getal").click()
    number = await page.locator(".number").inner_text()
    assert await _faults(page, 390) == []
    await send(demo, ROSE, text=number)
    await demo.told(ROSE, "wil binnen in jouw bureau")
    await send(demo, ROSE, button="✅ Ja, dat ben ik")
    await page.wait_for_url("**/console/vragen")


async def test_rose_answers_by_voice_from_her_browser(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?only={ROSE}", width=390, height=844)
    rose = phone(page)
    await expect(rose.get_by_role("button", name="Bureau").last).to_be_visible()
    await tap(rose, "Bureau")
    said = rose.get_by_test_id("from-bot").filter(has_text="/console/login/").last
    await expect(said).to_be_visible()
    async with page.context.expect_page() as opened:
        await said.get_by_role("link").first.click()
    desk = await opened.value
    await enter(desk)
    await expect(desk.get_by_text("Alles is beantwoord")).to_be_visible()
    await ask(demo, FATOU, voice=base64.b64encode(tone(523, 2.0)).decode(), duration=2)
    first = desk.locator("article.question").filter(has_text="Fatou")
    await expect(first).to_be_visible()
    await expect(first.locator("audio").first).to_be_visible()
    await first.get_by_role("button", name="Antwoord inspreken").click()
    box = first.get_by_label("Of typ een antwoord aan Fatou")
    await box.fill("Half getypt")
    await ask(demo, GRACE, text="Where is the bus stop of the group?")
    second = desk.locator("article.question").filter(has_text="Grace")
    await expect(second).to_be_visible()
    stop = first.get_by_role("button", name="Stop")
    await expect(stop).to_be_visible()
    assert await box.input_value() == "Half getypt"
    await expect(first.get_by_text(TWO_SECONDS)).to_be_visible()
    await stop.click()
    await expect(first.get_by_text("Luister eventueel terug.")).to_be_visible()
    await box.fill("")
    await first.get_by_role("button", name="Versturen").click()
    await expect(first.get_by_text("Antwoord van jou")).to_be_visible()
    await hums(demo, FATOU, 440)
    assert demo.rows("SELECT state FROM questions ORDER BY id") == [("answered",), ("open",)]


async def test_the_next_meeting_is_cancelled_in_three_taps(demo: Demo, browser: Browser) -> None:
    page = await inside(demo, browser, width=390)
    await page.get_by_role("link", name="Bijeenkomsten").click()
    await page.get_by_role("link", name=re.compile("^Afgelasten")).first.click()
    await page.get_by_role("button", name="Ja, afgelasten").click()
    await expect(page.get_by_text("Afgelast. Iedereen hoort het nu.")).to_be_visible()
    for person, words in ((FATOU, "pas de groupe"), (GRACE, "no group")):
        await reads(demo, person, words)


@pytest.mark.parametrize("width", [390, 1280])
async def test_every_page_can_be_used_by_everybody_at_this_width(demo: Demo, browser: Browser, width: int) -> None:
    page = await inside(demo, browser, width)
    await ask(demo, FATOU, text="Mon bébé a de la fièvre, que faire ?")
    await expect(page.locator("article.question")).to_be_visible()
    number = demo.rows("SELECT min(id) FROM meetings WHERE starts_at > datetime('now')")[0][0]
    acts = [f"bijeenkomsten/{number}{act}" for act in ("", "/afgelasten", "/verplaatsen", "/plaats")]
    await page.goto(f"{demo.url}/console/aankondigen/eigen/1")
    await page.get_by_label("Of typ je bericht").fill("Breng een jas mee.")
    await page.get_by_role("button", name="Bekijk het eerst").click()
    await expect(page.get_by_role("button", name="Versturen naar 2 moeders")).to_be_visible()
    faults = await _faults(page, width)
    for name in (*PAGES, *acts, "vragen/1"):
        await page.goto(f"{demo.url}/console/{name}")
        faults += await _faults(page, width)
    await page.goto(f"{demo.url}/console/groep")
    await page.get_by_role("button", name="Maak de uitnodiging").click()
    await expect(page.get_by_alt_text("QR-code van de uitnodiging")).to_be_visible()
    faults += await _faults(page, width)
    assert faults == []


async def test_the_desk_works_without_scripts(demo: Demo, browser: Browser) -> None:
    await ask(demo, FATOU, text="Où est la crèche ?")
    page = await browser.open(await link(demo), java_script_enabled=False)
    await enter(page)
    card = page.locator("article.question").filter(has_text="Fatou")
    await appears(page, card)
    await card.get_by_label("Of typ een antwoord aan Fatou").fill("Kom maar langs.")
    await card.locator("input[type=file]").set_input_files(
        {"name": "stem.ogg", "mimeType": "audio/ogg", "buffer": tone(330, 1.5)}
    )
    await card.get_by_role("button", name="Versturen").click()
    await expect(page.get_by_text("Verstuurd. Zij hoort jouw antwoord.")).to_be_visible()
    assert demo.rows("SELECT kind, text FROM question_parts WHERE \"by\" = 'staff'") == [("voice", "Kom maar langs.")]


async def test_an_open_inbox_does_not_keep_the_house_from_stopping(demo: Demo, browser: Browser) -> None:
    page = await inside(demo, browser)
    await expect(page.get_by_text("Alles is beantwoord")).to_be_visible()
    await asyncio.sleep(0.5)
    assert (
        await demo.end() == 0
    )  # waits two minutes at most; the desk itself lets go within two seconds: tests/console/test_live.py
    await page.context.close()
    browser.complaints.clear()  # the page rightly misses its house


async def _faults(page: Page, width: int) -> list[str]:
    """What axe finds on this page, and whether it is wider than the screen."""
    await page.wait_for_load_state()
    found = await Axe().run(page)
    wide = await page.evaluate("document.documentElement.scrollWidth") > width
    named = [f"{page.url} {v['id']}: {v['nodes'][0]['target']}" for v in found.response["violations"]]
    return [*named, *([f"{page.url} is wider than {width}"] if wide else [])]
