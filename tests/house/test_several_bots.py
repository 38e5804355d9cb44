"""Several bots in one PostgreSQL: the same mother may talk with two of them, and neither knows of the other."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

from bot import backup
from bot.app import House, build
from bot.backup_restore import NotNow, restore
from bot.care import announcements, groups, logins, privacy, staff
from bot.care.content import Content
from bot.cli import app
from bot.clock import Clock
from bot.console.desk import console
from bot.db import carry, migrate, moving
from bot.db.ears import listen
from bot.db.models import Arrival, Base, Delivery, Group, Mother, Staff
from bot.db.session import Database, wake
from bot.db.trouble import Unusable
from bot.office import prepare_database
from bot.sandbox import Sandbox
from bot.settings import Settings
from tests.db.test_ears import Loops
from tests.db.test_moving import a_full_house, sums
from tests.given.database import NUMBERS, PostgreSQL

AMINA = 4000  # the number of her chat, with every bot
TOKENS = {"gent": "71:GENT", "antwerpen": "72:ANTWERPEN"}
MADE: list[str] = []  # the address of a database with both schemas, once there is one


@dataclass
class Bot:
    """One of the two: its settings, its database, and once it is open its house and its Telegram."""

    name: str
    settings: Settings
    db: Database
    boxes: list[Sandbox] = field(default_factory=list)
    houses: list[House] = field(default_factory=list)

    @property
    def box(self) -> Sandbox:
        return self.boxes[0]

    async def group(self) -> Group:
        async with self.db.begin() as session:
            return (await session.scalars(select(Group))).one()

    async def mothers(self) -> list[int]:
        async with self.db.begin() as session:
            return list(await session.scalars(select(Mother.chat_id)))

    async def rows(self, table: Any) -> int:
        async with self.db.begin() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0

    async def said(self, more_than: int, contains: str = "") -> list[str]:
        """What Amina has been told by this bot, once there is more of it, with these words."""
        async with asyncio.timeout(90):
            while True:
                found = self.heard()
                if len(found) > more_than and any(contains in words for words in found[more_than:]):
                    return found
                await asyncio.sleep(0.02)

    def heard(self) -> list[str]:
        about = [m.data for m in self.box.messages(AMINA) if m.by_bot]
        return [str(data.get("caption") or data.get("text") or "") for data in about]


async def two_schemas(postgresql: PostgreSQL) -> str:
    """A database in which both bots have their tables, all empty, and nobody else has any."""
    if not MADE:
        MADE.append(await postgresql.empty())
        for name in TOKENS:
            await migrate.upgrade(f"{MADE[0]}&schema={name}")
        return MADE[0]
    engine = create_async_engine(MADE[0])
    async with engine.begin() as connection:
        for name in await connection.scalars(
            text("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|info|public)'")
        ):
            if name not in TOKENS:
                await connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
                continue
            await connection.execute(text(f"SET LOCAL search_path = {name}"))
            await connection.run_sync(carry.empty)
    await engine.dispose()
    return MADE[0]


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
async def bots(postgresql: PostgreSQL, tmp_path: Path) -> AsyncIterator[list[Bot]]:
    """Gent and Antwerpen, each with a group, and Amina who is a member of both."""
    url, now, found = await two_schemas(postgresql), Clock().now(), []
    for name, token in TOKENS.items():
        settings = Settings(
            bot_token=SecretStr(token), data=tmp_path / name, database_url=url, database_schema=name,
            backup_dir=tmp_path / "kept", pace=1000,
        )  # fmt: skip
        db = Database(settings.database())
        async with db.begin() as session:
            group = await groups.create(
                session, house=f"Huis {name}", name=f"Groep {name}", now=now, pattern={"days": [], "every": 1}, starts="09:00",
                ends="11:30", first_day=now.date(), last_day=now.date() + dt.timedelta(days=90), place=f"Plein van {name}",
            )  # fmt: skip
            code = await staff.add(session, f"Rose van {name}", "coordinator", [group], now)
            await staff.claim(session, code, 900, now)
            session.add(Mother(chat_id=AMINA, first_name="Amina", lang="nl", status="member", group_id=group.id, place={},
                               said={}, consented_at=now, created_at=now))  # fmt: skip
        found.append(Bot(name, settings, db))
    yield found
    for bot in found:
        await bot.db.close()


@contextlib.asynccontextmanager
async def opened(bots: list[Bot]) -> AsyncIterator[None]:
    """Both houses at work, each with a Telegram of its own."""
    stop = asyncio.Event()
    async with contextlib.AsyncExitStack() as stack:
        for bot in bots:
            box = Sandbox(token=TOKENS[bot.name], rate_limits=False)
            await box.start()
            stack.push_async_callback(box.stop)
            bot.boxes.append(box)
            bot.settings = bot.settings.model_copy(update={"bot_api": box.url})
            await prepare_database(bot.settings)
            bot.houses.append(await build(bot.settings, Clock(), db=bot.db))
            stack.push_async_callback(bot.houses[0].close)
        async with asyncio.TaskGroup() as tasks:
            for bot in bots:
                house = bot.houses[
                    0
                ]  # without what it makes ready at its opening: that takes long and is not looked at here
                for room in (house.intake, house.listener, house.sender):
                    tasks.create_task(room.run(stop))
            try:
                yield
            finally:
                stop.set()


# ---------------------------------------------------------------- people


@pytest.mark.timeout(600)
async def test_the_same_mother_talks_with_two_bots_and_neither_says_what_is_the_others(bots: list[Bot]) -> None:
    gent, antwerpen = bots
    async with opened(bots):
        for bot in bots:
            bot.box.say(AMINA, "/start")
        before = {bot.name: len(await bot.said(0)) for bot in bots}
        for bot in bots:
            assert {call["status"] for call in bot.box.calls("sendVoice")} <= {200}
            assert await bot.rows(Arrival) == 1
        async with gent.db.begin() as session:
            group = (await session.scalars(select(Group))).one()
            made = await announcements.draft(session, group, None, "own", Clock().now(), text="Neem een zonnehoed mee.")
            assert await announcements.send(session, made, Clock().now(), sure=True) == 1
        for bot in bots:
            announce, _ = bot.houses[0].ticker.ticks["announcements"]
            await announce()
        await gent.said(before["gent"], "zonnehoed")
        async with gent.db.begin() as session:
            amina = (await session.scalars(select(Mother))).one()
            await privacy.forget(session, amina, Clock().now())
        antwerpen.box.say(AMINA, "/start")
        await antwerpen.said(before["antwerpen"])
    assert await gent.mothers() == []
    assert await antwerpen.mothers() == [AMINA]
    assert "zonnehoed" not in " ".join(antwerpen.heard())
    async with antwerpen.db.begin() as session:
        sent = set(await session.scalars(select(Delivery.state)))
    assert sent <= {"sent", "cancelled", "open"}


async def test_a_commit_of_one_bot_wakes_nobody_of_the_other(bots: list[Bot]) -> None:
    gent, antwerpen = bots
    ears = [Database(bot.settings.database()) for bot in bots]  # another process of each
    hears_gent, hears_antwerpen, stop = Loops(ears[0]), Loops(ears[1]), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for there in ears:
            tasks.create_task(listen(there, stop))
        await hears_gent.times(1)
        await hears_antwerpen.times(1)
        async with gent.db.begin() as session:
            wake(session, "sender")
        await hears_gent.times(2)
        async with antwerpen.db.begin() as session:
            wake(session, "inbox")
        await hears_antwerpen.times(2)
        stop.set()
    assert hears_gent.woken[1:] == [{"sender"}]
    assert hears_antwerpen.woken[1:] == [{"inbox"}]
    for there in ears:
        await there.close()


async def test_a_link_or_a_session_of_one_desk_opens_nothing_at_the_other(bots: list[Bot], content: Content) -> None:
    nobody: Any = None
    desks, browsers, links = [], [], []
    for bot in bots:
        desks.append(console(bot.db, content, nobody, bot.settings.data / "media", Clock(), "http://desk.test/console"))
        browsers.append(httpx.AsyncClient(transport=httpx.ASGITransport(app=desks[-1]), base_url="http://desk.test"))
        async with bot.db.begin() as session:
            person = (await session.scalars(select(Staff))).one()
            links.append((await logins.give(session, person, Clock().now()))[1])
    gent, antwerpen = browsers
    assert (await antwerpen.post(links[0])).status_code == 410
    assert (await gent.post(links[0])).status_code == 303
    inside = await gent.get("/console/groep", follow_redirects=True)
    assert "gent" in inside.text
    antwerpen.cookies.update(gent.cookies)  # browsers do not do that between two names; a thief does
    refused = await antwerpen.get("/console/vragen")
    assert (refused.status_code, refused.headers["location"]) == (303, "/console/login")
    for browser in browsers:
        await browser.aclose()


# ---------------------------------------------------------------- rows


async def test_both_have_all_tables_and_the_common_schema_has_none(bots: list[Bot]) -> None:
    for bot in bots:
        await migrate.upgrade(bot.settings.database())
        assert await migrate.differences(bot.settings.database()) == []
    query = "SELECT table_schema, count(*) FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') GROUP BY 1"
    async with bots[0].db.begin() as session:
        found = {row[0]: row[1] for row in await session.execute(text(query))}
    assert found == dict.fromkeys(TOKENS, len(Base.metadata.tables) + 1)


async def test_a_restore_of_one_leaves_the_other_at_work_and_as_it_was(bots: list[Bot]) -> None:
    gent, antwerpen = bots
    made = await backup.make(gent.settings, Clock().now())
    assert made.path.parent == gent.settings.backups() != antwerpen.settings.backups()
    await backup.make(antwerpen.settings, Clock().now())
    async with gent.db.begin() as session:
        await privacy.forget(session, (await session.scalars(select(Mother))).one(), Clock().now())
    with pytest.raises(NotNow, match="running"):
        await restore(gent.settings, made.path, Clock().now(), over=True)
    await gent.db.close()
    before = await sums(antwerpen.settings.database())
    async with antwerpen.db.begin() as session:  # it works on, and has a transaction open
        await session.execute(select(Group))
        again = await restore(gent.settings, made.path, Clock().now(), over=True)
    assert again.again == 1, "Who was forgotten meanwhile stays forgotten."
    assert await gent.mothers() == []
    assert (await gent.group()).name == "Groep gent"
    assert await sums(antwerpen.settings.database()) == before
    assert await antwerpen.mothers() == [AMINA]


async def test_a_house_moves_from_sqlite_into_a_schema_and_from_there_to_another(
    bots: list[Bot], tmp_path: Path
) -> None:
    first, url = await a_full_house(tmp_path / "first.sqlite"), bots[0].settings.database_url or ""
    before = [await sums(bot.settings.database()) for bot in bots]
    brugge, oostende = [moving.address(url, name) for name in ("brugge", "oostende")]
    await moving.move(first, brugge)
    await moving.move(brugge, oostende)
    told = await sums(first)
    for found in (await sums(brugge), await sums(oostende)):
        assert {name: (said["rows"], said["sha256"]) for name, said in found.items()} == {
            name: (said["rows"], said["sha256"]) for name, said in told.items()
        }
    assert [await sums(bot.settings.database()) for bot in bots] == before


async def test_a_user_of_one_schema_can_read_nothing_of_the_other(bots: list[Bot], postgresql: PostgreSQL) -> None:
    """The wall is the database's own, when each bot has a user of its own."""
    gent, antwerpen = bots
    name = _name(gent.settings.database_url or "")
    user = f"brussel_{next(NUMBERS)}"
    await postgresql.run(f"CREATE ROLE {user} LOGIN")
    url = postgresql.url(name)
    owner = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with owner.connect() as connection:
        await connection.execute(text(f"CREATE SCHEMA brussel AUTHORIZATION {user}"))
    await owner.dispose()
    theirs = url.replace("postgres:@", f"{user}:@")
    await migrate.upgrade(f"{theirs}&schema=brussel")
    assert await migrate.differences(f"{theirs}&schema=brussel") == []
    with pytest.raises(Unusable, match=r"may not work in that schema|rights of an owner"):
        await prepare_database(antwerpen.settings.model_copy(update={"database_url": theirs, "bot_token": None}))
    thief = create_async_engine(theirs)
    async with thief.connect() as connection:
        with pytest.raises(Exception, match="permission denied for schema antwerpen"):
            await connection.execute(text("SELECT first_name FROM antwerpen.mothers"))
    await thief.dispose()


