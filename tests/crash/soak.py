"""The long form: `python -m tests.crash.soak --minutes 10 --seed 1 [--database sqlite|postgresql|both]`.

Hurts a house of real processes at random for so long, and prints what was injected, lost, repeated and out of order, and how many
seconds the house took to answer again. The same seed injects the same faults in the same order. Exit code 1 when something was lost.

On PostgreSQL every process has a network namespace of its own, so that one can really be cut off from the database; where the
machine does not allow that, a proxy that goes dead stands in for the cable, and the table says so.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

from bot.clock import Clock
from tests.crash.cables import APART, why_not
from tests.crash.faults import ANYWHERE, NAMED, ON_POSTGRESQL, ON_SQLITE, WEBHOOK, Fault, poisoned_rows
from tests.crash.run import Cast, a_postgresql, a_run
from tests.crash.tables import keep, kept, table

ROLES = ("", "intake,listener,console", "sender,ticker")  # of the 1st, 2nd, 3rd process


def some(chance: random.Random, faults: list[Fault], minutes: float) -> Iterator[Fault | str]:
    """Every fault once, in random order, and then on at random until the time is up; announcements and reminders in between."""
    end = time.monotonic() + minutes * 60
    yield poisoned_rows
    first = chance.sample(faults, len(faults))
    for n in range(10**6):
        if time.monotonic() > end:
            return
        if n % 4 == 1:
            yield "announce"
        if n % 6 == 2:
            yield "remind"
        yield first[n] if n < len(first) else chance.choice(faults)


async def one(asked: argparse.Namespace, seed: int, url: str) -> None:
    """One run on this PostgreSQL, or ("") on SQLite; its report goes into the notes."""
    webhook = asked.webhook and not url
    usual = ANYWHERE + (ON_POSTGRESQL if url else ON_SQLITE) + (WEBHOOK if webhook else [])
    named: list[Fault | str] = [NAMED.get(name, name) for name in asked.faults.split(",") if name]
    cast = Cast(
        mothers=asked.mothers, per_second=asked.per_second, processes=asked.processes if url else 1, scale=asked.scale,
        roles=ROLES if url else ("",), apart=asked.apart, webhook=webhook,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="stapsteen-soak-", ignore_cleanup_errors=True) as folder:
        cache = Path(asked.cache or folder, "cache")
        cache.mkdir(exist_ok=True)
        faults = named or some(random.Random(f"{seed}: which"), usual, asked.minutes)
        report = await a_run(Path(folder) / "house", seed, url, faults, cast, cache)
    keep(Path(asked.notes), report)
    if report.verdict.faults:
        print(f"{report.verdict.faults}\n{report.logs}", file=sys.stderr)


async def all_of(asked: argparse.Namespace) -> None:
    """The runs that were asked for, one after the other."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(a_postgresql()) if asked.database != "sqlite" and not asked.at else None
        for seed in asked.seed:
            if asked.database != "postgresql":
                await one(asked, seed, "")
            if asked.database != "sqlite":
                await on_postgresql(asked, seed, await server.fresh() if server else asked.at)


async def on_postgresql(asked: argparse.Namespace, seed: int, url: str) -> None:
    """Starts this command once more, in namespaces of its own, if they are allowed here; says so when they are not."""
    why = await why_not()
    if why:
        print(f"No network namespaces here, so a proxy goes dead instead of a cable: {why}", file=sys.stderr)
        await one(asked, seed, url)
        return
    again = [*APART, sys.executable, "-m", "tests.crash.soak", *sys.argv[1:], "--notes", asked.notes]
    process = await asyncio.create_subprocess_exec(*again, "--apart", "--at", url, "--seed", str(seed))
    try:
        if await process.wait():
            raise RuntimeError(f"The run with seed {seed} broke off: {process.returncode}")
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def read(words: list[str]) -> argparse.Namespace:
    said = argparse.ArgumentParser(prog="python -m tests.crash.soak")
    said.add_argument("--minutes", type=float, default=10, help="of each run")
    today = [int(dt.date.today().strftime("%Y%m%d"))]  # noqa: DTZ011 - any number
    said.add_argument("--seed", type=numbers, default=today, help="a number; several, with commas, make several runs")
    said.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    said.add_argument("--processes", type=int, default=3, help="processes that share one PostgreSQL")
    said.add_argument("--mothers", type=int, default=60)
    said.add_argument("--per-second", type=float, default=6.0, help="things that mothers do in a second, all together")
    said.add_argument("--webhook", action="store_true", help="on SQLite Telegram comes to a webhook, and is not asked")
    said.add_argument("--faults", default="", help="these, in this order, and not those that the seed chooses")
    said.add_argument("--scale", type=float, default=1.0, help="how long things hurt")
    said.add_argument("--cache", default="", help="a folder whose sounds and pictures are used again")
    said.add_argument("--notes", default="", help="a file that the reports are added to; the table is of all in it")
    said.add_argument("--at", default="", help="a fresh PostgreSQL with all tables")
    said.add_argument("--apart", action="store_true", help=argparse.SUPPRESS)
    return said.parse_args(words)


def numbers(words: str) -> list[int]:
    return [int(word) for word in words.split(",")]


def main() -> int:
    asked = read(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also then no house and no server stays behind
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    if asked.apart:
        asyncio.run(one(asked, asked.seed[0], asked.at))
        return 0
    with tempfile.TemporaryDirectory(prefix="stapsteen-soak-") as folder:
        asked.notes = asked.notes or str(Path(folder, "notes"))
        asyncio.run(all_of(asked))
        reports = kept(Path(asked.notes))
    print(f"{Clock().now():%Y-%m-%d %H:%M} UTC\n\n{table(reports)}")
    return 1 if any(report.verdict.faults for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
