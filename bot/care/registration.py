"""The schools' registration period: told on the day it opens, and seven and two days before it ends. The dates are a person's."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from bot.care import hours, outbox, reminders, render
from bot.care.content import Content
from bot.care.dutch import NotSo
from bot.clock import instant, local
from bot.db.cohort_models import Registered, Registration
from bot.db.models import Delivery, Group, Mother
from bot.db.notes import insert
from bot.db.session import Session
from bot.flow.model import Say

AT = dt.time(10, 0)
BEFORE_END = (7, 2)  # days
LONGEST = dt.timedelta(days=200)
ABOUT = "registration"


async def set_period(session: Session, group: Group, opens: dt.date, closes: dt.date, now: dt.datetime) -> Registration:
    """The period of a group's schools, in place of the one before. ValueError says in Dutch what cannot be."""
    if closes < opens:
        raise NotSo("De laatste dag ligt voor de eerste.")
    if closes - opens > LONGEST:
        raise NotSo("Dat is te lang. Kijk de dagen na.")
    if closes < local(now).date():
        raise NotSo("Die periode is al voorbij.")
    await drop_period(session, group)
    period = Registration(group_id=group.id, opens=opens, closes=closes, created_at=now)
    session.add(period)
    await session.flush()
    return period


async def drop_period(session: Session, group: Group) -> None:
    """No reminder of it any more; what did not leave yet stays here."""
    for period in list(await session.scalars(select(Registration).where(Registration.group_id == group.id))):
        await outbox.cancel(session, ABOUT, period.id, "other dates")
        await session.delete(period)
    await session.flush()


async def of_group(session: Session, group_id: int) -> Registration | None:
    """The period that was set, or None."""
    query = select(Registration).where(Registration.group_id == group_id).order_by(Registration.id.desc())
    return (await session.scalars(query.limit(1))).first()


def days(period: Registration) -> dict[dt.date, str]:
    """On which days something is said: day → step. A short period: the last day before its end counts, never the same day twice."""
    said = {period.closes - dt.timedelta(days=n): "closes" for n in BEFORE_END}
    return {**{day: step for day, step in said.items() if day > period.opens}, period.opens: "opens"}


async def fire_due(session: Session, content: Content, now: dt.datetime) -> int:
    """Says what belongs to today, from ten o'clock on, once to each member; how many hear it now.

    Not to her who told that it is done, nor to a group that is closed. The key makes a second tick harmless.
    """
    today = local(now).date()
    if now < instant(today, AT):
        return 0
    count = 0
    query = select(Registration, Group).join(Group, Group.id == Registration.group_id)
    current = query.where(Registration.opens <= today, Registration.closes >= today, Group.closed_at.is_(None))
    for period, group in (await session.execute(current)).all():
        step = days(period).get(today)
        if step is not None:
            count += await _tell(session, content, period, group, step, today, now)
    return count


async def done(session: Session, mother: Mother, now: dt.datetime) -> None:
    """She told that her child has its school: no reminder of this any more, also the one that waits."""
    row = insert(session, Registered).values(mother_id=mother.id, told_at=now)
    await session.execute(row.on_conflict_do_nothing(index_elements=["mother_id"]))
    waiting = select(Delivery).where(Delivery.about == ABOUT, Delivery.mother_id == mother.id, Delivery.state == "open")
    for delivery in await session.scalars(waiting):
        delivery.state, delivery.error = "cancelled", "She told that it is done."


async def _tell(
    session: Session, content: Content, period: Registration, group: Group, step: str, today: dt.date, now: dt.datetime
) -> int:
    day = period.opens if step == "opens" else period.closes
    told = select(Registered.mother_id)
    members = select(Mother).where(Mother.group_id == group.id, Mother.status == "member", Mother.id.not_in(told))
    count = 0
    for mother in list(await session.scalars(members.where(Mother.unreachable_at.is_(None)).order_by(Mother.id))):
        due = reminders.after_quiet(now, await hours.of_group(session, group.id), mother)
        if mother.muted_until is not None and mother.muted_until > due:
            continue
        say = Say(f"registration.{step}", {"day": day.isoformat()})
        said = render.utterances(content, mother.lang or "nl", say, due, voice_lang=mother.voice_lang)
        for n, thing in enumerate(said):
            put = await outbox.put(
                session, mother.chat_id, thing, key=f"registration:{period.id}:{today}:{mother.id}:{n}", now=now,
                priority=1, due_at=due, expires_at=instant(today + dt.timedelta(days=1), dt.time()),
                mother_id=mother.id, about=ABOUT, about_id=period.id,
            )  # fmt: skip
            count += put is not None and n == 0
    return count
