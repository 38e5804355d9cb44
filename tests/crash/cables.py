"""A network of its own for a process of the house: two cables lead out of it, to the database and to Telegram, and one can be pulled.

Linux network namespaces; who is not root makes a user namespace for them, which needs no rights. Nothing outside is touched.
Where they are not allowed, `why_not` says so in a sentence, and `line.Line` alone stands between a process and its database.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from tests.crash.line import Line

# root in a user namespace of its own could not open the socket of a PostgreSQL that runs as another user
APART = (
    "unshare",
    "--net",
    *(() if os.geteuid() == 0 else ("--map-root-user",)),
    "sh",
    "-c",
    'ip link set lo up && exec "$@"',
    "sh",
)
TRIED = "ip link add one type veth peer name other && unshare --net true && nsenter --version >/dev/null"


async def why_not() -> str:
    """Why there can be no network namespaces here, in the machine's words; "" when there can."""
    try:
        process = await asyncio.create_subprocess_exec(*APART, "sh", "-c", TRIED, stdout=DEVNULL, stderr=PIPE)
    except OSError as error:
        return str(error)
    _, said = await process.communicate()
    return "" if process.returncode == 0 else said.decode(errors="replace").strip() or "refused without a word"


class Network:
    """Network number `number` (1 … 250), to be used by a process that was itself started by APART. `enter` goes before a command."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.enter: list[str] = []
        self._keeper: asyncio.subprocess.Process | None = None

    async def open(self) -> None:
        self._keeper = await asyncio.create_subprocess_exec("unshare", "--net", "sleep", "infinity")
        there, here = Path(f"/proc/{self._keeper.pid}/ns/net"), Path("/proc/self/ns/net").readlink()
        while there.readlink() == here:  # noqa: ASYNC110 - the other process cannot set an event of ours
            await asyncio.sleep(0.01)
        self.enter = ["nsenter", "--target", str(self._keeper.pid), "--net"]
        await run(*self.enter, "ip", "link", "set", "lo", "up")

    async def cable(self, name: str, second: int) -> str:
        """Lays a cable, 10.<second>.<number>.0/30; gives the address of our end. It is up."""
        assert self._keeper is not None
        ours, theirs = f"10.{second}.{self.number}.1", f"10.{second}.{self.number}.2"
        await run("ip", "link", "add", name, "type", "veth", "peer", "name", name, "netns", str(self._keeper.pid))
        await run("ip", "address", "add", f"{ours}/30", "dev", name)
        await run("ip", "link", "set", name, "up")
        await run(*self.enter, "ip", "address", "add", f"{theirs}/30", "dev", name)
        await run(*self.enter, "ip", "link", "set", name, "up")
        return ours

    async def close(self) -> None:
        """The cables go with the namespace they lead to."""
        if self._keeper is not None:
            self._keeper.kill()
            await self._keeper.wait()


class Cable(Line):
    """A line over a cable of a network: dead means that the kernel carries nothing any more, either way."""

    def __init__(self, target: str, address: str, link: str, network: Network) -> None:
        super().__init__(target, address)
        self.link, self.network = link, network

    async def die(self) -> None:
        await run("ip", "link", "set", self.link, "down")
        seen = await run(*self.network.enter, "ip", "-oneline", "link", "show", "dev", self.link)
        assert "NO-CARRIER" in seen, f"The process still has its cable: {seen}"

    async def mend(self) -> None:
        await run("ip", "link", "set", self.link, "up")
        await super().mend()


async def run(*command: str) -> str:
    """Runs a command that must not fail; what it wrote."""
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    wrote, said = await process.communicate()
    if process.returncode:
        raise OSError(f"{' '.join(command)}: {said.decode(errors='replace')}")
    return wrote.decode()
