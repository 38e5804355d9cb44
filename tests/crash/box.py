"""Telegram in a box as a process of its own, so that it can be slow, frozen or away without us; and the people who use it."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
TOKEN = "42:SANDBOX"


class Box:
    """A running sandbox. Whatever people do here is what they would do on their telephones."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, http: aiohttp.ClientSession) -> None:
        self.process, self.url, self._http = process, url, http

    async def ask(self, method: str, path: str, what: Any = None) -> dict[str, Any]:
        """The answer of the people's side, also when it is a refusal ({"ok": false, "error": …})."""
        async with self._http.request(method, self.url + path, json=what) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def send(self, who: int, **what: Any) -> dict[str, Any]:
        """Anything a person can do: text=, voice= (bytes), button=, block=True; gives update_id unless nobody wants to know."""
        said = {n: base64.b64encode(v).decode() if isinstance(v, bytes) else v for n, v in what.items()}
        return await self.ask("POST", f"/client/{who}/send", said)

    async def heard(self, who: int) -> list[dict[str, Any]]:
        """What the bot said in this private chat, oldest first."""
        seen = await self.ask("GET", f"/client/{who}/messages")
        return [m for m in seen["messages"] if m["from"] == "bot"]

    async def fault(self, fault: str, **more: Any) -> None:
        await self.ask("POST", "/client/faults", {"fault": fault, **more})

    async def clear(self) -> None:
        await self.ask("POST", "/client/faults", {"clear": True})

    async def advance(self, seconds: float) -> None:
        """Telegram's clock moves on: what is too old is forgotten there."""
        await self.ask("POST", "/client/clock", {"seconds": seconds})

    async def calls(self, after: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ask("GET", f"/client/log?after={after}"))["calls"]
        return found

    async def too_old(self) -> dict[int, str]:
        """update_id → kind of what Telegram dropped, because nobody asked for it in time."""
        return {one["update_id"]: one["kind"] for one in (await self.ask("GET", "/client/updates"))["too_old"]}

    def freeze(self) -> None:
        """Telegram is there and says nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def box(patience: float = 1.0) -> AsyncIterator[Box]:
    """A sandbox with Telegram's pace rules on, on a free port. patience scales the pauses between its tries at a webhook."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.crash.box", str(patience)]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, env=env, cwd=ROOT)
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().split()[-1]
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as http:
            yield Box(process, url, http)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            await process.wait()


async def stand(patience: float) -> None:
    """Telegram in a box, until it is killed."""
    sandbox = Sandbox(token=TOKEN, patience=patience)
    print(await sandbox.start(), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(stand(float(sys.argv[1])))
