"""The picture that says when: the week with its day lit, a clock at the hour, day or evening, and what kind of meeting."""

from __future__ import annotations

import datetime as dt
from math import cos, pi, sin
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names
from PIL import Image, ImageDraw

from bot.messages import Picture
from bot.pictures import PictureError, shapes, symbols, text
from bot.pictures.shapes import Box

WIDTH, GAP, INK, PAGE, GREY = 1280, 22, "#1B1F24", "#FFFFFF", "#C6CCD3"
DAYS = ("#E53935", "#FB8C00", "#FDD835", "#43A047", "#1E88E5", "#8E24AA", "#8D6E63")  # Monday … Sunday
STRIP, WEEKEND = 330, 16  # height of the week strip; the breath between Friday and Saturday
SKY = {"morning": "#FFF1C2", "noon": "#D8EEFF", "evening": "#26315E"}
SUN = {"morning": "sunrise-over-mountains", "noon": "sun", "evening": "crescent-moon"}
PANEL, LIT = 700, 1.45  # height of the panels below; how much wider the lit day is
BORROWED = {"ary": "ar", "prs": "fa", "kmr": "ku", "rif": "zgh"}  # day names of a near language where Babel has none
SIGN = 150  # room for the warning sign above what is different
ARROW = 96  # room for the arrow between start and end


def scene(picture: Picture, folder: Path | None = None) -> Image.Image:
    """The week strip (when a day is given) above the clock (when an hour is given) and the kind of meeting."""
    from_right = text.rtl(picture.lang)
    strip = STRIP + GAP if picture.day else 0
    image, pen = text.canvas(WIDTH, GAP + strip + PANEL + GAP)
    if picture.day:
        _week(image, pen, _date(picture.day), picture.lang, from_right, crossed=picture.warning == "cancelled")
    top = GAP + strip
    half = (WIDTH - 3 * GAP) // 2
    boxes = [(GAP, top, half, PANEL), (2 * GAP + half, top, half, PANEL)]
    if picture.starts is None:
        boxes = [(GAP, top, WIDTH - 2 * GAP, PANEL)] * 2
    elif from_right:
        boxes.reverse()
    if picture.starts is not None:
        ends = _time(picture.ends) if picture.ends else None
        _hour(image, pen, boxes[0], _time(picture.starts), ends, from_right)
    _kind(image, pen, boxes[1], picture, folder)
    return image


