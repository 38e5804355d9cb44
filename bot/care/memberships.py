"""What goes with a mother's place in her group: since when, whether she tries it out, how many children she brings."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select, update

from bot.care import deeds, outbox, render
from bot.care.content import Content
from bot.care.tell import rows
from bot.db.models import Group, Meeting, Mother, Rsvp, Staff
from bot.db.people_models import GroupRules, Membership
from bot.db.session import Session
from bot.flow.model import Say

TRIAL_MEETINGS = 3  # after so many meetings she is asked, when the group did not say another number
ASK = "stay.trial"


@dataclass(frozen=True)
class Room:
    """How full a group is. children: as far as known, what staff noted or else what each mother told last."""

    mothers: int
    mothers_max: int
    children: int
    children_max: int

    @property
    def full(self) -> bool:
        return self.mothers >= self.mothers_max or self.children >= self.children_max


async def of(session: Session, mother: Mother, now: dt.datetime) -> Membership:
    """What goes with her place; a fresh row when there is none yet."""
    found = await session.get(Membership, mother.id)
    if found is None:
        found = Membership(mother_id=mother.id, since=now)
        session.add(found)
        await session.flush()
    return found


async def of_all(session: Session, mothers: list[Mother]) -> dict[int, Membership]:
    """Mother → what goes with her place, as far as there is a row."""
    query = select(Membership).where(Membership.mother_id.in_([mother.id for mother in mothers]))
    return {row.mother_id: row for row in await session.scalars(query)}


async def begin(session: Session, mother: Mother, group: Group, now: dt.datetime, *, waits: bool = False) -> None:
    """She came into this group or on its waiting list: from now on. A group that lets newcomers try lets her try."""
    row = await of(session, mother, now)
    row.since, row.asked_at, row.trying_since = now, None, None
    chosen = await session.get(GroupRules, group.id)
    if not waits and chosen is not None and chosen.trial_meetings > 0:
        row.trying_since = now
    await deeds.note(session, "waiting" if waits else "joined", mother, now)


async def try_out(session: Session, mother: Mother, yes: bool, now: dt.datetime, by: Staff | None = None) -> None:
    """She may try first, and is asked after some meetings; or she stays, and is not asked (again)."""
    row = await of(session, mother, now)
    row.trying_since, row.asked_at = (now, None) if yes else (None, row.asked_at)
    await deeds.note(session, "trying" if yes else "stays", mother, now, by)


async def note_children(session: Session, mother: Mother, number: int | None, now: dt.datetime, by: Staff) -> None:
    """How many children she usually brings, as staff know it; None: what she tells counts."""
    (await of(session, mother, now)).children = number
    await deeds.note(session, "children", mother, now, by)


async def children_of(session: Session, group_id: int) -> dict[int, int]:
    """Member → children, as far as known: what staff noted, else what she told last."""
    told = (
        select(Rsvp.mother_id, Rsvp.children)
        .join(Mother, Mother.id == Rsvp.mother_id)
        .where(Mother.group_id == group_id, Mother.status == "member", Rsvp.children.is_not(None))
        .order_by(Rsvp.answered_at)
    )
    found = {mother_id: n or 0 for mother_id, n in (await session.execute(told)).all()}
    noted = (
        select(Membership.mother_id, Membership.children)
        .join(Mother, Mother.id == Membership.mother_id)
        .where(Mother.group_id == group_id, Mother.status == "member", Membership.children.is_not(None))
    )
    return found | {mother_id: n or 0 for mother_id, n in (await session.execute(noted)).all()}


async def room(session: Session, group: Group) -> Room:
    """How many are in the group, and how many may be."""
    count = select(func.count()).where(Mother.group_id == group.id, Mother.status == "member")
    mothers = await session.scalar(count) or 0
    children = sum((await children_of(session, group.id)).values())
    return Room(mothers, group.mothers_max, children, group.children_max)


# ---------------------------------------------------------------- does she stay?


async def ask_one(session: Session, content: Content, now: dt.datetime) -> bool:
    """Asks one mother who tries the group out whether she stays, once, when she has had her meetings. False: nobody is to be asked.

    1. Find one whose group has met often enough since she came.  2. Claim her by a conditional update.  3. Not in quiet hours.
    """
    trying = (
        select(Membership, Mother)
        .join(Mother, Mother.id == Membership.mother_id)
        .join(Group, Group.id == Mother.group_id)
        .where(Membership.trying_since.is_not(None), Membership.asked_at.is_(None), Mother.status == "member")
        .where(Group.closed_at.is_(None), Mother.unreachable_at.is_(None))
        .order_by(Membership.trying_since)
    )
    for row, mother in (await session.execute(trying)).all():
        if await _met(session, row, mother, now) and await _quiet_until(session, mother, now) == now:
            claim = update(Membership).where(Membership.mother_id == row.mother_id, Membership.asked_at.is_(None))
            if rows(await session.execute(claim.values(asked_at=now))):
                await say(session, content, mother, Say(ASK), f"trial:{mother.id}:{now.timestamp():.0f}", now)
            return True
    return False


async def _met(session: Session, row: Membership, mother: Mother, now: dt.datetime) -> bool:
    """Whether enough meetings of her group are over since she came."""
    chosen = await session.get(GroupRules, mother.group_id) if mother.group_id else None
    needed = chosen.trial_meetings if chosen and chosen.trial_meetings else TRIAL_MEETINGS
    held = select(func.count()).where(
        Meeting.group_id == mother.group_id,
        Meeting.state == "planned",
        Meeting.starts_at >= row.trying_since,
        Meeting.ends_at <= now,
    )
    return (await session.scalar(held) or 0) >= needed


async def _quiet_until(session: Session, mother: Mother, now: dt.datetime) -> dt.datetime:
    from bot.care import reminders  # it plans for those who join here

    return reminders.after_quiet(now, await reminders.hours_of(session, mother.group_id), mother)


async def say(
    session: Session, content: Content, mother: Mother, what: Say, key: str, now: dt.datetime, priority: int = 0
) -> None:
    """Says a step to her in her language, out of the blue; not in her quiet hours."""
    due = await _quiet_until(session, mother, now)
    said = render.utterances(content, mother.lang or "nl", what, now, voice_lang=mother.voice_lang)
    for n, thing in enumerate(said):
        at = due if due > now else None
        await outbox.put(
            session, mother.chat_id, thing, key=f"{key}:{n}", now=now, due_at=at, mother_id=mother.id, priority=priority
        )
