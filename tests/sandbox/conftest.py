"""Given: two client libraries on one sandbox, with judges on their wires, Amina with her phone, and time that stands still."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
import telegram
from aiogram import Bot

from bot.sandbox import Sandbox
from bot.sandbox.pace import Pace
from tests.given.sandbox import Person
from tests.sandbox.oracle import CheckingRequest, CheckingSession, request_faults

Ask = Callable[..., Any]
MORNING = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)


class Hand:
    """Seconds that only pass when told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    """What the pace of sending and the brake on asking go by: however slow the machine, no second passes."""
    hand = Hand()
    sandbox.world.pace = Pace(clock=hand)
    sandbox.world.updates.seconds = hand
    return hand


@pytest.fixture
def still(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's clock stands, until a test moves it with `sandbox.clock.advance`."""
    monkeypatch.setattr(sandbox.clock, "_now", lambda: MORNING)


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot warns about the old type of durations; this asks for the new one."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
async def ai(sandbox: Sandbox) -> AsyncIterator[Bot]:
    """aiogram's Bot; at the end no answer had a field that a library does not know."""
    session = CheckingSession(sandbox.url)
    bot = Bot(sandbox.token, session=session)
    yield bot
    await session.close()
    assert session.faults == []
    requests_are_right(sandbox)


@pytest.fixture
async def ptb(sandbox: Sandbox) -> AsyncIterator[telegram.Bot]:
    """python-telegram-bot's Bot; the same."""
    wires = CheckingRequest(), CheckingRequest()
    bot = telegram.Bot(
        sandbox.token,
        base_url=f"{sandbox.url}/bot",
        base_file_url=f"{sandbox.url}/file/bot",
        request=wires[0],
        get_updates_request=wires[1],
    )
    async with bot:
        yield bot
    assert wires[0].faults + wires[1].faults == []
    requests_are_right(sandbox)


@pytest.fixture(params=["ai", "ptb"])
def bot(request: pytest.FixtureRequest) -> Any:
    """Either of them: what a test does with `bot` it does with both."""
    return request.getfixturevalue(request.param)


def requests_are_right(sandbox: Sandbox) -> None:
    """Every accepted request is one that the Bot API describes."""
    rows = [row for row in sandbox.calls() if row["status"] == 200 and row["method"] != "file"]
    odd = {row["method"]: request_faults(row["method"], _own(row["params"])) for row in rows}
    assert {method: faults for method, faults in odd.items() if faults} == {}


def _own(params: dict[str, Any]) -> dict[str, Any]:
    """Without the extra parts that attach:// points at, under names of the library's own choice."""
    parts = set(re.findall(r"attach://([^\"',}\]\s]+)", str(params)))
    return {name: value for name, value in params.items() if name not in parts}


@pytest.fixture
async def call(sandbox: Sandbox) -> AsyncIterator[Ask]:
    """`await call("sendMessage", chat_id=101, text="Dag")` gives the whole envelope, without any library."""
    async with aiohttp.ClientSession() as session:

        async def ask(method: str, **params: Any) -> dict[str, Any]:
            async with session.post(f"{sandbox.url}/bot{sandbox.token}/{method}", json=params) as answer:
                body: dict[str, Any] = await answer.json()
                assert answer.status == body.get("error_code", 200)
                return body

        yield ask


@pytest.fixture
async def amina(sandbox: Sandbox) -> AsyncIterator[Person]:
    """Amina, who reads nothing, has pressed Start; the bot has not looked yet."""
    async with Person(sandbox.url, 101, "Amina", "ar") as phone:
        await phone.start()
        yield phone
