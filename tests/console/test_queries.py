"""What a page costs, counted and not timed: thirty questions and twenty mothers more ask the database no more often."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from bot.care import groups
from bot.db.models import Group
from tests.care.conftest import NOON, make_mother
from tests.console.conftest import Desk

PAGES = ("vragen", "bijeenkomsten", "aankondigen", "groep", "talen", "huis", "groep/{group}/rapport")
FREE = 3  # statements that may come once when there is something to look up at all
MOST = 60


async def statements(desk: Desk, browser: httpx.AsyncClient) -> dict[str, int]:
    """How many statements each page asks."""
    counted: Counter[str] = Counter()
    here = ""

    def seen(*_: Any) -> None:
        counted[here] += 1

    engine = desk.db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", seen)
    try:
        for here in PAGES:
            answer = await browser.get(f"/console/{here.format(group=desk.group.id)}", follow_redirects=True)
            assert answer.status_code == 200, here
    finally:
        event.remove(engine, "before_cursor_execute", seen)
    return dict(counted)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_more_to_show_is_not_more_to_ask(desk: Desk, rose: httpx.AsyncClient) -> None:
    await desk.asks(desk.amina, "Mag ik iets vragen?")
    before = await statements(desk, rose)
    async with desk.db.begin() as session:
        group = await session.get_one(Group, desk.group.id)
        group.mothers_max, group.children_max = 50, 50
        more = [await make_mother(session, f"Mama {n}", "tr") for n in range(20)]
        for mother in more:
            await groups.join(session, mother, group, NOON)
    for n in range(30):
        await desk.asks(more[n % 20], f"Vraag {n}")
    after = await statements(desk, rose)
    grown = {page: (before[page], after[page]) for page in PAGES if after[page] > before[page] + FREE}
    assert grown == {}, "pages that ask more often when there is more"
    assert {page: n for page, n in after.items() if n > MOST} == {}
