"""Events, further: put right without losing who comes, never asked when answering is over; and a voice that comes too late."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from bot.care import announcement_plans, announcement_voices, announcements, events
from bot.db.inbox_models import AnnouncementVoice, Event
from bot.db.models import Announcement
from tests.care.conftest import NOON, Cast, make_media, said_to, wall, words_to
from tests.care.test_announce_more import THURSDAY, fan_out, fire, own, party, plans, says

AFTER = wall("2026-11-26 08:00")  # the last day to answer was Wednesday


async def answers(cast: Cast, made: Announcement) -> tuple[list[str], list[str]]:
    """The names of who comes and of who is silent."""
    found = await events.coming(cast.session, made)
    assert found is not None
    return [m.first_name for m in found.come], [m.first_name for m in found.silent]


async def put_right(cast: Cast, old: Announcement, now: dt.datetime = NOON, **slots: str) -> Announcement:
    new = await announcements.correction(cast.session, old, cast.rose, now)
    new.slots = {**new.slots, **slots}
    await events.fit(cast.session, new, old.slots, now)
    await announcements.send(cast.session, new, now)
    await fan_out(cast, now)
    await cast.deliver()
    return new


async def test_who_said_she_comes_still_comes_after_a_correction_and_the_silent_are_asked(cast: Cast) -> None:
    old = await party(cast)
    await says(cast, cast.amina, old, "come")
    new = await put_right(cast, old, place="De Kring")
    assert await answers(cast, new) == (["Amina"], ["Fatou"])
    assert await says(cast, cast.fatou, new, "come") == "ok"
    assert await says(cast, cast.amina, new, "cannot") == "ok"  # she may think again
    assert await answers(cast, new) == (["Fatou"], [])


async def test_the_question_of_what_was_not_right_leaves_the_chats_and_is_not_asked_again(cast: Cast) -> None:
    old = await party(cast)
    new = await put_right(cast, old, place="De Kring")
    assert await fire(cast, NOON + dt.timedelta(minutes=1)) == 2
    orders = [u for u in await said_to(cast.session, cast.amina.chat_id, "open") if u.kind == "unsay"]
    assert len(orders) == 1
    assert await says(cast, cast.amina, old, "come") == "gone"
    assert await fire(cast, wall("2026-11-24 18:31")) == 1, "only the new question is asked again"
    assert (await cast.session.get_one(Event, new.id)).nudge_at is None


async def test_on_another_moment_everybody_is_asked_anew(cast: Cast) -> None:
    old = await party(cast)
    await says(cast, cast.amina, old, "come")
    new = await put_right(cast, old, time="14:00")
    assert await answers(cast, new) == ([], ["Amina", "Fatou"])


async def test_an_earlier_day_brings_the_last_day_to_answer_forward(cast: Cast) -> None:
    new = await put_right(cast, await party(cast), day="2026-11-24", time="19:00")
    assert events.last_day(await cast.session.get_one(Event, new.id)) == dt.date(2026, 11, 24)


async def test_put_right_after_the_last_day_keeps_who_comes_and_asks_nothing(cast: Cast) -> None:
    old = await party(cast)
    await says(cast, cast.amina, old, "come")
    before = len(await said_to(cast.session, cast.fatou.chat_id))
    new = await put_right(cast, old, AFTER, place="De Kring")
    assert await answers(cast, new) == (["Amina"], ["Fatou"])
    assert not any(u.asks for u in (await said_to(cast.session, cast.fatou.chat_id))[before:])


async def test_after_it_was_taken_back_the_question_leaves_the_chats_too(cast: Cast) -> None:
    made = await party(cast)
    await announcements.withdraw(cast.session, made, NOON, cast.rose)
    assert await fire(cast, NOON + dt.timedelta(minutes=1)) == 2


async def test_it_is_not_planned_for_after_the_last_day_to_answer(cast: Cast) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    await events.add(cast.session, made, THURSDAY - dt.timedelta(days=1), NOON)
    with pytest.raises(ValueError, match="laatste dag om te antwoorden"):
        await announcement_plans.plan(cast.session, made, AFTER, NOON)
    assert made.state == "draft"
    assert await announcement_plans.plan(cast.session, made, wall("2026-11-25 20:00"), NOON)


async def test_after_a_power_cut_nobody_hears_of_a_feast_to_which_answering_is_over(cast: Cast) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    await events.add(cast.session, made, THURSDAY - dt.timedelta(days=1), NOON)
    await announcement_plans.plan(cast.session, made, wall("2026-11-25 10:00"), NOON)
    assert await plans(cast, AFTER) == 1
    assert made.state == "stopped"
    assert "de laatste dag om te antwoorden is voorbij" in await words_to(cast.session, cast.rose.chat_id)


async def test_a_voice_that_was_recorded_while_a_colleague_sent_is_not_kept(cast: Cast) -> None:
    made = await own(cast)
    sent = update(Announcement).where(Announcement.id == made.id).values(state="sending")
    await cast.session.execute(sent.execution_options(synchronize_session=False))
    assert made.state == "draft", "this is what she still sees"
    media = await make_media(cast.session)
    assert not await announcement_voices.keep(cast.session, made, "ar", cast.els, "", media, NOON)
    assert await cast.session.scalar(select(AnnouncementVoice.lang)) is None


async def test_who_does_not_know_yet_is_asked_once_more_and_not_reminded(cast: Cast) -> None:
    made = await party(cast)
    assert [await says(cast, mother, made, "maybe") for mother in (cast.amina, cast.fatou)] == ["ok", "ok"]
    found = await events.coming(cast.session, made)
    assert found is not None
    assert ([m.first_name for m in found.maybe], found.silent) == (["Amina", "Fatou"], [])
    before = len(await said_to(cast.session, cast.fatou.chat_id))
    await fire(cast, wall("2026-11-24 18:31"))
    again = await said_to(cast.session, cast.fatou.chat_id)
    assert any(u.asks for u in again[before:])
    await fire(cast, wall("2026-11-25 18:31"))
    assert len(await said_to(cast.session, cast.fatou.chat_id)) == len(again)
