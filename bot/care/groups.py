"""Groups: made, joined by a link, full with a waiting list, closed when the cohort ends."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

from sqlalchemy import or_, select, update

from bot.care import counts, memberships, reminders, tell
from bot.db.models import Group, House, Invite, Mother, Note
from bot.db.people_models import Membership
from bot.db.session import Session
from bot.messages import Button

INVITE_DAYS = 60


def hashed(code: str) -> str:
    """What is kept of a code: its sha256, in hexadecimal."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


async def create(session: Session, *, house: str, name: str, now: dt.datetime, **fields: Any) -> Group:
    """A new group of a house (found by its name, made when new). `fields` are the columns of Group; pattern as there."""
    home = (await session.execute(select(House).where(House.name == house))).scalar_one_or_none()
    if home is None:
        home = House(name=house)
        session.add(home)
        await session.flush()
    group = Group(house_id=home.id, name=name, created_at=now, **fields)
    session.add(group)
    await session.flush()
    return group


async def invite(
    session: Session,
    group: Group,
    now: dt.datetime,
    lang: str | None = None,
    uses: int | None = None,
    expires: dt.datetime | None = None,
) -> str:
    """A new join code of 192 random bits (32 characters of Telegram's alphabet); only its hash is kept."""
    code = secrets.token_urlsafe(24)
    session.add(
        Invite(
            group_id=group.id,
            code_hash=hashed(code),
            lang=lang,
            uses_left=uses,
            expires_at=expires or now + dt.timedelta(days=INVITE_DAYS),
            created_at=now,
        )
    )
    await session.flush()
    return code


async def revoke_invites(session: Session, group: Group, now: dt.datetime) -> int:
    """Ends all links of the group that still work; how many there were."""
    live = or_(Invite.expires_at.is_(None), Invite.expires_at > now)
    done = await session.execute(update(Invite).where(Invite.group_id == group.id, live).values(expires_at=now))
    return tell.rows(done)


async def link(session: Session, code: str) -> str | None:
    """The address that opens the bot with this code, once the bot knows its own name (note "bot")."""
    note = await session.get(Note, "bot")
    username = (note.value if note else {}).get("username")
    return f"https://t.me/{username}?start={code}" if username else None


async def by_invite(session: Session, code: str, now: dt.datetime) -> tuple[Invite, Group] | str | None:
    """The invite of a code and its group; "expired" when it no longer works; None when it never existed."""
    found = (
        await session.execute(
            select(Invite, Group).join(Group, Group.id == Invite.group_id).where(Invite.code_hash == hashed(code))
        )
    ).one_or_none()
    if found is None:
        return None
    ticket, group = found
    over = ticket.expires_at is not None and ticket.expires_at <= now
    if over or ticket.uses_left == 0 or group.closed_at is not None:
        return "expired"
    return ticket, group


async def by_code(session: Session, code: str, now: dt.datetime) -> Group | str | None:
    """The group of a code, "expired", or None."""
    found = await by_invite(session, code, now)
    return found[1] if isinstance(found, tuple) else found


async def live_invites(session: Session, group: Group, now: dt.datetime) -> list[Invite]:
    """The links of the group that still work, the newest first."""
    live = or_(Invite.expires_at.is_(None), Invite.expires_at > now)
    usable = or_(Invite.uses_left.is_(None), Invite.uses_left > 0)
    query = select(Invite).where(Invite.group_id == group.id, live, usable)
    return list(await session.scalars(query.order_by(Invite.id.desc())))


async def revoke(session: Session, group: Group, invite_id: int, now: dt.datetime) -> bool:
    """Ends this one link of the group. False when it is not one of them, or is over."""
    live = or_(Invite.expires_at.is_(None), Invite.expires_at > now)
    this = update(Invite).where(Invite.id == invite_id, Invite.group_id == group.id, live)
    return tell.rows(await session.execute(this.values(expires_at=now))) == 1


async def members(session: Session, group_id: int, status: str = "member") -> list[Mother]:
    """The mothers of a group, in the order in which they came; who waits, in the order in which they began to."""
    query = select(Mother).outerjoin(Membership, Membership.mother_id == Mother.id)
    query = query.where(Mother.group_id == group_id, Mother.status == status)
    order = (Membership.since, Mother.id) if status == "waiting" else (Mother.id,)
    return list(await session.scalars(query.order_by(*order)))


