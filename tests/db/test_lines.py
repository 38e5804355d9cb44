"""Who has a line to the database: seen by the others as long as it is there, and gone with the connection."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from bot.db import alive, lines
from bot.db.ears import listen
from bot.db.session import Database
from tests.db.test_ears import Loops
from tests.given.database import PostgreSQL

ELSEWHERE = "0123456789ab:1:77:1"


async def test_a_process_is_seen_by_its_line_and_not_when_it_was_cut(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.db.ears.PAUSE", 600)  # it does not come back meanwhile
    url = await postgresql.fresh()
    here, there, stop = Database(url), Database(url), asyncio.Event()
    me, loops = f"{alive.me()}:1", Loops(there)

    async def missing() -> list[str]:
        async with here.begin() as session:
            return await lines.without(session, [me, ELSEWHERE, "nobody", ""])

    assert await missing() == [me, ELSEWHERE]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listen(there, stop))
        await loops.times(1)
        assert await missing() == [ELSEWHERE]
        async with here.begin() as session:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            await session.execute(text(cut))
        async with asyncio.timeout(90):
            while me not in await missing():  # noqa: ASYNC110 - the server lets go of its lock when it has seen to it
                await asyncio.sleep(0.02)
        stop.set()
    await here.close()
    await there.close()
