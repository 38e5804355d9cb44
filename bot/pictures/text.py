"""Letters on pictures: the right font for the script, right-to-left, never an empty box."""

from __future__ import annotations

import io
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont, features

from bot.pictures import PictureError

FONTS = Path(__file__).resolve().parent / "vendored" / "noto-sans"
SCRIPTS = ("latn", "arab", "ethi")  # one font file each, with Latin letters and Western digits beside its own
RTL = frozenset({"ar", "ary", "fa", "prs", "ps", "ckb", "ur", "he"})
SILENT = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))
LINE = 1.22
READING = threading.RLock()  # fontTools reads a font bit by bit while it is asked: two threads would meet half a table
Direction = Literal["rtl", "ltr"]


class Tofu(PictureError):
    """No font of ours has all letters of this text: it would show empty boxes."""


@dataclass(frozen=True)
class Block:
    """Text set in lines: the font it fits in, its direction and its height in pixels."""

    lines: tuple[str, ...]
    font: ImageFont.FreeTypeFont
    way: Direction
    height: int

    @property
    def size(self) -> int:
        """Of the letters, in pixels."""
        return round(self.font.size)


def rtl(lang: str) -> bool:
    """Whether this language is read from right to left."""
    return lang.split("-")[0] in RTL


def clean(text: str) -> str:
    """The text composed, without marks that have no shape and without doubled spaces."""
    return " ".join(unicodedata.normalize("NFC", text).translate(SILENT).split())


def script(text: str) -> str:
    """The first font that has every character of the text. Raises Tofu when none has."""
    needed = {ord(c) for c in text if not c.isspace()} - {0x200C, 0x200D}  # joiners are shaped, never drawn
    for name in SCRIPTS:
        if needed <= _has(name):
            return name
    best = min((needed - _has(name) for name in SCRIPTS), key=len)
    raise Tofu(f"No font has {', '.join(f'{chr(c)} (U+{c:04X})' for c in sorted(best))}, needed for “{text}”.")


def way(text: str) -> Direction:
    """The direction of the first letter that has one."""
    strong = next((b for b in map(unicodedata.bidirectional, text) if b in ("L", "R", "AL")), "L")
    return "ltr" if strong == "L" else "rtl"


def fit(text: str, width: int, lines: int, biggest: int, smallest: int = 30) -> Block:
    """The text in the biggest letters with which it fits in so many lines; cut with … when even the smallest is too big."""
    text = clean(text)
    name, direction = script(text), way(text)
    wrapped: list[str] = []
    for size in range(biggest, smallest - 1, -2):
        letters = font(name, size)
        wrapped = _wrap(text, letters, width, direction)
        if len(wrapped) <= lines and all(_length(one, letters, direction) <= width for one in wrapped):
            even = _even(text, letters, width, direction)
            return Block(tuple(even), letters, direction, round(len(even) * size * LINE))
    letters = font(name, smallest)
    kept = [_cut(one, letters, width, direction) for one in [*wrapped[: lines - 1], " ".join(wrapped[lines - 1 :])]]
    return Block(tuple(kept), letters, direction, round(len(kept) * smallest * LINE))


def write(on: ImageDraw.ImageDraw, block: Block, middle: tuple[float, float], colour: str, lang: str = "") -> None:
    """Put the block with its middle there, each line centred."""
    x, y = middle
    step = block.font.size * LINE
    for n, line in enumerate(block.lines):
        at = (x, y - block.height / 2 + step * (n + 0.5))
        on.text(at, line, font=block.font, fill=colour, anchor="mm", direction=block.way, language=lang or None)


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """One of our fonts, shaped by raqm. Raises PictureError when Pillow came without it."""
    if not features.check("raqm"):
        raise PictureError("Pillow has no raqm here: Arabic letters would come out unjoined and reversed.")
    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), size, layout_engine=ImageFont.Layout.RAQM)


@cache
def outline(letters: str, side: float) -> str:
    """Single letters as the body of an SVG of side by side, centred on their ink, in the current colour; no shaping."""
    with READING:
        return _outline(letters, side)


def _outline(letters: str, side: float) -> str:
    file = _opened(script(letters))
    glyphs, names, x = file.getGlyphSet(), file.getBestCmap(), 0.0
    pen: Any = SVGPathPen(glyphs)
    ink: Any = BoundsPen(glyphs)  # type: ignore[no-untyped-call]
    for letter in letters:
        glyph = glyphs[names[ord(letter)]]
        for one in (pen, ink):
            glyph.draw(TransformPen(one, (1, 0, 0, 1, x, 0)))  # type: ignore[no-untyped-call]
        x += glyph.width
    scale = side / file["head"].unitsPerEm
    left, bottom, right, top = ink.bounds
    place = f"translate({side / 2:g} {side / 2:g}) scale({scale:g} {-scale:g})"
    centre = f"translate({-(left + right) / 2:g} {-(bottom + top) / 2:g})"
    return f'<path fill="currentColor" transform="{place} {centre}" d="{pen.getCommands()}"/>'


@cache
def _opened(name: str) -> Any:
    """One of our fonts as fontTools reads it: what it looked up once, it keeps."""
    return TTFont(io.BytesIO((FONTS / f"{name}.ttf").read_bytes()), lazy=True)


@cache
def _has(name: str) -> frozenset[int]:
    with READING:
        return frozenset(_opened(name).getBestCmap() or ())


def _length(line: str, letters: ImageFont.FreeTypeFont, direction: Direction) -> float:
    return letters.getlength(line, direction=direction)


def _wrap(text: str, letters: ImageFont.FreeTypeFont, width: float, direction: Direction) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _length(longer, letters, direction) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _even(text: str, letters: ImageFont.FreeTypeFont, width: float, direction: Direction) -> list[str]:
    """Wrapped so that no single word is left for the last line, when it can be helped."""
    lines = best = _wrap(text, letters, width, direction)
    while len(lines) == len(best) > 1:
        best, width = lines, max(_length(one, letters, direction) for one in lines) - 1
        lines = _wrap(text, letters, width, direction)
        if max(_length(one, letters, direction) for one in lines) > width:
            break
    return best


def _cut(line: str, letters: ImageFont.FreeTypeFont, width: int, direction: Direction) -> str:
    if _length(line, letters, direction) <= width:
        return line
    while line and _length(f"{line}...", letters, direction) > width:
        line = line[:-1].rstrip()
    return f"{line}..."


def canvas(width: int, height: int, colour: str = "#FFFFFF") -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """An empty picture and the pen for it."""
    image = Image.new("RGB", (width, height), colour)
    return image, ImageDraw.Draw(image)