# ---------------------------------------------------------------- what is set wrong


@pytest.mark.parametrize(
    ("url", "schema", "says"),
    [
        (None, "gent", "give each its own folder"),
        ("sqlite:///x.sqlite", "gent", "give each its own folder"),
        ("postgresql://a:b@h/d", 'gent"; DROP SCHEMA public', "no name for a schema"),
        ("postgresql://a:b@h/d", "Gent", "no name for a schema"),
        ("postgresql://a:b@h/d", "pg_toast", "no name for a schema"),
        ("postgresql://a:b@h/d?schema=x-y", None, "no name for a schema"),
        ("postgresql://a:b@h/d?schema=gent", "brugge", "leave one of them out"),
    ],
)
def test_a_schema_that_cannot_be_is_told(url: str | None, schema: str | None, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings(database_url=url, database_schema=schema)


@pytest.mark.parametrize(
    ("url", "schema", "is_"),
    [
        ("postgresql://a:b@h/d", "gent", "postgresql+asyncpg://a:b@h/d?schema=gent"),
        ("postgresql://a:b@h/d?ssl=require", "gent", "postgresql+asyncpg://a:b@h/d?ssl=require&schema=gent"),
        ("postgresql://a:b?c@h/d", "gent", "postgresql+asyncpg://a:b?c@h/d?schema=gent"),
        ("postgresql://a:b@h/d?schema=gent", None, "postgresql+asyncpg://a:b@h/d?schema=gent"),
        ("postgresql://a:b@h/d", None, "postgresql+asyncpg://a:b@h/d"),
        ("postgresql://a:b@h/d", "public", "postgresql+asyncpg://a:b@h/d"),
    ],
)
def test_the_schema_goes_along_in_the_address(url: str, schema: str | None, is_: str) -> None:
    assert Settings(database_url=url, database_schema=schema).database() == is_


def test_the_command_says_it_in_a_sentence(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["migrate", "--data", str(tmp_path)], env={"DATABASE_SCHEMA": "gent"})
    assert said.exit_code == 2
    assert "Setting DATABASE_SCHEMA" in said.output
    assert "its own folder (DATA)" in said.output


async def test_a_second_bot_without_a_place_of_its_own_is_refused(bots: list[Bot]) -> None:
    gent, antwerpen = bots
    for bot in bots:
        await prepare_database(bot.settings)
    stray = antwerpen.settings.model_copy(update={"database_schema": "gent"})
    with pytest.raises(Unusable, match="belongs to bot 71, and BOT_TOKEN is of bot 72"):
        await prepare_database(stray)
    stray = antwerpen.settings.model_copy(update={"data": gent.settings.data})
    with pytest.raises(Unusable, match=r"folder .*gent belongs to bot 71"):
        await prepare_database(stray)
    for bot in bots:
        await prepare_database(bot.settings)


def test_a_new_bot_takes_a_house_over_when_that_is_said(tmp_path: Path) -> None:
    def run(token: str, *more: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["migrate", "--data", str(tmp_path), *more], env={"BOT_TOKEN": token})
        return done.exit_code, done.output

    assert run("71:GENT")[0] == 0
    code, said = run("72:NEW")
    assert code == 1
    assert "stapsteen migrate --new-bot" in said
    assert run("72:NEW", "--new-bot")[0] == 0
    assert run("72:NEW")[0] == 0
    assert run("71:GENT")[0] == 1
