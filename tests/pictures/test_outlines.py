"""Letters as outlines: many threads may ask for them at once, and the fonts are opened only once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bot.pictures import text


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hurried")
def test_threads_that_ask_at_once_for_letters_of_a_font_all_get_them() -> None:
    asked, gate = ["ABCD", "EFGH", "IJKL", "MNOP"], Barrier(4)

    def draw(letters: str) -> str:
        gate.wait()
        return text.outline(letters, 128)

    for _ in range(10):
        for kept in (text.outline, text._opened, text._has):
            kept.cache_clear()
        with ThreadPoolExecutor(4) as threads:
            drawn = list(threads.map(draw, asked))
        assert len(set(drawn)) == 4
