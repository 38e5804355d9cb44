"""Events: an announcement that asks who comes. One tap until the deadline, once more to who is silent or unsure, one reminder to who comes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, or_, select, update

from bot.care import at_staff, hours, outbox, reminders, render, tell, whereabouts
from bot.care.calendar import clock_time
from bot.care.content import Content
from bot.care.dutch import NotSo
from bot.care.turn import Effect, Outcome, Turn
from bot.clock import instant, local
from bot.db.inbox_models import Event, EventAnswer
from bot.db.models import Announcement, Delivery, Mother
from bot.db.notes import insert
from bot.db.session import Session, wake
from bot.flow.model import Say, Slots
from bot.messages import Button, Utterance
from bot.settings import KEEP

ABOUT = "event"
ANSWERS = ("come", "cannot", "maybe")
NOON = dt.time(12)
SOON = dt.timedelta(hours=3)  # nobody is asked again within this time


@dataclass
class Coming:
    """Who comes, by name; maybe: who does not know yet; silent: who was asked and has not answered."""

    event: Event
    come: list[Mother] = field(default_factory=list)
    cannot: list[Mother] = field(default_factory=list)
    maybe: list[Mother] = field(default_factory=list)
    silent: list[Mother] = field(default_factory=list)


async def add(session: Session, made: Announcement, last_day: dt.date, now: dt.datetime) -> Event:
    """Has this draft ask who comes, until the end of that day. ValueError (a Dutch sentence): that day cannot be the last one."""
    today, day = local(now).date(), made.slots.get("day")
    if last_day < today:
        raise NotSo("De laatste dag om te antwoorden is al voorbij.")
    if day and last_day > dt.date.fromisoformat(str(day)):
        raise NotSo("De laatste dag om te antwoorden komt na de dag zelf.")
    event = Event(announcement_id=made.id, deadline=instant(last_day + dt.timedelta(days=1), dt.time()))
    session.add(event)
    await session.flush()
    return event


async def begin(session: Session, made: Announcement, now: dt.datetime) -> None:
    """The announcement goes out now: when are the silent asked once more, and who comes reminded?"""
    event = await session.get(Event, made.id)
    if event is None:
        return
    evening = clock_time((await hours.of_group(session, made.group_id)).evening)
    last, day = last_day(event), made.slots.get("day")
    moments = [instant(last - dt.timedelta(days=1), evening), instant(last, NOON)]
    event.nudge_at = next((at for at in moments if at > now + SOON), None)
    before = instant(dt.date.fromisoformat(str(day)) - dt.timedelta(days=1), evening) if day else None
    event.remind_at = before if before and before > now + SOON else None
    await session.flush()


async def copy(session: Session, old: Announcement, new: Announcement) -> None:
    """What puts an event right asks the same, until the same day."""
    event = await session.get(Event, old.id)
    if event is not None:
        session.add(Event(announcement_id=new.id, deadline=event.deadline))
        await session.flush()


async def take_over(session: Session, old: Announcement, new: Announcement, now: dt.datetime) -> None:
    """What puts an event right goes out: answers about the same moment stay answers, and the old question leaves the chats."""
    if same_moment(old, new) and await session.get(Event, new.id) is not None:
        for row in await session.scalars(select(EventAnswer).where(EventAnswer.announcement_id == old.id)):
            if row.mother_id in new.audience:
                told = {"mother_id": row.mother_id, "answer": row.answer, "answered_at": row.answered_at}
                session.add(EventAnswer(announcement_id=new.id, **told))
    await over(session, old, now)


def same_moment(old: Announcement, new: Announcement) -> bool:
    """Whether what was answered to the one is an answer to the other."""
    return all(old.slots.get(name) == new.slots.get(name) for name in ("day", "time"))


async def over(session: Session, made: Announcement, now: dt.datetime) -> None:
    """Nothing is asked any more: nobody is asked again or reminded, and the question leaves the chats."""
    event = await session.get(Event, made.id)
    if event is not None:
        event.deadline, event.nudge_at, event.remind_at = min(event.deadline, now), None, None
        await session.flush()


async def fit(session: Session, made: Announcement, was: Slots, now: dt.datetime) -> None:
    """The draft got another day than it had: the last day to answer is not after it. One that is over asks nothing any more.

    was: its slots before.
    """
    event, day = await session.get(Event, made.id), made.slots.get("day")
    if event is None or not day or day == was.get("day"):
        return
    event.deadline = min(event.deadline, instant(dt.date.fromisoformat(str(day)) + dt.timedelta(days=1), dt.time()))
    if event.deadline <= now:
        await session.delete(event)
    await session.flush()


async def too_late(session: Session, made: Announcement, at: dt.datetime) -> bool:
    """Whether it would ask who comes when answering is over. What puts an event right may still go out then."""
    event = await session.get(Event, made.id)
    return event is not None and event.deadline <= at and "corrects" not in made.slots


def last_day(event: Event) -> dt.date:
    """The last day on which an answer counts."""
    return local(event.deadline).date() - dt.timedelta(days=1)


async def ask(
    session: Session, content: Content, made: Announcement, lang: str, now: dt.datetime, voice_lang: str | None = None
) -> list[Utterance]:
    """The link and the question below the announcement; nothing when it asks nothing, or no longer."""
    event = await session.get(Event, made.id)
    if event is None or event.deadline <= now:
        return []
    say = Say("event.ask", {"announcement": made.id, "day": last_day(event).isoformat()})
    asked = render.utterances(content, lang, say, now, voice_lang=voice_lang)
    return [*online(content, made, lang, now, voice_lang), *asked]


def online(
    content: Content, made: Announcement, lang: str, now: dt.datetime, voice_lang: str | None = None
) -> list[Utterance]:
    """What says that she can watch on her telephone, with a button that opens the link; nothing when staff gave none."""
    link = str(made.slots.get("link") or "")
    if not link:
        return []
    said = render.utterances(content, lang, Say("event.online"), now, voice_lang=voice_lang)
    opens = (Button(f"🔗 {urlsplit(link).hostname}", url=link),)
    return [*said[:-1], replace(said[-1], buttons=(opens, *said[-1].buttons))]


def link_of(text: str) -> str:
    """An address of a page, as staff typed it; empty when there is none. ValueError (a Dutch sentence): it is no such address."""
    link = text.strip()
    if link and not re.fullmatch(r"https?://[\w.-]+\.[a-z]{2,}(:\d+)?([/?#]\S*)?", link, re.IGNORECASE):
        raise NotSo("Die link begrijp ik niet. Hij begint met https://.")
    return link


async def answer(session: Session, mother: Mother, announcement_id: int, said: str, now: dt.datetime) -> str:
    """ "ok"; "past" after the deadline; "gone" when there is no such event for her. A second answer takes the place of the first."""
    made = await session.get(Announcement, announcement_id)
    event = await session.get(Event, announcement_id)
    if made is None or event is None or mother.id not in made.audience or made.state == "withdrawn":
        return "gone"
    if event.deadline <= now or said not in ANSWERS:
        return "past"
    row = insert(session, EventAnswer).values(
        announcement_id=made.id, mother_id=mother.id, answer=said, answered_at=now
    )
    newer = {"answer": row.excluded.answer, "answered_at": row.excluded.answered_at}
    await session.execute(row.on_conflict_do_update(index_elements=["announcement_id", "mother_id"], set_=newer))
    wake(session, "inbox")
    return "ok"


async def coming(session: Session, made: Announcement) -> Coming | None:
    """Who answered what so far; None when nobody was asked."""
    event = await session.get(Event, made.id)
    if event is None:
        return None
    found = Coming(event)
    rows = await session.scalars(select(EventAnswer).where(EventAnswer.announcement_id == made.id))
    said = {row.mother_id: row.answer for row in rows}
    members = Mother.id.in_(made.audience) & (Mother.status == "member")
    for mother in await session.scalars(select(Mother).where(members).order_by(Mother.first_name, Mother.id)):
        kinds = {"come": found.come, "cannot": found.cannot, "maybe": found.maybe}
        kinds.get(said.get(mother.id, ""), found.silent).append(mother)
    return found


async def fire_one(session: Session, content: Content, now: dt.datetime) -> bool:
    """Asks the silent and the unsure of one event again, reminds those who come, or takes the buttons away after the deadline.

    True: there was one, come again. False: nothing is due.
    Claimed by emptying the moment: another process that emptied it first has done it.
    """
    if await _close_one(session, now):
        return True
    going = select(Event).join(Announcement, Announcement.id == Event.announcement_id)
    due = going.where(or_(Event.nudge_at <= now, Event.remind_at <= now), Announcement.state == "sent")
    event = (await session.scalars(due.order_by(Event.announcement_id).limit(1))).first()
    if event is None:
        return False
    which = "nudge_at" if event.nudge_at is not None and event.nudge_at <= now else "remind_at"
    column: Any = getattr(Event, which)
    claim = update(Event).where(Event.announcement_id == event.announcement_id, column.is_not(None))
    if tell.rows(await session.execute(claim.values({which: None}))) == 0:
        return True
    await session.refresh(event)
    made = await session.get_one(Announcement, event.announcement_id)
    found = await coming(session, made)
    over = event.deadline <= now if which == "nudge_at" else _day_over(made, now)
    over = over or await whereabouts.no_longer(session, made.slots)
    theirs = [] if found is None else [*found.silent, *found.maybe] if which == "nudge_at" else found.come
    for mother in [] if over else theirs:
        if mother.unreachable_at is None:
            await _again(session, content, made, mother, which, now)
    return True


async def _close_one(session: Session, now: dt.datetime) -> bool:
    """After the deadline the question with its buttons goes from their chats: nobody taps in vain."""
    asks: ColumnElement[bool] = Delivery.utterance["asks"].as_boolean().is_(True)
    query = select(Delivery).join(Event, Event.announcement_id == Delivery.about_id)
    days = (session.info.get("keep") or KEEP)[
        "messages"
    ]  # the words of what was said before that are gone, also its buttons
    since = now - dt.timedelta(days=days + 1)
    over = query.where(
        Event.deadline <= now,
        Event.deadline > since,
        Delivery.about.in_(("announcement", ABOUT)),
        asks,
        Delivery.state == "sent",
    )
    row = (await session.scalars(over.limit(1))).first()
    if row is None:
        return False
    await at_staff.unsay(session, [row], now)
    row.utterance = {"kind": "text", "text": "…"}
    await session.flush()
    return True


def _day_over(made: Announcement, now: dt.datetime) -> bool:
    return local(now).date() > dt.date.fromisoformat(str(made.slots.get("day")))


async def _again(
    session: Session, content: Content, made: Announcement, mother: Mother, which: str, now: dt.datetime
) -> None:
    from bot.care import announcements

    lang, voice = mother.lang or "nl", mother.voice_lang
    if which == "remind_at":
        opening = render.utterances(content, lang, Say("event.soon"), now, voice_lang=voice)
        itself = await announcements.itself(session, content, made, lang, now, voice)
        said = [*opening, *itself, *online(content, made, lang, now, voice)]
    else:
        said = await announcements.utterances(session, content, made, lang, now, voice)
    due = reminders.after_quiet(now, await hours.of_group(session, made.group_id), mother)
    for n, thing in enumerate(said):
        await outbox.put(
            session,
            mother.chat_id,
            thing,
            key=f"event:{made.id}:{which}:{mother.id}:{n}",
            now=now,
            priority=1,
            due_at=due,
            expires_at=due + dt.timedelta(days=1),
            mother_id=mother.id,
            about=ABOUT,
            about_id=made.id,
        )


# ---------------------------------------------------------------- a tap


async def event_answer(turn: Turn, args: Slots) -> Outcome:
    """She comes, cannot, or does not know yet. "ok", "past", "gone"."""
    number = str(args.get("announcement", ""))
    if not number.isdecimal():
        return Outcome("gone")
    said = str(args.get("answer", ""))
    return Outcome(await answer(turn.session, turn.mother, int(number), said, turn.now))


STEPS: dict[str, Effect] = {"event_answer": event_answer}
