"""The door: everything is written down before Telegram is told that we have it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette

from bot.care import outbox
from bot.clock import Clock
from bot.db.models import Arrival, Delivery, Note
from bot.db.session import Database
from bot.messages import Utterance
from bot.telegram.intake import Intake, Trouble, TwoCopies
from tests.given.waiting import LONG, until

if TYPE_CHECKING:
    from bot.sandbox import Sandbox

AMINA = 101
Open = Callable[..., Intake]


@pytest.fixture
async def open_door(db: Database, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Open]:
    """An intake that looks at the sandbox; it asks it to wait for nothing, and is itself patient with a loaded machine."""
    monkeypatch.setattr("bot.telegram.intake.SPARE", LONG)
    doors: list[Intake] = []

    def make(
        token: str = "42:SANDBOX", *, clock: Clock | None = None, server: str | None = None, wait: int = 0
    ) -> Intake:
        doors.append(Intake(db, server or sandbox.url, token, clock or Clock(), long_poll=wait))
        return doors[-1]

    yield make
    for door in doors:
        await door.close()


async def texts(second: AsyncSession) -> list[str]:
    return [raw["message"]["text"] for raw in await second.scalars(select(Arrival.raw).order_by(Arrival.id))]


async def count(second: AsyncSession) -> int:
    return await second.scalar(select(func.count()).select_from(Arrival)) or 0


async def test_what_came_is_written_down_raw_and_in_order(
    sandbox: Sandbox, open_door: Open, second: AsyncSession
) -> None:
    for words in ("één", "twee", "ثلاثة"):
        sandbox.say(AMINA, words)
    assert await open_door().fetch_once() == 3
    assert await texts(second) == ["één", "twee", "ثلاثة"]
    assert set(await second.scalars(select(Arrival.chat_id))) == {AMINA}


async def test_the_offset_moves_after_the_commit_only(
    db: Database, sandbox: Sandbox, open_door: Open, second: AsyncSession
) -> None:
    sandbox.say(AMINA, "Dag")
    door = open_door()
    async with db.begin() as session:
        await session.execute(Arrival.__table__.delete())  # type: ignore[attr-defined]
        await (await session.connection()).exec_driver_sql("ALTER TABLE arrivals RENAME TO away")
    with pytest.raises(Exception, match="arrivals"):
        await door.fetch_once()
    async with db.begin() as session:
        await (await session.connection()).exec_driver_sql("ALTER TABLE away RENAME TO arrivals")
    assert await door.fetch_once() == 1
    assert await texts(second) == ["Dag"]


async def test_after_a_restart_the_same_update_is_not_written_down_twice(
    sandbox: Sandbox, open_door: Open, second: AsyncSession
) -> None:
    sandbox.say(AMINA, "Dag")
    assert await open_door().fetch_once() == 1  # killed here: the update was never confirmed
    assert await open_door().fetch_once() == 0
    assert await count(second) == 1


async def test_the_listener_is_woken_by_what_is_new(db: Database, sandbox: Sandbox, open_door: Open) -> None:
    woken: list[set[str]] = []
    db.on_commit(woken.append)
    door = open_door()
    await door.fetch_once()
    assert woken == []
    sandbox.say(AMINA, "Dag")
    await door.fetch_once()
    assert woken == [{"listener"}]


STRANGE = [
    {"update_id": 1, "hologram": {"chat": {"id": AMINA}}},
    {"update_id": 2, "message": {"chat": {"id": 2**80}, "text": "a chat that fits no column"}},
    {"update_id": 3, "message": {"chat": {"id": AMINA}, "text": "half \ud83d a pair, and NUL \x00"}},
    {"update_id": 2**90, "message": {"chat": {"id": AMINA}}},
    {"no": "number"},
    "a word",
    None,
    {"update_id": 4, "message": {"chat": {"id": AMINA}, "text": "Dag"}},
]


async def test_strange_updates_are_kept_and_sink_nobody_else(open_door: Open, second: AsyncSession) -> None:
    door = open_door()
    assert await door.store(STRANGE) == len(STRANGE)
    assert await door.store(STRANGE) == 0
    assert await count(second) == len(STRANGE)


@pytest.mark.parametrize("fault", ["5xx", "html", "garbage", "cut_before", "cut_after", "429"])
async def test_trouble_loses_nothing(fault: str, sandbox: Sandbox, open_door: Open, second: AsyncSession) -> None:
    sandbox.say(AMINA, "Dag")
    sandbox.fault(fault, method="getupdates", times=1)
    door = open_door()
    with pytest.raises(Trouble) as trouble:
        await door.fetch_once()
    assert "SANDBOX" not in str(trouble.value)
    assert await door.fetch_once() == 1
    assert await texts(second) == ["Dag"]


async def test_nobody_there_is_trouble_that_does_not_tell_the_token(open_door: Open) -> None:
    with pytest.raises(Trouble) as trouble:
        await open_door(server="http://127.0.0.1:9").fetch_once()
    assert "SANDBOX" not in str(trouble.value)


async def test_the_loop_fetches_and_stops_in_the_middle_of_a_long_poll(
    sandbox: Sandbox, open_door: Open, second: AsyncSession
) -> None:
    stop = asyncio.Event()
    door = open_door(wait=50)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(door.run(stop))
        await until(lambda: sandbox.world.updates.polled)
        begun = asyncio.get_running_loop().time()
        sandbox.say(AMINA, "Dag")
        await until(lambda: count(second))
        await until(lambda: sandbox.world.updates.polled)
        stop.set()
    assert asyncio.get_running_loop().time() - begun < 49, "the second poll alone would have taken fifty"
    assert await texts(second) == ["Dag"]


async def test_a_wrong_token_makes_the_health_red(open_door: Open, second: AsyncSession) -> None:
    stop, health = asyncio.Event(), dict[str, Any]()

    async def noted() -> bool:
        health.update(await second.scalar(select(Note.value).where(Note.name == "fetching")) or {})
        return bool(health)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(open_door("43:WRONG").run(stop))
        await until(noted)
        stop.set()
    assert health["ok"] is False
    assert "token" in health["why"]


async def test_of_two_copies_the_later_one_stops_with_a_sentence(
    open_door: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def always_conflict(self: Intake, stop: asyncio.Event) -> None:
        raise Trouble("Conflict: terminated by other getUpdates request", 409)

    async def no_pause(stop: asyncio.Event, seconds: float) -> None:
        """Time flies."""

    monkeypatch.setattr(Intake, "_ask_until", always_conflict)
    monkeypatch.setattr("bot.telegram.intake._pause", no_pause)
    with pytest.raises(TwoCopies, match="Another copy"):
        await open_door().run(asyncio.Event())


async def test_a_webhook_of_before_is_no_second_copy(
    sandbox: Sandbox, open_door: Open, second: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def pause(stop: asyncio.Event, seconds: float) -> None:
        nonlocal asked
        asked += 1
        if asked == 10:  # the house has opened its door meanwhile
            await sandbox_call(sandbox, "deleteWebhook")

    monkeypatch.setattr("bot.telegram.intake._pause", pause)
    await sandbox_call(sandbox, "setWebhook", url="http://127.0.0.1:9/telegram")
    sandbox.say(AMINA, "Dag")
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(open_door(wait=1).run(stop))
        await until(lambda: count(second))
        stop.set()
    assert await count(second) == 1
    assert asked >= 10


async def sandbox_call(sandbox: Sandbox, method: str, **said: str) -> None:
    async with aiohttp.ClientSession() as http, http.post(f"{sandbox.url}/bot42:SANDBOX/{method}", data=said) as answer:
        assert answer.status == 200, await answer.text()


@pytest.mark.parametrize("apart", [False, True])
async def test_of_two_copies_that_start_together_exactly_the_later_one_stops(
    open_door: Open, sandbox: Sandbox, second: AsyncSession, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    async def short_pause(stop: asyncio.Event, seconds: float) -> None:
        await asyncio.sleep(seconds / 100)

    monkeypatch.setattr("bot.telegram.intake._pause", short_pause)
    stop, gone, gave_way = asyncio.Event(), asyncio.Event(), []
    first, later = open_door(wait=20), open_door(wait=20)

    async def run(copy: Intake) -> None:
        try:
            await copy.run(stop)
        except TwoCopies:
            gave_way.append(copy)
            gone.set()

    async with asyncio.timeout(150), asyncio.TaskGroup() as tasks:
        tasks.create_task(run(first))
        if apart:
            await until(lambda: sandbox.world.updates.polled)
        tasks.create_task(run(later))
        await gone.wait()
        sandbox.say(AMINA, "wie luistert?")
        await until(lambda: count(second))
        stop.set()
    assert await count(second) == 1
    assert gave_way == [later] if apart else len(gave_way) == 1


# ---------------------------------------------------------------- an outage


async def ask(db: Database, now: dt.datetime) -> None:
    async with db.begin() as session:
        question = Utterance("text", text="Kom je?", asks=True)
        delivery = await outbox.put(session, AMINA, question, key="reminder:1:0", now=now)
        assert delivery is not None
        delivery.state, delivery.sent_at = "sent", now


@pytest.mark.parametrize(("minutes", "asked"), [(1, 0), (3, 1)], ids=["short", "long"])
async def test_after_a_long_outage_her_question_is_asked_again(
    db: Database, open_door: Open, second: AsyncSession, minutes: int, asked: int
) -> None:
    door = open_door()
    await door.fetch_once()
    now = Clock().now()
    await ask(db, now - dt.timedelta(minutes=20))
    async with db.begin() as session:
        note = await session.get_one(Note, f"fetched:{door.channel}")
        note.value = {"at": (now - dt.timedelta(minutes=minutes)).isoformat()}
    door = open_door()  # the machine was off, and is on again
    await door.fetch_once()
    await door.fetch_once()
    assert await second.scalar(select(func.count()).where(Delivery.unique_key.startswith("again:"))) == asked


async def test_health_that_was_not_committed_is_noted_the_next_time(
    db: Database, open_door: Open, second: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = open_door()
    async with db.begin() as session:
        session.add(Note(name="fetching", value={"ok": False, "why": "", "at": ""}))
        session.add(Note(name=f"fetched:{door.channel}", value={"at": "2026-01-01T00:00:00+00:00"}))

    async def away(*_: object) -> int:
        raise OSError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(outbox, "ask_again", away)
        with pytest.raises(OSError, match="away"):
            await door.fetch_once()
    await door.fetch_once()
    health = await second.scalar(select(Note.value).where(Note.name == "fetching"))
    assert health is not None
    assert health["ok"] is True


async def test_moving_the_demo_clock_is_no_outage(db: Database, open_door: Open, second: AsyncSession) -> None:
    clock = Clock()
    door = open_door(clock=clock)
    await door.fetch_once()
    await ask(db, clock.now() - dt.timedelta(minutes=20))
    clock.move(dt.timedelta(hours=9))
    await door.fetch_once()
    assert await second.scalar(select(func.count()).where(Delivery.unique_key.startswith("again:"))) == 0


# ---------------------------------------------------------------- webhook

UPDATE = b'{"update_id": 5, "message": {"message_id": 1, "chat": {"id": 101, "type": "private"}, "text": "Dag"}}'


async def call(door: Intake, body: bytes, secret: bytes | None = b"geheim") -> int:
    """The status that the route answers, without a socket between."""
    app, status = Starlette(routes=[door.webhook("geheim")]), 0
    headers = [(b"x-telegram-bot-api-secret-token", secret)] if secret is not None else []
    scope = {"type": "http", "method": "POST", "path": "/telegram", "headers": headers, "query_string": b""}
    parts = [body[i : i + 400_000] for i in range(0, len(body), 400_000)] or [b""]

    async def receive() -> dict[str, Any]:
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status


async def test_the_webhook_answers_after_the_commit(open_door: Open, second: AsyncSession) -> None:
    door = open_door()
    assert await call(door, UPDATE) == 200
    assert await call(door, UPDATE) == 200
    assert await texts(second) == ["Dag"]


@pytest.mark.parametrize(
    ("body", "secret", "status"),
    [
        pytest.param(UPDATE, None, 401, id="no secret"),
        pytest.param(UPDATE, b"raad maar", 401, id="wrong secret"),
        pytest.param(UPDATE, "gehéím".encode(), 401, id="a secret that is not ASCII"),
        pytest.param(UPDATE, b"\xff\xfe", 401, id="a secret that is no text"),
        pytest.param(b"<html>", b"geheim", 400, id="no JSON"),
        pytest.param(b"", b"geheim", 400, id="nothing"),
        pytest.param(b"[]", b"geheim", 400, id="no update"),
        pytest.param(b'{"update_id": true}', b"geheim", 400, id="no number"),
        pytest.param(b"[" * 100_000, b"geheim", 400, id="a very deep body"),
        pytest.param(b" " * 1_000_001 + UPDATE, b"geheim", 413, id="too big"),
    ],
)
async def test_the_webhook_lets_nobody_else_in(
    open_door: Open, second: AsyncSession, body: bytes, secret: bytes | None, status: int
) -> None:
    assert await call(open_door(), body, secret) == status
    assert await count(second) == 0
