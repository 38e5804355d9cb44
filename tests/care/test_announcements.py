"""Announcements: looked at per language, sent in batches to whom it concerns, stopped, taken back, counted."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bot.care import announcements, meetings
from bot.care.content import Content
from bot.db.models import Announcement, Delivery
from bot.db.session import Database
from tests.care.conftest import NOON, Cast, make_group, make_media, make_mother, said_to, wall, words_to


async def fan_out(cast: Cast, now: dt.datetime = NOON) -> None:
    while await announcements.fan_out_one(cast.session, cast.content, now):
        pass


async def test_every_ready_made_one_can_be_said_in_every_offered_language(content: Content) -> None:
    from bot.care import render

    slots = {"day": "2026-11-26", "time": "09:30", "place": "De Sleutel", "name": "Rose"}
    for kind in content.announcements:
        for lang in ("nl", "en", "fr", "ar"):
            said = render.announcement(content, lang, kind, slots, NOON)
            assert {u.lang for u in said} == {lang}, f"{kind} in {lang}"
            assert not [u.text for u in said if "{" in u.text]


async def test_the_preview_says_how_many_mothers_hear_which_language_and_what_is_missing(cast: Cast) -> None:
    await make_mother(cast.session, "Selam", "ti", status="member", group_id=cast.group.id)
    await make_mother(cast.session, "Aya", "ar", status="member", group_id=cast.group.id)
    await make_mother(cast.session, "Hodan", "so", status="member", group_id=cast.group.id)
    await make_mother(cast.session, "Zarmina", "ps", status="member", group_id=cast.group.id)
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    found = {
        p.lang: (p.name, p.mothers, p.says, p.voiced)
        for p in await announcements.preview(cast.session, cast.content, made, NOON)
    }
    assert found == {
        "ar": ("Arabisch", 2, "ar", True),
        "fr": ("Frans", 1, "fr", True),
        "ti": ("Tigrinya", 1, "ti", True),
        "so": ("Somalisch", 1, "so", False),  # complete in text, but nobody has recorded it
        "ps": ("Pasjtoe", 1, "nl", True),  # no text: the whole message is said in Dutch
    }


async def test_the_preview_says_when_nothing_can_speak_it(cast: Cast) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "own", NOON, text="Здравейте")
    assert {p.voiced for p in await announcements.preview(cast.session, cast.content, made, NOON)} == {False}


async def test_it_reaches_each_in_her_language_with_low_priority_and_counts(cast: Cast) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    assert await announcements.send(cast.session, made, NOON) == 2
    assert await announcements.send(cast.session, made, NOON) == 0
    await fan_out(cast)
    rows = list(await cast.session.scalars(select(Delivery).where(Delivery.about == "announcement")))
    assert {r.priority for r in rows} == {2}
    assert {u.lang for u in await said_to(cast.session, cast.fatou.chat_id)} == {"fr"}
    assert await announcements.counts(cast.session, made) == announcements.Counts(2, 0, 0, 2, 0)
    for row in rows:
        row.state = "sent" if row.mother_id == cast.amina.id else "failed"
    assert await announcements.counts(cast.session, made) == announcements.Counts(2, 1, 1, 0, 0)


async def test_the_audience_is_frozen_and_who_left_meanwhile_hears_nothing(cast: Cast) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    await announcements.send(cast.session, made, NOON)
    late = await make_mother(cast.session, "Selam", "nl", status="member", group_id=cast.group.id)
    cast.fatou.status = "stopped"
    await fan_out(cast)
    assert await said_to(cast.session, late.chat_id) == []
    assert await said_to(cast.session, cast.fatou.chat_id) == []
    assert await said_to(cast.session, cast.amina.chat_id) != []
    assert (await announcements.counts(cast.session, made)).waiting == 1
    await cast.deliver()
    assert (await announcements.counts(cast.session, made)).waiting == 0


async def test_a_crash_in_the_middle_loses_nobody_and_says_nothing_twice(db: Database, content: Content) -> None:
    async with db.begin() as session:
        group = await make_group(session)
        await meetings.plan(session, group, NOON)
        for n in range(60):
            await make_mother(session, f"Mama {n}", "nl", status="member", group_id=group.id)
        meeting = (await meetings.coming(session, group.id, NOON))[0]
        made = await announcements.draft(session, group, None, "celebrate", NOON, meeting=meeting)
        await announcements.send(session, made, NOON)
    async with db.begin() as session:
        assert await announcements.fan_out_one(session, content, NOON) is True
    with pytest.raises(RuntimeError, match="power cut"):
        await fan_out_and_die(db, content)
    more = True
    while more:
        async with db.begin() as session:
            more = await announcements.fan_out_one(session, content, NOON)
    async with db.begin() as session:
        chats = [d.chat_id for d in await session.scalars(select(Delivery)) if d.utterance["kind"] == "voice"]
        assert (len(chats), len(set(chats))) == (60, 60)
        assert (await session.get_one(Announcement, made.id)).state == "sent"


async def fan_out_and_die(db: Database, content: Content) -> None:
    async with db.begin() as session:
        await announcements.fan_out_one(session, content, NOON)
        raise RuntimeError("power cut")


async def test_stopping_takes_out_what_has_not_left(cast: Cast) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    await announcements.send(cast.session, made, NOON)
    await fan_out(cast)
    assert await announcements.stop(cast.session, made) > 0
    assert await said_to(cast.session, cast.amina.chat_id, "open") == []
    assert (await announcements.counts(cast.session, made)).stopped == 2


async def test_who_heard_a_withdrawn_announcement_hears_that_it_was_wrong_and_nobody_else(cast: Cast) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    await announcements.send(cast.session, made, NOON)
    await fan_out(cast)
    for row in await cast.session.scalars(select(Delivery).where(Delivery.mother_id == cast.amina.id)):
        row.state = "sent"
    assert await announcements.withdraw(cast.session, made, NOON, cast.rose) == 1
    await fan_out(cast)
    assert len(await said_to(cast.session, cast.amina.chat_id, "open")) > 0
    assert await said_to(cast.session, cast.fatou.chat_id, "open") == []


async def test_withdrawing_twice_is_heard_once(cast: Cast) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    await announcements.send(cast.session, made, NOON)
    await fan_out(cast)
    for row in await cast.session.scalars(select(Delivery).where(Delivery.about == announcements.ABOUT)):
        row.state = "sent"
    assert await announcements.withdraw(cast.session, made, NOON, cast.rose) > 0
    await fan_out(cast)
    heard = len(await said_to(cast.session, cast.amina.chat_id, "open"))
    assert await announcements.withdraw(cast.session, made, NOON, cast.rose) == 0
    await fan_out(cast)
    assert heard == len(await said_to(cast.session, cast.amina.chat_id, "open")) > 0


async def test_a_second_change_of_a_meeting_takes_the_first_one_out(cast: Cast) -> None:
    await meetings.move(cast.session, cast.next[0], dt.date(2026, 11, 27), dt.time(9), NOON)
    await fan_out(cast)
    await meetings.cancel(cast.session, cast.next[0], NOON)
    await fan_out(cast)
    left = await said_to(cast.session, cast.fatou.chat_id, "open")
    assert len([u for u in left if u.kind == "voice"]) == 1
    assert [u.picture.warning for u in left if u.picture and u.picture.kind == "when"] == ["cancelled"]


async def test_at_night_a_change_is_said_at_once_but_without_a_sound(cast: Cast) -> None:
    night = wall("2026-11-25 22:30")
    await meetings.cancel(cast.session, cast.next[0], night)
    await fan_out(cast, night)
    said = await said_to(cast.session, cast.amina.chat_id)
    assert said
    assert all(u.silent for u in said)


async def test_another_place_is_said_with_its_pin(cast: Cast) -> None:
    await meetings.other_place(cast.session, cast.next[0], "Bibliotheek", "Markt 2", NOON, lat=51.0, lon=4.3)
    await fan_out(cast)
    for mother in (cast.amina, cast.fatou):
        pins = [u.pin for u in await said_to(cast.session, mother.chat_id) if u.pin]
        assert [(p.title, p.address, p.lat) for p in pins] == [("Bibliotheek", "Markt 2", 51.0)]


async def test_her_own_voice_goes_as_it_is_after_a_line_in_each_language(cast: Cast) -> None:
    media = await make_media(cast.session)
    made = await announcements.draft(cast.session, cast.group, cast.rose, "own", NOON, media=media)
    await announcements.send(cast.session, made, NOON)
    await fan_out(cast)
    said = await said_to(cast.session, cast.fatou.chat_id)
    assert (said[-1].media, said[-1].voice) == (media.name, None)
    assert "Rose" in said[-2].text
    assert said[-2].lang == "fr"
    assert "Rose" in await words_to(cast.session, cast.amina.chat_id)
