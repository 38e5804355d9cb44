"""Where a meeting is, and where the children are minded meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.care import kinds
from bot.clock import local
from bot.db.calendar_models import GuestPhoto, Way
from bot.db.models import Group, Media, Meeting
from bot.db.session import Session


@dataclass(frozen=True)
class Where:
    """A place as a mother needs it. `other` = not the group's usual place; lat, lon in degrees or None."""

    place: str
    address: str
    lat: float | None
    lon: float | None
    other: bool
    guide: str
    childcare_place: str
    childcare_address: str
    childcare_lat: float | None
    childcare_lon: float | None


def where(group: Group, meeting: Meeting | None) -> Where:
    """The place of a meeting: its own when it has one, the group's otherwise."""
    other = bool(meeting and meeting.place and (meeting.place, meeting.address) != (group.place, group.address))
    at = meeting if other and meeting else group
    return Where(
        place=at.place,
        address=at.address,
        lat=at.lat,
        lon=at.lon,
        other=other,
        guide=(meeting.guide if meeting else "") or group.guide,
        childcare_place=group.childcare_place,
        childcare_address=group.childcare_address,
        childcare_lat=group.childcare_lat,
        childcare_lon=group.childcare_lon,
    )


def about(group: Group, meeting: Meeting) -> dict[str, Any]:
    """A meeting as the slots of what is said about it: wall-clock facts and proper names, in no language yet."""
    at, starts, ends = where(group, meeting), local(meeting.starts_at), local(meeting.ends_at)
    slots: dict[str, Any] = {
        "meeting": meeting.id,
        "version": meeting.version,
        "day": starts.date().isoformat(),
        "time": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "place": at.place,
        "guide": at.guide,
        "kind": meeting.kind,
    }
    if at.lat is not None and at.lon is not None:
        slots["pins"] = [{"lat": at.lat, "lon": at.lon, "title": at.place, "address": at.address}]
    if at.other:
        slots["warning"] = "other-place"
    return slots


async def no_longer(session: Session, slots: dict[str, Any]) -> bool:
    """Whether what these slots say of a meeting is over: it was cancelled, moved, or taken out of the pattern since."""
    if "meeting" not in slots:
        return False
    meeting = await session.get(Meeting, slots["meeting"])
    if meeting is None or meeting.state == "cancelled":
        return True
    starts = local(meeting.starts_at)
    return (starts.date().isoformat(), f"{starts:%H:%M}") != (slots.get("day"), slots.get("time"))


async def told(session: Session, group: Group, meeting: Meeting) -> dict[str, Any]:
    """`about`, and what is said around it: what kind of meeting it is, who comes as a guest, for whom, what it costs.

    before: keys of whole sentences · signs: (symbol, label) beside the choices · photos: names of stored photos.
    """
    before = [kinds.sentence(meeting.kind), "common.with_guest" if meeting.guide else None]
    signs = []
    if meeting.family:
        before, signs = [*before, "common.family"], [("family", "")]
    if meeting.price:
        before, signs = [*before, "common.costs"], [*signs, ("money", meeting.price)]
    elif meeting.kind in kinds.OUT:
        before, signs = [*before, "common.free"], [*signs, ("free", "")]
    face = select(Media.name).join(GuestPhoto, GuestPhoto.media_id == Media.id)
    photos = list(await session.scalars(face.where(GuestPhoto.meeting_id == meeting.id)))
    more = {"before": [key for key in before if key], "signs": signs, "photos": photos, "price": meeting.price}
    more["theme"] = meeting.theme
    return {**about(group, meeting), **{name: value for name, value in more.items() if value}}


async def way(session: Session, group: Group, meeting: Meeting) -> dict[str, Any]:
    """How to get to the group's own place: slots to add to those of `told`; nothing when it is elsewhere or not filled in."""
    found = await session.get(Way, group.id)
    if found is None or where(group, meeting).other:
        return {}
    wanted = [number for number in (found.door_photo, found.stop_photo) if number is not None]
    names = {media.id: media.name for media in await session.scalars(select(Media).where(Media.id.in_(wanted)))}
    slots: dict[str, Any] = {"photos": [names[number] for number in wanted if number in names]}
    if found.line and found.stop:
        slots |= {"line": found.line, "stop": found.stop, "after": ["common.way"]}
    return {name: value for name, value in slots.items() if value}
