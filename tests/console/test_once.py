"""A button pressed twice: one thing is made, and both presses lead to it."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from html import unescape

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import once
from bot.console.once import NAME
from bot.db.models import Announcement, Invite, Meeting, Note, Staff
from tests.console.conftest import Desk
from tests.journeys.scripted import tone


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, the second press waits for the first."""
    monkeypatch.setattr(once, "PATIENCE", 150.0)


EXTRA = {"day": "2026-11-25", "starts": "14:00", "ends": "16:00", "kind": "excursion"}


async def form(browser: httpx.AsyncClient, url: str, holds: str) -> str:
    """Where the form on this page goes to, as a browser reads it."""
    text = (await browser.get(url)).text
    found = re.search(rf'action="(/console/{holds}\?[^"]*)"', text)
    assert found, f"No form on {url} goes to {holds}"
    return unescape(found[1])


async def count(second: AsyncSession, what: type, *where: object) -> int:
    return await second.scalar(select(func.count()).select_from(what).where(*where)) or 0  # type: ignore[arg-type]


async def test_an_extra_meeting_is_made_once_however_quick_she_presses(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    to, sent = (
        await form(rose, "/console/bijeenkomsten/extra", "bijeenkomsten/extra"),
        {"group": desk.group.id, **EXTRA},
    )
    both = await asyncio.gather(*(rose.post(to, data=sent) for _ in range(2)))
    later = await rose.post(to, data=sent)
    assert {answer.headers["location"] for answer in both} == {later.headers["location"]}
    assert await count(second, Meeting, Meeting.kind == "excursion") == 1


async def test_other_words_in_the_same_form_are_another_thing(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    to = await form(rose, "/console/bijeenkomsten/extra", "bijeenkomsten/extra")
    for day in ("2026-11-25", "2026-12-02"):
        await rose.post(to, data={"group": desk.group.id, **EXTRA, "day": day})
    assert await count(second, Meeting, Meeting.kind == "excursion") == 2


async def test_after_a_mistake_the_same_button_works(desk: Desk, rose: httpx.AsyncClient, second: AsyncSession) -> None:
    to, sent = (
        await form(rose, "/console/bijeenkomsten/extra", "bijeenkomsten/extra"),
        {"group": desk.group.id, **EXTRA},
    )
    desk.clock.move(dt.timedelta(hours=30))  # the moment is over
    rose = await desk.inside(desk.rose)
    assert (await rose.post(to, data=sent)).status_code == 422
    desk.clock.move(dt.timedelta(hours=-30))
    assert (await rose.post(to, data=sent)).status_code == 303
    assert await count(second, Meeting, Meeting.kind == "excursion") == 1


async def test_a_recording_is_one_announcement_though_the_browser_sends_it_in_another_wrapping(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    where = f"aankondigen/eigen/{desk.group.id}"
    to, sound = await form(rose, f"/console/{where}", where), tone(440, 1.5)
    answers = [await rose.post(to, files={"voice": ("stem.ogg", sound, "audio/ogg")}) for _ in range(2)]
    assert answers[0].request.headers["content-type"] != answers[1].request.headers["content-type"]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert await count(second, Announcement) == 1


async def test_a_link_that_is_shown_once_is_the_same_for_both_presses(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    async with desk.db.begin() as session:
        session.add(Note(name="bot", value={"username": "stapsteen_bot"}))
    to = await form(rose, "/console/huis/team", "huis/team")
    bea = {"naam": "Bea", "rol": "guide", "groep": str(desk.group.id)}
    pages = await asyncio.gather(*(rose.post(to, data=bea) for _ in range(2)))
    assert pages[0].text == pages[1].text
    assert "start=" in pages[0].text
    assert await count(second, Staff, Staff.name == "Bea") == 1
    to = await form(rose, "/console/groep", f"groep/{desk.group.id}/uitnodiging")
    for _ in range(2):
        assert "flyer" in (await rose.post(to, data={"lang": "ar"})).text
    assert await count(second, Invite) == 1


async def test_a_stranger_claims_nothing_and_what_was_noted_is_let_go(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    to, sent = (
        await form(rose, "/console/bijeenkomsten/extra", "bijeenkomsten/extra"),
        {"group": desk.group.id, **EXTRA},
    )
    assert (await desk.browser().post(to, data=sent)).headers["location"].endswith("/login")
    assert await count(second, Note, Note.name.startswith(NAME)) == 0
    await rose.post(to, data=sent)
    assert await count(second, Note, Note.name.startswith(NAME)) == 1
    desk.clock.move(dt.timedelta(minutes=11))
    to = await form(rose, "/console/bijeenkomsten/extra", "bijeenkomsten/extra")
    await rose.post(to, data={**sent, "day": "2026-12-02"})
    await second.rollback()
    assert await count(second, Note, Note.name.startswith(NAME)) == 1


@pytest.mark.parametrize(
    ("page", "holds"),
    [
        ("aankondigen/nieuw/{g}/celebrate", "aankondigen/nieuw/{g}/celebrate"),
        ("aankondigen/foto/{g}", "aankondigen/foto/{g}"),
        ("bijeenkomsten/afspraken", "bijeenkomsten/afspraken/{g}"),
        ("groep/{g}/vragen", "groep/{g}/vragen/eigen"),
        ("groep/{g}/vragen", "groep/{g}/vragen/vertellen"),
        ("groep/{g}/jaar", "groep/{g}/jaar/kopie"),
        ("groep/{g}/buurt/nieuw", "groep/{g}/buurt/nieuw"),
        ("talen/fr", "talen/fr/vrijwilliger"),
        ("afwezig", "afwezig"),
    ],
)
async def test_what_makes_something_new_has_a_word_of_its_own(
    desk: Desk, rose: httpx.AsyncClient, page: str, holds: str
) -> None:
    page, holds = page.format(g=desk.group.id), holds.format(g=desk.group.id)
    words = [await form(rose, f"/console/{page}", holds) for _ in range(2)]
    assert words[0] != words[1]
