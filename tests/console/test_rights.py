"""Every route of the desk, every role, and another house: who may what stands in one table, and nothing slips past it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from bot.care import announcements, rights
from bot.care import desk as telegram
from bot.db.models import Group, House, Question
from tests.care.conftest import NOON, make_group, make_staff
from tests.console.conftest import Desk
from tests.security.crawler import ONCE

pytestmark = pytest.mark.timeout(600)  # every route, for everybody

OPEN = {  # what needs nobody to be inside: the door itself, files of ours, and the calendar at a secret address
    "/console/static/{name:path}",
    "/console/login",
    "/console/login/getal",
    "/console/login/getal/binnen",
    "/console/login/{code}",
    "/console/agenda/{secret}.ics",
}
ENDLESS = {"/console/vragen/live"}  # a stream: it answers as long as somebody listens
LEAVES = {"/console/logout"}
NOT_OF_A_GROUP = (  # pages without anything of one group, or that show only what is the visitor's own
    *(
        "/console/",
        "/console/afwezig",
        "/console/toegang",
        "/console/toegang/{number}/einde",
        "/console/talen",
        "/console/talen/bureau",
        "/console/huis",
        "/console/plaatje/{symbol}",
    ),
    *("/console/huis/team", "/console/huis/logboek", "/console/huis/instellingen", "/console/vragen", "/console/groep"),
    *("/console/groep/oud", "/console/bijeenkomsten", "/console/bijeenkomsten/blad", "/console/bijeenkomsten/extra"),
    *("/console/bijeenkomsten/afspraken", "/console/bijeenkomsten/ritme", "/console/bijeenkomsten/vrij"),
    *("/console/bijeenkomsten/delen", "/console/bijeenkomsten/weg", "/console/aankondigen", "/console/onderwerpen"),
    *("/console/talen/", "/console/voorbeeld", "/console/onderwerpen/"),
)


def routes(found: Desk) -> list[tuple[str, str, str | None]]:
    """Every (method, path, right) of the desk."""
    known = []
    for included in found.app.routes:
        contexts: Any = getattr(included, "effective_route_contexts", None)
        for context in contexts() if contexts else ():
            dependant = getattr(context, "dependant", None) or context.original_route.dependant
            known += [(method, context.path, right_of(dependant)) for method in sorted(context.methods or [])]
    assert len(known) > 100
    return known


def right_of(dependant: Any) -> str | None:
    right = getattr(dependant.call, "right", None)
    return right or next((r for d in dependant.dependencies if (r := right_of(d))), None)


def guarded(found: Desk) -> list[tuple[str, str, str]]:
    """The routes that somebody has to be inside for, each with the right it needs."""
    return [(m, p, r) for m, p, r in routes(found) if r is not None and p not in ENDLESS | LEAVES]


async def hers(found: Desk) -> dict[str, Any]:
    """What is Rose's, by the word that stands for it in a path."""
    question, media = await found.asks(found.amina, "Mag ik iets vragen?"), await found.voice()
    async with found.db.begin() as session:
        group = await session.get_one(Group, found.group.id)
        made = await announcements.draft(session, group, found.rose, "own", NOON, text="Dag")
    numbers = {
        "vragen": question.id,
        "groep": found.group.id,
        "aankondigen": made.id,
        "bijeenkomsten": found.coming[0].id,
    }
    return {"numbers": numbers, "media": media.name}


def address(found: Desk, path: str, own: dict[str, Any]) -> str:
    """The path filled in. A word that nobody told this test about makes it fail: a new page has to be tried too."""
    room = path.split("/")[2]
    numbers = own["numbers"]
    of_a_group = re.search(r"/(nieuw|eigen|foto|ritme|vrij|delen|weg|afspraken|instellingen/groep)/\{number\}", path)
    known = {
        "number": found.group.id if of_a_group else numbers.get(room, 1),
        "her": found.amina.id, "mother_id": found.amina.id, "other": found.fatou.id, "person": found.els.id,
        "house": found.group.house_id, "link": 1, "row": 1, "one": 1, "n": 0,
        "act": "afgelasten", "kind": "celebrate", "lang": "nl", "key": "common.one", "what": "stop",
        "topic": "opvang_plaats", "name": own["media"], "secret": "x" * 32, "code": "x", "symbol": "yes",
    }  # fmt: skip
    return re.sub(r"\{(\w+)(?::path)?\}", lambda word: str(known[word[1]]), path)


async def knock(found: Desk, browser: httpx.AsyncClient, method: str, path: str, own: dict[str, Any]) -> int:
    forms: dict[str, Any] = {
        "moeder": found.fatou.id,
        "aan": found.els.id,
        "text": "hallo",
        "group": found.group.id,
        "name": "Bib",
    }
    forms |= {"dag": "2026-12-01", "uur": "10:00", "day": "2026-12-01", "at": "10:00", "adres": 1, "dagen": 1}
    forms |= {"mother": found.amina.id, "meeting": found.coming[0].id}
    forms |= {f"rol-{found.group.id}": "volunteer", "zeker": "1"}
    sent = forms if method == "POST" else None
    return (await browser.request(method, address(found, path, own), data=sent)).status_code


