"""What came in from a browser's microphone or a file, made into a voice note; and what is kept, played to who may hear it."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, UploadFile
from fastapi.responses import FileResponse, Response
from sqlalchemy import select

from bot.care import inbox_lists
from bot.console.desk import Desk
from bot.console.guard import Questioning, Visit, there
from bot.console.words import _, later
from bot.db.models import Announcement, Media, Question, QuestionPart, Staff
from bot.db.session import Session
from bot.media import StoreAway
from bot.pictures import PictureError, photo
from bot.speech.errors import BadSound, TooLong, WorkerGone

TYPES = {"voice": "audio/ogg", "photo": "image/jpeg"}  # whatever was said about it when it came in
MOST_BYTES = 20 * 1024 * 1024
NOT_KEPT = later("Dit kon nu niet bewaard worden. Probeer het straks nog eens.")
router = APIRouter()


class Unusable(Exception):
    """What came in cannot be carried to a mother; the message is a Dutch sentence that says what to do."""


@dataclass(frozen=True)
class Recorded:
    """A finished voice note or photo in the store, not yet known to the database."""

    name: str
    size: int
    seconds: float
    sha256: str
    kind: str = "voice"


async def recorded(desk: Desk, file: UploadFile | None) -> Recorded | None:
    """The upload as a voice note in the store; None when nothing was recorded. Raises Unusable. Never inside a transaction."""
    data = await file.read(MOST_BYTES + 1) if file is not None else b""
    if not data:
        return None
    if len(data) > MOST_BYTES:
        raise Unusable(_("Dit bestand is te groot. Spreek korter in."))
    try:
        clip = await desk.clips.voice_note(data)
    except TooLong:
        raise Unusable(_("Dit is te lang. Spreek korter in: tot vijf minuten.")) from None
    except BadSound:
        raise Unusable(_("Dit geluid kan ik niet lezen. Spreek opnieuw in, of kies een ander bestand.")) from None
    except WorkerGone:
        raise Unusable(_("Het geluid kon nu niet verwerkt worden. Probeer het nog eens.")) from None
    finished = await asyncio.to_thread(clip.path.read_bytes)
    clip.path.unlink(missing_ok=True)
    try:
        await desk.store.put(clip.path.name, finished)
    except StoreAway:
        raise Unusable(_(NOT_KEPT)) from None
    return Recorded(clip.path.name, len(finished), clip.seconds, clip.sha256)


async def photographed(desk: Desk, file: UploadFile | None) -> Recorded | None:
    """The upload as a small photo without its place and camera, in the store; None when none was chosen. Raises Unusable."""
    data = await file.read(MOST_BYTES + 1) if file is not None else b""
    if not data:
        return None
    if len(data) > MOST_BYTES:
        raise Unusable(_("Deze foto is te groot. Kies een kleinere."))
    try:
        finished = await asyncio.to_thread(photo.small, data)
    except PictureError:
        raise Unusable(_("Deze foto kan ik niet openen. Kies een andere, als JPEG of PNG.")) from None
    name = f"{secrets.token_hex(16)}.jpg"
    try:
        await desk.store.put(name, finished)
    except StoreAway:
        raise Unusable(_(NOT_KEPT)) from None
    return Recorded(name, len(finished), 0.0, hashlib.sha256(finished).hexdigest(), "photo")


def keep(session: Session, note: Recorded, me: Staff, now: dt.datetime) -> Media:
    """Makes the voice note or photo known, as this colleague's."""
    media = Media(
        name=note.name,
        kind=note.kind,
        mime=TYPES[note.kind],
        size=note.size,
        seconds=round(note.seconds) if note.kind == "voice" else None,
        sha256=note.sha256,
        staff_id=me.id,
        created_at=now,
    )
    session.add(media)
    return media


@router.get("/media/{name}")
async def media(name: str, visit: Questioning) -> Response:
    """A voice note or photo, for those who may see what it belongs to."""
    async with visit.desk.db.begin() as session:
        found: Media = there(await session.scalar(select(Media).where(Media.name == name)))
        if not await _may_hear(session, visit, found):
            raise HTTPException(404)
    return await stored(visit.desk, found.name, TYPES.get(found.kind))


async def stored(desk: Desk, name: str | None, kind: str | None = "audio/ogg") -> FileResponse:
    """A file of people with a fixed type; "not there" when it is gone, "later" while the store is away."""
    return sound(await fetched(desk, name) if name else None, kind)


async def fetched(desk: Desk, name: str) -> Path | None:
    """A file of people on this disk; None when it is gone. Raises a page that says "later" while the store is away."""
    try:
        return await desk.store.get(name)
    except FileNotFoundError:
        return None
    except StoreAway:
        raise HTTPException(
            503, later("Dit bestand is nu even niet te bereiken. Probeer het straks nog eens.")
        ) from None


def sound(path: Path | None, kind: str | None = "audio/ogg") -> FileResponse:
    """A file of ours with a fixed type; "not there" when it is gone."""
    if path is None or kind is None or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type=kind, headers={"content-disposition": "inline", "cache-control": "no-store"})


async def _may_hear(session: Session, visit: Visit, found: Media) -> bool:
    if found.staff_id == visit.me.id:
        return True
    asked: Any = select(Question).join(QuestionPart, QuestionPart.question_id == Question.id)
    for question in await session.scalars(asked.where(QuestionPart.media_id == found.id)):
        if await inbox_lists.may_see(session, visit.me, question, visit.now):
            return True
    groups = [g.id for g in visit.groups] if visit.answers else []
    told = select(Announcement.id).where(Announcement.media_id == found.id, Announcement.group_id.in_(groups))
    return (await session.scalars(told.limit(1))).first() is not None
