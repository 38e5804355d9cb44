"""Choosing by the pictures that mothers see: small enough for a phone, and what is chosen is kept."""

from __future__ import annotations

import io

import httpx
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.models import Meeting
from tests.console.conftest import Desk


async def test_a_picture_is_small_and_what_does_not_exist_is_not_there(desk: Desk, rose: httpx.AsyncClient) -> None:
    found = await rose.get("/console/plaatje/health")
    assert found.headers["content-type"] == "image/png"
    assert len(found.content) < 12_000
    assert Image.open(io.BytesIO(found.content)).size == (144, 144)
    assert (await rose.get("/console/plaatje/nothing-like-it")).status_code == 404


async def test_a_theme_is_chosen_from_pictures_and_seen_with_the_meeting(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    url = f"/console/bijeenkomsten/{desk.coming[0].id}"
    page = (await rose.get(f"{url}/wat")).text
    assert 'src="/console/plaatje/housing"' in page
    await rose.post(f"{url}/wat", data={"kind": "lesson", "theme": "housing"})
    assert (await second.get_one(Meeting, desk.coming[0].id)).theme == "housing"
    assert "💬 Wonen" in (await rose.get(url)).text
    await rose.post(f"{url}/wat", data={"kind": "lesson", "theme": "raketten"})
    await second.rollback()
    assert (await second.get_one(Meeting, desk.coming[0].id)).theme == ""
