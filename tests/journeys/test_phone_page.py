"""The phone page in a real browser, with the real sandbox and a bot of a few lines."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Locator, Page, expect

from bot.sandbox import Sandbox
from tests.given.waiting import until
from tests.journeys.conftest import Browser
from tests.journeys.scripted import ARABIC, TWO_SECONDS, ScriptedBot, pitch, seconds, tone

TOKEN = "42:SANDBOX"
PEOPLE: list[dict[str, Any]] = [
    {
        "id": 101,
        "first_name": "Amina",
        "language_code": "ar",
        "role": "mother",
        "note": "Leest niet",
        "avatar": "🧕",
        "dir": "rtl",
        "start": "groep-1",
    },
    {
        "id": 102,
        "first_name": "Fatou",
        "language_code": "fr",
        "role": "mother",
        "note": "",
        "avatar": "👩🏿",
        "dir": "ltr",
        "start": "",
    },
    {
        "id": 201,
        "first_name": "Rose",
        "language_code": "nl",
        "role": "coordinator",
        "note": "",
        "avatar": "👩🏼",
        "dir": "ltr",
        "start": "staff-1",
    },
]


@dataclass
class Demo:
    """A sandbox that is up, its bot, and what was asked of its clock."""

    url: str
    sandbox: Sandbox
    bot: ScriptedBot
    moved: list[str]

    async def hears(self, kind: str, part: str = "text") -> Any:
        """What stands in the newest update of this kind with this part in it, once the bot has one."""

        async def heard() -> list[Any]:
            return [update[kind] for update in self.bot.heard if part in update.get(kind, {})]

        return (await until(heard, f"the bot heard no {kind} with {part}"))[-1]


def _sandbox(state: Path, moved: list[str], port: int = 0) -> Sandbox:
    """Amina, Fatou and Rose on a Wednesday; each of the clock's moves takes a day."""

    def now() -> dt.datetime:
        return dt.datetime(2026, 11, 18, 11, 0, tzinfo=dt.UTC) + dt.timedelta(days=len(moved))

    async def move(which: str) -> None:
        moved.append(which)

    def moves() -> list[dict[str, str]]:
        return [{"id": "evening", "label": "Naar de avond voor de bijeenkomst"}, {"id": "day", "label": "Volgende dag"}]

    return Sandbox(port, token=TOKEN, state=state, people=PEOPLE, rate_limits=False, now=now, moves=moves, move=move)


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    moved: list[str] = []
    sandbox = _sandbox(tmp_path, moved)
    url = await sandbox.start()
    demo = Demo(url, sandbox, ScriptedBot(url, TOKEN), moved)
    async with asyncio.TaskGroup() as tasks:
        polling = tasks.create_task(demo.bot.run())
        yield demo
        polling.cancel()
    await demo.sandbox.stop()


def phone(page: Page, side: str = "left") -> Locator:
    return page.get_by_test_id(f"phone-{side}")


async def write(device: Locator, text: str) -> None:
    await device.get_by_test_id("field").fill(text)
    await device.get_by_test_id("send").click()


async def begin(device: Locator) -> None:
    """Presses Start and waits for the bot's welcome."""
    await device.get_by_test_id("start").click()
    await expect(device.get_by_text("Welkom")).to_be_visible()


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "#f7a14d").save(out, "PNG")
    return out.getvalue()


def last(device: Locator, who: str = "bot") -> Locator:
    return device.get_by_test_id(f"from-{who}").last


