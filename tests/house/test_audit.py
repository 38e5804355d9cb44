"""`make audit` never says that all is well when nobody could tell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.house.audit import FINE, UNKNOWN, WEAK, verdict

GOOD: dict[str, Any] = {"name": "jinja2", "version": "3.1.6", "vulns": []}
BAD = {"name": "pillow", "version": "9.0.0", "vulns": [{"id": "PYSEC-2023-1", "fix_versions": ["10.0.1"]}]}
SKIPPED = {"name": "aiogram", "skip_reason": "Dependency not found on PyPI and could not be audited: aiogram (3.31.0)"}


@pytest.mark.parametrize(
    ("found", "ends", "says"),
    [
        pytest.param([GOOD], FINE, "1 of 1 packages were looked up, 0 with", id="all looked up"),
        pytest.param([GOOD, BAD], WEAK, "PYSEC-2023-1 (mended in 10.0.1)", id="a weakness"),
        pytest.param([SKIPPED], UNKNOWN, "0 of 1 packages were looked up", id="a mirror without advisory data"),
        pytest.param([GOOD, SKIPPED], UNKNOWN, "Nothing is known about 1", id="half of them"),
        pytest.param([BAD, SKIPPED], WEAK, "1 of 2 packages", id="a weakness beside the unknown"),
        pytest.param([], UNKNOWN, "0 of 0", id="nothing at all"),
    ],
)
def test_it_says_how_many_were_looked_up(found: list[dict[str, Any]], ends: int, says: str) -> None:
    code, lines = verdict(json.dumps({"dependencies": found}))
    assert code == ends
    assert says in "\n".join(lines)


@pytest.mark.parametrize("report", ["", "Traceback", "[]", "{}", "null"])
def test_without_a_report_it_says_that_nothing_was_audited(report: str) -> None:
    assert verdict(report) == (UNKNOWN, ["Nothing was audited: the advisory data could not be reached."])
