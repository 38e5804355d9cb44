"""The long form: `python -m tests.crash.soak --minutes 10 --seed 1 [--database sqlite|postgresql|both] [--processes 3]`.

Hurts a house of real processes at random for so long, and prints what was injected, lost, repeated and out of order, and how many
seconds the house took to answer again. The same seed injects the same faults in the same order. Exit code 1 when something was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

from bot.clock import Clock
from tests.crash.faults import ANYWHERE, ON_POSTGRESQL, ON_SQLITE, Fault, poisoned_rows
from tests.crash.run import Report, a_postgresql, a_run
from tests.given.database import PostgreSQL

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


async def soak(minutes: float, seed: int, database: str, processes: int, per_second: float) -> list[Report]:
    reports = []
    with tempfile.TemporaryDirectory(prefix="stapsteen-soak-") as folder, contextlib.ExitStack() as stack:
        kinds = ["sqlite", "postgresql"] if database == "both" else [database]
        (Path(folder) / "cache").mkdir()
        for kind in kinds:
            server: PostgreSQL | None = stack.enter_context(a_postgresql()) if kind == "postgresql" else None
            chance = random.Random(seed)
            faults = ANYWHERE + (ON_POSTGRESQL if server else ON_SQLITE)
            reports.append(
                await a_run(
                    Path(folder) / kind, chance, server, some(chance, faults, minutes / len(kinds)), mothers=30,
                    per_second=per_second, processes=processes if server else 1, roles=ROLES, cache=Path(folder) / "cache",
                )
            )  # fmt: skip
    return reports


def table(reports: list[Report]) -> str:
    """What came of it, as a page of Markdown."""
    lines = []
    for report in reports:
        v = report.verdict
        lines += [
            f"**{report.database}**: {v.arrivals} arrivals, {v.sent} deliveries sent, {v.reminders} reminders, {v.questions} questions",
            "",
            "| lost | out of order | repeated | of unknown outcome (counted) | parked | visibly not sent | stale or missing reminders | questions not in the inbox |",
            "|---|---|---|---|---|---|---|---|",
            f"| {v.lost} | {v.out_of_order} | {v.repeated} | {v.counted} | {v.parked} | {v.visibly_not_sent}"
            f" | {v.reminders_stale + v.reminders_missing} | {v.questions_missing} |",
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
        lines += ["", *(f"FAULT: {what}" for what in v.faults), ""]
    return "\n".join(lines)


def main() -> int:
    said = argparse.ArgumentParser(prog="python -m tests.crash.soak")
    said.add_argument("--minutes", type=float, default=10)
    said.add_argument("--seed", type=int, default=int(dt.date.today().strftime("%Y%m%d")))  # noqa: DTZ011 - any number
    said.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    said.add_argument("--processes", type=int, default=3, help="processes that share one PostgreSQL")
    said.add_argument("--per-second", type=float, default=3.0, help="things that mothers do in a second, all together")
    asked = said.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    reports = asyncio.run(soak(asked.minutes, asked.seed, asked.database, asked.processes, asked.per_second))
    print(f"{Clock().now():%Y-%m-%d %H:%M} UTC, seed {asked.seed}, {asked.minutes:g} minutes\n\n{table(reports)}")
    failed = [report for report in reports if report.verdict.faults]
    for report in failed:
        print(report.logs, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
