"""Announcements that go out later: planned, taken back, and sent when it is time."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from bot.care import announcements, events, outbox, tell, whereabouts
from bot.care.content import Content
from bot.care.dutch import NotSo
from bot.clock import local
from bot.db.inbox_models import AnnouncementPlan
from bot.db.models import Announcement, Group, Staff
from bot.db.session import Session, wake

FURTHEST = dt.timedelta(days=366)


async def plan(
    session: Session, made: Announcement, due_at: dt.datetime, now: dt.datetime, *, sure: bool = False
) -> bool:
    """Sends this draft at that moment; False when it is no draft any more. ValueError (a Dutch sentence): not that moment.

    Raises announcements.SureFirst as sending would: nobody is there to say yes later.
    """
    if due_at <= now:
        raise NotSo("Dat moment is al voorbij. Kies een later uur.")
    if due_at - now > FURTHEST:
        raise NotSo("Dat is langer dan een jaar. Kies een vroegere dag.")
    if not sure and await announcements.group_photo(session, made):
        raise announcements.SureFirst
    if _stale(made, due_at):
        raise NotSo("Dat is na de dag zelf. Kies een vroeger moment.")
    if await events.too_late(session, made, due_at):
        raise NotSo("Dat is na de laatste dag om te antwoorden. Kies een vroeger moment.")
    claim = update(Announcement).where(Announcement.id == made.id, Announcement.state == "draft")
    if tell.rows(await session.execute(claim.values(state="planned"))) == 0:
        return False
    await session.refresh(made)
    session.add(AnnouncementPlan(announcement_id=made.id, due_at=due_at))
    await session.flush()
    wake(session, "inbox")
    return True


async def unplan(session: Session, made: Announcement) -> bool:
    """Makes it a draft again; False when it has gone out already."""
    claim = update(Announcement).where(Announcement.id == made.id, Announcement.state == "planned")
    done = tell.rows(await session.execute(claim.values(state="draft")))
    await session.refresh(made)
    row = await session.get(AnnouncementPlan, made.id)
    if row is not None and done:
        await session.delete(row)
    await session.flush()
    wake(session, "inbox")
    return done == 1


async def planned(session: Session, group_id: int) -> list[tuple[Announcement, dt.datetime]]:
    """What will go out to this group, the soonest first."""
    query = select(Announcement, AnnouncementPlan.due_at).join(
        AnnouncementPlan, AnnouncementPlan.announcement_id == Announcement.id
    )
    mine = query.where(Announcement.group_id == group_id, Announcement.state == "planned")
    return [(made, due) for made, due in (await session.execute(mine.order_by(AnnouncementPlan.due_at))).all()]


async def due_at(session: Session, made: Announcement) -> dt.datetime | None:
    row = await session.get(AnnouncementPlan, made.id)
    return row.due_at if row else None


async def fire_one(session: Session, content: Content, now: dt.datetime) -> bool:
    """Sends the planned announcement that is due longest. True: there was one, come again. False: none is due.

    After a power cut it is still sent. When it is not true any more (that day is over, that meeting was cancelled or moved,
    the group has ended) its writer hears that it was not sent, and why.
    """
    query = select(AnnouncementPlan).join(Announcement, Announcement.id == AnnouncementPlan.announcement_id)
    due = query.where(Announcement.state == "planned", AnnouncementPlan.due_at <= now)
    row = (await session.scalars(due.order_by(AnnouncementPlan.due_at).limit(1))).first()
    if row is None:
        return False
    made = await session.get_one(Announcement, row.announcement_id)
    if not await unplan(session, made):
        return True
    why = await _why_not(session, made, now)
    if why:
        made.state = "stopped"
        await _say_not_sent(session, made, why, now)
    else:
        await announcements.send(session, made, now, sure=True)
    return True


async def _why_not(session: Session, made: Announcement, now: dt.datetime) -> str:
    """Why it would not be true any more, in Dutch; empty when it is."""
    group = await session.get_one(Group, made.group_id)
    if group.closed_at is not None:
        return f"de groep {group.name} is afgesloten."
    if made.kind not in announcements.CHANGES and await whereabouts.no_longer(session, made.slots):
        return "de bijeenkomst waarover het gaat is verplaatst of gaat niet door."
    if _stale(made, now):
        return "de dag waarover het gaat is voorbij."
    return "de laatste dag om te antwoorden is voorbij." if await events.too_late(session, made, now) else ""


def _stale(made: Announcement, at: dt.datetime) -> bool:
    """Whether it would be about something that is over by then."""
    day, time = made.slots.get("day"), made.slots.get("time")
    wall = local(at)
    return bool(day) and (str(day), str(time or "99:99")) <= (wall.date().isoformat(), f"{wall:%H:%M}")


async def _say_not_sent(session: Session, made: Announcement, why: str, now: dt.datetime) -> None:
    person = await session.get(Staff, made.staff_id) if made.staff_id else None
    if person is not None and person.chat_id is not None:
        said = tell.line(f"Een gepland bericht is niet verstuurd: {why}")
        await outbox.put(session, person.chat_id, said, key=f"not-sent:{made.id}", now=now)
