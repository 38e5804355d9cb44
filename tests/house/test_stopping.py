"""Stopping: within a breath, whatever Telegram does at that moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import app
from bot.clock import Clock
from bot.office import prepare_database
from bot.settings import Settings
from bot.telegram import send

NEVER = 3600  # seconds: so long a call would be waited for


class Silent:
    """A Telegram that takes every call and answers none."""

    def __init__(self) -> None:
        self.called, self._over = asyncio.Event(), asyncio.Event()
        self._calls: set[asyncio.Task[object]] = set()

    async def open(self) -> str:
        """Its address."""
        self._server = await asyncio.start_server(self._keep, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        self._server.close()
        self._over.set()
        if self._calls:
            await asyncio.wait(self._calls)

    async def _keep(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        self.called.set()
        await self._over.wait()
        writer.transport.abort()


@pytest.fixture
async def silent() -> AsyncIterator[Silent]:
    telegram = Silent()
    yield telegram
    await telegram.close()


async def test_a_house_that_is_told_to_stop_does_not_wait_for_a_silent_telegram(
    silent: Silent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "SLOWEST", NEVER)
    settings = Settings(data=tmp_path, bot_token="42:SANDBOX", bot_api=await silent.open())  # type: ignore[arg-type]
    await prepare_database(settings)
    house, stop = await app.build(settings, Clock()), asyncio.Event()
    house.intake.long_poll = NEVER
    await house.clips.warm()
    living = asyncio.ensure_future(app.live(house, stop))  # noqa: TID251 - the test is the composition root here
    await silent.called.wait()
    stop.set()
    async with asyncio.timeout(120):  # else it would be silent for an hour
        await living
    await house.close()
