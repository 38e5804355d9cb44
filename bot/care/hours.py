"""When reminders are said: what a house chose, and for the rest what the environment says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import select

from bot.care.calendar import clock_time
from bot.care.dutch import NotSo
from bot.db.models import Group
from bot.db.people_models import HouseRules
from bot.db.session import Session

MORNING = (30, 240)  # minutes before a meeting, at least and at most


@dataclass(frozen=True)
class Hours:
    """When reminders are said, in wall-clock time: the house's settings. The environment's are in `session.info["hours"]`."""

    evening: str = "18:30"
    morning_minutes: int = 75
    quiet_from: str = "21:00"
    quiet_until: str = "07:30"


def usual(session: Session) -> Hours:
    """What the environment says, as the composition root put it on the session."""
    found = session.info.get("hours")
    return found if isinstance(found, Hours) else Hours()


async def of_group(session: Session, group_id: int | None) -> Hours:
    """The hours of this group's house; the usual ones when there is no group or the house chose nothing."""
    if group_id is None:
        return usual(session)
    query = select(HouseRules).join(Group, Group.house_id == HouseRules.house_id).where(Group.id == group_id)
    return _with(usual(session), (await session.scalars(query)).one_or_none())


async def of_house(session: Session, house_id: int) -> Hours:
    """The hours of this house."""
    return _with(usual(session), await session.get(HouseRules, house_id))


async def choose(session: Session, house_id: int, wanted: Hours) -> bool:
    """What this house wants from now on; whether that is something else. What equals the environment's is left to it. Raises NotSo.

    The caller moves the reminders that wait (`reminders.retime_house`).
    """
    _check(wanted)
    before, default = await of_house(session, house_id), usual(session)
    row = await rules(session, house_id)
    for name in ("evening", "morning_minutes", "quiet_from", "quiet_until"):
        value = getattr(wanted, name)
        setattr(row, name, None if value == getattr(default, name) else value)
    await session.flush()
    return wanted != before


async def rules(session: Session, house_id: int) -> HouseRules:
    """The row of this house; a fresh one when it chose nothing yet."""
    row = await session.get(HouseRules, house_id)
    if row is None:
        row = HouseRules(house_id=house_id, digest=True)
        session.add(row)
        await session.flush()
    return row


def _with(usually: Hours, row: HouseRules | None) -> Hours:
    if row is None:
        return usually
    names = ("evening", "morning_minutes", "quiet_from", "quiet_until")
    return replace(usually, **{name: value for name in names if (value := getattr(row, name)) is not None})


def _check(wanted: Hours) -> None:
    evening, start, end = (clock_time(t) for t in (wanted.evening, wanted.quiet_from, wanted.quiet_until))
    if not MORNING[0] <= wanted.morning_minutes <= MORNING[1]:
        raise NotSo(
            "De korte herinnering komt {least} tot {most} minuten vóór de bijeenkomst.",
            least=MORNING[0],
            most=MORNING[1],
        )
    if start == end:
        raise NotSo("De stille uren beginnen en eindigen op hetzelfde uur. Kies twee verschillende uren.")
    quiet = start <= evening < end if start <= end else evening >= start or evening < end
    if quiet:
        raise NotSo("Het uur van de avondherinnering valt in de stille uren. Kies een vroeger uur.")
    if not dt.time(12) <= evening:
        raise NotSo("De avondherinnering komt na de middag. Kies een later uur.")
