"""An organisation's own photos (flows/pictures/own): each takes the place of a symbol that exists, and can be opened."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from bot.flow.reading import Fault
from bot.pictures import PictureError, photo
from bot.pictures.symbols import PHOTOS


def faults(folder: Path, symbols: Collection[str]) -> Iterator[Fault]:
    """Photos that nobody would ever see, each with the reason. symbols: the names of symbols.yaml."""
    own = folder / "flows" / "pictures" / "own"
    for path in sorted(own.glob("[!.]*")):
        says = _fault(path, symbols)
        if says:
            yield Fault(str(path.relative_to(folder)), 1, says)


def _fault(path: Path, symbols: Collection[str]) -> str:
    if path.suffix not in PHOTOS:
        return f"a photo ends in one of: {', '.join(PHOTOS)}"
    if path.stem not in symbols:
        return f"no picture is called `{path.stem}`; the names stand in flows/pictures/symbols.yaml"
    try:
        photo.open_photo(path.read_bytes())
    except PictureError as error:
        return f"{error} The drawn picture is shown instead"
    return ""
