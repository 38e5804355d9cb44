"""After a meeting who leads the group is asked once how many came; two taps write down two numbers."""

from __future__ import annotations

from sqlalchemy import select

from bot.care import meetings, reminders
from bot.care.desk.came_page import ask_one
from bot.db.calendar_models import Attendance
from bot.messages import Utterance
from tests.care.conftest import NOON, Cast, said_to, wall

AFTER = wall("2026-11-26 11:35")


async def asked(cast: Cast, chat: int | None) -> list[Utterance]:
    while await ask_one(cast.session, cast.content, AFTER):
        pass
    return [u for u in await said_to(cast.session, chat) if "Hoeveel mama’s" in u.text]


def labels(said: Utterance) -> list[str]:
    return [button.label for row in said.buttons for button in row]


async def test_who_leads_is_asked_once_and_two_taps_note_it(cast: Cast) -> None:
    await reminders.answer(cast.session, cast.amina, cast.next[0].id, "come", NOON, 2)
    (question,) = await asked(cast, cast.rose.chat_id)
    assert labels(question)[0] == "Zoals verwacht: 👩 1 🧒 2"
    assert await asked(cast, cast.vera.chat_id) == []
    assert len(await asked(cast, cast.rose.chat_id)) == 1
    (children,) = await cast.taps(cast.rose, "6", now=AFTER)
    assert "hoeveel kinderen" in children.text
    await cast.taps(cast.rose, "8", now=AFTER)
    (row,) = await cast.session.scalars(select(Attendance))
    assert (row.meeting_id, row.mothers, row.children, row.staff_id) == (cast.next[0].id, 6, 8, cast.rose.id)


async def test_as_expected_is_one_tap(cast: Cast) -> None:
    await reminders.answer(cast.session, cast.amina, cast.next[0].id, "come", NOON, 2)
    await asked(cast, cast.rose.chat_id)
    (said,) = await cast.taps(cast.rose, "Zoals verwacht: 👩 1 🧒 2", now=AFTER)
    assert "Genoteerd: 👩 1 🧒 2" in said.text


async def test_nobody_came_asks_for_no_children(cast: Cast) -> None:
    await asked(cast, cast.rose.chat_id)
    (said,) = await cast.taps(cast.rose, "0", now=AFTER)
    assert "Genoteerd: 👩 0 🧒 0" in said.text


async def test_a_cancelled_meeting_and_one_of_yesterday_are_not_asked_about(cast: Cast) -> None:
    await meetings.cancel(cast.session, cast.next[0], NOON)
    assert await asked(cast, cast.rose.chat_id) == []
    assert not await ask_one(cast.session, cast.content, wall("2026-12-01 18:00"))
