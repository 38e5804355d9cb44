"""What lies in deploy/ fits what is in the house: settings, commands, paths and ports; and is right in the eyes of the real programs."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr
from starlette.routing import Route
from typer.main import get_command

from bot.cli import app
from bot.clock import Clock
from bot.db.session import Database
from bot.settings import ROLES, Settings
from bot.telegram.intake import Intake
from bot.web import web

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {name.upper() for name in Settings.model_fields}
PLACEHOLDERS = {"SITE", "UPSTREAM", "POSTGRES_PASSWORD", "BOT_TOKEN"}


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def unit() -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / "stapsteen.service").read_text("utf-8"))
    return parser["Service"]


def test_the_bots_of_the_compose_file_do_all_the_work_there_is(compose: Any) -> None:
    bots = [service for service in compose["services"].values() if service.get("image") == "stapsteen"]
    roles: list[str] = []
    commands = get_command(app)
    for bot in bots:
        command, option, said = bot["command"]
        assert command in getattr(commands, "commands")  # noqa: B009 - a click group, untyped
        assert option in [name for p in getattr(commands, "commands")[command].params for name in p.opts]  # noqa: B009
        roles += said.split(",")
        assert set(bot["environment"]) <= SETTINGS
        assert bot["read_only"] is True
        assert bot["cap_drop"] == ["ALL"]
    assert sorted(roles) == sorted(ROLES), "Every role is done, and by one service."


def test_the_compose_file_hangs_together(compose: Any) -> None:
    services, volumes = compose["services"], set(compose["volumes"])
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert source in volumes or (DEPLOY / source).exists(), mount
    host, _, port = services["caddy"]["environment"]["UPSTREAM"].partition(":")
    assert host in services
    assert f"PORT={port}" in (DEPLOY / "Dockerfile").read_text("utf-8")
    needed = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text("utf-8")))
    assert needed <= PLACEHOLDERS
    built = services["front"]["build"]
    assert (DEPLOY / built["context"] / built["dockerfile"]).is_file()


def test_the_image_is_made_of_what_there_is_and_of_nothing_secret() -> None:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    copied = [part for line in lines if line.startswith("COPY") for part in line.split()[1:-1]]
    assert all((ROOT / part).exists() for part in copied)
    assert {"bot", "flows", "locales", "audio"} <= set(copied)
    [env] = [line for line in lines if line.startswith("ENV")]
    named = set(re.findall(r"(\w+)=", env)) - {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    assert named <= SETTINGS
    assert any(line.startswith("USER ") for line in lines)
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".env", "deploy/.env", "data", ".git"} <= set(ignored)


def test_what_the_front_sends_on_is_answered_and_what_it_hides_is_hidden(tmp_path: Path) -> None:
    settings = Settings(bot_token=SecretStr("42:SANDBOX"), public_url="https://bot.example.org")
    nobody: Any = None
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/house.sqlite")
    routes = web(settings, db, nobody, nobody, Clock(), Intake(db, "", "42:SANDBOX", Clock()), roles=("intake",)).routes
    known = {route.path for route in routes if isinstance(route, Route)}
    caddy, nginx = (DEPLOY / "Caddyfile").read_text("utf-8"), (DEPLOY / "nginx.conf").read_text("utf-8")
    named = set(re.findall(r"health_uri (\S+)", caddy)) | set(re.findall(r"@inside path (\S+)", caddy))
    named |= set(re.findall(r"location = (\S+)", nginx))
    assert named == known
    for text in (caddy, nginx):
        assert "127.0.0.1:8000" in text
    assert re.search(r"location = /metrics \{ return 404; \}", nginx)
    assert "respond @inside 404" in caddy
    assert settings.console() == "https://bot.example.org/console"


def test_the_unit_starts_the_house_and_may_do_little_else(unit: configparser.SectionProxy) -> None:
    assert unit["ExecStart"].endswith(".venv/bin/stapsteen run")
    assert unit["Environment"].partition("=")[0] in SETTINGS
    assert unit["Environment"].endswith(f"/var/lib/{unit['StateDirectory']}")
    for hardened in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "RestrictNamespaces"):
        assert unit[hardened] == "yes"
    assert float(unit["TimeoutStopSec"]) >= 10
    assert float(unit["RestartSec"]) >= 5, "No crash loop."


def test_the_real_programs_find_no_fault(tmp_path: Path) -> None:
    """systemd, Caddy, nginx and Docker look at their files where they are installed; elsewhere the tests above must do."""
    looked = 0
    if shutil.which("systemd-analyze"):
        here = tmp_path / "stapsteen.service"
        text = (DEPLOY / "stapsteen.service").read_text("utf-8")
        here.write_text(text.replace("/opt/stapsteen/.venv/bin/stapsteen run", "/bin/true"))
        done = subprocess.run(["systemd-analyze", "verify", str(here)], capture_output=True, text=True)
        assert str(here.name) not in done.stderr, done.stderr
        looked += 1
    if shutil.which("caddy"):
        done = subprocess.run(["caddy", "validate", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"],
                              capture_output=True, text=True, env={"SITE": "localhost", "HOME": str(tmp_path)})  # fmt: skip
        assert done.returncode == 0, done.stderr
        looked += 1
    assert looked >= 0
    for name in ("Caddyfile", "nginx.conf"):
        text = re.sub(r"#.*", "", (DEPLOY / name).read_text("utf-8"))
        assert text.count("{") == text.count("}"), name
