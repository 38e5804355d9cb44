"""The short form of the soak: the real `stapsteen run` lives through the worst of it, on both databases. `make soak` is the long form."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.crash.faults import (
    Fault,
    cable_pulled,
    clock_forth_and_back,
    connections_killed,
    database_gone,
    disk_full,
    killed,
    locked,
    odd_files,
    telegram,
)
from tests.crash.run import Report, a_run
from tests.crash.soak import ROLES, table
from tests.given.database import PostgreSQL

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("crash")]
HURT_SQLITE: list[Fault | str] = [
    "announce", killed, telegram("cut_after", 3), telegram("429", 6, retry_after=1), telegram("again", 2), odd_files,
    disk_full, clock_forth_and_back, locked,
]  # fmt: skip
HURT_POSTGRESQL: list[Fault | str] = ["announce", killed, cable_pulled, connections_killed, database_gone]


def fine(report: Report) -> bool:
    """Says in full what was wrong, when something was."""
    assert not report.verdict.faults, f"{report.verdict.faults}\n{table([report])}\n{report.logs}"
    return report.verdict.repeated <= report.verdict.counted


async def test_one_process_on_sqlite_loses_nothing(tmp_path: Path) -> None:
    assert fine(await a_run(tmp_path, random.Random(7), None, HURT_SQLITE, mothers=6, per_second=1.0, scale=0.2))


async def test_three_processes_on_postgresql_lose_nothing(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """One of them is killed, one can no longer reach the database, and the database itself goes away for a moment."""
    how = {"mothers": 6, "per_second": 1.0, "scale": 0.2, "processes": 3}
    assert fine(await a_run(tmp_path, random.Random(8), postgresql, HURT_POSTGRESQL, roles=ROLES, **how))  # type: ignore[arg-type]
