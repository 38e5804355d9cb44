"""What we know of a mother, and forgetting it: afterwards no row and no file of hers is left."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, or_, select

from bot.care.tell import rows
from bot.care.turn import FAREWELL, FAREWELL_LASTS
from bot.db.models import (
    Announcement,
    Arrival,
    Delivery,
    FileId,
    Group,
    Media,
    Mother,
    Question,
    QuestionPart,
    Reminder,
    Rsvp,
    Staff,
)
from bot.db.session import Session, after, shred

OVER = ("sent", "failed", "cancelled")


@dataclass(frozen=True)
class Known:
    """All that is kept of her, as it can be told to her."""

    first_name: str
    lang: str
    group: str | None
    questions: int
    answers: int  # how often she said whether she comes


async def known(session: Session, mother: Mother) -> Known:
    """What do you know about me?"""
    group = await session.get(Group, mother.group_id) if mother.group_id else None
    questions = await session.scalar(select(func.count()).where(Question.mother_id == mother.id))
    answers = await session.scalar(select(func.count()).where(Rsvp.mother_id == mother.id))
    name = group.name if group else None
    return Known(mother.first_name, mother.lang or "nl", name, questions or 0, answers or 0)


async def forget(session: Session, mother: Mother, arrival: Arrival | None = None) -> list[str]:
    """Deletes everything of hers in this transaction; the names of the files to delete after it has committed.

    1. What staff were told about her, what they sent in answer, and what they have begun but not sent.  2. Her questions with their parts, and the recordings.
    3. Answers and reminders.  4. What was said to her and what came from her; the arrival that is being handled only loses
    its chat and its content, so that the same update coming twice is still known.  5. Her row. Audiences keep a blank.
    6. After the commit: the sounds in which her name may be said, and what SQLite's files still hold of all this.
    """
    await session.flush()
    questions = list(await session.scalars(select(Question.id).where(Question.mother_id == mother.id)))
    await _at_the_staff(session, mother, questions)
    begun = await _begun(session, mother, questions)
    media = await _media(session, mother, questions) + begun
    names = list(await session.scalars(select(Media.name).where(Media.id.in_(media))))
    await _delete(session, QuestionPart, QuestionPart.question_id.in_(questions))
    await _delete(session, Question, Question.id.in_(questions))
    await _delete(session, FileId, FileId.sha256.in_(select(Media.sha256).where(Media.id.in_(media))))
    await _delete(session, Media, Media.id.in_(media))
    await _delete(session, Rsvp, Rsvp.mother_id == mother.id)
    await _delete(session, Reminder, Reminder.mother_id == mother.id)
    await _delete(session, Delivery, or_(Delivery.mother_id == mother.id, Delivery.chat_id == mother.chat_id))
    if arrival is not None:
        scrub(arrival)
        arrival.chat_id = None
        await session.flush()
    await _delete(session, Arrival, Arrival.chat_id == mother.chat_id)
    await _out_of_audiences(session, mother)
    await _delete(session, Mother, Mother.id == mother.id)
    session.expunge(mother)
    drop_clips(session)
    shred(session)
    return names


def scrub(arrival: Arrival) -> None:
    """Forgets what came in, and keeps only that it came."""
    arrival.raw = {}


async def drop_media(session: Session, media: Media | None) -> None:
    """Forgets a recording or photo that nobody is to keep; its file goes after the commit."""
    if media is None:
        return
    if media in session.new:
        session.expunge(media)
    else:
        await _delete(session, Media, Media.id == media.id)
        session.expunge(media)
    drop_files(session, [media.name])


def drop_files(session: Session, names: list[str]) -> None:
    """Deletes files in the media folder (`session.info["media"]`, put there by the composition root) after the commit."""
    folder = session.info.get("media")
    if isinstance(folder, Path):
        for name in names:
            after(session, (folder / Path(name).name).unlink if (folder / Path(name).name).exists() else _nothing)


def drop_clips(session: Session) -> None:
    """Deletes the sounds with filled-in words (`session.info["passing"]`) after the commit: what is needed again is made again."""
    folder = session.info.get("passing")
    if isinstance(folder, Path):
        after(session, partial(_empty, folder))


async def sweep(session: Session, now: dt.datetime) -> int:
    """Deletes goodbyes that are over (said, failed) or too old to be said; how many. The ticker's safety net for the sender."""
    over = or_(Delivery.state.in_(OVER), Delivery.created_at < now - FAREWELL_LASTS)
    found = delete(Delivery).where(Delivery.about == FAREWELL, over)
    return rows(await session.execute(found.execution_options(synchronize_session=False)))


