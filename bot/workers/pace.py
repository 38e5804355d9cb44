"""How fast we may talk: one shared row for all chats together, and a burst then one a second for each chat.

A rate is kept as one number, its theoretical arrival time ("tat", GCRA): the instant from which it is as if nothing had been sent.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import math
import secrets
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from functools import cache
from time import monotonic
from typing import Any, NamedTuple

from sqlalchemy import Float, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.models import Pace
from bot.db.notes import insert
from bot.db.session import Session

LATE = 0.25  # what one process did not get round to for so many seconds is made up for; its `Window` sees to the second as a whole
SHARED = 0.94  # several processes do not see each other's calls: 28 a second …
SHARED_BURST = 2  # … and a burst of 2 stay under 30
SWEEP = 200  # once in so many claims
STUCK = 2.0  # seconds after which a call without an answer was taken in long ago, or never will be
TRIPS = 64  # so many round trips ago is "of late"
CHAT_PER_S, CHAT_BURST = 1.0, 3
GROUP_PER_S, GROUP_BURST = 20 / 60, 4
CHAT, FORGOTTEN = "chat:", 60.0  # rows of single chats, and seconds after which they say nothing any more


class Allowance(NamedTuple):
    """How many may go out now, the seconds until the next one may, and the rate from which `spend` goes on."""

    free: int
    wait: float
    tat: float = 0.0


def share(per_s: float, *, alone: bool) -> tuple[float, float]:
    """The rate and the burst of the shared row, for a process that is alone or for one of several."""
    return (
        (per_s, max(LATE * per_s, SHARED_BURST)) if alone else (per_s * SHARED, max(per_s * (1 - SHARED), SHARED_BURST))
    )


async def allowance(
    session: Session, now: dt.datetime, per_s: float, wanted: int, burst: float = SHARED_BURST
) -> Allowance:
    """How many of `wanted` may go out now. Locks the row until the commit."""
    at = now.timestamp()
    tats = await _locked(session)
    if not tats:
        await _make_rows(session)
        tats = await _locked(session)
    if (pause := tats["pause"] - at) > 0:
        return Allowance(0, pause)
    tat = _sane(tats["all"], at, at - burst / per_s)
    free = int((at - tat) * per_s + 1e-6)
    wait = max(0.0, (free + 1) / per_s - (at - tat)) + 0.0005  # floats: rather late than in vain
    return Allowance(min(wanted, free), wait, tat)


async def spend(session: Session, allowed: Allowance, per_s: float, number: int) -> None:
    """Take this many out of the shared pace, in the transaction in which they were allowed."""
    connection = await session.connection()
    await connection.execute(_spent(), {"to": allowed.tat + number / per_s})


async def pause_all(session: Session, now: dt.datetime, seconds: float) -> None:
    """Nobody sends for so long: Telegram said so about more than one chat."""
    until = now.timestamp() + seconds
    await session.execute(update(Pace).where(Pace.name == "pause", Pace.tat < until).values(tat=until))


# ---------------------------------------------------------------- each chat, when several processes send


async def chats_at_rest(session: Session, now: dt.datetime) -> set[int]:
    """The chats that must wait, whoever of the processes said the last thing there."""
    rows = await session.scalars(select(Pace.name).where(Pace.name.startswith(CHAT), Pace.tat > now.timestamp()))
    return {int(name.removeprefix(CHAT)) for name in rows}


async def spend_in_chats(session: Session, now: dt.datetime, chats: Collection[int]) -> None:
    """A message goes to each of these. A chat's row holds the instant from which it may hear the next one; old rows go now and then."""
    at = now.timestamp()
    if secrets.randbelow(SWEEP) == 0:
        await session.execute(delete(Pace).where(Pace.name.startswith(CHAT), Pace.tat < at - FORGOTTEN))
    rows = []
    for chat in sorted(chats):  # always in this order: two processes must not wait for each other
        per_s, burst = _limits(chat)
        earliest, more = at - (burst - 1) / per_s, 1 / per_s
        rows.append({"name": f"{CHAT}{chat}", "tat": earliest + more, "earliest": earliest, "more": more})
    if rows:
        await (await session.connection()).execute(_no_sooner(session.get_bind().dialect.name), rows)


@cache
def _no_sooner(database: str) -> Any:
    """A chat's instant: not before `earliest`, and `more` seconds later than that."""
    table: Any = Pace.__table__
    kind: Any = postgresql.insert if database == "postgresql" else sqlite.insert
    row = kind(table).values(name=bindparam("name"), tat=bindparam("tat"))
    later = func.greatest(table.c.tat, bindparam("earliest", type_=Float())) + bindparam("more", type_=Float())
    return row.on_conflict_do_update(index_elements=["name"], set_={"tat": later})


async def after_clock_was_put_back(session: Session, now: dt.datetime) -> None:
    """What was reckoned by a clock that ran ahead must not silence anybody until that hour comes again."""
    late = now.timestamp() + 60
    await session.execute(update(Pace).where(Pace.tat > late).values(tat=now.timestamp()))


