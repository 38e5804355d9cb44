"""Appointments: a talk with one mother, or a visit at her home. Said when it is made, the evening before and on the day.

Nothing of what was said is kept, and a visit at home has no address here: whoever goes there knows the way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select, update

from bot.care import away, kinds, outbox, reminders, render, tell
from bot.care.content import Content
from bot.care.dutch import NotSo
from bot.clock import ZONE, instant, local
from bot.db.calendar_models import Appointment
from bot.db.models import Group, Mother, Staff
from bot.db.session import Session
from bot.flow.model import Say
from bot.speech import spoken

ABOUT = "appointment"
ANSWERS = ("come", "cannot")
USUAL = dt.timedelta(minutes=45)


@dataclass(frozen=True)
class Entry:
    """One appointment with its mother and its group."""

    appointment: Appointment
    mother: Mother
    group: Group


async def make(
    session: Session,
    content: Content,
    mother: Mother,
    starts_at: dt.datetime,
    now: dt.datetime,
    by: Staff | None,
    *,
    kind: str = kinds.TALK,
    guide: str = "",
    partner: bool = False,
    length: dt.timedelta = USUAL,
) -> Appointment:
    """An appointment; she hears of it at once. ValueError in a sentence: she cannot be told, or the moment is over."""
    if mother.group_id is None or mother.status != "member":
        raise NotSo("Deze moeder zit niet in de groep.")
    if starts_at <= now:
        raise NotSo("Dat moment is al voorbij.")
    group = await session.get_one(Group, mother.group_id)
    kind = kind if kind in (kinds.TALK, kinds.HOME) else kinds.TALK
    if (there := await _same(session, mother, kind, starts_at)) is not None:
        return there
    made = Appointment(
        group_id=group.id,
        mother_id=mother.id,
        staff_id=by.id if by else None,
        kind=kind,
        guide=" ".join((guide or (by.name if by else "")).split())[:40] or group.name[:40],
        partner=partner,
        starts_at=starts_at,
        ends_at=starts_at + length,
        created_at=now,
    )
    session.add(made)
    await session.flush()
    await _wait(session, made, mother, now)
    await _say(session, content, made, mother, now, "made")
    return made


async def move(
    session: Session, content: Content, made: Appointment, day: dt.date, at: dt.time, now: dt.datetime
) -> bool:
    """To another moment, as long as before; she hears that at once, and her earlier answer no longer counts. False: the same
    moment. ValueError in a sentence: it is over, or the moment is."""
    starts_at = instant(day, at)
    if starts_at <= now or made.ends_at <= now:
        raise NotSo("Dat moment is al voorbij.")
    if starts_at == made.starts_at and made.state == "planned":
        return False
    length = made.ends_at - made.starts_at
    made.starts_at, made.ends_at, made.state, made.answer = starts_at, starts_at + length, "planned", None
    await _changed(session, content, made, now, "moved")
    return True


async def cancel(session: Session, content: Content, made: Appointment, now: dt.datetime) -> bool:
    """Cancelled; she hears it at once. False: it was already, or is over."""
    if made.state == "cancelled" or made.ends_at <= now:
        return False
    made.state = "cancelled"
    await _changed(session, content, made, now, "cancelled")
    return True


async def restore(session: Session, content: Content, made: Appointment, now: dt.datetime) -> bool:
    """A cancellation is taken back; she hears that as a change. False: it was not cancelled, or is over."""
    if made.state != "cancelled" or made.starts_at <= now:
        return False
    made.state, made.answer = "planned", None
    await _changed(session, content, made, now, "moved")
    return True


async def answer(session: Session, mother: Mother, number: int, said: str, now: dt.datetime, version: int) -> str:
    """ "come" or "cannot", noted and told to who made it; or "past", "cancelled", "gone", or its kind when it changed since."""
    made = await session.get(Appointment, number)
    if made is None or made.mother_id != mother.id or said not in ANSWERS:
        return "gone"
    standing = how_it_is(made, now)
    if standing not in (kinds.TALK, kinds.HOME) or version != made.version:
        return standing
    if made.answer != said:
        made.answer = said
        await _tell_staff(session, made, mother, said, now)
    if said == "cannot":
        made.say, made.say_at = "", None
    else:
        await _wait(session, made, mother, now)
    return said


def how_it_is(made: Appointment, now: dt.datetime) -> str:
    """ "cancelled", "past", or its kind."""
    if made.state == "cancelled":
        return "cancelled"
    return "past" if made.ends_at <= now else made.kind


def about(made: Appointment, group: Group) -> dict[str, Any]:
    """What is said of it, as slots. A visit at home has no place."""
    starts, ends = local(made.starts_at), local(made.ends_at)
    slots: dict[str, Any] = {
        "appointment": made.id,
        "version": made.version,
        "day": starts.date().isoformat(),
        "time": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "guide": made.guide,
        "after": ["common.partner"] if made.partner and made.state == "planned" else [],
        "before": [],
        "warning": "cancelled" if made.state == "cancelled" else None,
    }
    return slots if made.kind == kinds.HOME else {**slots, "place": group.place}


async def fire_one(session: Session, content: Content, now: dt.datetime) -> bool:
    """The oldest appointment that is due to be said. True: one was dealt with, come again. False: nothing is due.

    1. Claim it: another process may tick.  2. What comes after it waits from now on.  3. Still true, and in time: into the outbox.
    """
    due = select(Appointment).where(Appointment.say_at.is_not(None), Appointment.say_at <= now)
    made = await session.scalar(due.order_by(Appointment.say_at).limit(1).with_for_update(skip_locked=True))
    if made is None:
        return False
    kind, at = made.say, made.say_at
    mine = update(Appointment).where(Appointment.id == made.id, Appointment.say_at == at, Appointment.say == kind)
    done = await session.execute(mine.values(say="", say_at=None).execution_options(synchronize_session=False))
    if tell.rows(done) == 0:
        return True
    await session.refresh(made)
    mother = await session.get_one(Mother, made.mother_id)
    if made.state != "planned" or made.starts_at <= now or made.answer == "cannot":
        return True
    house = await reminders.hours_of(session, made.group_id)
    times = reminders.times(made.starts_at, kind, house, mother)
    later = reminders.after_quiet(now, house, mother)
    if later > now and times is not None and later < times.expires_at:
        made.say, made.say_at = kind, later
        return True
    await _wait(session, made, mother, now, after=kind)
    reachable = mother.status == "member" and mother.unreachable_at is None and mother.group_id == made.group_id
    if reachable and times is not None and now < times.expires_at and not await _just_said(session, made, now):
        await _say(session, content, made, mother, now, kind)
    return True


async def coming(session: Session, groups: Iterable[Group], now: dt.datetime) -> list[Entry]:
    """What is not over yet in these groups, the nearest first; cancelled ones too."""
    by_id = {group.id: group for group in groups}
    query = select(Appointment, Mother).join(Mother, Mother.id == Appointment.mother_id)
    query = query.where(Appointment.group_id.in_(by_id), Appointment.ends_at > now)
    rows = await session.execute(query.order_by(Appointment.starts_at, Appointment.id))
    return [Entry(made, mother, by_id[made.group_id]) for made, mother in rows]


async def talks(session: Session, group_id: int) -> dict[int, int]:
    """mother id → how many talks she has had or has planned (the aim is two in a trajectory)."""
    query = select(Appointment.mother_id, func.count()).where(
        Appointment.group_id == group_id, Appointment.state == "planned"
    )
    return {row[0]: row[1] for row in await session.execute(query.group_by(Appointment.mother_id))}


# ---------------------------------------------------------------- step by step


async def _same(session: Session, mother: Mother, kind: str, at: dt.datetime) -> Appointment | None:
    """The one that the first of two presses of the button made, so that she hears it once."""
    query = select(Appointment).where(Appointment.mother_id == mother.id, Appointment.starts_at == at)
    found = query.where(Appointment.kind == kind, Appointment.state == "planned").limit(1)
    return (await session.scalars(found)).first()


async def _changed(session: Session, content: Content, made: Appointment, now: dt.datetime, what: str) -> None:
    made.version += 1
    mother = await session.get_one(Mother, made.mother_id)
    await outbox.cancel(session, ABOUT, made.id)
    await session.flush()
    await _wait(session, made, mother, now)
    await _say(session, content, made, mother, now, what)


async def _wait(session: Session, made: Appointment, mother: Mother, now: dt.datetime, after: str = "") -> None:
    """What waits to be said next: the evening before, then the day itself; nothing when neither is still to come."""
    made.say, made.say_at = "", None
    if made.state != "planned":
        return
    house = await reminders.hours_of(session, made.group_id)
    for kind in reminders.KINDS[reminders.KINDS.index(after) + 1 if after else 0 :]:
        at = reminders.times(made.starts_at, kind, house, mother)
        if at is not None and at.due_at > now:
            made.say, made.say_at = kind, at.due_at
            return


async def _just_said(session: Session, made: Appointment, now: dt.datetime) -> bool:
    return made.created_at > now - reminders.JUST_SAID


async def _say(
    session: Session, content: Content, made: Appointment, mother: Mother, now: dt.datetime, what: str
) -> None:
    group = await session.get_one(Group, made.group_id)
    slots = about(made, group)
    if what == "moved":
        slots["before"] = ["common.changed"]
    step = "called_off" if made.state == "cancelled" else made.kind
    said = render.utterances(
        content, mother.lang or "nl", Say(f"appointment.{step}", slots), now, voice_lang=mother.voice_lang
    )
    quiet = reminders.after_quiet(now, await reminders.hours_of(session, made.group_id), mother) != now
    for n, one in enumerate(said):
        await outbox.put(
            session,
            mother.chat_id,
            replace(one, silent=True) if quiet else one,
            key=f"{ABOUT}:{made.id}:{made.version}:{what}:{n}",
            now=now,
            priority=1,
            expires_at=_useful_until(made, now),
            mother_id=mother.id,
            about=ABOUT,
            about_id=made.id,
        )


def _useful_until(made: Appointment, now: dt.datetime) -> dt.datetime:
    """Its start; before that the end of this day, when its words say "today" or "tomorrow"."""
    if local(made.starts_at).date() <= local(now).date() + dt.timedelta(days=1):
        midnight = dt.datetime.combine(local(now).date() + dt.timedelta(days=1), dt.time(), ZONE).astimezone(dt.UTC)
        return min(made.starts_at, midnight)
    return made.starts_at


async def _tell_staff(session: Session, made: Appointment, mother: Mother, said: str, now: dt.datetime) -> None:
    """Who made the appointment hears what she answered; when that person left the group, its coordinators."""
    name, moment = mother.first_name or "Een moeder", spoken.moment(made.starts_at, "nl", now).shown
    text = f"{'✅' if said == 'come' else '✋'} {name}, {moment}: {'ja' if said == 'come' else 'kan niet'}."
    answering = await tell.of_group(session, made.group_id)
    maker = [person for person in answering if person.id == made.staff_id]
    for person in await away.with_deputies(session, maker or answering, now):
        if person.chat_id is not None:
            key = f"{ABOUT}-staff:{made.id}:{made.version}:{said}:{now.timestamp():.0f}:{person.id}"
            await outbox.put(session, person.chat_id, tell.line(text), key=key, now=now)
