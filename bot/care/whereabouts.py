"""Where a meeting is, and where the children are minded meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.clock import local
from bot.db.models import Group, Meeting


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
