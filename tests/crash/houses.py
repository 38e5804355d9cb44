"""The real `stapsteen run`, as the host starts it: one process or several in any mix of roles, to be killed and started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.box import ROOT, TOKEN
from tests.crash.clocked import JUMPED

START = 120.0  # seconds that a loaded machine may take to start a house


@dataclass
class House:
    """One process of the bot. `database` is its DATABASE_URL ("" = SQLite in `data`)."""

    server: str
    data: Path
    database: str = ""
    roles: str = ""
    moved_clock: bool = False
    more: dict[str, str] = field(default_factory=dict)
    enter: list[str] = field(default_factory=list)  # what goes before the command, for a network of its own
    process: asyncio.subprocess.Process | None = None
    tail: list[str] = field(default_factory=list)
    _reading: asyncio.Task[None] | None = None
    _jumps: int = 0

    async def start(self) -> None:
        """Starts it, without waiting until it is ready."""
        env = {
            **os.environ, "PYTHONPATH": str(ROOT), "BOT_TOKEN": TOKEN, "BOT_API": self.server, "DATA": str(self.data),
            "PORT": "0", "LOG_LEVEL": "warning", "QUIET_FROM": "00:00", "QUIET_UNTIL": "00:01", **({"DATABASE_URL": self.database} if self.database else {}), **self.more,
        }  # fmt: skip
        module = "tests.crash.clocked" if self.moved_clock else "bot"
        command = [*self.enter, sys.executable, "-m", module, "run", *(["--roles", self.roles] if self.roles else [])]
        self.process = await asyncio.create_subprocess_exec(
            *command, env=env, cwd=self.data.parent, stdin=PIPE, stderr=PIPE, limit=2**22
        )
        self._reading = asyncio.ensure_future(self._read())  # noqa: TID251 - the harness is the composition root here

    async def _read(self) -> None:
        assert self.process is not None
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.tail = [*self.tail[-200:], line.decode(errors="replace").rstrip()]
            self._jumps += self.tail[-1].count(JUMPED)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def kill(self) -> None:
        """Signal 9, without any goodbye."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self._ended()

    async def stop(self) -> int:
        """Asks it to stop, as systemd does, once it can hear that; its exit code."""
        assert self.process is not None
        try:
            async with asyncio.timeout(START):
                while self.alive and not self._hears():  # noqa: ASYNC110 - another process: it cannot set an event of ours
                    await asyncio.sleep(0.1)
                if self.alive:
                    self.process.send_signal(signal.SIGTERM)
                return await self.process.wait()
        finally:
            await self.kill()

    def _hears(self) -> bool:
        """Whether the process catches SIGTERM: one that is still being loaded would simply be gone."""
        assert self.process is not None
        with contextlib.suppress(OSError):
            said = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
            caught = next((line for line in said.splitlines() if line.startswith("SigCgt:")), "SigCgt: 0")
            return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
        return True

    async def _ended(self) -> None:
        if self.process is not None:
            await self.process.wait()
        if self._reading is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

    async def jump(self, seconds: float) -> None:
        """Its machine's clock jumps by so much; comes back when it has, or when the process is no more."""
        assert self.process is not None
        assert self.process.stdin is not None
        before = self._jumps
        self.process.stdin.write(f"{seconds}\n".encode())
        async with asyncio.timeout(START):
            while self.alive and self._jumps == before:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)

    def said(self) -> str:
        """The last things it logged, for a person who looks why a run failed."""
        return "\n".join(self.tail[-40:])
