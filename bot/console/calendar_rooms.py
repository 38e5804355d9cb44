"""The calendar's pages as one: first the ones with a name of their own, then one meeting by its number, then what is done with it."""

from __future__ import annotations

from fastapi import APIRouter

from bot.console import (
    appointments_room,
    feed_room,
    meeting_acts,
    meeting_new,
    meetings_room,
    own_days_room,
    rhythm_room,
    way_room,
)

router = APIRouter()
for _room in (meeting_new, appointments_room, rhythm_room, own_days_room, feed_room, way_room):
    router.include_router(_room.router)
router.include_router(feed_room.open_router)
for _room in (meetings_room, meeting_acts):
    router.include_router(_room.router)
