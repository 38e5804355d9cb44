"""The composition root: builds every room, starts them in an order you can read, stops them in reverse. Only here tasks are started."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import hmac
import logging
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.care import announcements, conversation, inbox, logins, privacy, reminders
from bot.care.content import Content, ContentError, load
from bot.care.parked import parked
from bot.clock import Clock
from bot.db.models import Arrival, Media
from bot.db.notes import note, noted
from bot.db.session import Database, Session
from bot.messages import Heard, Utterance
from bot.office import prepare_database
from bot.pictures import PictureError, cards, photo
from bot.speech import spoken
from bot.speech.clips import Clips
from bot.speech.errors import BadSound
from bot.voices_office import make_clips
from bot.workers.delivering import Prepared

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.telegram.intake import Intake
    from bot.telegram.send import TelegramPort
    from bot.telegram.setup import Introduction
    from bot.workers.listener import Listener
    from bot.workers.recorder import Recorder
    from bot.workers.sender import Sender
    from bot.workers.ticker import Ticker

log = structlog.get_logger()
LAST_BREATH = 2.0  # seconds that everything gets to stop


class Studio:
    """Makes the sound or picture of an utterance before it is sent; the work is done in a worker process or thread."""

    def __init__(self, clips: Clips, cache: Path, media: Path, pictures: Path) -> None:
        self.clips, self.cache, self.media, self.pictures = clips, cache, media, pictures
        self._sums: dict[Path, str] = {}

    async def __call__(self, utterance: Utterance) -> Prepared:
        """Nothing in `files` when there is no voice for it: then text must do."""
        if utterance.kind == "picture" and utterance.picture:
            path = await asyncio.to_thread(cards.draw, utterance.picture, self.cache, self.media, self.pictures)
            return Prepared({"picture": path}, sha256=await self._sum(path))
        if utterance.media:
            path = self.media / utterance.media
            return Prepared({"voice": path}, sha256=await self._sum(path)) if path.is_file() else Prepared()
        clip = await self.clips.clip(utterance.voice) if utterance.voice else None
        return Prepared({"voice": clip.path}, round(clip.seconds), clip.sha256) if clip else Prepared()

    async def ready(self, kind: str, data: bytes) -> bytes | None:
        """What somebody sent, as a levelled voice note or a photo without its place and camera; None when it is neither."""
        try:
            if kind == "photo":
                return await asyncio.to_thread(photo.small, data)
            note = await self.clips.voice_note(data)
            finished = await asyncio.to_thread(note.path.read_bytes)
            note.path.unlink(missing_ok=True)
            return finished
        except (BadSound, PictureError):
            return None

    async def _sum(self, path: Path) -> str:
        if path not in self._sums:
            self._sums[path] = await asyncio.to_thread(_sha256, path)
        return self._sums[path]


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass
class House:
    """Everything that runs, built and not yet started."""

    settings: Settings
    clock: Clock
    db: Database
    content: Content
    clips: Clips
    port: TelegramPort
    intake: Intake
    listener: Listener
    sender: Sender
    recorder: Recorder
    ticker: Ticker

    async def close(self) -> None:
        await self.port.close()
        await self.clips.close()
        await self.db.close()


async def build(settings: Settings, clock: Clock, *, db: Database | None = None) -> House:
    """Reads the content, opens the database and puts the rooms together. Raises ContentError with all faults."""
    from bot.telegram.intake import Intake
    from bot.telegram.read import heard
    from bot.telegram.send import TelegramPort
    from bot.workers.listener import Listener
    from bot.workers.recorder import Recorder
    from bot.workers.sender import Sender
    from bot.workers.ticker import Ticker

    content = await asyncio.to_thread(load, settings.content)
    spoken.read_from(settings.content)
    media = settings.data / "media"
    db = db or Database(settings.database())
    db.info["hours"] = reminders.Hours(
        settings.evening, settings.morning_minutes, settings.quiet_from, settings.quiet_until
    )
    db.info["media"] = media
    db.info["passing"] = settings.data / "cache" / "sound" / "passing"
    token = settings.bot_token.get_secret_value() if settings.bot_token else ""
    port = TelegramPort(token, settings.bot_api)
    clips = make_clips(settings)
    studio = Studio(clips, settings.data / "cache" / "pictures", media, settings.content / "flows" / "pictures")

    async def handle(
        session: Session, arrival: Arrival, what: Heard, files: Mapping[str, Media], now: dt.datetime
    ) -> None:
        await conversation.handle(session, content, arrival, what, files, now)

    async def on_parked(session: Session, arrival: Arrival, now: dt.datetime) -> None:
        await parked(session, content, arrival, now)

    return House(
        settings=settings,
        clock=clock,
        db=db,
        content=content,
        clips=clips,
        port=port,
        intake=Intake(db, settings.bot_api, token, clock),
        listener=Listener(db, handle, port, clock, read=heard, media=media, on_parked=on_parked, ready=studio.ready),
        sender=Sender(db, port, studio, clock, settings.pace, bot_id=port.bot_id, on_lost=inbox.on_lost),
        recorder=Recorder(db, content, clips, clock, media),
        ticker=Ticker(db, clock, _ticks(db, clock, content, clips)),
    )


def _ticks(db: Database, clock: Clock, content: Content, clips: Clips) -> dict[str, Any]:
    """What is done every so often, each until there is nothing left to do: name → (coroutine function, seconds)."""

    async def until_done(one: Any) -> None:
        while True:
            async with db.begin() as session:
                if not await one(session, content, clock.now()):
                    return

    async def sweep() -> None:
        async with db.begin() as session:
            await privacy.sweep(session, clock.now())
            await logins.sweep(session, clock.now())
        await asyncio.to_thread(clips.sweep, clock.now())

    return {
        "reminders": (functools.partial(until_done, reminders.fire_one), 20),
        "announcements": (functools.partial(until_done, announcements.fan_out_one), 20),
        "sweep": (sweep, 3600),
    }


# ---------------------------------------------------------------- starting and stopping


async def live(house: House, stop: asyncio.Event, *, webhook: bool = False) -> None:
    """Runs all loops until `stop` is set: sender first (so that nothing waits), then listener, ticker, and the door last."""
    async with asyncio.TaskGroup() as tasks:
        for room in (house.sender, house.listener, house.recorder, house.ticker):
            tasks.create_task(room.run(stop))
        warming = tasks.create_task(_warm(house))
        if not webhook:
            tasks.create_task(house.intake.run(stop))
        await stop.wait()
        warming.cancel()


async def _warm(house: House) -> None:
    """What makes the first tap fast: the voice's worker is up, and Telegram knows our name, commands and description."""
    from bot.telegram.setup import introduce

    try:
        await house.clips.warm()
        # seconds of work: not in the turn of the first mother who types; a daemon, so that stopping does not wait for it
        threading.Thread(target=lambda: house.content.matcher, name="matcher", daemon=True).start()
        await _open_door(house)
        about = await house.port.bot.get_me()
        async with house.db.begin() as session:
            await note(session, "bot", {"id": about.id, "username": about.username})
        await introduce(house.port, _introduction(house.content))
    except Exception:  # nothing depends on it: the loops have their own way of bearing with Telegram
        log.exception("not_warmed_up")


