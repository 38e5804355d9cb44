"""A question told on without a name (F08): she hears her own words, says yes or no with one tap, and can always change it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from bot.care import examples, inbox, privacy
from bot.care.examples import NO, YES
from bot.db.inbox_models import Example
from bot.db.models import Delivery, Mother, Question
from bot.messages import Heard
from tests.care.conftest import NOON, Cast, said_to
from tests.given.house import House, Person, World, welcome

WORDS = "Een mama zoekt opvang terwijl ze les volgt."
EVER = (NOON - dt.timedelta(days=300), NOON + dt.timedelta(days=300))


async def question_of(cast: Cast, text: str = "Wie past op terwijl ik les heb?", urgent: bool = False) -> Question:
    heard = Heard("text", cast.fatou.chat_id, text=text)
    return await inbox.ask(cast.session, cast.fatou, heard, None, NOON, urgent=urgent)


async def asked(cast: Cast) -> Example:
    made = await examples.ask(cast.session, cast.content, await question_of(cast), WORDS, cast.rose, NOON)
    assert made is not None
    return made


async def told(cast: Cast) -> list[str]:
    return [one.text for one in await examples.told(cast.session, cast.group.id, *EVER)]


async def test_she_hears_her_own_question_before_she_is_asked(cast: Cast) -> None:
    await asked(cast)
    said = [u for u in await said_to(cast.session, cast.fatou.chat_id) if u.voice]
    assert said[-2].text == "Wie past op terwijl ik les heb?"
    assert said[-1].text.startswith("C’est ta question.")
    assert WORDS not in " ".join(u.text for u in said)


async def test_only_what_she_allowed_is_told_and_a_no_wipes_it(cast: Cast) -> None:
    made = await asked(cast)
    assert await told(cast) == []
    assert await examples.answer(cast.session, cast.fatou, made.id, True, NOON)
    assert await told(cast) == [WORDS]
    assert await examples.answer(cast.session, cast.fatou, made.id, False, NOON)
    assert await told(cast) == []
    assert (made.consent, made.text) == (NO, "")
    assert not await examples.answer(cast.session, cast.fatou, made.id, True, NOON)


async def test_nobody_else_can_say_yes_for_her(cast: Cast) -> None:
    made = await asked(cast)
    assert not await examples.answer(cast.session, cast.amina, made.id, True, NOON)
    assert await told(cast) == []


async def test_she_is_asked_once_and_never_about_an_urgent_question(cast: Cast) -> None:
    made = await asked(cast)
    question = await cast.session.get_one(Question, made.question_id)
    assert await examples.ask(cast.session, cast.content, question, WORDS, cast.rose, NOON) is None
    question.state = "answered"
    urgent = await question_of(cast, "help", urgent=True)
    assert await examples.ask(cast.session, cast.content, urgent, WORDS, cast.rose, NOON) is None


async def test_a_colleague_can_take_it_back_before_she_heard_it(cast: Cast) -> None:
    made = await asked(cast)
    question = await cast.session.get_one(Question, made.question_id)
    assert await examples.take_back(cast.session, question, NOON)
    states = await cast.session.scalars(select(Delivery.state).where(Delivery.about == examples.ABOUT))
    assert set(states) == {"cancelled"}
    assert not await examples.take_back(cast.session, question, NOON)


async def test_not_in_her_quiet_hours(cast: Cast) -> None:
    night = NOON.replace(hour=22)
    await examples.ask(cast.session, cast.content, await question_of(cast), WORDS, cast.rose, night)
    due = await cast.session.scalars(select(Delivery.due_at).where(Delivery.about == examples.ABOUT))
    assert all(at > night + dt.timedelta(hours=6) for at in due)


async def test_forget_me_takes_it_out_of_the_report(cast: Cast) -> None:
    made = await asked(cast)
    await examples.answer(cast.session, cast.fatou, made.id, True, NOON)
    await privacy.forget(cast.session, cast.fatou, NOON)
    assert await told(cast) == []
    assert list(await cast.session.scalars(select(Example))) == []


async def test_she_taps_yes_and_later_no(world: World, house: House, fatou: Person) -> None:
    await welcome(fatou, house)
    async with world.db.begin() as session:
        mother = (await session.scalars(select(Mother).where(Mother.chat_id == fatou.chat_id))).one()
        question = await inbox.ask(session, mother, Heard("text", fatou.chat_id, text="Opvang?"), None, world.now)
        await examples.ask(session, world.content, question, WORDS, None, world.now)
        consent = select(Example.consent)
    await fatou.listen()
    await fatou.tap("agree")
    assert (await fatou.place()).step == "example.told"
    async with world.db.begin() as session:
        assert await session.scalar(consent) == YES
    await fatou.tap("stop")
    assert (await fatou.place()).step == "example.kept"
    async with world.db.begin() as session:
        assert await session.scalar(consent) == NO
