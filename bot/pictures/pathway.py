"""The path to childcare: one picture a stone, joined by a dotted way. Stones behind her are ticked, hers is large and she stands on it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw

from bot.messages import Cell, Picture
from bot.pictures import PictureError, shapes, symbols, text

WIDTH, COLUMNS, ROW, TOP = 1280, 4, 350, 60
SMALL, LARGE = 118, 150  # radius of a stone, and of hers
MOST = 12
DONE, HERE, LATER = "green", "yellow", "grey"
TINTS = {DONE: ("#D5F2D8", "#1B7F3B"), HERE: ("#FFEDB3", "#C98A00"), LATER: ("#EEF1F4", "#9AA5B1")}
Spot = tuple[int, int]


def scene(picture: Picture, folder: Path | None = None) -> Image.Image:
    """One to twelve stones, four in a row, to and fro as a path goes; mirrored for who reads from the right.

    A cell's colour says where she is: green = behind her, yellow = here, grey = to come. Raises PictureError for more or none.
    """
    if not 1 <= len(picture.cells) <= MOST:
        raise PictureError(f"A path has one to {MOST} stones, not {len(picture.cells)}.")
    rows = -(-len(picture.cells) // COLUMNS)
    image, pen = text.canvas(WIDTH, TOP + rows * ROW)
    spots = [_spot(n, text.rtl(picture.lang)) for n in range(len(picture.cells))]
    for before, after in pairwise(spots):
        _dots(pen, before, after)
    for cell, spot in zip(picture.cells, spots, strict=True):
        _stone(image, cell, spot, folder, mirrored=text.rtl(picture.lang))
    return image


def _spot(n: int, from_right: bool) -> Spot:
    row, place = divmod(n, COLUMNS)
    place = COLUMNS - 1 - place if (row % 2 == 1) != from_right else place
    return (WIDTH // COLUMNS) * place + WIDTH // COLUMNS // 2, TOP + row * ROW + ROW // 2 - 20


def _dots(pen: ImageDraw.ImageDraw, before: Spot, after: Spot) -> None:
    steps = 14
    for n in range(steps + 1):
        x = before[0] + (after[0] - before[0]) * n / steps
        y = before[1] + (after[1] - before[1]) * n / steps
        pen.ellipse((x - 7, y - 7, x + 7, y + 7), fill="#0B5FD0")


def _stone(image: Image.Image, cell: Cell, spot: Spot, folder: Path | None, *, mirrored: bool) -> None:
    x, y = spot
    here = cell.colour == HERE
    tint, edge = TINTS.get(cell.colour or LATER, TINTS[LATER])
    radius = LARGE if here else SMALL
    shapes.disc(image, spot, radius, edge)
    shapes.disc(image, spot, radius - (16 if here else 6), tint)
    side = round(radius * 1.32)
    drawn = symbols.picture(cell.symbol, side, folder, mirrored=mirrored)
    image.paste(drawn, (x - side // 2, y - side // 2), drawn)
    if cell.colour == DONE:
        _put(image, symbols.icon("check-badge", 84), (x + 80, y + 80))
    if here:
        _put(image, symbols.picture("here", 150, folder), (x + 104, y + 112))


def _put(image: Image.Image, drawn: Image.Image, middle: Spot) -> None:
    image.paste(drawn, (middle[0] - drawn.width // 2, middle[1] - drawn.height // 2), drawn)
