"""What lies in deploy/ fits what is in the house: settings, commands, paths and ports; and is right in the eyes of the real programs."""

from __future__ import annotations

import configparser
import os
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
from bot.settings import ROLES, Settings, schema_of
from bot.telegram.intake import Intake
from bot.web import config, web

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {name.upper() for name in Settings.model_fields}
PLACEHOLDERS = {
    "SITE",
    "UPSTREAM",
    "POSTGRES_PASSWORD",
    "BOT_TOKEN",
    "GENT",
    "GENT_TOKEN",
    "ANTWERPEN",
    "ANTWERPEN_TOKEN",
}
LEFT_OUT = {"MEDIA_STORE", "MEDIA_ENDPOINT", "MEDIA_KEY", "MEDIA_SECRET"}  # empty unless deploy/.env says otherwise
NAMES = {"SITE": "bot.example.org", "GENT": "gent.example.org", "ANTWERPEN": "antwerpen.example.org"}
SECRETS = {"POSTGRES_PASSWORD": "x", "BOT_TOKEN": "1:A", "GENT_TOKEN": "2:B", "ANTWERPEN_TOKEN": "3:C"}
FRONTS = {"compose.yaml": "Caddyfile", "two-bots.yaml": "two-bots.Caddyfile"}


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def unit() -> configparser.SectionProxy:
    return service("stapsteen.service")


def service(name: str) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / name).read_text("utf-8"))
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


def test_each_of_two_bots_has_a_place_a_name_and_a_schema_of_its_own() -> None:
    text = (DEPLOY / "two-bots.yaml").read_text("utf-8")
    bots = {name: s for name, s in yaml.safe_load(text)["services"].items() if s.get("image") == "stapsteen"}
    assert len(bots) == 2
    for name, bot in bots.items():
        said = bot["environment"]
        assert set(said) <= SETTINGS
        assert said["DATABASE_SCHEMA"] == name == schema_of(said["DATABASE_URL"], name)
        assert (bot["command"], bot["read_only"], bot["cap_drop"]) == (["run"], True, ["ALL"])
        assert f"reverse_proxy {name}:8000" in (DEPLOY / "two-bots.Caddyfile").read_text("utf-8")
    for own in ("BOT_TOKEN", "PUBLIC_URL"):
        assert len({bot["environment"][own] for bot in bots.values()}) == 2
    assert len({str(bot["volumes"]) for bot in bots.values()}) == 2


@pytest.mark.parametrize("name", FRONTS)
def test_the_compose_file_hangs_together(name: str) -> None:
    compose = yaml.safe_load((DEPLOY / name).read_text("utf-8"))
    services, volumes = compose["services"], set(compose["volumes"])
    for one in services.values():
        assert set(one.get("depends_on", {})) <= set(services)
        for mount in one.get("volumes", []):
            source = mount.split(":")[0]
            assert source in volumes or (DEPLOY / source).exists(), mount
    front = (DEPLOY / FRONTS[name]).read_text("utf-8")
    for known, said in services["caddy"]["environment"].items():
        assert f"{{${known}" in front
        front = front.replace(f"{{${known}:127.0.0.1:8000}}", said)
    ups = re.findall(r"reverse_proxy (\w+):(\d+)", front)
    assert ups
    for host, port in ups:
        assert host in services
        assert f"PORT={port}" in (DEPLOY / "Dockerfile").read_text("utf-8")
    needed = set(re.findall(r"\$\{(\w+)", (DEPLOY / name).read_text("utf-8")))
    assert needed <= PLACEHOLDERS | LEFT_OUT
    built = next(one["build"] for one in services.values() if "build" in one)
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
    two = (DEPLOY / "two-bots.Caddyfile").read_text("utf-8")
    for line in re.findall(r"(?:@inside path|respond @inside|health_uri|flush_interval|max_size) \S+", caddy):
        assert line in two
    named = set(re.findall(r"health_uri (\S+)", caddy)) | set(re.findall(r"@inside path (\S+)", caddy))
    named |= set(re.findall(r"location = (\S+)", nginx))
    assert named | {"/healthz"} == known, "What says that all is well is for the administrator, and closes no door."
    assert "/healthz" not in named
    for text in (caddy, nginx):
        assert "127.0.0.1:8000" in text
    assert re.search(r"location = /metrics \{ return 404; \}", nginx)
    assert "respond @inside 404" in caddy
    assert settings.console() == "https://bot.example.org/console"


