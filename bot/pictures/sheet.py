"""The contact sheet: every symbol with its name, emoji and meaning on one picture, to look at and to mend."""

from __future__ import annotations

from pathlib import Path

from bot.pictures import symbols, text

COLUMNS, SIDE, ROW = 12, 150, 220


def contact_sheet(path: Path, folder: Path | None = None) -> int:
    """Draw all symbols into that PNG file and say how many there are."""
    every = sorted(symbols.load(folder).values(), key=lambda s: s.name)
    rows = -(-len(every) // COLUMNS)
    image, pen = text.canvas(COLUMNS * (SIDE + 22) + 22, rows * ROW + 16)
    for n, symbol in enumerate(every):
        x, y = 22 + n % COLUMNS * (SIDE + 22), 12 + n // COLUMNS * ROW
        small = symbols.picture(symbol.name, SIDE, folder)
        image.paste(small, (x, y), small)
        pen.text((x + SIDE // 2, y + SIDE + 16), symbol.name, font=text.font("latn", 17), fill="#1B1F24", anchor="mm")
        text.write(pen, text.fit(symbol.meaning, SIDE + 16, 2, 14, 11), (x + SIDE // 2, y + SIDE + 46), "#5B6B7F")
    image.save(path, "PNG", optimize=True)
    return len(every)
