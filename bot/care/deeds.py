"""The list of who changed something about a mother, what and when; never what was said. Kept for a year.

When she is forgotten, `privacy.forget` takes her name and number out of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select

from bot.care.tell import rows
from bot.db.models import Group, Mother, Staff
from bot.db.people_models import Deed
from bot.db.session import Session

KEPT = dt.timedelta(days=365)
WHAT = {
    "joined": "kwam bij de groep",
    "waiting": "kwam op de wachtlijst",
    "admitted": "kwam van de wachtlijst in de groep",
    "trying": "komt eerst proberen",
    "stays": "blijft in de groep",
    "missed": "kreeg “we denken aan jou”",
    "children": "aantal kinderen aangepast",
    "merged": "nieuwe telefoon verbonden",
    "stopped": "uit de groep gehaald",
    "back": "terug in de groep",
    "data": "haar gegevens opgevraagd",
    "partner": "koppelde zelf een partner",
    "partner_gone": "haalde zelf haar partner weg",
    "stone": "op een andere stapsteen gezet",
    "ended": "de groep werd afgesloten",
    "erased": "alles gewist",
}


@dataclass(frozen=True)
class Told:
    """One line of the list. who: a colleague's name, None when she did it herself or it went by itself; name: empty once forgotten."""

    at: dt.datetime
    who: str | None
    name: str
    what: str
    group: str


async def note(session: Session, what: str, mother: Mother, now: dt.datetime, by: Staff | None = None) -> None:
    """Writes it down. what: a key of WHAT (KeyError)."""
    WHAT[what]
    deed = Deed(at=now, group_id=mother.group_id, staff_id=by.id if by else None, mother_id=mother.id, what=what)
    deed.name = mother.first_name
    session.add(deed)
    await session.flush()


async def erased(session: Session, group_id: int | None, now: dt.datetime, by: Staff) -> None:
    """A colleague had a mother forgotten: that it was done, and not of whom."""
    session.add(Deed(at=now, group_id=group_id, staff_id=by.id, mother_id=None, name="", what="erased"))
    await session.flush()


async def listed(session: Session, groups: Iterable[Group], most: int = 200) -> list[Told]:
    """The newest first, of these groups."""
    names = {group.id: group.name for group in groups}
    query = select(Deed, Staff.name).outerjoin(Staff, Staff.id == Deed.staff_id).where(Deed.group_id.in_(names))
    found = (await session.execute(query.order_by(Deed.at.desc(), Deed.id.desc()).limit(most))).all()
    return [Told(d.at, who, d.name, WHAT.get(d.what, d.what), names.get(d.group_id or 0, "")) for d, who in found]


async def sweep(session: Session, now: dt.datetime) -> int:
    """Deletes what is older than KEPT; how many lines."""
    old = delete(Deed).where(Deed.at < now - KEPT).execution_options(synchronize_session=False)
    return rows(await session.execute(old))
