"""Announcing in a real browser, further: another voice by the microphone, who comes, a photo for one mother, no scripts."""

from __future__ import annotations

import io

from PIL import Image
from playwright.async_api import FilePayload, Page, expect

from tests.given.waiting import until
from tests.journeys.conftest import Browser
from tests.journeys.scripted import TWO_SECONDS
from tests.journeys.test_desk import GRACE, enter, inside, reads, send
from tests.journeys.test_desk import _faults as faults_of
from tests.journeys.test_desk import link as link_of_rose
from tests.journeys.test_the_day import FATOU, Demo, demo, hums

__all__ = ["demo"]


async def buttons(demo: Demo, person: int) -> list[str]:
    return [b["text"] for m in await demo.seen_by(person) for row in m.get("buttons", []) for b in row]


async def test_a_feast_is_said_by_microphone_in_french_and_who_comes_is_counted_live(
    demo: Demo, browser: Browser
) -> None:
    await demo.seen_by(FATOU, at_least=2)
    page = await inside(demo, browser, width=390)
    await page.goto(f"{demo.url}/console/aankondigen/nieuw/1/celebrate")
    await page.get_by_role("button", name="Bekijk het eerst").click()
    french = page.locator("#card-fr")
    await french.get_by_text("Nu zelf inspreken in het Frans").click()
    await french.get_by_role("button", name="Inspreken").click()
    await expect(french.get_by_text(TWO_SECONDS)).to_be_visible()
    await french.get_by_role("button", name="Stop").click()
    await expect(french.get_by_text("Luister eventueel terug.")).to_be_visible()
    await french.get_by_role("button", name="Bewaren").click()
    await expect(page.get_by_text("ingesproken door Rose")).to_be_visible()
    await page.get_by_text("Vragen wie komt").click()
    await page.get_by_role("button", name="Vraag het").click()
    await expect(page.get_by_text("Ze kunnen met één tik antwoorden")).to_be_visible()
    await page.get_by_role("button", name="Versturen naar 2 moeders").click()
    await expect(page.get_by_text("Nog geen antwoord (2)")).to_be_visible()
    await hums(demo, FATOU, 440)
    await reads(demo, GRACE, "party")

    async def asked() -> list[str]:
        return [label for label in await buttons(demo, FATOU) if "Je viens" in label]

    await send(demo, FATOU, button=(await until(asked, "Fatou was never asked whether she comes"))[-1])
    await demo.comes_to("SELECT answer FROM event_answers", [("come",)])
    await page.reload()
    await expect(page.get_by_text("Komt (1)")).to_be_visible()
    await expect(page.get_by_text("2 van 2 aangekomen")).to_be_visible()
    await page.get_by_role("button", name="Verbeteren").click()
    await page.get_by_label("Plaats").fill("Het park")
    await page.get_by_role("button", name="Bekijk het eerst").click()
    await page.get_by_role("button", name="Versturen naar 2 moeders").click()
    await reads(demo, GRACE, "This is the right message")
    await reads(demo, GRACE, "Het park")


async def test_a_photo_goes_to_one_mother_without_scripts_and_leaves_the_disk(demo: Demo, browser: Browser) -> None:
    await demo.seen_by(FATOU, at_least=2)
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "orange").save(out, "JPEG")
    page = await browser.open(await link_of_rose(demo), java_script_enabled=False)
    await enter(page)
    await page.goto(f"{demo.url}/console/aankondigen")
    await page.get_by_role("link", name="Een foto sturen").click()
    file = FilePayload(name="kind.jpg", mimeType="image/jpeg", buffer=out.getvalue())
    await page.get_by_label("Welke foto?").set_input_files(file)
    await page.get_by_label("Fatou").check()
    await page.get_by_role("button", name="Bekijk het eerst").click()
    await expect(page.get_by_alt_text("De foto").first).to_be_visible()
    await page.get_by_role("button", name="Versturen naar 1 moeder").click()

    async def photo() -> bool:
        return any(m["kind"] == "photo" and not m.get("caption") for m in (await demo.seen_by(FATOU))[-3:])

    await until(photo, "the photo never came")
    await demo.comes_to("SELECT count(*) FROM media WHERE kind = 'photo' AND staff_id IS NOT NULL", [(0,)])
    folder = demo.data / "media"
    assert list(folder.glob("*.jpg")) == []
    assert list((demo.data / "cache").rglob("photos/*.jpg")) == []
    assert not any("message de Rose" in str(m) for m in await demo.seen_by(GRACE))


async def test_a_plan_and_every_page_for_everybody(demo: Demo, browser: Browser) -> None:
    faults = []
    for width in (390, 1280):
        page: Page = await inside(demo, browser, width)
        for name in ("aankondigen", "aankondigen/foto/1", "aankondigen/eigen/1"):
            await page.goto(f"{demo.url}/console/{name}")
            faults += await faults_of(page, width)
        await page.get_by_label("Of typ je bericht").fill("Breng een jas mee.")
        await page.get_by_role("button", name="Bekijk het eerst").click()
        await expect(page.get_by_text("jouw woorden, niet vertaald").first).to_be_visible()
        faults += await faults_of(page, width)
        await page.get_by_role("link", name="Wijzigen").click()
        await expect(page.get_by_label("De tekst")).to_have_value("Breng een jas mee.")
        faults += await faults_of(page, width)
        await page.get_by_role("button", name="Bekijk het eerst").click()
        await page.get_by_text("Later versturen").click()
        await page.get_by_role("button", name="Plannen").click()
        await expect(page.get_by_text("Gepland. Het bericht vertrekt vanzelf.")).to_be_visible()
        faults += await faults_of(page, width)
        await page.goto(f"{demo.url}/console/aankondigen")
        await expect(page.get_by_role("heading", name="Gepland")).to_be_visible()
        faults += await faults_of(page, width)
    assert faults == []
    assert demo.rows("SELECT count(*) FROM announcements WHERE state = 'planned'") == [(2,)]
