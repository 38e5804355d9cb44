"""The line between a house and its database, which can be cut: a small proxy in front of PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib


class Line:
    """Listens on a free port of this machine and passes everything on to a Unix socket, until it is cut or goes dead."""

    def __init__(self, socket: str) -> None:
        self.socket = socket  # the folder that PostgreSQL's socket lies in
        self.port = 0
        self.refuses = False
        self._through = asyncio.Event()
        self._through.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def url(self, name: str) -> str:
        return f"postgresql://postgres:@127.0.0.1:{self.port}/{name}"

    def cut(self) -> None:
        """Every connection breaks, and new ones are refused: the database server is gone."""
        self.refuses = True
        for end in self._ends:
            end.transport.abort()

    def die(self) -> None:
        """Nothing comes through any more and nobody is told: a cable was pulled."""
        self._through.clear()

    def mend(self) -> None:
        self.refuses = False
        self._through.set()

    async def close(self) -> None:
        self.cut()
        if self._server is not None:
            self._server.close()
            await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_unix_connection(f"{self.socket}/.s.PGSQL.5432")
        except OSError:
            writer.transport.abort()
            return
        self._ends |= {writer, back}
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass(reader, back))
                tasks.create_task(self._pass(there, writer))
        finally:
            for end in (writer, back):
                self._ends.discard(end)
                end.transport.abort()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._through.wait()
                target.write(data)
                await target.drain()
        with contextlib.suppress(OSError):
            target.close()
