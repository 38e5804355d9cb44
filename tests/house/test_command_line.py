"""The command line with wrong input: a sentence and a number, never a page of Python."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import app, cli, demo
from bot.settings import Settings
from bot.telegram.intake import TwoCopies


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


@pytest.mark.parametrize("token", ["abc", "123:", ":abc", "123456:AB C", "123456:ABC\nrest"])
def test_a_token_that_is_none_is_told_so_and_not_repeated(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", token)
    said = CliRunner().invoke(cli.app, ["run"])
    assert said.exit_code == 2
    assert "BotFather gives one like" in said.output
    assert token not in said.output


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "42:SANDBOX")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = CliRunner().invoke(cli.app, ["run", "--data", str(tmp_path / "new"), "--port", str(port)])
    assert said.exit_code == 1
    assert f"Port {port} of 127.0.0.1 cannot be used" in said.output
    assert not (tmp_path / "new").exists()


GROUP = ["--days", "ma", "--first", "2026-12-07", "--last", "2027-02-28"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        pytest.param(["staff", "add", " "], "The name has 1 to", id="nobody"),
        pytest.param(["group", "add", "", *GROUP, "--place", "Huis"], "The name has 1 to", id="no name"),
        pytest.param(["group", "add", "Mama Leert", *GROUP, "--place", ""], "The place has 1 to", id="no place"),
        pytest.param(["group", "add", "x" * 121, *GROUP, "--place", "Huis"], "The name has 1 to", id="long name"),
        pytest.param(
            ["group", "add", "A", "--days", "ma", "--first", "0001-01-01", "--last", "9999-12-31", "--place", "B"],
            "three years at most",
            id="for ever",
        ),
        pytest.param(["group", "link", "1", "--lang", "zz"], "Known: nl, en, fr", id="link in no language"),
        pytest.param(["speak", "--lang", "zz"], "Known: nl, en, fr", id="speak no language"),
        pytest.param(["group", "link", "9" * 30], "less than or equal", id="a number beyond all numbers"),
    ],
)
def test_wrong_input_is_told_in_a_sentence(asked: list[str], says: str, tmp_path: Path) -> None:
    said = CliRunner().invoke(cli.app, [*asked, "--data", str(tmp_path)])
    assert said.exit_code == 2
    assert says in said.output


def test_questions_from_a_file_that_is_not_there(tmp_path: Path) -> None:
    said = CliRunner().invoke(cli.app, ["ask", "--batch", str(tmp_path / "nothing")])
    assert said.exit_code == 2
    assert "cannot be read" in said.output


def test_why_the_house_stopped_is_the_innermost_sentence() -> None:
    inside = ExceptionGroup("unhandled errors", [ExceptionGroup("in a task", [TwoCopies("Another copy is running.")])])
    assert app._innermost(inside) == "Another copy is running."
