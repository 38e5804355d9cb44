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
    telegram_dead,
)
from tests.crash.run import a_run
from tests.crash.soak import ROLES, table
from tests.given.database import PostgreSQL

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("crash")]
TELEGRAM: list[Fault | str] = [
    telegram("cut_after", 4), telegram("429", 10, retry_after=1), telegram("again", 2), telegram("mixed", 2), telegram("unreadable", 2),
]  # fmt: skip


async def test_one_process_on_sqlite_loses_nothing(tmp_path: Path) -> None:
    hurt: list[Fault | str] = [
        "announce",
        killed,
        *TELEGRAM,
        odd_files,
        "announce",
        disk_full,
        clock_forth_and_back,
        locked,
    ]
    report = await a_run(tmp_path, random.Random(7), None, hurt, mothers=10, per_second=2.0, scale=0.3)
    assert not report.verdict.faults, f"{report.verdict.faults}\n{table([report])}\n{report.logs}"
    assert report.verdict.repeated <= report.verdict.counted


async def test_three_processes_on_postgresql_lose_nothing(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """One of them is killed, one can no longer reach the database, and the database itself goes away for a moment."""
    hurt: list[Fault | str] = [
        "announce",
        killed,
        cable_pulled,
        "announce",
        connections_killed,
        database_gone,
        telegram_dead,
    ]
    report = await a_run(
        tmp_path, random.Random(8), postgresql, hurt, mothers=10, per_second=2.0, scale=0.3, processes=3, roles=ROLES
    )
    assert not report.verdict.faults, f"{report.verdict.faults}\n{table([report])}\n{report.logs}"
    assert report.verdict.repeated <= report.verdict.counted
