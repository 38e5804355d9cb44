"""The conversation: every kind of input gets a kind answer with a voice, and nothing she says is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care.conversation import handle
from bot.care.headcount import headcount
from bot.db.models import Arrival, Delivery, Media, Mother, Question, QuestionPart
from bot.messages import FileRef, Heard, Utterance
from tests.given.house import House, Person, World, welcome, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def parts(second: AsyncSession) -> list[tuple[str, str]]:
    """What lies in the inbox: (kind, text) of every part."""
    rows = await second.execute(select(QuestionPart.kind, QuestionPart.text).order_by(QuestionPart.id))
    return [(kind, text) for kind, text in rows]


async def test_every_message_has_a_picture_a_voice_and_buttons(amina: Person, house: House) -> None:
    await welcome(amina, house)
    for choice in ("faq", "@home", "ask", "@home", "meeting", "@home", "settings", "@home", "sos"):
        said = await amina.tap(choice)
        assert {"picture", "voice"} <= {u.kind for u in said}
        assert said[-1].buttons
        assert all(u.lang == "ar" for u in said)


async def test_the_voice_reads_the_choices_with_their_numbers(amina: Person, house: House) -> None:
    amina.lang = "nl"
    await welcome(amina, house)
    [*_, said] = await amina.tap("@home")
    assert said.voice is not None
    spoken = [part.text for part in said.voice.parts]
    assert spoken[:3] == ["Dag! Wat zoek je?", "één", "Opvang, school en meer"]
    assert [part.key for part in said.voice.parts][1:3] == ["common.one", "home.menu.faq.label"]


async def test_numbers_of_children_are_not_numbered_again(amina: Person, house: House) -> None:
    amina.lang = "nl"
    await welcome(amina, house)
    await amina.tap("meeting")
    *_, card, said = await amina.tap("come")
    assert card.picture is not None
    assert [cell.number for cell in card.picture.cells] == [None] * 6
    assert said.voice is not None
    assert "één" not in [part.text for part in said.voice.parts]


async def test_the_language_of_the_link_comes_first(world: World, house: House, fatou: Person) -> None:
    from bot.care import groups

    async with world.db.begin() as session:
        code = await groups.invite(session, house.group, world.now, lang="fr")
    card, first, *_ = await fatou.start(code)
    assert card.picture is not None
    assert card.picture.cells[0].label == "Français"
    assert first.lang == "fr"


async def test_the_telephones_language_comes_first_without_a_link(fatou: Person) -> None:
    _, first, *_ = await fatou.send("start", language_code="fr-BE")
    assert first.lang == "fr"


async def test_a_word_of_danger_brings_the_sos_card_and_an_urgent_question(
    amina: Person, rose: Person, house: House, second: AsyncSession
) -> None:
    amina.lang = "nl"
    await welcome(amina, house)
    said = await amina.say("help mijn man slaat mij")
    assert any(u.contact for u in said)
    question = (await second.scalars(select(Question))).one()
    assert question.urgent
    assert words(await rose.listen())


async def test_danger_is_heard_while_she_is_asking_too(amina: Person, house: House, second: AsyncSession) -> None:
    amina.lang = "nl"
    await welcome(amina, house)
    await amina.tap("ask")
    said = await amina.say("mijn man slaat mij")
    assert any(u.contact for u in said)
    assert (await second.scalars(select(Question.urgent))).one()


async def test_typed_words_that_nobody_knows_are_passed_on_with_one_tap(
    amina: Person, house: House, second: AsyncSession
) -> None:
    amina.lang = "nl"
    await welcome(amina, house)
    await amina.say("qwrtz plk")
    assert await parts(second) == []
    await amina.tap("vraag een mens")
    assert await parts(second) == [("text", "qwrtz plk")]


async def test_several_parts_become_one_question(amina: Person, house: House, second: AsyncSession) -> None:
    await welcome(amina, house)
    await amina.tap("ask")
    await amina.voice()
    await amina.photo()
    await amina.say("wat is dit")
    assert await second.scalar(select(func.count(Question.id))) == 1
    assert [kind for kind, _ in await parts(second)] == ["voice", "photo", "text"]


async def test_a_voice_note_out_of_nowhere_reaches_the_coordinator(amina: Person, rose: Person, house: House) -> None:
    await welcome(amina, house)
    await amina.voice()
    assert "Amina" in words(await rose.listen())


async def test_changed_words_are_added_to_the_question_they_belong_to(
    amina: Person, house: House, second: AsyncSession
) -> None:
    await welcome(amina, house)
    await amina.tap("ask")
    await amina.send("text", text="om negen uur", message_id=77)
    await amina.send("edited", text="om tien uur", message_id=77)
    assert [text for _, text in await parts(second)] == ["om negen uur", "om tien uur"]


async def test_changed_words_of_something_else_are_heard_afresh(
    amina: Person, house: House, second: AsyncSession
) -> None:
    await welcome(amina, house)
    said = await amina.send("edited", text="qwrtz", message_id=78)
    assert said
    assert await parts(second) == []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        pytest.param("other", {"text": "sticker"}, id="sticker"),
        pytest.param("other", {"text": "video"}, id="video"),
        pytest.param("other", {"text": "contact"}, id="contact"),
        pytest.param("other", {"text": "document"}, id="document"),
        pytest.param("other", {"text": "never heard of"}, id="unknown kind"),
        pytest.param("location", {"lat": 51.0, "lon": 4.0}, id="location"),
        pytest.param("text", {"text": "   "}, id="empty text"),
        pytest.param("voice", {"file": FileRef("f", "u", "voice", 20_000_001, 60)}, id="20 MB"),
        pytest.param("voice", {"file": FileRef("f", "u", "voice", 900_000, 600)}, id="ten minutes"),
        pytest.param("voice", {"file": FileRef("f", "u", "voice", 900, 3)}, id="does not decode"),
        pytest.param("photo", {}, id="photo that is gone"),
        pytest.param("press", {"data": "abc:0"}, id="unknown button"),
        pytest.param("press", {"data": "';--"}, id="tampered button"),
        pytest.param("press", {"data": ""}, id="empty button"),
        pytest.param("command", {"text": "nosuch"}, id="unknown command"),
        pytest.param("start", {"payload": "no-such-code"}, id="unknown link"),
        pytest.param("start", {"payload": "'; drop table"}, id="impossible link"),
        pytest.param("start", {}, id="second start"),
        pytest.param("edited", {"text": ""}, id="emptied message"),
        pytest.param("text", {"text": "x" * 4096}, id="long text"),
    ],
)
async def test_what_cannot_be_used_gets_a_kind_answer_with_a_voice(
    amina: Person, house: House, kind: str, fields: dict[str, Any]
) -> None:
    await welcome(amina, house)
    said = await amina.send(kind, **fields)
    assert [u for u in said if u.kind == "voice" and u.lang == "ar"]
    assert said[-1].buttons


async def test_an_answer_that_was_not_understood_leaves_her_where_she_was(
    amina: Person, house: House, second: AsyncSession
) -> None:
    await welcome(amina, house)
    await amina.tap("ask")
    await amina.send("other", text="sticker")
    await amina.say("mijn vraag")
    assert await parts(second) == [("text", "mijn vraag")]


async def test_a_foreign_button_does_nothing_for_her(amina: Person, fatou: Person, house: House) -> None:
    await welcome(amina, house)
    await welcome(fatou, house)
    said = await fatou.send("press", data=amina.find("settings"))
    assert said[-1].lang == "fr"
    assert (await fatou.place()).step == "home.menu"


async def test_a_group_chat_gets_one_line_once_and_nothing_is_kept(
    world: World, house: House, second: AsyncSession
) -> None:
    many = Person(world, -500, "Klas")
    first = await many.send("text", text="hallo allemaal", private=False)
    assert len(first) == 1
    assert not first[0].buttons
    assert await many.send("text", text="nog iets", private=False) == []
    assert await second.scalar(select(func.count(Mother.id))) == 0


@pytest.mark.parametrize(("code", "lang"), [("fr-BE", "fr"), ("ar", "ar"), ("xx", "nl"), ("", "nl")])
async def test_a_group_chat_is_answered_in_the_language_of_who_wrote(
    world: World, house: House, code: str, lang: str
) -> None:
    many = Person(world, -501, "Klas")
    [said] = await many.send("text", text="?", private=False, language_code=code)
    assert (said.lang, said.kind) == (lang, "voice")


async def test_a_colleagues_code_that_does_not_work_leaves_a_mother_where_she_is_at_home(
    amina: Person, house: House
) -> None:
    await welcome(amina, house)
    line, *rest = await amina.start("staff-nosuchcode")
    assert "Vraag een nieuwe code" in line.text
    assert [u.lang for u in rest if u.kind == "voice"] == ["ar"]
    assert (await amina.place()).step == "home.menu"


async def test_a_colleagues_code_that_does_not_work_leaves_her_at_the_door_when_she_is_there(
    amina: Person, house: House
) -> None:
    await amina.start(house.code)
    _, *rest = await amina.start("staff-nosuchcode")
    assert [u for u in rest if u.kind == "voice"]
    place = await amina.place()
    assert (place.step, place.slots["code"]) == ("welcome.language", house.code)


async def test_before_she_agrees_none_of_her_words_are_kept(amina: Person, house: House, second: AsyncSession) -> None:
    await amina.start(house.code)
    await amina.tap("nl")
    await amina.say("mijn geheim")
    await amina.voice()
    assert await parts(second) == []
    assert await second.scalar(select(func.count(Media.id))) == 0
    raws = list(await second.scalars(select(Arrival.raw)))
    assert all(raw == {} for raw in raws)
    assert (await second.scalars(select(Mother.first_name))).one() == ""


async def test_before_she_agrees_only_the_welcome_and_sos_open(amina: Person, house: House) -> None:
    await amina.start(house.code)
    await amina.tap("nl")
    await amina.tap("@sos")
    said = await amina.tap("@person")
    assert "Is dat goed voor jou?" in words(said)
    assert (await amina.place()).step == "welcome.consent"


async def test_every_number_on_the_sos_card_is_there_before_she_agrees(amina: Person, house: House) -> None:
    await amina.start(house.code)
    await amina.tap("nl")
    card = amina.world.content.flows["faq.nood"].choices
    assert len(card) > 4
    for choice in card:
        await amina.tap("@sos")
        said = await amina.tap(choice.id)
        assert "Is dat goed voor jou?" not in words(said), f"{choice.id} leads back to the welcome"
        assert [u for u in said if u.kind == "voice"]


async def test_practising_reaches_nobody_and_is_not_kept(
    amina: Person, rose: Person, house: House, second: AsyncSession
) -> None:
    await amina.start(house.code)
    for choice in ("nl", "agree", "sun", "@again"):
        await amina.tap(choice)
    await amina.voice()
    assert (await amina.place()).step == "found.ask"
    assert await parts(second) == []
    assert await second.scalar(select(func.count(Media.id))) == 0
    assert await rose.listen() == []


async def test_her_answer_is_counted_before_she_says_how_many_children(
    amina: Person, fatou: Person, house: House, world: World
) -> None:
    await welcome(amina, house)
    await welcome(fatou, house)
    await amina.tap("meeting")
    await amina.tap("come")
    await fatou.tap("meeting")
    await fatou.tap("cannot")
    async with world.db.begin() as session:
        count = await headcount(session, house.meeting.id)
    assert (count.mothers, count.cannot, count.unsaid) == (1, 1, 1)
    await amina.tap("two")
    async with world.db.begin() as session:
        count = await headcount(session, house.meeting.id)
    assert (count.mothers, count.children) == (1, 2)


async def test_a_quiet_week_ends_by_itself(amina: Person, house: House, world: World) -> None:
    await welcome(amina, house)
    for choice in ("settings", "mute", "mute"):
        await amina.tap(choice)
    row = await amina.row()
    assert row is not None
    assert row.muted_until == dt.datetime(2026, 11, 29, 23, 0, tzinfo=dt.UTC)


async def test_an_answer_has_the_groups_own_addresses_below_it(amina: Person, house: House, world: World) -> None:
    async with world.db.begin() as session:
        group = await session.merge(house.group)
        group.local = {"loket_adres": "Stationsstraat 5", "loket_tel": "", "ocmw_adres": "Markt 1"}
    await welcome(amina, house)
    await amina.tap("faq")
    await amina.tap("opvang")
    said = await amina.tap("opvang_zoeken")
    assert said[-1].text.endswith("\n📍 Stationsstraat 5")


async def test_hear_it_in_dutch_says_the_whole_message_in_dutch(amina: Person, house: House) -> None:
    await welcome(amina, house)
    said = await amina.tap("@dutch")
    assert {u.lang for u in said} == {"nl"}
    assert (await amina.tap("@again"))[-1].lang == "ar"


async def test_handling_an_arrival_twice_says_nothing_twice(
    amina: Person, house: House, world: World, second: AsyncSession
) -> None:
    await welcome(amina, house)
    heard = Heard("command", amina.chat_id, text="help")
    await world.arrive(heard)
    before = await second.scalar(select(func.count(Delivery.id)))
    async with world.db.begin() as session:
        arrival = (await session.scalars(select(Arrival).order_by(Arrival.id.desc()).limit(1))).one()
        await handle(session, world.content, arrival, heard, {}, world.now)
    assert await second.scalar(select(func.count(Delivery.id))) == before


async def test_an_old_staff_code_gets_a_clear_line_and_makes_no_mother(
    world: World, house: House, second: AsyncSession
) -> None:
    other = Person(world, 901, "Jan")
    [said] = await other.start("staff-no-such-code")
    assert "nieuwe code" in said.text
    assert await second.scalar(select(func.count(Mother.id))) == 0


async def test_a_mother_who_blocked_us_is_reachable_when_she_writes_again(amina: Person, house: House) -> None:
    await welcome(amina, house)
    assert await amina.send("blocked") == []
    row = await amina.row()
    assert row is not None
    assert row.unreachable_at is not None
    await amina.say("hallo")
    row = await amina.row()
    assert row is not None
    assert row.unreachable_at is None


kinds = st.sampled_from(
    ["start", "text", "press", "voice", "photo", "location", "edited", "command", "other", "tap", "tap", "tap", "tap"]
)
inputs = st.tuples(kinds, st.text(max_size=40), st.integers(0, 10_000))


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(inputs, min_size=50, max_size=50))
async def test_five_hundred_random_inputs_never_get_silence_or_a_crash(
    world: World, house: House, given_inputs: list[tuple[str, str, int]]
) -> None:
    selam = Person(world, 10_000 + next(world.numbers), "Selam")
    await welcome(selam, house)
    for kind, text, number in given_inputs:
        if kind == "tap":
            said = await selam.send("press", data=_some_button(selam, number))
        elif kind == "voice" and number % 2:
            said = await selam.voice()
        else:
            said = await selam.send(kind, text=text, data=text, payload=text)
        assert words(said).strip(), f"{kind} {text!r} got silence"
        assert all(_whole(u) for u in said)


def _some_button(person: Person, number: int) -> str:
    shown = [(d.token, i) for d in person.last[-6:] for i in range(sum(len(r) for r in d.utterance.get("buttons", [])))]
    token, index = shown[number % len(shown)] if shown else ("none", 0)
    return f"{token}:{index}"


def _whole(said: Utterance) -> bool:
    """No empty voice, no brace, nothing that Telegram would refuse."""
    return len(said.text) <= 1024 and "{" not in said.text and (said.kind != "voice" or bool(said.voice or said.media))
