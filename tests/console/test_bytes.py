"""A page is light: with its stylesheets, scripts and pictures it comes over a poor line in a breath."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from bot.care import announcements
from bot.db.models import Group
from tests.care.conftest import NOON
from tests.console.conftest import Desk

pytestmark = pytest.mark.timeout(600)  # every page with all that it brings
MOST = 150 * 1024
NO_PAGES = (
    "/console/vragen/live",
    "/console/media/",
    "/klank",
    "/bestand",
    ".zip",
    ".xlsx",
    ".ics",
    "/proef/",
    "/opname/",
)
WITH = re.compile(r'<(?:link rel="(?:stylesheet|icon)"|script|img)[^>]*?(?:href|src)="([^"]+)"')


def pages(desk: Desk, question: int, announcement: int) -> list[str]:
    """The address of every page that can be opened as it is, filled in with what is Rose's."""
    known = {"lang": "fr", "key": "home.menu.text", "kind": "celebrate", "act": "afgelasten"}
    found = []
    for path, methods in desk.app.openapi()["paths"].items():
        if "get" not in methods or any(part in path for part in NO_PAGES):
            continue
        number = question if "/vragen/{" in path else announcement if "/aankondigen/{" in path else desk.group.id
        number = desk.coming[0].id if "/bijeenkomsten/{" in path else number
        found.append(re.sub(r"\{(\w+)\}", lambda slot, n=number: str(known.get(slot[1], n)), path))  # type: ignore[misc]
    return sorted(found)


async def weight(browser: httpx.AsyncClient, page: httpx.Response, known: dict[str, int]) -> int:
    """Bytes over the wire of a page and of everything it brings at once. known: address → bytes, of what was asked before."""
    total = int(page.headers["content-length"])
    for found in {html.unescape(url) for url in WITH.findall(page.text)}:
        if not found.startswith("data:"):
            if found not in known:
                known[found] = int((await browser.get(found)).headers.get("content-length", 0))
            total += known[found]
    return total


async def test_every_page_is_under_150_kilobytes(desk: Desk, rose: httpx.AsyncClient) -> None:
    question = await desk.asks(desk.amina, "Mag ik iets vragen?")
    async with desk.db.begin() as session:
        group = await session.get_one(Group, desk.group.id)
        made = await announcements.draft(session, group, desk.rose, "own", NOON, text="Dag")
    weighed: dict[str, int] = {}
    known: dict[str, int] = {}
    for url in pages(desk, question.id, made.id):
        page = await rose.get(url, headers={"accept-encoding": "gzip"})
        if page.status_code == 200 and page.headers["content-type"].startswith("text/html"):
            weighed[url] = await weight(rose, page, known)
    print(*(f"{n:7} {url}" for url, n in sorted(weighed.items(), key=lambda pair: -pair[1])), sep="\n")
    assert len(weighed) > 30
    assert {url: n for url, n in weighed.items() if n > MOST} == {}
