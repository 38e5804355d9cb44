"""The short form of the soak: the real `stapsteen run` lives through the worst of it, on both databases. `make soak` is the long form."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.crash.box import ROOT
from tests.crash.cables import why_not
from tests.crash.faults import (
    Fault,
    clock_forth_and_back,
    disk_full,
    killed,
    locked,
    odd_files,
    telegram,
    webhook_retried,
    webhook_shut,
)
from tests.crash.run import Cast, a_run
from tests.crash.tables import table
from tests.given.database import PostgreSQL

pytestmark = pytest.mark.timeout(900)
HURT_SQLITE: list[Fault | str] = [
    "announce", killed, telegram("cut_after", 3), telegram("429", 6, retry_after=1), telegram("again", 2), odd_files,
    disk_full, clock_forth_and_back, locked,
]  # fmt: skip
HURT_POSTGRESQL = "announce,killed,cable_pulled,connections_killed,database_gone"


async def test_one_process_on_sqlite_loses_nothing(tmp_path: Path, cache: Path) -> None:
    report = await a_run(tmp_path, 7, "", HURT_SQLITE, Cast(mothers=6, per_second=1.0, scale=0.2), cache)
    assert not report.verdict.faults, f"{table([report])}\n{report.logs}"
    assert report.verdict.repeated <= report.verdict.counted


async def test_what_telegram_brings_to_a_webhook_again_is_handled_once(tmp_path: Path, cache: Path) -> None:
    hurt: list[Fault | str] = [webhook_retried, webhook_shut, killed]
    report = await a_run(tmp_path, 9, "", hurt, Cast(mothers=4, per_second=1.0, scale=0.2, webhook=True), cache)
    assert not report.verdict.faults, f"{table([report])}\n{report.logs}"
    assert report.verdict.questions >= 2


async def test_three_processes_on_postgresql_lose_nothing(
    postgresql: PostgreSQL, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of them is killed, the cable between one and the database is pulled, and the database itself goes away for a moment.

    Each has a network namespace of its own. Where that is not allowed, a proxy goes dead instead of the cable, and the test says so.
    """
    how = {"mothers": 6, "per-second": 1.0, "scale": 0.2, "processes": 3, "seed": 8, "database": "postgresql"}
    words = [f"--{name}={value}" for name, value in (how | {"faults": HURT_POSTGRESQL, "cache": cache.parent}).items()]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crash.soak", *words, "--at", await postgresql.fresh(),
        stdout=PIPE, stderr=PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        out, said = (stream.decode() for stream in await process.communicate())
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert process.returncode == 0, f"{out}\n{said}"
    if why := await why_not():
        with capsys.disabled():
            print(f"\nA proxy stood in for the cable, because network namespaces are not allowed here: {why}")
    assert ("3 processes with a network each" in out) is not bool(why)


async def test_why_there_is_no_network_namespace_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "unshare" in await why_not()