async def test_she_scans_the_code_writes_and_taps_a_button(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?only=101", width=390, height=844)
    device = phone(page)
    await begin(device)
    await expect(device.get_by_text("Welkom groep-1")).to_be_visible()
    await device.get_by_role("button", name="👍 Ja").click()
    await expect(device.get_by_text("Je koos ja.")).to_be_visible()
    await write(device, "<b>hallo</b> bel 078 150 100")
    await expect(last(device)).to_contain_text("Je zei: <b>hallo</b> bel 078 150 100")
    await expect(last(device).get_by_role("link")).to_have_attribute("href", "tel:078150100")


async def test_only_one_voice_speaks_at_a_time(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?left=101&right=201")
    left, right = phone(page), phone(page, "right")
    for device in (left, right):
        await begin(device)
        await write(device, "stem")
        await expect(device.get_by_test_id("voice")).to_be_visible()
    await expect(left.get_by_test_id("voice-time")).to_have_text("1:00")
    await left.get_by_role("button", name="Speel af, 1:00").click()
    await expect(left.get_by_role("button", name="Pauzeer")).to_be_visible()
    await expect(left.get_by_test_id("voice-time")).to_have_text(re.compile("0:(0[1-9]|[1-5][0-9]) / 1:00"))
    await right.get_by_test_id("play").click()
    await expect(right.get_by_role("button", name="Pauzeer")).to_be_visible()
    await expect(left.get_by_role("button", name="Pauzeer")).to_have_count(0)


async def test_a_recorded_voice_note_reaches_the_bot_with_its_sound(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?only=101", width=390, height=844)
    device = phone(page)
    await begin(device)
    await device.get_by_test_id("mic").click()
    await expect(device.get_by_test_id("rec-time")).to_have_text(TWO_SECONDS)
    await device.get_by_test_id("rec-send").click()
    await expect(device.get_by_text("Ik heb je gehoord.")).to_be_visible()
    await expect(last(device, "me").get_by_test_id("voice")).to_be_visible()
    assert abs(pitch(demo.bot.voices[0]) - 440) < 3
    assert abs(demo.bot.heard[-1]["message"]["voice"]["duration"] - seconds(demo.bot.voices[0])) < 1.5
    assert seconds(demo.bot.voices[0]) > 1.5


async def test_a_recording_that_is_thrown_away_is_never_sent(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?only=101")
    device = phone(page)
    await begin(device)
    await device.get_by_test_id("mic").click()
    await expect(device.get_by_test_id("rec-time")).to_have_text(TWO_SECONDS)
    await device.get_by_test_id("rec-cancel").click()
    await write(device, "toch niet")
    await expect(last(device)).to_contain_text("Je zei: toch niet")
    assert not demo.bot.voices


async def test_without_a_microphone_she_can_choose_a_sound_file(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?only=101", microphone=False)
    device = phone(page)
    await begin(device)
    await device.get_by_test_id("mic").click()
    await expect(device.get_by_test_id("note")).to_contain_text("De microfoon mag nu niet gebruikt worden.")
    async with page.expect_file_chooser() as choosing:
        await device.get_by_role("button", name="Kies een geluidsbestand").click()
    await (await choosing.value).set_files({"name": "stem.ogg", "mimeType": "audio/ogg", "buffer": tone(523, 1.5)})
    await expect(device.get_by_text("Ik heb je gehoord.")).to_be_visible()
    assert abs(pitch(demo.bot.voices[0]) - 523) < 3


async def test_arabic_runs_from_right_to_left(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?only=101", width=390, height=844)
    device = phone(page)
    await begin(device)
    await write(device, "arabisch")
    words = device.get_by_test_id("words").filter(has_text=ARABIC)
    assert await words.evaluate("node => getComputedStyle(node).direction") == "rtl"
    welcome = device.get_by_test_id("words").filter(has_text="Welkom")
    assert await welcome.evaluate("node => getComputedStyle(node).direction") == "ltr"


async def test_the_coordinator_answers_by_replying_to_a_message(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?left=101&right=201")
    left, right = phone(page), phone(page, "right")
    await begin(right)
    await expect(left.get_by_test_id("start")).to_be_visible()
    await last(right).get_by_test_id("reply").click()
    await write(right, "Dank je")
    await expect(last(right)).to_contain_text("Je zei: Dank je")
    await expect(last(right, "me").get_by_test_id("quote")).to_contain_text("Welkom staff-1")
    assert demo.bot.heard[-1]["message"]["reply_to_message"]["text"] == "Welkom staff-1"


async def test_what_the_bot_changes_or_takes_back_changes_on_the_phone(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?only=102")
    device = phone(page)
    await begin(device)
    first = await demo.bot.call("sendMessage", chat_id=102, text="Dinsdag om 9 uur")
    second = await demo.bot.call("sendMessage", chat_id=102, text="Foutje")
    await expect(device.get_by_text("Foutje")).to_be_visible()
    await demo.bot.call("editMessageText", chat_id=102, message_id=first["message_id"], text="Woensdag om 9 uur")
    await demo.bot.call("deleteMessage", chat_id=102, message_id=second["message_id"])
    await expect(device.get_by_text("Woensdag om 9 uur")).to_contain_text("bewerkt")
    await expect(device.get_by_test_id("deleted")).to_be_visible()
    await expect(device.get_by_text("Foutje")).to_have_count(0)


async def test_she_changes_her_words_and_takes_them_back(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?only=102")
    device = phone(page)
    await begin(device)
    await write(device, "ik kom niet")
    await expect(last(device)).to_contain_text("Je zei: ik kom niet")
    await last(device, "me").locator(".bubble").click(button="right")
    await page.get_by_role("menuitem", name="Bewerken").click()
    await write(device, "ik kom wel")
    await expect(last(device, "me")).to_contain_text("bewerkt")
    assert (await demo.hears("edited_message"))["text"] == "ik kom wel"
    await last(device, "me").locator(".bubble").click(button="right")
    await page.get_by_role("menuitem", name="Verwijderen").click()
    await expect(device.get_by_text("ik kom wel")).to_have_count(0)


async def test_a_photo_she_sends_can_be_enlarged_and_a_sticker_needs_no_keyboard(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?only=102", width=390, height=844)
    device = phone(page)
    await begin(device)
    await device.get_by_test_id("attach").click()
    async with page.expect_file_chooser() as choosing:
        await page.get_by_test_id("attach-photo").click()
    await (await choosing.value).set_files({"name": "kaart.png", "mimeType": "image/png", "buffer": picture()})
    await device.get_by_test_id("photo").click()
    await expect(page.get_by_role("dialog").get_by_role("img", name="Foto uit het gesprek")).to_be_visible()
    await page.keyboard.press("Escape")
    await device.get_by_role("button", name="Sticker", exact=True).click()
    await page.get_by_role("menuitem", name="Sticker 🙏").click()
    await expect(last(device, "me").get_by_role("img", name="Sticker")).to_have_text("🙏")
    assert (await demo.hears("message", "photo"))["photo"]
    assert (await demo.hears("message", "sticker"))["sticker"]["emoji"] == "🙏"


async def test_places_and_numbers_can_be_tapped(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?only=102", width=390, height=844)
    device = phone(page)
    await begin(device)
    await write(device, "plaats")
    await expect(device.get_by_test_id("place")).to_contain_text("Voorbeeldstraat 12")
    await expect(device.get_by_role("link", name="Open in kaart")).to_have_attribute(
        "href", re.compile("mlat=51.2&mlon=4.4")
    )
    await write(device, "nummer")
    await expect(device.get_by_test_id("contact").get_by_role("link")).to_have_attribute("href", "tel:078150100")


async def test_someone_without_a_phone_gets_a_dot(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?left=102&right=201")
    device = phone(page)
    await begin(device)
    await device.get_by_test_id("picker").click()
    await device.get_by_test_id("person-101").click()
    await expect(device.get_by_role("heading")).to_have_text("Telefoon van Amina")
    await demo.bot.call("sendMessage", chat_id=102, text="Er is nieuws")
    await device.get_by_test_id("picker").click()
    await page.keyboard.press("Escape")
    dot = device.get_by_test_id("person-102").get_by_label("nieuw bericht")
    await expect(device.locator(".owner .dot")).to_be_visible()
    await device.get_by_test_id("picker").click()
    await expect(dot).to_be_visible()
    await device.get_by_test_id("person-102").click()
    await expect(device.get_by_text("Er is nieuws")).to_be_visible()


async def test_blocking_hides_the_text_field_and_unblocking_brings_it_back(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?only=102")
    device = phone(page)
    await begin(device)
    await device.get_by_test_id("menu").click()
    await page.get_by_role("menuitem", name="Blokkeer de bot").click()
    await expect(device.get_by_test_id("field")).to_be_hidden()
    with pytest.raises(RuntimeError, match="blocked"):
        await demo.bot.call("sendMessage", chat_id=102, text="hoor je mij?")
    await device.get_by_role("button", name="Deblokkeer de bot").click()
    await write(device, "terug")
    await expect(last(device)).to_contain_text("Je zei: terug")


async def test_the_phone_finds_a_sandbox_again_that_was_restarted(demo: Demo, browser: Browser, tmp_path: Path) -> None:
    page = await browser.open(f"{demo.url}/?only=101", width=390, height=844)
    device = phone(page)
    await begin(device)
    await demo.sandbox.stop()
    await expect(device.get_by_test_id("line")).to_contain_text("Geen verbinding, ik probeer opnieuw…")
    port = int(demo.url.rsplit(":", 1)[1])
    demo.sandbox = _sandbox(tmp_path, demo.moved, port)
    await demo.sandbox.start()
    await expect(device.get_by_test_id("line")).to_be_hidden()
    await write(device, "ben je er nog")
    await expect(last(device)).to_contain_text("Je zei: ben je er nog")
    await expect(device.get_by_text("Welkom groep-1")).to_have_count(1)
    browser.complaints.clear()


async def test_the_clock_moves_when_asked(demo: Demo, browser: Browser) -> None:
    page = await browser.open(f"{demo.url}/?left=101&right=201")
    await expect(page.locator(".clock-day")).to_have_text("woensdag 18 november 2026")
    await page.get_by_role("button", name="Naar de avond voor de bijeenkomst").click()
    await expect(page.locator(".clock-day")).to_have_text("donderdag 19 november 2026")
    await page.get_by_test_id("clock-more").click()
    await page.get_by_role("menuitem", name="Volgende dag").click()
    await expect(page.locator(".clock-day")).to_have_text("vrijdag 20 november 2026")
    assert demo.moved == ["evening", "day"]


@pytest.mark.parametrize(
    ("width", "height"), [pytest.param(390, 844, id="phone"), pytest.param(1280, 800, id="laptop")]
)
async def test_axe_finds_nothing_wrong(demo: Demo, browser: Browser, width: int, height: int) -> None:
    page = await browser.open(f"{demo.url}/?left=101&right=201", width=width, height=height, bypass_csp=True)
    device = phone(page)
    assert await violations(page) == []
    await begin(device)
    for words in ("stem", "plaats", "nummer", "arabisch"):
        await write(device, words)
        await expect(last(device, "me")).to_contain_text(words)
    await device.get_by_role("button", name="👍 Ja").last.click()
    await expect(device.get_by_text("Je koos ja.")).to_be_visible()
    await last(device).get_by_test_id("reply").click()
    assert await violations(page) == []
    for opener in ("picker", "attach", "menu"):
        await device.get_by_test_id(opener).click()
        assert await violations(page) == []
        await page.keyboard.press("Escape")


async def violations(page: Page) -> list[str]:
    found = await Axe().run(page)
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found.response["violations"]]
