"""In and out of the desk: by a link of the bot, once, for a while."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import desk as telegram_desk
from bot.care import logins, staff
from bot.care.content import Content
from bot.console.desk import console
from bot.db.console_models import DeskSession, Knock, Login
from bot.db.models import Arrival, Delivery, Staff
from bot.messages import Heard
from tests.care.conftest import NOON
from tests.console.conftest import Desk


async def test_without_a_session_every_door_leads_to_the_login_page(desk: Desk) -> None:
    answer = await desk.browser().get("/console/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/login")
    page = await desk.browser().get("/console/login")
    assert page.status_code == 200
    assert "/desk" in page.text


async def test_a_link_opens_the_desk_once(desk: Desk) -> None:
    link = await desk.link(desk.rose)
    first, second = desk.browser(), desk.browser()
    assert (await first.post(link)).headers["location"] == "/console/"
    assert (await first.get("/console/vragen")).status_code == 200
    refused = await second.post(link)
    assert refused.status_code == 410
    assert "set-cookie" not in refused.headers
    assert (await second.get("/console/vragen")).status_code == 303


PREVIEWS = (
    "TelegramBot (like TwitterBot)",
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (Windows NT 10.0) a browser that keeps no cookies",
)


@pytest.mark.parametrize("agent", PREVIEWS)
async def test_a_link_preview_neither_spends_nor_keeps_the_link(desk: Desk, agent: str) -> None:
    link = await desk.link(desk.rose)
    for _ in range(3):
        robot = desk.browser()
        robot.headers["user-agent"] = agent
        answer = await robot.get(link)
        if answer.is_redirect:  # a robot follows, and keeps no cookie
            robot.cookies.clear()
            answer = await robot.get(answer.headers["location"])
        assert "Binnengaan" in answer.text
    hers = desk.browser()
    assert "Binnengaan" in (await hers.get(link, follow_redirects=True)).text
    assert (await hers.post(link)).headers["location"] == "/console/"


async def test_a_forwarded_link_is_of_no_use_once_she_opened_it(desk: Desk) -> None:
    link, hers, thief = await desk.link(desk.rose), desk.browser(), desk.browser()
    await hers.get(link, follow_redirects=True)
    looked = await thief.get(link, follow_redirects=True)
    assert looked.status_code == 410
    assert "op een ander toestel geopend" in looked.text
    assert (await thief.post(link)).status_code == 410
    assert (await thief.get("/console/vragen")).status_code == 303
    thief.cookies.clear()
    assert (await thief.post(link)).status_code == 410
    assert (await hers.get(link, follow_redirects=True)).status_code == 200
    assert (await hers.post(link)).headers["location"] == "/console/"


async def test_her_telegram_tells_which_browser_came_in_and_puts_it_out_with_one_tap(
    desk: Desk, content: Content, second: AsyncSession
) -> None:
    thief, link = desk.browser(), await desk.link(desk.rose)
    await thief.post(link, headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"})
    said = await _said(second, desk)
    assert "Chrome op Windows is nu binnen" in said["text"]
    await _press(desk, content, said, "Niet ik")
    assert (await thief.get("/console/vragen")).status_code == 303


# ---------------------------------------------------------------- with a number, for a computer without Telegram


async def _number(browser: httpx.AsyncClient) -> str:
    page = await browser.post(
        "/console/login/getal", headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"}
    )
    found = re.search(r'class="number">(\d{3} \d{3})<', page.text)
    assert found, page.text
    return found[1]


@pytest.mark.parametrize(
    "written", ["{0}", "/desk {0}", "{1}", "{2}"], ids=["as shown", "after /desk", "whole", "dotted"]
)
async def test_a_computer_comes_in_by_its_number_and_her_yes(
    desk: Desk, content: Content, second: AsyncSession, written: str
) -> None:
    laptop = desk.browser()
    number = await _number(laptop)
    assert (await laptop.post("/console/login/getal/binnen", headers={"hx-request": "true"})).status_code == 204
    await _type(desk, content, written.format(number, number.replace(" ", ""), number.replace(" ", ".")))
    said = await _said(second, desk)
    assert "Chrome op Windows wil binnen" in said["text"]
    assert "wacht nog op jouw" in (await laptop.post("/console/login/getal/binnen", data={"getal": number})).text
    await _press(desk, content, said, "Ja, dat ben ik")
    came = await laptop.post("/console/login/getal/binnen", headers={"hx-request": "true"})
    assert came.headers["hx-redirect"] == "/console/"
    assert "Rose" in (await laptop.get("/console/vragen")).text
    late = await laptop.post(
        "/console/login/getal/binnen", headers={"hx-request": "true"}
    )  # asked before the answer had come
    assert (await laptop.get(late.headers["hx-redirect"])).headers["location"] == "/console/"
    assert "Chrome op Windows" in (await laptop.get("/console/toegang")).text


async def test_a_number_is_of_no_use_to_another_browser_without_her_yes_twice_or_late(
    desk: Desk, content: Content, second: AsyncSession
) -> None:
    laptop, other, door = desk.browser(), desk.browser(), "/console/login/getal/binnen"
    number = await _number(laptop)
    await _number(other)
    await _type(desk, content, number)
    said = await _said(second, desk)
    assert (await laptop.post(door, headers={"hx-request": "true"})).headers.get("hx-redirect") is None
    await _press(desk, content, said, "Nee")
    assert (await laptop.post(door)).status_code == 410
    await _press(desk, content, said, "Ja, dat ben ik")  # after the no it is too late
    assert (await laptop.post(door)).status_code == 410
    await _type(desk, content, await _number(laptop))
    await _press(desk, content, await _said(second, desk), "Ja, dat ben ik")
    assert (await other.post(door, data={"getal": number})).status_code == 200  # still waiting for its own
    assert (await laptop.post(door)).headers["location"] == "/console/"
    assert (await laptop.post(door)).status_code == 410
    slow = desk.browser()
    await _type(desk, content, await _number(slow))
    desk.clock.move(dt.timedelta(minutes=10, seconds=1))
    await _press(desk, content, await _said(second, desk), "Ja, dat ben ik")
    assert (await slow.post(door)).status_code == 410


async def test_nobody_asks_for_all_the_numbers_and_no_number_lies_in_the_database(
    desk: Desk, second: AsyncSession
) -> None:
    browser = desk.browser()
    number = await _number(browser)
    (kept,) = (await second.scalars(select(Knock))).all()
    assert number.replace(" ", "") not in (kept.number_hash, kept.browser_hash)
    assert kept.browser_hash != browser.cookies["deur"]
    for _ in range(logins.MOST_GUESSES - 1):
        await browser.post("/console/login/getal")
    assert (await browser.post("/console/login/getal")).status_code == 429
    assert len((await second.scalars(select(Knock.id))).all()) == 1  # one for each browser


async def test_six_digits_that_nobody_shows_are_words_like_any_others(
    desk: Desk, content: Content, second: AsyncSession
) -> None:
    await _type(desk, content, "482 913")
    assert "wil binnen" not in (await _said(second, desk))["text"]


async def _type(desk: Desk, content: Content, text: str) -> None:
    command, _, rest = text.partition(" ")
    chat = desk.rose.chat_id or 0
    if command == "/desk":
        await _hears(desk, content, Heard("command", chat, text="desk", payload=rest))
    else:
        await _hears(desk, content, Heard("text", chat, text=text))


async def _press(desk: Desk, content: Content, said: dict[str, Any], label: str) -> None:
    buttons = [button for row in said["buttons"] for button in row]
    at = next(n for n, button in enumerate(buttons) if label in button["label"])
    await _hears(desk, content, Heard("press", desk.rose.chat_id or 0, data=f"{said['token']}:{at}"))


async def _hears(desk: Desk, content: Content, heard: Heard) -> None:
    async with desk.db.begin() as session:
        number = (await session.scalar(select(func.count()).select_from(Arrival)) or 0) + 1000
        now = desk.clock.now()
        arrival = Arrival(
            channel="telegram:1", update_id=number, chat_id=heard.chat_id, raw={}, received_at=now, due_at=now
        )
        session.add(arrival)
        await session.flush()
        me = await session.get_one(Staff, desk.rose.id)
        await telegram_desk.handle(session, content, me, heard, None, now, arrival)


async def _said(second: AsyncSession, desk: Desk) -> dict[str, Any]:
    """What Rose heard last, with its token."""
    await second.rollback()
    query = select(Delivery).where(Delivery.chat_id == desk.rose.chat_id).order_by(Delivery.id.desc())
    found = (await second.scalars(query)).first()
    assert found is not None
    return {**found.utterance, "token": found.token}


async def test_a_link_is_too_old_after_ten_minutes(desk: Desk) -> None:
    link = await desk.link(desk.rose)
    desk.clock.move(dt.timedelta(minutes=10, seconds=1))
    assert (await desk.browser().post(link)).status_code == 410


async def test_a_new_link_ends_the_older_one(desk: Desk) -> None:
    older, newer = await desk.link(desk.rose), await desk.link(desk.rose)
    assert (await desk.browser().post(older)).status_code == 410
    assert (await desk.browser().post(newer)).status_code == 303


async def test_an_unknown_link_is_refused(desk: Desk) -> None:
    assert (await desk.browser().post("/console/login/nonsense")).status_code == 410


async def test_no_secret_lies_in_the_database(desk: Desk, second: AsyncSession) -> None:
    link = await desk.link(desk.rose)
    browser = desk.browser()
    await browser.post(link)
    secret, code = browser.cookies["bureau"], link.rpartition("/")[2]
    kept = [*(await second.scalars(select(Login.code_hash))), *(await second.scalars(select(DeskSession.secret_hash)))]
    assert len(kept) == 2
    assert not {secret, code} & set(kept)


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: Desk, content: Content) -> None:
    said = (await desk.browser().post(await desk.link(desk.rose))).headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    desk.app = console(
        desk.db, content, desk.app.state.desk.clips, desk.media, desk.clock, "https://stap.example/console"
    )
    said = (await desk.browser().post((await desk.link(desk.rose)).replace("https://stap.example", ""))).headers[
        "set-cookie"
    ]
    assert said.startswith("__Host-bureau=")
    assert "Secure" in said
    assert "Path=/;" in said + ";"


async def test_who_does_nothing_for_a_working_day_is_out(desk: Desk) -> None:
    rose = await desk.inside(desk.rose)
    desk.clock.move(logins.INSIDE - dt.timedelta(minutes=1))
    assert (await rose.get("/console/vragen")).status_code == 200
    desk.clock.move(logins.INSIDE - dt.timedelta(minutes=1))
    assert (await rose.get("/console/vragen")).status_code == 200
    desk.clock.move(logins.INSIDE + dt.timedelta(minutes=1))
    assert (await rose.get("/console/vragen")).status_code == 303


async def test_logging_out_ends_this_browser_or_all(desk: Desk) -> None:
    here, there, third = [await desk.inside(desk.rose) for _ in range(3)]
    secret = here.cookies["bureau"]
    assert (await here.post("/console/logout")).headers["location"] == "/console/login"
    stolen = desk.browser()
    stolen.cookies.set("bureau", secret)
    assert (await stolen.get("/console/vragen")).status_code == 303
    assert (await there.get("/console/vragen")).status_code == 200
    await third.post("/console/logout", data={"everywhere": "yes"})
    assert (await there.get("/console/vragen")).status_code == 303


async def test_a_colleague_who_was_removed_is_out_at_once(desk: Desk) -> None:
    els = await desk.inside(desk.els)
    async with desk.db.begin() as session:
        await staff.remove(session, await session.get_one(Staff, desk.els.id))
    assert (await els.get("/console/vragen")).status_code == 303


async def test_the_bot_gives_staff_a_link_and_blots_it_out_once_it_is_used(
    desk: Desk, content: Content, second: AsyncSession
) -> None:
    chat = desk.rose.chat_id or 0
    async with desk.db.begin() as session:
        arrival = Arrival(channel="telegram:1", update_id=1, chat_id=chat, raw={}, received_at=NOON, due_at=NOON)
        session.add(arrival)
        await session.flush()
        me = await session.get_one(Staff, desk.rose.id)
        await telegram_desk.handle(session, content, me, Heard("command", chat, text="desk"), None, NOON, arrival)
    query = select(Delivery.utterance).where(Delivery.chat_id == chat, Delivery.about == "login")
    (said,) = list(await second.scalars(query))
    link = next(line for line in said["text"].splitlines() if "/login/" in line)
    assert link.startswith("http://desk.test/console/login/")
    assert (await desk.browser().post(link)).status_code == 303
    second.expire_all()
    (said,) = list(await second.scalars(query))
    assert "/login/" not in said["text"]


async def test_old_links_and_sessions_are_swept(desk: Desk, second: AsyncSession) -> None:
    await desk.inside(desk.rose)
    await desk.link(desk.els)
    later = desk.clock.now() + dt.timedelta(days=2)
    async with desk.db.begin() as session:
        await logins.sweep(session, later)
    assert list(await second.scalars(select(Login.id))) == []
    assert list(await second.scalars(select(DeskSession.id))) == []


async def test_a_house_without_a_desk_offers_no_link(desk: Desk) -> None:
    del desk.db.info["console"]
    async with desk.db.begin() as session:
        me = await session.get_one(Staff, desk.rose.id)
        assert not await logins.send(session, me, NOON, "k")


async def test_a_session_ends_after_a_week_however_often_she_came(desk: Desk) -> None:
    rose = await desk.inside(desk.rose)
    for _ in range(15):
        desk.clock.move(dt.timedelta(hours=11))
        assert (await rose.get("/console/huis")).status_code == 200
    desk.clock.move(dt.timedelta(hours=4))
    assert (await rose.get("/console/huis")).status_code == 303


async def test_a_new_login_changes_the_secret_and_ends_the_old_one(desk: Desk) -> None:
    rose = await desk.inside(desk.rose)
    before = rose.cookies["bureau"]
    await rose.post(await desk.link(desk.rose))
    assert rose.cookies["bureau"] != before
    thief = desk.browser()
    thief.cookies.set("bureau", before)
    assert (await thief.get("/console/huis")).status_code == 303


async def test_whoever_guesses_links_has_to_wait(desk: Desk) -> None:
    browser = desk.browser()
    for _ in range(logins.MOST_GUESSES):
        assert (await browser.post("/console/login/wrong")).status_code == 410
    link = await desk.link(desk.rose)
    assert (await browser.post(link)).status_code == 429
    desk.clock.move(dt.timedelta(minutes=9))
    link = await desk.link(desk.rose)
    desk.clock.move(dt.timedelta(minutes=2))
    assert (await browser.post(link)).status_code == 303


async def test_she_sees_where_she_is_inside_and_ends_one_of_them(desk: Desk) -> None:
    here, phone = await desk.inside(desk.rose), desk.browser()
    agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
    await phone.post(await desk.link(desk.rose), headers={"user-agent": agent})
    page = (await here.get("/console/toegang")).text
    assert "Chrome op Android" in page
    assert page.count("/einde") == 1
    number = page.split("/console/toegang/")[1].split("/")[0]
    els = await desk.inside(desk.els)
    await els.post(f"/console/toegang/{number}/einde")
    assert (await phone.get("/console/huis")).status_code == 200
    await here.post(f"/console/toegang/{number}/einde")
    assert (await phone.get("/console/huis")).status_code == 303
    assert (await here.get("/console/huis")).status_code == 200


async def test_a_spent_link_does_not_throw_out_who_is_inside(desk: Desk) -> None:
    link, browser = await desk.link(desk.rose), desk.browser()
    await browser.post(link)
    assert (await browser.post(link)).status_code == 410
    assert (await browser.get("/console/vragen")).status_code == 200


async def test_a_new_telephone_ends_what_the_old_one_opened(desk: Desk) -> None:
    browser = desk.browser()
    await browser.post(await desk.link(desk.rose))
    async with desk.db.begin() as session:
        person = await session.get_one(Staff, desk.rose.id)
        await staff.claim(session, await staff.renew(session, person, NOON), 7_654_321, NOON)
    assert (await browser.get("/console/vragen")).status_code == 303
