"""The line between a house and its database, which can be cut: a small proxy in front of PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self


class Line:
    """Listens on a free port of `address` and passes everything on to `target`, until it is cut or goes dead.

    target: the folder that PostgreSQL's socket lies in, or "host:port".
    """

    def __init__(self, target: str, address: str = "127.0.0.1") -> None:
        self.target, self.address = target, address
        self.port = 0
        self.refuses = False
        self.swallows = self.swallowed = 0  # so many answers never get back, and so many did not
        self._through = asyncio.Event()
        self._through.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._calls: set[asyncio.Task[object]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.address, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def url(self, name: str) -> str:
        """DATABASE_URL of the database of this name, over this line."""
        return f"postgresql://postgres:@{self.address}:{self.port}/{name}"

    async def cut(self) -> None:
        """Every connection breaks, and new ones are refused: the database server is gone."""
        self.refuses = True
        for end in self._ends:
            end.transport.abort()

    async def die(self) -> None:
        """Nothing comes through any more and nobody is told: a cable was pulled."""
        self._through.clear()

    async def mend(self) -> None:
        self.refuses = False
        self._through.set()

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        await Line.cut(self)
        self._through.set()
        if self._calls:
            await asyncio.wait(self._calls, timeout=60)  # nothing of it is left for whoever comes next

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
        if self.refuses:
            writer.transport.abort()
            return
        try:
            there, back = await self._reach()
        except OSError:
            writer.transport.abort()
            return
        self._ends |= {writer, back}
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass(reader, back))
                tasks.create_task(self._pass(there, writer, answers=True))
        finally:
            for end in (writer, back):
                self._ends.discard(end)
                end.transport.abort()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.target.startswith("/"):
            return await asyncio.open_unix_connection(f"{self.target}/.s.PGSQL.5432")
        host, _, port = self.target.partition(":")
        return await asyncio.open_connection(host, int(port))

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, answers: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._through.wait()
                if answers and self.swallowed < self.swallows:
                    self.swallowed += 1
                    target.transport.abort()
                    return
                target.write(data)
                await target.drain()
        with contextlib.suppress(OSError):
            target.close()
