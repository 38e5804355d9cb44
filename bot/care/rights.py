"""Who may see and do what: one table, asked by every page of the desk and by every button of the desk in Telegram."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, func, select

from bot.db.models import Group, Staff, StaffGroup
from bot.db.session import Session

ROLES = {
    "coordinator": "coördinator",
    "guide": "begeleider",
    "volunteer": "vrijwilliger",
    "helper": "helper",  # a former mother or a trainee: what a volunteer may
    "childcare": "kinderbegeleider",
    "interpreter": "tolk",
}
RIGHTS = {
    "meetings": "ziet de bijeenkomsten en hoeveel mensen er komen, en krijgt een herinnering",
    "handed": "ziet en beantwoordt de vragen die aan haar of hem doorgegeven zijn",
    "voices": "spreekt zinnen in, luistert na en bekijkt de teksten (ook wie een taal heeft bij Team)",
    "group": "ziet de moeders en hun vragen, antwoordt, kondigt aan en verandert bijeenkomsten",
    "house": "regelt het team en de instellingen, wist een moeder, verbindt een nieuwe telefoon en leest het logboek",
}
MAY: dict[str, frozenset[str]] = {
    "coordinator": frozenset({"meetings", "handed", "voices", "group", "house"}),
    "guide": frozenset({"meetings", "handed", "voices", "group"}),
    "volunteer": frozenset({"meetings"}),
    "helper": frozenset({"meetings"}),
    "childcare": frozenset({"meetings"}),
    "interpreter": frozenset({"meetings", "handed"}),
}


def may(role: str, right: str) -> bool:
    """Whether this role has this right. A role that nobody knows has none; a right that nobody knows is a fault: KeyError."""
    RIGHTS[right]
    return right in MAY.get(role, ())


def roles(right: str) -> tuple[str, ...]:
    """The roles that have this right."""
    return tuple(role for role in ROLES if may(role, right))


def roles_without(right: str) -> tuple[str, ...]:
    """The roles that do not have this right."""
    return tuple(role for role in ROLES if not may(role, right))


async def in_groups(session: Session, person: Staff, groups: Iterable[Group]) -> dict[int, str]:
    """This person's role in each of these groups: the one given for that group, else the person's own.

    In a group of a colleague for whom this person stands in: the role of her own groups that may most.
    """
    given = select(StaffGroup.group_id, StaffGroup.role).where(StaffGroup.staff_id == person.id)
    hers = {group_id: role or person.role for group_id, role in (await session.execute(given)).all()}
    most = max(hers.values(), key=lambda role: len(MAY.get(role, ())), default=person.role)
    return {group.id: hers.get(group.id, most) for group in groups}


async def somewhere(session: Session, person: Staff, right: str) -> bool:
    """Whether this person has this right in one of her groups; who has no group has what the own role gives."""
    role = func.coalesce(StaffGroup.role, Staff.role)
    hers = select(role).join(Staff, Staff.id == StaffGroup.staff_id).where(StaffGroup.staff_id == person.id)
    return any(may(one, right) for one in list(await session.scalars(hers)) or [person.role])


def held(roles: Sequence[str], group_id: int | None = None, *, loose: bool = True) -> ColumnElement[bool]:
    """Of Staff: who has one of these roles in a group of this group's house (None: of any house).

    loose: and who has no group at all, by the own role, such as an interpreter for everybody.
    """
    role = func.coalesce(StaffGroup.role, Staff.role)
    theirs = select(StaffGroup.staff_id).join(Staff, Staff.id == StaffGroup.staff_id).where(role.in_(roles))
    if group_id is not None:
        house = select(Group.house_id).where(Group.id == group_id).scalar_subquery()
        theirs = theirs.join(Group, Group.id == StaffGroup.group_id).where(Group.house_id == house)
    return Staff.id.in_(theirs) | of_no_group(roles) if loose else Staff.id.in_(theirs)


def of_no_group(roles: Sequence[str]) -> ColumnElement[bool]:
    """Of Staff: who has no group, and one of these roles."""
    return Staff.id.not_in(select(StaffGroup.staff_id)) & Staff.role.in_(roles)
