"""Plain taps: many at once are answered exactly as each would be alone, and whatever does more than say something is left alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from bot.care import taps
from bot.care.content import Content
from bot.care.conversation import handle
from bot.db.models import Arrival, Delivery, Mother
from bot.db.session import Session
from bot.messages import Heard, Utterance, from_json
from tests.care.conftest import NOON, Cast, make_group, make_mother, make_staff

NUMBERS = iter(range(1, 1_000_000))
PLAIN = ("faq", "ask", "settings", "sos", "@home", "@again", "@dutch", "@person")


async def arrived(session: Session, chat_id: int, data: str = "") -> Arrival:
    number = next(NUMBERS)
    row = Arrival(channel="t", update_id=number, chat_id=chat_id, raw={}, received_at=NOON, due_at=NOON, tries=1)
    session.add(row)
    await session.flush()
    return row


async def member(session: Session, content: Content, lang: str, group_id: int) -> Mother:
    """A member who stands at home, with the menu on her phone."""
    mother = await make_mother(session, "Amina", lang, status="member", consented_at=NOON, group_id=group_id)
    arrival = await arrived(session, mother.chat_id)
    await handle(session, content, arrival, Heard("start", mother.chat_id, payload=""), {}, NOON)
    await session.flush()
    return mother


async def said(session: Session, mother: Mother) -> list[Delivery]:
    rows = select(Delivery).where(Delivery.chat_id == mother.chat_id).order_by(Delivery.id)
    return list(await session.scalars(rows.execution_options(populate_existing=True)))


async def press(session: Session, mother: Mother, choice: str) -> Heard:
    """Her tap on the newest button of this choice."""
    for delivery in reversed(await said(session, mother)):
        shown = [b for row in from_json(Utterance, delivery.utterance).buttons for b in row]
        for index, one in enumerate(shown):
            if one.to.get("choice") == choice:
                return Heard("press", mother.chat_id, data=f"{delivery.token}:{index}", callback_id="7")
    raise AssertionError(f"There is no button “{choice}”.")


async def state(session: Session, mother: Mother) -> list[Any]:
    """All that a tap may change of her, without numbers and tokens."""
    await session.flush()
    rows = [
        (d.utterance, d.priority, d.about, d.state, d.answered_at, d.expires_at) for d in await said(session, mother)
    ]
    return [rows, mother.place, mother.said, mother.last_heard_at, mother.status]


@pytest.mark.parametrize("lang", ["nl", "ar"])
async def test_taps_in_company_are_answered_as_each_would_be_alone(
    session: Session, content: Content, lang: str
) -> None:
    group = await make_group(session)
    alone = {
        choice: await member(session, content, lang, group.id) for choice in PLAIN if lang != "nl" or choice != "@dutch"
    }
    company = {choice: await member(session, content, lang, group.id) for choice in alone}
    later = NOON + dt.timedelta(minutes=3)
    for choice, mother in alone.items():
        heard, arrival = await press(session, mother, choice), await arrived(session, mother.chat_id)
        from bot.care import outbox

        await outbox.pressed(session, mother.chat_id, heard.data, later)
        await handle(session, content, arrival, heard, {}, later)
    tapped = {
        (await arrived(session, mother.chat_id)).id: await press(session, mother, choice)
        for choice, mother in company.items()
    }
    assert await taps.answer(session, tapped, later, content=content) == set(tapped)
    for choice in alone:
        assert await state(session, company[choice]) == await state(session, alone[choice]), choice


async def test_what_does_more_than_say_something_is_left_for_the_conversation(cast: Cast, content: Content) -> None:
    session = cast.session
    mother = await member(session, content, "nl", cast.group.id)
    before = await state(session, mother)
    meeting = await press(session, mother, "meeting")
    number = (await arrived(session, mother.chat_id)).id
    assert await taps.answer(session, {number: meeting}, NOON, content=content) == set()
    rows, *place = await state(session, mother)
    assert place == before[1:]
    assert len(rows) == len(before[0])


async def test_only_members_and_their_own_buttons_are_answered(session: Session, content: Content) -> None:
    group = await make_group(session)
    mother, other, gone, new = [await member(session, content, "nl", group.id) for _ in range(4)]
    gone.status, new.consented_at = "stopped", None
    colleague = await member(session, content, "nl", group.id)
    (await make_staff(session, "Rose", "coordinator", group)).chat_id = colleague.chat_id
    await session.flush()
    hers = await press(session, other, "faq")
    stolen = Heard("press", mother.chat_id, data=hers.data, callback_id="7")
    heards = [
        stolen,
        await press(session, gone, "faq"),
        await press(session, new, "faq"),
        await press(session, colleague, "faq"),
    ]
    heards.append(Heard("press", other.chat_id, data="nonsense", callback_id="7"))
    tapped = {(await arrived(session, heard.chat_id)).id: heard for heard in heards}
    assert await taps.answer(session, tapped, NOON, content=content) == set()
    assert [d.answered_at for d in await said(session, other)] == [None] * len(await said(session, other))
