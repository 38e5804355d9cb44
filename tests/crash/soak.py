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
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

from bot.clock import Clock
from tests.crash.cables import APART, why_not
from tests.crash.faults import ANYWHERE, NAMED, ON_POSTGRESQL, ON_SQLITE, WEBHOOK, Fault, poisoned_rows
from tests.crash.run import Cast, Report, a_postgresql, a_run

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


async def one(asked: argparse.Namespace, url: str) -> int:
    """One run on this PostgreSQL, or ("") on SQLite; prints its table. 1 when something was lost."""
    minutes = asked.minutes / (2 if asked.database == "both" else 1)
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
        faults = named or some(random.Random(f"{asked.seed}: which"), usual, minutes)
        report = await a_run(Path(folder) / "house", asked.seed, url, faults, cast, cache)
    print(table(report), flush=True)
    if report.verdict.faults:
        print(report.logs, file=sys.stderr)
    return 1 if report.verdict.faults else 0


async def all_of(asked: argparse.Namespace) -> int:
    """The runs that were asked for, one after the other. The worst of their exit codes."""
    worst = 0
    if asked.database != "postgresql":
        worst = await one(asked, "")
    if asked.database != "sqlite":
        with contextlib.ExitStack() as stack:
            url = asked.at or await stack.enter_context(a_postgresql()).fresh()
            worst = max(worst, await on_postgresql(asked, url))
    return worst


async def on_postgresql(asked: argparse.Namespace, url: str) -> int:
    """Starts this command once more, in namespaces of its own, if they are allowed here; says so when they are not."""
    why = await why_not()
    if why:
        print(f"No network namespaces here, so a proxy goes dead instead of a cable: {why}", file=sys.stderr)
        return await one(asked, url)
    command = [*APART, sys.executable, "-m", "tests.crash.soak", "--apart", *sys.argv[1:], "--database", "postgresql"]
    if asked.database == "both":
        command += ["--minutes", str(asked.minutes / 2)]
    process = await asyncio.create_subprocess_exec(*command, "--at", url)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def table(report: Report) -> str:
    """What came of it, as a page of Markdown."""
    v = report.verdict
    cut = ", each in a network namespace of its own" if report.apart else ""
    lines = [
        f"**{report.database}**, {report.processes} {'process' if report.processes == 1 else 'processes'}{cut}: {v.arrivals} arrivals in"
        f" {report.seconds:.0f} s, {v.sent} deliveries sent, {v.reminders} reminders, {v.questions} questions",
        "",
        "| lost | out of order | repeated | of unknown outcome (counted) | parked | visibly not sent | stale or missing reminders"
        " | questions not in the inbox | taps that Telegram dropped |",
        "|---|---|---|---|---|---|---|---|---|",
        f"| {v.lost} | {v.out_of_order} | {v.repeated} | {v.counted} | {v.parked} | {v.visibly_not_sent}"
        f" | {v.reminders_stale + v.reminders_missing} | {v.questions_missing} | {v.dropped} |",
        "",
        "| fault | times | answered again after, s (median) | most |",
        "|---|---|---|---|",
    ]
    for row in sorted(report.rows.values(), key=lambda row: row.name):
        took = row.seconds or [float("nan")]
        never = f" ({row.never} × never)" if row.never else ""
        lines.append(
            f"| {row.name.replace('_', ' ')} | {row.times} | {statistics.median(took):.1f} | {max(took):.1f}{never} |"
        )
    return "\n".join([*lines, "", *(f"FAULT: {what}" for what in v.faults), ""])


def read(words: list[str]) -> argparse.Namespace:
    said = argparse.ArgumentParser(prog="python -m tests.crash.soak")
    said.add_argument("--minutes", type=float, default=10)
    said.add_argument("--seed", type=int, default=int(dt.date.today().strftime("%Y%m%d")))  # noqa: DTZ011 - any number
    said.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    said.add_argument("--processes", type=int, default=3, help="processes that share one PostgreSQL")
    said.add_argument("--mothers", type=int, default=60)
    said.add_argument("--per-second", type=float, default=6.0, help="things that mothers do in a second, all together")
    said.add_argument("--webhook", action="store_true", help="on SQLite Telegram comes to a webhook, and is not asked")
    said.add_argument("--faults", default="", help="these, in this order, and not those that the seed chooses")
    said.add_argument("--scale", type=float, default=1.0, help="how long things hurt")
    said.add_argument("--cache", default="", help="a folder whose sounds and pictures are used again")
    said.add_argument("--at", default="", help="a fresh PostgreSQL with all tables")
    said.add_argument("--apart", action="store_true", help=argparse.SUPPRESS)
    return said.parse_args(words)


def main() -> int:
    asked = read(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also then no house and no server stays behind
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    if asked.apart:
        return asyncio.run(one(asked, asked.at))
    what = asked.faults.replace(",", ", ") or f"{asked.minutes:g} minutes"
    print(f"{Clock().now():%Y-%m-%d %H:%M} UTC, seed {asked.seed}, {what}\n", flush=True)
    return asyncio.run(all_of(asked))


if __name__ == "__main__":
    sys.exit(main())
