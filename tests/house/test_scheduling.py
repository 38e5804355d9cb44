"""Journeys wait for each other, whoever else is at work."""

from __future__ import annotations

from tests.conftest import JOURNEYS, scope


def test_all_journeys_are_one_piece_of_work_and_every_other_test_is_its_own() -> None:
    names = [f"{JOURNEYS}test_desk.py::test_x[390]", f"{JOURNEYS}test_the_day.py::test_y"]
    assert {scope(name) for name in names} == {JOURNEYS}
    assert scope("tests/care/test_x.py::test_a[1]") != scope("tests/care/test_x.py::test_a[2]")
