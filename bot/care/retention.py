"""How long things are kept: each kind has its days (setting KEEP), and the ticker clears away a small batch at a time.

What a mother was promised is what happens here: a photo of a letter goes a week after the answer, recordings and words of a
question a month after it, names in a list of who comes a month after the meeting (the counts stay). Every run is counted in the audit.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, delete, exists, func, or_, select, text, update

from bot.care import at_staff, counts, hush, outbox, privacy, render, rough, upkeep
from bot.care.content import Content
from bot.care.headcount import COMING
from bot.care.tell import rows
from bot.care.turn import FAREWELL, FAREWELL_LASTS
from bot.db.calendar_models import Appointment
from bot.db.cohort_models import ComeBack
from bot.db.columns import written
from bot.db.keep_models import Erasure, Tally, Upkeep
from bot.db.models import (
    Arrival,
    Delivery,
    Group,
    Media,
    Meeting,
    Mother,
    Note,
    Question,
    QuestionPart,
    Reminder,
    Rsvp,
    Staff,
)
from bot.db.notes import note, noted
from bot.db.session import Session
from bot.flow import engine
from bot.flow.model import Say
from bot.messages import to_json
from bot.settings import KEEP

BATCH = 100
CLOCK, LEAP, WAIT = "retention", dt.timedelta(days=2), dt.timedelta(days=1)
EMPTY, STRETCHES = "emptied", 50  # the note that says how far; how often it reads on when there was nothing
STRAY = dt.timedelta(days=2)  # so long a recording may wait for somebody to point at it
EMPTIED = {"kind": "text", "lang": ""}  # what is left of an utterance
OVER = ("sent", "failed", "cancelled")
GOODBYE = "settings.forgotten"
Clear = Callable[[Session, Content, dt.datetime, dt.datetime], Awaitable[int]]


async def clear_one(session: Session, content: Content, now: dt.datetime) -> bool:
    """One batch of the first kind that has something to clear away, counted in today's audit row. False: nothing is left to do."""
    if not await _trusted(session, now):
        return False
    days: Mapping[str, int] = session.info.get("keep") or KEEP
    for kind, (setting, clear) in KINDS.items():
        if number := await clear(session, content, now - dt.timedelta(days=days[setting]), now):
            await upkeep.count(session, upkeep.RETENTION, {kind: number}, now)
            return True
    return False


async def _trusted(session: Session, now: dt.datetime) -> bool:
    """Whether the clock may be believed. After a leap of days (an outage, or a machine that is wrong) nothing is deleted for a day."""
    seen = await noted(session, CLOCK) or {"at": now.isoformat()}
    at, until = dt.datetime.fromisoformat(seen["at"]), seen.get("wait")
    if now - at > LEAP:
        until = (now + WAIT).isoformat()
    elif now < at:
        until = None
    await note(session, CLOCK, {"at": now.isoformat(), **({"wait": until} if until else {})})
    return until is None or now >= dt.datetime.fromisoformat(until)


# ---------------------------------------------------------------- questions


