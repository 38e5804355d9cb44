"""Photos that staff send to mothers: on disk until they are delivered, and not a minute longer than needed (E07)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, literal, or_, select, update

from bot.care import privacy
from bot.care.content import Content
from bot.db.columns import Base, written
from bot.db.inbox_models import Event
from bot.db.models import Announcement, Delivery, Media, QuestionPart, Staff
from bot.db.session import Session, wake

UNUSED = dt.timedelta(hours=24)  # a draft that nobody sends, a photo that nobody chose a mother for


async def drop_one(session: Session, content: Content, now: dt.datetime) -> bool:
    """Deletes one photo of staff that has gone where it was to go: its row, its file, its copy in the cache, Telegram's name of it.

    True: there was one, come again. False: none is over.
    """
    media = (await session.scalars(_over(now).limit(1))).first()
    if media is None:
        return False
    drafts = update(Announcement).where(Announcement.media_id == media.id, Announcement.state == "draft")
    await session.execute(drafts.values(state="stopped"))
    session.expunge(media)
    await privacy.forget_media(session, [media.id])
    wake(session, "inbox")
    return True


def _over(now: dt.datetime) -> Select[Media]:
    """Photos of staff that no delivery, draft or begun answer needs any more. Those with another use (a guest's face) stay,
    and those that the silent still get once more, with the question whether they come."""
    named = Delivery.utterance["picture"]["name"].as_string() == Media.name
    leaving = select(Delivery.id).where(written(Delivery.state, "open", "sending"), named).exists()
    said = select(Announcement.id).where(Announcement.media_id == Media.id)
    undecided = said.where(Announcement.state.in_(("draft", "planned", "sending"))).exists()
    again = said.join(Event, Event.announcement_id == Announcement.id).where(
        Announcement.state == "sent", or_(Event.nudge_at.is_not(None), Event.remind_at.is_not(None))
    )
    going = said.where(Announcement.state.in_(("planned", "sending"))).exists() | again.exists()
    answer = select(QuestionPart.id).where(QuestionPart.media_id == Media.id).exists()
    begun = select(Staff.id).where(Staff.place["kept"]["media"].as_integer() == Media.id).exists()
    done = ~undecided & ~going & ~begun & or_(said.exists(), answer)
    forgotten = ~going & (Media.created_at < now - UNUSED)
    photos = select(Media).where(Media.kind == "photo", Media.staff_id.is_not(None), Media.mother_id.is_(None))
    return photos.where(*_no_other_use(), ~leaving, or_(done, forgotten)).order_by(Media.id)


def _no_other_use() -> list[ColumnElement[bool]]:
    """Not named by a row of any other table: whatever a photo is used for later, it is kept as long as that stands."""
    ours = {Announcement.__tablename__, QuestionPart.__tablename__}
    columns = [c for t in Base.metadata.tables.values() if t.name not in ours for c in t.c if c.references(_media())]
    return [~select(literal(1)).where(column == Media.id).exists() for column in columns]


def _media() -> Column[Any]:
    return Base.metadata.tables["media"].c.id
