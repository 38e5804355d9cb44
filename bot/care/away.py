"""Who is away, and who gets what comes in meanwhile: the deputy, beside the colleague herself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, select

from bot.care import outbox, rights
from bot.care.dutch import NotSo
from bot.clock import local
from bot.db.inbox_models import Absence
from bot.db.models import Staff
from bot.db.session import Session, wake
from bot.messages import Utterance

LONGEST = dt.timedelta(days=366)


async def add(
    session: Session, person: Staff, deputy: Staff, first: dt.date, last: dt.date, now: dt.datetime
) -> Absence:
    """From the first day to the last, both included. The deputy is told in Telegram. Raises NotSo."""
    if deputy.id == person.id:
        raise NotSo("Kies een collega: je kan jezelf niet vervangen.")
    if not await may_replace(session, person, deputy):
        raise NotSo("Kies een coördinator of begeleider: alleen zij zien de vragen van mama's.")
    if last < first:
        raise NotSo("De laatste dag komt vóór de eerste. Kijk de dagen na.")
    if last < local(now).date():
        raise NotSo("Die dagen zijn al voorbij.")
    if last - first > LONGEST:
        raise NotSo("Dat is langer dan een jaar. Kies een kortere tijd.")
    row = Absence(staff_id=person.id, deputy_id=deputy.id, first_day=first, last_day=last, created_at=now)
    session.add(row)
    await session.flush()
    await _tell(session, deputy, f"{person.name} is weg {_days(row)}. Wat binnenkomt, krijg jij dan ook.", row, now)
    wake(session, "inbox")
    return row


async def may_replace(session: Session, person: Staff, deputy: Staff) -> bool:
    """Who sees questions can only be replaced by somebody who sees questions."""
    return await rights.somewhere(session, deputy, "group") or not await rights.somewhere(session, person, "group")


async def end(session: Session, row: Absence, now: dt.datetime) -> None:
    """She is back, or stays after all: from now on nothing goes to the deputy because of these days."""
    person, deputy = (
        await session.get_one(Staff, row.staff_id),
        await session.get_one(Staff, row.deputy_id),
    )
    await _tell(session, deputy, f"{person.name} is er weer. Je vervangt haar niet meer.", row, now, end=True)
    await session.delete(row)
    await session.flush()
    wake(session, "inbox")


async def of(session: Session, person: Staff, now: dt.datetime) -> list[tuple[Absence, Staff]]:
    """When this colleague is away, now or later, with the deputy; the nearest first."""
    query = select(Absence, Staff).join(Staff, Staff.id == Absence.deputy_id)
    mine = query.where(Absence.staff_id == person.id, Absence.last_day >= local(now).date())
    return [(row, deputy) for row, deputy in (await session.execute(mine.order_by(Absence.first_day))).all()]


async def covers(session: Session, person: Staff, now: dt.datetime) -> list[Staff]:
    """For whom this colleague stands in today, those for whom they stand in among them; by name."""
    found: dict[int, Staff] = {}
    asked = [person.id]
    while asked:
        query = select(Staff).join(Absence, Absence.staff_id == Staff.id)
        rows = await session.scalars(query.where(Absence.deputy_id.in_(asked), _today(now)))
        new = {row.id: row for row in rows if row.id != person.id and row.id not in found}
        new = {number: row for number, row in new.items() if await may_replace(session, row, person)}
        found |= new
        asked = list(new)
    return sorted(found.values(), key=lambda one: one.name)


async def with_deputies(session: Session, people: Iterable[Staff], now: dt.datetime) -> list[Staff]:
    """These people, and the deputies of those who are away today; a deputy who is away has a deputy too.

    Whoever may no longer see what they see (another role by now) gets nothing.
    """
    found = {person.id: person for person in people}
    asked = list(found)
    while asked:
        query = select(Staff, Absence.staff_id).join(Absence, Absence.deputy_id == Staff.id)
        rows = await session.execute(query.where(Absence.staff_id.in_(asked), _today(now)).order_by(Staff.id))
        new = {}
        for row, away_id in rows.all():
            if row.id not in found and row.chat_id is not None and await may_replace(session, found[away_id], row):
                new[row.id] = row
        found |= new
        asked = list(new)
    return list(found.values())


def _today(now: dt.datetime) -> ColumnElement[bool]:
    today = local(now).date()
    return and_(Absence.first_day <= today, Absence.last_day >= today)


def _days(row: Absence) -> str:
    first, last = (f"{day.day}/{day.month}" for day in (row.first_day, row.last_day))
    return f"op {first}" if first == last else f"van {first} tot en met {last}"


async def _tell(
    session: Session, deputy: Staff, text: str, row: Absence, now: dt.datetime, *, end: bool = False
) -> None:
    if deputy.chat_id is not None:
        said = Utterance(kind="text", lang="nl", text=text)
        key = f"absence:{row.id}:{'end' if end else 'start'}"
        await outbox.put(session, deputy.chat_id, said, key=key, now=now)
