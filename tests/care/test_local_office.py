"""What the host types about local fields and places, with a database of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import office
from bot.settings import Settings

GROUP = {
    "name": "Mama Leert", "days": "ma", "first": "2026-11-02", "last": "2027-06-28", "starts": "9:00", "ends": "11:30",
    "place": "De Nest", "address": "", "pin": "", "every": 1, "guide": "", "house": "Huis van het Kind",
}  # fmt: skip


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    made = Settings(data=tmp_path)
    await office.add_group(made, GROUP)
    return made


async def test_a_field_is_filled_in_shown_and_taken_away(settings: Settings) -> None:
    assert "Shown with: opvang_zoeken, opvang_plaats." in await office.set_field(
        settings, 1, "loket_adres", "Kerkstraat 1"
    )
    assert "loket_adres = Kerkstraat 1" in await office.list_fields(settings, 1)
    await office.set_field(settings, 1, "loket_adres", "")
    assert "nothing yet" in await office.list_fields(settings, 1)


async def test_what_an_answer_cannot_do_without_stands_first(settings: Settings) -> None:
    lines = (await office.list_fields(settings, 1)).splitlines()
    needed = [n for n, line in enumerate(lines) if line.startswith("! ")]
    helpful = [n for n, line in enumerate(lines) if line.startswith("  ") and ":" in line]
    assert len(needed) == 15
    assert max(needed) < min(helpful)


@pytest.mark.parametrize(
    ("number", "field", "value", "says"),
    [
        pytest.param(9, "loket_adres", "x", "There is no group 9", id="group"),
        pytest.param(1, "lokket", "x", "There is no field", id="field"),
        pytest.param(1, "loket_adres", "x|morgen", "the last day it is true", id="last day"),
        pytest.param(1, "loket_adres", "|2027-01-01", "what is to be shown", id="nothing to show"),
    ],
)
async def test_a_slip_is_told_in_a_sentence(settings: Settings, number: int, field: str, value: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        await office.set_field(settings, number, field, value)


async def test_a_list_of_places_comes_in_for_one_house(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text("category_nl;name;lat;lon\nOCMW;Loket;50,85;4,33\nNiets;Zo;;\n", "utf-8")
    told, refused = await office.import_places(settings, file, "Huis van het Kind")
    assert refused == 1
    assert told.splitlines()[-1] == "1 new, 0 brought up to date, 1 refused."
    with pytest.raises(ValueError, match="There is no house called “Elders”"):
        await office.import_places(settings, file, "Elders")
    with pytest.raises(ValueError, match="cannot be read"):
        await office.import_places(settings, tmp_path / "none.csv", "")
