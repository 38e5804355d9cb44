"""The README tells the truth about settings and commands."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from typer.main import get_command

from bot.cli import app
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_every_setting_is_described() -> None:
    missing = [name.upper() for name in Settings.model_fields if f"`{name.upper()}`" not in README]
    assert not missing


def test_every_command_is_named() -> None:
    commands = getattr(get_command(app), "commands")  # noqa: B009 - a click group, untyped
    missing = [name for name in commands if f"stapsteen {name}" not in README]
    assert not missing


def test_every_file_and_picture_it_points_at_is_there() -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", README)
    assert targets
    assert not [t for t in targets if not (ROOT / t.split("#")[0]).exists()]


def test_nothing_committed_names_a_registry_or_a_path_of_a_build_machine() -> None:
    banned = re.compile(
        "|".join(
            ["py" + r"pi\.org", "files.python" + "hosted", "registry.npm" + r"js", "/wo" + "rk/", r"\.libr" + "ary"]
        )
    )
    suffixes = {".py", ".toml", ".md", ".yaml", ".txt", ".js", ".css", ".html", ".json", ".po", ".pot", ""}
    skip = {".git", ".venv", ".boot", "data", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis"}
    looked, named = 0, []
    for folder, inside, names in os.walk(
        ROOT
    ):  # what comes and goes meanwhile (compiled files, other tests') is passed over
        inside[:] = [name for name in inside if name not in skip]
        for path in (Path(folder, name) for name in names if Path(name).suffix in suffixes):
            with contextlib.suppress(FileNotFoundError):
                named += [str(path.relative_to(ROOT))] if banned.search(path.read_text("utf-8", "ignore")) else []
                looked += 1
    assert looked > 500
    assert not named
