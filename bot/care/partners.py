"""A second contact that a mother chooses herself: hears of family events and of talks about the child, never of her questions.

Nothing that the partner sends is kept, and no name of his. She takes him away with one tap; so can he.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select, update

from bot.care import deeds, mothers, outbox, render
from bot.care.content import Content
from bot.care.groups import hashed
from bot.care.tell import rows
from bot.care.turn import FAREWELL, FAREWELL_LASTS
from bot.db.models import Arrival, Delivery, Media, Mother
from bot.db.people_models import Partner
from bot.db.session import Session, wake
from bot.flow.model import Say
from bot.messages import Heard

PREFIX = "partner-"
CODE_DAYS = 7
FAMILY, TALK = "family", "talk"  # what she may allow
ABOUT = "partner"


# ---------------------------------------------------------------- what she does


async def of(session: Session, mother: Mother) -> Partner | None:
    """Her partner, or the link that still waits for him."""
    return await session.get(Partner, mother.id)


async def invite(session: Session, mother: Mother, allows: Iterable[str], lang: str, now: dt.datetime) -> str:
    """A new code for her to pass on (192 random bits, once, a week); whoever was her partner before is no longer."""
    await remove(session, mother, now, why=False)
    code = PREFIX + secrets.token_urlsafe(24)
    row = Partner(mother_id=mother.id, lang=lang, allows=sorted(set(allows) & {FAMILY, TALK}), created_at=now)
    row.code_hash, row.code_expires_at = hashed(code), now + dt.timedelta(days=CODE_DAYS)
    session.add(row)
    await session.flush()
    return code


async def remove(session: Session, mother: Mother, now: dt.datetime, *, why: bool = True) -> bool:
    """Takes him away, with everything that was said to that chat or came from it. False when there was nobody."""
    row = await of(session, mother)
    if row is None:
        return False
    if row.chat_id is not None:
        for table in (Delivery, Arrival):
            which = delete(table).where(table.chat_id == row.chat_id, _done_with(table))
            await session.execute(which.execution_options(synchronize_session=False))
    was_there = row.chat_id is not None
    await session.delete(row)
    await session.flush()
    if why and was_there:
        await deeds.note(session, "partner_gone", mother, now)
    return True


def _done_with(table: type[Delivery] | type[Arrival]) -> Any:
    # what is being handled just now is still needed by who handles it
    return Arrival.handled_at.is_not(None) if table is Arrival else Delivery.id.is_not(None)


# ---------------------------------------------------------------- what he does


async def handle(
    session: Session, content: Content, arrival: Arrival, heard: Heard, media: Media | None, now: dt.datetime
) -> bool:
    """Whether a partner spoke, or somebody with a partner's code; he has been answered then, and what he sent is let go."""
    if await mothers.by_chat(session, heard.chat_id) is not None:
        return False
    row = (await session.scalars(select(Partner).where(Partner.chat_id == heard.chat_id))).one_or_none()
    coded = heard.kind == "start" and heard.payload.startswith(PREFIX)
    if row is None and not coded:
        return False
    from bot.care import privacy  # forgetting her also forgets him

    await privacy.drop_media(session, media)
    privacy.scrub(arrival)
    if coded:
        await _come(session, content, arrival, heard, row, now)
    elif row is not None:
        await _answer(session, content, arrival, heard, row, now)
    return True


async def _come(
    session: Session, content: Content, arrival: Arrival, heard: Heard, row: Partner | None, now: dt.datetime
) -> None:
    """Spends the code. One chat is one partner: who is one already stays that."""
    hers = await _claim(session, heard, now) if row is None else None
    if hers is None:
        lang = row.lang if row else heard.language_code[:2] if heard.language_code[:2] in content.offered else "nl"
        step = "partner.hello" if row else "partner.expired"
        await say(session, content, heard.chat_id, lang, Say(step), f"arrival:{arrival.id}", now, gone=row is None)
        return
    mother = await session.get_one(Mother, hers.mother_id)
    await deeds.note(session, "partner", mother, now)
    await say(session, content, heard.chat_id, hers.lang, Say("partner.hello"), f"arrival:{arrival.id}", now, mother)
    has = Say("partner.has")
    await say(session, content, mother.chat_id, mother.lang or "nl", has, f"partner-here:{arrival.id}", now, mother)


async def _claim(session: Session, heard: Heard, now: dt.datetime) -> Partner | None:
    code_hash = hashed(heard.payload)
    spend = update(Partner).where(
        Partner.code_hash == code_hash, Partner.code_expires_at > now, Partner.chat_id.is_(None)
    )
    done = await session.execute(spend.values(chat_id=heard.chat_id, code_hash=None, joined_at=now))
    if rows(done) == 0:
        return None
    wake(session, "people")
    found = select(Partner).where(Partner.chat_id == heard.chat_id).execution_options(populate_existing=True)
    return (await session.scalars(found)).one()


async def _answer(
    session: Session, content: Content, arrival: Arrival, heard: Heard, row: Partner, now: dt.datetime
) -> None:
    """His only button lets him go; anything else shows him again what this is."""
    mother, lang = await session.get_one(Mother, row.mother_id), row.lang
    pressed = await outbox.button(session, heard.chat_id, heard.data) if heard.kind == "press" else None
    stops = pressed is not None and pressed[1].to.get("choice") == "stop"
    if stops or heard.kind == "blocked":
        await remove(session, mother, now)
        if stops:
            bye, key = Say("partner.bye"), f"arrival:{arrival.id}"
            await say(session, content, heard.chat_id, lang, bye, key, now, gone=True)
    elif heard.kind not in ("unblocked",):
        key = f"arrival:{arrival.id}"
        await say(session, content, heard.chat_id, lang, Say("partner.hello"), key, now, mother)


async def say(
    session: Session, content: Content, chat_id: int, lang: str, what: Say, key: str, now: dt.datetime,
    mother: Mother | None = None, *, gone: bool = False, priority: int = 0, ends: dt.datetime | None = None,
) -> int:  # fmt: skip
    """Says a step to a chat; how many things were put. gone: no row of it stays once it is sent."""
    count = 0
    for n, thing in enumerate(render.utterances(content, lang, what, now)):
        put = await outbox.put(
            session, chat_id, thing, key=f"{key}:{n}", now=now, priority=priority,
            expires_at=now + FAREWELL_LASTS if gone else ends,
            mother_id=mother.id if mother else None, about=FAREWELL if gone else ABOUT,
        )  # fmt: skip
        count += put is not None
    return count
