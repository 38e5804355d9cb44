"""Reminders: ten thousand due in one minute, and a whole term planned for a thousand groups, beside APScheduler with one job a reminder."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import func, insert, select, update

from bot.care import groups, meetings, reminders
from bot.clock import Clock
from bot.db.models import Delivery, Group, Meeting, Mother, Reminder
from bot.db.session import Database
from tests.bench.scene import FIRST, house, median, people, quantile, sqlite, town
from tests.bench.table import Row, compare

MINUTE = 60.0
READY = 12.0  # seconds that a house may take to start


async def plant(data: Path, number: int) -> dt.datetime:
    """`number` mothers whose reminders fall due evenly over one minute, soon; gives the first moment."""
    data.mkdir(parents=True, exist_ok=True)
    await people(sqlite(data), number)
    db, now = Database(sqlite(data)), Clock().now()
    first = now + dt.timedelta(seconds=READY)
    try:
        async with db.begin() as session:
            group = (await session.scalars(select(Group))).one()
            meeting = await meetings.add(session, group, now.date() + dt.timedelta(days=2), now)
            ids = list(await session.scalars(select(Mother.id)))
            await session.execute(update(Reminder).values(state="dropped"))
            about: dict[str, Any] = {"meeting_id": meeting.id, "kind": "bench", "state": "waiting"}
            about["expires_at"] = now + dt.timedelta(hours=6)
            step = dt.timedelta(seconds=MINUTE / number)
            await session.execute(
                insert(Reminder), [about | {"mother_id": i, "due_at": first + n * step} for n, i in enumerate(ids)]
            )
    finally:
        await db.close()
    return first


async def lateness(data: Path, number: int) -> tuple[list[float], list[float]]:
    """Seconds late, of each reminder: when it was put into the outbox, and when Telegram had it."""
    db = Database(sqlite(data))
    try:
        async with db.begin() as session:
            bench = select(Reminder.mother_id, Reminder.due_at, Reminder.fired_at).where(Reminder.kind == "bench")
            planned = (await session.execute(bench)).all()
            about = select(Delivery.mother_id, func.max(Delivery.sent_at)).where(Delivery.about == "reminder")
            sent = (await session.execute(about.group_by(Delivery.mother_id))).all()
    finally:
        await db.close()
    when = {mother: at for mother, at in sent if at}
    fired = [(at - due).total_seconds() for _, due, at in planned if at]
    said = [(when[mother] - due).total_seconds() for mother, due, _ in planned if mother in when]
    if len(said) < number:
        raise RuntimeError(f"Only {len(said)} of {number} reminders were sent.")
    return fired, said


async def due_at_once(folder: Path, quick: bool) -> list[Row]:
    number = 1000 if quick else 10_000
    data = folder / "due"
    first = await plant(data, number)
    async with town() as place:
        await place("meet", first=FIRST, number=number)
        async with house(place, data, pace=1000):
            wait = (first - Clock().now()).total_seconds() + MINUTE + (5 if quick else 30)
            await asyncio.sleep(max(wait, 0))
    fired, said = await asyncio.to_thread(asyncio.run, lateness(data, number))
    raw = {"number": number, "fired": [round(s, 3) for s in fired[::10]], "said": [round(s, 3) for s in said[::10]]}
    return [
        compare(f"{number:,} reminders in a minute, late p50", median(said), "s", raw=raw),
        compare(f"{number:,} reminders in a minute, late p99", quantile(said, 0.99), "s", most=1),
        compare(f"{number:,} reminders, into the outbox, late p99", quantile(fired, 0.99), "s"),
    ]


async def plan(data: Path, number: int) -> float:
    """Reminders a second when `number` groups plan a term of 24 meetings for 10 mothers each."""
    data.mkdir(parents=True, exist_ok=True)
    await people(sqlite(data), 1)
    db, now, planned = Database(sqlite(data)), Clock().now(), 0
    day = now.date()
    try:
        seconds = 0.0
        for n in range(number):
            async with db.begin() as session:
                group = await groups.create(
                    session, house="Huis", name=f"G{n}", now=now, pattern={"days": [], "every": 1}, starts="09:00", ends="11:30",
                    first_day=day, last_day=day + dt.timedelta(days=200), place="Huis",
                )  # fmt: skip
                about = {
                    "first_name": "A",
                    "lang": "nl",
                    "status": "member",
                    "group_id": group.id,
                    "place": {},
                    "said": {},
                }
                about |= {"consented_at": now, "created_at": now}
                await session.execute(insert(Mother), [about | {"chat_id": 10**6 + n * 10 + m} for m in range(10)])
                start = now + dt.timedelta(days=1)
                rows = [
                    {"group_id": group.id, "starts_at": start + dt.timedelta(days=k), "kind": "lesson", "state": "planned", "created_at": now,
                     "ends_at": start + dt.timedelta(days=k, hours=2), "by_hand": False, "place": "", "address": "", "guide": "", "version": 1}
                    for k in range(24)
                ]  # fmt: skip
                await session.execute(insert(Meeting), rows)
            began = perf_counter()
            async with db.begin() as session:
                planned += await reminders.plan(session, await session.get_one(Group, group.id), now)
            seconds += perf_counter() - began
    finally:
        await db.close()
    return planned / seconds


def apscheduler(data: Path, number: int) -> float:
    """Jobs a second that APScheduler writes into its own SQL store, one for each reminder."""
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    untyped: Any = BackgroundScheduler
    store: Any = SQLAlchemyJobStore
    scheduler = untyped(jobstores={"default": store(url=f"sqlite:///{data / 'jobs.sqlite'}")}, timezone="UTC")
    scheduler.start(paused=True)
    soon, began = Clock().now() + dt.timedelta(days=1), perf_counter()
    for n in range(number):
        scheduler.add_job("time:sleep", "date", run_date=soon + dt.timedelta(seconds=n), args=[0])
    seconds = perf_counter() - began
    scheduler.shutdown(wait=False)
    return number / seconds


async def rows(folder: Path, quick: bool) -> list[Row]:
    made = await due_at_once(folder, quick)
    ours = await plan(folder / "plan", 20 if quick else 1000)
    theirs = await asyncio.to_thread(apscheduler, folder / "plan", 200 if quick else 2000)
    made.append(
        compare("planning a term, reminders written a second", ours, "1/s", theirs, "APScheduler, a job each", least=1)
    )
    return made
