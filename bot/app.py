"""The composition root: builds every room, starts them in an order you can read, stops them in reverse. Only here tasks are started."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import datetime as dt
import functools
import gc
import signal
import socket
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from bot import backup
from bot.care import (
    announcement_plans,
    announcements,
    appointments,
    cohort,
    events,
    flood,
    inbox,
    inbox_alarm,
    logins,
    people,
    photos,
    privacy,
    reminder_words,
    reminders,
    retention,
    taps,
)
from bot.care.content import Content, ContentError, load
from bot.care.desk import came_page
from bot.care.parked import parked
from bot.clock import Clock
from bot.db.ears import listen
from bot.db.models import Arrival
from bot.db.session import Database, Session, database_now
from bot.db.trouble import Unusable, alone, look_at_folder
from bot.logs import speak_plainly
from bot.media import Copies, StoreRefuses, copies_of, open_store, stored_far
from bot.office import prepare_database
from bot.opening import open_house
from bot.settings import ROLES
from bot.speech import spoken
from bot.speech.clips import Clips
from bot.studio import Studio
from bot.voices_office import make_clips
from bot.web import serve, web
from bot.workers import discards, mirror

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from bot.media import Store
    from bot.settings import Settings
    from bot.telegram.intake import Intake
    from bot.telegram.send import TelegramPort
    from bot.telegram.turns import Turns
    from bot.workers.listener import Listener
    from bot.workers.recorder import Recorder
    from bot.workers.sender import Sender
    from bot.workers.ticker import Ticker

log = structlog.get_logger()
M_ARENA_MAX = -8  # malloc.h


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
    media: Store
    ticker: Ticker

    async def close(self) -> None:
        await asyncio.gather(self.port.close(), self.clips.close())
        await self.db.close()


async def build(settings: Settings, clock: Clock, *, db: Database | None = None, clips: Clips | None = None) -> House:
    """Reads the content, opens the database and puts the rooms together. Raises ContentError with all faults."""
    from bot.telegram.intake import Intake
    from bot.telegram.read import heard
    from bot.telegram.send import TelegramPort
    from bot.workers import translator
    from bot.workers.listener import Listener
    from bot.workers.recorder import Recorder
    from bot.workers.sender import Sender
    from bot.workers.ticker import Ticker

    content = await asyncio.to_thread(load, settings.content)
    spoken.read_from(settings.content)
    media = open_store(settings)
    _furnish(db := db or Database(settings.database()), settings)
    token = settings.bot_token.get_secret_value() if settings.bot_token else ""
    port = TelegramPort(token, settings.bot_api, paid=settings.allow_paid_broadcast)
    clips = clips or make_clips(settings)
    answering = flood.Answering(content, functools.partial(taps.answer, content=content))
    studio = Studio(clips, settings.data / "cache" / "pictures", media, settings.content / "flows" / "pictures")
    intake, webhook = Intake(db, settings.bot_api, token, clock), bool(settings.public_url)
    sender = Sender(db, port, studio, clock, settings.pace, bot_id=port.bot_id, on_lost=inbox.on_lost)

    async def on_parked(session: Session, arrival: Arrival, now: dt.datetime) -> None:
        await parked(session, content, arrival, now)

    told: dict[str, Any] = {"read": heard, "media": media, "on_parked": on_parked, "ready": studio.ready}
    return House(
        *(settings, clock, db, content, clips, port, intake),
        listener=Listener(db, answering.handle, port, clock, taps=sender.boarding(answering.taps), **told),
        sender=sender,
        recorder=Recorder(db, content, clips, clock, media),
        media=media,
        ticker=Ticker(
            db,
            clock,
            _ticks(db, clock, content, clips, studio)
            | backup.ticks(settings, db, clock)
            | translator.ticks(settings, db, content, clock)
            | discards.ticks(db, media, clock, clips.cache / "notes")
            | ({"alive": (intake.alive, 60)} if webhook else {}),
        ),
    )


def _furnish(db: Database, settings: Settings) -> None:
    """What every session of this house carries: its hours and days, and the folders in which files of people lie."""
    db.info["hours"] = reminders.Hours(
        settings.evening, settings.morning_minutes, settings.quiet_from, settings.quiet_until
    )
    db.info["keep"] = settings.keep
    db.info["console"] = settings.console()  # also where the desk itself is another process's role
    db.info["media"] = settings.data / "media"
    db.info["copies"] = copies_of(settings)
    db.info["translator"] = urlsplit(settings.translator_url or "").hostname or ""
    db.info["urgent_minutes"] = settings.urgent_minutes
    db.info["photos"] = settings.data / "cache" / "pictures" / "photos"
    db.info["passing"] = settings.data / "cache" / "sound" / "passing"


def _ticks(db: Database, clock: Clock, content: Content, clips: Clips, studio: Studio) -> dict[str, Any]:
    """What is done every so often, each until there is nothing left to do: name → (coroutine function, seconds)."""

    async def until_done(one: Any) -> None:
        while True:
            async with db.begin() as session:
                if not await one(session, content, await database_now(session, clock)):
                    return

    async def remind() -> float | None:
        """Fires what is due; says how soon the next one is, so that nobody hears it seconds late."""
        await until_done(reminders.fire)
        async with db.begin() as session:
            due = await reminders.next_due(session)
            return max(0.0, (due - await database_now(session, clock)).total_seconds()) if due else None

    async def speak_reminders() -> None:
        """What is due soon is spoken now: the first who hears it does not wait for the others' voice to be made."""
        async with db.begin() as session:
            said = await reminder_words.soon(session, content, await database_now(session, clock))
        for utterance in said:
            await studio(utterance)

    async def sweep() -> None:
        async with db.begin() as session:
            await privacy.sweep(session, clock.now())
            await logins.sweep(session, clock.now())
        await asyncio.to_thread(clips.sweep, clock.now())

    return {
        "reminders": (remind, 20),
        "speak_reminders": (speak_reminders, 60),
        "appointments": (functools.partial(until_done, appointments.fire_one), 20),
        "came": (functools.partial(until_done, came_page.ask_one), 300),
        "announcements": (functools.partial(until_done, announcements.fan_out_one), 20),
        "plans": (functools.partial(until_done, announcement_plans.fire_one), 20),
        "events": (functools.partial(until_done, events.fire_one), 60),
        "photos": (functools.partial(until_done, photos.drop_one), 30),
        "alarms": (functools.partial(until_done, inbox_alarm.ring_one), 60),
        "life": (functools.partial(until_done, cohort.look_round), 600),
        "people": (functools.partial(until_done, people.one), 60),
        "retention": (functools.partial(until_done, retention.clear_one), 3600),
        "sweep": (sweep, 3600),
    }


