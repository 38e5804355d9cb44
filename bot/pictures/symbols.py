"""Symbols: named pictures, composed from vendored and own drawings as flows/pictures/symbols.yaml says."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import resvg_py
import structlog
import yaml
from PIL import Image

from bot.pictures import PictureError, photo, text
from bot.settings import default_content

log = structlog.get_logger()
HERE = Path(__file__).resolve().parent
DRAWINGS = (HERE / "drawn", HERE / "vendored" / "fluent-emoji-flat")
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # in C, where libyaml is built in
WORDS = {"icons", "layers", "over", "mirror", "emoji", "meaning"}
LAYER_WORDS = {"icon", "symbol", "letters", "at", "size", "flip", "turn", "fade", "colour"}
KINDS: tuple[Literal["icon", "symbol", "letters"], ...] = ("icon", "symbol", "letters")
PHOTOS = (".jpg", ".png", ".jpeg")
DEPTH = 4  # a symbol in a symbol in a symbol is enough
CORNER = (79.0, 79.0, 42.0)
OVER = {  # name of the mark -> drawing, middle x, middle y, size
    "cross": ("cross", 50.0, 50.0, 94.0),
    "check": ("check-badge", *CORNER),
    "no": ("cross-badge", *CORNER),
    "plus": ("plus-badge", *CORNER),
    "question": ("question-badge", *CORNER),
    "must": ("must-badge", *CORNER),
    "euro": ("euro", *CORNER),
    "clock": ("clock-badge", *CORNER),
}
ROWS = {  # icons without places: (x, y, size) for one to four of them
    1: ((50, 50, 94),),
    2: ((28, 50, 54), (73, 50, 54)),
    3: ((50, 27, 50), (26, 72, 50), (74, 72, 50)),
    4: ((27, 27, 48), (73, 27, 48), (27, 73, 48), (73, 73, 48)),
}


@dataclass(frozen=True)
class Layer:
    """One drawing with its middle and size in hundredths of the picture, turn in degrees, fade 0 to 1.

    `icon` is the name of a drawing, of another symbol, or the letters themselves, as `kind` says.
    `steady` drawings are moved but not turned round when the symbol is mirrored (a tick stays a tick).
    """

    icon: str
    x: float
    y: float
    size: float
    kind: Literal["icon", "symbol", "letters"] = "icon"
    flip: bool = False
    turn: float = 0.0
    fade: float = 1.0
    colour: str = "#1B1F24"
    steady: bool = False


@dataclass(frozen=True)
class Symbol:
    """A named picture: layers from back to front, the emoji for a button, what it means in Dutch."""

    name: str
    layers: tuple[Layer, ...]
    emoji: str
    meaning: str
    mirror: bool = False


def default_folder() -> Path:
    """The flows/pictures folder of the checkout, or the one shipped in the package."""
    return default_content() / "flows" / "pictures"


def load(folder: Path | None = None) -> Mapping[str, Symbol]:
    """All symbols of flows/pictures/symbols.yaml. Raises PictureError with every fault, one a line.

    Read once and kept, like the flows that name them: a list that is being edited never takes a picture away.
    """
    return _load((folder or default_folder()) / "symbols.yaml")


def emoji(symbol: str, folder: Path | None = None) -> str:
    """What a button shows for this symbol. Raises PictureError when there is no such symbol."""
    return find(symbol, folder).emoji


def find(name: str, folder: Path | None = None) -> Symbol:
    """The symbol of that name. Raises PictureError when there is none."""
    try:
        return load(folder)[name]
    except KeyError:
        raise PictureError(f"There is no picture “{name}” in flows/pictures/symbols.yaml.") from None


# ---------------------------------------------------------------- reading


@cache
def _load(file: Path) -> Mapping[str, Symbol]:
    entries = yaml.load(file.read_text("utf-8"), Loader=LOADER)  # strings only: no `yes` that becomes True
    symbols, faults = {}, []
    for name, entry in entries.items():
        try:
            symbols[name] = _symbol(name, entry)
        except (PictureError, TypeError, ValueError, AttributeError) as fault:
            faults.append(f"{file}: {name}: {fault}")
    faults += [f"{file}: {fault}" for fault in _broken(symbols)]
    if faults:
        raise PictureError("\n".join(faults))
    return symbols


def _symbol(name: str, entry: Mapping[str, Any]) -> Symbol:
    _known(entry, WORDS)
    if missing := [word for word in ("emoji", "meaning") if not entry.get(word)]:
        raise PictureError(f"{' and '.join(missing)} must be filled in.")
    layers = [_layer(one) for one in entry.get("layers", [])]
    icons = entry.get("icons", [])
    if bool(layers) == bool(icons) or len(icons) > max(ROWS):
        raise PictureError("give either one to four icons, or layers.")
    layers += [Layer(icon, *place) for icon, place in zip(icons, ROWS.get(len(icons), ()), strict=True)]
    over = entry.get("over", [])
    layers += [_over(mark) for mark in ([over] if isinstance(over, str) else over)]
    return Symbol(name, tuple(layers), entry["emoji"], entry["meaning"], entry.get("mirror", "no") == "yes")


def _layer(entry: Mapping[str, Any]) -> Layer:
    _known(entry, LAYER_WORDS)
    x, y = entry["at"]
    kind = next((word for word in KINDS if word in entry), KINDS[0])
    return Layer(
        entry[kind],
        float(x),
        float(y),
        float(entry["size"]),
        kind,
        entry.get("flip", "no") == "yes",
        float(entry.get("turn", 0)),
        float(entry.get("fade", 100)) / 100,
        entry.get("colour", "#1B1F24"),
    )


def _over(mark: str) -> Layer:
    if mark not in OVER:
        raise PictureError(f"over: {mark} is not one of {', '.join(OVER)}.")
    return Layer(*OVER[mark], steady=mark != "question")  # the question mark of who reads from the right is mirrored


def _known(entry: Mapping[str, Any], words: set[str]) -> None:
    if unknown := set(entry) - words:
        raise PictureError(f"unknown word {', '.join(sorted(unknown))}.")


def _broken(symbols: Mapping[str, Symbol]) -> list[str]:
    faults = []
    for symbol in symbols.values():
        try:
            drawing(symbol, symbols)
        except (PictureError, KeyError) as fault:
            faults.append(f"{symbol.name}: {fault}")
    return faults


# ---------------------------------------------------------------- composing


def drawing(symbol: Symbol, symbols: Mapping[str, Symbol], *, mirrored: bool = False) -> str:
    """The whole symbol as one SVG of 100 by 100. Raises PictureError for a drawing that does not exist."""
    turned = mirrored and symbol.mirror
    layers = [replace(one, flip=not one.flip) if turned and one.steady else one for one in symbol.layers]
    body = "".join(_body(layer, symbols, f"{n}", 1) for n, layer in enumerate(layers))
    if turned:
        body = f'<g transform="matrix(-1 0 0 1 100 0)">{body}</g>'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 100">'
        f"{body}</svg>"
    )


def _body(layer: Layer, symbols: Mapping[str, Symbol], prefix: str, depth: int) -> str:
    if depth > DEPTH:
        raise PictureError(f"“{layer.icon}” contains itself.")
    side = 100 if layer.kind == "symbol" else 32
    if layer.kind == "symbol":
        inner = symbols[layer.icon].layers
        body = "".join(_body(one, symbols, f"{prefix}-{n}", depth + 1) for n, one in enumerate(inner))
    elif layer.kind == "letters":
        body = text.outline(layer.icon, side)
    else:
        body = _own_ids(_icon(layer.icon), prefix)
    scale = layer.size / side
    place = f"translate({layer.x:g} {layer.y:g}) rotate({layer.turn:g}) scale({-scale if layer.flip else scale:g} {scale:g})"
    look = f'opacity="{layer.fade:g}" color="{layer.colour}"'
    return f'<g transform="{place} translate({-side / 2:g} {-side / 2:g})" {look}>{body}</g>'


def _own_ids(body: str, prefix: str) -> str:
    """The drawing with ids nobody else uses: two drawings in one picture must not share a gradient by accident."""
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>i{prefix}-", body)


@cache
def _icon(name: str) -> str:
    for folder in DRAWINGS:
        if (file := folder / f"{name}.svg").is_file():
            svg = file.read_text("utf-8")
            return svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    raise PictureError(f"there is no drawing “{name}” (see bot/pictures/vendored/build.py).")


# ---------------------------------------------------------------- pixels


def picture(name: str, px: int, folder: Path | None = None, *, mirrored: bool = False) -> Image.Image:
    """The symbol at px by px, transparent around it; an organisation's own photo instead where there is one."""
    if own := own_photo(name, folder):
        try:
            return photo.square(own.read_bytes(), px)
        except PictureError as error:  # `stapsteen check` names it; she sees the symbol meanwhile
            log.error("own_photo_unreadable", file=own.name, why=str(error))
    return raster(drawing(find(name, folder), load(folder), mirrored=mirrored), px)


