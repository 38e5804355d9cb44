"""`make bench`: takes the measurements one after another and writes what came out."""

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

from tests.bench.table import Row, markdown, write

PARTS = ("taps", "announce", "reminders", "growth", "scale", "makers", "start", "desk")


async def measure(names: list[str], quick: bool) -> tuple[list[Row], list[str]]:
    """All rows, and the parts that could not be measured."""
    found: list[Row] = []
    broken: list[str] = []
    for name in names:
        began = perf_counter()
        print(f"{name} …", end=" ", flush=True, file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix=f"stapsteen-bench-{name}-", ignore_cleanup_errors=True) as folder:
            try:
                found += await importlib.import_module(f"tests.bench.{name}").rows(Path(folder), quick)
            except Exception:  # noqa: BLE001 - the other parts can still be measured
                traceback.print_exc()
                broken.append(name)
        print(f"{perf_counter() - began:.0f} s", file=sys.stderr)
    return found, broken


def main() -> int:
    """0 when everything could be measured, whether or not the goals are met."""
    words = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    words.add_argument("--quick", action="store_true", help="fewer and smaller rounds: about two minutes")
    words.add_argument("--only", default="", help=f"some of: {','.join(PARTS)}")
    told = words.parse_args()
    names = [name for name in PARTS if not told.only or name in told.only.split(",")]
    began = perf_counter()
    found, broken = asyncio.run(measure(names, told.quick))
    today = dt.datetime.now(dt.UTC).date().isoformat()  # noqa: TID251 - the day on which this machine measured
    write(found, {"date": today, "quick": told.quick, "parts": names, "seconds": round(perf_counter() - began)})
    print(markdown(found))
    print(
        f"\n{len(found)} figures in {perf_counter() - began:.0f} s; raw figures in bench/results.json", file=sys.stderr
    )
    if broken:
        print(f"Could not be measured: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
