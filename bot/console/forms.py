"""What a form of the desk brings in: days, hours, places and photos, read strictly, with a sentence for what cannot be."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import re
import secrets
from dataclasses import dataclass

from fastapi import UploadFile

from bot.console.desk import Desk
from bot.console.words import _
from bot.db.models import Media, Staff
from bot.db.session import Session
from bot.media import StoreAway
from bot.pictures import PictureError, photo

PIN = re.compile(r"\s*(-?\d{1,2}\.\d+)\s*[,; ]\s*(-?\d{1,3}\.\d+)\s*\Z")
MOST_BYTES = 20 * 1024 * 1024


class Wrong(Exception):
    """What was filled in cannot be; the message is a sentence in the visitor's language."""


@dataclass(frozen=True)
class Photographed:
    """A photo in the store, small and without place or camera, not yet known to the database."""

    name: str
    size: int
    sha256: str


def day_of(text: str) -> dt.date:
    """A day from "2026-11-26". Raises Wrong."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Wrong(_("Kies een dag.")) from None


def time_of(text: str) -> dt.time:
    """A wall time from "09:00". Raises Wrong."""
    try:
        return dt.time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise Wrong(_("Kies een uur.")) from None


def number_of(text: str, least: int, most: int) -> int:
    """A whole number. Raises Wrong."""
    found = whole(text)
    if found is None or not least <= found <= most:
        raise Wrong(_("Vul een getal in van {least} tot {most}.").format(least=least, most=most))
    return found


def whole(text: str) -> int | None:
    """A whole number of at most nine digits; None when it is anything else."""
    return int(text) if text.strip().isdecimal() and len(text.strip()) < 10 else None


def line_of(text: str, most: int) -> str:
    """One line without double spaces, cut where it would be too long."""
    return " ".join(text.split())[:most]


def spot_of(text: str) -> tuple[float, float] | None:
    """Degrees from "51.0259, 4.4776"; None when it is no such pair."""
    found = PIN.match(text)
    lat, lon = (float(found[1]), float(found[2])) if found else (999.0, 999.0)
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def elsewhere(name: str, address: str, pin: str) -> tuple[str, str, tuple[float, float] | None]:
    """Another place than usual: its name, its address, its pin; all empty where nothing was filled in. Raises Wrong."""
    name, address, spot = line_of(name, 80), line_of(address, 160), spot_of(pin)
    if not name and (address or pin.strip()):
        raise Wrong(_("Vul de naam van de plaats in."))
    if pin.strip() and not spot:
        raise Wrong(_("Het speldje lijkt op “51.0259, 4.4776”. Of laat leeg."))
    return name, address, spot


async def photographed(desk: Desk, file: UploadFile | None) -> Photographed | None:
    """The upload as a small JPEG in the store; None when nothing was chosen. Raises Wrong. Never inside a transaction."""
    data = await file.read(MOST_BYTES + 1) if file is not None else b""
    if not data:
        return None
    if len(data) > MOST_BYTES:
        raise Wrong(_("Deze foto is te groot."))
    try:
        small = await asyncio.to_thread(photo.small, data)
    except PictureError:
        raise Wrong(_("Deze foto kan ik niet lezen. Kies een andere (JPEG of PNG).")) from None
    name = f"{secrets.token_hex(16)}.jpg"
    try:
        await desk.store.put(name, small)
    except StoreAway:
        raise Wrong(_("Dit kon nu niet bewaard worden. Probeer het straks nog eens.")) from None
    return Photographed(name, len(small), hashlib.sha256(small).hexdigest())


def keep_photo(session: Session, found: Photographed, me: Staff, now: dt.datetime) -> Media:
    """Makes the photo known, as this colleague's."""
    media = Media(
        name=found.name,
        kind="photo",
        mime="image/jpeg",
        size=found.size,
        sha256=found.sha256,
        staff_id=me.id,
        created_at=now,
    )
    session.add(media)
    return media
