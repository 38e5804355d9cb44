"""A rough translation for staff: off until a house names a translator, always called a machine's, and no fault of it holds anything up."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select

from bot.care import inbox, inbox_lists, retention, rough
from bot.care.content import Content
from bot.clock import Clock
from bot.db.inbox_models import Rough
from bot.db.models import Mother, Question, Staff
from bot.db.session import Database
from bot.messages import Heard
from bot.settings import Settings
from bot.workers import translator
from bot.workers.translator import Translator
from tests.care.conftest import NOON, make_group, make_mother, make_staff, words_to
from tests.workers.scenery import still

ARABIC, DUTCH = "متى تبدأ المدرسة؟", "Wanneer begint de school?"
Answer = Callable[[], web.Response]


@dataclass
class Server:
    """A LibreTranslate of our own; `says` is what it answers next."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    wait: float = 0.0
    says: Answer = lambda: web.json_response({"translatedText": DUTCH})

    async def translate(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        await asyncio.sleep(self.wait)
        return self.says()


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setattr(translator, "SECONDS", 120.0)  # it lives in this process, which may be held up
    made = Server()
    app = web.Application()
    app.router.add_post("/translate", made.translate)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@dataclass
class Inbox:
    """Amina has asked Rose something in Arabic letters."""

    db: Database
    content: Content
    amina: Mother
    rose: Staff
    clock: Clock = field(default_factory=lambda: still(NOON))

    async def ask(self, text: str = ARABIC) -> Question:
        async with self.db.begin() as session:
            amina = await session.get_one(Mother, self.amina.id)
            heard = Heard("text", amina.chat_id, text=text)
            return await inbox.ask(session, amina, heard, None, self.clock.now())

    async def shown(self, question: Question) -> dict[int, str]:
        async with self.db.begin() as session:
            (asked,) = await inbox_lists.whole(session, [await session.get_one(Question, question.id)])
            return asked.rough

    async def told(self) -> str:
        async with self.db.begin() as session:
            return await words_to(session, self.rose.chat_id)

    def by(self, server: Server) -> Translator:
        return Translator(self.db, self.content, self.clock, server.url, "sleutel")


@pytest.fixture
async def asked(db: Database, content: Content) -> Inbox:
    async with db.begin() as session:
        group = await make_group(session)
        amina = await make_mother(session, "Amina", "ar", status="member", group_id=group.id, consented_at=NOON)
        rose = await make_staff(session, "Rose", "coordinator", group)
    return Inbox(db, content, amina, rose)


async def test_rose_sees_it_at_the_desk_and_in_telegram_called_a_machines(asked: Inbox, server: Server) -> None:
    question = await asked.ask()
    assert await asked.by(server).translate_one()
    assert not await asked.by(server).translate_one()
    assert server.asked == [
        {"q": ARABIC, "source": "ar", "target": "nl", "format": "text", "api_key": "sleutel"}
    ]  # the words alone: no name, no number
    assert list((await asked.shown(question)).values()) == [DUTCH]
    assert f"{rough.LABEL}\n“{DUTCH}”" in await asked.told()
    async with asked.db.begin() as session:
        assert DUTCH not in await words_to(session, asked.amina.chat_id)


async def test_without_a_translator_nothing_is_sent_and_nothing_is_missing(asked: Inbox) -> None:
    question = await asked.ask()
    assert translator.ticks(Settings(_env_file=None), asked.db, asked.content, asked.clock) == {}  # type: ignore[call-arg]
    assert await asked.shown(question) == {}
    assert "Vraag van Amina (Arabisch)" in await asked.told()
    assert ARABIC in await asked.told()


@pytest.mark.parametrize(
    "says",
    [
        pytest.param(lambda: web.Response(status=500, text="kapot"), id="500"),
        pytest.param(lambda: web.Response(status=403, text="key?"), id="refused"),
        pytest.param(lambda: web.Response(text="<html>hallo</html>"), id="a page"),
        pytest.param(lambda: web.json_response(["nl"]), id="a list"),
        pytest.param(lambda: web.json_response({"translatedText": "  "}), id="nothing"),
        pytest.param(lambda: web.json_response({"translatedText": {"nl": "x"}}), id="no text"),
        pytest.param(lambda: web.json_response({"translatedText": "bla " * 500}), id="far too long"),
        pytest.param(lambda: web.Response(body=b"x" * 200_000), id="endless"),
        pytest.param(lambda: web.Response(status=302, headers={"location": "http://127.0.0.1:1/"}), id="elsewhere"),
    ],
)
async def test_nonsense_is_not_shown_and_is_tried_again_later(asked: Inbox, server: Server, says: Answer) -> None:
    server.says = says
    question = await asked.ask()
    assert await asked.by(server).translate_one()
    assert not await asked.by(server).translate_one()
    assert await asked.shown(question) == {}
    server.says = lambda: web.json_response({"translatedText": DUTCH})
    asked.clock.offset += dt.timedelta(minutes=2)
    assert await asked.by(server).translate_one()
    assert list((await asked.shown(question)).values()) == [DUTCH]


async def test_a_slow_one_is_given_up_and_said_on_the_page_of_the_house(
    asked: Inbox, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translator, "SECONDS", 0.2)
    server.wait = 5.0
    await asked.ask()
    assert await asked.by(server).translate_one()
    server.url, server.wait = "http://127.0.0.1:1", 0.0  # and one that is not there at all
    asked.clock.offset += dt.timedelta(minutes=2)
    assert await asked.by(server).translate_one()
    async with asked.db.begin() as session:
        session.info["translator"] = "vertaler.huis"
        assert await rough.state(session) == ("vertaler.huis", "silent")


async def test_it_is_left_alone_after_five_tries(asked: Inbox, server: Server) -> None:
    server.says = lambda: web.Response(status=500)
    await asked.ask()
    for _ in range(10):
        while await asked.by(server).translate_one():
            pass
        asked.clock.offset += dt.timedelta(hours=3)
    assert len(server.asked) == 5


async def test_a_language_it_does_not_know_is_asked_once_and_is_no_trouble(asked: Inbox, server: Server) -> None:
    server.says = lambda: web.json_response({"error": "ti is not supported"}, status=400)
    await asked.ask()
    await asked.by(server).translate_all()
    asked.clock.offset += dt.timedelta(hours=3)
    await asked.by(server).translate_all()
    assert len(server.asked) == 1
    async with asked.db.begin() as session:
        session.info["translator"] = "vertaler.huis"
        assert await rough.state(session) == ("vertaler.huis", "")


async def test_dutch_and_voices_and_what_comes_back_the_same_show_nothing(asked: Inbox, server: Server) -> None:
    server.says = lambda: web.json_response({"translatedText": "Ik kom  MORGEN"})
    question = await asked.ask("ik kom morgen")
    await asked.by(server).translate_all()
    assert await asked.shown(question) == {}
    async with asked.db.begin() as session:
        (await session.get_one(Mother, asked.amina.id)).lang = "nl"
    assert not await asked.by(server).translate_one()


async def test_with_her_words_goes_what_a_machine_made_of_them(asked: Inbox, server: Server) -> None:
    question = await asked.ask()
    await asked.by(server).translate_all()
    async with asked.db.begin() as session:
        row = await session.get_one(Question, question.id)
        row.state, row.answered_at = "answered", asked.clock.now()
    late = asked.clock.now() + dt.timedelta(days=40)
    async with asked.db.begin() as session:
        while await retention.questions(session, asked.content, late, late):
            pass
        assert list(await session.scalars(select(Rough))) == []
    assert DUTCH not in await asked.told()


@pytest.mark.parametrize("url", ["ftp://x", "localhost:5000", "https://x/?key=1"])
def test_a_wrong_address_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="translator_url"):
        Settings(_env_file=None, translator_url=url)  # type: ignore[call-arg]
