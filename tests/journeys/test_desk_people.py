"""Who comes in and how, at the desk on a phone: a sheet that is stopped, the waiting list, the person beside her, a new telephone."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
from playwright.async_api import Page, expect

from tests.given.waiting import until
from tests.journeys.conftest import Browser
from tests.journeys.test_desk import _faults, inside, reads, send
from tests.journeys.test_the_day import Demo, demo

SAMIRA, PARTNER, NEW_PHONE = 1777, 1778, 1779
WIDTH = 390
__all__ = ["demo"]


async def arrives(demo: Demo, name: str, person: int) -> None:
    """Somebody with Telegram whom the demo does not know yet."""
    who = {"person": {"first_name": name, "language_code": "ar"}}
    async with aiohttp.ClientSession() as http, http.post(f"{demo.url}/client/{person}/send", json=who) as answer:
        assert answer.status == 200, await answer.text()


async def taps(demo: Demo, person: int, begins: str) -> None:
    """The newest button of the bot that begins so, once it is there and newer than what she tapped before."""

    async def buttons() -> list[tuple[str, int]]:
        keys = ((b["text"], m["id"]) for m in await demo.seen_by(person) for row in m.get("buttons") or [] for b in row)
        return [(label, message) for label, message in keys if re.match(begins, label)]

    label, message = (await until(buttons, f"{person} sees no button “{begins}”"))[-1]
    await send(demo, person, button=label, message_id=message)


async def comes_in(demo: Demo, person: int, code: str) -> None:
    """She presses Start on the sheet, chooses Arabic, agrees, and does not practise."""
    await send(demo, person, start=code)
    await taps(demo, person, r".*العربية")
    await reads(demo, person, "هل توافقين")
    await taps(demo, person, "1 ✅")
    await reads(demo, person, "الشمس")
    await taps(demo, person, "2 🏠")
    await reads(demo, person, "عن ماذا تبحثين")


async def sheet(demo: Demo, page: Page, faults: list[str]) -> str:
    """Rose makes an invitation in Arabic; the code that stands on it."""
    await page.goto(f"{demo.url}/console/groep")
    await page.get_by_label("Taal van de uitnodiging").select_option("ar")
    await page.get_by_role("button", name="Maak de uitnodiging").click()
    await expect(page.get_by_alt_text("QR-code van de uitnodiging")).to_be_visible()
    await expect(page.locator(".hello")).to_have_attribute("dir", "rtl")
    faults += await _faults(page, WIDTH)
    return (await page.locator(".link").inner_text()).rpartition("start=")[2].strip("\u2068\u2069 ")


async def test_a_sheet_in_wrong_hands_the_waiting_list_her_partner_and_her_new_telephone(
    demo: Demo, browser: Browser
) -> None:
    page, faults = await inside(demo, browser, WIDTH), list[str]()
    await _a_stopped_sheet_lets_nobody_in(demo, page, faults)
    await _the_group_is_full_and_rose_lets_her_in(demo, page, faults)
    await _whom_she_chose_beside_her(demo, page, faults)
    await _her_new_telephone(demo, page, faults)
    assert faults == []


async def _a_stopped_sheet_lets_nobody_in(demo: Demo, page: Page, faults: list[str]) -> None:
    lost = await sheet(demo, page, faults)
    await page.goto(f"{demo.url}/console/groep")
    await page.get_by_role("button", name=re.compile("Stop deze link.*Arabisch")).first.click()
    await expect(page.get_by_text("Die link werkt niet meer.")).to_be_visible()
    faults += await _faults(page, WIDTH)
    await arrives(demo, "Samira", SAMIRA)
    await comes_in(demo, SAMIRA, lost)
    await reads(demo, SAMIRA, "هذا الرابط قديم جدا")
    assert demo.rows("SELECT group_id FROM mothers WHERE chat_id = ?", SAMIRA) == [(None,)]


async def _the_group_is_full_and_rose_lets_her_in(demo: Demo, page: Page, faults: list[str]) -> None:
    await page.goto(f"{demo.url}/console/huis/instellingen")
    await page.get_by_label("Plaats voor zoveel moeders").fill("2")
    await page.get_by_role("button", name="Bewaren").last.click()
    await expect(page.get_by_text("Bewaard.")).to_be_visible()
    await send(demo, SAMIRA, start=await sheet(demo, page, faults))
    await reads(demo, SAMIRA, "قائمة الانتظار")
    await page.goto(f"{demo.url}/console/groep")
    await expect(page.get_by_role("heading", name="Wachtlijst (1)")).to_be_visible()
    faults += await _faults(page, WIDTH)
    await page.get_by_role("button", name=re.compile("Toelaten")).click()
    await expect(page.get_by_text("Zij hoort er nu bij, en hoort dat in haar taal.")).to_be_visible()
    await expect(page.get_by_text("3 van 2")).to_be_visible()
    assert demo.rows("SELECT count(*) > 0 FROM deliveries WHERE unique_key LIKE 'admitted:%'") == [(1,)]


async def _whom_she_chose_beside_her(demo: Demo, page: Page, faults: list[str]) -> None:
    await page.get_by_role("link", name="Samira").click()
    await expect(page.get_by_text("niemand")).to_be_visible()
    faults += await _faults(page, WIDTH)
    await taps(demo, SAMIRA, "4 ⚙️")
    await reads(demo, SAMIRA, "ماذا تريدين أن تغيري")
    await taps(demo, SAMIRA, "5 ")
    await reads(demo, SAMIRA, "أن يسمع زوجك شيئا")
    await taps(demo, SAMIRA, "2 ")
    said: list[dict[str, Any]] = await demo.told(SAMIRA, "start=")
    await arrives(demo, "Karim", PARTNER)
    await send(demo, PARTNER, start=said[-1]["text"].rpartition("start=")[2])
    await demo.comes_to("SELECT count(*) FROM partners WHERE chat_id IS NOT NULL", [(1,)])
    await page.reload()
    await expect(page.get_by_text("niemand")).to_have_count(0)
    await demo.seen_by(PARTNER, at_least=1)


async def _her_new_telephone(demo: Demo, page: Page, faults: list[str]) -> None:
    await arrives(demo, "Samira", NEW_PHONE)
    await comes_in(demo, NEW_PHONE, await sheet(demo, page, faults))
    await page.goto(f"{demo.url}/console/groep")
    await page.get_by_role("table").get_by_role("link", name="Samira").click()
    await page.get_by_role("link", name="Ze heeft een nieuwe telefoon").click()
    await expect(page).to_have_url(re.compile("/telefoon$"))
    faults += await _faults(page, WIDTH)
    await page.get_by_role("link", name="Samira").last.click()
    await expect(page.get_by_label(re.compile("Ik sprak haar zelf"))).to_be_visible()
    faults += await _faults(page, WIDTH)
    await page.get_by_label(re.compile("Ik sprak haar zelf")).check()
    await page.get_by_role("button", name="Verbind de nieuwe telefoon").click()
    await expect(page.get_by_text("De nieuwe telefoon is verbonden.")).to_be_visible()
    assert demo.rows("SELECT chat_id FROM mothers WHERE first_name = 'Samira'") == [(NEW_PHONE,)]
    assert demo.rows("SELECT count(*) FROM partners WHERE chat_id IS NOT NULL") == [(1,)], "who was beside her still is"
    await page.goto(f"{demo.url}/console/huis/logboek")
    await expect(page.get_by_text("Samira").first).to_be_visible()
    faults += await _faults(page, WIDTH)
