"""Cards: one to six numbered symbols on one picture, and the door of this room: draw() and emoji()."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import structlog
from PIL import Image

from bot.messages import Picture, to_json
from bot.pictures import PictureError, pathway, photo, qr, symbols, text, when
from bot.pictures.grid import card
from bot.pictures.symbols import emoji

__all__ = ["PictureError", "card", "draw", "emoji", "png", "render"]

RENDER = "3"  # raise it when the drawing code changes what pictures look like: the cache then forgets
log = structlog.get_logger(__name__)


def draw(picture: Picture, cache: Path, media: Path, folder: Path | None = None) -> Path:
    """The picture as a file in the cache, drawn now if it is not there; for a thread, not the event loop.

    `folder` is flows/pictures. A label that no font can write is left out and logged.
    Raises PictureError when the picture cannot be made at all, FileNotFoundError when a stored photo is gone.
    """
    if picture.kind == "file":
        data = _stored(picture.name or "", media).read_bytes()
        key = _key("photo", hashlib.sha256(data).hexdigest())
        return _kept(
            cache / "photos" / f"{key}.jpg", lambda: photo.small(data)
        )  # of people: they go when they are forgotten
    if picture.kind == "qr":
        return _kept(cache / f"{_key('qr', picture.name)}.png", lambda: qr.png(picture.name or ""))
    return _kept(_place(picture, cache, folder), lambda: png(_legible(picture, folder)))


def drawn(picture: Picture, cache: Path, folder: Path | None = None) -> Path | None:
    """The card as `draw` would give it, when it was drawn before; quick enough for the event loop."""
    if picture.kind in ("file", "qr"):
        return None
    place = _place(picture, cache, folder)
    return place if place.is_file() else None


def render(picture: Picture, folder: Path | None = None) -> Image.Image:
    """The card or the when picture as pixels. Raises text.Tofu for a label with letters that no font of ours has."""
    if picture.kind == "when":
        return when.scene(picture, folder)
    if picture.kind == "path":
        return pathway.scene(picture, folder)
    return card(picture.cells, picture.lang, folder)


def png(image: Image.Image) -> bytes:
    """The picture with 128 colours: a third of the bytes, and the same to the eye.

    Octree and level 8: 35 ms and 45 KB; median cut and the best compression took 120 ms for 44 KB.
    """
    out = io.BytesIO()
    image.quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG", compress_level=8)
    return out.getvalue()


# ---------------------------------------------------------------- the cache


def _legible(picture: Picture, folder: Path | None) -> Image.Image:
    try:
        return render(picture, folder)
    except text.Tofu as fault:
        log.warning("picture_without_labels", why=str(fault), lang=picture.lang)
        return render(
            replace(picture, lang=picture.lang, cells=tuple(replace(c, label="") for c in picture.cells)), folder
        )


def _place(picture: Picture, cache: Path, folder: Path | None) -> Path:
    key = _key(to_json(picture), [symbols.fingerprint(name, folder) for name in _names(picture)])
    return cache / f"{key}.png"


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
