"""Forgetting a mother: afterwards no row and no file of hers is left, and what stood in her colleagues' Telegram is taken back."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, or_, select

from bot.care import at_staff, counts, erasures, upkeep
from bot.care.at_staff import OVER, UNSAY
from bot.care.known import Known as Known
from bot.care.known import known as known
from bot.care.tell import rows
from bot.care.turn import FAREWELL, FAREWELL_LASTS
from bot.db.keep_models import Discard
from bot.db.models import (
    Announcement,
    Arrival,
    Base,
    Delivery,
    FileId,
    Media,
    Mother,
    Question,
    QuestionPart,
    Reminder,
    Rsvp,
)
from bot.db.session import Session, after, shred, wake

DISCARDS = "discards"  # whom this wakes, deletes: files that have to go, and copies of them


async def forget(session: Session, mother: Mother, now: dt.datetime, arrival: Arrival | None = None) -> None:
    """Deletes everything of hers in this transaction, and her files after it has committed.

    0. What the report counts of it, without her.
    1. What staff were told about her (their Telegram is tidied, too), what they sent in answer, and what they have begun but not sent.
    2. Her questions with their parts, and the recordings.  3. Answers and reminders.  4. What was said to her and what came
    from her; the arrival that is being handled only loses its chat and its content, so that the same update coming twice is
    still known.  5. Every row of any other table that points at her, and her own. Audiences keep a blank.  6. A hash of her
    chat, so that a restore does not bring her back.  7. After the commit: her files, the sounds in which her name may be
    said, and what SQLite's files still hold of all this.
    """
    await session.flush()
    await counts.fold(session, mother, now)
    questions = list(await session.scalars(select(Question.id).where(Question.mother_id == mother.id)))
    await at_staff.forget(session, mother, questions, now)
    media = await _media(session, mother, questions) + await at_staff.begun(session, mother, questions)
    await _delete(session, QuestionPart, QuestionPart.question_id.in_(questions))
    await _delete(session, Question, Question.id.in_(questions))
    await forget_media(session, media)
    await _delete(session, Rsvp, Rsvp.mother_id == mother.id)
    await _delete(session, Reminder, Reminder.mother_id == mother.id)
    chats = await _chats(session, mother)
    await _delete(session, Delivery, or_(Delivery.mother_id == mother.id, Delivery.chat_id.in_(chats)))
    if arrival is not None:
        scrub(arrival)
        arrival.chat_id = None
        await session.flush()
    await _delete(session, Arrival, Arrival.chat_id.in_(chats))
    await _out_of_audiences(session, mother)
    await _rows_of(session, mother)
    await erasures.remember(session, mother.chat_id, now)
    await upkeep.count(session, upkeep.ERASURE, {"mothers": 1}, now)
    await _delete(session, Mother, Mother.id == mother.id)
    session.expunge(mother)
    drop_clips(session)
    shred(session)


async def forget_media(session: Session, media: list[int]) -> None:
    """Deletes these recordings and photos, wherever they are pointed at, and Telegram's names of them. After the commit
    the files go, and all copies of photos that were made ready for sending: what is needed again is made again."""
    names = list(await session.scalars(select(Media.name).where(Media.id.in_(media))))
    for table, column in pointing_at("media"):
        pointing = table.update().values({column: None}) if column.nullable else delete(table)
        await session.execute(pointing.where(column.in_(media)))
    await _delete(session, FileId, FileId.sha256.in_(select(Media.sha256).where(Media.id.in_(media))))
    await _delete(session, Media, Media.id.in_(media))
    drop_files(session, names)
    if names:
        _drop_all(session, "photos", "*.jpg")


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
    """Has files deleted: on this machine right after the commit (`session.info["media"]` and "copies", put there by the composition
    root), and wherever else they lie by the ticker, which goes on until they are gone."""
    session.add_all([Discard(name=name) for name in names])
    for folder in (session.info.get("media"), session.info.get("copies")):
        if isinstance(folder, Path):
            for name in names:
                after(session, partial((folder / Path(name).name).unlink, missing_ok=True))
    if names:
        wake(session, DISCARDS)


def drop_clips(session: Session) -> None:
    """Deletes the sounds with filled-in words (`session.info["passing"]`) after the commit: what is needed again is made again."""
    _drop_all(session, "passing", "*/*.ogg")


def _drop_all(session: Session, name: str, files: str) -> None:
    folder = session.info.get(name)
    if isinstance(folder, Path):
        after(session, partial(_empty, folder, files))
    wake(session, DISCARDS)  # other machines have copies of their own


async def sweep(session: Session, now: dt.datetime) -> int:
    """Deletes goodbyes that are over (said, failed) or too old to be said, and orders to take a message back that were carried
    out; how many. The ticker's safety net for the sender."""
    over = or_(Delivery.state.in_(OVER), Delivery.created_at < now - FAREWELL_LASTS)
    done = (Delivery.about == UNSAY) & Delivery.state.in_(OVER)
    found = delete(Delivery).where(((Delivery.about == FAREWELL) & over) | done)
    return rows(await session.execute(found.execution_options(synchronize_session=False)))


# ---------------------------------------------------------------- step by step


def _empty(folder: Path, files: str) -> None:
    for file in folder.glob(files):
        file.unlink(missing_ok=True)


def pointing_at(target: str) -> list[tuple[Table, Any]]:
    """Every column of every table that points at a row of this table, also of tables that are made tomorrow."""
    return [
        (table, key.parent)
        for table in reversed(Base.metadata.sorted_tables)
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
        if key.column.table.name == target
    ]


async def _delete(session: Session, table: type, which: ColumnElement[bool]) -> None:
    await session.execute(delete(table).where(which).execution_options(synchronize_session=False))


async def _rows_of(session: Session, mother: Mother) -> None:
    """What points at her goes, and what may outlive her (who did what, when) loses her number and her name."""
    for table, column in pointing_at("mothers"):
        key = next(key for key in column.foreign_keys)
        if key.ondelete == "SET NULL":
            blank = {column: None, **({table.c.name: ""} if "name" in table.c else {})}
            await session.execute(table.update().where(column == mother.id).values(blank))
        else:
            await session.execute(delete(table).where(column == mother.id))


async def _chats(session: Session, mother: Mother) -> list[int]:
    """Her own chat, and those that she let in (a partner's)."""
    chats = [mother.chat_id]
    for table, column in pointing_at("mothers"):
        if "chat_id" in table.c and table.name != "deliveries":
            chats += [
                chat for chat in await session.scalars(select(table.c.chat_id).where(column == mother.id)) if chat
            ]
    return chats


async def _media(session: Session, mother: Mother, questions: list[int]) -> list[int]:
    """Her recordings and photos, those that were sent to her in answer, and those of any other row of hers."""
    in_parts = select(QuestionPart.media_id).where(QuestionPart.question_id.in_(questions))
    used = [found for found in await session.scalars(in_parts) if found is not None]
    media = pointing_at("media")
    for table, hers in pointing_at("mothers"):
        for column in (column for other, column in media if other is table):
            used += [found for found in await session.scalars(select(column).where(hers == mother.id)) if found]
    return list(await session.scalars(select(Media.id).where(or_(Media.mother_id == mother.id, Media.id.in_(used)))))


async def _out_of_audiences(session: Session, mother: Mother) -> None:
    """A blank instead of her number: the checkpoint of an announcement that is under way counts places."""
    if mother.group_id is None:
        return
    for made in await session.scalars(select(Announcement).where(Announcement.group_id == mother.group_id)):
        if mother.id in made.audience:
            made.audience = [0 if member == mother.id else member for member in made.audience]
    await session.flush()
