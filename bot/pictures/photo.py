"""Photos: an organisation's own picture for a symbol, and photos that travel on, made small and without hidden data."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from bot.pictures import PictureError

SIDE = 1280
FORMATS = (
    "JPEG",
    "PNG",
    "WEBP",
    "GIF",
    "BMP",
)  # what telephones and browsers send; fewer readers are fewer doors
DAMAGED = (  # what Pillow raises about a file that is not what it says
    UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, RuntimeError,
    MemoryError, struct.error, zlib.error, Warning,
)  # fmt: skip
PIXELS = 60_000_000  # more than any telephone's camera sends through Telegram


def open_photo(data: bytes) -> Image.Image:
    """The photo upright, as RGB, with nothing but its pixels. Raises PictureError when it is no photo or far too big."""
    try:
        raw = Image.open(io.BytesIO(data), formats=FORMATS)
        if raw.width * raw.height > PIXELS:
            raise PictureError("The photo is too big to open.")
        upright = ImageOps.exif_transpose(raw).convert("RGBA")
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError("The photo is too big to open.") from None
    except DAMAGED:
        raise PictureError("The photo cannot be read.") from None
    bare = Image.new("RGB", upright.size, "white")
    bare.paste(upright, (0, 0), upright)
    return bare


def small(data: bytes) -> bytes:
    """The photo as JPEG, at most 1280 wide or high, without place, time or camera in it."""
    image = open_photo(data)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue()


def square(data: bytes, px: int) -> Image.Image:
    """The middle of the photo as a square with round corners, for a cell of a card."""
    image = ImageOps.fit(open_photo(data), (px, px), Image.Resampling.LANCZOS).convert("RGBA")
    mask = Image.new("L", (px, px), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, px - 1, px - 1), px // 10, fill=255)
    image.putalpha(mask)
    return image
