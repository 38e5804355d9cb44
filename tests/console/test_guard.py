"""The wrong person, the wrong site, the wrong words: nothing gets through, on any route."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import httpx
import pytest

from bot.care import announcements, groups
from bot.console import files
from bot.db.models import Group, Question
from tests.care.conftest import NOON
from tests.console.conftest import Desk

OPEN = {"/console/login", "/console/login/{code}", "/console/static/{name}"}
FOR_EVERYBODY = {"/console/", "/console/logout", "/console/bijeenkomsten", "/console/bijeenkomsten/{number}"}
VOICES = ("/console/talen", "/console/voorbeeld")  # no secret of any group
NO_SECRET = {"/console/huis"}
LISTS = {
    "/console/vragen",
    "/console/vragen/live",
    "/console/aankondigen",
    "/console/groep",
    "/console/bijeenkomsten/extra",
}


def routes(desk: Desk) -> list[tuple[str, str]]:
    """Every (method, path) of the desk that is not open to all."""
    paths: dict[str, Any] = desk.app.openapi()["paths"]
    found = [(method.upper(), path) for path, methods in paths.items() for method in methods]
    assert len(found) > 30
    return sorted(pair for pair in found if pair[1] not in OPEN)


async def address(desk: Desk, path: str, question: Question, announcement: int, media: str) -> str:
    """The path filled in with what is Rose's."""
    number = desk.coming[0].id
    if "/vragen/" in path:
        number = question.id
    elif "/aankondigen/eigen/" in path or "/aankondigen/nieuw/" in path or "/groep/" in path:
        number = desk.group.id
    elif "/aankondigen/" in path:
        number = announcement
    filled = {"number": number, "act": "afgelasten", "kind": "celebrate", "lang": "nl", "n": 0, "name": media, "one": 1}
    return re.sub(r"\{(\w+)\}", lambda found: str(filled.get(found[1], "common.one")), path)


async def crawl(desk: Desk, browser: httpx.AsyncClient) -> dict[tuple[str, str], int]:
    """What every route answers in this browser about what is Rose's."""
    question, media = await desk.asks(desk.amina, "Mag ik iets vragen?"), await desk.voice()
    async with desk.db.begin() as session:
        group = await session.get_one(Group, desk.group.id)
        made = await announcements.draft(session, group, desk.rose, "own", NOON, text="Dag")
    answers = {}
    forms = {"moeder": desk.fatou.id, "aan": desk.els.id, "text": "hallo", "group": desk.group.id, "name": "Bib"}
    for method, path in routes(desk):
        if path in ("/console/vragen/live", "/console/logout"):
            continue
        url = await address(desk, path, question, made.id, media.name)
        answer = await browser.request(method, url, data=forms if method == "POST" else None)
        answers[(method, path)] = answer.status_code
    return answers


async def test_a_stranger_gets_nowhere(desk: Desk) -> None:
    assert set((await crawl(desk, desk.browser())).values()) == {303}
    live = await desk.browser().get("/console/vragen/live", headers={"hx-request": "true"})
    assert (live.status_code, live.headers["hx-redirect"]) == (401, "/console/login")


async def test_a_coordinator_of_another_group_sees_nothing_of_this_one(desk: Desk) -> None:
    found = await crawl(desk, await desk.inside(desk.dirk))
    known = FOR_EVERYBODY | NO_SECRET | LISTS
    wrong = {
        r: s for r, s in found.items() if s not in (403, 404) and r[1] not in known and not r[1].startswith(VOICES)
    }
    assert wrong == {}
    assert found[("GET", "/console/bijeenkomsten/{number}")] == 404
    assert found[("POST", "/console/bijeenkomsten/extra")] == 404
    dirk = await desk.inside(desk.dirk)
    for page in ("vragen", "groep", "bijeenkomsten", "aankondigen", "huis", "vragen?lijst=answered"):
        text = (await dirk.get(f"/console/{page}")).text
        assert not re.search("Amina|Fatou|Mag ik iets vragen|Mama Leert", text)


async def test_a_volunteer_sees_meetings_and_no_names(desk: Desk) -> None:
    vera = await desk.inside(desk.vera)
    found = await crawl(desk, vera)
    assert {r[1] for r, status in found.items() if status not in (403, 404, 303)} == {
        "/console/bijeenkomsten",
        "/console/bijeenkomsten/{number}",
    }
    page = await vera.get(f"/console/bijeenkomsten/{desk.coming[0].id}")
    assert "2 nog geen antwoord" in page.text
    assert "Amina" not in page.text
    assert (await vera.get("/console/")).headers["location"] == "/console/bijeenkomsten"


async def test_nothing_changed_after_all_that_knocking(desk: Desk) -> None:
    for person in (desk.dirk, desk.vera):
        await crawl(desk, await desk.inside(person))
    async with desk.db.begin() as session:
        assert [m.id for m in await groups.members(session, desk.group.id)] == [desk.amina.id, desk.fatou.id]
        question = await session.get_one(Question, 1)
        assert (question.state, question.assigned_to) == ("open", None)


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
        text = (await rose.get(f"/console/{page}")).text
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
