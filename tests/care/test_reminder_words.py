"""What is due soon is known before: each reminder once, word for word as it will be said."""

from __future__ import annotations

import datetime as dt

from bot.care import reminder_words, reminders
from bot.care.content import Content
from bot.messages import Voice
from tests.care.conftest import NOON, Cast, Fire, make_mother, said_to, wall

EVENING, MORNING = wall("2026-11-25 18:30"), wall("2026-11-26 07:45")
FIVE = dt.timedelta(minutes=5)


async def voices(cast: Cast, content: Content, now: dt.datetime) -> list[Voice]:
    """What would be spoken ahead at this moment."""
    return [said.voice for said in await reminder_words.soon(cast.session, content, now) if said.voice]


async def test_five_minutes_before_the_same_words_are_known_as_she_hears_at_the_moment_itself(
    cast: Cast, content: Content, fire: Fire
) -> None:
    for moment in (EVENING, MORNING):
        heard_before = {
            mother.chat_id: len(await said_to(cast.session, mother.chat_id)) for mother in (cast.amina, cast.fatou)
        }
        ahead = await voices(cast, content, moment - FIVE)
        assert {voice.lang for voice in ahead} == {"ar", "fr"}
        await fire(moment)
        for mother in (cast.amina, cast.fatou):
            new = (await said_to(cast.session, mother.chat_id))[heard_before[mother.chat_id] :]
            said = [one.voice for one in new if one.voice]
            assert said
            assert all(voice in ahead for voice in said)


async def test_what_is_not_due_soon_is_left_and_what_was_said_too(cast: Cast, content: Content, fire: Fire) -> None:
    assert await voices(cast, content, EVENING - dt.timedelta(minutes=11)) == []
    await fire(EVENING)
    assert await voices(cast, content, EVENING) == []


async def test_mothers_who_hear_the_same_are_spoken_to_with_one_voice(cast: Cast, content: Content) -> None:
    for variant in (None, None, "ary"):
        nour = await make_mother(
            cast.session, "Nour", "ar", status="member", group_id=cast.group.id, voice_lang=variant
        )
        await reminders.plan(cast.session, cast.group, NOON, nour)
    languages = [voice.lang for voice in await voices(cast, content, EVENING - FIVE)]
    assert sorted(languages) == [
        "ar",
        "ar",
        "fr",
    ]  # of Moroccan there is no recording: each its own wish, the same words
