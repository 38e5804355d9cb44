"""The life of a group: closed at its end with a goodbye, copied to a new school year, seen back once. Only counts stay behind."""

from __future__ import annotations

import datetime as dt

from dateutil.relativedelta import relativedelta
from sqlalchemy import select, update

from bot.care import (
    announcements,
    deeds,
    groups,
    hours,
    meetings,
    outbox,
    polls,
    registration,
    reminders,
    render,
    story,
    tell,
)
from bot.care.content import Content
from bot.care.dutch import NotSo
from bot.care.whereabouts import about
from bot.clock import instant, local
from bot.db.cohort_models import ComeBack, Path, Poll
from bot.db.models import Announcement, Delivery, Group, Json, Meeting, Mother, Staff, StaffGroup
from bot.db.session import Session
from bot.flow.model import Say
from bot.messages import Button

FORMER = "former"
GOODBYE_DAYS = 14
CONSENT_MONTHS = 12
COPIED = (
    *("starts", "ends", "calendar", "place", "address", "lat", "lon", "guide", "mothers_max", "children_max"),
    *("childcare_place", "childcare_address", "childcare_lat", "childcare_lon"),
)
WEEK = dt.timedelta(days=7)
SUGGEST_AT = dt.time(10, 0)
SUGGESTS = {
    "start": "de groep is een week bezig. Vraag wat ze willen leren, en hoeveel vertrouwen ze hebben in de opvang.",
    "middle": "de groep is halfweg. Vraag nog eens hoeveel vertrouwen ze hebben in de opvang.",
    "end": "nog een week. Vraag wat gelukt is, en hoeveel vertrouwen ze nu hebben in de opvang. Afsluiten kan op het bureau.",
}
OF_THE_GROUP = ("announcement", "poll", "reminder", "registration")  # what deliveries of a group are about


async def close(session: Session, content: Content, group: Group, now: dt.datetime, by: Staff | None = None) -> bool:
    """Ends a group. False when it was closed already.

    1. No link works, no reminder waits, meetings to come are off the calendar (nobody is told one by one).  2. Announcements,
    questions and registration dates stop; what of them lies unsent is taken out.  3. Everybody hears goodbye, with "what
    next?" in pictures.  4. Members become former members: they may go on asking; who was waiting is free for another group.
    What she herself asked for (her child's first school day) is hers, and stays.
    """
    if group.closed_at is not None:
        return False
    members = await groups.members(session, group.id)
    await groups.close(session, group, now)
    await _take_off(session, group, [mother.id for mother in members], now)
    await polls.ask(session, content, group, polls.NEXT, now, by, moment="end", days=GOODBYE_DAYS)
    for mother in members:
        mother.status = FORMER
        await deeds.note(session, "ended", mother, now, by)
    for mother in await groups.members(session, group.id, "waiting"):
        mother.group_id, mother.status = None, "member"
    await session.flush()
    return True


async def _take_off(session: Session, group: Group, members: list[int], now: dt.datetime) -> None:
    coming = update(Meeting).where(Meeting.group_id == group.id, Meeting.starts_at > now, Meeting.state == "planned")
    await session.execute(coming.values(state="cancelled"))
    made = Announcement.group_id == group.id
    for one in list(await session.scalars(select(Announcement).where(made, Announcement.state == "sending"))):
        await announcements.stop(session, one)
    await session.execute(
        update(Announcement).where(made, Announcement.state.in_(("draft", "planned"))).values(state="stopped")
    )
    for poll in list(await session.scalars(select(Poll).where(Poll.group_id == group.id, Poll.state == "open"))):
        await polls.close(session, poll, now)
    await registration.drop_period(session, group)
    unsent = update(Delivery).where(Delivery.state == "open", Delivery.mother_id.in_(members))
    await session.execute(unsent.where(Delivery.about.in_(OF_THE_GROUP)).values(state="cancelled", error="closed"))


async def copy(
    session: Session, group: Group, first: dt.date, last: dt.date, now: dt.datetime, name: str = ""
) -> tuple[Group, int]:
    """The same group for a new school year: days, hours, place, local answers, stones and staff; its own meetings, and nobody
    in it yet. The new group and how many meetings it has. ValueError: the days cannot be.
    """
    if last < first:
        raise NotSo("De laatste dag ligt voor de eerste.")
    fields = {column: getattr(group, column) for column in COPIED}
    new = Group(
        house_id=group.house_id, name=name.strip() or group.name, pattern=_next_year(group, first, last), local=dict(group.local),
        first_day=first, last_day=last, created_at=now, **fields,
    )  # fmt: skip
    session.add(new)
    await session.flush()
    for staff_id in list(await session.scalars(select(StaffGroup.staff_id).where(StaffGroup.group_id == group.id))):
        session.add(StaffGroup(staff_id=staff_id, group_id=new.id))
    own = await session.get(Path, group.id)
    if own is not None:
        session.add(Path(group_id=new.id, steps=list(own.steps), changed_at=now))
    await session.flush()
    planned = await meetings.plan(session, new, now)
    return new, len(planned)