def _introduction(content: Content) -> dict[str, Introduction]:
    """What the bot says about itself in people's Telegram, per offered language."""
    from bot.telegram.setup import Introduction

    found = {}
    for lang in content.offered:
        words = {
            name: said.text
            for name in ("about", "start", "sos", "stop")
            if (said := content.phrases.get(lang, f"common.{name}"))
        }
        if "about" in words:
            commands: dict[str, str] = {name: said for name, said in words.items() if name != "about"}
            found[lang] = Introduction(words["about"], words["about"], commands)
    return found


async def run_house(settings: Settings) -> int:
    """`stapsteen run`: the real bot until SIGTERM; 0 when it was asked to stop, 1 with a sentence when it cannot go on."""
    from bot.telegram.intake import TwoCopies

    speak_plainly(settings.log_level)
    await prepare_database(settings)
    try:
        house = await build(settings, Clock())
    except ContentError as error:
        log.error("The content has faults; `stapsteen check` names them too.", faults=str(error).splitlines())
        return 1
    stop, failed = asyncio.Event(), False
    with signals(stop):
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(serve(web(house), settings.host, settings.port, stop))
                tasks.create_task(_until_stop(live(house, stop, webhook=bool(settings.public_url)), stop))
        except* TwoCopies as copies:
            failed = True
            log.error("stopped", why=_innermost(copies))
        finally:
            await house.close()
    return 1 if failed else 0


