"""The command line with wrong input: a sentence and a number, never a page of Python."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import cli, demo
from bot.settings import Settings


@pytest.mark.parametrize("hour", ["24:00", "99:99", "12:60", "7:30", "half acht"])
def test_an_hour_that_no_clock_shows_is_refused_at_the_start(hour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIET_FROM", hour)
    said = CliRunner().invoke(cli.app, ["group", "list"])
    assert said.exit_code == 2
    assert "QUIET_FROM" in said.output


def test_a_demo_does_not_move_into_the_folder_of_a_real_house(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stapsteen.sqlite").write_bytes(b"the rows of a real house")
    assert asyncio.run(demo.run_demo(Settings(data=tmp_path, database_url=None), fresh=False, browser=False)) == 1
    assert "is not the folder of a demo" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["stapsteen.sqlite"]


def test_a_demo_leaves_the_database_of_the_house_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[str] = []

    async def run_demo(settings: Settings, **_said: object) -> int:
        used.append(settings.database())
        return 0

    monkeypatch.setenv("DATABASE_URL", "postgresql://real@house/rows")
    monkeypatch.setattr(demo, "run_demo", run_demo)
    assert CliRunner().invoke(cli.app, ["demo", "--data", str(tmp_path)]).exit_code == 0
    assert used == [f"sqlite+aiosqlite:///{tmp_path / 'stapsteen.sqlite'}"]