# ---------------------------------------------------------------- starting and stopping


async def live(house: House, stop: asyncio.Event, *, webhook: bool = False, roles: Collection[str] = ROLES) -> None:
    """Runs the loops of these roles until `stop` is set: sender first (so that nothing waits), then listener, ticker, and the door last."""
    loops = {"sender": [house.sender], "listener": [house.listener, house.recorder], "ticker": [house.ticker]}
    async with asyncio.TaskGroup() as tasks:
        for role in loops:
            for room in loops[role] if role in roles else []:  # type: ignore[attr-defined]
                tasks.create_task(room.run(stop))
        if not house.db.sqlite:
            tasks.create_task(listen(house.db, stop))
        if stored_far(house.settings):
            tasks.create_task(_copies(house).run(stop))
            tasks.create_task(_voices(house).run(stop))
        opening = open_house(house.settings, house.port, house.content, house.clips, house.db, roles)
        warming = tasks.create_task(opening)
        if "intake" in roles and not webhook:
            tasks.create_task(_door(house).run(stop))
        await stop.wait()
        warming.cancel()


def _copies(house: House) -> discards.CopyKeeper:
    """Every process looks after its own copies of files, and of what was made of them."""
    data = house.settings.data / "cache"
    made = {data / "pictures" / "photos": "*.jpg", data / "sound" / "passing": "*/*.ogg"}
    return discards.CopyKeeper(house.db, Copies(copies_of(house.settings)), made)


def _voices(house: House) -> mirror.Mirror:
    """Every machine has all recorded voices, because any of them may have to speak."""
    place = f"{(house.settings.media_store or '').rstrip('/')}/voices"
    return mirror.Mirror(house.clips.recordings, open_store(house.settings, place, signed=False), house.media)


def _door(house: House) -> Intake | Turns:
    """On PostgreSQL several processes may stand at the door: one asks, the others stand ready."""
    from bot.telegram.turns import Turns

    return house.intake if house.db.sqlite else Turns(house.db, house.clock, house.intake)


def pages(house: House, base: str = "", roles: Collection[str] = ROLES) -> Starlette:
    """The web side of this house; base: the address of the desk, when it is not the usual one."""
    return web(house.settings, house.db, house.content, house.clips, house.clock, house.intake, base, roles)


async def serve_pages(
    house: House, host: str, port: int, stop: asyncio.Event, *, base: str = "", roles: Collection[str] = ROLES,
    door: socket.socket | None = None,
) -> None:  # fmt: skip
    """Serves the web side until `stop`. Putting it together takes a second of work: in a thread, because mothers may be waiting."""
    made = await asyncio.to_thread(pages, house, base, roles)
    await serve(made, host, port, stop, door, behind=bool(house.settings.public_url))


async def run_house(settings: Settings, roles: Collection[str] = ROLES) -> int:
    """`stapsteen run`: the real bot until SIGTERM; 0 when it was asked to stop, 1 with a sentence when it cannot go on."""
    speak_plainly(settings.log_level)
    share_a_heap()
    look_at_folder(settings.data)
    with alone(settings.database()):
        return await _run_alone(settings, roles)


async def _run_alone(settings: Settings, roles: Collection[str]) -> int:
    from bot.telegram.intake import TwoCopies

    await prepare_database(settings)
    clips = make_clips(settings)
    if {"listener", "sender"}.intersection(roles):
        clips.begin()
    try:
        house = await build(settings, Clock(), clips=clips)
    except ContentError as error:
        await clips.close()
        log.error("The content has faults; `stapsteen check` names them too.", faults=str(error).splitlines())
        return 1
    _calm_the_collector()
    stop, failed = asyncio.Event(), False
    try:
        await discards.make_sure(house.media)
    except StoreRefuses as refused:
        await house.close()
        raise Unusable(str(refused)) from None
    with signals(stop):
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(serve_pages(house, settings.host, settings.port, stop, roles=roles))
                living = live(house, stop, webhook=bool(settings.public_url), roles=roles)
                tasks.create_task(_until_stop(living, stop))
        except* TwoCopies as copies:
            failed = True
            log.error("stopped", why=_innermost(copies))
        finally:
            await house.close()
    return 1 if failed else 0


def share_a_heap() -> None:
    """Before the first thread: glibc gives each one a heap of its own, and what is freed there stays there (50 MB after the first cards)."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def _calm_the_collector() -> None:
    """What is loaded now stays: the garbage collector need not look at it again and again while somebody waits."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


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