def _innermost(error: BaseException) -> str:
    return _innermost(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else str(error)


async def _until_stop(work: Any, stop: asyncio.Event) -> None:
    try:
        await work
    finally:
        stop.set()


@contextlib.contextmanager
def signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and Ctrl-C set `stop`."""
    loop = asyncio.get_running_loop()
    wanted = (signal.SIGTERM, signal.SIGINT)
    for number in wanted:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)


# ---------------------------------------------------------------- the web side


def web(house: House, base: str = "") -> Starlette:
    """Health, the desk in the browser, and Telegram's webhook when there is a public address. base: where staff find it."""
    from bot.console.desk import console

    settings, base = house.settings, base or house.settings.console()
    desk = console(house.db, house.content, house.clips, settings.data / "media", house.clock, base)

    async def health(_request: Request) -> Response:
        async with house.db.begin() as session:
            rooms = {name: await noted(session, name) or {} for name in ("fetching", "sending")}
            fetched = await noted(session, f"fetched:{house.intake.channel}")
        ok = all(room.get("ok", True) for room in rooms.values())
        return JSONResponse({"ok": ok, "fetched": fetched, **rooms}, 200 if ok else 503)

    hook: list[BaseRoute] = [house.intake.webhook(_secret(settings))] if settings.public_url else []
    app = Starlette(routes=[Route("/healthz", health), *hook, Mount("", desk)])
    app.state.hang_up = desk.state.bus.close
    return app


def _secret(settings: Settings) -> str:
    """What Telegram repeats with every call: as set, or made from the token, so that it is the same after a restart."""
    if settings.webhook_secret is not None:
        return settings.webhook_secret.get_secret_value()
    token = settings.bot_token.get_secret_value() if settings.bot_token else ""
    return hmac.new(token.encode(), b"stapsteen webhook", "sha256").hexdigest()


async def _open_door(house: House) -> None:
    """Tells Telegram where to knock: at our public address, or nowhere, because we come and ask."""
    settings, bot = house.settings, house.port.bot
    if settings.public_url:
        from bot.telegram.intake import WANTED

        url = settings.public_url.rstrip("/") + "/telegram"
        await bot.set_webhook(url, secret_token=_secret(settings), allowed_updates=list(WANTED), max_connections=20)
    else:
        await bot.delete_webhook()


class _Server(uvicorn.Server):
    """A web server that leaves the signals to us."""

    @contextlib.contextmanager
    def capturesignals(self) -> Iterator[None]:
        yield


async def serve(app: Any, host: str, port: int, stop: asyncio.Event, door: socket.socket | None = None) -> None:
    """Serves until `stop` is set (at `door` when it is open already); open pages are told to hang up, and get a moment."""
    config = uvicorn.Config(app, host=host, port=port, log_config=None, timeout_graceful_shutdown=1, lifespan="off")
    server = _Server(config)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve([door] if door else None))
        await stop.wait()
        app.state.hang_up()
        server.should_exit = True
        await asyncio.wait([serving], timeout=LAST_BREATH)
        server.force_exit = True


def speak_plainly(level: str) -> None:
    """Logs: JSON lines when nobody looks, coloured lines on a terminal; never the text of a message."""
    import sys

    number = logging.getLevelNamesMapping()[level.upper()]
    shown = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            shown,
        ],
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


async def run_sandbox(port: int, token: str, state: Path | None, rate_limits: bool) -> None:
    """`stapsteen sandbox`: Telegram in a box, alone, until Ctrl-C."""
    from bot.sandbox import Sandbox

    stop = asyncio.Event()
    with signals(stop):
        box = Sandbox(port=port, token=token, state=state, rate_limits=rate_limits)
        url = await box.start()
        print(f"Telegram in a box: {url}\nBot API: {url}/bot{token}/getMe", flush=True)  # noqa: T201
        await stop.wait()
        await box.stop()
