"""The inbox: a mother's question reaches her coordinators, a person's answer reaches her. Never with her telephone number.

A question is open until somebody answers it (answered) or says that none is needed (closed).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from bot.care import outbox, own_words, render, tell
from bot.care.content import Content
from bot.db.models import Delivery, Media, Mother, Question, QuestionPart, Staff
from bot.db.session import Session, wake
from bot.flow.model import Say
from bot.messages import Button, Heard, Utterance

ABOUT, ANSWER = "question", "answer"
CHANGED = "inbox"  # woken with every change, for pages that show it live


async def ask(
    session: Session,
    mother: Mother,
    heard: Heard,
    media: Media | None,
    now: dt.datetime,
    urgent: bool = False,
) -> Question:
    """Writes down what she asks, added to her open question when she has one, and puts it in the chats of her staff.

    heard: text, voice or photo; its file lies in `media`. An urgent word makes the whole question urgent.
    """
    question = await _open_of(session, mother)
    first = question is None
    if question is None:
        lang, group = mother.lang or "nl", mother.group_id
        question = Question(mother_id=mother.id, group_id=group, lang=lang, state="open", created_at=now)
        session.add(question)
    question.urgent = bool(question.urgent or urgent)
    await session.flush()
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
    opening = title(question, mother) if first else f"{_mark(question)}{_name(mother)} zegt er nog iets bij."
    for person in await people_for(session, question):
        await _show(session, question, person, opening, [part], now, key=f"question:{question.id}:{part.id}")
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
) -> str:
    """ "ok" or "already". One transaction: it is answered, and the answer lies in her outbox.

    Of two people who answer at once the second one hears "already", and may add it all the same with `more`.
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
        kind=media.kind if media else "text",
        text=text,
        media_id=media.id if media else None,
        created_at=now,
    )
    session.add(part)
    await session.flush()
    mother = await session.get_one(Mother, question.mother_id)
    await _to_mother(session, content, staff, mother, question, part, media, now)
    said = f"✅ Vraag van {_name(mother)}: beantwoord door {staff.name}."
    await _tell_others(session, question, staff, f"{said}\n“{text}”" if text else said, f"answered:{part.id}", now)
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
    said = f"Bericht van {_name(mother)}: geen antwoord nodig, zegt {staff.name}."
    await _tell_others(session, question, staff, said, f"closed:{question.id}:{int(now.timestamp())}", now)
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
    await _show(session, question, colleague, opening, await parts(session, question), now, key=stamp)
    said = f"Vraag van {_name(mother)}: {staff.name} gaf ze door aan {colleague.name}."
    await _tell_others(session, question, staff, said, stamp, now, but=colleague.id)


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
    text = f"⚠️ Het antwoord aan {_name(mother)} is niet aangekomen. {why}\nDe vraag staat weer open."
    part = delivery.unique_key.split(":")[1]  # one answer is several deliveries
    for person in await people_for(session, question):
        await _line(session, question, person, text, f"lost:{part}:{person.id}", now)


async def show(session: Session, staff: Staff, question: Question, now: dt.datetime, key: str) -> None:
    """Puts a whole question into the chat of one person once more."""
    mother = await session.get_one(Mother, question.mother_id)
    await _show(session, question, staff, title(question, mother), await parts(session, question), now, key=key)


async def open_ones(session: Session, staff: Staff, group_ids: list[int]) -> list[Question]:
    """Open questions for this person: urgent ones on top, then the oldest first."""
    mine = Question.group_id.in_(group_ids) | (Question.assigned_to == staff.id) | Question.group_id.is_(None)
    query = select(Question).where(Question.state == "open", mine)
    return list(await session.scalars(query.order_by(Question.urgent.desc(), Question.created_at, Question.id)))


async def parts(session: Session, question: Question, by: str = "mother") -> list[QuestionPart]:
    """What was said, in order."""
    query = select(QuestionPart).where(QuestionPart.question_id == question.id, QuestionPart.by == by)
    return list(await session.scalars(query.order_by(QuestionPart.id)))