async def letters(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """Photos of answered questions, here and in the Telegram of who was shown them."""
    photos = QuestionPart.kind == "photo"
    return await _parts(session, photos, before, now)


async def questions(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """Recordings and words of answered questions and of their answers."""
    return await _parts(session, or_(QuestionPart.media_id.is_not(None), QuestionPart.text != ""), before, now)


async def _parts(session: Session, which: ColumnElement[bool], before: dt.datetime, now: dt.datetime) -> int:
    something = or_(QuestionPart.media_id.is_not(None), QuestionPart.text != "")
    query = select(QuestionPart).join(Question, Question.id == QuestionPart.question_id)
    over = and_(Question.state != "open", Question.answered_at < before)
    found = list(await session.scalars(query.where(over, which, something).limit(BATCH)))
    if not found:
        return 0
    media = [part.media_id for part in found if part.media_id is not None]
    names = set(await session.scalars(select(Media.name).where(Media.id.in_(media))))
    made = await rough.of_parts(session, [part.id for part in found])
    texts = {part.text for part in found if part.text} | set(made.values())
    await _take_back(session, {part.question_id for part in found}, names, texts, now)
    for part in found:
        part.media_id, part.text = None, ""
    await session.flush()
    await rough.wipe(session, list(made))
    await privacy.forget_media(session, media)
    return len(found)


async def _take_back(session: Session, ids: set[int], names: set[str], texts: set[str], now: dt.datetime) -> None:
    """What colleagues were shown of it goes from their Telegram; what she heard stays hers, but not in our rows."""
    told = select(Delivery).where(Delivery.about.in_(("question", "answer")), Delivery.about_id.in_(ids))
    for row in await session.scalars(told):
        u = row.utterance
        hers = u.get("media") in names or (u.get("picture") or {}).get("name") in names
        if not hers and not any(text in str(u.get("text", "")) for text in texts):
            continue
        if row.mother_id is None:
            await at_staff.unsay(session, [row], now)
        row.utterance = EMPTIED


# ---------------------------------------------------------------- meetings


async def attendance(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """Who came to a meeting: the names go, the counts stay. With them go the reminders of that meeting."""
    some = or_(exists().where(Rsvp.meeting_id == Meeting.id), exists().where(Reminder.meeting_id == Meeting.id))
    past = list(await session.scalars(select(Meeting.id).where(Meeting.ends_at < before, some).limit(10)))
    cleared = 0
    for meeting in past:
        answers = list(await session.scalars(select(Rsvp).where(Rsvp.meeting_id == meeting)))
        if answers:
            await _tally(session, meeting, answers)
        for table in (Rsvp, Reminder):
            gone = delete(table).where(table.meeting_id == meeting).execution_options(synchronize_session=False)
            cleared += rows(await session.execute(gone))
    return cleared


async def _tally(session: Session, meeting: int, answers: list[Rsvp]) -> None:
    tally = await session.get(Tally, meeting) or Tally(meeting_id=meeting, come=0, late=0, cannot=0, children=0)
    come = [a for a in answers if a.answer in COMING]
    tally.come += len(come)
    tally.late += sum(a.answer == "late" for a in answers)
    tally.cannot += sum(a.answer == "cannot" for a in answers)
    tally.children += sum(a.children or 0 for a in come)
    session.add(tally)
    await session.flush()


async def appointments(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """Talks with one mother that are long over."""
    return await _delete(session, Appointment, Appointment.ends_at < before)


# ---------------------------------------------------------------- what was said and heard


async def messages(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """The words of what was said, and the buttons; that something was said, and whether it arrived, stays for the counts."""
    full = func.coalesce(Delivery.utterance["lang"].as_string(), "nl") != ""
    young = Delivery.created_at >= before
    return await _empty_next(session, Delivery, Delivery.state.in_(OVER), young, full, {"utterance": EMPTIED})


async def arrivals(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """The words of what came in."""
    full, over = cast(Arrival.raw, String) != "{}", Arrival.handled_at.is_not(None)
    return await _empty_next(session, Arrival, over, over & (Arrival.handled_at >= before), full, {"raw": {}})


async def _empty_next(
    session: Session, table: Any, over: ColumnElement[bool], young: ColumnElement[bool], full: ColumnElement[bool],
    bare: dict[str, Any],
) -> int:  # fmt: skip
    """Empties the next rows that are over and no longer young; how many.

    1. Rows are read as they came, from where the last time ended (a note): what was emptied half a year ago is not read every hour.
    2. Up to the first that is young.  3. What is not over, such as a reminder for next year, is looked at again every time.
    """
    name = f"{EMPTY}:{table.__tablename__}"
    known = await noted(session, name) or {"mark": 0, "late": []}
    mark, late = known["mark"], known["late"]
    query, ids = select(table.id, over, young, full).order_by(table.id), list[int]()
    for _ in range(STRETCHES):
        older = (await session.execute(query.where(table.id.in_(late)))).all() if late else []
        fresh = (await session.execute(query.where(table.id > mark).limit(BATCH * 5))).all()
        fresh = list(itertools.takewhile(lambda row: not row[2], fresh))
        late = [number for number, is_over, is_young, _ in (*older, *fresh) if is_young or not is_over]
        ids = [
            number for number, is_over, is_young, is_full in (*older, *fresh) if is_over and not is_young and is_full
        ]
        mark = max((row[0] for row in fresh), default=mark)
        if ids or not fresh:
            break
    if ids:
        await session.execute(update(table).where(table.id.in_(ids)).values(**bare, error=None))
    if (mark, late) != (known["mark"], known["late"]):
        await note(session, name, {"mark": mark, "late": late})
    return len(ids)


async def _oldest(session: Session, table: Any, still_open: str) -> ColumnElement[bool]:
    """The oldest rows: as many as wait, and some more, so that the oldest of what is over is among them."""
    waiting = await session.scalar(select(func.count()).select_from(table).where(text(still_open))) or 0
    numbers = select(table.id).order_by(table.id).limit(waiting + BATCH * 5).subquery()
    found: ColumnElement[bool] = table.id <= select(func.max(numbers.c.id)).scalar_subquery()
    return found


async def heard(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """That something came in at all."""
    oldest = await _oldest(session, Arrival, "handled_at IS NULL")
    return await _delete(session, Arrival, oldest & (Arrival.handled_at < before))


async def said(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """That something was said at all; how many heard an announcement stays for the report."""
    oldest = await _oldest(session, Delivery, "state IN ('open','sending')")
    old = select(Delivery.id).where(oldest, Delivery.state.in_(OVER), Delivery.created_at < before)
    ids = list(await session.scalars(old.order_by(Delivery.id).limit(BATCH * 5)))
    if not ids:
        return 0
    await counts.messages_over(session, Delivery.id.in_(ids))
    return await _delete(session, Delivery, Delivery.id.in_(ids))


async def words(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """What a mother typed last, which her place remembers so that it can be handed to a person."""
    old = Mother.place["slots"]["words"].as_string().is_not(None) & (Mother.last_heard_at < before)
    found = list(await session.scalars(select(Mother).where(old, Mother.consented_at.is_not(None)).limit(BATCH)))
    for mother in found:
        mother.place, mother.said = to_json(engine.HOME), {}
    return len(found)


async def strays(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """Recordings and photos that nothing points at any more."""
    free = [~exists().where(column == Media.id) for _, column in privacy.pointing_at("media")]
    query = select(Media).where(Media.created_at < now - STRAY, *free).order_by(Media.id)
    places = [person.place for person in await session.scalars(select(Staff))]
    begun = [number for place in places if (number := (place.get("kept") or {}).get("media"))]
    waiting = select(Delivery.utterance).where(written(Delivery.state, "open", "sending"))
    named = json.dumps([places, list(await session.scalars(waiting)), list(await session.scalars(select(Note.value)))])
    query = query.where(Media.id.not_in(begun)).limit(BATCH * 5)
    found = [media.id for media in await session.scalars(query) if media.name not in named]
    await privacy.forget_media(session, found)
    return len(found)


# ---------------------------------------------------------------- people


async def strangers(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """Who pressed Start and never agreed."""
    quiet = func.coalesce(Mother.last_heard_at, Mother.created_at) < before
    return await _forget(session, Mother.consented_at.is_(None) & quiet, now)


async def unreachable(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """Who blocked the bot, or closed her account, and did not come back."""
    return await _forget(session, Mother.unreachable_at < before, now)


async def cohort(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """The mothers of a group that ended, unless she said that she wants to be asked once more. She hears goodbye."""
    over = Mother.group_id.in_(select(Group.id).where(Group.closed_at < before))
    asked = exists().where(ComeBack.mother_id == Mother.id, ComeBack.until > now)
    return await _forget(session, over & ~asked, now, content)


async def _forget(
    session: Session, which: ColumnElement[bool], now: dt.datetime, content: Content | None = None
) -> int:
    found = list(await session.scalars(select(Mother).where(which).order_by(Mother.id).limit(5)))
    for mother in found:
        chat, number, reached = mother.chat_id, mother.id, mother.unreachable_at is None
        said = render.utterances(content, mother.lang or "nl", Say(GOODBYE), now) if content is not None else []
        said = await hush.hushed(session, mother, said, now)
        await privacy.forget(session, mother, now)
        if reached:
            for n, thing in enumerate(said):
                key, until = f"goodbye:{number}:{n}", now + FAREWELL_LASTS
                await outbox.put(session, chat, thing, key=key, now=now, expires_at=until, about=FAREWELL)
    return len(found)


# ---------------------------------------------------------------- our own traces


async def audit(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """Rows of the audit itself."""
    return await _delete(session, Upkeep, Upkeep.at < before)


async def erasures(session: Session, content: Content, before: dt.datetime, now: dt.datetime) -> int:
    """Hashes of who was forgotten, when no backup is left that knows her."""
    return await _delete(session, Erasure, Erasure.at < before)


async def _delete(session: Session, table: Any, which: ColumnElement[bool]) -> int:
    some = select(table.id).where(which).order_by(table.id).limit(BATCH * 5).scalar_subquery()
    return rows(
        await session.execute(delete(table).where(table.id.in_(some)).execution_options(synchronize_session=False))
    )


KINDS: dict[str, tuple[str, Clear]] = {  # kind in the audit → the setting with its days, and what is done
    "letters": ("letters", letters),
    "questions": ("questions", questions),
    "attendance": ("attendance", attendance),
    "appointments": ("attendance", appointments),
    "messages": ("messages", messages),
    "words": ("messages", words),
    "arrivals": ("arrivals", arrivals),
    "traces of arrivals": ("traces", heard),
    "traces of messages": ("traces", said),
    "strays": ("arrivals", strays),
    "strangers": ("strangers", strangers),
    "unreachable": ("unreachable", unreachable),
    "cohorts": ("cohort", cohort),
    "audit": ("audit", audit),
    "erasures": ("audit", erasures),
}
