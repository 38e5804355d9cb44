"""Opening and closing a house: Telegram is told where to knock, however long that takes, and nothing is left lying about."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import app
from bot.care import groups, meetings
from bot.clock import Clock
from bot.db.models import Media
from bot.db.notes import noted
from bot.office import prepare_database
from bot.opening import open_house
from bot.sandbox import Sandbox
from bot.settings import Settings
from tests.care.conftest import NOON, make_group, make_mother, wall

TOKEN = "42:SANDBOX"


@pytest.fixture
async def house(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[app.House]:
    settings = Settings(
        data=tmp_path, bot_token=SecretStr(TOKEN), bot_api=sandbox.url, public_url="https://bot.example.org"
    )
    await prepare_database(settings)
    house = await app.build(settings, Clock())
    yield house
    await house.close()


async def open_it(house: app.House) -> None:
    async with asyncio.timeout(120):
        await open_house(house.settings, house.port, house.content, house.clips, house.db)


async def test_a_webhook_that_could_not_be_set_is_set_when_telegram_is_back(house: app.House, sandbox: Sandbox) -> None:
    sandbox.fault("5xx", method="setWebhook", times=2)
    await open_it(house)
    tries = sandbox.calls("setWebhook")
    assert [row["status"] for row in tries][-1] == 200
    assert len(tries) >= 3
    assert str(tries[-1]["params"]["url"]) == "https://bot.example.org/telegram"
    async with house.db.begin() as session:
        known = await noted(session, "bot")
    assert known is not None
    assert known["username"] == sandbox.world.about["username"]


async def test_the_bot_introduces_itself_in_every_language_that_is_offered(house: app.House, sandbox: Sandbox) -> None:
    await open_it(house)
    for method in ("setMyCommands", "setMyDescription", "setMyShortDescription"):
        told = {str(row["params"].get("language_code", "")) for row in sandbox.calls(method) if row["status"] == 200}
        assert told == {*house.content.offered, ""}


async def test_a_house_with_a_webhook_says_every_minute_that_it_is_there(house: app.House) -> None:
    alive, seconds = house.ticker.ticks["alive"]
    assert seconds == 60
    await alive()
    async with house.db.begin() as session:
        assert await noted(session, f"fetched:{house.intake.channel}") is not None


async def test_a_house_that_asks_for_itself_takes_an_old_webhook_away(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, bot_token=SecretStr(TOKEN), bot_api=sandbox.url)
    await prepare_database(settings)
    house = await app.build(settings, Clock())
    try:
        await open_it(house)
        assert sandbox.calls("deleteWebhook")
        assert "alive" not in house.ticker.ticks
    finally:
        await house.close()


async def test_a_recording_whose_row_was_never_written_is_swept_away(house: app.House) -> None:
    folder = house.settings.data / "media"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("stray.ogg", "kept.ogg", "new.ogg"):
        (folder / name).write_bytes(b"OggS")
    for name, hours in (("stray.ogg", 2), ("kept.ogg", 2), ("new.ogg", 0)):
        written = (Clock().now() - dt.timedelta(hours=hours)).timestamp()
        os.utime(folder / name, (written, written))
    async with house.db.begin() as session:
        session.add(
            Media(name="kept.ogg", kind="voice", mime="audio/ogg", size=4, sha256="x", created_at=Clock().now())
        )
    await house.ticker.ticks["strays"][0]()
    assert {path.name for path in folder.iterdir()} == {"kept.ogg", "new.ogg"}


async def test_the_voice_of_a_reminder_is_made_before_it_is_due(house: app.House) -> None:
    async with house.db.begin() as session:
        group = await make_group(session)
        await meetings.plan(session, group, NOON)
        assert await groups.join(session, await make_mother(session, "Fatou", "fr"), group, NOON) == "ok"
    for at, made in (("18:15", 0), ("18:25", 1)):
        house.clock.move(wall(f"2026-11-25 {at}") - house.clock.now())
        await house.ticker.ticks["speak_reminders"][0]()
        assert len(list(house.clips.cache.rglob("*.ogg"))) == made
