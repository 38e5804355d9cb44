"""The pace: one shared row for everybody, a burst and then one a second for each chat."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from time import monotonic

from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from bot.clock import Clock
from bot.db.models import Delivery
from bot.db.session import Database
from bot.messages import Retry
from bot.workers.pace import LATE, ChatPace, Window, allowance, pause_all, spend
from tests.workers.scenery import AMINA, NOW, Wire, put, sender

PER_S = 28.0  # of several processes, with the burst that they share


async def test_in_any_second_no_more_goes_out_than_telegram_takes(db: Database) -> None:
    at, out = NOW, []
    for _ in range(400):  # four seconds, asked every hundredth
        async with db.begin() as session:
            allowed = await allowance(session, at, PER_S, 20)
            free = allowed.free
            await spend(session, allowed, PER_S, free)
        out += [at] * free
        at += dt.timedelta(seconds=0.01)
    busiest = max(sum(1 for b in out if a <= b < a + dt.timedelta(seconds=1)) for a in out)
    assert busiest <= 30
    assert 4 * PER_S - 2 <= len(out) <= 4 * PER_S + 3


def taken_in(extra: list[tuple[float, float]], there: float, back: float) -> list[float]:
    """When Telegram took in each call: they are held up for some time on the way there and on the way back, and the line takes `there` and `back`."""
    window, at, taken = Window(29.7), 0.0, []
    in_flight: list[tuple[float, int]] = []  # when the answer comes, and the call's number
    for late_there, late_back in extra:
        while True:
            for answer, number in sorted(one for one in in_flight if one[0] <= at):
                window.answered(number, answer)
                in_flight.remove((answer, number))
            if not (wait := window.wait(at)):
                break
            at = min([at + wait, *(answer for answer, _ in in_flight)])
        taken.append(at + there + late_there)
        in_flight.append((taken[-1] + back + late_back, window.leave(at)))
    return sorted(taken)


late = st.floats(0, 0.4)
best = st.floats(0.001, 0.2)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(late, late), min_size=150, max_size=400), best, best)
@example([(0.0, 0.0)] * 300, 0.001, 0.001)
@example([(0.0, 0.0)] * 100 + [(0.3, 0.0)] * 20 + [(0.0, 0.0)] * 100, 0.03, 0.05)
@example([(0.0, 0.0)] * 100 + [(0.0, 0.4)] * 29 + [(0.0, 0.0)] * 100, 0.03, 0.05)
def test_in_any_second_telegram_takes_in_no_more_than_it_takes_whatever_the_line_does(
    extra: list[tuple[float, float]], there: float, back: float
) -> None:
    taken = taken_in(extra, there, back)
    assert all(later - first > 1.0 for first, later in zip(taken, taken[30:], strict=False))


def test_calls_that_hang_do_not_hold_up_the_others_for_long() -> None:
    window = Window(30.0)
    for _ in range(30):
        window.leave(100.0)
    assert window.wait(100.5) == 1.5
    assert window.wait(102.0) == 0.0


def test_a_long_line_that_is_steady_costs_next_to_nothing() -> None:
    taken = taken_in([(0.0, 0.0)] * 1200, 0.04, 0.04)
    assert 1080 / (taken[-1] - taken[119]) >= 0.98 * 30  # the first two seconds go to finding out how long it is


async def test_it_says_when_the_next_may_go(db: Database) -> None:
    async with db.begin() as session:
        allowed = await allowance(session, NOW, PER_S, 20)
        free = allowed.free
        await spend(session, allowed, PER_S, free)
        none, wait, _ = await allowance(session, NOW, PER_S, 20)
        assert none == 0
        some, *_ = await allowance(session, NOW + dt.timedelta(seconds=wait), PER_S, 20)
        assert some == 1


async def test_a_clock_that_is_put_back_does_not_silence_the_house(db: Database) -> None:
    async with db.begin() as session:
        await spend(session, await allowance(session, NOW, PER_S, 1), PER_S, 1)
        free, *_ = await allowance(session, NOW - dt.timedelta(hours=1), PER_S, 20)
    assert free > 0


async def test_a_pause_for_all_is_kept(db: Database) -> None:
    async with db.begin() as session:
        await allowance(session, NOW, PER_S, 1)
        await pause_all(session, NOW, 7)
        assert await allowance(session, NOW, PER_S, 5) == (0, 7, 0)
        free, *_ = await allowance(session, NOW + dt.timedelta(seconds=7.1), PER_S, 5)
    assert free > 0


async def test_two_senders_share_one_pace(db: Database) -> None:
    wire, stop = Wire(), asyncio.Event()
    for chat in range(1, 101):
        await put(db, chat, "x", str(chat), priority=2)
    begun = monotonic()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(sender(db, wire, pace=60.0).run(stop))
        await wire.until(lambda: len(wire.sent) >= 60)
        took = monotonic() - begun
        stop.set()
    assert took >= (59 - 60 * LATE) / 60


async def test_a_storm_of_refusals_silences_everybody_and_drops_nothing(db: Database) -> None:
    wire = Wire(trouble={chat: [Retry("429", 0.6)] for chat in range(1, 6)})
    stop = asyncio.Event()
    for chat in range(1, 21):
        await put(db, chat, "x", str(chat))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sender(db, wire, pace=500.0).run(stop))
        await wire.until(lambda: len(wire.sent) >= 20)
        stop.set()
    assert Counter(chat for chat, _, _ in wire.sent) == Counter(range(1, 21))


def test_a_chat_gets_a_burst_and_then_one_a_second() -> None:
    chats = ChatPace()
    for _ in range(3):
        assert chats.resting(100.0) == {}
        chats.spend(1, 100.0)
    assert 0.9 < chats.resting(100.0)[1] <= 1.0
    assert chats.resting(101.01) == {}


def test_a_group_gets_twenty_a_minute() -> None:
    chats, at, said = ChatPace(), 100.0, 0
    while at < 160.0:
        if not chats.resting(at):
            chats.spend(-7, at)
            said += 1
        at += 0.1
    assert 20 <= said <= 24


def test_what_telegram_says_about_a_chat_is_obeyed() -> None:
    chats = ChatPace()
    chats.wait(1, 9.0, 100.0)
    assert chats.resting(108.0)[1] == 1.0
    assert chats.resting(109.1) == {}


async def test_two_processes_together_say_no_more_in_one_chat_than_one_may(db: Database) -> None:
    """On PostgreSQL they share what they know of a chat; SQLite has one process, which knows by itself."""
    wire = Wire()
    one, two = sender(db, wire, Clock(), pace=28.0), sender(db, wire, Clock(), pace=28.0)
    two = one if db.sqlite else two
    for n in range(6):
        await put(db, AMINA, f"{n}", key=f"{n}")
    async with db.begin() as session:
        now = Clock().now()
        await session.execute(update(Delivery).values(created_at=now, due_at=now))
    started = monotonic()
    while len(wire.sent) < 6 and monotonic() - started < 90:
        if not (await one.send_one() or await two.send_one()):
            await asyncio.sleep(0.05)
        assert len(wire.sent) <= 3 + monotonic() - started + 0.2
    assert wire.words(AMINA) == [str(n) for n in range(6)]
