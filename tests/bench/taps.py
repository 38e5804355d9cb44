"""Taps: one person, fifty and five hundred at once, and Bot API calls a second through the whole path."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.bench.scene import FIRST, Town, fresh, house, median, people, postgresql, quantile, rival, sqlite, town
from tests.bench.table import Row, compare

RIVALS = ("aiogram", "ptb", "aiohttp")
CROWD, FEW, ROUNDS = 500, 50, 3
# nobody taps twice in a short time: each tap is answered with two messages, and one chat may hear one a second
EVERYBODY = CROWD * (1 + ROUNDS)


@contextlib.asynccontextmanager
async def bot(name: str, place: Town, data: Path, server: Any) -> AsyncIterator[str]:
    """One of them, warm: it has answered everybody once. Gives the script that people follow with it."""
    if name.startswith("ours"):
        url = sqlite(data / name) if name == "ours" else await fresh(server)
        (data / name).mkdir(parents=True, exist_ok=True)
        await people(url, EVERYBODY)
        async with house(place, data / name, url):
            for script in ("start", "taps"):
                for crowd in range(0, EVERYBODY, CROWD):
                    await place.round(CROWD, script, FIRST + crowd)
            await asyncio.sleep(5)  # each chat has its burst again
            yield "taps"
    else:
        async with rival(place, name):
            for crowd in range(0, EVERYBODY, CROWD):
                await place.round(CROWD, "echo", FIRST + crowd)
            yield "echo"


async def lone(place: Town, script: str, times: int) -> list[float]:
    """Seconds to the first message, one person at a time, another one each time."""
    return [(await place.round(1, script, FIRST + n))["first"][0] for n in range(times)]


async def measured(place: Town, script: str, quick: bool) -> dict[str, Any]:
    """All figures of the bot that now listens."""
    found: dict[str, Any] = {"alone": await lone(place, script, 40 if quick else 200)}
    for number, first in ((FEW, FIRST + 250), (CROWD, FIRST + CROWD)):
        rounds = [await place.round(number, script, first + number * n) for n in range(2 if quick else ROUNDS)]
        found[str(number)] = [t for r in rounds for t in r["first"]]
        found[f"rate{number}"] = [r["calls"] / r["seconds"] for r in rounds]
    await place("network", seconds=0.05)
    found["far"] = await lone(place, script, 10 if quick else 30)
    await place("network", seconds=0)
    return found


async def rows(folder: Path, quick: bool) -> list[Row]:
    """They take turns: every bot lives twice (once when quick), never two at a time."""
    said: dict[str, list[dict[str, Any]]] = {}
    with postgresql() as server:
        for turn in range(1 if quick else 2):
            for name in ("ours", *RIVALS, "ours on PostgreSQL"):
                async with town() as place, bot(name, place, folder / f"taps{turn}", server) as script:
                    said.setdefault(name, []).append(await measured(place, script, quick))

    def all_of(name: str, what: str) -> list[float]:
        return [value for life in said[name] for value in life[what]]

    def ms(name: str, what: str, share: float) -> float:
        return quantile(all_of(name, what), share) * 1000

    def rate(name: str) -> float:
        return median(all_of(name, f"rate{CROWD}"))

    raw = {name: {k: [round(v, 5) for v in all_of(name, k)] for k in lives[0]} for name, lives in said.items()}
    made = [
        compare("a lone tap, p50", ms("ours", "alone", 0.5), "ms", ms("aiogram", "alone", 0.5), "bare aiogram", most=3, raw=raw),
        compare("a lone tap, p99", ms("ours", "alone", 0.99), "ms", ms("aiogram", "alone", 0.99), "bare aiogram", most=5),
        compare("a lone tap, p50", ms("ours", "alone", 0.5), "ms", ms("ptb", "alone", 0.5), "bare python-telegram-bot"),
        compare("a lone tap, p50", ms("ours", "alone", 0.5), "ms", ms("aiohttp", "alone", 0.5), "a loop over aiohttp"),
        compare("a lone tap, 50 ms of network, p50", ms("ours", "far", 0.5), "ms", ms("aiogram", "far", 0.5), "bare aiogram", most=3),
    ]  # fmt: skip
    for number in (str(FEW), str(CROWD)):
        for share, label in ((0.5, "p50"), (0.99, "p99")):
            made.append(compare(f"{number} taps at once, {label}", ms("ours", number, share), "ms", ms("aiogram", number, share), "bare aiogram"))  # fmt: skip
    made += [
        compare("Bot API calls a second, SQLite", rate("ours"), "calls/s", rate("aiogram"), "bare aiogram", least=0.6),
        compare("Bot API calls a second, SQLite", rate("ours"), "calls/s", rate("ptb"), "bare python-telegram-bot", least=1),
        compare("Bot API calls a second, SQLite", rate("ours"), "calls/s", rate("aiohttp"), "a loop over aiohttp"),
        compare("Bot API calls a second, PostgreSQL", rate("ours on PostgreSQL"), "calls/s", rate("aiogram"), "bare aiogram"),
    ]  # fmt: skip
    return made
