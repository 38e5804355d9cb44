"""Announcements, further: planned, put right, photos, other voices, and events that ask who comes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.care import announcement_plans, announcement_voices, announcements, desk, events, meetings, own_words, photos
from bot.db.inbox_models import Event, EventAnswer, Interpreting
from bot.db.models import Announcement, Arrival, Delivery, Media, Mother, Staff
from bot.messages import Heard
from tests.care.conftest import NOON, NUMBERS, Cast, make_media, make_mother, make_staff, said_to, wall, words_to

THURSDAY = dt.date(2026, 11, 26)


async def fan_out(cast: Cast, now: dt.datetime = NOON) -> None:
    while await announcements.fan_out_one(cast.session, cast.content, now):
        pass


async def own(cast: Cast, text: str = "Breng een jas mee.", **more: object) -> Announcement:
    return await announcements.draft(cast.session, cast.group, cast.rose, "own", NOON, text=text, **more)  # type: ignore[arg-type]


async def photo_of(cast: Cast, folder: Path) -> Media:
    folder = folder / "media"
    folder.mkdir()
    cast.session.info["media"] = folder
    media = await make_media(cast.session, "photo", staff_id=cast.rose.id)
    (folder / media.name).write_bytes(b"a child laughs")
    return media


# ---------------------------------------------------------------- planned


async def plans(cast: Cast, now: dt.datetime) -> int:
    count = 0
    while await announcement_plans.fire_one(cast.session, cast.content, now):
        count += 1
        assert count < 9, "it never ends"
    return count


async def test_a_planned_announcement_goes_out_at_its_moment_and_once(cast: Cast) -> None:
    made, due = await own(cast), NOON + dt.timedelta(hours=3)
    assert await announcement_plans.plan(cast.session, made, due, NOON)
    assert [a.id for a, _ in await announcement_plans.planned(cast.session, cast.group.id)] == [made.id]
    assert await plans(cast, NOON + dt.timedelta(hours=2)) == 0
    assert await plans(cast, due) == 1
    assert (made.state, len(made.audience)) == ("sending", 2)
    assert await plans(cast, due) == 0
    await fan_out(cast, due)
    assert "Breng een jas mee." in await words_to(cast.session, cast.amina.chat_id)


async def test_a_plan_can_be_taken_back_and_made_again(cast: Cast) -> None:
    made, due = await own(cast), NOON + dt.timedelta(hours=3)
    await announcement_plans.plan(cast.session, made, due, NOON)
    assert await announcement_plans.unplan(cast.session, made)
    assert not await announcement_plans.unplan(cast.session, made)
    assert (made.state, await plans(cast, due)) == ("draft", 0)
    assert await announcement_plans.plan(cast.session, made, due, NOON)


async def test_a_plan_about_a_day_that_is_over_is_not_said_after_a_power_cut(cast: Cast) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    await announcement_plans.plan(cast.session, made, NOON + dt.timedelta(hours=3), NOON)
    assert await plans(cast, NOON + dt.timedelta(days=3)) == 1
    assert made.state == "stopped"
    assert "niet verstuurd: de dag waarover het gaat is voorbij" in await words_to(cast.session, cast.rose.chat_id)


async def test_a_plan_about_a_meeting_that_was_called_off_is_not_said_and_its_writer_hears_why(cast: Cast) -> None:
    meeting, due = cast.next[0], NOON + dt.timedelta(hours=3)
    made = await announcements.draft(cast.session, cast.group, cast.rose, "bring_papers", NOON, meeting=meeting)
    await announcement_plans.plan(cast.session, made, due, NOON)
    await meetings.cancel(cast.session, meeting, NOON, cast.els)
    assert await plans(cast, due) == 1
    assert made.state == "stopped"
    assert "is verplaatst of gaat niet door" in await words_to(cast.session, cast.rose.chat_id)


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        pytest.param(-1, "al voorbij", id="past"),
        pytest.param(24 * 400, "een jaar", id="too far"),
        pytest.param(24 * 4, "na de dag zelf", id="after the day"),
    ],
)
async def test_a_moment_that_cannot_be_is_said_in_a_sentence(cast: Cast, hours: int, says: str) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    with pytest.raises(ValueError, match=says):
        await announcement_plans.plan(cast.session, made, NOON + dt.timedelta(hours=hours), NOON)


# ---------------------------------------------------------------- put right


async def test_a_correction_says_so_first_and_takes_the_old_one_back_without_another_message(cast: Cast) -> None:
    old = await own(cast, "Om tien uur.")
    await announcements.send(cast.session, old, NOON)
    await fan_out(cast)
    await cast.deliver()
    new = await announcements.correction(cast.session, old, cast.rose, NOON)
    new.text = "Om elf uur."
    assert old.state == "sent"
    await announcements.send(cast.session, new, NOON)
    await fan_out(cast)
    assert old.state == "withdrawn"
    said = [u.text for u in (await said_to(cast.session, cast.fatou.chat_id, "open")) if u.text]
    assert said[0].startswith("Attention. Notre dernier message n’était pas juste.")
    assert said[-1] == "Om elf uur."
    assert await cast.session.scalar(select(Announcement.id).where(Announcement.kind == "withdrawn")) is None


@pytest.mark.parametrize("kind", ["voice", "photo"])
async def test_words_too_long_for_a_caption_are_shown_whole(cast: Cast, kind: str) -> None:
    text = "Breng een jas mee. " * 60
    said = own_words.utterances(text, await make_media(cast.session, kind))
    assert text in [u.text for u in said]
    assert said[0].text == ""


# ---------------------------------------------------------------- photos


async def test_a_photo_goes_to_the_one_mother_that_was_chosen_and_then_leaves_the_disk(
    cast: Cast, tmp_path: Path
) -> None:
    media = await photo_of(cast, tmp_path)
    made = await own(cast, "", media=media, only=[cast.amina])
    assert not await photos.drop_one(cast.session, cast.content, NOON)
    assert await announcements.send(cast.session, made, NOON) == 1
    await fan_out(cast)
    assert not await photos.drop_one(cast.session, cast.content, NOON)
    assert any(u.picture and u.picture.name == media.name for u in await said_to(cast.session, cast.amina.chat_id))
    assert await said_to(cast.session, cast.fatou.chat_id) == []
    await cast.deliver()
    assert await photos.drop_one(cast.session, cast.content, NOON)
    assert not await photos.drop_one(cast.session, cast.content, NOON)
    await cast.session.refresh(made)
    assert made.media_id is None
    assert list(await cast.session.scalars(select(Media))) == []
    for act in cast.session.info.pop("after"):  # what happens once it is committed
        act()
    assert list((tmp_path / "media").iterdir()) == []


async def test_a_photo_to_the_whole_group_needs_a_second_yes(cast: Cast, tmp_path: Path) -> None:
    made = await own(cast, "Kijk!", media=await photo_of(cast, tmp_path))
    with pytest.raises(announcements.SureFirst):
        await announcements.send(cast.session, made, NOON)
    with pytest.raises(announcements.SureFirst):
        await announcement_plans.plan(cast.session, made, NOON + dt.timedelta(hours=1), NOON)
    assert made.state == "draft"
    assert await announcements.send(cast.session, made, NOON, sure=True) == 2


async def test_when_the_chosen_mother_is_forgotten_the_photo_does_not_go_to_everybody(
    cast: Cast, tmp_path: Path
) -> None:
    from bot.care import privacy

    made = await own(cast, "", media=await photo_of(cast, tmp_path), only=[cast.amina])
    await privacy.forget(cast.session, cast.amina, NOON)
    assert await announcements.send(cast.session, made, NOON) == 0
    await fan_out(cast)
    assert await said_to(cast.session, cast.fatou.chat_id) == []


async def test_a_photo_stays_until_the_silent_had_it_once_more(cast: Cast, tmp_path: Path) -> None:
    media = await photo_of(cast, tmp_path)
    made = await own(cast, "", media=media)
    await events.add(cast.session, made, THURSDAY - dt.timedelta(days=1), NOON)
    await announcements.send(cast.session, made, NOON, sure=True)
    await fan_out(cast)
    await cast.deliver()
    assert not await photos.drop_one(cast.session, cast.content, NOON)
    before = len(await said_to(cast.session, cast.amina.chat_id))
    asked = wall("2026-11-24 18:31")
    assert await fire(cast, asked) == 1
    again = (await said_to(cast.session, cast.amina.chat_id))[before:]
    assert any(u.picture and u.picture.name == media.name for u in again)
    await cast.deliver(asked)
    assert await photos.drop_one(cast.session, cast.content, asked)


async def test_a_photo_that_nobody_sends_is_let_go_after_a_day(cast: Cast, tmp_path: Path) -> None:
    made = await own(cast, "", media=await photo_of(cast, tmp_path), only=[cast.amina])
    assert await photos.drop_one(cast.session, cast.content, NOON + dt.timedelta(hours=25))
    await cast.session.refresh(made)
    assert (made.state, made.media_id) == ("stopped", None)


# ---------------------------------------------------------------- other voices


async def replies(cast: Cast, person: Staff, words: str, media: Media | None = None, text: str = "") -> str:
    """Replies in Telegram to the newest message that shows these words; what the bot says to that."""
    at = await cast.message_about(person, words)
    heard = Heard("voice" if media else "text", person.chat_id or 0, text=text, reply_to=at)
    n = next(NUMBERS)
    arrival = Arrival(channel="telegram:1", update_id=n, chat_id=person.chat_id, raw={}, received_at=NOON, due_at=NOON)
    cast.session.add(arrival)
    await cast.session.flush()
    before = len(await said_to(cast.session, person.chat_id))
    await desk.handle(cast.session, cast.content, person, heard, media, NOON, arrival)
    return " ".join(u.text for u in (await said_to(cast.session, person.chat_id))[before:])


async def test_an_interpreter_says_an_announcement_and_her_voice_goes_to_who_speaks_it(cast: Cast) -> None:
    people = [await make_staff(cast.session, name, role, cast.group) for name, role in
              (("Samira", "interpreter"), ("Nour", "volunteer"))]  # fmt: skip
    for person in people:
        person.langs = ["ar"]
    samira, nour = people
    made = await own(cast)
    found = await announcement_voices.ask(cast.session, cast.content, made, "ar", cast.rose, NOON)
    assert [p.name for p in found] == ["Nour", "Samira"]
    await cast.deliver()
    assert "“Breng een jas mee.”" in await words_to(cast.session, samira.chat_id)
    voice = await make_media(cast.session, staff_id=samira.id)
    assert "Dank je" in await replies(cast, samira, "in te spreken in het Arabisch", voice)
    assert "Samira sprak je bericht in het Arabisch in." in await words_to(cast.session, cast.rose.chat_id)
    late = await make_media(cast.session, staff_id=nour.id)
    assert "was je voor" in await replies(cast, nour, "in te spreken in het Arabisch", late)
    shown = {p.lang: (p.says, p.spoken_by) for p in await announcements.preview(cast.session, cast.content, made, NOON)}
    assert shown == {"ar": ("ar", "Samira"), "fr": ("fr", "")}
    await announcements.send(cast.session, made, NOON)
    await fan_out(cast)
    amina, fatou = [await said_to(cast.session, m.chat_id) for m in (cast.amina, cast.fatou)]
    assert [u.media for u in amina if u.media] == [voice.name]
    assert "Breng een jas mee." not in " ".join(u.text for u in amina)
    assert "Breng een jas mee." in " ".join(u.text for u in fatou)
    (row,) = list(await cast.session.scalars(select(Interpreting)))
    assert row.answered_by == samira.id


async def test_a_ready_made_one_keeps_its_picture_and_buttons_when_a_colleague_says_it(cast: Cast) -> None:
    await make_mother(cast.session, "Zarmina", "ps", status="member", group_id=cast.group.id)
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    media = await make_media(cast.session, staff_id=cast.els.id)
    await announcement_voices.keep(cast.session, made, "ps", cast.els, "", media, NOON)
    said = await announcements.utterances(cast.session, cast.content, made, "ps", NOON)
    assert [u.kind for u in said] == ["picture", "voice"]
    assert said[-1].media == media.name
    assert said[-1].buttons
    assert await announcement_voices.drop(cast.session, made, "ps")
    assert (await announcements.utterances(cast.session, cast.content, made, "ps", NOON))[-1].lang == "nl"


async def test_what_comes_after_it_was_sent_is_thanked_and_not_used(cast: Cast) -> None:
    samira = await make_staff(cast.session, "Samira", "interpreter", cast.group)
    samira.langs = ["ar"]
    made = await own(cast)
    await announcement_voices.ask(cast.session, cast.content, made, "ar", cast.rose, NOON)
    await cast.deliver()
    await announcements.send(cast.session, made, NOON)
    assert "al vertrokken" in await replies(cast, samira, "in te spreken", await make_media(cast.session))


# ---------------------------------------------------------------- events


async def fire(cast: Cast, now: dt.datetime) -> int:
    count = 0
    while await events.fire_one(cast.session, cast.content, now):
        count += 1
        assert count < 20, "it never ends"
    return count


async def party(cast: Cast, last_day: dt.date = THURSDAY - dt.timedelta(days=1)) -> Announcement:
    """A feast on Thursday; answers until Wednesday. Sent and delivered."""
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    await events.add(cast.session, made, last_day, NOON)
    await announcements.send(cast.session, made, NOON)
    await fan_out(cast)
    await cast.deliver()
    return made


async def says(cast: Cast, mother: Mother, made: Announcement, said: str, now: dt.datetime = NOON) -> str:
    return await events.answer(cast.session, mother, made.id, said, now)


async def test_an_event_asks_who_comes_with_one_tap_and_counts(cast: Cast) -> None:
    made = await party(cast)
    asked = next(u for u in await said_to(cast.session, cast.amina.chat_id) if u.asks)
    args = [b.to for row in asked.buttons for b in row if b.to.get("choice") in events.ANSWERS]
    assert [(a["flow"], a["choice"], a["args"]["announcement"]) for a in args] == [
        ("event", "come", made.id),
        ("event", "cannot", made.id),
        ("event", "maybe", made.id),
    ]
    assert await says(cast, cast.amina, made, "come") == "ok"
    found = await events.coming(cast.session, made)
    assert found is not None
    assert [[m.first_name for m in people] for people in (found.come, found.cannot, found.silent)] == [
        ["Amina"], [], ["Fatou"],
    ]  # fmt: skip
    assert await says(cast, cast.amina, made, "cannot") == "ok"
    assert len(list(await cast.session.scalars(select(EventAnswer)))) == 1


async def test_who_was_silent_is_asked_once_more_and_who_answered_is_not(cast: Cast) -> None:
    made = await party(cast)
    await says(cast, cast.amina, made, "come")
    amina, fatou = [len(await said_to(cast.session, m.chat_id)) for m in (cast.amina, cast.fatou)]
    assert await fire(cast, wall("2026-11-24 18:29")) == 0
    assert await fire(cast, wall("2026-11-24 18:31")) == 1
    assert len(await said_to(cast.session, cast.amina.chat_id)) == amina
    again = (await said_to(cast.session, cast.fatou.chat_id))[fatou:]
    assert any(u.asks for u in again)
    assert await fire(cast, wall("2026-11-25 12:01")) == 0


async def test_who_comes_is_reminded_on_the_evening_before_and_who_cannot_is_not(cast: Cast) -> None:
    made = await party(cast)
    await says(cast, cast.amina, made, "come")
    await says(cast, cast.fatou, made, "cannot")
    await fire(cast, wall("2026-11-24 18:31"))
    amina, fatou = [len(await said_to(cast.session, m.chat_id)) for m in (cast.amina, cast.fatou)]
    assert await fire(cast, wall("2026-11-25 18:31")) == 1
    assert len(await said_to(cast.session, cast.fatou.chat_id)) == fatou
    reminded = (await said_to(cast.session, cast.amina.chat_id))[amina:]
    assert "هل تتذكرين" in " ".join(u.text for u in reminded)
    assert not any(u.asks for u in reminded)


async def test_nobody_is_asked_again_about_a_meeting_that_was_moved(cast: Cast) -> None:
    await party(cast)
    await meetings.move(cast.session, cast.next[0], THURSDAY + dt.timedelta(days=1), dt.time(9), NOON)
    before = len(await said_to(cast.session, cast.fatou.chat_id))
    assert await fire(cast, wall("2026-11-24 18:31")) == 1
    assert len(await said_to(cast.session, cast.fatou.chat_id)) == before


async def test_after_the_deadline_the_buttons_go_and_a_late_tap_changes_nothing(cast: Cast) -> None:
    made = await party(cast)
    await says(cast, cast.amina, made, "come")
    over = wall("2026-11-26 00:01")
    assert await says(cast, cast.amina, made, "cannot", over) == "past"
    await fire(cast, over)
    orders = [u for u in await said_to(cast.session, cast.amina.chat_id, "open") if u.kind == "unsay"]
    assert len(orders) == 1
    found = await events.coming(cast.session, made)
    assert found is not None
    assert [m.first_name for m in found.come] == ["Amina"]


async def test_a_stranger_and_a_withdrawn_event_are_gone(cast: Cast) -> None:
    made = await party(cast)
    stranger = await make_mother(cast.session, "Selam", "ti")
    assert await says(cast, stranger, made, "come") == "gone"
    await announcements.withdraw(cast.session, made, NOON, cast.rose)
    assert await says(cast, cast.amina, made, "come") == "gone"
    before = len(await said_to(cast.session, cast.amina.chat_id))
    await fire(cast, wall("2026-11-24 18:31"))
    assert [u.kind for u in (await said_to(cast.session, cast.amina.chat_id))[before:]] == ["unsay"]


async def test_a_last_day_that_cannot_be_is_said_in_a_sentence(cast: Cast) -> None:
    made = await announcements.draft(cast.session, cast.group, cast.rose, "celebrate", NOON, meeting=cast.next[0])
    for days, says_ in ((1, "na de dag zelf"), (-3, "voorbij")):
        with pytest.raises(ValueError, match=says_):
            await events.add(cast.session, made, THURSDAY + dt.timedelta(days=days), NOON)
    assert await cast.session.get(Event, made.id) is None


async def test_what_was_tapped_for_certain_is_counted_as_heard(cast: Cast) -> None:
    made = await party(cast)
    hers = select(Delivery).where(Delivery.mother_id == cast.amina.id).order_by(Delivery.id)
    list(await cast.session.scalars(hers))[-1].answered_at = NOON
    await cast.session.flush()
    assert (await announcements.counts(cast.session, made)).heard == 1


async def test_in_telegram_a_photo_asks_for_which_mother_it_is(cast: Cast, tmp_path: Path) -> None:
    await cast.types(cast.rose, "/x")
    await cast.hears(cast.rose, Heard("command", cast.rose.chat_id or 0, text="aankondigen"))
    await cast.taps(cast.rose, "Zelf inspreken")
    media = await photo_of(cast, tmp_path)
    asked = await cast.hears(cast.rose, Heard("photo", cast.rose.chat_id or 0, text="Kijk!"), media)
    assert "Voor wie is deze foto?" in asked[0].text
    await cast.taps(cast.rose, "Fatou")
    assert "1 moeders" in (await cast.taps(cast.rose, "Versturen (1)"))[0].text
    await fan_out(cast)
    assert "Kijk!" in await words_to(cast.session, cast.fatou.chat_id)
    assert await said_to(cast.session, cast.amina.chat_id) == []
