"""Childcare by when it is there (A17, A20): asked with pictures only where a place says so, and shown with the same pictures."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.care import places, places_file
from tests.given.house import House, Person, World, welcome
from tests.given.places import SPOTS, spot

TODAY = dt.date(2026, 11, 24)
HEAD = "category_nl,name,tags\n"
TAGGED = [
    spot("childcare", "Zonder woord", street="Laan", number="1"),
    spot("childcare", "Bij de les", street="Laan", number="2", tags="lesson hours"),
    spot("childcare", "In het weekend", lat=50.9, lon=4.1, street="Laan", number="3", tags="odd"),
]


async def fill(world: World, rows: list[dict[str, object]]) -> None:
    async with world.db.begin() as session:
        await places.keep(session, rows, None, world.now)


async def to_care(fatou: Person) -> None:
    for choice in ("faq", "more", "weg", "weg_diensten", "show", "childcare"):
        await fatou.tap(choice)


async def test_during_lessons_finds_only_places_that_say_so(world: World) -> None:
    await fill(world, TAGGED)
    async with world.db.begin() as session:
        assert [s.name for s in await places.find(session, None, "childcare", tag="lesson")] == ["Bij de les"]
        assert [s.name for s in await places.find(session, None, "childcare", tag="soon")] == []
        assert (await places.find(session, None, "childcare"))[0].name == "Bij de les"


async def test_she_chooses_when_by_a_picture_and_sees_it_beside_the_place(
    world: World, house: House, fatou: Person
) -> None:
    await fill(world, TAGGED)
    await welcome(fatou, house)
    await to_care(fatou)
    assert (await fatou.place()).step == "places.care_when"
    said = await fatou.tap("lesson")
    [card] = [u for u in said if u.kind == "picture" and u.buttons]
    assert card.picture
    assert [cell.symbol for cell in card.picture.cells] == ["childcare", "care-lesson", "care-hours"]
    assert [cell.label for cell in card.picture.cells][1:] == ["Pendant mon cours", "Parfois, quelques heures"]
    assert "Bij de les" in card.text
    assert "🎓 Pendant mon cours" in card.text


async def test_a_pin_says_it_too_and_all_shows_everything(world: World, house: House, fatou: Person) -> None:
    await fill(world, TAGGED)
    await welcome(fatou, house)
    await to_care(fatou)
    said = await fatou.tap("all")
    [pin] = [u.pin for u in said if u.pin]
    assert pin.address.endswith("🌗 Tôt, tard, week-end")
    assert len([u for u in said if u.kind == "picture" and u.buttons]) == 2


async def test_where_nobody_says_it_nothing_more_is_asked(world: World, house: House, fatou: Person) -> None:
    await fill(world, [*SPOTS, spot("childcare", "Zonder woord", street="Laan")])
    await welcome(fatou, house)
    await to_care(fatou)
    assert (await fatou.place()).step in ("places.here", "places.here_call")


async def test_no_place_answers_with_the_childcare_near_her(world: World, house: House, fatou: Person) -> None:
    await fill(world, TAGGED)
    await welcome(fatou, house)
    for choice in ("faq", "opvang", "opvang_plaats"):
        await fatou.tap(choice)
    await fatou.tap("near")
    assert (await fatou.place()).step == "places.care_when"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("tijdens lessen", "lesson", id="lessons"),
        pytest.param("Occasioneel / flexibel", "hours odd", id="two"),
        pytest.param("dringend; kortdurend; dringend", "soon hours", id="twice"),
        pytest.param("lesson", "lesson", id="our own word"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_file_says_when_in_dutch(written: str, kept: str) -> None:
    found = places_file.read(f'{HEAD}kinderopvang,De Zon,"{written}"\n', (), TODAY)
    assert (found.wrong, [row["tags"] for row in found.rows]) == ([], [kept])


def test_a_word_that_says_nothing_is_named() -> None:
    found = places_file.read(f"{HEAD}kinderopvang,De Zon,groen\n", (), TODAY)
    assert found.rows == []
    assert found.wrong == [
        "Row 2, De Zon: “groen” says not when childcare is there; known are: tijdens lessen, occasioneel, flexibel, dringend."
    ]


async def test_a_list_without_that_column_takes_nothing_away(world: World) -> None:
    await fill(world, TAGGED)
    await fill(world, [{**row, "tags": ""} for row in TAGGED])
    async with world.db.begin() as session:
        assert [s.name for s in await places.find(session, None, "childcare", tag="odd")] == ["In het weekend"]
