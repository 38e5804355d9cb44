"""What a partner hears: the evening before, of a family event of the group or of a talk about the child; and when it does not go on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.care import partners
from bot.care.content import Content
from bot.care.hours import Hours
from bot.care.hours import of_group as hours_of
from bot.care.reminders import after_quiet, times
from bot.care.whereabouts import about
from bot.clock import local
from bot.db.calendar_models import Appointment
from bot.db.models import Delivery, Group, Meeting, Mother
from bot.db.people_models import Partner
from bot.db.session import Session
from bot.flow.model import Say, Slots

EVENTS = ("excursion", "feast")  # the kinds of meeting that are for the whole family
AHEAD = dt.timedelta(days=2)
Told = dict[str, set[str]]
NOBODY = Mother(quiet_from=None, quiet_until=None)  # he has no quiet hours of his own


@dataclass(frozen=True)
class Thing:
    """An event or a talk, as a partner hears of it. key: the same for every version of it."""

    key: str
    version: int
    on: bool
    starts_at: dt.datetime
    step: str
    slots: Slots


async def tell_one(session: Session, content: Content, now: dt.datetime) -> bool:
    """Tells one partner of one thing. True: somebody was told, come again. False: nothing is to be told.

    Outside quiet hours; the key (with the version) says each thing once, and again when it changed after he heard of it.
    """
    query = select(Partner, Mother, Group).join(Mother, Mother.id == Partner.mother_id)
    query = query.join(Group, Group.id == Mother.group_id).where(Partner.chat_id.is_not(None))
    for row, mother, group in (await session.execute(query.where(Mother.status == "member"))).all():
        house = await hours_of(session, group.id)
        if after_quiet(now, house, NOBODY) == now and await _tell(session, content, row, mother, group, house, now):
            return True
    return False


async def _tell(
    session: Session, content: Content, row: Partner, mother: Mother, group: Group, house: Hours, now: dt.datetime
) -> bool:
    told = await _told(session, row)
    for thing in [*await _events(session, row, group, told, now), *await _talks(session, row, mother, told, now)]:
        step, state = thing.step if thing.on else "partner.off", f"{thing.version}:{'on' if thing.on else 'off'}"
        due = thing.key in told or (thing.on and _due(thing, house, now))
        if due and state not in told.get(thing.key, ()) and row.chat_id is not None:
            key = f"partner:{row.mother_id}:{thing.key}:{state}"
            ends, what = thing.starts_at, Say(step, thing.slots)
            put = await partners.say(
                session, content, row.chat_id, row.lang, what, key, now, mother, priority=1, ends=ends
            )
            if put:
                return True
    return False


def _due(thing: Thing, house: Hours, now: dt.datetime) -> bool:
    at = times(thing.starts_at, "evening", house, NOBODY)
    return at is not None and at.due_at <= now < thing.starts_at


async def _told(session: Session, row: Partner) -> Told:
    """What he heard of: the key of each thing, with the versions that he heard, such as "2:on"."""
    start = f"partner:{row.mother_id}:"
    said = select(Delivery.unique_key).where(Delivery.chat_id == row.chat_id, Delivery.about == partners.ABOUT)
    found: Told = {}
    for key in await session.scalars(said.where(Delivery.unique_key.startswith(start))):
        thing, version, state = key.removeprefix(start).split(":")[:3]
        found.setdefault(thing, set()).add(f"{version}:{state}")
    return found


def _numbers(told: Told, kind: str) -> list[int]:
    return [int(key.removeprefix(kind)) for key in told if key.startswith(kind)]


async def _events(session: Session, row: Partner, group: Group, told: Told, now: dt.datetime) -> list[Thing]:
    if partners.FAMILY not in row.allows:
        return []
    query = select(Meeting).where(Meeting.group_id == group.id, Meeting.kind.in_(EVENTS))
    near = (Meeting.starts_at < now + AHEAD) | Meeting.id.in_(_numbers(told, "m"))
    soon = query.where(Meeting.starts_at > now, near).order_by(Meeting.starts_at)
    return [
        Thing(f"m{m.id}", m.version, m.state == "planned", m.starts_at, "partner.event", _place(about(group, m)))
        for m in await session.scalars(soon)
    ]


async def _talks(session: Session, row: Partner, mother: Mother, told: Told, now: dt.datetime) -> list[Thing]:
    if partners.TALK not in row.allows:
        return []
    query = select(Appointment).where(Appointment.mother_id == mother.id, Appointment.partner.is_(True))
    near = (Appointment.starts_at < now + AHEAD) | Appointment.id.in_(_numbers(told, "a"))
    soon = query.where(Appointment.starts_at > now, near)
    return [
        Thing(f"a{a.id}", a.version, a.state == "planned", a.starts_at, "partner.talk", _when(a.starts_at))
        for a in await session.scalars(soon.order_by(Appointment.starts_at))
    ]


def _when(at: dt.datetime) -> dict[str, Any]:
    wall = local(at)
    return {"day": wall.date().isoformat(), "time": f"{wall:%H:%M}"}


def _place(slots: dict[str, Any]) -> Slots:
    return {name: slots[name] for name in ("day", "time", "ends", "place") if name in slots}
