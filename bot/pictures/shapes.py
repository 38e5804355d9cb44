"""Frames, discs and marks with smooth edges: Pillow's own are jagged, so each is drawn four times too big and made small."""

from __future__ import annotations

from functools import cache
from math import cos, pi, sin

from PIL import Image, ImageDraw

BIG = 4
Box = tuple[int, int, int, int]  # left, top, width, height


def rounded(image: Image.Image, box: Box, radius: int, fill: str, outline: str | None = None, edge: int = 0) -> None:
    """A rectangle with round corners and, inside it, an edge of that many pixels."""
    left, top, width, height = box
    if outline and edge:
        image.paste(outline, (left, top), _rounded(width, height, radius))
        left, top, width, height, radius = left + edge, top + edge, width - 2 * edge, height - 2 * edge, radius - edge
    image.paste(fill, (left, top), _rounded(width, height, radius))


def disc(image: Image.Image, middle: tuple[int, int], radius: int, fill: str) -> None:
    """A full circle."""
    rounded(image, (middle[0] - radius, middle[1] - radius, 2 * radius, 2 * radius), radius, fill)


def mark(image: Image.Image, colour: str, middle: tuple[int, int], ink: str) -> None:
    """The small shape that goes with a colour, so that the colour can be told without seeing it."""
    mask = _mark(colour)
    image.paste(ink, (middle[0] - mask.width // 2, middle[1] - mask.height // 2), mask)


@cache
def _rounded(width: int, height: int, radius: int) -> Image.Image:
    corner = Image.new("L", (2 * radius * BIG, 2 * radius * BIG))
    ImageDraw.Draw(corner).ellipse((0, 0, corner.width - 1, corner.height - 1), fill=255)
    corner = corner.resize((2 * radius, 2 * radius), Image.Resampling.BOX)
    mask = Image.new("L", (width, height), 255)
    for x, from_x in ((0, 0), (width - radius, radius)):
        for y, from_y in ((0, 0), (height - radius, radius)):
            mask.paste(corner.crop((from_x, from_y, from_x + radius, from_y + radius)), (x, y))
    return mask


@cache
def _mark(colour: str) -> Image.Image:
    r = 26 * BIG
    mask = Image.new("L", (round(2.6 * r), round(2.6 * r)))
    pen, middle = ImageDraw.Draw(mask), 1.3 * r
    if colour in ("yellow", "teal"):
        pen.ellipse((middle - r, middle - r, middle + r, middle + r), fill=255)
    if colour == "teal":
        pen.ellipse((middle - r / 2, middle - r / 2, middle + r / 2, middle + r / 2), fill=0)
    if colour == "pink":
        for x in (-0.48, 0.48):
            pen.ellipse((middle + (x - 0.52) * r, middle - r, middle + (x + 0.52) * r, middle + 0.04 * r), fill=255)
    if colour in OUTLINES:
        pen.polygon([(middle + r * x, middle + r * y) for x, y in OUTLINES[colour]], fill=255)
    return mask.resize((mask.width // BIG, mask.height // BIG), Image.Resampling.BOX)


OUTLINES: dict[str, list[tuple[float, float]]] = {
    "blue": [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
    "green": [(0, -1), (1, 0.85), (-1, 0.85)],
    "pink": [(-0.92, -0.25), (0, -0.6), (0.92, -0.25), (0, 1)],
    "orange": [(0, -1.1), (1.1, 0), (0, 1.1), (-1.1, 0)],
    "purple": [(r * sin(k * pi / 5), -r * cos(k * pi / 5)) for k in range(10) for r in (1.2 if k % 2 == 0 else 0.52,)],
    "red": [(-0.36, -1), (0.36, -1), (0.36, -0.36), (1, -0.36), (1, 0.36), (0.36, 0.36), (0.36, 1), (-0.36, 1), (-0.36, 0.36), (-1, 0.36), (-1, -0.36), (-0.36, -0.36)],
    "grey": [(-1, -0.4), (1, -0.4), (1, 0.4), (-1, 0.4)],
}  # fmt: skip
