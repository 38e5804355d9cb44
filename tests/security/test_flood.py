"""One person sends without end: she hears one kind line, her words are kept, and nobody else notices."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import flood
from bot.care.flood import Answering, Flood, sent_at
from bot.db.models import Arrival, Delivery, Question, QuestionPart
from bot.messages import Utterance
from tests.given.house import TUESDAY, House, Person, World, welcome, words

MOST = 8  # here, so that a flood is quickly made
ONE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MANY = "وصلتني أشياء كثيرة معا"  # "many things reached me at once", to Amina


async def nobody(*_: object) -> set[int]:
    return set()


@pytest.fixture
def gate(world: World, monkeypatch: pytest.MonkeyPatch) -> Answering:
    """Everything goes through the gate that the composition root puts before the conversation."""
    monkeypatch.setattr(flood, "MOST", MOST)
    monkeypatch.setattr(flood, "PARTS", 20)
    made = Answering(world.content, nobody)
    world.through = made.handle
    return made


async def floods(person: Person, more: int = 8) -> list[Utterance]:
    """A minute in which one person says more than she could; what was said back beyond the first `MOST`."""
    said = [await person.say(f"woord {n}") for n in range(MOST + more)]
    return [line for heard in said[MOST:] for line in heard]


async def test_she_hears_one_kind_line_in_her_language_and_no_more_until_it_is_calm(
    amina: Person, house: House, world: World, gate: Answering
) -> None:
    await welcome(amina, house)
    world.now += dt.timedelta(minutes=2)
    back = await floods(amina)
    assert len(back) == 1
    assert MANY in back[0].text
    assert back[0].voice is not None
    assert await amina.tap("@home") == []
    world.now += dt.timedelta(minutes=2)
    assert len(await amina.tap("@home")) > 0
    assert MANY not in words(await amina.say("hallo"))


@ONE
async def test_the_others_are_answered_meanwhile_and_hear_nothing_of_it(
    amina: Person, fatou: Person, rose: Person, house: House, world: World, gate: Answering, second: AsyncSession
) -> None:
    for person in (amina, fatou):
        await welcome(person, house)
    world.now += dt.timedelta(minutes=2)
    await floods(amina)
    told = len(await rose.listen())
    await floods(amina)
    assert await rose.listen() == []  # what is beyond a person's measure makes no message for Rose
    assert told <= MOST + 5
    assert len(await fatou.tap("@home")) > 0
    assert len(await fatou.say("mag ik iets vragen?")) > 0
    assert await rose.send("text", text="/menu")
    waiting = select(func.count()).where(Delivery.chat_id == fatou.chat_id, Delivery.due_at > world.now)
    assert await second.scalar(waiting) == 0


@ONE
async def test_what_she_says_is_kept_for_a_person_as_far_as_a_person_can_read(
    amina: Person, house: House, world: World, gate: Answering, second: AsyncSession
) -> None:
    await welcome(amina, house)
    world.now += dt.timedelta(minutes=2)
    await floods(amina)
    await amina.voice()
    kept = list(await second.scalars(select(QuestionPart.text).order_by(QuestionPart.id)))
    assert f"woord {MOST + 7}" in kept
    assert await second.scalar(select(func.count()).where(QuestionPart.kind == "voice")) == 1
    assert await second.scalar(select(func.count()).where(Question.state == "open")) == 1
    await floods(amina, 30)
    await second.rollback()
    assert (await second.scalar(select(func.count()).select_from(QuestionPart)) or 0) <= flood.PARTS + MOST


@ONE
async def test_a_cry_for_help_is_answered_in_the_middle_of_it(
    amina: Person, house: House, world: World, gate: Answering
) -> None:
    await welcome(amina, house)
    world.now += dt.timedelta(minutes=2)
    await floods(amina)
    assert "112" in words(await amina.send("command", text="sos"))
    assert "112" in words(await amina.say("طفلي لا يتنفس"))


@ONE
async def test_staff_may_type_as_fast_as_they_can(rose: Person, house: House, world: World, gate: Answering) -> None:
    assert all([await rose.send("command", text="menu") for _ in range(MOST + 10)])


@ONE
async def test_of_a_stranger_who_floods_nothing_is_kept(
    fatou: Person, house: House, gate: Answering, second: AsyncSession
) -> None:
    back = await floods(fatou)
    assert len(back) == 1
    assert await second.scalar(select(func.count()).select_from(QuestionPart)) == 0
    raws = list(await second.scalars(select(Arrival.raw).where(Arrival.chat_id == fatou.chat_id)))
    assert raws
    assert all(raw == {} for raw in raws)


@ONE
async def test_plain_taps_count_too_and_go_the_same_way(amina: Person, gate: Answering) -> None:
    from bot.messages import Heard

    seen: list[int] = []

    async def together(_session: object, tapped: dict[int, Heard], _now: dt.datetime) -> set[int]:
        seen.extend(tapped)
        return set(tapped)

    gate.together = together  # type: ignore[assignment]
    press = Heard("press", amina.chat_id, data="x:0")
    for number in range(MOST + 10):
        assert await gate.taps(None, {number: press}, TUESDAY) == ({number} if number < MOST else set())  # type: ignore[arg-type]
    assert seen == list(range(MOST))


def test_what_waited_while_the_house_was_down_is_no_flood_and_an_arrival_counts_once() -> None:
    most = flood.MOST
    counted = Flood()
    day = [TUESDAY - dt.timedelta(minutes=3 * n) for n in range(200, 0, -1)]
    assert [counted.began(1, n, at) for n, at in enumerate(day)] == [None] * 200
    assert [counted.began(2, 7, TUESDAY) for _ in range(200)] == [None] * 200
    burst = [counted.began(3, n, TUESDAY + dt.timedelta(seconds=n / 2)) for n in range(80)]
    assert burst[:most] == [None] * most
    assert set(burst[most:]) == {TUESDAY + dt.timedelta(seconds=most / 2)}  # one flood, with one beginning
    assert counted.began(3, 999, TUESDAY + dt.timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        ({"message": {"date": 1_795_000_000}}, dt.datetime.fromtimestamp(1_795_000_000, dt.UTC)),
        ({"edited_message": {"date": 1, "edit_date": 1_795_000_000}}, dt.datetime.fromtimestamp(1_795_000_000, dt.UTC)),
        ({"callback_query": {}}, TUESDAY),
        ({"message": {"date": "x"}}, TUESDAY),
        ({"message": {"date": True}}, TUESDAY),
        ({"message": {"date": 2**70}}, TUESDAY),
        ({"message": None}, TUESDAY),
    ],
)
def test_when_something_was_sent_is_what_telegram_says_or_when_it_came(
    raw: dict[str, object], sent: dt.datetime
) -> None:
    assert sent_at(Arrival(raw=raw, received_at=TUESDAY)) == sent


def test_counting_takes_no_more_room_with_more_chats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "CHATS", 50)
    counted = Flood()
    for chat in range(500):
        for n in range(3):
            counted.began(chat, n, TUESDAY)
    assert len(counted._seen) <= 50
