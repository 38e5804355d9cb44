"""Cards: one to six numbered symbols on one picture, and the door of this room: draw() and emoji()."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from math import cos, pi, sin
from pathlib import Path

import structlog
from PIL import Image, ImageDraw

from bot.messages import Cell, Picture, to_json
from bot.pictures import PictureError, photo, symbols, text, when
from bot.pictures.symbols import emoji

__all__ = ["PictureError", "card", "draw", "emoji", "png"]

RENDER = "1"  # raise it when the drawing code changes what pictures look like: the cache then forgets
WIDTH, GAP, EDGE = 1280, 22, 6
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
GRID = {1: (1, 1), 2: (2, 1), 3: (2, 2), 4: (2, 2), 5: (2, 3), 6: (2, 3)}  # columns, rows
HEIGHT = {1: 900, 2: 680, 3: 610, 4: 610, 5: 560, 6: 560}  # of a cell
LETTERS = {1: 76, 2: 62, 3: 60, 4: 60, 5: 54, 6: 54}  # of a label, at most
Box = tuple[int, int, int, int]  # left, top, width, height

log = structlog.get_logger(__name__)


def draw(picture: Picture, cache: Path, media: Path, folder: Path | None = None) -> Path:
    """The picture as a file in the cache, drawn now if it is not there; for a thread, not the event loop.

    `folder` is flows/pictures. A label that no font can write is left out and logged.
    Raises PictureError when the picture cannot be made at all, FileNotFoundError when a stored photo is gone.
    """
    if picture.kind == "file":
        data = _stored(picture.name or "", media).read_bytes()
        return _kept(cache / f"{_key('photo', hashlib.sha256(data).hexdigest())}.jpg", lambda: photo.small(data))
    key = _key(to_json(picture), [symbols.fingerprint(name, folder) for name in _names(picture)])
    return _kept(cache / f"{key}.png", lambda: png(_legible(picture, folder)))


def render(picture: Picture, folder: Path | None = None) -> Image.Image:
    """The card or the when picture as pixels. Raises text.Tofu for a label with letters that no font of ours has."""
    if picture.kind == "when":
        return when.scene(picture, folder)
    return card(picture.cells, picture.lang, folder)


def card(cells: tuple[Cell, ...], lang: str, folder: Path | None = None) -> Image.Image:
    """One to six cells, 1280 wide; for languages read from the right, the first one is top right."""
    if not 1 <= len(cells) <= max(GRID):
        raise PictureError(f"A card has one to six pictures, not {len(cells)}.")
    columns, rows = GRID[len(cells)]
    height = HEIGHT[len(cells)]
    image, pen = text.canvas(WIDTH, rows * height + (rows + 1) * GAP, PAGE)
    boxes = [_box(n, len(cells), columns, height, text.rtl(lang)) for n in range(len(cells))]
    labels = [
        text.fit(cell.label, boxes[0][2] - 40, 2, LETTERS[len(cells)]) if cell.label.strip() else None for cell in cells
    ]
    band = max(
        (block.height + 26 for block in labels if block), default=24
    )  # the same on the whole card: symbols of one size
    for cell, box, label in zip(cells, boxes, labels, strict=True):
        _cell(image, pen, cell, box, label, band, lang, folder)
    return image


def png(image: Image.Image) -> bytes:
    """The picture with 128 colours: a third of the bytes, and the same to the eye."""
    out = io.BytesIO()
    image.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


# ---------------------------------------------------------------- a cell


def _box(n: int, count: int, columns: int, height: int, from_right: bool) -> Box:
    width = (WIDTH - (columns + 1) * GAP) // columns
    column, row = n % columns, n // columns
    left = GAP + column * (width + GAP)
    if columns == 2 and n == count - 1 and column == 0:
        left = (WIDTH - width) // 2  # the odd one out stands in the middle
    if from_right:
        left = WIDTH - left - width
    return left, GAP + row * (height + GAP), width, height


def _cell(
    image: Image.Image,
    pen: ImageDraw.ImageDraw,
    cell: Cell,
    box: Box,
    label: text.Block | None,
    band: int,
    lang: str,
    folder: Path | None,
) -> None:
    left, top, width, height = box
    tint, edge = COLOURS.get(cell.colour or "", PLAIN)
    mirrored = text.rtl(lang)
    pen.rounded_rectangle((left, top, left + width, top + height), 44, fill=tint, outline=edge, width=EDGE)
    side = min(height - band - 28, width - 100)
    aside = min(AWAY, max(0, CORNER - (width - side) // 2)) if cell.number is not None else 0
    aside = -aside if mirrored else aside
    symbol = symbols.picture(cell.symbol, side, folder, mirrored=mirrored)
    image.paste(symbol, (left + (width - side) // 2 + aside, top + (height - band - side) // 2 + 8), symbol)
    if label:
        text.write(pen, label, (left + width / 2, top + height - band / 2 - 6), INK, lang)
    if cell.number is not None:
        _badge(pen, cell.number, (left + width - 70 if mirrored else left + 70, top + 70))
    if cell.colour in COLOURS:
        mark(pen, cell.colour, (left + 52 if mirrored else left + width - 52, top + 52), edge)


def _badge(pen: ImageDraw.ImageDraw, number: int, middle: tuple[int, int]) -> None:
    x, y = middle
    pen.ellipse((x - 58, y - 58, x + 58, y + 58), fill=PAGE)
    pen.ellipse((x - 52, y - 52, x + 52, y + 52), fill=INK)
    pen.text((x, y), str(number), font=text.font("latn", 74), fill=PAGE, anchor="mm")


def mark(pen: ImageDraw.ImageDraw, colour: str, middle: tuple[int, int], ink: str) -> None:
    """The small shape that goes with a colour, so that the colour can be told without seeing it."""
    x, y = middle
    r = 24
    if colour == "yellow":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=ink)
    elif colour == "teal":
        pen.ellipse((x - r, y - r, x + r, y + r), outline=ink, width=11)
    else:
        pen.polygon([(x + r * a, y + r * b) for a, b in SHAPES[colour]], fill=ink)


SHAPES: dict[str, list[tuple[float, float]]] = {
    "blue": [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
    "green": [(0, -1), (1, 0.85), (-1, 0.85)],
    "pink": [(0, 1), (-1, -0.1), (-0.9, -0.7), (-0.45, -0.9), (0, -0.45), (0.45, -0.9), (0.9, -0.7), (1, -0.1)],
    "orange": [(0, -1.1), (1.1, 0), (0, 1.1), (-1.1, 0)],
    "purple": [(r * sin(k * pi / 5), -r * cos(k * pi / 5)) for k in range(10) for r in (1.15 if k % 2 == 0 else 0.5,)],
    "red": [(-0.36, -1), (0.36, -1), (0.36, -0.36), (1, -0.36), (1, 0.36), (0.36, 0.36), (0.36, 1), (-0.36, 1), (-0.36, 0.36), (-1, 0.36), (-1, -0.36), (-0.36, -0.36)],
    "grey": [(-1, -0.4), (1, -0.4), (1, 0.4), (-1, 0.4)],
}  # fmt: skip


# ---------------------------------------------------------------- the cache


def _legible(picture: Picture, folder: Path | None) -> Image.Image:
    try:
        return render(picture, folder)
    except text.Tofu as fault:
        log.warning("picture_without_labels", why=str(fault), lang=picture.lang)
        return render(
            replace(picture, lang=picture.lang, cells=tuple(replace(c, label="") for c in picture.cells)), folder
        )


def _names(picture: Picture) -> list[str]:
    return [cell.symbol for cell in picture.cells] + ([picture.warning] if picture.warning else [])


def _key(*what: object) -> str:
    return hashlib.sha256(json.dumps([RENDER, *what], sort_keys=True).encode()).hexdigest()[:32]


def _stored(name: str, media: Path) -> Path:
    if not name or Path(name).name != name or name.startswith("."):
        raise PictureError(f"“{name}” is not the name of a stored photo.")
    return media / name


def _kept(file: Path, make: Callable[[], bytes]) -> Path:
    """The file, made now when it is missing; whole or not there at all, also when two make it at once."""
    if file.is_file():
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".new-", delete=False) as new:
        new.write(make())
    Path(new.name).chmod(0o644)
    return Path(new.name).replace(file)
