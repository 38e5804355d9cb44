"""What was measured, as a table for people, a file for machines, and a picture."""

from __future__ import annotations

import html
import json
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

OUT = Path("bench")


@dataclass
class Row:
    """One figure. `ours` and `beside` in `unit`; ratio = ours : beside; goal as a sentence, met: None when there is none."""

    name: str
    ours: float
    unit: str
    beside: float | None = None
    rival: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    part: str = ""


def compare(
    name: str, ours: float, unit: str, beside: float | None = None, rival: str = "", *, least: float | None = None,
    most: float | None = None, raw: dict[str, Any] | None = None,
) -> Row:  # fmt: skip
    """A row; least/most: the goal for the ratio, or for the figure itself when nothing stands beside it."""
    ratio = ours / beside if beside else None
    judged = ours if ratio is None else ratio
    what = "" if ratio is None else " ×"
    goal = f"≥ {least:g}{what}" if least is not None else f"≤ {most:g}{what}" if most is not None else ""
    met = judged >= least if least is not None else judged <= most if most is not None else None
    return Row(name, ours, unit, beside, rival, ratio, goal, met, raw or {})


def shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"


def markdown(rows: list[Row]) -> str:
    """The table as the README carries it."""
    lines = ["| what | ours | unit | beside it | its figure | ratio | goal | |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        verdict = {True: "met", False: "not met", None: ""}[row.met]
        cells = [row.name, shown(row.ours), row.unit, row.rival, shown(row.beside), shown(row.ratio), row.goal, verdict]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def judged(rows: list[Row]) -> str:
    """How many goals are met, and by name those that are not."""
    missed = [
        f"{row.name} ({shown(row.ours if row.ratio is None else row.ratio)}; {row.goal})"
        for row in rows
        if row.met is False
    ]
    goals = sum(row.met is not None for row in rows)
    return f"{goals - len(missed)} of {goals} goals met." + (f" Not met: {'; '.join(missed)}." if missed else "")


def kept(folder: Path = OUT) -> list[Row]:
    """What results.json holds; nothing when there is none, or one of another form."""
    return [Row(**row) for row in _kept(folder)["rows"]]


def write(part: str, rows: list[Row], about: dict[str, Any], order: list[str], folder: Path = OUT) -> None:
    """results.json with every raw figure, results.svg with the ratios, results.md with the table. Rows of other parts stay.

    about: of this measurement (date, quick, seconds); order: of the parts.
    """
    folder.mkdir(exist_ok=True)
    before = _kept(folder)
    for row in rows:
        row.part = part
    others = [Row(**row) for row in before["rows"] if row["part"] != part]
    every = sorted([*others, *rows], key=lambda row: order.index(row.part))
    machine = {"python": platform.python_version(), "system": platform.system(), "processor": platform.machine()}
    machine["cores"] = str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    told = {"machine": machine, "parts": before["parts"] | {part: about}, "rows": [asdict(row) for row in every]}
    (folder / "results.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "results.svg").write_text(picture([row for row in every if row.ratio]), encoding="utf-8")
    (folder / "results.md").write_text(f"{markdown(every)}\n\n{judged(every)}\n", encoding="utf-8")


def _kept(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "results.json").read_text("utf-8"))
        return found if all("part" in row for row in found["rows"]) and "parts" in found else {"rows": [], "parts": {}}
    except (OSError, ValueError, KeyError):
        return {"rows": [], "parts": {}}


def picture(rows: list[Row]) -> str:
    """One bar a ratio; the line is 1: as much as what stands beside it. A ratio over 4 is cut and says its figure."""
    width, line, left, unit = 900, 26, 470, 90
    height = line * len(rows) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for n, row in enumerate(rows):
        ratio, y = row.ratio or 0.0, 20 + n * line
        colour = {True: "#2e7d32", False: "#c62828", None: "#546e7a"}[row.met]
        label = html.escape(f"{row.name} : {row.rival}"[:72])
        parts += [
            f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{label}</text>',
            f'<rect x="{left}" y="{y + 2}" width="{min(ratio, 4) * unit:.1f}" height="{line - 8}" fill="{colour}"/>',
            f'<text x="{left + min(ratio, 4) * unit + 6:.1f}" y="{y + 14}">{ratio:.2f} ×</text>',
        ]
    parts.append(f'<line x1="{left + unit}" y1="10" x2="{left + unit}" y2="{height - 10}" stroke="#000"/>')
    return "\n".join([*parts, "</svg>\n"])
