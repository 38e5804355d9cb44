"""What is said around a meeting: its kind, who comes as a guest, what it costs, for whom; and how to get there."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.care import kinds, meetings, reminders, render, signs
from bot.care.content import Content
from bot.care.meeting_steps import next_meeting
from bot.care.turn import Turn
from bot.care.whereabouts import told
from bot.db.calendar_models import Way
from bot.db.models import Arrival, Media
from bot.flow.model import Place, Say
from bot.messages import Heard, Utterance
from tests.care.conftest import NOON, Cast, said_to, wall

EVENING = wall("2026-11-25 18:30")


async def reminder(cast: Cast, **told: object) -> list[Utterance]:
    """What Fatou gets the evening before."""
    usual = {"kind": "lesson", "guide": "", "price": "", "family": False}
    await meetings.tell_more(cast.session, cast.next[0], **{**usual, **told})  # type: ignore[arg-type]
    while await reminders.fire(cast.session, cast.content, EVENING):
        pass
    return await said_to(cast.session, cast.fatou.chat_id)


def symbols(said: list[Utterance]) -> set[str]:
    return {cell.symbol for u in said if u.picture for cell in u.picture.cells}


def spoken(said: list[Utterance]) -> list[str]:
    return [part.text for u in said if u.voice for part in u.voice.parts]


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_kind_has_its_pictogram_and_its_sentence_in_every_language(content: Content, kind: str) -> None:
    assert kind in content.emoji
    key = kinds.sentence(kind)
    for lang in content.offered if key else []:
        assert content.phrases.get(lang, key or "") is not None


async def test_an_interaction_moment_sounds_and_looks_unlike_a_dutch_lesson(cast: Cast) -> None:
    dutch = await reminder(cast, kind="dutch")
    assert "dutch" in symbols(dutch)
    assert "Nous apprenons le néerlandais." in spoken(dutch)


async def test_an_interaction_moment_has_its_own(cast: Cast) -> None:
    together = await reminder(cast, kind="together")
    assert "together" in symbols(together)
    assert "dutch" not in symbols(together)
    assert "Toi et ton enfant, vous jouez ensemble." in spoken(together)
    assert together[-1].text.startswith("Toi et ton enfant")


async def test_an_ordinary_meeting_says_nothing_more(cast: Cast) -> None:
    assert (await reminder(cast))[-1].text.startswith("Le groupe, c’est")


async def test_an_outing_is_free_and_for_the_whole_family(cast: Cast) -> None:
    said = await reminder(cast, kind="excursion", family=True)
    assert {"excursion", "free", "family"} <= symbols(said)
    assert {"C’est gratuit.", "Toute ta famille peut venir."} <= set(spoken(said))


async def test_an_outing_with_a_price_says_the_price_and_never_free(cast: Cast) -> None:
    said = await reminder(cast, kind="excursion", price="3 euro")
    assert "free" not in symbols(said)
    assert "3 euro" in [cell.label for u in said if u.picture for cell in u.picture.cells]
    assert "Cela coûte 3 euro." in spoken(said)


async def test_a_guest_is_named_and_her_face_is_seen(cast: Cast) -> None:
    face = Media(name="els.jpg", kind="photo", mime="image/jpeg", size=9, sha256="0" * 64, created_at=NOON)
    cast.session.add(face)
    await cast.session.flush()
    said = await reminder(cast, guide="Els", photo=face)
    assert said[0].picture is not None
    assert (said[0].picture.kind, said[0].picture.name) == ("file", "els.jpg")
    assert "Els est là aussi." in spoken(said)


async def test_the_sentences_do_not_follow_her_to_the_next_question(cast: Cast) -> None:
    said = await reminder(cast, kind="excursion")
    slots = next(b.to["args"] for u in said for row in u.buttons for b in row if b.to.get("choice") == "come")
    from bot.care import render

    asked = render.utterances(cast.content, "fr", Say("reminder.children", slots), NOON)
    assert not any("sortie" in u.text for u in asked)


async def test_the_answer_i_leave_earlier_is_counted_as_coming(cast: Cast) -> None:
    assert await reminders.answer(cast.session, cast.fatou, cast.next[0].id, "early", NOON, 1) == "ok"
    count = await reminders.headcount(cast.session, cast.next[0].id)
    assert (count.mothers, count.children, count.early) == (1, 1, 1)


async def test_where_is_it_shows_the_door_and_the_bus_as_large_as_on_the_bus(cast: Cast) -> None:
    door = Media(name="deur.jpg", kind="photo", mime="image/jpeg", size=9, sha256="1" * 64, created_at=NOON)
    cast.session.add(door)
    await cast.session.flush()
    cast.session.add(Way(group_id=cast.group.id, line="12", stop="Kerk", stop_photo=None, door_photo=door.id))
    cast.group.childcare_place, cast.group.childcare_lat, cast.group.childcare_lon = "De Speelvogel", 51.07, 4.37
    arrival = Arrival(channel="t:1", update_id=1, chat_id=cast.fatou.chat_id, raw={}, received_at=NOON, due_at=NOON)
    cast.session.add(arrival)
    await cast.session.flush()
    heard = Heard("press", cast.fatou.chat_id)
    turn = Turn(cast.session, cast.content, arrival, heard, None, NOON, cast.fatou, Place("home.menu"), "fr")
    outcome = await next_meeting(turn, {})
    await turn.say(Say("meeting.when", outcome.slots))
    await turn.put()
    said = await said_to(cast.session, cast.fatou.chat_id)
    assert [u.picture.name for u in said if u.picture and u.picture.kind == "file"] == ["deur.jpg"]
    assert "12" in [cell.label for u in said if u.picture for cell in u.picture.cells]
    assert "Prends le bus 12. L’arrêt est Kerk." in spoken(said)
    assert [u.pin.title for u in said if u.pin] == ["De Sleutel", "🧸 De Speelvogel"]


async def test_the_way_is_not_shown_when_it_is_elsewhere(cast: Cast) -> None:
    cast.session.add(Way(group_id=cast.group.id, line="12", stop="Kerk", stop_photo=None, door_photo=None))
    await cast.session.flush()
    await meetings.other_place(cast.session, cast.next[0], "Bib", "Markt 2", NOON)
    from bot.care.whereabouts import way

    assert await way(cast.session, cast.group, cast.next[0]) == {}
    assert await way(cast.session, cast.group, cast.next[1]) != {}


async def test_one_meeting_by_hand_makes_exactly_its_own_reminders(cast: Cast) -> None:
    from sqlalchemy import select

    from bot.db.models import Reminder

    made = await meetings.add(cast.session, cast.group, dt.date(2026, 12, 2), NOON, kind="nappy", family=True)
    rows = list(await cast.session.scalars(select(Reminder).where(Reminder.meeting_id == made.id)))
    assert sorted((r.mother_id, r.kind) for r in rows) == sorted(
        (m.id, kind) for m in (cast.amina, cast.fatou) for kind in ("evening", "morning")
    )


# ---------------------------------------------------------------- what is talked about (C01)


async def test_a_theme_is_seen_and_heard_in_the_reminder(cast: Cast) -> None:
    said = await reminder(cast, theme="health")
    assert "health" in symbols(said)
    assert spoken(said)[:2] == ["Notre sujet\u00a0:", "Santé"]
    assert said[-1].text.startswith("Notre sujet\u00a0:\nSanté\n")


async def test_a_theme_that_is_no_longer_in_the_list_is_not_said(cast: Cast) -> None:
    said = await reminder(cast, theme="gardening")
    assert said[-1].text.startswith("Le groupe, c’est")


def test_every_theme_has_its_picture_and_its_words_in_every_language(content: Content) -> None:
    assert len(signs.themes(content)) == 6
    for theme in signs.themes(content):
        assert theme.symbol in content.emoji
        assert all(content.phrases.get(lang, theme.label_key) for lang in content.offered)


async def test_when_is_it_shows_the_theme(cast: Cast) -> None:
    cast.next[0].theme = "housing"
    slots = await told(cast.session, cast.group, cast.next[0])
    said = render.utterances(cast.content, "nl", Say("meeting.when", slots), NOON)
    assert "housing" in symbols(said)
    assert spoken(said)[:2] == ["We praten over:", "Wonen"]
