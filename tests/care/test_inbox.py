"""Questions and answers: from her to all her coordinators, and a person's own words back to her."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bot.care import inbox
from bot.db.models import Delivery, Mother, Question, QuestionPart
from bot.messages import Heard, Utterance
from tests.care.conftest import NOON, Cast, make_group, make_media, make_mother, make_staff, said_to, words_to

LATER = NOON + dt.timedelta(minutes=5)


async def ask(cast: Cast, text: str = "", mother: Mother | None = None, urgent: bool = False) -> Question:
    """By voice when there is no text."""
    who = mother or cast.amina
    media = None if text else await make_media(cast.session, mother_id=who.id, seconds=4)
    heard = Heard("text" if text else "voice", who.chat_id, text=text, first_name="Amina El Fictief")
    question = await inbox.ask(cast.session, who, heard, media, NOON, urgent=urgent)
    await cast.deliver()
    return question


def labels(said: list[Utterance]) -> list[str]:
    return [b.label for u in said for row in u.buttons for b in row]


async def test_a_voice_question_appears_with_every_coordinator_as_line_and_voice(cast: Cast) -> None:
    await ask(cast)
    for person in (cast.rose, cast.els):
        line, voice = await said_to(cast.session, person.chat_id)
        assert line.text == "Vraag van Amina (Arabisch)"
        assert labels([line]) == ["Geen antwoord nodig", "Doorgeven", "Meer …"]
        assert (voice.kind, voice.media is not None, voice.voice) == ("voice", True, None)
    assert await said_to(cast.session, cast.vera.chat_id) == []


async def test_a_question_shows_first_name_and_language_and_never_a_number(cast: Cast) -> None:
    await ask(cast, "Hoeveel kost de opvang?")
    text = await words_to(cast.session, cast.rose.chat_id)
    assert "“Hoeveel kost de opvang?”" in text
    assert "Fictief" not in text
    assert str(cast.amina.chat_id) not in text


async def test_her_next_words_are_added_to_the_open_question(cast: Cast) -> None:
    first = await ask(cast, "Eén")
    second = await ask(cast)
    assert first.id == second.id
    parts = await inbox.parts(cast.session, first)
    assert [p.kind for p in parts] == ["text", "voice"]
    assert "Amina zegt er nog iets bij." in await words_to(cast.session, cast.rose.chat_id)


async def test_an_urgent_question_is_marked_and_stands_on_top(cast: Cast) -> None:
    await ask(cast, "Later is goed")
    urgent = await ask(cast, "Help", mother=cast.fatou, urgent=True)
    found = await inbox.open_ones(cast.session, cast.rose, [cast.group.id])
    assert found[0].id == urgent.id
    assert "🔴 DRINGEND. Vraag van Fatou (Frans)" in await words_to(cast.session, cast.rose.chat_id)


async def test_a_reply_by_voice_answers_her_with_a_line_in_her_language_first(cast: Cast) -> None:
    question = await ask(cast)
    said = await cast.speaks(cast.rose, await cast.message_about(cast.rose, "Vraag van Amina"), LATER)
    assert said[0].text == "✅ Verstuurd naar Amina."
    assert (question.state, question.answered_by, question.answered_at) == ("answered", cast.rose.id, LATER)
    heard = await said_to(cast.session, cast.amina.chat_id)
    assert [u.lang for u in heard[:-1]] == ["ar"] * (len(heard) - 1)
    assert "Rose" in heard[-2].text
    assert (heard[-1].kind, heard[-1].voice) == ("voice", None)
    assert heard[-1].media
    assert "✅ Vraag van Amina: beantwoord door Rose." in await words_to(cast.session, cast.els.chat_id)


async def test_a_reply_to_her_voice_note_itself_is_an_answer_too(cast: Cast) -> None:
    question = await ask(cast)
    rows = await cast.session.scalars(select(Delivery).where(Delivery.chat_id == cast.rose.chat_id))
    voice = next(row for row in rows if row.utterance["kind"] == "voice")
    await cast.speaks(cast.rose, voice.message_id, LATER)
    assert question.state == "answered"


async def test_a_typed_answer_is_shown_and_read_aloud_in_dutch_inside_the_house(cast: Cast) -> None:
    await ask(cast)
    await cast.types(cast.rose, "Ja, dat mag.", await cast.message_about(cast.rose, "Vraag van"), LATER)
    last = (await said_to(cast.session, cast.amina.chat_id))[-1]
    assert (last.kind, last.lang, last.text) == ("voice", "nl", "Ja, dat mag.")
    assert last.voice is not None
    assert [part.key for part in last.voice.parts] == [None]  # free words: never to a service outside


async def test_a_long_answer_is_cut_nowhere(cast: Cast) -> None:
    await ask(cast)
    text = "Lange zin. " * 300
    await cast.types(cast.rose, text.strip(), await cast.message_about(cast.rose, "Vraag van"), LATER)
    shown = [u for u in await said_to(cast.session, cast.amina.chat_id) if u.kind == "text"]
    assert [u.text for u in shown] == [text.strip()]


async def test_of_two_who_answer_at_once_the_second_hears_it_and_may_add_hers(cast: Cast) -> None:
    await ask(cast)
    await cast.types(cast.rose, "Ja.", await cast.message_about(cast.rose, "Vraag van"), LATER)
    said = await cast.types(cast.els, "Nee.", await cast.message_about(cast.els, "Vraag van"), LATER)
    assert "al geantwoord door Rose" in said[0].text
    assert "Nee." not in await words_to(cast.session, cast.amina.chat_id)
    await cast.taps(cast.els, "Toch ook sturen", LATER)
    assert "Nee." in await words_to(cast.session, cast.amina.chat_id)


async def test_no_reply_needed_tells_her_nothing_and_can_be_undone(cast: Cast) -> None:
    question = await ask(cast, "Dank je wel!")
    await cast.taps(cast.rose, "Geen antwoord nodig", LATER)
    assert question.state == "closed"
    assert await said_to(cast.session, cast.amina.chat_id) == []
    assert "geen antwoord nodig, zegt Rose" in await words_to(cast.session, cast.els.chat_id)
    await cast.taps(cast.rose, "Toch openhouden", LATER)
    assert question.state == "open"


async def test_an_answer_after_no_reply_needed_makes_it_an_answered_question(cast: Cast) -> None:
    question = await ask(cast, "Dank je wel!")
    await cast.taps(cast.rose, "Geen antwoord nodig", LATER)
    at = await cast.message_about(cast.els, "Vraag van")
    await cast.types(cast.els, "Graag gedaan.", at, LATER)
    await cast.taps(cast.els, "Toch ook sturen", LATER)
    assert (question.state, question.answered_by) == ("answered", cast.els.id)


async def test_who_is_handed_a_question_gets_all_of_it_and_can_answer(cast: Cast) -> None:
    question = await ask(cast, "Waar is de school?")
    bridge = await make_staff(cast.session, "Bea", "coordinator", await make_group(cast.session, name="School"))
    await cast.taps(cast.rose, "Doorgeven", LATER)
    await cast.taps(cast.rose, "Bea", LATER)
    text = await words_to(cast.session, bridge.chat_id)
    assert "Rose geeft deze vraag aan jou." in text
    assert "“Waar is de school?”" in text
    await cast.deliver()
    await cast.types(bridge, "Kerkstraat.", await cast.message_about(bridge, "Rose geeft"), LATER)
    assert (question.state, question.answered_by) == ("answered", bridge.id)
    assert "gaf ze door aan Bea" in await words_to(cast.session, cast.els.chat_id)


async def test_an_answer_that_does_not_get_through_opens_the_question_again_and_says_so_once(cast: Cast) -> None:
    question = await ask(cast)
    await cast.speaks(cast.rose, await cast.message_about(cast.rose, "Vraag van"), LATER)
    cast.amina.unreachable_at = LATER
    lost = await cast.session.scalars(select(Delivery).where(Delivery.about == "answer"))
    for row in list(lost):
        await inbox.on_lost(cast.session, row, LATER)
    assert question.state == "open"
    text = await words_to(cast.session, cast.rose.chat_id)
    assert text.count("niet aangekomen") == 1
    assert "afgezet" in text


async def test_other_lost_deliveries_open_nothing(cast: Cast) -> None:
    question = await ask(cast)
    await inbox.no_reply(cast.session, cast.rose, question, LATER)
    for row in await cast.session.scalars(select(Delivery).where(Delivery.about == "question")):
        await inbox.on_lost(cast.session, row, LATER)
    assert question.state == "closed"


async def test_a_mother_without_a_group_is_heard_by_a_coordinator_all_the_same(cast: Cast) -> None:
    oksana = await make_mother(cast.session, "Oksana", "uk")
    await ask(cast, "Добрий день", mother=oksana)
    assert "Vraag van Oksana (Oekraïens)" in await words_to(cast.session, cast.rose.chat_id)


async def test_words_without_a_reply_are_kept_until_rose_says_for_whom_they_are(cast: Cast) -> None:
    question = await ask(cast)
    said = await cast.speaks(cast.rose, now=LATER)
    assert "Voor wie is dit?" in said[0].text
    assert await said_to(cast.session, cast.amina.chat_id) == []
    await cast.taps(cast.rose, "Antwoord aan Amina", LATER)
    assert question.state == "answered"
    parts = await inbox.parts(cast.session, question, by="staff")
    assert [p.kind for p in parts] == ["voice"]


async def test_a_stranger_of_another_group_cannot_answer(cast: Cast) -> None:
    question = await ask(cast)
    other = await make_staff(cast.session, "Bea", "coordinator", await make_group(cast.session, name="Klimop"))
    assert other.id not in [p.id for p in await inbox.people_for(cast.session, question, NOON)]
    assert list(await inbox.open_ones(cast.session, other, [])) == []


async def test_a_photo_of_a_letter_is_carried_over_with_its_words(cast: Cast) -> None:
    media = await make_media(cast.session, "photo", mother_id=cast.amina.id)
    heard = Heard("photo", cast.amina.chat_id, text="Wat is dit?")
    await inbox.ask(cast.session, cast.amina, heard, media, NOON)
    photo = (await said_to(cast.session, cast.rose.chat_id))[-1]
    assert (photo.kind, photo.text) == ("picture", "Wat is dit?")
    assert photo.picture is not None
    assert (photo.picture.kind, photo.picture.name) == ("file", media.name)
    parts = list(await cast.session.scalars(select(QuestionPart)))
    assert [(p.by, p.kind) for p in parts] == [("mother", "photo")]


@pytest.mark.parametrize("kind", ["other", "voice", "photo", "location"])
async def test_a_reply_that_cannot_be_carried_is_refused_kindly_and_the_question_stays_open(
    cast: Cast, kind: str
) -> None:
    question = await ask(cast)
    reply_to = await cast.message_about(cast.rose, "Vraag van")
    heard = Heard(kind, cast.rose.chat_id or 0, text="sticker", reply_to=reply_to)  # type: ignore[arg-type]
    said = await cast.hears(cast.rose, heard, None, LATER)
    assert "Spreek" in said[0].text
    assert question.state == "open"
    assert await said_to(cast.session, cast.amina.chat_id) == []


async def test_an_edited_answer_is_not_sent_again_and_rose_knows_it(cast: Cast) -> None:
    await ask(cast)
    reply_to = await cast.message_about(cast.rose, "Vraag van")
    await cast.types(cast.rose, "Ja.", reply_to, LATER)
    before = await words_to(cast.session, cast.amina.chat_id)
    said = await cast.hears(
        cast.rose, Heard("edited", cast.rose.chat_id or 0, text="Nee.", reply_to=reply_to), now=LATER
    )
    assert "Zij kreeg het eerste." in said[0].text
    assert await words_to(cast.session, cast.amina.chat_id) == before
