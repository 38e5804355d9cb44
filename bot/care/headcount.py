"""Who comes: what mothers answered about a meeting, counted for those who prepare the room and mind the children."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from bot.care.dutch import Dutch
from bot.db.keep_models import Tally
from bot.db.models import Group, Meeting, Mother, Rsvp
from bot.db.notes import insert
from bot.db.session import Session

ANSWERS = ("come", "late", "early", "cannot")
COMING = ("come", "late", "early")
MOST_CHILDREN = 15


@dataclass(frozen=True)
class Headcount:
    """mothers: who come, those who come late or leave early among them · children: as far as told
    unsaid: mothers who come without a number told · late, early, cannot: mothers · unknown: mothers who have not answered."""

    mothers: int
    children: int
    late: int
    cannot: int
    unknown: int
    unsaid: int = 0
    early: int = 0


@dataclass(frozen=True)
class Coming:
    """One mother of the group and her answer; None when she has not answered."""

    name: str
    answer: str | None
    children: int | None


async def answer(
    session: Session,
    mother: Mother,
    meeting_id: int,
    answer: str,
    now: dt.datetime,
    children: int | None = None,
    version: int | None = None,
) -> str:
    """ "ok"; or "past", "cancelled", "changed", "gone" (no such meeting of her group) and nothing is noted.

    The last answer counts. children: how many she brings, 0 to 15; None leaves what she told before.
    version: the state of the meeting that she was asked about; None asks nothing. "changed": it was moved, or is elsewhere now.
    """
    meeting = await session.get(Meeting, meeting_id)
    if meeting is None or meeting.group_id != mother.group_id or answer not in ANSWERS:
        return "gone"
    if meeting.state == "cancelled":
        return "cancelled"
    if meeting.ends_at <= now:
        return "past"
    if version not in (None, meeting.version):
        return "changed"
    row = {"meeting_id": meeting.id, "mother_id": mother.id, "answer": answer, "answered_at": now}
    known = {} if children is None else {"children": max(0, min(children, MOST_CHILDREN))}
    put = insert(session, Rsvp).values({"children": None, **row, **known})
    fresh = {"answer": answer, "answered_at": now, **known}
    await session.execute(put.on_conflict_do_update(index_elements=["meeting_id", "mother_id"], set_=fresh))
    return "ok"


async def who(session: Session, meeting_id: int) -> list[Coming]:
    """Every mother of the meeting's group with her answer, by name."""
    meeting = await session.get_one(Meeting, meeting_id)
    query = (
        select(Mother.first_name, Rsvp.answer, Rsvp.children)
        .outerjoin(Rsvp, (Rsvp.mother_id == Mother.id) & (Rsvp.meeting_id == meeting_id))
        .where(Mother.group_id == meeting.group_id, Mother.status == "member")
        .order_by(Mother.first_name, Mother.id)
    )
    return [
        Coming(name or Dutch("een moeder"), said, children) for name, said, children in await session.execute(query)
    ]


async def headcount(session: Session, meeting_id: int) -> Headcount:
    """The counts of one meeting; of a meeting of long ago, whose names are gone, what was counted then."""
    if (tally := await session.get(Tally, meeting_id)) is not None:
        return Headcount(tally.come, tally.children, tally.late, tally.cannot, unknown=0)
    people = await who(session, meeting_id)
    come = [p for p in people if p.answer in COMING]
    return Headcount(
        mothers=len(come),
        children=sum(p.children or 0 for p in come),
        late=sum(p.answer == "late" for p in come),
        cannot=sum(p.answer == "cannot" for p in people),
        unknown=sum(p.answer is None for p in people),
        early=sum(p.answer == "early" for p in people),
        unsaid=sum(p.children is None for p in come),
    )


async def in_words(session: Session, group: Group, meeting_id: int, *, names: bool = True) -> str:
    """The headcount in Dutch lines; names: who comes, comes late, does not come, has not answered."""
    count, people = await headcount(session, meeting_id), await who(session, meeting_id)
    sure = f" (van {count.unsaid} moeders nog niet geweten)" if count.unsaid > 1 else ""
    sure = " (van 1 moeder nog niet geweten)" if count.unsaid == 1 else sure
    lines = [f"👩 {_many(count.mothers, 'moeder', 'moeders')}, 🧒 {_many(count.children, 'kind', 'kinderen')}{sure}"]
    if count.children > group.children_max:
        lines.append(f"⚠️ Meer kinderen dan plaatsen ({group.children_max}).")
    for label, said in (
        ("Komt", "come"),
        ("Later", "late"),
        ("Vroeger weg", "early"),
        ("Kan niet", "cannot"),
        ("Nog geen antwoord", None),
    ):
        these = [p.name + (f" ({p.children})" if p.children else "") for p in people if p.answer == said]
        lines += [f"{label}: {', '.join(these)}"] if these and names else []
    return "\n".join(lines)


def _many(n: int, one: str, more: str) -> str:
    return f"{n} {one if n == 1 else more}"
