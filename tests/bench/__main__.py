"""`make bench`: takes the measurements one after another and writes what came out, after each of them."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import importlib
import sys
import tempfile
import traceback
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.bench.table import Row, judged, kept, markdown, write

PARTS = {  # seconds that each may take on a quiet machine: in full, and when quick. Stopped at four times that, or two minutes
    "taps": (150, 40), "announce": (140, 45), "reminders": (130, 85), "growth": (110, 35),
    "scale": (60, 25), "makers": (20, 8), "start": (190, 50), "desk": (25, 15),
}  # fmt: skip


async def measure(name: str, quick: bool) -> tuple[list[Row], str]:
    """The rows of one part, and why it could not be measured (empty when it could)."""
    patience = max(120, 4 * PARTS[name][quick])
    with tempfile.TemporaryDirectory(prefix=f"stapsteen-bench-{name}-", ignore_cleanup_errors=True) as folder:
        try:
            async with asyncio.timeout(patience):
                return await importlib.import_module(f"tests.bench.{name}").rows(Path(folder), quick), ""
        except TimeoutError as error:
            traceback.print_exc()
            return [], str(error) or f"it was not done after {patience} s"
        except Exception as error:  # noqa: BLE001 - the other parts can still be measured
            traceback.print_exc()
            return [], f"{type(error).__name__}: {error}"


def take(names: list[str], quick: bool) -> list[str]:
    """Measures these parts; what was measured of other parts before stays in bench/. Gives those that could not be."""
    broken = []
    for name in names:
        began = perf_counter()
        print(f"{name} …", end=" ", flush=True, file=sys.stderr)
        found, why = asyncio.run(measure(name, quick))
        seconds = perf_counter() - began
        print(f"{seconds:.0f} s{f', could not be measured: {why}' if why else ''}", file=sys.stderr)
        if why:
            broken.append(name)
        today = dt.datetime.now(dt.UTC).date().isoformat()  # noqa: TID251 - the day on which this machine measured
        about: dict[str, Any] = {"date": today, "quick": quick, "seconds": round(seconds), "failed": why}
        write(name, found, about, list(PARTS))
    return broken


def main() -> int:
    """0 when everything could be measured, whether or not the goals are met."""
    words = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    words.add_argument("--quick", action="store_true", help="fewer and smaller rounds: about two minutes")
    words.add_argument("--only", default="", help=f"some of: {','.join(PARTS)}; the others stay as they were measured")
    words.add_argument("--table", action="store_true", help="only print what bench/results.json holds, as Markdown")
    told = words.parse_args()
    if unknown := [name for name in told.only.split(",") if name and name not in PARTS]:
        words.error(f"there is no part {unknown[0]}")
    names = [name for name in PARTS if not told.only or name in told.only.split(",")]
    began = perf_counter()
    broken = [] if told.table else take(names, told.quick)
    found = kept()
    print(markdown(found))
    print(f"\n{judged(found)}", file=sys.stdout if told.table else sys.stderr)
    if not told.table:
        print(f"{perf_counter() - began:.0f} s; raw figures in bench/results.json", file=sys.stderr)
    if broken:
        print(f"Could not be measured: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