# ---------------------------------------------------------------- step by step


def _nothing() -> None:
    """Nothing is left to delete."""


def _empty(folder: Path) -> None:
    for clip in folder.glob("*/*.ogg"):
        clip.unlink(missing_ok=True)


async def _delete(session: Session, table: type, which: ColumnElement[bool]) -> None:
    await session.execute(delete(table).where(which).execution_options(synchronize_session=False))


async def _media(session: Session, mother: Mother, questions: list[int]) -> list[int]:
    """Her recordings and photos, and those that were sent to her in answer."""
    in_parts = select(QuestionPart.media_id).where(QuestionPart.question_id.in_(questions))
    used = [found for found in await session.scalars(in_parts) if found is not None]
    return list(await session.scalars(select(Media.id).where(or_(Media.mother_id == mother.id, Media.id.in_(used)))))


async def _at_the_staff(session: Session, mother: Mother, questions: list[int]) -> None:
    """Her name and words in staff chats: what was shown to them, and replies that quote it. Colleagues' other work stays."""
    await _delete(session, Delivery, Delivery.about.in_(("question", "answer")) & Delivery.about_id.in_(questions))
    named = _named(mother)
    chats = list(await session.scalars(select(Staff.chat_id).where(Staff.chat_id.is_not(None))))
    if named is None or not chats:
        return
    told = select(Delivery).where(Delivery.chat_id.in_(chats), Delivery.state.in_(OVER))
    for row in await session.scalars(told.where(Delivery.created_at >= mother.created_at)):
        if row.about != "question" and named.search(json.dumps(row.utterance, ensure_ascii=False)):
            await _delete(session, Delivery, Delivery.id == row.id)
            session.expunge(row)
    came = select(Arrival).where(Arrival.chat_id.in_(chats), Arrival.handled_at.is_not(None))
    for arrival in await session.scalars(came.where(Arrival.received_at >= mother.created_at)):
        if named.search(json.dumps(arrival.raw, ensure_ascii=False)):
            scrub(arrival)


async def _begun(session: Session, mother: Mother, questions: list[int]) -> list[int]:
    """Forgets what colleagues wanted to answer her and did not send yet; the recordings among it."""
    named, lost = _named(mother), []
    for person in await session.scalars(select(Staff)):
        kept = person.place.get("kept") or {}
        hers = set(questions) & set(kept.get("questions", []))
        if hers or (named and named.search(str(kept.get("text", "")))):
            person.place = {}
            lost += [kept["media"]] if kept.get("media") else []
    await session.flush()
    elsewhere = [QuestionPart.media_id, Announcement.media_id]
    used = {found for column in elsewhere for found in await session.scalars(select(column).where(column.in_(lost)))}
    return [media for media in lost if media not in used]


def _named(mother: Mother) -> re.Pattern[str] | None:
    """Her first name as a word of its own."""
    return re.compile(rf"(?<!\w){re.escape(mother.first_name)}(?!\w)") if mother.first_name else None


async def _out_of_audiences(session: Session, mother: Mother) -> None:
    """A blank instead of her number: the checkpoint of an announcement that is under way counts places."""
    if mother.group_id is None:
        return
    for made in await session.scalars(select(Announcement).where(Announcement.group_id == mother.group_id)):
        if mother.id in made.audience:
            made.audience = [0 if member == mother.id else member for member in made.audience]
    await session.flush()
