"""The real `stapsteen run` on a machine whose clock goes through both clock changes, and jumps: everybody is reminded once, at her hour.

On SQLite, where the house goes by its machine's clock. On PostgreSQL it goes by the database's, which no test can set: there the
arithmetic is tried by tests/care/test_reminders.py, and jumps of a machine's clock by the soak.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.care import meetings
from bot.clock import Clock, instant, local
from bot.db.migrate import upgrade
from bot.db.models import Group
from bot.db.session import Database
from tests.crash.box import box
from tests.crash.houses import START, House
from tests.crash.judge import judge
from tests.crash.town import Town, until

pytestmark = pytest.mark.timeout(1800)

AUTUMN, SPRING = dt.date(2026, 10, 25), dt.date(2027, 3, 28)  # last Sundays of the month
EVENING, MORNING = dt.time(18, 30), dt.time(7, 45)  # of a meeting at 9.00
SOON = dt.timedelta(seconds=1)
LATE = dt.timedelta(minutes=20)  # a loaded machine; a wrong hour is later


@dataclass
class Street:
    """A house whose clock can be set, and who lives there."""

    town: Town
    house: House

    async def set(self, day: dt.date, at: dt.time, more: dt.timedelta = dt.timedelta()) -> None:
        """The clock of the house's machine, and with it everybody's, jumps to this wall time in Flanders."""
        by = instant(day, at) + more - self.town.clock.now()
        await self.house.jump(by.total_seconds())
        self.town.clock.move(by)

    async def meet(self, day: dt.date) -> int:
        async with self.town.db.begin() as session:
            group = await session.get_one(Group, self.town.group_id)
            return (await meetings.add(session, group, day, self.town.clock.now())).id

    async def reminded(self, meeting: int, kind: str) -> list[tuple[int, dt.datetime]]:
        """(mother, when it was said) of every delivery of these reminders that was sent."""
        query = text(
            "SELECT r.mother_id, d.sent_at FROM deliveries d JOIN reminders r ON d.about = 'reminder' AND d.about_id = r.id"
            " WHERE r.meeting_id = :meeting AND r.kind = :kind AND d.state = 'sent'"
        )
        async with self.town.db.begin() as session:
            rows: list[Any] = list(await session.execute(query, {"meeting": meeting, "kind": kind}))
        return [(row[0], dt.datetime.fromisoformat(str(row[1])).replace(tzinfo=dt.UTC)) for row in rows]

    async def all_reminded(self, meeting: int, kind: str, day: dt.date, at: dt.time) -> None:
        """Waits until all heard it; each heard it as often as the others, at this wall time and not a second before."""
        everybody = self.town.number + 2

        async def all_of_them() -> bool:
            return len({who for who, _ in await self.reminded(meeting, kind)}) == everybody

        assert await until(all_of_them, 300), f"{kind}: {await self.reminded(meeting, kind)}\n{self.house.said()}"
        assert await self.town.at_rest(300)
        heard = await self.reminded(meeting, kind)
        assert set(Counter(who for who, _ in heard).values()) == {len(heard) // everybody}
        query = text(
            "SELECT state, count(*) FROM reminders WHERE meeting_id = :meeting AND kind = :kind GROUP BY state"
        )
        async with self.town.db.begin() as session:
            rows = list(await session.execute(query, {"meeting": meeting, "kind": kind}))
        assert rows == [("fired", everybody)]
        wrong = [local(when).isoformat() for _, when in heard if not instant(day, at) <= when < instant(day, at) + LATE]
        assert not wrong, f"{kind}: said at {wrong}"


@pytest.fixture
async def street(tmp_path: Path, cache: Path) -> AsyncIterator[Street]:
    """It is the Saturday before the clock goes back, a quarter past six in the evening."""
    clock = Clock()
    clock.move(instant(AUTUMN - dt.timedelta(days=1), dt.time(18, 15)) - clock.now())
    (tmp_path / "cache").symlink_to(cache)
    url = f"sqlite+aiosqlite:///{tmp_path}/stapsteen.sqlite"
    await upgrade(url)
    async with box() as telegram, AsyncExitStack() as stack:
        db = Database(url)
        stack.push_async_callback(db.close)
        town = Town(telegram, db, 2, random.Random(25), clock=clock)
        await town.move_in()
        off = str(clock.offset.total_seconds())
        house = House(
            telegram.url,
            tmp_path,
            moved_clock=True,
            more={"CLOCK_IS_OFF_BY": off, "QUIET_FROM": "21:00", "QUIET_UNTIL": "07:30"},
        )
        stack.push_async_callback(house.kill)
        await house.start()
        assert await town.answered(2 * START) is not None, house.said()
        yield Street(town, house)


async def test_everybody_is_reminded_once_and_at_her_hour_through_both_clock_changes(street: Street) -> None:
    for change in (AUTUMN, SPRING):
        before = change - dt.timedelta(days=1)
        await street.set(before, dt.time(18, 20))
        sunday, monday = await street.meet(change), await street.meet(change + dt.timedelta(days=1))
        await through_the_change(street, change, sunday)
        await street.set(change, EVENING, -SOON)
        await street.all_reminded(monday, "evening", change, EVENING)
    verdict = await judge(street.town.box, street.town.db.url, street.town.said)
    assert not verdict.faults
    assert verdict.repeated == 0
    assert await street.house.stop() == 0, street.house.said()


async def through_the_change(street: Street, change: dt.date, sunday: int) -> None:
    """The evening before, the night in which the clock is changed, and the morning; a badly kept clock jumps on and back."""
    before = change - dt.timedelta(days=1)
    await street.set(before, EVENING, -SOON)
    await street.all_reminded(sunday, "evening", before, EVENING)
    said = await street.reminded(sunday, "evening")
    for wall in (dt.time(1, 59, 59), dt.time(3, 0), dt.time(2, 0), dt.time(3, 0)):
        await street.set(change, wall)
        assert await street.town.answered(START) is not None, street.house.said()
    assert await street.reminded(sunday, "evening") == said, "Nobody hears it again."
    assert not await street.reminded(sunday, "morning"), "Nobody hears it at night."
    await street.set(change, MORNING, -SOON)
    await street.all_reminded(sunday, "morning", change, MORNING)
