"""Around a question: ready answers, interpreters, notes, barriers, deputies, the alarm, and the answer she came from."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bot.care import away, figures, inbox, inbox_alarm, inbox_lists, inbox_notes, inbox_people, ready_answers, staff
from bot.care.content import Content
from bot.db.inbox_models import Interpreting, QuestionBarrier, QuestionMark, QuestionNote
from bot.db.models import Delivery, Mother, Question, Staff
from bot.messages import Heard
from tests.care.conftest import NOON, Cast, make_group, make_media, make_mother, make_staff, said_to, words_to

LATER = NOON + dt.timedelta(minutes=5)
TODAY = dt.date(2026, 11, 24)


async def ask(cast: Cast, text: str = "Waar is de crèche?", mother: Mother | None = None, **more: object) -> Question:
    who = mother or cast.amina
    heard = Heard("text", who.chat_id, text=text)
    question = await inbox.ask(cast.session, who, heard, None, NOON, **more)  # type: ignore[arg-type]
    await cast.deliver()
    return question


async def interpreter(cast: Cast, name: str, *langs: str, role: str = "interpreter") -> Staff:
    person = await make_staff(cast.session, name, role, cast.group)
    person.langs = list(langs)
    await cast.session.flush()
    return person


# ---------------------------------------------------------------- a ready answer


async def test_a_ready_answer_is_said_in_her_language_with_its_picture_and_what_the_group_filled_in(cast: Cast) -> None:
    cast.group.local = {"loket_adres": "Kerkstraat 7"}
    question = await ask(cast)
    done = await inbox.answer(cast.session, cast.content, cast.rose, question, ready="opvang_zoeken", now=LATER)
    assert done == "ok"
    heard = await said_to(cast.session, cast.amina.chat_id)
    assert {u.lang for u in heard} == {"ar"}
    answer = next(u for u in heard if u.kind == "voice" and "Kerkstraat 7" in u.text)
    assert answer.voice is not None
    assert answer.voice.parts[0].key == "faq.opvang_zoeken.text"
    assert any(u.kind == "picture" for u in heard)
    (part,) = await inbox.parts(cast.session, question, by="staff")
    assert (part.kind, part.text) == ("topic", "opvang_zoeken")
    assert "Klaar antwoord: Opvang zoeken" in await words_to(cast.session, cast.els.chat_id)


def test_ready_answers_are_found_by_their_words_and_those_that_fit_hers_come_first(content: Content) -> None:
    found = [topic.id for topic, _ in ready_answers.search(content, "opvang ziek")]
    assert "opvang_ziek" in found
    assert "school_eerste_dag" not in found
    first, fits = ready_answers.search(content, "", "hoeveel kost de opvang?", "nl")[0]
    assert (first.id, fits) == ("opvang_prijs", True)
    assert ready_answers.search(content, "xyzzy") == []


# ---------------------------------------------------------------- interpreters


async def test_of_two_interpreters_the_first_answers_her_and_the_second_is_told(cast: Cast) -> None:
    samira, nour = await interpreter(cast, "Samira", "ar"), await interpreter(cast, "Nour", "ar", "fr")
    await interpreter(cast, "Vincent", "fr")
    question = await ask(cast)
    assert "Vraag van Amina" not in await words_to(cast.session, samira.chat_id)
    found = await inbox.ask_interpreters(cast.session, cast.rose, question, NOON)
    assert [p.name for p in found] == ["Nour", "Samira"]
    await cast.deliver()
    said = await words_to(cast.session, samira.chat_id)
    assert "Rose vraagt jou als tolk (Arabisch)" in said
    assert "“Waar is de crèche?”" in said
    assert (await cast.speaks(samira, await cast.message_about(samira, "als tolk"), LATER))[0].text == (
        "✅ Verstuurd naar Amina."
    )
    assert (await said_to(cast.session, cast.amina.chat_id))[-1].media
    assert "beantwoord door Samira" in await words_to(cast.session, cast.rose.chat_id)
    late = await cast.speaks(nour, await cast.message_about(nour, "als tolk"), LATER)
    assert "al geantwoord door Samira" in late[0].text
    (row,) = list(await cast.session.scalars(select(Interpreting)))
    assert (row.answered_by, row.answered_at) == (samira.id, LATER)


async def test_a_volunteer_who_speaks_her_language_is_never_shown_a_question(cast: Cast) -> None:
    await interpreter(cast, "Vrijwilligster", "ar", role="volunteer")
    elsewhere = await make_staff(cast.session, "Ver", "interpreter", await make_group(cast.session, house="Gent"))
    elsewhere.langs = ["ar"]
    question = await ask(cast)
    assert await inbox.ask_interpreters(cast.session, cast.rose, question, NOON) == []
    assert list(await cast.session.scalars(select(Interpreting))) == []


async def test_asking_the_interpreters_twice_bothers_them_once(cast: Cast) -> None:
    samira = await interpreter(cast, "Samira", "ar")
    question = await ask(cast)
    for _ in range(2):
        await inbox.ask_interpreters(cast.session, cast.rose, question, NOON)
    assert len(await said_to(cast.session, samira.chat_id)) == 1


# ---------------------------------------------------------------- lists


async def test_each_list_shows_what_belongs_there(cast: Cast) -> None:
    samira = await interpreter(cast, "Samira", "ar")
    mine, theirs, asked = await ask(cast), await ask(cast, mother=cast.fatou), None
    await inbox.hand_over(cast.session, cast.els, mine, cast.rose, NOON)
    await inbox.hand_over(cast.session, cast.rose, theirs, cast.els, NOON)

    async def numbers(person: Staff, which: str) -> list[int]:
        return [a.question.id for a in await inbox_lists.listed(cast.session, person, which, NOON)]

    assert await numbers(cast.rose, "open") == [mine.id, theirs.id]
    assert await numbers(cast.rose, "mine") == [mine.id]
    assert await numbers(cast.rose, "handed") == [theirs.id]
    assert await inbox_lists.numbers(cast.session, cast.rose, NOON) == {"open": 2, "mine": 1, "handed": 1}
    assert await numbers(samira, "open") == []
    asked = await inbox.ask_interpreters(cast.session, cast.rose, mine, NOON)
    assert asked == [samira]
    assert await numbers(samira, "open") == [mine.id]
    assert await numbers(cast.rose, "handed") == [mine.id, theirs.id]
    await inbox.answer(cast.session, cast.content, cast.rose, mine, text="Hier.", now=LATER)
    assert await numbers(cast.rose, "answered") == [mine.id]
    assert await numbers(cast.rose, "handed") == [theirs.id]


# ---------------------------------------------------------------- notes and barriers


@pytest.mark.parametrize("state", ["open", "answered"])
async def test_however_much_is_asked_in_another_house_hers_stays_in_the_list(cast: Cast, state: str) -> None:
    other = await make_group(cast.session, house="Gent", name="Elders")
    await make_staff(cast.session, "Ver", "coordinator", other)
    stranger = await make_mother(cast.session, "Oksana", "nl", status="member", group_id=other.id)
    asked = {"lang": "nl", "state": state, "urgent": True, "created_at": NOON, "answered_at": LATER}
    theirs = [Question(mother_id=stranger.id, group_id=other.id, **asked) for _ in range(inbox_lists.MOST)]
    cast.session.add_all(theirs)
    await cast.session.flush()
    hers = Question(mother_id=cast.amina.id, group_id=cast.group.id, **{**asked, "answered_at": NOON})
    cast.session.add(hers)
    await cast.session.flush()
    assert [a.question.id for a in await inbox_lists.listed(cast.session, cast.rose, state, NOON)] == [hers.id]
    assert await inbox_lists.urgent_waiting(cast.session, cast.rose, NOON) == (state == "open")
    assert (await inbox_lists.numbers(cast.session, cast.rose, NOON))["open"] == (state == "open")


async def test_a_note_is_for_colleagues_only_and_only_its_writer_takes_it_away(cast: Cast) -> None:
    question = await ask(cast)
    before = len(await said_to(cast.session, cast.amina.chat_id))
    assert await inbox_notes.note(cast.session, cast.rose, question, " Bel het loket. ", NOON)
    assert not await inbox_notes.note(cast.session, cast.rose, question, "  ", NOON)
    assert len(await said_to(cast.session, cast.amina.chat_id)) == before
    (asked,) = await inbox_lists.whole(cast.session, [question])
    assert [(n.text, p.name) for n, p in asked.notes] == [("Bel het loket.", "Rose")]
    number = asked.notes[0][0].id
    assert not await inbox_notes.drop_note(cast.session, cast.els, question, number)
    assert await inbox_notes.drop_note(cast.session, cast.rose, question, number)
    assert list(await cast.session.scalars(select(QuestionNote))) == []


async def test_several_barriers_can_be_tagged_and_untagged(cast: Cast) -> None:
    question = await ask(cast)
    chosen = ["papers", "cost", "weather"]
    assert await inbox_notes.set_barriers(cast.session, question, chosen, NOON) == ["cost", "papers"]
    assert await inbox_notes.set_barriers(cast.session, question, ["cost", "place"], NOON) == ["place", "cost"]
    (asked,) = await inbox_lists.whole(cast.session, [question])
    assert sorted(asked.barriers) == ["cost", "place"]


# ---------------------------------------------------------------- the answer she came from


async def test_staff_hear_from_which_answer_a_question_came(cast: Cast) -> None:
    question = await ask(cast, topic=("opvang_prijs", "Wat kost opvang?"))
    assert "Ze luisterde net naar “Wat kost opvang?”." in await words_to(cast.session, cast.rose.chat_id)
    (asked,) = await inbox_lists.whole(cast.session, [question])
    assert asked.topic == "opvang_prijs"


# ---------------------------------------------------------------- away


async def test_while_a_colleague_is_away_her_deputy_hears_and_answers_too(cast: Cast) -> None:
    bea = await make_staff(cast.session, "Bea", "coordinator", await make_group(cast.session, name="Klimop"))
    row = await away.add(cast.session, cast.rose, bea, TODAY, TODAY + dt.timedelta(days=2), NOON)
    assert "Rose is weg van 24/11 tot en met 26/11" in await words_to(cast.session, bea.chat_id)
    question = await ask(cast)
    for person in (cast.rose, cast.els, bea):
        assert "Waar is de crèche?" in await words_to(cast.session, person.chat_id)
    assert cast.group.id in [g.id for g in await staff.groups_of(cast.session, bea, NOON)]
    assert (await cast.types(bea, "Daar.", await cast.message_about(bea, "Vraag van"), LATER))[0].text.startswith("✅")
    assert question.answered_by == bea.id
    later = NOON + dt.timedelta(days=3)
    assert cast.group.id not in [g.id for g in await staff.groups_of(cast.session, bea, later)]
    assert not await inbox_lists.may_see(cast.session, bea, question, later)
    await away.end(cast.session, row, NOON)
    assert not await inbox_lists.may_see(cast.session, bea, question, NOON)


async def test_a_deputy_who_is_away_has_a_deputy_too_and_a_circle_ends(cast: Cast) -> None:
    bea = await make_staff(cast.session, "Bea", "coordinator", await make_group(cast.session, name="Klimop"))
    await away.add(cast.session, cast.rose, cast.els, TODAY, TODAY, NOON)
    await away.add(cast.session, cast.els, bea, TODAY, TODAY, NOON)
    await away.add(cast.session, bea, cast.rose, TODAY, TODAY, NOON)
    found = await away.with_deputies(cast.session, [cast.rose], NOON)
    assert [p.name for p in found] == ["Rose", "Els", "Bea"]
    assert [p.name for p in await away.covers(cast.session, bea, NOON)] == ["Els", "Rose"]


@pytest.mark.parametrize(
    ("deputy", "first", "last", "says"),
    [
        pytest.param("rose", 0, 1, "jezelf niet", id="herself"),
        pytest.param("els", 2, 1, "vóór de eerste", id="turned round"),
        pytest.param("els", -3, -2, "al voorbij", id="past"),
        pytest.param("els", 0, 400, "langer dan een jaar", id="too long"),
        pytest.param("vera", 0, 1, "coördinator of begeleider", id="a volunteer"),
    ],
)
async def test_what_cannot_be_is_said_in_a_sentence(cast: Cast, deputy: str, first: int, last: int, says: str) -> None:
    from_, until = TODAY + dt.timedelta(days=first), TODAY + dt.timedelta(days=last)
    with pytest.raises(ValueError, match=says):
        await away.add(cast.session, cast.rose, getattr(cast, deputy), from_, until, NOON)


# ---------------------------------------------------------------- the alarm


async def ring(cast: Cast, now: dt.datetime) -> int:
    count = 0
    while await inbox_alarm.ring_one(cast.session, cast.content, now):
        count += 1
        assert count < 20, "it never ends"
    return count


async def test_an_urgent_question_that_waits_is_told_again_to_all_coordinators_of_the_house(cast: Cast) -> None:
    other = await make_staff(cast.session, "Bea", "coordinator", await make_group(cast.session, name="Klimop"))
    far = await make_staff(cast.session, "Ver", "coordinator", await make_group(cast.session, house="Gent"))
    deputy = await make_staff(cast.session, "Dina", "guide", await make_group(cast.session, name="Zon"))
    await away.add(cast.session, other, deputy, TODAY, TODAY, NOON)
    question = await ask(cast, "Hij slaat mij", urgent=True)
    assert await ring(cast, NOON + dt.timedelta(minutes=14)) == 0
    assert await ring(cast, NOON + dt.timedelta(minutes=15)) == 1
    assert await ring(cast, NOON + dt.timedelta(minutes=16)) == 0
    for person in (cast.rose, cast.els, other, deputy):
        text = await words_to(cast.session, person.chat_id)
        assert "⏰ Nog geen antwoord sinds 12.00 uur. 🔴 DRINGEND. Vraag van Amina" in text
    assert await said_to(cast.session, far.chat_id) == []
    assert await ring(cast, NOON + dt.timedelta(minutes=45)) == 1
    assert await inbox_lists.urgent_waiting(cast.session, cast.rose, NOON) == 1
    await inbox.answer(cast.session, cast.content, cast.rose, question, text="Ik kom.", now=LATER)
    assert await ring(cast, NOON + dt.timedelta(days=9)) == 0
    assert await inbox_lists.urgent_waiting(cast.session, cast.rose, NOON) == 0


async def test_the_alarm_rings_ever_more_slowly_and_then_no_more(cast: Cast) -> None:
    question = await ask(cast, "Help", urgent=True)
    now = NOON
    for _ in range(20):
        now += dt.timedelta(days=1)
        await ring(cast, now)
    row = await cast.session.get_one(QuestionMark, question.id)
    assert (row.rung, row.ring_at) == (inbox_alarm.MOST, None)


async def test_a_question_that_is_not_urgent_never_rings(cast: Cast) -> None:
    await ask(cast)
    assert await ring(cast, NOON + dt.timedelta(days=2)) == 0


async def test_a_house_may_choose_how_long_it_may_wait(cast: Cast) -> None:
    cast.session.info["urgent_minutes"] = 3
    await ask(cast, "Help", urgent=True)
    assert await ring(cast, NOON + dt.timedelta(minutes=3)) == 1


# ---------------------------------------------------------------- forgotten


async def test_when_she_is_forgotten_notes_barriers_and_marks_go_too(cast: Cast) -> None:
    from bot.care import privacy

    await interpreter(cast, "Samira", "ar")
    question = await ask(cast, urgent=True, topic=("opvang_prijs", "Wat kost opvang?"))
    await inbox_notes.note(cast.session, cast.rose, question, "Amina belt zelf", NOON)
    await inbox_notes.set_barriers(cast.session, question, ["cost"], NOON)
    await inbox.ask_interpreters(cast.session, cast.rose, question, NOON)
    await make_media(cast.session, mother_id=cast.amina.id)
    await privacy.forget(cast.session, cast.amina, NOON)
    await cast.session.flush()
    for table in (QuestionNote, QuestionBarrier, QuestionMark, Interpreting):
        assert list(await cast.session.scalars(select(table))) == []
    assert not [d for d in await cast.session.scalars(select(Delivery)) if "Amina" in str(d.utterance)]


# ---------------------------------------------------------------- by buttons in Telegram


async def test_a_ready_answer_is_chosen_heard_and_sent_by_buttons(cast: Cast) -> None:
    question = await ask(cast, "combien coûte la crèche", mother=cast.fatou)
    await cast.taps(cast.rose, "Meer …")
    await cast.taps(cast.rose, "Klaar antwoord")
    said = await cast.taps(cast.rose, "Wat kost opvang?")
    assert said[0].lang == "fr"
    assert "In het Nederlands: Wat kost opvang?" in said[-1].text
    assert not [b for u in said[:-1] for row in u.buttons for b in row]
    before = len(await said_to(cast.session, cast.fatou.chat_id))
    assert (await cast.taps(cast.rose, "Verstuur naar Fatou"))[0].text == "✅ Verstuurd, in haar taal."
    assert len(await said_to(cast.session, cast.fatou.chat_id)) > before
    assert question.state == "answered"


async def test_a_ready_answer_is_found_by_typing_a_word(cast: Cast) -> None:
    await ask(cast)
    await cast.taps(cast.rose, "Meer …")
    await cast.taps(cast.rose, "Klaar antwoord")
    found = await cast.types(cast.rose, "wennen")
    assert "Wennen in de opvang" in str(found[0].buttons)
    assert "Niets gevonden" in (await cast.types(cast.rose, "xyzzy"))[0].text


async def test_interpreters_barriers_and_notes_by_buttons(cast: Cast) -> None:
    samira = await interpreter(cast, "Samira", "ar")
    question = await ask(cast)
    await cast.taps(cast.rose, "Meer …")
    assert "Gevraagd aan Samira." in (await cast.taps(cast.rose, "Vraag een tolk"))[0].text
    assert "als tolk" in await words_to(cast.session, samira.chat_id)
    await cast.taps(cast.rose, "Wat houdt haar tegen?")
    await cast.taps(cast.rose, "te duur")
    assert "✓ te duur" in str((await cast.taps(cast.rose, "papieren"))[0].buttons)
    await cast.taps(cast.rose, "✓ te duur")
    await cast.taps(cast.rose, "Notitie voor collega")
    assert "bewaard" in (await cast.types(cast.rose, "Bel het loket."))[0].text
    (asked,) = await inbox_lists.whole(cast.session, [question])
    assert (asked.barriers, [n.text for n, _ in asked.notes]) == (["papers"], ["Bel het loket."])
    assert "Bel het loket." not in await words_to(cast.session, cast.amina.chat_id)


# ---------------------------------------------------------------- a role that was given for one group


async def test_a_role_given_for_one_group_counts_more_than_the_own_one(cast: Cast) -> None:
    bea = await make_staff(cast.session, "Bea", "volunteer", cast.group)
    bea.langs = ["ar"]
    await staff.assign(cast.session, bea, {cast.group.id: "coordinator"})
    cast.els.langs = ["ar"]
    await staff.assign(cast.session, cast.els, {cast.group.id: "volunteer"})
    question = await ask(cast, "Er is bloed", urgent=True)
    assert [p.name for p in await inbox.ask_interpreters(cast.session, cast.rose, question, LATER)] == ["Bea"]
    assert bea in await inbox_people.house_coordinators(cast.session, cast.group.id)
    assert await inbox_lists.urgent_waiting(cast.session, cast.els, NOON) == 0
    await staff.assign(cast.session, cast.rose, {cast.group.id: "volunteer"})
    while await inbox_alarm.ring_one(cast.session, cast.content, NOON + dt.timedelta(minutes=20)):
        pass
    assert "⏰" in await words_to(cast.session, bea.chat_id)
    for demoted in (cast.rose, cast.els):
        assert "⏰" not in await words_to(cast.session, demoted.chat_id)


async def test_a_question_is_never_shown_to_another_house_and_waits_for_who_joins(cast: Cast) -> None:
    there = await make_group(cast.session, house="Gent", name="Gent")
    bea = await make_staff(cast.session, "Bea", "coordinator", there)
    for person in (cast.rose, cast.els):
        await staff.remove(cast.session, person)
    question = await ask(cast, "Er is bloed", urgent=True)
    assert await words_to(cast.session, bea.chat_id) == ""
    assert not await inbox_lists.may_see(cast.session, bea, question, NOON)
    assert await figures.unheard(cast.session) == 1
    karim = await make_staff(cast.session, "Karim", "coordinator", cast.group)
    assert await figures.unheard(cast.session) == 0
    assert await inbox.open_ones(cast.session, karim, [cast.group.id]) == [question]


async def test_who_stands_in_sees_only_what_the_absent_colleague_answers_herself(cast: Cast) -> None:
    other = await make_group(cast.session, name="Klimop")
    bea = await make_staff(cast.session, "Bea", "guide", await make_group(cast.session, name="Zon"))
    await staff.assign(cast.session, cast.rose, {other.id: "volunteer"})
    await away.add(cast.session, cast.rose, bea, TODAY, TODAY, NOON)
    assert [g.name for g in await staff.groups_of(cast.session, bea, NOON)] == ["Mama Leert", "Zon"]


async def test_who_answers_only_by_the_role_of_a_group_is_not_replaced_by_a_volunteer(cast: Cast) -> None:
    bea, jo = [await make_staff(cast.session, name, "volunteer", cast.group) for name in ("Bea", "Jo")]
    await staff.assign(cast.session, bea, {cast.group.id: "guide"})
    with pytest.raises(ValueError, match="alleen zij zien de vragen"):
        await away.add(cast.session, bea, jo, TODAY, TODAY, NOON)


async def test_words_without_a_thread_name_only_mothers_of_groups_in_which_she_answers(cast: Cast) -> None:
    await staff.assign(cast.session, cast.els, {cast.group.id: "volunteer"})
    await staff.assign(cast.session, cast.els, {(await make_group(cast.session, name="Zon")).id: "guide"})
    await ask(cast)
    said = await cast.types(cast.els, "Hallo", now=LATER)
    assert "Amina" not in str([one.buttons for one in said])
