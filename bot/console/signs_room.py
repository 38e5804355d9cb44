"""The pictures that mothers see, for pages on which a colleague chooses one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response

from bot.care import signs
from bot.care.content import Content
from bot.console.guard import AnyVisit
from bot.console.words import speaks
from bot.messages import Cell, Picture
from bot.pictures import PictureError, cards

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
    """One picture, alone."""
    desk = visit.desk
    if symbol not in desk.content.emoji:
        raise HTTPException(404)
    wanted, pictures = Picture(kind="card", cells=(Cell(symbol),)), desk.content.folder / "flows" / "pictures"
    try:
        path = await asyncio.to_thread(cards.draw, wanted, desk.clips.cache / "cards", desk.media, pictures)
    except (PictureError, FileNotFoundError):
        raise HTTPException(404) from None
    kind = "image/png" if path.suffix == ".png" else "image/jpeg"
    return FileResponse(path, media_type=kind, headers={"cache-control": "private, max-age=600"})
