"""Questions in pictures: asked of everybody, answered by a tap, counted without a name, closed."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from bot.care import groups, polls
from bot.care.content import Content
from bot.db.cohort_models import Poll, Trust, Vote, Wish
from bot.db.models import Delivery, Mother
from bot.db.session import Session
from bot.messages import Utterance, from_json
from tests.care.conftest import NOON, Cast, make_media, make_mother, said_to

WEEK_LATER = NOON + dt.timedelta(days=8)


async def _many(cast: Cast, n: int) -> list[Mother]:
    """The group with n members."""
    mothers = [cast.amina, cast.fatou]
    for number in range(n - 2):
        mother = await make_mother(cast.session, f"Mama{number}", "nl")
        assert await groups.join(cast.session, mother, cast.group, NOON) == "ok"
        mothers.append(mother)
    return mothers


async def _rows(session: Session, table: type) -> int:
    return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_everybody_hears_the_question_in_her_own_language(cast: Cast) -> None:
    poll = await polls.ask(cast.session, cast.content, cast.group, "welcome", NOON, cast.rose)
    assert poll.asked == 2
    for mother, lang in ((cast.amina, "ar"), (cast.fatou, "fr")):
        card, voice = await said_to(cast.session, mother.chat_id)
        assert [card.kind, voice.kind, voice.lang] == ["picture", "voice", lang]
        assert card.picture
        assert len(card.picture.cells) == 6
        assert len([b for row in voice.buttons for b in row if b.to.get("choice") in poll.signs]) == 6


async def test_an_own_question_is_heard_before_its_pictures(cast: Cast) -> None:
    media = await make_media(cast.session)
    poll = await polls.ask(
        cast.session, cast.content, cast.group, "own", NOON, cast.rose, signs=("yes", "no"), media=media
    )
    recording, card, voice = await said_to(cast.session, cast.fatou.chat_id)
    assert recording.media == media.name
    assert card.picture
    assert [cell.symbol for cell in card.picture.cells] == ["yes", "no"]
    assert "Rose" in voice.text
    assert poll.signs == ["yes", "no"]


@pytest.mark.parametrize(
    ("signs", "text"),
    [pytest.param(("yes",), "Kom je?", id="one picture"), pytest.param(("yes", "no"), "  ", id="no question")],
)
async def test_an_own_question_needs_words_and_two_pictures(cast: Cast, signs: tuple[str, ...], text: str) -> None:
    with pytest.raises(ValueError):
        await polls.ask(cast.session, cast.content, cast.group, "own", NOON, cast.rose, signs=signs, text=text)


async def test_a_second_tap_takes_the_place_of_the_first(cast: Cast) -> None:
    poll = await polls.ask(cast.session, cast.content, cast.group, "welcome", NOON, cast.rose)
    assert await polls.vote(cast.session, cast.amina, poll, "drink", NOON) == ("thanks", [])
    assert await polls.vote(cast.session, cast.amina, poll, "way", NOON) == ("thanks", [])
    assert await polls.vote(cast.session, cast.amina, poll, "way", NOON) == ("thanks", [])
    assert await polls.vote(cast.session, cast.fatou, poll, "other", NOON) == ("talk", [])
    found = await polls.result(cast.session, poll)
    assert (found.asked, found.answered) == (2, 2)
    assert {name: n for name, n in found.counts.items() if n} == {"way": 1, "other": 1}


async def test_of_the_goals_she_may_choose_three(cast: Cast) -> None:
    poll = await polls.ask(cast.session, cast.content, cast.group, "goals", NOON, cast.rose, moment="start")
    outcome, left = await polls.vote(cast.session, cast.amina, poll, "play", NOON)
    assert outcome == "more"
    assert len(left) == 5
    assert "play" not in left
    assert (await polls.vote(cast.session, cast.amina, poll, "to_doctor", NOON))[0] == "more"
    assert await polls.vote(cast.session, cast.amina, poll, "speak_dutch", NOON) == ("thanks", [])
    assert await polls.vote(cast.session, cast.amina, poll, "know_school", NOON) == ("thanks", [])
    chosen = await cast.session.scalars(select(Wish.sign).where(Wish.kind == "goals", Wish.moment == "start"))
    assert set(chosen) == {"play", "to_doctor", "speak_dutch"}


async def test_trust_is_a_distribution_and_shown_from_five_answers_on(cast: Cast) -> None:
    mothers = await _many(cast, 5)
    poll = await polls.ask(cast.session, cast.content, cast.group, "trust", NOON, cast.rose, moment="start")
    for mother, face in zip(mothers[:4], ("trust1", "trust5", "trust5", "trust3"), strict=True):
        assert (await polls.vote(cast.session, mother, poll, face, NOON))[0] == "thanks"
    assert (await polls.result(cast.session, poll)).hidden
    assert await polls.trust(cast.session, cast.group.id) == {}
    await polls.vote(cast.session, mothers[0], poll, "trust2", NOON)  # she changes her mind: still four
    assert await polls.trust(cast.session, cast.group.id) == {}
    await polls.vote(cast.session, mothers[4], poll, "trust5", NOON)
    assert await polls.trust(cast.session, cast.group.id) == {"start": {2: 1, 3: 1, 5: 3}}
    assert not (await polls.result(cast.session, poll)).hidden


async def test_after_the_end_only_counts_are_left(cast: Cast) -> None:
    mothers = await _many(cast, 5)
    poll = await polls.ask(cast.session, cast.content, cast.group, "trust", NOON, cast.rose, moment="end")
    for mother in mothers:
        await polls.vote(cast.session, mother, poll, "trust4", NOON)
    assert await polls.close_due(cast.session, NOON) == 0
    assert await polls.close_due(cast.session, WEEK_LATER) == 1
    assert await _rows(cast.session, Vote) == 0
    found = await polls.result(cast.session, poll)
    assert (found.answered, found.counts["trust4"]) == (5, 5)
    assert await polls.vote(cast.session, mothers[0], poll, "trust1", WEEK_LATER) == ("over", [])
    assert await polls.trust(cast.session, cast.group.id) == {"end": {4: 5}}
    left = await cast.session.scalars(select(Delivery).where(Delivery.about == "poll", Delivery.state == "open"))
    assert list(left) == []


async def test_the_group_hears_what_it_chose(cast: Cast) -> None:
    poll = await polls.ask(cast.session, cast.content, cast.group, "times", NOON, cast.rose)
    await polls.vote(cast.session, cast.amina, poll, "morning", NOON)
    await polls.vote(cast.session, cast.fatou, poll, "morning", NOON)
    assert await polls.tell_group(cast.session, cast.content, poll, NOON) == 2
    assert await polls.tell_group(cast.session, cast.content, poll, NOON) == 0  # nobody hears it twice
    card, voice = (await said_to(cast.session, cast.fatou.chat_id))[-2:]
    assert card.picture
    assert [(cell.symbol, cell.label) for cell in card.picture.cells] == [("morning", "2")]
    assert voice.voice
    assert [part.text for part in voice.voice.parts[1:]] == ["Le matin", "deux"]


async def test_nobody_of_another_group_can_answer(cast: Cast) -> None:
    poll = await polls.ask(cast.session, cast.content, cast.group, "times", NOON, cast.rose)
    stranger = await make_mother(cast.session, "Grace", "en")
    assert await polls.vote(cast.session, stranger, poll, "morning", NOON) == ("over", [])


async def test_no_poll_row_points_at_a_mother_and_no_count_table_can(content: Content) -> None:
    for table in (Poll, Trust, Wish):
        assert not [
            key for column in table.__table__.c for key in column.foreign_keys if key.column.table.name == "mothers"
        ]


async def test_the_desk_sends_a_ready_question_and_shows_counts(cast: Cast) -> None:
    said = await cast.types(cast.rose, "/menu")
    assert said
    await cast.taps(cast.rose, "Aankondigen")
    await cast.taps(cast.rose, "Vraag in plaatjes")
    [look] = await cast.taps(cast.rose, "Wat heb je nodig")
    assert "Iets om te drinken" in look.text
    [sent] = await cast.taps(cast.rose, "Stuur naar de groep")
    assert "2 mama’s krijgen" in sent.text
    await cast.taps(cast.rose, "Stuur naar de groep")  # a second tap asks nobody twice
    assert await _rows(cast.session, Poll) == 1
    poll = (await cast.session.scalars(select(Poll))).one()
    await polls.vote(cast.session, cast.amina, poll, "drink", NOON)
    [found] = await cast.taps(cast.rose, "Bekijk het resultaat")
    assert "1 van 2 antwoordden." in found.text
    assert "1  Iets om te drinken" in found.text
    assert "Amina" not in found.text


async def test_the_desk_asks_in_her_own_voice(cast: Cast) -> None:
    await cast.types(cast.rose, "/menu")
    await cast.taps(cast.rose, "Aankondigen")
    await cast.taps(cast.rose, "Vraag in plaatjes")
    await cast.taps(cast.rose, "Zelf een vraag inspreken")
    await cast.speaks(cast.rose)
    [sent] = await cast.taps(cast.rose, "Ja, nee, misschien")
    assert "2 mama’s krijgen" in sent.text
    heard = await said_to(cast.session, cast.amina.chat_id)
    assert heard[0].media
    assert heard[-1].lang == "ar"
    [again] = await cast.taps(cast.rose, "Ja, nee, misschien")
    assert "al verstuurd" in again.text


async def test_what_a_button_carries_stays_small(cast: Cast) -> None:
    await polls.ask(cast.session, cast.content, cast.group, "goals", NOON, cast.rose)
    row = (
        await cast.session.scalars(select(Delivery).where(Delivery.about == "poll").order_by(Delivery.id.desc()))
    ).first()
    assert row is not None
    assert all(len(f"{row.token}:{n}") <= 64 for n, _ in enumerate(from_json(Utterance, row.utterance).buttons))
