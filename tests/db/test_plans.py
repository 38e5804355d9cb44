"""What is asked again and again never reads all that was ever said or heard: a table of a million rows would hold up everybody."""

from __future__ import annotations

import re
from typing import Any

import httpx
from sqlalchemy import event, text

from bot.care import figures, health, photos, privacy, reminders, retention
from bot.db.models import Arrival, Delivery
from bot.db.session import Database
from bot.workers import arrivals
from bot.workers.claim import claim
from bot.workers.life import after_clock_was_put_back, release_the_dead
from tests.console.conftest import Desk, clips, desk, rose  # noqa: F401 - fixtures
from tests.given.house import World

GROW = "deliveries|arrivals"  # the tables that grow with every tap
CALLED = f"{GROW}|row|other|earlier|later"  # also by the names that they have in a statement
PAGES = ("vragen", "bijeenkomsten", "aankondigen", "groep", "talen", "huis", "groep/{group}/rapport")
READS_ALL = {  # one number of all there is, from the smallest index
    "SELECT count(*) AS count_1 FROM deliveries",
}


class Asked:
    """The statements that a database was asked while this was open, each once, with their parameters."""

    def __init__(self, db: Database) -> None:
        self.engine, self.said = db.engine.sync_engine, dict[str, Any]()

    def __enter__(self) -> Asked:
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, said: str, given: Any, *_: Any) -> None:
        plain = " ".join(said.split())
        if re.match("SELECT|UPDATE|DELETE|WITH", plain) and re.search(GROW, plain) and plain not in READS_ALL:
            self.said[said] = given


async def reading_all(db: Database, asked: Asked) -> list[str]:
    """Those for which the database knows no better than to read all rows of such a table."""
    found = []
    async with db.begin() as session:
        if not db.sqlite:
            await session.execute(
                text("SET LOCAL enable_seqscan = off")
            )  # a table without rows is read whole otherwise
        connection = await session.connection()
        for said, given in asked.said.items():
            explain = "EXPLAIN QUERY PLAN " if db.sqlite else "EXPLAIN "
            plan = "\n".join(str(row[-1]) for row in await connection.exec_driver_sql(explain + said, given))
            plan = re.sub(
                r"CO-ROUTINE \w+\nSCAN \w+", "", plan
            )  # so many of the oldest, in their order, and no further
            if re.search(rf"Seq Scan on ({GROW})|SCAN ({CALLED})\b(?! USING)", plan):
                found.append(f"{' '.join(said.split())[:400]}\n{plan}")
    return found


async def test_clearing_away_counting_and_looking_after_it_read_no_whole_table(world: World) -> None:
    with Asked(world.db) as asked:
        async with world.db.begin() as session:
            while await retention.clear_one(session, world.content, world.now):
                pass
            await privacy.sweep(session, world.now)
            await photos.drop_one(session, world.content, world.now)
            await reminders.fire(session, world.content, world.now)
            await figures.figures(session, world.now, world.now, "telegram:42")
            await health.health(session, [], world.now)
            await claim(session, "x", world.now, 8, [])
            await session.execute(arrivals.take(), {"now": world.now, "lease": world.now, "who": "x", "number": 8})
            for table in (Arrival, Delivery):
                await release_the_dead(session, table, world.now)
                await after_clock_was_put_back(session, table, world.now)
    assert len(asked.said) > 10
    assert await reading_all(world.db, asked) == []


async def test_no_page_of_the_desk_reads_a_whole_table(desk: Desk, rose: httpx.AsyncClient) -> None:  # noqa: F811
    await desk.asks(desk.amina, "Mag ik iets vragen?")
    with Asked(desk.db) as asked:
        for page in PAGES:
            answer = await rose.get(f"/console/{page.format(group=desk.group.id)}", follow_redirects=True)
            assert answer.status_code == 200, page
    assert len(asked.said) > 3
    assert await reading_all(desk.db, asked) == []
