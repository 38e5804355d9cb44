"""The coordinator's desk in the browser: one small web application, put together here. Plain forms; scripts only make it quicker."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from bot.care.content import Content
from bot.clock import Clock
from bot.console.live import Bus
from bot.console.words import _, later
from bot.db.session import Database
from bot.media import Folder, Store
from bot.speech.clips import Clips

SAID = {
    403: later("Dit is niet voor jouw rol. Vraag het aan de coördinator."),
    404: later("Dit is er niet (meer), of het hoort niet bij jouw groepen."),
    405: later("Zo kan dat niet."),
    422: later("Dat begrijp ik niet. Ga terug en kijk na wat je invulde."),
}


@dataclass
class Desk:
    """What every page of the desk can reach. base: the address of /console as staff see it; media: this machine's own folder for
    files of people, store: where they are put and fetched."""

    db: Database
    content: Content
    clips: Clips
    media: Path
    clock: Clock
    base: str
    store: Store
    bus: Bus = field(default_factory=Bus)


def console(
    db: Database, content: Content, clips: Clips, media: Path, clock: Clock, base: str, store: Store | None = None
) -> FastAPI:
    """The desk as an application, all of it under /console. `app.state.bus.close()` ends its open streams before a stop.

    store: left out, files of people lie in the folder `media`.
    """
    from bot.console.guard import Guard, NotInside
    from bot.console.once import Once

    desk = Desk(db, content, clips, media, clock, base.rstrip("/"), store or Folder(media))
    db.info["console"] = desk.base
    db.on_commit(desk.bus.changed)
    app = FastAPI(title="Stapsteen", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk, app.state.bus = desk, desk.bus
    app.include_router(_pages())
    app.add_middleware(Once, desk=desk)
    app.add_middleware(Guard)
    app.add_exception_handler(NotInside, _not_inside)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(OverflowError, _no_such_number)
    app.add_exception_handler(DBAPIError, _no_such_number)
    return app


def _pages() -> APIRouter:
    from bot.console import (
        announce_acts,
        announce_room,
        away_room,
        calendar_rooms,
        cohort_room,
        example_room,
        files,
        group_room,
        house,
        login,
        places_room,
        polls_room,
        preview_room,
        question_acts,
        questions,
        recordings,
        report_room,
        signs_room,
        stones_room,
        tongues,
        topics_room,
        voices_room,
        words_room,
    )
    from bot.console.page import PREFIX

    pages = APIRouter(prefix=PREFIX)
    rooms: Any = (
        files, login, questions, question_acts, example_room, topics_room, away_room, recordings, calendar_rooms,
        polls_room, signs_room, stones_room, cohort_room, group_room, report_room, words_room, places_room,
        announce_acts, announce_room, tongues, voices_room, preview_room, house,
    )  # fmt: skip
    for room in rooms:
        pages.include_router(room.router)
    return pages


async def _not_inside(request: Request, _error: Any) -> Response:
    from bot.console.page import PREFIX

    door = f"{PREFIX}/login"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"hx-redirect": door})
    return RedirectResponse(door, 303)


async def _no_such_number(request: Request, error: Any) -> Response:
    """A number in an address or a form that is larger than any of ours: it is simply not there."""
    if isinstance(error, OverflowError) or "out of int" in str(error) or "out of range" in str(error):
        return await _refused(request, HTTPException(404))
    raise error


async def _refused(request: Request, error: Any) -> Response:
    from bot.console.page import page

    status = getattr(error, "status_code", 422)
    detail = getattr(error, "detail", "")
    own = detail if isinstance(detail, str) and detail != HTTPStatus(status).phrase else ""
    return page("sorry.html", None, status, says=_(own or SAID.get(status, later("Er ging iets mis."))))
