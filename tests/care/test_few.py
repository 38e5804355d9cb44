"""Small numbers: what is told never holds one to four, and no sum or difference gives one away."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care.few import REST, enough, in_order, median, told

NAMES = st.sampled_from("abcdefgh")
COUNTS = st.dictionaries(NAMES, st.integers(0, 30))


@given(COUNTS)
def test_nothing_told_is_one_to_four_and_the_sum_is_right(counts: dict[str, int]) -> None:
    found = told(counts)
    assert all(n >= 5 for n in found.counts.values())
    assert found.total is None or sum(found.counts.values()) == found.total == sum(counts.values())
    assert found.hidden == (0 < sum(counts.values()) < 5)


@given(COUNTS)
def test_the_rest_never_stands_for_a_small_number(counts: dict[str, int]) -> None:
    """Whoever knows the sum takes the named ones off: at least five are left, or none."""
    found = told(counts)
    named = sum(n for name, n in found.counts.items() if name != REST)
    left = (found.total or 0) - named
    assert left == 0 or left >= 5
    for name, n in found.counts.items():
        if name != REST:
            assert n == counts[name]


@given(COUNTS, COUNTS)
def test_a_half_and_its_year_tell_nothing_small_of_the_other_half(
    first: dict[str, int], second: dict[str, int]
) -> None:
    year = {name: first.get(name, 0) + second.get(name, 0) for name in {*first, *second}}
    half = told(first, year)
    in_year = told(year)
    if half.total is not None and in_year.total is not None:
        assert in_year.total - half.total == 0 or in_year.total - half.total >= 5 or half.total == 0
    named = [name for name in half.counts if name != REST and name in in_year.counts]
    for size in (1, 2):
        for some in combinations(named, size):
            difference = sum(in_year.counts[name] - half.counts[name] for name in some)
            assert difference == 0 or difference >= 5


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        pytest.param({"ar": 9, "ti": 3}, {REST: 12}, id="one small one would be the difference"),
        pytest.param({"ar": 9, "ti": 3, "uk": 2}, {"ar": 9, REST: 5}, id="two small ones hide each other"),
        pytest.param({"ar": 9, "fr": 6, "ti": 1}, {"ar": 9, REST: 7}, id="the smallest other goes along"),
        pytest.param({"ar": 9, "fr": 6}, {"ar": 9, "fr": 6}, id="nothing is small"),
        pytest.param({"ar": 4}, {}, id="too few in all"),
        pytest.param({}, {}, id="nothing"),
    ],
)
def test_what_is_too_small_is_put_together(counts: dict[str, int], shown: dict[str, int]) -> None:
    assert told(counts).counts == shown


@given(st.lists(st.integers(0, 12), min_size=5, max_size=5))
def test_neighbouring_faces_are_put_together_and_all_are_there(faces: list[int]) -> None:
    parts = in_order(faces)
    if sum(faces) < 5:
        assert parts == []
        return
    assert all(n >= 5 for _, _, n in parts)
    assert [place for first, last, _ in parts for place in range(first, last + 1)] == list(range(5))
    assert all(n == sum(faces[first : last + 1]) for first, last, n in parts)


def test_the_middle_one_of_five_and_of_six() -> None:
    assert median([5, 1, 9, 7, 3]) == 5
    assert median([5, 1, 9, 7, 3, 6]) == 5.5
    assert median([1, 2, 3, 4]) is None


def test_nought_may_be_told_and_four_not() -> None:
    assert [enough(n) for n in (0, 1, 4, 5)] == [0, None, None, 5]
