"""The pictures that mothers see, for pages on which a colleague chooses one."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from bot.care import signs
from bot.care.content import Content
from bot.console.guard import AnyVisit
from bot.console.words import speaks
from bot.pictures import PictureError, symbols

SIDE = 144  # pixels: twice what is shown, for sharp screens
router = APIRouter(prefix="/plaatje")


@dataclass(frozen=True)
class Tile:
    """One picture to choose. symbol: its name; label: what it means, in the visitor's language."""

    id: str
    symbol: str
    label: str


def themes(content: Content) -> list[Tile]:
    """What a meeting can be about."""
    return [Tile(sign.id, sign.symbol, said(content, sign.label_key)) for sign in signs.themes(content)]


def theme_of(content: Content, written: str) -> str:
    """The theme that a form names; empty when there is none of that name."""
    return next((sign.id for sign in signs.themes(content) if sign.id == written), "")


def said(content: Content, key: str) -> str:
    """A text of the flows as the visitor reads it."""
    found = content.phrases.get(speaks(), key)
    return found.text if found else content.phrases.source.get(key, "")


@router.get("/{symbol}")
async def draw(symbol: str, visit: AnyVisit) -> Response:
    """One picture, alone and small."""
    content = visit.desk.content
    if symbol not in content.emoji:
        raise HTTPException(404)
    try:
        data = await asyncio.to_thread(_small, symbol, content.folder / "flows" / "pictures")
    except (PictureError, FileNotFoundError):
        raise HTTPException(404) from None
    return Response(data, media_type="image/png", headers={"cache-control": "private, max-age=600"})


def _small(symbol: str, folder: Path) -> bytes:
    """As a PNG of few colours: a page shows several of them, on a phone."""
    out = io.BytesIO()
    symbols.picture(symbol, SIDE, folder).quantize(96).save(out, "PNG", optimize=True)
    return out.getvalue()
