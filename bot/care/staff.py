"""Staff: who they are, which groups they have, and the one-time code that ties them to their Telegram chat."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, or_, select, update

from bot.care import away, tell
from bot.care.groups import hashed
from bot.db.models import Group, Staff, StaffGroup
from bot.db.session import Session

ROLES = {"coordinator": "coördinator", "guide": "begeleider", "volunteer": "vrijwilliger", "interpreter": "tolk"}
PREFIX = "staff-"
CODE_DAYS = 7


async def add(
    session: Session, name: str, role: str, groups: Iterable[Group], now: dt.datetime, *, langs: Sequence[str] = ()
) -> str:
    """A new colleague; the one-time code (144 random bits, a week valid) for `/start staff-<code>`. ValueError: no such role.

    langs: the languages in which this person lends a voice, or listens to others who do.
    """
    if role not in ROLES:
        raise ValueError(f"There is no role “{role}”. The roles are: {', '.join(ROLES)}.")
    person = Staff(name=name, role=role, created_at=now, langs=list(langs), place={})
    session.add(person)
    await session.flush()
    session.add_all([StaffGroup(staff_id=person.id, group_id=group.id) for group in groups])
    return await renew(session, person, now)


async def renew(session: Session, person: Staff, now: dt.datetime) -> str:
    """A new one-time code for somebody who lost the old one or has a new phone; the old code stops working."""
    code = secrets.token_urlsafe(18)
    person.code_hash, person.code_expires_at = hashed(code), now + dt.timedelta(days=CODE_DAYS)
    await session.flush()
    return code


async def claim(session: Session, code: str, chat_id: int, now: dt.datetime) -> Staff | str | None:
    """Ties the code's person to this chat and spends the code. "expired" when too old, None when unknown or spent."""
    code_hash = hashed(code.removeprefix(PREFIX))
    person = (await session.scalars(select(Staff).where(Staff.code_hash == code_hash))).first()
    if person is None:
        return None
    if person.code_expires_at is not None and person.code_expires_at <= now:
        return "expired"
    freed = update(Staff).where(Staff.chat_id == chat_id, Staff.id != person.id).values(chat_id=None)
    await session.execute(freed)
    spent = update(Staff).where(Staff.id == person.id, Staff.code_hash == code_hash)
    done = await session.execute(spent.values(chat_id=chat_id, code_hash=None, code_expires_at=None))
    await session.refresh(person)
    return person if tell.rows(done) == 1 else None


async def by_chat(session: Session, chat_id: int) -> Staff | None:
    """Who of the staff has this chat."""
    return (await session.scalars(select(Staff).where(Staff.chat_id == chat_id))).one_or_none()


async def groups_of(session: Session, person: Staff, now: dt.datetime | None = None) -> list[Group]:
    """The open groups of this person, by name. now: with those of the colleagues for whom this person stands in today."""
    stands_in = person.role in tell.ANSWERING and now is not None
    people = [person, *(await away.covers(session, person, now) if stands_in and now else [])]
    theirs = select(StaffGroup.group_id).where(StaffGroup.staff_id.in_([one.id for one in people]))
    query = select(Group).where(Group.id.in_(theirs), Group.closed_at.is_(None))
    return list(await session.scalars(query.order_by(Group.name)))


async def has_group(session: Session, person: Staff, group_id: int | None) -> bool:
    """Whether this person has that group."""
    return group_id is not None and await session.get(StaffGroup, (person.id, group_id)) is not None


async def colleagues(session: Session, person: Staff) -> list[Staff]:
    """Everybody else who answers questions and has Telegram, by name."""
    answering = Staff.role.in_(tell.ANSWERING)
    query = select(Staff).where(
        Staff.id != person.id, Staff.chat_id.is_not(None), or_(answering, Staff.role == "interpreter")
    )
    return list(await session.scalars(query.order_by(Staff.name)))


async def remove(session: Session, person: Staff) -> None:
    """Takes away somebody's chat, codes and groups; the row stays, because answers were given in that name."""
    person.chat_id = person.code_hash = person.code_expires_at = None
    await session.execute(delete(StaffGroup).where(StaffGroup.staff_id == person.id))
    await session.flush()
