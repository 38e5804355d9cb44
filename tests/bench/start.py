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

import psutil

from tests.bench.scene import cpu, house, median, memory, people, program, sqlite, town
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
    for _ in range(60):
        before = cpu(process)
        await asyncio.sleep(3)
        if cpu(process) - before < 0.1:
            return


async def idle(folder: Path, watched: float) -> tuple[float, float, list[list[float]]]:
    """Memory in MB, the share of one core, and RSS and PSS of each process, of a house in which nothing happens."""
    folder.mkdir(parents=True, exist_ok=True)
    await people(sqlite(folder), 10)
    async with town() as place, house(place, folder) as process:
        await place.round(10, "start")
        await settled(process)
        before, began = cpu(process), perf_counter()
        await asyncio.sleep(watched)
        share = (cpu(process) - before) / (perf_counter() - began)
        root = psutil.Process(process.pid)
        each = [p.memory_full_info() for p in (root, *root.children(recursive=True))]
        return memory(process), share, [[m.rss / 2**20, getattr(m, "pss", 0) / 2**20] for m in each]


async def rows(folder: Path, quick: bool) -> list[Row]:
    times = 3 if quick else 9
    helping = await asyncio.to_thread(seconds, "-m", "bot", "--help", times=times)
    importing = await asyncio.to_thread(seconds, "-c", "import aiogram", times=times)
    alone = float(subprocess.run([sys.executable, "-c", PEAK], check=True, capture_output=True, text=True).stdout)  # noqa: ASYNC221
    first = [await demo(folder / "demo") for _ in range(2 if quick else 4)]
    held, share, each = await idle(folder / "idle", 20 if quick else 60)
    return [
        compare("stapsteen --help", median(helping), "s", most=0.4),
        compare("stapsteen --help", median(helping), "s", median(importing), "import aiogram"),
        compare("demo → first answered tap, the very first time", first[0], "s", raw={"all": first}),
        compare("demo → first answered tap, warm", median(first[1:]), "s", most=6),
        compare("memory, idle, all processes", held, "MB", alone, "import aiogram alone"),
        compare("memory, idle, all processes", held, "MB", most=200, raw={"rss and pss of each": each}),
        compare("CPU while idle, share of a core", share * 100, "%", most=0.5),
    ]
