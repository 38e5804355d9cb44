"""The house keeps its measures: small files, small functions, no room without a floor."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(p for top in ("bot", "tests") for p in (ROOT / top).rglob("*.py") if "versions" not in p.parts)
BANNED_NAMES = {"utils", "common", "helpers", "services", "interfaces", "managers", "base"}


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_stays_under_400_lines_and_its_functions_under_50(file: Path) -> None:
    source = file.read_text("utf-8")
    assert len(source.splitlines()) <= 400
    tree = ast.parse(source)
    functions = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    long = [
        f"{f.name}: {f.end_lineno - f.lineno + 1} lines"
        for f in functions
        if f.end_lineno and f.end_lineno - f.lineno >= 50
    ]
    assert not long


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not [p for p in FILES if p.stem in BANNED_NAMES and p.is_relative_to(ROOT / "bot")]


def test_every_public_module_of_the_bot_says_what_it_is_for() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in FILES
        if p.is_relative_to(ROOT / "bot")
        and p.read_text("utf-8").strip()
        and not ast.get_docstring(ast.parse(p.read_text("utf-8")))
    ]
    assert not silent


def test_the_top_level_holds_only_what_the_owner_fixed() -> None:
    allowed = {
        "bot",
        "flows",
        "audio",
        "locales",
        "tests",
        "pyproject.toml",
        "README.md",
        "Makefile",
        "LICENSE",
        "CHANGELOG.md",
        "deploy",
        "data",
        "dist",
        "bench",  # like data and dist made here and not committed: what was measured
    }
    assert {p.name for p in ROOT.iterdir() if not p.name.startswith(".")} <= allowed
