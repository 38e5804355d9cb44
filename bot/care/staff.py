"""Staff: who they are, which groups they have, and the one-time code that ties them to their Telegram chat."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update

from bot.care import away, logins, rights, tell
from bot.care.dutch import NotSo
from bot.care.groups import hashed
from bot.db.models import Group, Staff, StaffGroup
from bot.db.session import Session

ROLES = rights.ROLES
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
    if person.chat_id not in (None, chat_id):  # the old telephone may be lost: nobody stays inside with it
        await logins.leave_all(session, person.id, now)
    freed = update(Staff).where(Staff.chat_id == chat_id, Staff.id != person.id).values(chat_id=None)
    await session.execute(freed)
    spent = update(Staff).where(Staff.id == person.id, Staff.code_hash == code_hash)
    done = await session.execute(spent.values(chat_id=chat_id, code_hash=None, code_expires_at=None))
    await session.refresh(person)
    return person if tell.rows(done) == 1 else None


async def by_chat(session: Session, chat_id: int) -> Staff | None:
    """Who of the staff has this chat."""
    found: Staff | None = await session.scalar(_of_chat(), {"chat_id": chat_id})
    return found


@cache
def _of_chat() -> Any:
    """Made once: making a statement anew costs more than running it."""
    return select(Staff).where(Staff.chat_id == bindparam("chat_id"))


async def groups_of(session: Session, person: Staff, now: dt.datetime | None = None) -> list[Group]:
    """The open groups of this person, by name. now: with those of the colleagues for whom this person stands in today."""
    theirs = select(StaffGroup.group_id).where(StaffGroup.staff_id == person.id)
    mine: ColumnElement[bool] = Group.id.in_(theirs)
    absent = await away.covers(session, person, now) if now else []
    if absent and await rights.somewhere(
        session, person, "group"
    ):  # and there only what the absent one answers herself
        covered = select(StaffGroup.group_id).join(Staff, Staff.id == StaffGroup.staff_id)
        covered = covered.where(StaffGroup.staff_id.in_([one.id for one in absent]))
        mine |= Group.id.in_(covered.where(func.coalesce(StaffGroup.role, Staff.role).in_(tell.ANSWERING)))
    query = select(Group).where(mine, Group.closed_at.is_(None))
    return list(await session.scalars(query.order_by(Group.name)))


async def has_group(session: Session, person: Staff, group_id: int | None) -> bool:
    """Whether this person has that group."""
    return group_id is not None and await session.get(StaffGroup, (person.id, group_id)) is not None


async def colleagues(session: Session, person: Staff) -> list[Staff]:
    """Everybody else of this person's houses who answers questions or interprets and has Telegram, by name; and who has no
    group at all, such as an interpreter for everybody."""
    mine = select(Group.house_id).join(StaffGroup, StaffGroup.group_id == Group.id)
    mine = mine.where(StaffGroup.staff_id == person.id)
    theirs = select(Staff.id, func.coalesce(StaffGroup.role, Staff.role), Group.house_id)
    theirs = theirs.outerjoin(StaffGroup, StaffGroup.staff_id == Staff.id)
    theirs = theirs.outerjoin(Group, Group.id == StaffGroup.group_id)
    houses = set(await session.scalars(mine))
    near = {
        number
        for number, role, house in (await session.execute(theirs)).all()
        if rights.may(role, "handed") and (house is None or house in houses)
    }
    query = select(Staff).where(Staff.id != person.id, Staff.chat_id.is_not(None), Staff.id.in_(near))
    return list(await session.scalars(query.order_by(Staff.name)))


async def of_other_houses(session: Session, person: Staff) -> list[Staff]:
    """Who has groups, and none in a house of this person: what they signed or lent belongs to their own house."""
    theirs = select(StaffGroup.staff_id).join(Group, Group.id == StaffGroup.group_id)
    mine = select(Group.house_id).join(StaffGroup, StaffGroup.group_id == Group.id)
    near = theirs.where(Group.house_id.in_(mine.where(StaffGroup.staff_id == person.id)))
    query = select(Staff).where(Staff.id.in_(theirs), Staff.id.not_in(near), Staff.id != person.id)
    return list(await session.scalars(query))


# ---------------------------------------------------------------- the team of a house


@dataclass(frozen=True)
class Member:
    """One colleague as the coordinators of these groups see her: her role in each of those groups that she has."""

    person: Staff
    roles: dict[int, str]


async def team(session: Session, groups: Iterable[Group]) -> list[Member]:
    """Who works in these groups, by name."""
    numbers = [group.id for group in groups]
    query = select(Staff, StaffGroup).join(StaffGroup, StaffGroup.staff_id == Staff.id)
    found: dict[int, Member] = {}
    rows = await session.execute(query.where(StaffGroup.group_id.in_(numbers)).order_by(Staff.name, Staff.id))
    for person, row in rows.all():
        found.setdefault(person.id, Member(person, {})).roles[row.group_id] = row.role or person.role
    return list(found.values())


async def assign(session: Session, person: Staff, roles: Mapping[int, str | None]) -> None:
    """Gives this colleague a role in each of these groups, or takes her out of it (None). Other groups stay as they are.

    Raises NotSo when a group would be left without a coordinator, ValueError for a role that does not exist.
    """
    rows = {group_id: await session.get(StaffGroup, (person.id, group_id)) for group_id in roles}
    for group_id, role in roles.items():  # all of it can be, or nothing is changed
        if role is not None and role not in ROLES:
            raise ValueError(f"There is no role “{role}”.")
        row = rows[group_id]
        before = (row.role or person.role) if row else None
        if before == "coordinator" and role != "coordinator" and await _alone(session, person, group_id):
            name = (await session.get_one(Group, group_id)).name
            raise NotSo(
                "{who} is de enige coördinator van {group}. Maak eerst iemand anders coördinator.",
                who=person.name,
                group=name,
            )
    for group_id, role in roles.items():
        row = rows[group_id]
        if row is not None and role is None:
            await session.delete(row)
        elif row is not None:
            row.role = role
        elif role is not None:
            session.add(StaffGroup(staff_id=person.id, group_id=group_id, role=role))
    await session.flush()


async def _alone(session: Session, person: Staff, group_id: int) -> bool:
    others = select(StaffGroup.staff_id).join(Staff, Staff.id == StaffGroup.staff_id)
    others = others.where(StaffGroup.group_id == group_id, StaffGroup.staff_id != person.id)
    there = others.where(func.coalesce(StaffGroup.role, Staff.role) == "coordinator")
    return (await session.scalars(there.limit(1))).first() is None


async def remove(session: Session, person: Staff) -> None:
    """Takes away somebody's chat, codes and groups; the row stays, because answers were given in that name."""
    person.chat_id = person.code_hash = person.code_expires_at = None
    await session.execute(delete(StaffGroup).where(StaffGroup.staff_id == person.id))
    await session.flush()
