"""Two machines with nothing in common but the database and the store of files: what one fetches the other sends, and both forget."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import func, select

from bot import app
from bot.care import groups, privacy
from bot.clock import Clock
from bot.db.keep_models import Discard
from bot.db.models import Media, Mother
from bot.db.session import Database
from bot.office import prepare_database
from bot.sandbox import Sandbox
from bot.settings import Settings
from tests.care.conftest import make_group, make_mother, make_staff
from tests.given.database import PostgreSQL
from tests.given.store import S3
from tests.given.waiting import until
from tests.journeys.scripted import tone

AMINA, ROSE = 7700101, 900


@contextlib.asynccontextmanager
async def machine(settings: Settings, *roles: str) -> AsyncIterator[app.House]:
    """A process of the bot on a machine of its own."""
    house, stop = await app.build(settings, Clock()), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(app.live(house, stop, roles=roles))
        try:
            yield house
        finally:
            stop.set()
    await house.close()


async def beginning(db: Database) -> None:
    now = Clock().now()
    async with db.begin() as session:
        days = {
            "first_day": now.date(),
            "last_day": now.date() + dt.timedelta(days=30),
        }  # a term on whatever day this runs
        group = await make_group(session, now=now, **days)
        rose = await make_staff(session, "Rose", "coordinator", group)
        rose.chat_id = ROSE
        amina = await make_mother(session, "Amina", "nl", status="member", consented_at=now)
        amina.chat_id = AMINA
        await groups.join(session, amina, group, now)


async def test_a_voice_goes_from_one_machine_to_the_other_and_is_forgotten_on_both(
    postgresql: PostgreSQL, sandbox: Sandbox, s3: S3, person: Any, tmp_path: Path
) -> None:
    said = {
        "database_url": await postgresql.fresh(), "bot_token": SecretStr("42:SANDBOX"), "bot_api": sandbox.url,
        "quiet_from": "00:00", "quiet_until": "00:00",
    }  # fmt: skip
    first, second = (s3.settings(tmp_path / name, **said) for name in ("first", "second"))
    amina, rose = await person(AMINA, "Amina", "nl"), await person(ROSE, "Rose", "nl")
    db = Database(first.database())
    await prepare_database(first)
    await beginning(db)
    async with machine(first, "intake", "listener") as ear, machine(second, "sender", "ticker") as mouth:
        await rose.start()
        await amina.start()
        await amina.speak(tone(440, 1.0), 1)
        heard = await rose.wait_for(lambda bubble: bubble["kind"] == "voice")
        async with db.begin() as session:
            (name,) = await session.scalars(select(Media.name))
        assert await rose.file(heard) == s3.content(f"house/{name}"), "sent by the one, fetched by the other"
        assert not list((second.data / "media").glob("*"))
        async with ear.db.begin() as session:
            await privacy.forget(session, (await session.scalars(select(Mother))).one(), Clock().now())

        async def gone() -> bool:
            async with db.begin() as session:
                left = await session.scalar(select(func.count()).select_from(Discard))
            copies = [*(tmp_path / "first/cache/media").glob("*"), *(tmp_path / "second/cache/media").glob("*.ogg")]
            return not left and not copies and not [one for one in s3.stored() if name in one]

        await until(gone, pause=0.2)
        assert mouth.db.info["copies"] == tmp_path / "second/cache/media"
    await db.close()