@pytest.mark.parametrize(
    ("behind", "peer", "who"),
    [
        pytest.param(True, "172.18.0.5", "203.0.113.9", id="Caddy in the next container"),
        pytest.param(True, "127.0.0.1", "203.0.113.9", id="nginx on this machine"),
        pytest.param(True, "198.51.100.4", "198.51.100.4", id="a stranger who says so"),
        pytest.param(False, "192.168.1.7", "192.168.1.7", id="a neighbour, without a front"),
    ],
)
async def test_visitors_behind_a_front_are_told_apart_and_nobody_else_may_say_who_he_is(
    behind: bool, peer: str, who: str
) -> None:
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    made = config(inner, "127.0.0.1", 0, behind=behind)
    made.load()
    said = [(b"x-forwarded-for", b"198.18.0.1, 203.0.113.9"), (b"x-forwarded-proto", b"https")]
    nobody: Any = None
    await made.loaded_app({"type": "http", "client": (peer, 4711), "scheme": "http", "headers": said}, nobody, nobody)
    assert seen == [who]
    assert "X-Forwarded-For $remote_addr" in (DEPLOY / "nginx.conf").read_text("utf-8")


def test_the_unit_starts_the_house_and_may_do_little_else(unit: configparser.SectionProxy) -> None:
    assert unit["ExecStart"].endswith(".venv/bin/stapsteen run")
    assert unit["Environment"].partition("=")[0] in SETTINGS
    assert unit["Environment"].endswith(f"/var/lib/{unit['StateDirectory']}")
    for hardened in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "RestrictNamespaces"):
        assert unit[hardened] == "yes"
    assert float(unit["TimeoutStopSec"]) >= 10
    assert float(unit["RestartSec"]) >= 5, "No crash loop."


def test_a_unit_for_each_of_several_bots_differs_only_in_where_things_lie(unit: configparser.SectionProxy) -> None:
    several = service("stapsteen@.service")
    assert several["EnvironmentFile"] == "/etc/stapsteen/%i.env"
    assert several["Environment"] == "DATA=/var/lib/stapsteen/%i"
    assert several["StateDirectory"] == "stapsteen/%i"
    own = {"EnvironmentFile", "Environment", "StateDirectory"}
    assert {k: v for k, v in several.items() if k not in own} == {k: v for k, v in unit.items() if k not in own}


def test_braces_are_closed() -> None:
    for name in (*FRONTS.values(), "nginx.conf"):
        text = re.sub(r"#.*", "", (DEPLOY / name).read_text("utf-8"))
        assert text.count("{") == text.count("}"), name


def test_the_real_programs_find_no_fault(tmp_path: Path) -> None:
    """systemd, Caddy, nginx and Compose look at their files where they are installed; elsewhere the tests above must do."""
    for program, looks in (
        ("systemd-analyze", _systemd), ("caddy", _caddy), ("nginx", _nginx), ("docker-compose", _compose),
    ):  # fmt: skip
        if shutil.which(program):
            looks(tmp_path)


def _systemd(folder: Path) -> None:
    for name in ("stapsteen.service", "stapsteen@.service"):
        here = folder / name.replace("@", "@gent")
        text = (DEPLOY / name).read_text("utf-8")
        here.write_text(text.replace("/opt/stapsteen/.venv/bin/stapsteen run", "/bin/true"))
        done = subprocess.run(["systemd-analyze", "verify", str(here)], capture_output=True, text=True)
        assert here.name not in done.stderr, done.stderr


def _caddy(folder: Path) -> None:
    for name in FRONTS.values():
        _right("caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / name), HOME=str(folder))


def _nginx(folder: Path) -> None:
    """With a certificate of its own, which the real one gets from certbot, and nothing outside this folder."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bot.example.org", "-days", "1",
                    "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")], check=True, capture_output=True)  # fmt: skip
    ours = (DEPLOY / "nginx.conf").read_text("utf-8").replace("/etc/letsencrypt/live/bot.example.org", str(folder))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    aside = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    whole = folder / "nginx.conf"
    whole.write_text(f"pid {folder}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{aside}{ours}}}\n", "utf-8")
    _right("nginx", "-t", "-c", str(whole), "-e", str(folder / "errors"))


def _compose(folder: Path) -> None:
    for name in FRONTS:
        older = folder / name  # the older Compose that Debian has does not know `name`
        older.write_text(re.sub(r"(?m)^name: .*$", "", (DEPLOY / name).read_text("utf-8")), "utf-8")
        _right("docker-compose", "-f", str(older), "config")


def _right(*command: str, **more: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **NAMES, **SECRETS, **more})
    assert done.returncode == 0, done.stderr
