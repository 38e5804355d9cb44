"""Meetings: from the pattern, by hand, cancelled, moved, elsewhere. Every change rewrites what is still to be said about it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import delete, func, select, update

from bot.care import announcements, reminders
from bot.care.calendar import Slot, clock_time, slots, wall_hours
from bot.care.dutch import NotSo
from bot.care.kinds import KINDS, LESSON
from bot.care.whereabouts import Where, where
from bot.clock import ZONE, instant, local
from bot.db.calendar_models import GuestPhoto, OwnDays
from bot.db.models import Announcement, Group, Media, Meeting, Reminder, Rsvp, Staff
from bot.db.notes import insert
from bot.db.session import Session


async def plan(session: Session, group: Group, now: dt.datetime, until: dt.date | None = None) -> list[Meeting]:
    """Makes the rows of the pattern that are not there yet, and their reminders; the new ones, in order.

    1. A future row that the pattern no longer has, and that nobody touched or heard about, goes.
    2. A day that already has its row (also moved or cancelled) is left alone, but takes over changed hours.
    3. The rest is added. Several planners at once are harmless: (group, day of the pattern) is unique.
    """
    wanted = {found.day: found for found in slots(group, until, await closed_days(session, group.id))}
    existing = {m.planned_day: m for m in await _of_pattern(session, group.id)}
    for day, meeting in list(existing.items()):
        if meeting.starts_at > now and not meeting.by_hand and (until is None or (day and day <= until)):
            await _fit(session, meeting, wanted.get(day) if day else None)
    new = [_row(group, found, now) for day, found in wanted.items() if day not in existing]
    added = await _insert(session, new) if new else []
    await reminders.plan(session, group, now)
    return added


async def add(
    session: Session,
    group: Group,
    day: dt.date,
    now: dt.datetime,
    *,
    starts: str | None = None,
    ends: str | None = None,
    kind: str = "lesson",
    place: str = "",
    address: str = "",
    spot: tuple[float, float] | None = None,
    guide: str = "",
    price: str = "",
    family: bool = False,
    theme: str = "",
) -> Meeting:
    """One meeting by hand, also on a day off; the group's own hours unless given ("14:00"). kind: one of `kinds.KINDS`;
    place, address, spot (degrees): when it is not where the group always is; guide: who gives it, when that is somebody
    else than usual; price: empty when it is free; family: all of it is welcome;
    theme: what is talked about, a sign of `signs.themes`, or empty."""
    first, last = clock_time(starts or group.starts), clock_time(ends or group.ends)
    meeting = Meeting(
        group_id=group.id,
        starts_at=instant(day, first),
        ends_at=instant(day, last),
        kind=kind,
        place=place,
        address=address,
        lat=spot[0] if spot else None,
        lon=spot[1] if spot else None,
        guide=guide,
        price=price,
        family=family,
        theme=theme,
        by_hand=True,
        created_at=now,
    )
    session.add(meeting)
    await session.flush()
    await reminders.plan(session, meeting, now)
    return meeting


async def coming(session: Session, group_id: int, now: dt.datetime, n: int = 1) -> list[Meeting]:
    """The next n planned meetings that are not over yet, the nearest first."""
    query = select(Meeting).where(Meeting.group_id == group_id, Meeting.state == "planned", Meeting.ends_at > now)
    return list(await session.scalars(query.order_by(Meeting.starts_at, Meeting.id).limit(n)))


async def hours(session: Session, group: Group) -> float:
    """How many hours of meetings are planned (cancelled ones do not count), to lay beside the plan of the group."""
    rows = await session.scalars(select(Meeting).where(Meeting.group_id == group.id, Meeting.state == "planned"))
    return sum(wall_hours(m.starts_at, m.ends_at) for m in rows)


async def cancel(session: Session, meeting: Meeting, now: dt.datetime, by: Staff | None = None) -> Announcement | None:
    """Cancels a meeting; everybody hears it at once. None when it was already cancelled or is over."""
    if meeting.state == "cancelled" or meeting.ends_at <= now:
        return None
    meeting.state = "cancelled"
    return await _changed(session, meeting, now, "cancelled", by)


async def restore(session: Session, meeting: Meeting, now: dt.datetime, by: Staff | None = None) -> Announcement | None:
    """Takes a cancellation back: it goes on after all, and everybody hears that. None when it was not cancelled.

    When the cancellation was only planned to be said, nobody hears anything: that announcement is returned, stopped.
    """
    if meeting.state != "cancelled" or meeting.ends_at <= now:
        return None
    quiet = await unsaid(session, meeting)
    meeting.state = "planned"
    if quiet is None:
        return await _changed(session, meeting, now, "goes_on", by)
    meeting.version += 1
    await _drop_plans(session, meeting)
    await session.refresh(quiet)
    await reminders.replan(session, meeting, now)
    return quiet


async def move(
    session: Session,
    meeting: Meeting,
    day: dt.date,
    at: dt.time,
    now: dt.datetime,
    by: Staff | None = None,
) -> Announcement | None:
    """Moves a meeting to another wall-clock moment, as long as before. Earlier answers no longer count: they were about
    the old moment. None when nothing changes; ValueError when the new moment lies in the past."""
    length = local(meeting.ends_at).replace(tzinfo=None) - local(meeting.starts_at).replace(tzinfo=None)
    starts_at = instant(day, at)
    if starts_at <= now:
        raise NotSo("Dat moment is al voorbij.")
    if starts_at == meeting.starts_at and meeting.state == "planned":
        return None
    end = dt.datetime.combine(day, at) + length
    meeting.starts_at, meeting.ends_at, meeting.state = (
        starts_at,
        end.replace(tzinfo=ZONE).astimezone(dt.UTC),
        "planned",
    )
    await session.execute(delete(Rsvp).where(Rsvp.meeting_id == meeting.id))
    return await _changed(session, meeting, now, "moved", by)


async def other_place(
    session: Session,
    meeting: Meeting,
    place: str,
    address: str,
    now: dt.datetime,
    lat: float | None = None,
    lon: float | None = None,
    by: Staff | None = None,
) -> Announcement | None:
    """Holds a meeting elsewhere; everybody hears it at once, with the pin when there is one. None when nothing changes."""
    if (meeting.place, meeting.address, meeting.lat, meeting.lon) == (place, address, lat, lon):
        return None
    meeting.place, meeting.address, meeting.lat, meeting.lon = place, address, lat, lon
    return await _changed(session, meeting, now, "other_place", by)


async def tell_more(
    session: Session,
    meeting: Meeting,
    *,
    kind: str,
    guide: str,
    price: str,
    family: bool,
    theme: str = "",
    photo: Media | None = None,
    no_photo: bool = False,
) -> None:
    """What kind of meeting it is, who gives it, what it costs, for whom, what is talked about: said with the next reminder. A photo is of who gives it."""
    meeting.kind = kind if kind in KINDS else LESSON
    meeting.guide, meeting.price, meeting.family, meeting.theme = guide, price, family, theme
    meeting.by_hand = True
    if photo is not None or no_photo:
        await session.execute(delete(GuestPhoto).where(GuestPhoto.meeting_id == meeting.id))
    if photo is not None:
        session.add(GuestPhoto(meeting_id=meeting.id, media_id=photo.id))
    await session.flush()


async def _changed(session: Session, meeting: Meeting, now: dt.datetime, kind: str, by: Staff | None) -> Announcement:
    meeting.by_hand = True
    meeting.version += 1
    await session.flush()
    await _drop_plans(session, meeting)
    await reminders.replan(session, meeting, now, moved=kind == "moved")
    return await announcements.about_meeting(session, meeting, kind, now, by)


async def unsaid(session: Session, meeting: Meeting) -> Announcement | None:
    """The planned announcement of a cancellation that nobody has heard of yet."""
    about = Announcement.meeting_id == meeting.id, Announcement.kind.in_(announcements.CHANGES)
    told = list(
        await session.scalars(select(Announcement).where(*about, Announcement.state.not_in(("draft", "stopped"))))
    )
    return told[0] if told and all(made.state == "planned" for made in told) else None


async def _drop_plans(session: Session, meeting: Meeting) -> None:
    """What was still planned to be said about an older state of it is not said any more."""
    plans = update(Announcement).where(Announcement.meeting_id == meeting.id, Announcement.state == "planned")
    await session.execute(plans.where(Announcement.kind.in_(announcements.CHANGES)).values(state="stopped"))


async def closed_days(session: Session, group_id: int) -> set[dt.date]:
    """The days on which a group chose to be closed."""
    found: set[dt.date] = set()
    for own in await session.scalars(select(OwnDays).where(OwnDays.group_id == group_id, OwnDays.closed.is_(True))):
        found |= {own.first_day + dt.timedelta(days=n) for n in range((own.last_day - own.first_day).days + 1)}
    return found


async def _of_pattern(session: Session, group_id: int) -> list[Meeting]:
    query = select(Meeting).where(Meeting.group_id == group_id, Meeting.planned_day.is_not(None))
    return list(await session.scalars(query.order_by(Meeting.planned_day)))


def _row(group: Group, found: Slot, now: dt.datetime) -> dict[str, Any]:
    return {
        "group_id": group.id,
        "planned_day": found.day,
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "kind": found.kind,
        "created_at": now,
    }


async def _insert(session: Session, new: list[dict[str, Any]]) -> list[Meeting]:
    """The rows that nobody else planned at the same moment."""
    put = insert(session, Meeting).values(new).on_conflict_do_nothing(index_elements=["group_id", "planned_day"])
    return sorted(await session.scalars(put.returning(Meeting)), key=lambda meeting: meeting.starts_at)


async def heard(session: Session, meeting: Meeting) -> bool:
    """Whether a mother was reminded of it, or said whether she comes: only a person may change it then, so that she hears that too."""
    said = select(func.count()).where(Reminder.meeting_id == meeting.id, Reminder.state == "fired")
    answered = select(func.count()).where(Rsvp.meeting_id == meeting.id)
    return bool(await session.scalar(said) or await session.scalar(answered))


async def _fit(session: Session, meeting: Meeting, found: Slot | None) -> None:
    if await heard(session, meeting):
        return
    if found is None:
        await session.delete(meeting)
    elif (found.starts_at, found.ends_at, found.kind) != (meeting.starts_at, meeting.ends_at, meeting.kind):
        meeting.starts_at, meeting.ends_at, meeting.kind = found.starts_at, found.ends_at, found.kind
        meeting.version += 1  # she may have seen it when she asked for the next meeting
        await session.flush()
        await reminders.forget_waiting(session, meeting.id)


__all__ = ["Where", "add", "cancel", "coming", "hours", "move", "other_place", "plan", "restore", "where"]
