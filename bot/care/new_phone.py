"""A mother with a new telephone: everything of hers moves to the new chat, and the old one is told and stops."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Table, UniqueConstraint, delete, select, update

from bot.care import deeds, hush, memberships, outbox, privacy, render
from bot.care.content import Content
from bot.care.dutch import NotSo
from bot.care.turn import FAREWELL, FAREWELL_LASTS
from bot.db.models import Announcement, Delivery, Mother, Reminder, Staff
from bot.db.session import Session
from bot.flow.model import Say

OLD, NEW = "stay.phone_old", "stay.phone_new"
HERE = ("member", "waiting")


async def others(session: Session, mother: Mother) -> list[Mother]:
    """Who may be the new telephone of this mother: everybody of her own group who came later and agreed; the newest first."""
    query = select(Mother).where(Mother.group_id == mother.group_id, Mother.status.in_(HERE), Mother.id > mother.id)
    return list(await session.scalars(query.where(Mother.consented_at.is_not(None)).order_by(Mother.id.desc())))


def check(old: Mother, new: Mother) -> None:
    """Raises NotSo unless both are in the same group, agreed, and the new one came later."""
    if old.group_id is None or old.group_id != new.group_id:
        raise NotSo(
            "Ze zitten niet in dezelfde groep. Laat haar eerst de link van haar groep openen op de nieuwe telefoon."
        )
    if old.id == new.id or new.id < old.id:
        raise NotSo("De nieuwe telefoon kwam vóór de oude. Begin op de pagina van wie er het eerst was.")
    if new.status not in HERE or new.consented_at is None:
        raise NotSo("Op de nieuwe telefoon zei ze nog geen “ja”. Laat haar daar eerst de eerste stappen doen.")


async def merge(session: Session, content: Content, old: Mother, new: Mother, by: Staff, now: dt.datetime) -> Mother:
    """Makes the new chat that of the first mother; her row, with place, language and all that is hers. Raises NotSo.

    1. What the new row told twice (answers to the same meeting) stays as she told it last: on the new phone.
    2. Everything that points at the new row points at the first one.  3. What was still to be said goes to the new chat.
    4. The new row goes, and its chat is hers.  5. Both chats hear it; of the message to the old one no row stays.
    """
    check(old, new)
    chat, before, place = new.chat_id, old.chat_id, dict(new.place)
    member = "member" in (old.status, new.status)
    await session.execute(delete(Reminder).where(Reminder.mother_id == new.id))
    for table, column in privacy.pointing_at("mothers"):
        await _move(session, table, column.name, old.id, new.id)
    await _audiences(session, old, new)
    open_ones = update(Delivery).where(Delivery.chat_id == before, Delivery.state == "open")
    await session.execute(open_ones.values(chat_id=chat))
    await session.flush()
    await session.execute(delete(Mother).where(Mother.id == new.id))
    session.expunge(new)
    old.chat_id, old.place, old.unreachable_at, old.status = chat, place, None, "member" if member else old.status
    old.last_heard_at = new.last_heard_at or old.last_heard_at
    await session.flush()
    await deeds.note(session, "merged", old, now, by)
    await _tell(session, content, old, before, now)
    return old


async def _move(session: Session, table: Table, name: str, old: int, new: int) -> None:
    """Rows of the new one become the first one's; where both have a row that must be the only one, the newer telling stays."""
    column, keys = table.c[name], list(table.primary_key)
    only = [list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint) and name in c.columns]
    if column in keys:
        only.append(keys)
    for columns in only:
        rest = [c for c in columns if c is not column]
        if not rest:  # one row a mother, such as her place or whom she chose: that of the first one stays
            if await session.scalar(select(column).where(column == old)) is not None:
                await session.execute(delete(table).where(column == new))
            continue
        for row in (await session.execute(select(*rest).where(column == new))).all():
            same = [c == value for c, value in zip(rest, row, strict=True)]
            await session.execute(delete(table).where(column == old, *same))
    await session.execute(table.update().where(column == new).values({name: old}))


async def _audiences(session: Session, old: Mother, new: Mother) -> None:
    """Announcements that are under way: she hears each once."""
    for made in await session.scalars(select(Announcement).where(Announcement.group_id == old.group_id)):
        if new.id in made.audience:
            kept = 0 if old.id in made.audience else old.id
            made.audience = [kept if member == new.id else member for member in made.audience]


async def _tell(session: Session, content: Content, mother: Mother, before: int, now: dt.datetime) -> None:
    key = f"phone:{mother.id}:{now.timestamp():.0f}"
    await memberships.say(session, content, mother, Say(NEW), f"{key}:new", now)
    said = render.utterances(content, mother.lang or "nl", Say(OLD), now)
    for n, thing in enumerate(await hush.hushed(session, mother, said, now)):
        ends = now + FAREWELL_LASTS
        await outbox.put(session, before, thing, key=f"{key}:old:{n}", now=now, expires_at=ends, about=FAREWELL)