async def join(session: Session, mother: Mother, code: str | Group, now: dt.datetime, *, sure: bool = False) -> str:
    """ "ok", "full" (she is on the waiting list and staff know), "expired" or "unknown". A member of another group leaves it only
    when she is sure: else "elsewhere"; and not for a waiting list: "stays" (staff of the full group know).

    1. Read the code.  2. A second start changes nothing.  3. Lock the group, so that two cannot take the last place.
    4. Full: waiting list.  5. In another group: is she sure?  6. Take one use of the code; gone meanwhile: expired.
    7. Member, and her reminders are planned.
    """
    found = await by_invite(session, code, now) if isinstance(code, str) else (None, code)
    if not isinstance(found, tuple):
        return found or "unknown"
    ticket, group = found
    if mother.group_id == group.id and mother.status in ("member", "waiting"):
        return "ok" if mother.status == "member" else "full"
    await _lock(session, group)
    elsewhere = await _elsewhere(session, mother)
    if (room := await memberships.room(session, group)).full:
        return await (_stay if elsewhere else _wait)(session, mother, group, room, now)
    if elsewhere and not sure:
        return "elsewhere"
    if ticket is not None and not await _use(session, ticket):
        return "expired"
    mother.invite_id = ticket.id if ticket else mother.invite_id
    await _enter(session, mother, group, now)
    return "ok"


async def admit(session: Session, mother: Mother, now: dt.datetime) -> bool:
    """Takes a mother off the waiting list into her group, full or not: a person decided. False when she is not waiting."""
    group = await session.get(Group, mother.group_id) if mother.group_id else None
    if group is None or mother.status != "waiting":
        return False
    await _enter(session, mother, group, now)
    return True


async def return_to(session: Session, mother: Mother, now: dt.datetime) -> bool:
    """Back into the group that she left, full or not: a person decided. False when that group is closed or gone."""
    group = await session.get(Group, mother.group_id) if mother.group_id else None
    if group is None or group.closed_at is not None:
        return False
    await _enter(session, mother, group, now)
    return True


async def close(session: Session, group: Group, now: dt.datetime) -> None:
    """Ends a cohort: no reminder is left waiting and no link works any more; the rows stay for the counts."""
    group.closed_at = now
    await revoke_invites(session, group, now)
    await reminders.drop_group(session, group.id, "closed")
    await session.flush()


async def _lock(session: Session, group: Group) -> None:
    # SQLite has one writer anyway; PostgreSQL waits here for the other who joins at this moment
    await session.execute(select(Group.id).where(Group.id == group.id).with_for_update())


async def _use(session: Session, ticket: Invite) -> bool:
    if ticket.uses_left is None:
        return True
    one_less = update(Invite).where(Invite.id == ticket.id, Invite.uses_left > 0).values(uses_left=Invite.uses_left - 1)
    done = await session.execute(one_less.execution_options(synchronize_session=False))
    await session.refresh(ticket)
    return tell.rows(done) == 1


async def _enter(session: Session, mother: Mother, group: Group, now: dt.datetime) -> None:
    await _leave(session, mother, group, now)
    mother.group_id, mother.status = group.id, "member"
    await session.flush()
    await memberships.begin(session, mother, group, now)
    await reminders.plan(session, group, now, only=mother)


async def _leave(session: Session, mother: Mother, group: Group, now: dt.datetime) -> None:
    """What she leaves behind in another group, when she had one: nothing waits from it any more, and it counts that she was there."""
    if mother.group_id not in (None, group.id):
        await counts.left(session, mother, now)
        await reminders.drop_mother(session, mother.id, "other group")


async def _elsewhere(session: Session, mother: Mother) -> bool:
    """Whether she is in a group that goes on: who asks here knows that it is another one."""
    before = await session.get(Group, mother.group_id) if mother.group_id and mother.status == "member" else None
    return before is not None and before.closed_at is None


async def _stay(session: Session, mother: Mother, group: Group, room: memberships.Room, now: dt.datetime) -> str:
    text = f"👋 {mother.first_name or 'Een moeder'} wil bij {group.name}. De groep is vol ({_taken(room)}). "
    text += "Ze is nu in een andere groep en blijft daar. Is er weer plaats? Laat haar de link dan nog eens openen."
    await tell.group_staff(session, group.id, text, key=f"elsewhere:{group.id}:{mother.id}", now=now)
    return "stays"


def _taken(room: memberships.Room) -> str:
    return f"{room.mothers} van {room.mothers_max} moeders, {room.children} van {room.children_max} kinderen"


async def _wait(session: Session, mother: Mother, group: Group, room: memberships.Room, now: dt.datetime) -> str:
    await _leave(session, mother, group, now)
    mother.group_id, mother.status = group.id, "waiting"
    await session.flush()
    await memberships.begin(session, mother, group, now, waits=True)
    name = mother.first_name or "Een moeder"
    text = f"👋 {name} wil bij {group.name}. De groep is vol ({_taken(room)}). Ze staat op de wachtlijst."
    button = Button("Toch toelaten", {"desk": "admit", "mother": mother.id})
    await tell.group_staff(
        session, group.id, text, key=f"waiting:{group.id}:{mother.id}", now=now, buttons=((button,),)
    )
    return "full"