async def test_every_route_names_the_right_that_it_needs(desk: Desk) -> None:
    without = {path for _method, path, right in routes(desk) if right is None}
    assert without == OPEN
    assert {right for _m, _p, right in routes(desk) if right} <= set(rights.RIGHTS)


async def test_a_stranger_is_led_to_the_door_everywhere(desk: Desk) -> None:
    own, browser = await hers(desk), desk.browser()
    found = {(m, p): await knock(desk, browser, m, p, own) for m, p, _ in guarded(desk)}
    assert {route: status for route, status in found.items() if status not in (303, 404)} == {}
    assert found[("GET", "/console/groep/{number}/moeder/{her}")] == 303


@pytest.mark.parametrize("role", list(rights.ROLES))
async def test_each_role_gets_what_the_table_says_and_nothing_else(desk: Desk, role: str) -> None:
    async with desk.db.begin() as session:
        who = await make_staff(session, "Mo", role, await session.get_one(Group, desk.group.id))
    own, browser = await hers(desk), await desk.inside(who)
    refused: list[tuple[str, str, str]] = []
    let_in: list[tuple[str, str, str]] = []
    for method, path, right in guarded(desk):
        if rights.may(role, right) and method == "POST":
            continue  # what it does is tried elsewhere; here it would change the house under our feet
        status = await knock(desk, browser, method, path, own)
        (refused if status == 403 else let_in).append((method, path, right))
    assert [route for route in refused if rights.may(role, route[2])] == []
    assert [route for route in let_in if not rights.may(role, route[2])] == []


async def test_the_coordinator_of_another_house_finds_nothing_of_ours(desk: Desk) -> None:
    async with desk.db.begin() as session:
        theirs = await make_group(session, name="Elders", house="Ander huis")
        zoe = await make_staff(session, "Zoë", "coordinator", theirs)
    own, browser = await hers(desk), await desk.inside(zoe)
    found = {(m, p): await knock(desk, browser, m, p, own) for m, p, _ in guarded(desk)}
    of_us = {route: s for route, s in found.items() if not route[1].startswith(NOT_OF_A_GROUP[-3:])}
    reached = {route: s for route, s in of_us.items() if s not in (404, 403) and route[1] not in NOT_OF_A_GROUP}
    assert reached == {}
    for path in (path for path in NOT_OF_A_GROUP[:-3] if "{" not in path):
        text = ONCE.sub(
            "", (await browser.get(path, follow_redirects=True)).text
        )  # a word of any letters: one day "Els"
        assert not re.search("Amina|Fatou|Mag ik iets vragen|Mama Leert|Rose|Els", text), path


async def test_nothing_changed_after_all_that_knocking(desk: Desk) -> None:
    async with desk.db.begin() as session:
        theirs = await make_group(session, name="Elders", house="Ander huis")
        zoe = await make_staff(session, "Zoë", "coordinator", theirs)
    own = await hers(desk)
    for person in (zoe, desk.vera):
        browser = await desk.inside(person)
        for method, path, _right in guarded(desk):
            await knock(desk, browser, method, path, own)
    async with desk.db.begin() as session:
        assert (await session.get_one(Question, own["numbers"]["vragen"])).state == "open"
        assert len(await _members(session, desk.group.id)) == 2
        assert (await session.get_one(House, desk.group.house_id)).name == "Huis van het Kind"


async def _members(session: Any, group_id: int) -> list[Any]:
    from bot.care import groups

    return await groups.members(session, group_id)


async def test_a_role_can_differ_from_group_to_group(desk: Desk) -> None:
    async with desk.db.begin() as session:
        from bot.care import staff

        second = await make_group(session, name="Klimop 2")
        mo = await make_staff(session, "Mo", "volunteer", await session.get_one(Group, desk.group.id), second)
        await staff.assign(session, mo, {second.id: "coordinator"})
    browser = await desk.inside(mo)
    assert (await browser.get(f"/console/groep?groep={second.id}")).status_code == 200
    assert (await browser.get(f"/console/groep?groep={desk.group.id}")).status_code == 404
    assert (await browser.get(f"/console/groep/{desk.group.id}/moeder/{desk.amina.id}")).status_code == 404
    assert "Amina" not in (await browser.get(f"/console/bijeenkomsten/{desk.coming[0].id}")).text


def test_every_button_in_telegram_needs_a_right_of_the_table() -> None:
    needed = {name: telegram.right_of(name) for name in telegram.ACTIONS}
    assert set(needed.values()) <= set(rights.RIGHTS)
    assert {name for name, right in needed.items() if right == "meetings"} == set(telegram.FOR_ALL)
    assert all(rights.may("coordinator", right) for right in needed.values())
    assert not any(rights.may("volunteer", needed[name]) for name in ("questions", "announce", "cancel_sure", "admit"))
