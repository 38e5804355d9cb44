"""The built-in phone: every step in every language can be seen, walked through, and changes nothing."""

from __future__ import annotations

import html
import json
import re

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care.content import Content
from bot.console import preview_room
from bot.console.preview_room import speaking
from bot.db.models import Base
from tests.console.conftest import Desk

pytestmark = pytest.mark.timeout(600)  # many words are spoken


def keys(page: str) -> dict[str, str]:
    """The buttons of the phone: label → address."""
    return {
        html.unescape(label): html.unescape(url)
        for url, label in re.findall(r'class="key" href="([^"]+)"[^>]*>([^<]+)<', page)
    }


async def rows(second: AsyncSession) -> dict[str, int]:
    return {
        t.name: (await second.execute(select(func.count()).select_from(t))).scalar_one()
        for t in Base.metadata.sorted_tables
    }


async def test_a_flow_is_walked_by_its_buttons_and_nothing_is_written(
    rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    before = await rows(second)
    page = (await rose.get("/console/voorbeeld?taal=nl&stap=home.menu")).text
    at = keys(page)
    assert len(at) >= 4
    for url in at.values():
        page = (await rose.get(url)).text
        assert 'class="bubble"' in page or "Kies wat er uitkomt" in page
    await second.rollback()
    assert await rows(second) == before


async def test_where_the_bot_looks_something_up_the_colleague_chooses(
    rose: httpx.AsyncClient, content: Content
) -> None:
    doing = next(step for step in content.flows.values() if step.flow == "meeting" and step.do)
    page = (await rose.get(f"/console/voorbeeld?taal=nl&stap={doing.name}")).text
    assert "Kies wat er uitkomt" in page
    for name in doing.on:
        assert f"<code>{name}</code>" in page
    (url, *_) = [html.unescape(u) for u in re.findall(r'href="([^"]+)"><code>', page)]
    assert (await rose.get(url)).status_code == 200


@pytest.mark.parametrize("lang", ["nl", "ar", "ti", "so"])
async def test_every_step_can_be_shown(rose: httpx.AsyncClient, content: Content, lang: str, desk: Desk) -> None:
    visit = type("Visit", (), {"desk": desk.app.state.desk, "now": desk.clock.now()})
    for name in speaking(content):
        screen = preview_room._after(visit, lang, name, "")  # type: ignore[arg-type]
        assert screen.said, name
    assert (await rose.get(f"/console/voorbeeld?taal={lang}")).status_code == 200


async def test_a_language_without_a_voice_says_so(rose: httpx.AsyncClient) -> None:
    page = (await rose.get("/console/voorbeeld?taal=so&stap=home.menu")).text
    assert "Geen stem: zij krijgt alleen de tekst." in page


async def test_the_phone_plays_and_shows(rose: httpx.AsyncClient) -> None:
    page = (await rose.get("/console/voorbeeld?taal=uk&stap=home.menu")).text
    (sound, *_) = re.findall(r'src="(/console/voorbeeld/klank[^"]+)"', page)
    (picture, *_) = re.findall(r'src="(/console/voorbeeld/beeld[^"]+)"', page)
    assert (await rose.get(html.unescape(sound))).content[:4] == b"OggS"
    assert (await rose.get(html.unescape(picture))).content[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    "state",
    [
        pytest.param("x", id="no state"),
        pytest.param(preview_room._packed({"at": "nowhere", "slots": {}}), id="no such step"),
        pytest.param(preview_room._packed({"at": "home.menu", "slots": 7}), id="no slots"),
        pytest.param("eyJ0byI6", id="half a state"),
    ],
)
async def test_an_address_that_we_did_not_make_is_not_there(rose: httpx.AsyncClient, state: str) -> None:
    assert (await rose.get("/console/voorbeeld", params={"taal": "nl", "s": state})).status_code == 404


async def test_no_address_shows_a_mothers_photo(desk: Desk, rose: httpx.AsyncClient) -> None:
    (desk.media / "geheim.jpg").write_bytes(b"\xff\xd8secret")
    steps = [
        {"at": name, "slots": {"photos": ["geheim.jpg"]}, "kind": "x"} for name in ("meeting.when", "reminder.evening")
    ]
    for did in steps:
        state = preview_room._packed(json.loads(json.dumps(did)))
        for n in range(3):
            answer = await rose.get("/console/voorbeeld/beeld", params={"taal": "nl", "s": state, "n": n})
            assert b"secret" not in answer.content
