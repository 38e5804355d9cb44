"""A real bot in a real process, to be killed: door, listener and sender around an echo.

Everything is imported once; every run is a fork, so that a start costs milliseconds. Reads one JSON line a run from its
standard input, {"server", "database", "media", "hop"}; answers with the process number, and with its end when it has ended.
`hop` names where it kills itself with signal 9; the first time it comes there.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from bot.care import outbox
from bot.clock import Clock
from bot.db.models import Arrival, Media
from bot.db.session import Database, Session
from bot.media import Folder
from bot.messages import Button, FileRef, Heard, Sent, Utterance
from bot.telegram.intake import Intake
from bot.telegram.read import heard
from bot.telegram.send import TelegramPort
from bot.workers.claim import Claimed
from bot.workers.listener import Listener
from bot.workers.sender import Prepared, Sender

TOKEN = "42:SANDBOX"


class Fate:
    """Kills this process, without any goodbye, when it comes to its hop."""

    def __init__(self, hop: str) -> None:
        self.hop = hop

    def reach(self, hop: str) -> None:
        if hop == self.hop:
            os.kill(os.getpid(), signal.SIGKILL)


class Door(Intake):
    fate: Fate

    async def _ask(self) -> list[Any]:
        updates = await super()._ask()
        if updates:
            self.fate.reach("fetched, not stored")
        return updates

    async def store(self, updates: list[Any], *, fetched: bool = False) -> int:
        new = await super().store(updates, fetched=fetched)
        if new:
            self.fate.reach("stored, not confirmed")
        return new


class Post(TelegramPort):
    fate: Fate

    async def send(
        self,
        chat_id: int,
        utterance: Utterance,
        files: dict[str, Path | str],
        *,
        token: str = "",
        seconds: int | None = None,
        sound: str = "voice",
    ) -> Sent:
        self.fate.reach("claimed, not sent")
        sent = await super().send(chat_id, utterance, files, token=token, seconds=seconds, sound=sound)
        self.fate.reach("sent, not noted")
        return sent

    async def fetch(self, file: FileRef) -> bytes:
        data = await super().fetch(file)
        self.fate.reach("file fetched")
        return data


class Desk(Sender):
    fate: Fate

    async def turn(self, free: int) -> list[Claimed]:
        noting = bool(self._done)
        rows = await super().turn(free)
        if noting:
            self.fate.reach("noted")
        return rows


async def live(server: str, database: str, media: str, hop: str) -> None:
    fate, stop, db, clock = Fate(hop), asyncio.Event(), Database(database), Clock()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    def read(raw: Mapping[str, Any]) -> Heard | None:
        fate.reach("claimed, not handled")
        return heard(raw)

    async def echo(
        session: Session, arrival: Arrival, heard: Heard, files: Mapping[str, Media], now: dt.datetime
    ) -> None:
        for n in (1, 2):
            said = Utterance("text", text=f"{heard.text or heard.kind} {n}", buttons=((Button("ja"),),))
            await outbox.put(session, heard.chat_id, said, key=f"arrival:{arrival.id}:{n}", now=now)
            fate.reach("half handled")

    def committed(names: set[str]) -> None:
        if "sender" in names:
            fate.reach("handled, not woken")

    async def no_studio(utterance: Utterance) -> Prepared:
        return Prepared()

    db.on_commit(committed)
    door, post = Door(db, server, TOKEN, clock), Post(TOKEN, server)
    sender = Desk(db, post, no_studio, clock, 28.0, bot_id=post.bot_id)
    listener = Listener(db, echo, post, clock, read=read, media=Folder(Path(media)))
    door.fate = post.fate = sender.fate = fate
    async with asyncio.TaskGroup() as tasks:
        for loop in (door, listener, sender):
            tasks.create_task(loop.run(stop))
    await post.close()
    await db.close()


def main() -> None:
    import aiogram  # noqa: F401 - once, here, and not in every run

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for the test
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(live(**json.loads(line)))
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)  # no zombie: the next run asks whether this process still lives
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
