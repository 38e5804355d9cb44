"""Starting and being idle: the command, the demo up to its first answered tap, memory and CPU while nothing happens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from time import perf_counter
from typing import Any

from bot.speech.worker import REST
from tests.bench.scene import Held, cpu, held, house, median, people, program, sqlite, town
from tests.bench.table import Row, compare

PEAK = "import aiogram, psutil; print(psutil.Process().memory_full_info().uss / 2**20)"


def seconds(*words: str, times: int) -> list[float]:
    found = []
    for _ in range(times):
        began = perf_counter()
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        found.append(perf_counter() - began)
    return found


def fetch(address: str, said: dict[str, Any] | None = None) -> Any:
    body = json.dumps(said).encode() if said is not None else None
    asked = urllib.request.Request(address, body, {"content-type": "application/json"})
    with urllib.request.urlopen(asked, timeout=5) as answer:
        return json.loads(answer.read())


async def demo(folder: Path) -> float:
    """Seconds from `stapsteen demo` to the first message that a new mother gets."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base, began = f"http://127.0.0.1:{port}/client/777", perf_counter()
    async with program("bot", "demo", "--no-browser", "--port", str(port), "--data", str(folder)):
        async with asyncio.timeout(180):
            pressed = False
            while True:
                with contextlib.suppress(OSError):
                    if not pressed:
                        await asyncio.to_thread(fetch, f"{base}/send", {"start": ""})
                        pressed = True
                    said = await asyncio.to_thread(fetch, f"{base}/messages?after=0")
                    if any(m["from"] == "bot" for m in said["messages"]):
                        return perf_counter() - began
                await asyncio.sleep(0.02)


async def settled(process: asyncio.subprocess.Process) -> None:
    """Waits until what a house does once at its start is over (learning how typed words are understood, above all)."""
    calm = 0
    for _ in range(60):
        before = cpu(process)
        await asyncio.sleep(3)
        calm = calm + 1 if 0 <= cpu(process) - before < 0.1 else 0  # less than nothing: what learnt has ended
        if calm == 2:
            return


async def idle(folder: Path, rested: bool) -> tuple[list[list[Held]], float]:
    """What each process holds when the house has just become quiet and at the end, and the main process's share of one core.

    rested: until the voice's process has ended, too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    await people(sqlite(folder), 10)
    async with town() as place, house(place, folder) as process:
        await place.round(10, "start")
        await settled(process)
        found, before, began = [held(process)], cpu(process, alone=True), perf_counter()
        await asyncio.sleep(REST + 5 if rested else 20)
        share = (cpu(process, alone=True) - before) / (perf_counter() - began)
        return [*found, held(process)], share


async def rows(folder: Path, quick: bool) -> list[Row]:
    times = 3 if quick else 9
    helping = await asyncio.to_thread(seconds, "-m", "bot", "--help", times=times)
    importing = await asyncio.to_thread(seconds, "-c", "import aiogram", times=3)
    alone = float(subprocess.run([sys.executable, "-c", PEAK], check=True, capture_output=True, text=True).stdout)  # noqa: ASYNC221
    first = [await demo(folder / "demo") for _ in range(2 if quick else 4)]
    found, share = await idle(folder / "idle", not quick)
    begun, last = (sum(one.own for one in every) for every in found)
    most = None if quick else 200  # quick does not wait until the voice's process has ended
    return [
        compare("stapsteen --help", median(helping), "s", most=0.4),
        compare("stapsteen --help", median(helping), "s", median(importing), "import aiogram"),
        compare("demo → first answered tap, the very first time", first[0], "s", raw={"all": first}),
        compare("demo → first answered tap, warm", median(first[1:]), "s", most=6),
        compare("memory, the start just done, all processes", begun, "MB", alone, "import aiogram alone"),
        compare(
            "memory, idle, all processes",
            last,
            "MB",
            most=most,
            raw={"each": [[vars(one) for one in every] for every in found]},
        ),
        compare("CPU while idle, share of a core", share * 100, "%", most=0.5),
    ]
