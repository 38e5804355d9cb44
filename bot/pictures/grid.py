"""A card: what it is about on top, bare; below it one to six choices, each in its own frame with its number and label."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from bot.messages import Cell
from bot.pictures import PictureError, shapes, symbols, text
from bot.pictures.shapes import Box

WIDTH, GAP, EDGE, ROUND = 1280, 22, 6, 44
MOST = 6
CORNER, AWAY = 128, 24  # what a number takes of its corner; how far a symbol moves out of its way
INK, PAPER, PAGE = "#1B1F24", "#F7F3EA", "#FFFFFF"
COLOURS = {  # colour of a category -> tint of the cell, colour of its edge; mark() says the same to who sees no colour
    "yellow": ("#FFEDB3", "#C98A00"),
    "blue": ("#D6EAFF", "#0B5FD0"),
    "green": ("#D5F2D8", "#1B7F3B"),
    "pink": ("#FFE0EB", "#C2185B"),
    "orange": ("#FFE2C8", "#C75300"),
    "purple": ("#EADFFB", "#6A2FB5"),
    "teal": ("#CDF2EF", "#00736B"),
    "red": ("#FFDAD7", "#C4161C"),
    "grey": ("#E7EBEF", "#47525E"),
}
PLAIN = (PAPER, "#6B6459")
HEIGHT = {1: 620, 2: 680, 3: 610, 4: 610, 5: 560, 6: 560}  # of a choice, by how many there are
LETTERS = {1: 72, 2: 62, 3: 60, 4: 60, 5: 54, 6: 54}  # of its label, at most
SIGN, SIGN_LETTERS = 5, 300  # so few letters on a card of one cell are a sign to recognise: the line of a bus
ALONE = {1: 780, 2: 660, 3: 500, 4: 860, 5: 860, 6: 860}  # height of a scene that has the card to itself
ABOVE = 400  # and of one above choices


@dataclass(frozen=True)
class _Place:
    """A cell with its box, whether it stands in a frame, and the reading direction."""

    cell: Cell
    box: Box
    framed: bool
    lang: str

    @property
    def mirrored(self) -> bool:
        return text.rtl(self.lang)


def card(cells: tuple[Cell, ...], lang: str, folder: Path | None = None) -> Image.Image:
    """One to six cells, 1280 wide. Those without number and label make one scene on top; the others are choices.

    For languages read from the right, the first one is top right.
    """
    if not 1 <= len(cells) <= MOST:
        raise PictureError(f"A card has one to six pictures, not {len(cells)}.")
    shown = [cell for cell in cells if cell.number is None and not cell.label.strip()]
    choices = [cell for cell in cells if cell not in shown]
    scene_height = 0 if not shown else ABOVE if choices else ALONE[len(shown)]
    scene, below = _row(shown, GAP, scene_height, lang)
    options, bottom = _options(choices, below, lang)
    image, pen = text.canvas(WIDTH, bottom, PAGE)
    if not choices:
        tint, edge = COLOURS.get(shown[0].colour or "", PLAIN)
        _frame(image, (GAP, GAP, WIDTH - 2 * GAP, scene_height), tint, edge)
    for places, letters in ((scene, 64), (options, _letters(choices))):
        _together(image, pen, places, letters, folder)
    return image


# ---------------------------------------------------------------- where everything stands


def _row(shown: list[Cell], top: int, height: int, lang: str) -> tuple[list[_Place], int]:
    """The scene: up to three side by side, more in two rows. And where the next thing starts."""
    if not shown:
        return [], top
    rows = 1 if len(shown) < 4 else 2
    columns = -(-len(shown) // rows)
    width, tall = (WIDTH - 2 * GAP) // columns, height // rows
    places = []
    for n, cell in enumerate(shown):
        left = GAP + n % columns * width
        left = WIDTH - left - width if text.rtl(lang) else left
        places.append(_Place(cell, (left, top + n // columns * tall, width, tall), False, lang))
    return places, top + height + GAP


def _options(choices: list[Cell], top: int, lang: str) -> tuple[list[_Place], int]:
    """The choices, two in a row. And where the card ends."""
    if not choices:
        return [], top
    columns, height = min(2, len(choices)), HEIGHT[len(choices)]
    width = (WIDTH - (columns + 1) * GAP) // columns
    places = []
    for n, cell in enumerate(choices):
        left = GAP + n % columns * (width + GAP)
        if columns == 2 and n == len(choices) - 1 and n % 2 == 0:
            left = (WIDTH - width) // 2  # the odd one out stands in the middle
        left = WIDTH - left - width if text.rtl(lang) else left
        places.append(_Place(cell, (left, top + n // columns * (height + GAP), width, height), True, lang))
    return places, top + -(-len(choices) // columns) * (height + GAP)


def _letters(choices: list[Cell]) -> int:
    sign = len(choices) == 1 and choices[0].number is None and len(choices[0].label.strip()) <= SIGN
    return SIGN_LETTERS if sign else LETTERS.get(len(choices), 0)


# ---------------------------------------------------------------- a cell


def _together(
    image: Image.Image, pen: ImageDraw.ImageDraw, places: list[_Place], letters: int, folder: Path | None
) -> None:
    """Draw cells that belong together: symbols of one size, labels of one height."""
    labels = [text.fit(p.cell.label, p.box[2] - 40, 2, letters) if p.cell.label.strip() else None for p in places]
    band = max((label.height + 26 for label in labels if label), default=24)
    for place, label in zip(places, labels, strict=True):
        left, top, width, height = place.box
        if place.framed:
            _frame(image, place.box, *COLOURS.get(place.cell.colour or "", PLAIN))
        _symbol(image, place, band, folder)
        if label:
            text.write(pen, label, (left + width / 2, top + height - band / 2 - 6), INK, place.lang)
        if place.cell.number is not None:
            _badge(image, pen, place.cell.number, (left + width - 70 if place.mirrored else left + 70, top + 70))
        if place.framed and place.cell.colour in COLOURS:
            x = left + 52 if place.mirrored else left + width - 52
            shapes.mark(image, place.cell.colour, (x, top + 52), COLOURS[place.cell.colour][1])


def _frame(image: Image.Image, box: Box, tint: str, edge: str) -> None:
    shapes.rounded(image, box, ROUND, tint, edge, EDGE)


def _symbol(image: Image.Image, place: _Place, band: int, folder: Path | None) -> None:
    left, top, width, height = place.box
    side = min(height - band - 28, width - (100 if place.framed else 50))
    aside = min(AWAY, max(0, CORNER - (width - side) // 2)) if place.cell.number is not None else 0
    aside = -aside if place.mirrored else aside
    drawn = symbols.picture(place.cell.symbol, side, folder, mirrored=place.mirrored)
    image.paste(drawn, (left + (width - side) // 2 + aside, top + (height - band - side) // 2 + 8), drawn)


def _badge(image: Image.Image, pen: ImageDraw.ImageDraw, number: int, middle: tuple[int, int]) -> None:
    shapes.disc(image, middle, 58, PAGE)
    shapes.disc(image, middle, 52, INK)
    pen.text(middle, str(number), font=text.font("latn", 74), fill=PAGE, anchor="mm")
