"""Given: the desk over a real database, with Rose inside; beside her Vera who volunteers, and Dirk of another group."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.care import groups, inbox, logins, meetings
from bot.care.content import Content
from bot.clock import Clock
from bot.console.desk import console
from bot.db.models import Group, Media, Meeting, Mother, Question, Staff
from bot.db.session import Database
from bot.messages import Heard
from bot.speech.clips import Clips
from tests.care.conftest import NOON, ROOT, make_group, make_media, make_mother, make_staff
from tests.given.clock import Looked
from tests.journeys.scripted import tone

BASE = "http://desk.test/console"


@dataclass
class Desk:
    """The desk and who uses it. Everything is committed; `clock` stands at NOON, however slow the machine is, and can be moved."""

    app: FastAPI
    db: Database
    clock: Clock
    media: Path
    group: Group
    amina: Mother
    fatou: Mother
    rose: Staff
    els: Staff
    vera: Staff
    dirk: Staff
    coming: list[Meeting]
    browsers: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self) -> httpx.AsyncClient:
        """A browser that nobody is logged in with."""
        transport = httpx.ASGITransport(app=self.app)
        opened = httpx.AsyncClient(transport=transport, base_url="http://desk.test")
        self.browsers.append(opened)
        return opened

    async def link(self, person: Staff) -> str:
        async with self.db.begin() as session:
            return (await logins.give(session, person, self.clock.now()))[1]

    async def inside(self, person: Staff) -> httpx.AsyncClient:
        """A browser in which this colleague is logged in."""
        browser = self.browser()
        assert (await browser.post(await self.link(person))).status_code == 303
        return browser

    async def asks(self, mother: Mother, text: str = "", media: Media | None = None, urgent: bool = False) -> Question:
        async with self.db.begin() as session:
            mother = await session.get_one(Mother, mother.id)
            heard = Heard("voice" if media else "text", mother.chat_id, text=text)
            kept = await session.merge(media) if media else None
            return await inbox.ask(session, mother, heard, kept, self.clock.now(), urgent=urgent)

    async def voice(self, hertz: int = 440) -> Media:
        """A voice note of Amina's, on disk."""
        async with self.db.begin() as session:
            media = await make_media(session, mother_id=self.amina.id)
        (self.media / media.name).write_bytes(tone(hertz, 1.0))
        return media


@pytest.fixture
async def clips(tmp_path: Path) -> AsyncIterator[Clips]:
    made = Clips(ROOT / "audio", tmp_path / "cache", recordings=tmp_path / "recordings")
    yield made
    await made.close()


@pytest.fixture
async def desk(db: Database, content: Content, clips: Clips, tmp_path: Path) -> AsyncIterator[Desk]:
    clock, media = Looked(NOON), tmp_path / "media"
    media.mkdir()
    app = console(db, content, clips, media, clock, BASE)
    async with db.begin() as session:
        group = await make_group(session)
        other = await make_group(session, name="Klimop")
        await meetings.plan(session, group, NOON)
        people: dict[str, Any] = {
            "amina": await make_mother(session, "Amina", "ar"),
            "fatou": await make_mother(session, "Fatou", "fr"),
        }
        for mother in people.values():
            await groups.join(session, mother, group, NOON)
        for name, role in (("rose", "coordinator"), ("els", "guide"), ("vera", "volunteer")):
            people[name] = await make_staff(session, name.title(), role, group)
        people["dirk"] = await make_staff(session, "Dirk", "coordinator", other)
        coming = await meetings.coming(session, group.id, NOON, 5)
    made = Desk(app, db, clock, media, group, coming=coming, **people)
    yield made
    for browser in made.browsers:
        await browser.aclose()


@pytest.fixture
async def rose(desk: Desk) -> httpx.AsyncClient:
    """Rose's browser."""
    return await desk.inside(desk.rose)
