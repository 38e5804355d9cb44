"""Stopping: within a breath, whatever Telegram does at that moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic

from bot import app
from bot.clock import Clock
from bot.office import prepare_database
from bot.settings import Settings


async def test_a_house_that_is_told_to_stop_does_not_wait_for_a_silent_telegram(tmp_path: Path) -> None:
    silent = await asyncio.start_server(lambda reader, writer: asyncio.sleep(60), "127.0.0.1", 0)
    nowhere = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    settings = Settings(data=tmp_path, bot_token="42:SANDBOX", bot_api=nowhere)  # type: ignore[arg-type]
    await prepare_database(settings)
    house, stop = await app.build(settings, Clock()), asyncio.Event()
    await house.clips.warm()
    living = asyncio.ensure_future(app.live(house, stop))  # noqa: TID251 - the test is the composition root here
    await asyncio.sleep(1)
    told = monotonic()
    stop.set()
    await living
    took = monotonic() - told
    await house.close()
    silent.close()
    assert took < 20, "Telegram would have been silent for a minute"
