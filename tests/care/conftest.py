"""Given: the real content, and the cast: Amina (ar), Fatou (fr), Oksana (uk), Selam (ti), Grace who stopped, Rose and her colleagues."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.care import desk, groups, meetings, outbox, staff
from bot.care.content import Content
from bot.clock import ZONE
from bot.db.models import Arrival, Delivery, Group, Media, Meeting, Mother, Staff
from bot.db.session import Database, Session
from bot.messages import Heard, Utterance, from_json

ROOT = Path(__file__).parents[2]
NUMBERS = itertools.count(1)


def wall(text: str) -> dt.datetime:
    """A wall-clock moment in Flanders: "2026-11-24 12:00"."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(dt.UTC)


NOON = wall("2026-11-24 12:00")  # a Tuesday; the group meets on Thursday the 26th at nine


@pytest.fixture
async def session(db: Database) -> AsyncIterator[Session]:
    """One long transaction: what care/ needs, and never commits itself."""
    async with db.begin() as open_session:
        yield open_session


async def make_group(session: Session, now: dt.datetime = NOON, **fields: Any) -> Group:
    """Mama Leert: Monday and Thursday, nine to half past eleven."""
    usual: dict[str, Any] = {
        "pattern": {"days": [0, 3]},
        "starts": "09:00",
        "ends": "11:30",
        "first_day": dt.date(2026, 11, 23),
        "last_day": dt.date(2026, 12, 18),
        "place": "De Sleutel",
        "address": "Kerkstraat 1",
        "lat": 51.06,
        "lon": 4.36,
        "local": {},
    }
    fields = {"house": "Huis van het Kind", "name": "Mama Leert", **usual, **fields}
    return await groups.create(session, now=now, **fields)


async def make_mother(session: Session, name: str, lang: str | None, **fields: Any) -> Mother:
    mother = Mother(
        chat_id=1000 + next(NUMBERS),
        first_name=name,
        lang=lang,
        **{"status": "new", "place": {}, "said": {}, "created_at": NOON, **fields},
    )
    session.add(mother)
    await session.flush()
    return mother


async def make_staff(session: Session, name: str, role: str, *theirs: Group) -> Staff:
    code = await staff.add(session, name, role, theirs, NOON)
    person = await staff.claim(session, code, 9000 + next(NUMBERS), NOON)
    assert isinstance(person, Staff)
    return person


async def make_media(session: Session, kind: str = "voice", **fields: Any) -> Media:
    n = next(NUMBERS)
    media = Media(name=f"m{n}.ogg", kind=kind, mime="audio/ogg", size=9, sha256=f"{n:064}", created_at=NOON, **fields)
    session.add(media)
    await session.flush()
    return media


async def said_to(session: Session, chat_id: int | None, state: str | None = None) -> list[Utterance]:
    """Everything that lies in the outbox for one chat, in order."""
    query = select(Delivery).where(Delivery.chat_id == chat_id).order_by(Delivery.id)
    rows = await session.scalars(query.where(Delivery.state == state) if state else query)
    return [from_json(Utterance, row.utterance) for row in rows]


async def words_to(session: Session, chat_id: int | None) -> str:
    """All shown words for one chat, a line each."""
    return "\n".join(u.text for u in await said_to(session, chat_id) if u.text)


@dataclass
class Cast:
    """Mama Leert with its people. Meetings of the coming weeks are planned."""

    session: Session
    content: Content
    group: Group
    amina: Mother
    fatou: Mother
    rose: Staff
    els: Staff
    vera: Staff
    next: list[Meeting] = field(default_factory=list)

    async def hears(
        self, person: Staff, heard: Heard, media: Media | None = None, now: dt.datetime = NOON
    ) -> list[Utterance]:
        """What the desk answers to one arrival of this colleague."""
        n = next(NUMBERS)
        arrival = Arrival(channel="telegram:1", update_id=n, chat_id=heard.chat_id, raw={}, received_at=now, due_at=now)
        self.session.add(arrival)
        await self.session.flush()
        before = len(await said_to(self.session, heard.chat_id))
        await desk.handle(self.session, self.content, person, heard, media, now, arrival)
        await self.session.flush()
        return (await said_to(self.session, heard.chat_id))[before:]

    async def types(
        self, person: Staff, text: str, reply_to: int | None = None, now: dt.datetime = NOON
    ) -> list[Utterance]:
        return await self.hears(person, Heard("text", person.chat_id or 0, text=text, reply_to=reply_to), now=now)

    async def speaks(self, person: Staff, reply_to: int | None = None, now: dt.datetime = NOON) -> list[Utterance]:
        media = await make_media(self.session)
        return await self.hears(person, Heard("voice", person.chat_id or 0, reply_to=reply_to), media, now)

    async def taps(self, person: Staff, label: str, now: dt.datetime = NOON) -> list[Utterance]:
        """The newest button in this colleague's chat whose label holds these words."""
        rows = await self.session.scalars(
            select(Delivery).where(Delivery.chat_id == person.chat_id).order_by(Delivery.id.desc())
        )
        for row in rows:
            flat = [b for line in from_json(Utterance, row.utterance).buttons for b in line]
            for index, button in enumerate(flat):
                if label in button.label:
                    return await self.hears(
                        person, Heard("press", person.chat_id or 0, data=f"{row.token}:{index}"), now=now
                    )
        raise AssertionError(f"{person.name} sees no button “{label}”.")

    async def deliver(self, now: dt.datetime = NOON) -> None:
        """Telegram takes everything: each open delivery is sent and has a message id."""
        for row in await self.session.scalars(select(Delivery).where(Delivery.state == "open").order_by(Delivery.id)):
            row.state, row.sent_at, row.message_id = "sent", now, 100000 + row.id
        await self.session.flush()

    async def message_about(self, person: Staff, words: str) -> int:
        """The message id of the newest thing in this chat that shows these words."""
        rows = await self.session.scalars(
            select(Delivery).where(Delivery.chat_id == person.chat_id).order_by(Delivery.id.desc())
        )
        found = (r.message_id for r in rows if r.message_id and words in from_json(Utterance, r.utterance).text)
        return next(found)


@pytest.fixture
async def cast(session: Session, content: Content) -> Cast:
    """Amina (ar) and Fatou (fr) are in the group; Rose coordinates, Els guides, Vera volunteers."""
    group = await make_group(session)
    await meetings.plan(session, group, NOON)
    amina, fatou = await make_mother(session, "Amina", "ar"), await make_mother(session, "Fatou", "fr")
    for mother in (amina, fatou):
        assert await groups.join(session, mother, group, NOON) == "ok"
    rose = await make_staff(session, "Rose", "coordinator", group)
    els = await make_staff(session, "Els", "guide", group)
    vera = await make_staff(session, "Vera", "volunteer", group)
    coming = await meetings.coming(session, group.id, NOON, 5)
    return Cast(session, content, group, amina, fatou, rose, els, vera, coming)


Fire = Callable[[dt.datetime], Awaitable[int]]


@pytest.fixture
def fire(cast: Cast) -> Fire:
    """Ticks until nothing is due; how many were dealt with."""
    from bot.care import reminders

    async def until_nothing(now: dt.datetime) -> int:
        count = 0
        while await reminders.fire(cast.session, cast.content, now):
            count += 1
            assert count < 500, "it never ends"
        return count

    return until_nothing


__all__ = [
    "NOON",
    "Cast",
    "Fire",
    "make_group",
    "make_media",
    "make_mother",
    "make_staff",
    "outbox",
    "said_to",
    "wall",
    "words_to",
]
