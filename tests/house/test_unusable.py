"""A database or folder that cannot be used: one sentence that says what to do, and no page of Python. Through the real command."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from bot.cli import app
from bot.db.trouble import told
from tests.given.database import PostgreSQL

ENV = {**os.environ, "BOT_TOKEN": "42:SANDBOX", "BOT_API": "http://127.0.0.1:9", "PORT": "0", "COLUMNS": "300"}


LONG = pytest.mark.timeout(600)  # several processes after each other, each of which may be slow to start


def run(command: list[str], **more: str) -> tuple[int, str]:
    """The real command: its exit code, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *command], env={**ENV, **more}, capture_output=True, text=True, timeout=150
    )
    return done.returncode, done.stdout + done.stderr


def a_file(folder: Path) -> None:
    (folder / "data").write_text("not a folder")


def another_kind_of_file(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "stapsteen.sqlite").write_text("Dear diary, " * 100)


def a_folder_in_its_place(folder: Path) -> None:
    (folder / "data" / "stapsteen.sqlite").mkdir(parents=True)


def a_newer_one(folder: Path) -> None:
    (folder / "data").mkdir()
    with sqlite3.connect(folder / "data" / "stapsteen.sqlite") as database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param(a_file, "is a file, and not a folder. Choose a folder with --data", id="a file"),
        pytest.param(another_kind_of_file, "is not a database of Stapsteen", id="another kind of file"),
        pytest.param(a_folder_in_its_place, "is a folder, and should be the file", id="a folder"),
        pytest.param(a_newer_one, "was made by a newer version of Stapsteen", id="a newer version"),
    ],
)
def test_what_lies_in_the_way_is_told(given: Callable[[Path], None], says: str, tmp_path: Path) -> None:
    given(tmp_path)
    said = CliRunner().invoke(app, ["group", "list", "--data", str(tmp_path / "data")])
    assert said.exit_code == 1
    assert says in said.output


@pytest.mark.parametrize("command", [["run"], ["staff", "list"], ["migrate"], ["demo", "--no-browser"]], ids=" ".join)
def test_a_folder_that_cannot_be_made_is_told_by_every_command(command: list[str]) -> None:
    code, said = run([*command, "--data", "/proc/nowhere/data"])
    assert code == 1
    assert "cannot be made" in said
    assert "Traceback" not in said


def known_here(look_up: Any) -> Any:
    """The names of hosts as a machine without a network knows them: who has one asks nobody about `nowhere.invalid` either."""

    def found(host: Any, *args: Any, **more: Any) -> Any:
        if host == "nowhere.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *args, **more)

    return found


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://rose:geheim@127.0.0.1:9/house", "does not answer (Connect"),
        ("postgresql://rose:geheim@nowhere.invalid/house", "does not answer ("),
        ("mysql://rose:geheim@127.0.0.1/house", "knows SQLite and PostgreSQL"),
        ("a house", "is not an address of a database"),
    ],
)
def test_a_database_that_is_not_there_is_told_without_its_password(
    url: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr(socket, "getaddrinfo", known_here(socket.getaddrinfo))
    said = CliRunner().invoke(app, ["group", "list", "--data", str(tmp_path)])
    assert said.exit_code == 1
    assert says in said.output
    assert "geheim" not in said.output


def test_postgresql_without_that_database_is_told(postgresql: PostgreSQL, tmp_path: Path) -> None:
    code, said = run(["run", "--data", str(tmp_path)], DATABASE_URL=postgresql.url("nobody_made_it"))
    assert code == 1
    assert "There is no database at" in said
    assert "Traceback" not in said


@LONG
def test_a_second_copy_on_one_folder_says_so_and_a_killed_first_one_leaves_no_obstacle(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "run", "--data", str(tmp_path)]
    first = subprocess.Popen(command, env=ENV, stderr=subprocess.PIPE, text=True)
    try:
        assert first.stderr is not None
        assert "fetch_failed" in next(line for line in first.stderr if "fetch_failed" in line)  # it runs
        code, said = run(["run", "--data", str(tmp_path)])
        assert code == 1
        assert re.search(
            rf"Another copy of Stapsteen \(process {first.pid}\) is working in {re.escape(str(tmp_path))}", said
        )
        assert "Traceback" not in said
        first.send_signal(signal.SIGKILL)
        first.wait(90)
        again = subprocess.Popen(command, env=ENV, stderr=subprocess.PIPE, text=True)
        try:
            assert again.stderr is not None
            assert "fetch_failed" in next(line for line in again.stderr if "fetch_failed" in line)
        finally:
            again.kill()
            again.communicate(timeout=90)
    finally:
        first.kill()
        first.communicate(timeout=90)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["run", "--roles", "sender,kok"], "There is no role kok. Roles are intake, listener, sender, ticker, console"),
        (["run", "--roles", "sender"], "on PostgreSQL only"),
        (["migrate", "--from", "sqlite:data/stapsteen.sqlite"], "needs both --from and --to"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_starts(command: list[str], says: str, tmp_path: Path) -> None:
    said = CliRunner().invoke(app, [*command, *(["--data", str(tmp_path / "new")])], env={"BOT_TOKEN": "42:SANDBOX"})
    assert said.exit_code == 2
    assert says in said.output
    assert not (tmp_path / "new").exists()


@LONG
def test_a_process_with_one_role_does_that_and_leaves_the_rest(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """A sender alone does not ask Telegram for messages, and does not take the webhook away that others set."""
    url = asyncio.run(postgresql.fresh())
    command = [sys.executable, "-m", "bot", "run", "--roles", "sender", "--data", str(tmp_path)]
    with socket.create_server(("127.0.0.1", 0)) as telegram:
        env = ENV | {"DATABASE_URL": url, "BOT_API": f"http://127.0.0.1:{telegram.getsockname()[1]}"}
        process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
        try:
            assert well(process, 150)
            telegram.settimeout(3)
            with pytest.raises(TimeoutError):
                telegram.accept()
            process.send_signal(signal.SIGTERM)
            assert process.wait(150) == 0
        finally:
            process.kill()
            process.wait(90)


def well(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it says within so many seconds that it is well, at the door that it chose itself."""
    for _ in range(int(seconds * 4)):
        lines = psutil.Process(process.pid).net_connections("tcp4")
        for door in (line for line in lines if line.status == psutil.CONN_LISTEN):
            address = f"http://127.0.0.1:{door.laddr.port}/healthz"
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=60) as answer:
                return bool(answer.status == 200)
        time.sleep(0.25)
    return False


@pytest.mark.parametrize(
    "words", ["connection was closed in the middle of operation", "terminating connection due to administrator command"]
)
def test_a_database_that_hangs_up_while_it_greets_us_is_told_in_a_sentence(words: str) -> None:
    found = told(DBAPIError("select current_schema()", {}, Exception(words)), "postgresql://rose:secret@db/house")
    assert found is not None
    assert str(found).endswith("Is PostgreSQL running, and is DATABASE_URL right?")
    assert "secret" not in str(found)