def title(question: Question, mother: Mother) -> str:
    """ "Vraag van Amina (Arabisch)", with a red mark when it is urgent."""
    return f"{_mark(question)}Vraag van {_name(mother)} ({tell.language(question.lang)})"


def buttons(question: Question) -> tuple[tuple[Button, ...], ...]:
    """What staff can tap below a question; answering needs no button: it is a reply."""
    none = Button("Geen antwoord nodig", {"desk": "no_reply", "question": question.id})
    return ((none, Button("Doorgeven", {"desk": "hand_over", "question": question.id})),)


def _mark(question: Question) -> str:
    return "🔴 DRINGEND. " if question.urgent else ""


def _name(mother: Mother) -> str:
    return mother.first_name or "een moeder"


async def _open_of(session: Session, mother: Mother) -> Question | None:
    query = select(Question).where(Question.mother_id == mother.id, Question.state == "open").order_by(Question.id)
    return (await session.scalars(query.limit(1))).first()


async def people_for(session: Session, question: Question) -> list[Staff]:
    """Who may answer: the coordinators and guides of her group (of any, when there are none), and who it was handed to."""
    people = await tell.of_group(session, question.group_id, anywhere=True)
    handed = await session.get(Staff, question.assigned_to) if question.assigned_to else None
    if handed is not None and handed.chat_id is not None and handed.id not in [p.id for p in people]:
        people.append(handed)
    return people


async def _show(
    session: Session,
    question: Question,
    person: Staff,
    opening: str,
    said: list[QuestionPart],
    now: dt.datetime,
    key: str,
) -> None:
    words = "\n".join(f"“{p.text}”" for p in said if p.kind == "text" and p.text)
    await _line(session, question, person, f"{opening}\n{words}" if words else opening, f"{key}:{person.id}:0", now)
    for n, part in enumerate((p for p in said if p.media_id), start=1):
        media = await session.get(Media, part.media_id)
        if media is not None and person.chat_id is not None:
            for thing in own_words.recording(part.text, media):
                await outbox.put(
                    session,
                    person.chat_id,
                    thing,
                    key=f"{key}:{person.id}:{n}",
                    now=now,
                    about=ABOUT,
                    about_id=question.id,
                )


async def _line(session: Session, question: Question, person: Staff, text: str, key: str, now: dt.datetime) -> None:
    if person.chat_id is None:
        return
    said = tell.line(text, buttons(question) if question.state == "open" else ())
    await outbox.put(session, person.chat_id, said, key=key, now=now, about=ABOUT, about_id=question.id)


async def _tell_others(
    session: Session, question: Question, by: Staff, text: str, key: str, now: dt.datetime, but: int | None = None
) -> None:
    for person in await people_for(session, question):
        if person.id not in (by.id, but) and person.chat_id is not None:
            reply_to = await _message_of(session, person.chat_id, question)
            said = tell.line(text, reply_to=reply_to)
            await outbox.put(
                session, person.chat_id, said, key=f"{key}:{person.id}", now=now, about=ABOUT, about_id=question.id
            )


async def _message_of(session: Session, chat_id: int, question: Question) -> int | None:
    """The message in this chat that showed the question first, so that what comes of it hangs below it."""
    query = select(Delivery.message_id).where(
        Delivery.chat_id == chat_id,
        Delivery.about == ABOUT,
        Delivery.about_id == question.id,
        Delivery.message_id.is_not(None),
    )
    return (await session.scalars(query.order_by(Delivery.id).limit(1))).first()


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
    """A line in her language that a person answers her, then that person's own words."""
    say = Say("ask.answer", {"name": staff.name})
    opening = render.utterances(content, mother.lang or "nl", say, now, voice_lang=mother.voice_lang)
    said: list[Utterance] = [*opening, *own_words.utterances(part.text, media)]
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
