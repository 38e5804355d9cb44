"""The contact sheet: every symbol with its name, and what it means or how one language calls it, to look at and to mend.

With a language each symbol has under it everything that language says beside it: two meanings for one picture are seen at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.pictures import symbols, text

COLUMNS, SIDE, GAP = 12, 150, 22
MOST, LINE = 4, 34  # labels under a symbol, and the height of each


def contact_sheet(
    path: Path, folder: Path | None = None, *, labels: Mapping[str, Sequence[str]] | None = None, lang: str = "nl"
) -> int:
    """Draw all symbols into that PNG file and say how many there are. labels: symbol → its words in `lang`. Raises Tofu."""
    every = sorted(symbols.load(folder).values(), key=lambda s: s.name)
    row = SIDE + 36 + LINE * (MOST if labels else 1)
    image, pen = text.canvas(COLUMNS * (SIDE + GAP) + GAP, -(-len(every) // COLUMNS) * row + GAP)
    mirrored = text.rtl(lang)
    for n, symbol in enumerate(every):
        x, y = GAP + n % COLUMNS * (SIDE + GAP), GAP // 2 + n // COLUMNS * row
        small = symbols.picture(symbol.name, SIDE, folder, mirrored=mirrored)
        image.paste(small, (x, y), small)
        pen.text((x + SIDE // 2, y + SIDE + 12), symbol.name, font=text.font("latn", 15), fill="#5B6B7F", anchor="mm")
        said = [symbol.meaning] if labels is None else list(labels.get(symbol.name, ()))[:MOST]
        for place, words in enumerate(said):
            block = text.fit(words, SIDE + GAP - 6, 2, 15, 11)
            text.write(pen, block, (x + SIDE // 2, y + SIDE + 40 + place * LINE), "#1B1F24", lang)
    image.save(path, "PNG", optimize=True)
    return len(every)