def day_names(lang: str, width: str) -> list[str]:
    """Monday to Sunday in that language; width is wide or abbreviated. Raises PictureError for a language without names."""
    try:
        locale = Locale.parse(BORROWED.get(lang, lang).replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise PictureError(f"No names of days are known for “{lang}”.") from None
    names = get_day_names(width, "stand-alone", locale)  # type: ignore[arg-type]
    return [names[n].rstrip(".") for n in range(7)]


# ---------------------------------------------------------------- the week


def columns(lit: int, from_right: bool) -> list[Box]:
    """Left, top, width and height of the seven days, Monday first; the lit one is wider, the weekend stands apart."""
    unit = (WIDTH - 2 * GAP - 6 * 10 - WEEKEND) / (6 + LIT)
    boxes, x = [], float(GAP)
    for n in range(7):
        width = round(unit * (LIT if n == lit else 1))
        x += WEEKEND if n == 5 else 0
        left = WIDTH - round(x) - width if from_right else round(x)
        boxes.append((left, GAP, width, 220) if n == lit else (left, GAP + 60, width, 160))
        x += width + 10
    return boxes


def _week(
    image: Image.Image, pen: ImageDraw.ImageDraw, day: dt.date, lang: str, from_right: bool, crossed: bool
) -> None:
    lit = day.weekday()
    short, wide = _written(day_names(lang, "abbreviated")), _written(day_names(lang, "wide"))[lit]
    boxes = columns(lit, from_right)
    size = min((text.fit(name, boxes[lit - 1][2] - 14, 1, 52, 16).size for name in short if name), default=0)
    for n, (left, top, width, height) in enumerate(boxes):
        fill = DAYS[n] if n == lit else _pale(DAYS[n])
        shapes.rounded(image, (left, top, width, height), 24, fill, INK if n == lit else None, 9)
        if short[n]:
            block = text.fit(short[n], width - 22, 1, 80 if n == lit else size, 16)
            text.write(pen, block, (left + width / 2, top + height / 2), _on(DAYS[n]) if n == lit else "#59616A", lang)
    left, top, width, height = boxes[lit]
    if crossed:
        _cross(image, (left + width // 2, top + height // 2), 196)
    if wide:
        block = text.fit(wide, 620, 1, 84)
        half = max(block.font.getlength(wide, direction=block.way) / 2 + GAP, width / 2)
        middle = min(max(left + width / 2, half), WIDTH - half)
        text.write(pen, block, (middle, GAP + STRIP - 50), INK, lang)


def _written(names: list[str]) -> list[str]:
    """The names that our fonts can write; an empty one otherwise: colour and place still tell the day."""
    try:
        return [text.clean(name) for name in names if text.script(text.clean(name))]
    except text.Tofu:
        return [""] * len(names)


# ---------------------------------------------------------------- the hour


def _hour(
    image: Image.Image, pen: ImageDraw.ImageDraw, box: Box, starts: dt.time, ends: dt.time | None, from_right: bool
) -> None:
    left, top, width, height = box
    part = "morning" if starts.hour < 12 else "noon" if starts.hour < 18 else "evening"
    shapes.rounded(image, box, 44, SKY[part], INK, 5)
    light = symbols.icon(SUN[part], 136)
    image.paste(light, (left + 20 if from_right else left + width - 156, top + 20), light)
    radius = 222
    clock = _clock(radius, starts, ends)
    aside = 36 if from_right else -36  # away from the sun or moon
    image.paste(clock, (left + width // 2 - radius + aside, top + 62), clock)
    ink = "#FFFFFF" if part == "evening" else INK
    _digits(pen, (left + width / 2, top + height - 102), starts, ends, ink, from_right)


def _clock(radius: int, starts: dt.time, ends: dt.time | None) -> Image.Image:
    """A clock face drawn four times too big and made small, so that its lines are smooth."""
    big = radius * 4
    face = Image.new("RGBA", (2 * big, 2 * big), (0, 0, 0, 0))
    pen = ImageDraw.Draw(face)
    pen.ellipse((0, 0, 2 * big - 1, 2 * big - 1), fill=INK)
    pen.ellipse((44, 44, 2 * big - 45, 2 * big - 45), fill=PAGE)
    if ends and 0 < (_minutes(ends) - _minutes(starts)) < 12 * 60:
        turn = [_minutes(t) % 720 / 2 - 90 for t in (starts, ends)]
        pen.pieslice((130, 130, 2 * big - 131, 2 * big - 131), turn[0], turn[1], fill="#BFE3C6")
    letters = text.font("latn", 250)
    for hour in range(1, 13):
        x, y = _hand(big, hour / 12, 0.76)
        pen.text((x, y), str(hour), font=letters, fill=INK, anchor="mm")
    minute = starts.minute / 60
    for turn_, length, width, colour in (
        (minute, 0.60, 62, "#0B5FD0"),
        ((starts.hour % 12 + minute) / 12, 0.44, 92, "#D50000"),
    ):
        x, y = _hand(big, turn_, length)
        pen.line((big, big, x, y), fill=colour, width=width)
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=colour)
    pen.ellipse((big - 78, big - 78, big + 78, big + 78), fill=INK)
    return face.resize((2 * radius, 2 * radius), Image.Resampling.LANCZOS)


def _hand(big: int, turn: float, length: float) -> tuple[float, float]:
    return big + big * length * sin(2 * pi * turn), big - big * length * cos(2 * pi * turn)


def _digits(
    pen: ImageDraw.ImageDraw,
    middle: tuple[float, float],
    starts: dt.time,
    ends: dt.time | None,
    ink: str,
    from_right: bool,
) -> None:
    """Start, arrow, end, each written by itself: in a right-to-left line 9:00–11:30 would be shown turned round."""
    x, y = middle
    if ends is None:
        pen.text((x, y), _shown(starts), font=text.font("latn", 140), fill=ink, anchor="mm")
        return
    written = [(_shown(starts), text.font("latn", 92)), (_shown(ends), text.font("latn", 72))]
    first, last = (letters.getlength(shown) for shown, letters in written)
    to, edge = (-1, x + (first + last + ARROW) / 2) if from_right else (1, x - (first + last + ARROW) / 2)
    for (shown, letters), at in zip(
        written, (edge + to * first / 2, edge + to * (first + ARROW + last / 2)), strict=True
    ):
        pen.text((at, y), shown, font=letters, fill=ink, anchor="mm")
    tip = edge + to * (first + ARROW - 24)
    pen.line((tip - to * (ARROW - 48), y + 6, tip - to * 20, y + 6), fill=ink, width=10)
    pen.polygon([(tip, y + 6), (tip - to * 30, y - 18), (tip - to * 30, y + 30)], fill=ink)


# ---------------------------------------------------------------- what, and what is different


def _kind(image: Image.Image, pen: ImageDraw.ImageDraw, box: Box, picture: Picture, folder: Path | None) -> None:
    left, top, width, height = box
    odd = picture.warning is not None
    tint, edge, thick = ("#FFE1DE", "#D50000", 14) if odd else ("#F7F3EA", INK, 5)
    shapes.rounded(image, box, 44, tint, edge, thick)
    label = picture.cells[0].label if picture.cells else ""
    block = text.fit(label, width - 60, 2, 72) if label.strip() else None
    below = block.height + 40 if block else 30
    name = picture.cells[0].symbol if picture.cells else "meeting"
    if picture.warning and picture.warning != "cancelled":
        name = picture.warning
    above = SIGN if odd and picture.warning != "cancelled" else 20
    side = min(height - below - above, width - 60)
    symbol = symbols.picture(name, side, folder, mirrored=text.rtl(picture.lang))
    x, y = left + (width - side) // 2, top + above + (height - below - above - side) // 2
    image.paste(symbol, (x, y), symbol)
    if picture.warning == "cancelled":
        _cross(image, (x + side // 2, y + side // 2), side * 5 // 6)
    elif odd:
        sign = symbols.icon("warning", SIGN - 24)
        image.paste(sign, (left + (width - sign.width) // 2, top + 20), sign)
    if block:
        text.write(pen, block, (left + width / 2, top + height - below + 6 + block.height / 2), INK, picture.lang)


def _cross(image: Image.Image, middle: tuple[int, int], side: int) -> None:
    cross = symbols.icon("cross", side)
    image.paste(cross, (middle[0] - side // 2, middle[1] - side // 2), cross)


def _pale(colour: str) -> str:
    parts = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - p) * 0.22):02X}" for p in parts)


def _on(colour: str) -> str:
    """Ink that can be read on this colour."""
    r, g, b = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return INK if (299 * r + 587 * g + 114 * b) / 1000 > 150 else PAGE


def _date(day: str) -> dt.date:
    try:
        return dt.date.fromisoformat(day)
    except ValueError:
        raise PictureError(f"“{day}” is not a day (2026-11-05).") from None


def _time(hour: str) -> dt.time:
    try:
        return dt.time.fromisoformat(hour)
    except ValueError:
        raise PictureError(f"“{hour}” is not an hour (09:30).") from None


def _minutes(hour: dt.time) -> int:
    return hour.hour * 60 + hour.minute


def _shown(hour: dt.time) -> str:
    return f"{hour.hour}:{hour.minute:02d}"
