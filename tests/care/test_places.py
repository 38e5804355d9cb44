"""Places in the neighbourhood, the fields of a group, and the numbers to call."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from sqlalchemy import select

from bot.care import local, places, places_file
from bot.care.content import Content
from bot.db.models import Arrival, Group, Mother
from bot.db.place_models import Spot
from bot.flow.model import Topic
from bot.settings import default_content
from tests.given.house import House, Person, World, welcome, words
from tests.given.places import SPOTS, spot

TODAY = dt.date(2026, 11, 24)
HEAD = "category_nl,name,street,number,postcode,municipality,lat,lon,last_checked,picture\n"
EXAMPLE = default_content() / "flows" / "places" / "molenbeek.csv"


async def fill(world: World, house_id: int | None = None) -> None:
    async with world.db.begin() as session:
        await places.keep(session, SPOTS, house_id, world.now)


# ---------------------------------------------------------------- reading a list


@pytest.mark.parametrize(
    ("row", "says"),
    [
        pytest.param("Sterrenwacht,X,,,,,,,,", "Row 2, X: the category “Sterrenwacht” is not known.", id="category"),
        pytest.param("OCMW,,,,,,,,,", "Row 2: there is no name.", id="name"),
        pytest.param("OCMW,X,,,108,,,,,", "Row 2, X: “108” is no Belgian postcode.", id="postcode"),
        pytest.param("OCMW,X,,,,,4.33,50.85,,", "Row 2, X: 4.33, 50.85 does not lie in Belgium (lat and lon swapped?).", id="swapped"),
        pytest.param("OCMW,X,,,,,50.85,,,", "Row 2, X: lat and lon have to be two numbers, like 50.8580 and 4.3300.", id="half a pin"),
        pytest.param("OCMW,X,,,,,,,soon,", "Row 2, X: last_checked is a day like 2026-11-22, not “soon”.", id="no day"),
        pytest.param("OCMW,X,,,,,,,2027-01-01,", "Row 2, X: last_checked lies in the future: 2027-01-01.", id="future"),
        pytest.param("OCMW,X,,,,,,,,nosuch", "Row 2, X: there is no picture called “nosuch”.", id="picture"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_what_to_mend_and_the_others_come_in(row: str, says: str) -> None:
    found = places_file.read(f"{HEAD}{row}\nOCMW,Goed,Straat,1,1080,Molenbeek,,,22/11/2026,\n", ("play",), TODAY)
    assert found.wrong == [says]
    assert [good["name"] for good in found.rows] == ["Goed"]
    assert found.rows[0]["last_checked"] == dt.date(2026, 11, 22)


def test_a_file_without_its_columns_says_which_are_needed() -> None:
    assert places_file.read("naam;straat\nA;B\n", (), TODAY).wrong == [
        "The first line has to name the columns category_nl and name."
    ]


def test_the_same_place_twice_is_refused_once() -> None:
    found = places_file.read(f"{HEAD}OCMW,A,S,1,,,,,,\nOCMW,a,s,1,,,,,,\n", (), TODAY)
    assert len(found.rows) == 1
    assert found.wrong == ["Row 3: “a” stands at the same address in row 2."]


def test_the_example_comes_in_whole_in_nine_kinds() -> None:
    found = places_file.read(EXAMPLE.read_text("utf-8"), (), TODAY)
    assert found.wrong == []
    assert len(found.rows) == 47
    counts = {kind: sum(row["category"] == kind for row in found.rows) for kind in places.SYMBOLS}
    assert counts == {
        "baby": 5, "midwife": 3, "doctor": 5, "meet": 6, "childcare": 13, "help": 4, "talk": 4, "centre": 5, "play": 2, "activity": 0,
    }  # fmt: skip


def test_the_example_has_the_columns_of_an_offer() -> None:
    [head] = list(csv.reader(io.StringIO(EXAMPLE.read_text("utf-8").splitlines()[0])))
    assert {"trekker", "werkvorm", "locatie", "frequentie", "kostprijs", "toeleiding", "last_checked"} <= set(head)


async def test_importing_again_brings_up_to_date_and_keeps_the_day_of_checking(world: World) -> None:
    await fill(world)
    async with world.db.begin() as session:
        again = [spot("baby", "Bureau Ver", street="Verre straat", number="1", hours="di 9 u")]
        assert await places.keep(session, again, None, world.now) == (0, 1)
        kept = (await session.scalars(select(Spot).where(Spot.name == "Bureau Ver"))).one()
    assert kept.hours == "di 9 u"
    assert kept.last_checked == dt.date(2026, 11, 1)


# ---------------------------------------------------------------- finding


async def to_list(person: Person, kind: str) -> None:
    for choice in ("faq", "more", "weg", "weg_diensten", "show", kind):
        await person.tap(choice)


async def test_the_nearest_come_first_and_where_she_is_leaves_no_trace(
    world: World, house: House, amina: Person
) -> None:
    await fill(world)
    await welcome(amina, house)
    await to_list(amina, "baby")
    said = await amina.send("location", lat=51.0, lon=4.0)
    assert [u.pin.title for u in said if u.pin][:2] == ["Bureau Dichtbij", "Bureau Zes"]
    assert "أرسلي إلي مكانك" not in words(said)  # she has just done so
    async with world.db.begin() as session:
        mother = (await session.scalars(select(Mother).where(Mother.chat_id == amina.chat_id))).one()
        last = (await session.scalars(select(Arrival).order_by(Arrival.id.desc()).limit(1))).one()
    assert last.raw == {}
    assert "near" not in mother.place["slots"]
    assert "lat" not in mother.place["slots"]


async def test_a_place_without_coordinates_has_its_address_in_large_and_a_map(
    world: World, house: House, fatou: Person
) -> None:
    await fill(world)
    await welcome(fatou, house)
    await to_list(fatou, "more")
    said = await fatou.tap("play")
    [card] = [u for u in said if u.kind == "picture" and u.buttons]
    assert card.picture
    assert card.picture.cells[0].label == "Parklaan"
    assert card.buttons[0][0].url is not None
    assert "Parklaan" in card.buttons[0][0].url
    assert (await fatou.place()).step in (
        "places.here",
        "places.here_call",
    )  # no map knows them: nobody asks where she is


async def test_a_place_that_nobody_checked_lately_says_call_first(world: World, house: House, fatou: Person) -> None:
    await fill(world)
    await welcome(fatou, house)
    await to_list(fatou, "baby")
    assert (await fatou.place()).step == "places.list"
    await fatou.tap("more")
    assert (await fatou.place()).step == "places.list_call"
    await fatou.tap("more")
    assert (await fatou.place()).step == "places.over"


async def test_an_activity_without_a_price_says_ask_and_never_free(world: World, house: House, fatou: Person) -> None:
    await fill(world)
    await welcome(fatou, house)
    await to_list(fatou, "more")
    said = await fatou.tap("activity")
    [pin] = [u.pin for u in said if u.pin]
    assert "Demande le prix" in pin.address
    assert "zingen" in pin.address


async def test_another_houses_places_are_not_hers(world: World, house: House, fatou: Person) -> None:
    async with world.db.begin() as session:
        await places.keep(session, [spot("baby", "Elders")], house.group.house_id, world.now)
        assert await places.find(session, house.group.house_id + 1, "baby") == []
        assert len(await places.find(session, house.group.house_id, "baby")) == 1


async def test_without_any_place_a_person_is_asked(world: World, house: House, fatou: Person) -> None:
    await welcome(fatou, house)
    for choice in ("faq", "more", "weg", "weg_diensten", "show"):
        await fatou.tap(choice)
    assert (await fatou.place()).step == "places.none"


async def test_rose_sees_what_to_check_and_one_tap_settles_it(world: World, house: House, rose: Person) -> None:
    await fill(world)
    said = await rose.start()
    assert "Adressen nakijken (3)" in str([b.label for u in said for row in u.buttons for b in row])
    listed = words(await rose.tap("📍 Adressen nakijken (3)"))
    assert listed.index("Het Parkje") < listed.index("Bureau Zes")
    assert "Adressen nakijken: 2" in words(await rose.tap("✅ 1 klopt"))
    await rose.tap("🗑 1 is weg")
    assert "Adressen nakijken: 1" in words(await rose.tap("Ja, haal weg"))
    assert "Alle adressen" in words(await rose.tap("✅ 1 klopt"))


# ---------------------------------------------------------------- the fields of a group


@pytest.mark.parametrize(
    ("written", "shown"),
    [("45 euro|2026-11-24", "45 euro"), ("45 euro|2026-11-23", ""), ("45 euro|binnenkort", ""), ("Kerkstraat 1", "Kerkstraat 1"), ("", "")],
)  # fmt: skip
def test_an_amount_is_shown_until_its_last_day(written: str, shown: str) -> None:
    assert local.value(written, TODAY) == shown


def test_what_is_missing_is_told_per_topic_those_that_need_it_first() -> None:
    topics = [
        Topic("a", "c", "s", "k", local=("x", "y")),
        Topic("b", "c", "s", "k", local=("z",), needs=True),
        Topic("c", "c", "s", "k", local=("w",), needs=True),
    ]
    assert local.missing(topics, {"x": "1", "w": "2"}, TODAY) == ["! b: z", "  a: y"]


def test_an_unknown_field_is_refused_with_those_like_it(content: Content) -> None:
    with pytest.raises(ValueError, match=r"There is no field “loket_adress”. Like it: .*loket_adres"):
        local.checked("loket_adress", "x", content.topics.values())


async def test_an_answer_without_its_address_offers_a_person_first(world: World, house: House, fatou: Person) -> None:
    await welcome(fatou, house)
    await fatou.tap("faq")
    await fatou.tap("opvang")
    said = await fatou.tap("opvang_zoeken")
    assert said[-1].buttons[0][0].to["choice"] == "person"


async def test_an_answer_with_its_address_shows_it_and_an_ended_amount_is_gone(
    world: World, house: House, fatou: Person
) -> None:
    await welcome(fatou, house)
    async with world.db.begin() as session:
        group = await session.get_one(Group, house.group.id)
        group.local = {"loket_adres": "Kerkstraat 1", "loket_uren": "9-12 u|2026-01-01"}
    await fatou.tap("faq")
    await fatou.tap("opvang")
    said = await fatou.tap("opvang_zoeken")
    assert "📍 Kerkstraat 1" in said[-1].text
    assert "9-12" not in said[-1].text
    assert said[-1].buttons[0][0].to["choice"] == "helped"


# ---------------------------------------------------------------- help now


async def test_from_everywhere_help_is_two_taps_away(
    world: World, house: House, content: Content, amina: Person
) -> None:
    await welcome(amina, house)
    for step in ("faq", "school", "school_wanneer", "reckon", "2024"):
        said = await amina.tap(step)
        assert "@home" in [b.to.get("choice") for row in said[-1].buttons for b in row]
    await amina.tap("@home")
    said = await amina.tap("sos")
    assert "112" in [u.contact.phone for u in said if u.contact]


@pytest.mark.parametrize(
    ("topic", "numbers"),
    [
        ("nood_112", {"112", "101"}), ("nood_gif", {"070 245 245", "112"}), ("nood_geweld", {"101", "1712"}),
        ("nood_kwijt", {"101", "116 000"}), ("gez_hoofd", {"1813", "106"}),
    ],
)  # fmt: skip
def test_every_cry_for_help_has_its_numbers_and_a_voice_in_every_language(
    content: Content, topic: str, numbers: set[str]
) -> None:
    step = content.flows[f"faq.{topic}"]
    assert numbers <= {number for _, number in step.contacts}
    assert step.text_key is not None
    for lang in content.offered:
        phrase = content.phrases.get(lang, step.text_key)
        assert phrase is not None
        assert not any(c.isdigit() for c in phrase.spoken)
