"""The inbox in a real browser, further: ready answers, notes beside a recording, two colleagues at once, the red bar, no scripts."""

from __future__ import annotations

import base64
import re

from playwright.async_api import FilePayload, Page, expect

from tests.journeys.conftest import Browser
from tests.journeys.scripted import TWO_SECONDS, tone
from tests.journeys.test_desk import GRACE, appears, ask, enter, inside, link, reads
from tests.journeys.test_desk import _faults as faults_of
from tests.journeys.test_the_day import FATOU, Demo, demo, hums

WARD = 2002
__all__ = ["demo"]


async def test_a_note_beside_a_recording_disturbs_nothing_and_a_ready_answer_is_heard(
    demo: Demo, browser: Browser
) -> None:
    page = await inside(demo, browser, width=390)
    await ask(demo, FATOU, voice=base64.b64encode(tone(523, 2.0)).decode(), duration=2)
    card = page.locator("article.question").filter(has_text="Fatou")
    await expect(card).to_be_visible()
    await card.get_by_role("button", name="Antwoord inspreken").click()
    box = card.get_by_label("Of typ een antwoord aan Fatou")
    await box.fill("Half getypt")
    await card.get_by_text("Notitie of drempel").click()
    await card.get_by_label("Notitie: alleen collega’s zien ze").fill("Bel het loket.")
    await card.get_by_role("button", name="Notitie bewaren").click()
    await expect(card.get_by_text("Bel het loket.")).to_be_visible()
    await card.get_by_text("Notitie of drempel").click()
    await card.get_by_label("te duur").check()
    await card.get_by_role("button", name="Drempels bewaren").click()
    await expect(card.locator(".badge", has_text="te duur")).to_be_visible()
    assert await box.input_value() == "Half getypt"
    await expect(card.get_by_text(TWO_SECONDS)).to_be_visible()
    await card.get_by_role("button", name="Stop").click()
    await expect(card.get_by_text("Luister eventueel terug.")).to_be_visible()
    await box.fill("")
    await card.get_by_role("button", name="Versturen").click()
    await expect(card.get_by_text("Antwoord van jou")).to_be_visible()
    await hums(demo, FATOU, 440)
    assert demo.rows("SELECT barrier FROM question_barriers") == [("cost",)]

    await ask(demo, GRACE, text="How much is childcare?")
    second = page.locator("article.question").filter(has_text="Grace")
    await expect(second).to_be_visible()
    await second.get_by_role("link", name="Klaar antwoord").click()
    await page.get_by_role("link", name=re.compile("Wat kost opvang")).click()
    await expect(page.get_by_role("button", name="Verstuur dit naar Grace")).to_be_visible()
    loaded = await page.locator("audio").first.evaluate("one => fetch(one.src).then(r => r.status)")
    assert loaded == 200
    await page.get_by_role("button", name="Verstuur dit naar Grace").click()
    await expect(page.get_by_text("Verstuurd. Zij hoort jouw antwoord.")).to_be_visible()
    await reads(demo, GRACE, "income")


async def test_two_colleagues_at_once_do_not_collide_and_an_urgent_one_is_a_red_bar(
    demo: Demo, browser: Browser
) -> None:
    rose = await inside(demo, browser)
    ward = await browser.open(await link(demo, WARD), width=390, height=844, microphone=False)
    await enter(ward)
    await ask(demo, FATOU, text="Au secours, mon mari me frappe")
    theirs = [p.locator("article.question").filter(has_text="Fatou") for p in (rose, ward)]
    for card in theirs:
        await expect(card).to_be_visible()
        await card.locator("textarea[name=text]").fill("Ik bel je nu.")
    await expect(rose.get_by_text("1 dringende vraag wacht op antwoord.")).to_be_visible()
    await theirs[0].get_by_role("button", name="Versturen").click()
    await expect(theirs[0].get_by_text("Antwoord van jou")).to_be_visible()
    late = theirs[1].get_by_text("al geantwoord door Rose")
    await expect(late).to_be_visible()
    await expect(ward.locator("#lists .count")).to_have_count(0)
    await expect(ward).to_have_title("Vragen · Stapsteen")
    assert await theirs[1].locator("textarea[name=text]").input_value() == "Ik bel je nu."
    assert demo.rows("SELECT count(*) FROM question_parts WHERE \"by\" = 'staff'") == [(1,)]
    await theirs[1].get_by_role("button", name="Antwoord inspreken").click()
    await expect(theirs[1].get_by_text("mag de microfoon niet gebruiken")).to_be_visible()
    file = FilePayload(name="stem.ogg", mimeType="audio/ogg", buffer=tone(330, 1.5))
    await theirs[1].locator("input[type=file]").set_input_files(file)
    await theirs[1].get_by_role("button", name="Toch ook sturen").click()
    await hums(demo, FATOU, 330)
    await rose.goto(f"{demo.url}/console/bijeenkomsten")
    await expect(rose.get_by_text("dringende vraag")).to_have_count(0)
    await ask(demo, GRACE, text="Help, he hits me")
    await appears(rose, rose.get_by_text("dringende vraag"))
    await expect(rose.get_by_text("1 dringende vraag wacht op antwoord.")).to_be_visible()


async def test_around_a_question_works_without_scripts_and_for_everybody(demo: Demo, browser: Browser) -> None:
    await ask(demo, FATOU, text="Où est la crèche ?")
    page = await browser.open(await link(demo), java_script_enabled=False)
    await enter(page)
    card = page.locator("article.question").filter(has_text="Fatou")
    await appears(page, card)
    await card.get_by_text("Notitie of drempel").click()
    await card.get_by_label("Notitie: alleen collega’s zien ze").fill("Bel het loket.")
    await card.get_by_role("button", name="Notitie bewaren").click()
    await expect(page.get_by_text("De notitie is bewaard.")).to_be_visible()
    await page.get_by_role("link", name="Klaar antwoord").click()
    await page.get_by_label("Zoek in de antwoorden").fill("opvang zoeken")
    await page.get_by_role("button", name="Zoeken").click()
    await page.get_by_role("link", name=re.compile("Opvang zoeken")).first.click()
    await page.get_by_role("button", name="Verstuur dit naar Fatou").click()
    await expect(page.get_by_text("Verstuurd. Zij hoort jouw antwoord.")).to_be_visible()
    for width in (390, 1280):
        await _every_page(demo, browser, width)


async def _every_page(demo: Demo, browser: Browser, width: int) -> None:
    page: Page = await inside(demo, browser, width)
    faults = []
    for name in (
        *("vragen?lijst=handed", "vragen?lijst=answered", "vragen/1", "vragen/1/klaar", "vragen/1/klaar?zoek=xyzzy"),
        *("vragen/1/klaar/opvang_prijs", "afwezig", "onderwerpen", "onderwerpen/nieuw/1"),
    ):
        await page.goto(f"{demo.url}/console/{name}")
        faults += await faults_of(page, width)
    await page.get_by_label("Op de knop").fill("Opvang in de buurt")
    await page.get_by_label("Het antwoord, in korte zinnen").fill("Vraag het aan het loket.")
    await page.get_by_role("button", name="Bewaren als ontwerp").click()
    await expect(page.get_by_role("link", name="Downloaden")).to_be_visible()
    faults += await faults_of(page, width)
    assert faults == []
