"""/healthz and /metrics: true when all is well and when it is not, readable by Prometheus, and without anybody in it."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import text

from bot.clock import Clock
from bot.db.models import Arrival, Delivery, Mother, Question
from bot.db.notes import note
from bot.db.session import Database, make_engine
from bot.settings import ROLES, Settings
from bot.telegram.intake import Intake
from bot.web import web
from tests.given.house import House, World

TOKEN = "42:SANDBOX"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with much to do makes no database look away."""
    monkeypatch.setattr("bot.web.DATABASE_ANSWERS", 90.0)


def client(db: Database, roles: tuple[str, ...] = ("intake",), url: str | None = None) -> httpx.AsyncClient:
    nobody: Any = None  # no desk is built for these roles
    settings = Settings(bot_token=SecretStr(TOKEN), public_url=url)
    app = web(settings, db, nobody, nobody, Clock(), Intake(db, "http://127.0.0.1:9", TOKEN, Clock()), roles=roles)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def figures(http: httpx.AsyncClient) -> dict[str, float]:
    answer = await http.get("/metrics")
    assert answer.status_code == 200
    return {
        f"{sample.name}{''.join(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_a_house_that_does_well_says_so(db: Database) -> None:
    async with db.begin() as session:
        await note(session, "fetched:telegram:42", {"at": Clock().now().isoformat()})
    async with client(db) as http:
        answer = await http.get("/healthz")
        assert (answer.status_code, answer.json()["ok"]) == (200, True)
        found = await figures(http)
    assert found["stapsteen_database_up"] == 1
    assert found["stapsteen_fetching_ok"] == 1
    assert 0 <= found["stapsteen_fetched_seconds"] < 600
    assert found["process_resident_memory_bytes"] > 1_000_000


@pytest.mark.parametrize(("url", "status"), [(None, 503), ("https://bot.example.org", 200)])
async def test_a_house_that_asks_nobody_is_not_well(db: Database, url: str | None, status: int) -> None:
    long_ago = Clock().now() - dt.timedelta(minutes=10)
    async with db.begin() as session:
        await note(session, "fetched:telegram:42", {"at": long_ago.isoformat()})
    async with client(db, url=url) as http:
        assert (await http.get("/healthz")).status_code == status


async def test_a_wrong_token_and_what_waits_are_seen(world: World, house: House) -> None:
    now = Clock().now()
    old = now - dt.timedelta(minutes=7)
    async with world.db.begin() as session:
        await note(session, "sending", {"ok": False, "why": "Telegram does not know this token."})
        session.add(
            Arrival(channel="t", update_id=1, chat_id=7700101, raw={"text": "Amina"}, received_at=old, due_at=old)
        )
        mother = Mother(chat_id=7700101, first_name="Amina", status="member", place={}, said={}, created_at=old)
        session.add(mother)
        await session.flush()
        session.add(Question(mother_id=mother.id, lang="ar", urgent=True, state="open", created_at=old))
        session.add(
            Delivery(unique_key="a", token="t", chat_id=7700101, state="open", due_at=old, created_at=old, unknown=2,
                     utterance={"text": "Dag Amina"})
        )  # fmt: skip
    async with client(world.db) as http:
        assert (await http.get("/healthz")).status_code == 503
        assert (await http.get("/readyz")).status_code == 200, "The desk stays open: it says what is wrong."
        found = await figures(http)
        page = (await http.get("/metrics")).text
    assert found["stapsteen_sending_ok"] == 0
    assert found["stapsteen_arrivals_waiting"] == found["stapsteen_deliveries_due"] == 1
    assert 7 * 60 <= found["stapsteen_arrivals_oldest_seconds"] < 20 * 60  # and as long as this test took
    assert 7 * 60 <= found["stapsteen_urgent_oldest_seconds"] < 20 * 60
    assert found["stapsteen_deliveries_unknown"] == 2
    assert found["stapsteen_mothersmember"] == 1
    for secret in ("Amina", "7700101", "Rose", "Dag", TOKEN):
        assert secret not in page


async def test_without_a_database_it_says_so_instead_of_breaking() -> None:
    db = Database("postgresql+asyncpg://nobody@127.0.0.1:9/nothing")
    async with client(db) as http:
        answer = await http.get("/healthz")
        assert (answer.status_code, answer.json()["database"]["ok"]) == (503, False)
        assert (await http.get("/readyz")).status_code == 503
        found = await figures(http)
    assert found["stapsteen_database_up"] == 0
    await db.close()


async def test_a_process_shows_only_what_is_its_role(db: Database) -> None:
    async with client(db, ("sender",), "https://bot.example.org") as http:
        assert (await http.post("/telegram", json={})).status_code == 404
        assert (await http.get("/console")).status_code == 404
    async with client(db, ("intake",), "https://bot.example.org") as http:
        assert (await http.post("/telegram", json={})).status_code == 401


async def test_any_process_may_take_a_webhook_and_a_retried_one_is_kept_once(database_url: str) -> None:
    """A load balancer gives the same update to two processes, at once."""
    houses = [Database(database_url), Database(database_url)]
    assert set(ROLES) >= {"intake"}
    settings = Settings(bot_token=SecretStr(TOKEN), public_url="https://bot.example.org")
    from bot.web import secret

    said = {"X-Telegram-Bot-Api-Secret-Token": secret(settings)}
    updates = [{"update_id": n, "message": {"chat": {"id": 7}, "text": str(n)}} for n in (3, 1, 2)]
    async with (
        client(houses[0], url="https://bot.example.org") as one,
        client(houses[1], url="https://bot.example.org") as two,
    ):
        answers = await asyncio.gather(
            *(http.post("/telegram", json=update, headers=said) for update in updates for http in (one, two))
        )
    assert {answer.status_code for answer in answers} == {200}
    engine = make_engine(database_url)
    async with engine.connect() as connection:
        kept = sorted((await connection.scalars(text("SELECT update_id FROM arrivals"))).all())
    await engine.dispose()
    assert kept == [1, 2, 3]
    for house in houses:
        await house.close()
