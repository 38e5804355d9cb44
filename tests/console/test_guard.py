"""The wrong person, the wrong site, the wrong words: nothing gets through, on any route."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import httpx
import pytest

from bot.console import files
from bot.db.models import Group
from tests.console.conftest import Desk

# which role may open which page, and another house: tests/console/test_rights.py


async def test_a_volunteer_sees_meetings_and_no_names(desk: Desk) -> None:
    vera = await desk.inside(desk.vera)
    page = await vera.get(f"/console/bijeenkomsten/{desk.coming[0].id}")
    assert "2 nog geen antwoord" in page.text
    assert "Amina" not in page.text
    assert (await vera.get("/console/")).headers["location"] == "/console/bijeenkomsten"


async def test_the_live_questions_are_for_who_is_inside(desk: Desk) -> None:
    live = await desk.browser().get("/console/vragen/live", headers={"hx-request": "true"})
    assert (live.status_code, live.headers["hx-redirect"]) == (401, "/console/login")


async def test_an_interpreter_sees_only_what_was_handed_to_her(desk: Desk) -> None:
    from tests.care.conftest import make_staff

    async with desk.db.begin() as session:
        nour = await make_staff(session, "Nour", "interpreter", await session.get_one(Group, desk.group.id))
    mine, other = await desk.asks(desk.amina, "Voor Nour"), await desk.asks(desk.fatou, "Niet voor Nour")
    rose, browser = await desk.inside(desk.rose), await desk.inside(nour)
    await rose.post(f"/console/vragen/{mine.id}/doorgeven", data={"aan": nour.id})
    text = (await browser.get("/console/vragen")).text
    assert "Voor Nour" in text
    assert "Niet voor Nour" not in text
    assert (await browser.get(f"/console/vragen/{other.id}")).status_code == 404
    assert (await browser.get("/console/groep")).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"sec-fetch-site": "same-origin"}, 303, id="from our own page"),
        pytest.param({"sec-fetch-site": "none"}, 303, id="typed by hand"),
        pytest.param({"origin": "http://desk.test"}, 303, id="an older browser on our page"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="from another site"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="from a neighbour"),
        pytest.param({"origin": "https://evil.example"}, 403, id="an older browser on another site"),
        pytest.param({"origin": "null"}, 403, id="from a sandboxed frame"),
    ],
)
async def test_only_our_own_pages_may_send(
    desk: Desk, rose: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    url = f"/console/bijeenkomsten/{desk.coming[0].id}/afgelasten"
    assert (await rose.post(url, headers=headers)).status_code == status


async def test_every_answer_tells_the_browser_to_be_strict(desk: Desk, rose: httpx.AsyncClient) -> None:
    for url in ("/console/login", "/console/vragen", "/console/groep", "/console/nowhere", "/console/vragen/99"):
        said = (await rose.get(url)).headers
        assert said["content-security-policy"].startswith("default-src 'self'")
        assert "unsafe" not in said["content-security-policy"]
        assert said["x-frame-options"] == "DENY"
        assert said["x-content-type-options"] == "nosniff"
        assert said["referrer-policy"] == "no-referrer"
        assert said["cache-control"] == "no-store"


async def test_what_a_mother_writes_is_never_markup(desk: Desk, rose: httpx.AsyncClient) -> None:
    await desk.asks(desk.amina, "<script>alert(1)</script><img src=x onerror=alert(1)>\" ' </textarea>")
    text = (await rose.get("/console/vragen")).text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text


async def test_pages_carry_no_inline_script_no_inline_style_and_no_other_host(
    desk: Desk, rose: httpx.AsyncClient
) -> None:
    await desk.asks(desk.amina, "Dag")
    pages = ("login", "vragen", "bijeenkomsten", "aankondigen", "groep", "talen", "huis", "bijeenkomsten/extra")
    for page in pages:
        who = desk.browser() if page == "login" else rose  # who is inside already is led on from the door
        text = (await who.get(f"/console/{page}")).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
        assert not re.search(r"<script(?![^>]*\ssrc=)", text)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//(?!t\.me/)", text)
        assert '<html lang="nl"' in text


async def test_a_body_that_is_too_big_is_refused_before_it_is_read(desk: Desk, rose: httpx.AsyncClient) -> None:
    question = await desk.asks(desk.amina, "Dag")
    url = f"/console/vragen/{question.id}/antwoord"
    assert (await rose.post(url, headers={"content-length": str(30 * 1024**2)}, content=b"x")).status_code == 413

    async def endless() -> Any:
        yield b"x"

    assert (await rose.post(url, content=endless())).status_code == 411


async def test_the_vendored_files_are_what_the_manifest_says() -> None:
    folder = files.STATIC / "vendored"
    rows = [line.split() for line in (folder / "MANIFEST").read_text("utf-8").splitlines() if not line.startswith("#")]
    for name, _package, _version, _licence, _path, said in rows:
        digest = base64.b64encode(hashlib.sha384((folder / name).read_bytes()).digest()).decode()
        assert said == f"sha384-{digest}", name
    kept = {path.name for path in folder.iterdir() if path.suffix in (".js", ".css")}
    assert kept == {row[0] for row in rows}


async def test_a_first_visit_loads_less_than_150_kb(desk: Desk, rose: httpx.AsyncClient) -> None:
    page = await rose.get("/console/vragen")
    names = re.findall(r"/console/static/([\w./-]+)", page.text)
    assert len(names) > 4
    assert len(page.content) + sum(len(files.known()[name].packed) for name in set(names)) < 150_000


async def test_files_travel_packed_and_are_not_sent_twice(desk: Desk) -> None:
    url = "/console/static/vendored/bootstrap.min.css"
    first = await desk.browser().get(url)
    assert (first.headers["content-encoding"], first.headers["content-type"]) == ("gzip", "text/css; charset=utf-8")
    again = await desk.browser().get(url, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await desk.browser().get("/console/static/../desk.py")).status_code == 404
