"""The line of a bus stands on its card as large as on the bus."""

from __future__ import annotations

import numpy as np
import pytest

from bot.messages import Cell, Picture
from bot.pictures import cards
from tests.care.conftest import ROOT


def height_of_letters(label: str) -> int:
    """How many rows the lowest thing on the card is high: its label."""
    image = cards.render(Picture("card", "nl", cells=(Cell("bus", label),)), ROOT / "flows" / "pictures").convert("L")
    middle = np.asarray(image)[: image.height - 40, image.width // 4 : image.width * 3 // 4]
    rows: list[bool] = np.atleast_1d((middle < 60).any(axis=1)).tolist()[::-1]
    letters = rows[rows.index(True) :]
    return letters.index(False)


@pytest.mark.parametrize("line", ["12", "N71", "500"])
def test_a_line_is_as_large_as_a_sign(line: str) -> None:
    assert height_of_letters(line) > 2.5 * height_of_letters("Kerkstraat 12")