async def _locked(session: Session) -> dict[str, float]:
    connection = await session.connection()
    return {row[0]: row[1] for row in await connection.execute(_both())}


@cache
def _both() -> Any:
    table: Any = Pace.__table__
    names = table.c.name.in_(("all", "pause"))
    return select(table.c.name, table.c.tat).where(names).order_by(table.c.name).with_for_update()


@cache
def _spent() -> Any:
    table: Any = Pace.__table__
    return update(table).where(table.c.name == "all").values(tat=bindparam("to"))


async def _make_rows(session: Session) -> None:
    rows = insert(session, Pace).values([{"name": "all", "tat": 0.0}, {"name": "pause", "tat": 0.0}])
    await session.execute(rows.on_conflict_do_nothing(index_elements=["name"]))


def _sane(tat: float, at: float, earliest: float) -> float:
    """Never more than a burst behind; and never far ahead, as after the machine's clock was put back."""
    return earliest if tat < earliest or tat > at + 60 else tat


class Window:
    """No more calls in any second, as Telegram sees it, than it takes: whatever held a call up on its way, here or on the line.

    When Telegram took a call in is not known, only that it was before its answer came and after it left. The quickest round trip of late
    tells how much of that can be left out. So the next call leaves when, of the answers of the last second less that round trip, and of
    the calls that have no answer yet, there are fewer than a second may have.
    """

    def __init__(self, per_s: float | None) -> None:
        self.most = math.ceil(per_s) if per_s else None
        self._answers: deque[float] = deque()  # monotonic seconds
        self._trips: deque[float] = deque(maxlen=TRIPS)  # seconds
        self._out: dict[int, float] = {}  # the calls in flight, and when they left
        self._number = 0
        self._door = asyncio.Lock()  # first come, first served
        self._changed = asyncio.Event()

    async def turn(self) -> int:
        """Comes back when the next call may leave, with its number, for `answered`."""
        if not self._door.locked() and not self.wait(at := monotonic()):
            return self.leave(at)
        async with self._door:
            while wait := self.wait(monotonic()):
                self._changed.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._changed.wait()
            return self.leave(monotonic())

    def wait(self, at: float) -> float:
        """Seconds from `at` until a call may leave, 0 when it may; a call in flight that is answered may make it sooner or later."""
        if self.most is None or len(self._answers) + len(self._out) < self.most:
            return 0.0
        least = min(self._trips) if len(self._trips) == TRIPS else 0.0
        long_ago = at - 1.001 + min(0.8 * least, 0.9)
        while self._answers and self._answers[0] <= long_ago:
            self._answers.popleft()
        out = [left for left in self._out.values() if left > at - STUCK]
        if len(self._answers) + len(out) < self.most:
            return 0.0
        soonest = [left + STUCK - at for left in out[:1]] + [
            answer - long_ago for answer in itertools.islice(self._answers, 1)
        ]
        return max(min(soonest), 0.0005)

    def leave(self, at: float) -> int:
        """A call leaves now; its number."""
        self._number += 1
        self._out[self._number] = at
        return self._number

    def answered(self, number: int, at: float) -> None:
        """This call has its answer, or was given up."""
        self._trips.append(at - self._out.pop(number))
        self._answers.append(at)
        self._changed.set()


class ChatPace:
    """One a second in a chat after a short burst, 20 a minute in a group, as far as this process knows."""

    def __init__(self) -> None:
        self._tats: dict[int, float] = {}
        self._ready: dict[int, float] = {}  # the few that have used up their burst, and when they may again

    def spend(self, chat_id: int, at: float) -> None:
        """A message went to this chat at this monotonic second."""
        self._set(chat_id, max(self._tats.get(chat_id, at), at) + 1 / _limits(chat_id)[0], at)

    def wait(self, chat_id: int, seconds: float, at: float) -> None:
        """Telegram said to leave this chat alone for so long."""
        per_s, burst = _limits(chat_id)
        self._set(chat_id, max(self._tats.get(chat_id, at), at + seconds + (burst - 1) / per_s), at)

    def resting(self, at: float) -> dict[int, float]:
        """The chats that must wait, and for how many seconds."""
        self._ready = {chat: ready for chat, ready in self._ready.items() if ready - at > 1e-6}
        return {chat: ready - at for chat, ready in self._ready.items()}

    def _set(self, chat_id: int, tat: float, at: float) -> None:
        per_s, burst = _limits(chat_id)
        self._tats[chat_id] = tat
        if (ready := tat - (burst - 1) / per_s) > at:
            self._ready[chat_id] = ready
        if len(self._tats) > 10_000:
            self._tats = {chat: tat for chat, tat in self._tats.items() if tat > at}


def _limits(chat_id: int) -> tuple[float, int]:
    return (CHAT_PER_S, CHAT_BURST) if chat_id > 0 else (GROUP_PER_S, GROUP_BURST)