def _next_year(group: Group, first: dt.date, last: dt.date) -> Json:
    """The pattern with its periods (semesters) as many years later, from the new first to the new last day."""
    pattern, years = dict(group.pattern), relativedelta(years=first.year - group.first_day.year)
    periods = [dict(one) for one in pattern.get("periods", [])]
    for one in periods:
        one["first"] = (dt.date.fromisoformat(one["first"]) + years).isoformat()
        one["last"] = (dt.date.fromisoformat(one["last"]) + years).isoformat()
    if periods:
        periods[0]["first"], periods[-1]["last"] = first.isoformat(), last.isoformat()
        pattern["periods"] = periods
    return pattern


async def ended(session: Session, staff: Staff) -> list[Group]:
    """The groups of this colleague that ended, the newest end first."""
    theirs = select(StaffGroup.group_id).where(StaffGroup.staff_id == staff.id)
    query = select(Group).where(Group.id.in_(theirs), Group.closed_at.is_not(None))
    return list(await session.scalars(query.order_by(Group.closed_at.desc(), Group.id)))


# ---------------------------------------------------------------- seeing each other again


async def agree(session: Session, mother: Mother, yes: bool, now: dt.datetime, months: int = CONSENT_MONTHS) -> None:
    """She may be invited once more, or not."""
    row = await session.get(ComeBack, mother.id)
    if row is not None:
        await session.delete(row)
        await session.flush()
    if yes and mother.group_id is not None:
        until = now + dt.timedelta(days=round(months * 30.44))
        session.add(ComeBack(mother_id=mother.id, group_id=mother.group_id, agreed_at=now, until=until))
    await session.flush()


async def answer(session: Session, mother: Mother, said: str) -> None:
    """Whether she comes to the reunion."""
    row = await session.get(ComeBack, mother.id)
    if row is not None and row.invited_at is not None:
        row.answer = said
        await session.flush()


async def may_be_invited(session: Session, group_id: int, now: dt.datetime) -> list[Mother]:
    """Former members who agreed, whose consent still counts, and who were not invited yet."""
    query = select(Mother).join(ComeBack, ComeBack.mother_id == Mother.id)
    agreed = query.where(ComeBack.group_id == group_id, ComeBack.until > now, ComeBack.invited_at.is_(None))
    return list(await session.scalars(agreed.where(Mother.unreachable_at.is_(None)).order_by(Mother.id)))


async def reunion(session: Session, content: Content, group: Group, meeting: Meeting, now: dt.datetime) -> int:
    """Invites everybody who agreed, once; how many. meeting: when and where, of any group of the house."""
    invited = await may_be_invited(session, group.id, now)
    for mother in invited:
        claim = update(ComeBack).where(ComeBack.mother_id == mother.id, ComeBack.invited_at.is_(None))
        if tell.rows(await session.execute(claim.values(invited_at=now))) == 0:
            continue
        due = reminders.after_quiet(now, await hours.of_group(session, meeting.group_id), mother)
        say = Say("poll.reunion", {**about(group, meeting), "kind": "celebrate", "meeting": meeting.id})
        said = render.utterances(content, mother.lang or "nl", say, due, voice_lang=mother.voice_lang)
        for n, thing in enumerate(said):
            await outbox.put(
                session, mother.chat_id, thing, key=f"reunion:{group.id}:{mother.id}:{n}", now=now, priority=2,
                due_at=due, expires_at=meeting.ends_at, mother_id=mother.id, about="reunion", about_id=meeting.id,
            )  # fmt: skip
    return len(invited)


async def coming_back(session: Session, group_id: int) -> dict[str, int]:
    """How many agreed, were invited, come and cannot."""
    rows = list(await session.scalars(select(ComeBack).where(ComeBack.group_id == group_id)))
    return {
        "agreed": len(rows),
        "invited": sum(row.invited_at is not None for row in rows),
        "come": sum(row.answer == "come" for row in rows),
        "cannot": sum(row.answer == "cannot" for row in rows),
    }


# ---------------------------------------------------------------- now and then


def moments(group: Group) -> dict[str, dt.date]:
    """When it is time to ask about goals and trust: a week after the start, half way, a week before the end."""
    half = group.first_day + (group.last_day - group.first_day) / 2
    return {"start": group.first_day + WEEK, "middle": half, "end": group.last_day - WEEK}


async def look_round(session: Session, content: Content, now: dt.datetime) -> bool:
    """Questions whose time is over close, words without consent are wiped, registration is told of, and coordinators hear once
    that it is time to ask. Always False: there is never a second one to come for at once. Doing it twice says nothing twice.
    """
    await polls.close_due(session, now)
    await story.sweep(session, now)
    await registration.fire_due(session, content, now)
    today = local(now).date()
    if now >= instant(today, SUGGEST_AT):
        for group in list(await session.scalars(select(Group).where(Group.closed_at.is_(None)))):
            for moment, day in moments(group).items():
                if day <= today < day + WEEK:
                    await _suggest(session, group, moment, now)
    return False


async def _suggest(session: Session, group: Group, moment: str, now: dt.datetime) -> None:
    asks = [("Vraag het vertrouwen", polls.TRUST)]
    asks += [("Vraag de doelen", polls.GOALS)] if moment != "middle" else []
    rows = tuple(
        (Button(label, {"desk": "poll_look", "group": group.id, "kind": kind, "moment": moment}),)
        for label, kind in asks
    )
    text = f"🌱 {group.name}: {SUGGESTS[moment]} De mama’s antwoorden met een plaatje, zonder naam."
    await tell.group_staff(session, group.id, text, key=f"suggest:{group.id}:{moment}", now=now, buttons=rows)