def icon(name: str, px: int) -> Image.Image:
    """One bare drawing at px by px."""
    return raster(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 32 32">'
        f"{_icon(name)}</svg>",
        px,
    )


@lru_cache(maxsize=12)  # a megabyte each; a card that was drawn is on disk
def raster(svg: str, px: int) -> Image.Image:
    """An SVG as pixels. Never paste into what this returns: it is kept and shared."""
    png = resvg_py.svg_to_bytes(svg_string=svg, width=px, height=px, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def own_photo(name: str, folder: Path | None = None) -> Path | None:
    """flows/pictures/own/<name>.jpg or another of PHOTOS, when the organisation has put one there."""
    place = (folder or default_folder()) / "own"
    return next((file for kind in PHOTOS if (file := place / f"{name}{kind}").is_file()), None)


def fingerprint(name: str, folder: Path | None = None) -> str:
    """Changes whenever the symbol would look different."""
    if own := own_photo(name, folder):
        seen = own.stat()
        return _sum(own, seen.st_mtime_ns, seen.st_size)
    return _drawn_sum(name, folder)


@lru_cache(maxsize=500)
def _sum(photo: Path, _changed_ns: int, _size: int) -> str:
    return hashlib.sha256(photo.read_bytes()).hexdigest()


@cache
def _drawn_sum(name: str, folder: Path | None) -> str:
    symbol = find(name, folder)
    return hashlib.sha256(drawing(symbol, load(folder), mirrored=symbol.mirror).encode()).hexdigest()
