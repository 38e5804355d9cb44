"""Who may see and do what: one table, asked by every page of the desk and by every button of the desk in Telegram."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

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
    """This person's role in each of these groups: the one given for that group, else the person's own."""
    given = select(StaffGroup.group_id, StaffGroup.role).where(StaffGroup.staff_id == person.id)
    special = {group_id: role for group_id, role in (await session.execute(given)).all() if role}
    return {group.id: special.get(group.id, person.role) for group in groups}
