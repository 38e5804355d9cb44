"""What runs came to, as Markdown: one line a run, and one a fault. Reports travel between processes as lines of JSON.

`python -m tests.crash.tables NOTES …` prints what `python -m tests.crash.soak --notes NOTES` gathered.
"""

from __future__ import annotations

import dataclasses
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from tests.crash.judge import Verdict
from tests.crash.run import Report, Row

COLUMNS = (
    "arrivals", "sent", "reminders", "questions", "lost", "out of order", "repeated", "of unknown outcome (counted)", "parked",
    "visibly not sent", "stale or missing reminders", "questions not in the inbox", "taps that Telegram dropped",
)  # fmt: skip


def keep(file: Path, report: Report) -> None:
    """One line more."""
    kept = dataclasses.asdict(report) | {"rows": [dataclasses.asdict(row) for row in report.rows.values()], "logs": ""}
    with file.open("a") as lines:
        lines.write(json.dumps(kept) + "\n")


def kept(file: Path) -> list[Report]:
    """What `keep` wrote, in its order; nothing when there is no such file."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [_report(json.loads(line)) for line in lines]


def _report(said: dict[str, Any]) -> Report:
    rows = {row["name"]: Row(**row) for row in said.pop("rows")}
    return Report(rows=rows, verdict=Verdict(**said.pop("verdict")), **said)


def table(reports: list[Report]) -> str:
    """The runs, then the faults for each database, then every reason to fail."""
    lines = [f"| run | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [f"| {_name(report)} | {' | '.join(str(n) for n in _numbers(report.verdict))} |" for report in reports]
    for database in dict.fromkeys(report.database for report in reports):
        lines += ["", f"| fault, {database} | times | answered again after, s (median) | most |", "|---|---|---|---|"]
        lines += _faults([report for report in reports if report.database == database])
    lines += [f"\nFAULT, {_name(report)}: {what}" for report in reports for what in report.verdict.faults]
    return "\n".join(lines)


def _name(report: Report) -> str:
    many = f", {report.processes} processes" if report.processes > 1 else ""
    apart = " with a network each" if report.apart else ""
    webhook = ", webhook" if report.webhook else ""
    return f"{report.database}{many}{apart}{webhook}, seed {report.seed}, {report.seconds:.0f} s"


def _numbers(v: Verdict) -> tuple[int, ...]:
    return (
        v.arrivals, v.sent, v.reminders, v.questions, v.lost, v.out_of_order, v.repeated, v.counted, v.parked, v.visibly_not_sent,
        v.reminders_stale + v.reminders_missing, v.questions_missing, v.dropped,
    )  # fmt: skip


def _faults(reports: list[Report]) -> list[str]:
    lines = []
    for name in sorted({name for report in reports for name in report.rows}):
        rows = [report.rows[name] for report in reports if name in report.rows]
        took = [seconds for row in rows for seconds in row.seconds] or [float("nan")]
        never = sum(row.never for row in rows)
        more = f" ({never} × never)" if never else ""
        times = sum(row.times for row in rows)
        lines.append(f"| {name.replace('_', ' ')} | {times} | {statistics.median(took):.1f} | {max(took):.1f}{more} |")
    return lines


if __name__ == "__main__":
    print(table([report for name in sys.argv[1:] for report in kept(Path(name))]))
