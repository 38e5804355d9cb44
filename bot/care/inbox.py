"""The inbox: a mother's question reaches her coordinators, a person's answer reaches her. Never with her telephone number.

A question is open until somebody answers it (answered) or says that none is needed (closed).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update

from bot.care import hush, inbox_alarm, inbox_people, outbox, own_words, ready_answers, render, tell
from bot.care.content import Content
from bot.care.inbox_people import ABOUT, line, mark, name, parts, people_for, put_in_chat, tell_others, title
from bot.db.inbox_models import Interpreting
from bot.db.models import Delivery, Group, Media, Mother, Question, QuestionPart, Staff, StaffGroup
from bot.db.session import Session, wake
from bot.flow.model import Say
from bot.messages import Heard, Utterance

__all__ = ["ABOUT", "ANSWER", "CHANGED", "parts", "people_for", "title"]
ANSWER = "answer"
CHANGED = "inbox"  # woken with every change, for pages that show it live


async def ask(
    session: Session,
    mother: Mother,
    heard: Heard,
    media: Media | None,
    now: dt.datetime,
    urgent: bool = False,
    topic: tuple[str, str] = ("", ""),
    quietly: bool = False,
) -> Question:
    """Writes down what she asks, added to her open question when she has one, and puts it in the chats of her staff.

    heard: text, voice or photo; its file lies in `media`. An urgent word makes the whole question urgent.
    topic: the answer of ours that made her ask (its id and Dutch label), when she came from one.
    quietly: what is added to an open question is seen at the desk, and not told in a chat.
    """
    question = await _open_of(session, mother)
    first = question is None
    if question is None:
        lang, group = mother.lang or "nl", mother.group_id
        question = Question(mother_id=mother.id, group_id=group, lang=lang, state="open", created_at=now)
        session.add(question)
    question.urgent = bool(question.urgent or urgent)
    await session.flush()
    await inbox_alarm.mark(session, question, topic[0], now)
    kind = media.kind if media else "text"
    part = QuestionPart(
        question_id=question.id,
        by="mother",
        kind=kind,
        text=heard.text,
        media_id=media.id if media else None,
        created_at=now,
    )
    session.add(part)
    await session.flush()
    wake(session, CHANGED)
    opening = title(question, mother) if first else f"{mark(question)}{name(mother)} zegt er nog iets bij."
    opening += f"\nZe luisterde net naar “{topic[1]}”." if topic[1] else ""
    for person in await people_for(session, question, now) if first or not quietly else ():
        await put_in_chat(session, question, person, opening, [part], now, key=f"question:{question.id}:{part.id}")
    return question


async def answer(
    session: Session,
    content: Content,
    staff: Staff,
    question: Question,
    *,
    text: str = "",
    media: Media | None = None,
    now: dt.datetime,
    more: bool = False,
    ready: str = "",
) -> str:
    """ "ok" or "already". One transaction: it is answered, and the answer lies in her outbox.

    ready: a topic of the fact base, whose answer she hears in her own language instead of words of staff. Of two people who answer at once the second one hears "already", and may add it all the same with `more`.
    """
    claim = update(Question).where(Question.id == question.id, Question.state == "open")
    done = await session.execute(claim.values(state="answered", answered_by=staff.id, answered_at=now))
    await session.refresh(question)
    first = tell.rows(done) == 1
    if not first and not more:
        return "already"
    if question.state == "closed":  # "no answer needed", and now there is one
        question.state, question.answered_by, question.answered_at = "answered", staff.id, now
    wake(session, CHANGED)
    part = QuestionPart(
        question_id=question.id,
        by="staff",
        staff_id=staff.id,
        kind="topic" if ready else media.kind if media else "text",
        text=ready or text,
        media_id=media.id if media else None,
        created_at=now,
    )
    session.add(part)
    await session.flush()
    mother = await session.get_one(Mother, question.mother_id)
    await _to_mother(session, content, staff, mother, question, part, media, now)
    await _interpreted(session, staff, question, now)
    said = f"✅ Vraag van {name(mother)}: beantwoord door {staff.name}."
    text = f"Klaar antwoord: {ready_answers.label(content, ready)}" if ready else text
    await tell_others(session, question, staff, f"{said}\n“{text}”" if text else said, f"answered:{part.id}", now)
    return "ok"


async def no_reply(session: Session, staff: Staff, question: Question, now: dt.datetime) -> bool:
    """Closes a question that needs no answer ("dank je!"). She hears nothing more: she was told that she is heard.

    False when somebody else answered or closed it already.
    """
    claim = update(Question).where(Question.id == question.id, Question.state == "open")
    done = await session.execute(claim.values(state="closed", answered_by=staff.id, answered_at=now))
    await session.refresh(question)
    if tell.rows(done) == 0:
        return False
    wake(session, CHANGED)
    mother = await session.get_one(Mother, question.mother_id)
    said = f"Bericht van {name(mother)}: geen antwoord nodig, zegt {staff.name}."
    await tell_others(session, question, staff, said, f"closed:{question.id}:{int(now.timestamp())}", now)
    return True


async def open_again(session: Session, question: Question) -> None:
    """Takes an answer or a "no reply needed" back into the list of open questions."""
    question.state, question.answered_by, question.answered_at = "open", None, None
    wake(session, CHANGED)
    await session.flush()


async def hand_over(session: Session, staff: Staff, question: Question, colleague: Staff, now: dt.datetime) -> None:
    """Gives a question to a colleague, who sees first name, language and question, nothing more."""
    question.assigned_to = colleague.id
    wake(session, CHANGED)
    await session.flush()
    mother = await session.get_one(Mother, question.mother_id)
    opening = f"{staff.name} geeft deze vraag aan jou.\n{title(question, mother)}"
    stamp = f"handed:{question.id}:{int(now.timestamp())}"
    await put_in_chat(session, question, colleague, opening, await parts(session, question), now, key=stamp)
    said = f"Vraag van {name(mother)}: {staff.name} gaf ze door aan {colleague.name}."
    await tell_others(session, question, staff, said, stamp, now, but=colleague.id)


async def ask_interpreters(session: Session, staff: Staff, question: Question, now: dt.datetime) -> list[Staff]:
    """Shows it to everybody of her house who speaks her language; who replies first answers her. Empty: there is nobody."""
    found = await inbox_people.interpreters(session, question.group_id, question.lang, but=staff.id)
    waiting = select(Interpreting.id).where(Interpreting.question_id == question.id, Interpreting.answered_at.is_(None))
    if not found or question.state != "open" or await session.scalar(waiting.limit(1)):
        return found
    asked = Interpreting(question_id=question.id, lang=question.lang, asked_by=staff.id, created_at=now)
    session.add(asked)
    await session.flush()
    wake(session, CHANGED)
    mother = await session.get_one(Mother, question.mother_id)
    opening = (
        f"{staff.name} vraagt jou als tolk ({tell.language(question.lang)}). Houd het bericht vast, kies “Beantwoorden” "
        f"en spreek in: {name(mother)} hoort jouw stem.\n{title(question, mother)}"
    )
    for person in found:
        said = await parts(session, question)
        await put_in_chat(session, question, person, opening, said, now, key=f"interpret:{asked.id}")
    return found


async def on_lost(session: Session, delivery: Delivery, now: dt.datetime) -> None:
    """An answer did not get through: the question is open again, and staff hear that and why, once.

    For the sender, which calls it with every delivery that failed for good, in the transaction that notes the failure.
    """
    if delivery.about != ANSWER or delivery.about_id is None:
        return
    question = await session.get(Question, delivery.about_id)
    if question is None:
        return
    await open_again(session, question)
    mother = await session.get_one(Mother, question.mother_id)
    gone = mother.unreachable_at is not None
    why = "Ze heeft de bot afgezet. Bel haar, of spreek haar aan in de groep." if gone else f"Reden: {delivery.error}"
    text = f"⚠️ Het antwoord aan {name(mother)} is niet aangekomen. {why}\nDe vraag staat weer open."
    part = delivery.unique_key.split(":")[1]  # one answer is several deliveries
    for person in await people_for(session, question, now):
        await line(session, question, person, text, f"lost:{part}:{person.id}", now)


async def show(session: Session, staff: Staff, question: Question, now: dt.datetime, key: str) -> None:
    """Puts a whole question into the chat of one person once more."""
    mother = await session.get_one(Mother, question.mother_id)
    await put_in_chat(session, question, staff, title(question, mother), await parts(session, question), now, key=key)


async def open_ones(session: Session, staff: Staff, group_ids: list[int]) -> list[Question]:
    """Open questions for this person: urgent ones on top, then the oldest first. Mothers of a group that ended go on asking."""
    ended = select(StaffGroup.group_id).join(Group, Group.id == StaffGroup.group_id)
    ended = ended.join(Staff, Staff.id == StaffGroup.staff_id).where(StaffGroup.staff_id == staff.id)
    ended = ended.where(Group.closed_at.is_not(None), func.coalesce(StaffGroup.role, Staff.role).in_(tell.ANSWERING))
    mine = (
        Question.group_id.in_(ended)
        | Question.group_id.in_(group_ids)
        | (Question.assigned_to == staff.id)
        | Question.group_id.is_(None)
    )
    query = select(Question).where(Question.state == "open", mine)
    return list(await session.scalars(query.order_by(Question.urgent.desc(), Question.created_at, Question.id)))


async def _open_of(session: Session, mother: Mother) -> Question | None:
    query = select(Question).where(Question.mother_id == mother.id, Question.state == "open").order_by(Question.id)
    return (await session.scalars(query.limit(1))).first()


async def _to_mother(
    session: Session,
    content: Content,
    staff: Staff,
    mother: Mother,
    question: Question,
    part: QuestionPart,
    media: Media | None,
    now: dt.datetime,
) -> None:
    """A line in her language that a person answers her, then that person's own words, or an answer of the house in her language."""
    say = Say("ask.answer", {"name": staff.name})
    opening = render.utterances(content, mother.lang or "nl", say, now, voice_lang=mother.voice_lang)
    if part.kind == "topic":
        group = await session.get(Group, mother.group_id) if mother.group_id else None
        words = ready_answers.utterances(content, part.text, mother.lang or "nl", group, now, mother.voice_lang)
    else:
        words = own_words.utterances(part.text, media)
    said: list[Utterance] = [*opening, *words]
    said = said if question.urgent else await hush.hushed(session, mother, said, now)
    for n, thing in enumerate(said):
        await outbox.put(
            session,
            mother.chat_id,
            thing,
            key=f"answer:{part.id}:{n}",
            now=now,
            mother_id=mother.id,
            about=ANSWER,
            about_id=question.id,
        )


async def _interpreted(session: Session, staff: Staff, question: Question, now: dt.datetime) -> None:
    """When the interpreters were asked: this is who did it, whoever it was."""
    waiting = update(Interpreting).where(Interpreting.question_id == question.id, Interpreting.answered_at.is_(None))
    await session.execute(waiting.values(answered_by=staff.id, answered_at=now))
