"""An installed package works without a checkout: its content travels inside it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(600)  # a package is built, and started twice
ROOT = Path(__file__).parents[2]


def test_the_wheel_carries_its_content_and_answers_from_it(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", "PYTHONPATH": str(installed)}
    answer = subprocess.run(
        [sys.executable, "-m", "bot", "ask", "--lang", "nl", "wat kost de opvang"],
        cwd=tmp_path, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "opvang_prijs" in answer.stdout
    where = subprocess.run(
        [sys.executable, "-c", "import bot.settings; print(bot.settings.default_content())"],
        cwd=tmp_path, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(installed)
