"""The listener: takes arrivals in the order of each chat and has them handled, each in one transaction of its own."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import secrets
from collections.abc import Awaitable
from time import monotonic
from typing import Any, Protocol

import structlog

from bot.care import outbox
from bot.care.conversation import FILE_BYTES, VOICE_SECONDS
from bot.clock import Clock
from bot.db.models import Arrival, Media
from bot.db.session import Database, Session, database_now
from bot.db.trouble import complain
from bot.media import Store, StoreAway
from bot.messages import FileRef, Heard, Refused, StopAll
from bot.workers import arrivals
from bot.workers.arrivals import Claimed, Handle, OnParked, Read, Ready, Taps
from bot.workers.life import (
    CLOCKS_DIFFER,
    LEASE,
    LOOK_FOR_THE_DEAD,
    SAFETY,
    after_clock_was_put_back,
    growing,
    new_name,
    release_the_dead,
    rest,
    wake_at_the_end,
)

log = structlog.get_logger()

AT_ONCE = 8
TAPS_AT_ONCE = 40  # in one transaction
CLOCK_WAITS = 0.02  # seconds: the answer itself leaves first
ENOUGH_TRIES = 5
PAUSES = (1.0, 4.0, 16.0, 60.0)
LAST_BREATH = 1.5
ENDINGS = {"audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "image/jpeg": ".jpg", "image/png": ".png"}


class Port(Protocol):
    """What the listener needs of Telegram."""

    async def fetch(self, file: FileRef) -> bytes: ...

    async def answer_press(self, callback_id: str, text: str = "") -> None: ...


class Listener:
    """`read` says what an arrival means, `handle` answers it; `media` is where fetched files are kept.

    handle(session, arrival, heard, files by file_id, now); a file that was too big, is gone or cannot be read is not
    among the files. `ready(kind, bytes)` makes a voice note or a clean photo of what came, None when it is neither.
    taps(session, presses by arrival, now) answers many taps in the transaction that claims them, and says which: the rest is for `handle`.
    """

    def __init__(
        self,
        db: Database,
        handle: Handle,
        port: Port,
        clock: Clock,
        *,
        read: Read,
        media: Store,
        on_parked: OnParked | None = None,
        ready: Ready | None = None,
        taps: Taps | None = None,
    ) -> None:
        self.db = db
        self.handle = handle
        self.port = port
        self.clock = clock
        self.read = read
        self.media = media
        self.on_parked = on_parked
        self.ready = ready
        self.taps = taps
        self.name = new_name()
        self.woken = asyncio.Event()
        self._began: dt.datetime | None = None  # the time at the first claim
        self._latest: dt.datetime | None = None  # the time at the last claim
        self._more = False  # whether the last round left something that may be claimed at once
        self._pressed: list[str] = []  # buttons of answered taps, whose little clock is still there
        self._looked = -LOOK_FOR_THE_DEAD
        self._busy: set[asyncio.Task[None]] = set()
        self._in_hand: set[int] = set()  # arrivals that were claimed and are not over
        self._doubt = False  # a round failed: the table may say that we hold more than we do
        self._alarms: list[float] = []  # loop seconds at which something may be due again
        db.on_commit(self._on_commit)

    async def handle_one(self) -> bool:
        """Handle the oldest arrival that may be handled. True: one was tried; False: nothing is due."""
        claimed = await self._claim(1, 1)
        for one in claimed:
            await self._process(one)
        pressed, self._pressed = self._pressed, []
        for button in pressed:
            await self.port.answer_press(button)
        return bool(claimed or pressed)

    # ------------------------------------------------------------ claiming

    async def _claim(self, number: int, free: int) -> list[Claimed]:
        """Takes up to `number` arrivals and answers the plain taps among them; at most `free` others, which are ours until their lease ends.

        When a tap cannot be answered in company, nothing of that round has happened, and each is handled alone.
        """
        if self.taps is not None:
            try:
                return await self._round(number, free, self.taps)
            except Exception as error:  # noqa: BLE001 - whose fault it is shows when each is handled alone
                complain("taps_failed", error)
        return await self._round(free, free, None)

    async def _round(self, number: int, free: int, taps: Taps | None) -> list[Claimed]:
        """One transaction: unhandled arrivals with none earlier open for the same chat are claimed, oldest first."""
        self._more = False
        if number <= 0:
            return []
        pressed: list[str] = []
        more, in_doubt, self._doubt = False, self._doubt, True
        async with self.db.begin() as session:
            now = await self._now(session)
            if in_doubt:
                said = {"who": self.name, "in_hand": list(self._in_hand), "now": now}
                await session.execute(arrivals.not_in_hand(), said)
            said = {"now": now, "lease": now + LEASE, "who": self.name, "number": number}
            found = (await session.execute(arrivals.take(), said)).all()
            claimed = sorted((Claimed(*one) for one in found), key=lambda one: one.id)
            if taps is not None and claimed:
                tapped = self._taps_of(claimed)
                answered = await taps(session, tapped, now) if tapped else set()
                more = await self._close(session, answered, now)
                claimed = [one for one in claimed if one.id not in answered]
                if later := [one.id for one in claimed[free:]]:  # there are enough in hand
                    await session.execute(arrivals.given_back(), {"rows": later, "now": now})
                pressed = [tapped[number].callback_id or "" for number in answered]
        self._doubt = False
        self._more = more or (len(found) == number and bool(pressed or claimed[:free]))
        self._pressed += pressed
        self._in_hand.update(one.id for one in claimed[:free])
        return claimed[:free]

    async def _now(self, session: Session) -> dt.datetime:
        """The time. What a clock that was put back left behind is mended, and what the dead held is freed."""
        now, before = await database_now(session, self.clock), self._latest
        if before is None or now < before - CLOCKS_DIFFER:
            await after_clock_was_put_back(session, Arrival, now, before)
        self._began, self._latest = self._began or now, now
        if monotonic() - self._looked > LOOK_FOR_THE_DEAD:
            self._looked = monotonic()
            await release_the_dead(session, Arrival, now)
            await after_clock_was_put_back(session, Arrival, now)  # who waited for the database came by the old clock
        return now

    def _taps_of(self, claimed: list[Claimed]) -> dict[int, Heard]:
        """The presses among them. Not what was there before this process: it may be what ended the process before it, so it is tried alone."""
        tapped: dict[int, Heard] = {}
        for one in claimed:
            if one.tries == 1 and self._began is not None and one.received_at >= self._began:
                with contextlib.suppress(Exception):  # what cannot be read is set aside by itself
                    heard = self.read(one.raw)
                    if heard is not None and heard.kind == "press":
                        tapped[one.id] = heard
        return tapped

    async def _close(self, session: Session, answered: set[int], now: dt.datetime) -> bool:
        """These are handled. True when another arrival of one of their chats waits."""
        said = {"rows": list(answered), "now": now}
        return bool(answered) and any(waits for (waits,) in await session.execute(arrivals.handled(), said))

    # ------------------------------------------------------------ one arrival

    async def _process(self, one: Claimed) -> None:
        """Read it, take the little clock off her button, handle it; a failure is written on it and it is tried again."""
        try:
            heard = self.read(one.raw)
        except Exception:
            log.exception("arrival_unreadable", arrival=one.id)
            heard = None
        try:
            if heard is None:
                await self._set_aside(one)
            elif heard.callback_id and one.tries == 1:
                handled, _ = await asyncio.gather(
                    self._answer(one, heard), self.port.answer_press(heard.callback_id), return_exceptions=True
                )
                if isinstance(handled, Exception):
                    raise handled
            else:
                await self._answer(one, heard)
        except Exception as error:  # noqa: BLE001 - whatever it is: written on it, and tried again
            complain("arrival_failed", error, arrival=one.id, tries=one.tries)
            await self._failed(one, error)
        finally:
            self._in_hand.discard(one.id)

    async def _set_aside(self, one: Claimed) -> None:
        async with self.db.begin() as session:
            arrival = await self._still_ours(session, one)
            if arrival is not None:
                arrival.handled_at, arrival.error = self.clock.now(), "This kind of update says nothing to us."

    async def _answer(self, one: Claimed, heard: Heard) -> None:
        """Fetch first, then one transaction: handled, answered and remembered, all or nothing."""
        fetched = await self._fetch(heard.file) if heard.file and heard.kind in ("voice", "photo") else None
        done = False
        try:
            async with self.db.begin() as session:
                now = await database_now(session, self.clock)
                arrival = await self._still_ours(session, one, handled_at=now)
                if arrival is None:
                    return
                if heard.kind == "press":
                    await outbox.pressed(session, heard.chat_id, heard.data, now)
                files = {heard.file.file_id: self._media(session, fetched, now)} if fetched and heard.file else {}
                await self.handle(session, arrival, heard, files, now)
            done = True
        finally:
            if fetched and not done:
                await self._discard(fetched["name"])

    async def _still_ours(
        self, session: Session, one: Claimed, handled_at: dt.datetime | None = None
    ) -> Arrival | None:
        """The arrival, no longer held; None when it is not ours any more, or was handled."""
        said = {"row": one.id, "who": self.name, "handled": handled_at}
        arrival: Arrival | None = await session.scalar(arrivals.let_go(), said)
        return arrival

    # ------------------------------------------------------------ files

    async def _fetch(self, file: FileRef) -> dict[str, Any] | None:
        """Fetch and store a file under a random name; None when it is too big, too long or gone. Raises Retry, StoreAway."""
        if (file.size or 0) > FILE_BYTES or (file.seconds or 0) > VOICE_SECONDS:
            return None
        try:
            data = await self.port.fetch(file)
        except Refused as refused:
            log.warning("file_not_fetched", why=str(refused))
            return None
        if not data or len(data) > FILE_BYTES:
            return None
        kind = "photo" if file.kind == "photo" else "voice"
        if self.ready is not None:
            made = await self.ready(kind, data)
            if made is None:
                log.warning("file_not_readable", kind=kind, size=file.size)
                return None
            data = made
        mime = _mime(kind, data, file.mime)
        name = secrets.token_hex(16) + ENDINGS.get(mime, ".bin")
        await self.media.put(name, data)
        return {
            "name": name,
            "kind": kind,
            "mime": mime[:60],
            "size": len(data),
            "seconds": file.seconds,
            "sha256": hashlib.sha256(data).hexdigest(),
            "file_unique_id": file.unique_id[:120] or None,
        }

    async def _discard(self, name: str) -> None:
        try:
            await self.media.drop(name)
        except (StoreAway, OSError):
            log.warning("file_left_behind")  # no row names it: it is swept away

    def _media(self, session: Session, fetched: dict[str, Any], now: dt.datetime) -> Media:
        media = Media(**fetched, created_at=now)
        session.add(media)
        return media

    # ------------------------------------------------------------ when it fails

    async def _failed(self, one: Claimed, error: Exception) -> None:
        """Write the failure down, patiently: the database itself may be what is away."""
        for failures in range(1, 100):
            try:
                async with self.db.begin() as session:
                    await self._note_failure(session, one, error)
                return
            except Exception as problem:  # noqa: BLE001 - the database itself may be away
                complain("failure_not_noted", problem, arrival=one.id, failures=failures)
                await asyncio.sleep(growing(failures, most=15))

    async def _note_failure(self, session: Session, one: Claimed, error: Exception) -> None:
        arrival = await self._still_ours(session, one)
        if arrival is None:
            return
        now = self.clock.now()
        arrival.error = f"{type(error).__name__}: {error}"[:2000]
        if isinstance(error, (StopAll, StoreAway)):  # nobody's fault but the token's, or the store's
            pause, arrival.tries = PAUSES[-1] if isinstance(error, StopAll) else PAUSES[2], max(one.tries - 1, 1)
        elif one.tries >= ENOUGH_TRIES:
            await self._park(session, arrival, now)
            return
        else:
            pause = PAUSES[min(one.tries, len(PAUSES)) - 1]
        arrival.due_at = await database_now(session, self.clock) + dt.timedelta(seconds=pause)
        self._alarms.append(asyncio.get_running_loop().time() + pause + 0.05)

    async def _park(self, session: Session, arrival: Arrival, now: dt.datetime) -> None:
        """It no longer holds up her later ones; staff see it, and she is told that a person will look."""
        arrival.parked_at = arrival.handled_at = now
        await session.flush()
        if self.on_parked is None:
            return
        try:
            async with session.begin_nested():
                await self.on_parked(session, arrival, now)
        except Exception:
            log.exception("parked_in_silence", arrival=arrival.id)

    # ------------------------------------------------------------ the loop

    async def recover(self) -> None:
        """At the start: take over what processes of this machine that are no more had begun."""
        async with self.db.begin() as session:
            freed = await release_the_dead(session, Arrival, await database_now(session, self.clock))
        if freed:
            log.info("arrivals_taken_over", number=freed)

    async def run(self, stop: asyncio.Event) -> None:
        """Handle until told to stop; several chats at once, each in its order."""
        failures, recovered = 0, False
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(wake_at_the_end(stop, self.woken))
            while not stop.is_set():
                self.woken.clear()
                try:
                    if not recovered:
                        await self.recover()
                        recovered = True
                    free = AT_ONCE - len(self._busy)
                    claimed = await self._claim(TAPS_AT_ONCE, free)
                    failures = 0
                except Exception as error:  # noqa: BLE001 - as above
                    failures += 1
                    complain("claim_failed", error, failures=failures)
                    await rest(stop, growing(failures, most=15))
                    continue
                self._start(tasks, claimed)
                if not self._more:  # nothing else can be claimed until something happens
                    await rest(self.woken, self._until_alarm())
            await self._land()

    def _start(self, tasks: asyncio.TaskGroup, claimed: list[Claimed]) -> None:
        """Has these handled, and the little clocks of answered taps taken away."""
        pressed, self._pressed = self._pressed, []
        for one in claimed:
            task = tasks.create_task(self._process(one))
            self._busy.add(task)
            task.add_done_callback(self._finished)
        for button in pressed:
            tasks.create_task(_later(self.port.answer_press(button)))

    async def _land(self) -> None:
        if busy := set(self._busy):
            _, late = await asyncio.wait(busy, timeout=LAST_BREATH)
            for task in late:
                task.cancel()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self.woken.set()

    def _until_alarm(self) -> float:
        now = asyncio.get_running_loop().time()
        due = [alarm for alarm in self._alarms if alarm <= now]
        self._alarms = [alarm for alarm in self._alarms if alarm > now]
        return 0.0 if due else min([SAFETY, *(alarm - now for alarm in self._alarms)])

    def _on_commit(self, names: set[str]) -> None:
        if "listener" in names:
            self.woken.set()


async def _later(call: Awaitable[None]) -> None:
    await asyncio.sleep(CLOCK_WAITS)
    await call


def _mime(kind: str, data: bytes, said: str | None) -> str:
    """What it is now: our own voice notes and photos have their own kind, whatever came."""
    if kind == "photo":
        return "image/jpeg"
    return "audio/ogg" if data[:4] == b"OggS" else said or "audio/ogg"
