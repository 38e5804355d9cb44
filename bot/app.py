"""The composition root: builds every room, starts them in an order you can read, stops them in reverse. Only here tasks are started."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import logging
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.care import announcements, conversation, inbox, reminders, render
from bot.care.content import Content, ContentError, load
from bot.clock import Clock
from bot.db.models import Arrival, Media
from bot.db.session import Database, Session
from bot.flow.model import Say
from bot.messages import Heard, Utterance, Voice
from bot.office import prepare_database
from bot.pictures import cards
from bot.speech.clips import Clips
from bot.workers.delivering import Prepared

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.telegram.intake import Intake
    from bot.telegram.send import TelegramPort
    from bot.workers.listener import Listener
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
            path = await asyncio.to_thread(cards.draw, utterance.picture, self.cache, self.media)
            return Prepared({"picture": path}, sha256=await self._sum(path))
        if utterance.media:
            path = self.media / utterance.media
            return Prepared({"voice": path}, sha256=await self._sum(path)) if path.is_file() else Prepared()
        clip = await self.clips.clip(utterance.voice) if utterance.voice else None
        return Prepared({"voice": clip.path}, round(clip.seconds), clip.sha256) if clip else Prepared()

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
    ticker: Ticker

    async def close(self) -> None:
        await self.port.close()
        await self.clips.close()
        await self.db.close()


async def build(settings: Settings, clock: Clock, *, db: Database | None = None) -> House:
    """Reads the content, opens the database and puts the rooms together. Raises ContentError with all faults."""
    from bot.telegram.intake import Intake
    from bot.telegram.send import TelegramPort
    from bot.workers.listener import Listener
    from bot.workers.sender import Sender
    from bot.workers.ticker import Ticker

    content = await asyncio.to_thread(load, settings.content)
    media = settings.data / "media"
    db = db or Database(settings.database())
    db.info["hours"] = reminders.Hours(
        settings.evening, settings.morning_minutes, settings.quiet_from, settings.quiet_until
    )
    token = settings.bot_token.get_secret_value() if settings.bot_token else ""
    port = TelegramPort(token, settings.bot_api)
    clips = Clips(settings.content / "audio", settings.data / "cache" / "sound")
    studio = Studio(clips, settings.data / "cache" / "pictures", media, settings.content / "flows" / "pictures")
    handle = functools.partial(_handle, content)
    intake = Intake(db, port, clock)
    return House(
        settings=settings,
        clock=clock,
        db=db,
        content=content,
        clips=clips,
        port=port,
        intake=intake,
        listener=Listener(db, handle, port, clock, media, on_parked=functools.partial(conversation.parked, content)),
        sender=Sender(db, port, studio, clock, settings.pace, bot_id=port.bot_id, on_lost=inbox.on_lost),
        ticker=Ticker(db, clock, _ticks(db, clock, content, settings)),
    )


async def _handle(
    content: Content, session: Session, arrival: Arrival, heard: Heard, media: dict[str, Media], now: dt.datetime
) -> None:
    await conversation.handle(session, content, arrival, heard, media, now)


def _ticks(db: Database, clock: Clock, content: Content, settings: Settings) -> dict[str, Any]:
    """What is done every so often, each until there is nothing left to do: name → (coroutine function, seconds)."""

    async def until_done(one: Any) -> None:
        while True:
            async with db.begin() as session:
                if not await one(session, content, clock.now()):
                    return

    return {
        "reminders": (functools.partial(until_done, reminders.fire_one), 20),
        "announcements": (functools.partial(until_done, announcements.fan_out_one), 20),
    }


# ---------------------------------------------------------------- starting and stopping


async def live(house: House, stop: asyncio.Event, *, webhook: bool = False) -> None:
    """Runs all loops until `stop` is set: sender first (so that nothing waits), then listener, ticker, and the door last."""
    async with asyncio.TaskGroup() as tasks:
        for room in (house.sender, house.listener, house.ticker):
            tasks.create_task(room.run(stop))
        tasks.create_task(_warm(house))
        if not webhook:
            tasks.create_task(house.intake.run(stop))


async def _warm(house: House) -> None:
    """What makes the first tap fast: Telegram knows our name and commands, the voice's worker process is up."""
    from bot.telegram.setup import introduce

    with contextlib.suppress(Exception):
        await house.clips.warm()
    await introduce(house.port, house.content, house.db)


async def run_house(settings: Settings) -> int:
    """`stapsteen run`: the real bot until SIGTERM; 0 when it was asked to stop, 1 with a sentence when it cannot go on."""
    speak_plainly(settings.log_level)
    await prepare_database(settings)
    try:
        house = await build(settings, Clock())
    except ContentError as error:
        log.error("The content has faults; `stapsteen check` names them too.", faults=str(error).splitlines())
        return 1
    stop = asyncio.Event()
    with signals(stop):
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(serve(web(house), settings.host, settings.port, stop))
                tasks.create_task(_until_stop(live(house, stop, webhook=bool(settings.public_url)), stop))
        finally:
            await house.close()
    return 1 if house.intake.stopped else 0


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


def web(house: House, more: tuple[BaseRoute, ...] = ()) -> Starlette:
    """Health, and Telegram's webhook when there is a public address."""

    async def health(_request: Request) -> Response:
        async with house.db.begin() as session:
            from bot.db.notes import noted

            fetched, sending = await noted(session, "fetched"), await noted(session, "sending")
        ok = house.intake.stopped is None and (sending or {}).get("ok", True)
        body = {"ok": ok, "fetched": fetched, "sending": sending, "why": house.intake.stopped or ""}
        return JSONResponse(body, 200 if ok else 503)

    routes: list[BaseRoute] = [Route("/healthz", health), *more]
    if house.settings.public_url:
        routes.append(house.intake.webhook("/telegram"))
    return Starlette(routes=routes)


class _Server(uvicorn.Server):
    """A web server that leaves the signals to us."""

    @contextlib.contextmanager
    def capturesignals(self) -> Iterator[None]:
        yield


async def serve(app: Any, host: str, port: int, stop: asyncio.Event) -> None:
    """Serves until `stop` is set; open streams get a moment and are then cut."""
    config = uvicorn.Config(app, host=host, port=port, log_config=None, timeout_graceful_shutdown=1, lifespan="off")
    server = _Server(config)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve())
        await stop.wait()
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


async def speak_ahead(settings: Settings, langs: list[str], engine: str) -> int:
    """`stapsteen speak`: every fixed phrase, and every step without words to fill in, gets its sound ahead of time."""
    from bot.speech.speak import speak_everything

    content = await asyncio.to_thread(load, settings.content)
    texts = {lang: content.phrases.spoken_texts(lang) for lang in langs or content.offered}
    clips = Clips(settings.content / "audio", settings.data / "cache" / "sound")
    return await speak_everything(clips, texts, _whole_steps(content, list(texts), Clock().now()), engine)


def _whole_steps(content: Content, langs: list[str], now: dt.datetime) -> Iterator[Voice]:
    """The voices of all steps that are always the same, so that nobody waits for their first rendering."""
    for lang in langs:
        for name, step in content.flows.items():
            if step.text_key and "{" not in content.phrases.source[step.text_key] and step.offer is None:
                for said in render.utterances(content, lang, Say(name), now):
                    if said.voice:
                        yield said.voice
