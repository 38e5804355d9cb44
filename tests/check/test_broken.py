"""`stapsteen check` on content that is broken: a fault with file and line, never a page of Python."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.check.content import faults

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """An organisation's own copy of the content, to be broken."""
    shutil.copytree(ROOT / "flows", tmp_path / "flows")
    shutil.copytree(ROOT / "locales", tmp_path / "locales")
    (tmp_path / "audio").symlink_to(ROOT / "audio")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("locales/languages.yaml", "languages: {\n", id="languages that cannot be read"),
        pytest.param("locales/languages.yaml", "", id="no languages"),
        pytest.param("locales/languages.yaml", 'languages:\n  fr: {name: "fr", dutch: "Frans"}\n', id="no Dutch"),
        pytest.param("locales/fr/asks.yaml", "topics: [\n", id="questions that cannot be read"),
        pytest.param("flows/pictures/symbols.yaml", None, id="no symbols"),
        pytest.param("flows/home.yaml", "flow: home\nsteps: {\n", id="a flow that cannot be read"),
    ],
)
def test_it_names_the_file_that_is_broken(file: str, text: str | None, copy: Path) -> None:
    (copy / file).write_text(text, "utf-8") if text is not None else (copy / file).unlink()
    assert file in {fault.file for fault in faults(copy)}
