"""The other readers of what comes from outside: files of the host, settings, codes, buttons, forms, archives. An answer or a sentence."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
from fastapi import HTTPException
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import backup
from bot.backup import BadArchive
from bot.care import erasures, feed, groups, knocks, logins, outbox, own_words, places_file, staff
from bot.console import forms, places_room, preview_room
from bot.console.forms import Wrong
from bot.db import moving
from bot.db.session import Database
from bot.db.trouble import Unusable
from bot.messages import Utterance
from bot.settings import Settings
from bot.speech import ogg, voices
from bot.speech.errors import BadSound
from bot.speech.phrases import Phrases
from bot.speech.recordings import Recordings
from bot.telegram import intake
from bot.telegram.read import BIGGEST
from tests.given.house import TUESDAY
from tests.security.test_readers import calm, updates

few = settings(calm, max_examples=40)
words = st.text(max_size=60)
numbers = (
    st.integers(-(2**70), 2**70).map(str) | st.from_regex(r"\d{1,6}", fullmatch=True) | st.just("9" * 5000) | words
)
ODD = ("", " ", "\x00", "²", "٣", "9" * 5000, "-1", "1e9", "\ud800", "x" * 10_000, "NaN", "../../etc/passwd", "%00")


# ---------------------------------------------------------------- files of translators, of voices, of the host


@few
@given(st.text(max_size=300), st.booleans())
@example('msgctxt "home.menu.text"\nmsgid "Dag {name}"\nmsgstr "Hello {0.__class__}"\n', False)
@example('msgid ""\nmsgstr "Content-Type: text/plain; charset=nonsense\\n"\n', False)
@example('msgid ""\nmsgstr "Plural-Forms: nplurals=99; plural=__import__(1);\\n"\n', False)
@example('msgctxt "home.menu.text"\nmsgid "Dag {name}"\nmsgid_plural "x"\nmsgstr[7] "y"\n', False)
def test_any_file_of_a_translator_is_read_or_its_fault_is_named(
    tmp_path_factory: pytest.TempPathFactory, text: str, header: bool
) -> None:
    folder = tmp_path_factory.getbasetemp() / "po"
    path = folder / "locales" / "xx" / "LC_MESSAGES" / "stapsteen.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((('msgid ""\nmsgstr ""\n\n' if header else "") + text).encode("utf-8", "surrogatepass"))
    phrases = Phrases({"home.menu.text": "Dag {name}"}, folder)
    found = phrases.get("xx", "home.menu.text")
    assert phrases.faults("xx") or found is None or "{name}" in found.text


@few
@given(st.binary(max_size=400), st.integers(0, 60))
@example(b"OggS" + b"\x00" * 40 + b"OpusHead", 0)
def test_what_any_file_says_of_its_length_is_a_length_or_refused(noise: bytes, at: int) -> None:
    head = bytearray(b"OggS" + b"\x00" * 24 + b"OpusHead" + b"\x01" * 30)
    head[at : at + 9] = noise[:9]
    for data in (noise, bytes(head)):
        with contextlib.suppress(BadSound):
            assert 0 <= ogg.info(data).seconds < 2**63


@few
@given(st.text(max_size=120))
@example("nl: {engine: [x]}")
@example("[1, 2]")
@example("nl: 3")
@example("nl: {wpm: '9999999999999999999999999'}")
@example("nl: {wpm: '²²²'}")
def test_any_list_of_voices_is_read_or_refused_with_the_language_in_it(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "voices.yaml"
    path.write_text(text, "utf-8", "replace")
    with contextlib.suppress(ValueError):
        assert isinstance(voices.load(path), dict)


@few
@given(st.text(max_size=200) | st.recursive(st.none() | st.integers() | words, lambda x: st.lists(x) | st.dictionaries(words, x)).map(json.dumps))  # fmt: skip
@example("[]")
@example('{"home.menu.text": []}')
@example("\r")
@example("[" * 5000)
def test_a_list_of_recordings_that_is_damaged_plays_nothing(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("sounds")
    (folder / "so").mkdir()
    damaged = text.encode("utf-8", "replace")
    (folder / "so" / "manifest.json").write_bytes(damaged)
    kept = Recordings(folder)
    assert kept.find("so", "home.menu.text", "Dag") is None
    kept._save("so", {"home.other.text": {"audio": "x", "text_hash": "x", "heard_ok": [], "speaker": "Hodan"}})
    found = {path.read_bytes() for path in (folder / "so").iterdir() if path.suffix in (".json", ".damaged")}
    assert any(b"Hodan" in one for one in found)
    assert len(found) == 1 or damaged in found  # what was damaged is still there


@few
@given(st.lists(st.text(max_size=60), max_size=6).map("\n".join), st.booleans())
@example("ab 2026-01-01\nab 2026-01-01T00:00:00+00:00", True)
@example("ab 9999-12-31T23:59:59+14:00", True)
def test_any_list_of_who_was_forgotten_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, salted: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "erased"
    path.write_text(("salt x\n" if salted else "") + text, "utf-8", "replace")
    with contextlib.suppress(ValueError):
        _, found = erasures.read(path)
        assert all(when.tzinfo for when in found.values())


@calm
@given(st.binary(max_size=400))
@example(b"PK\x03\x04" + b"\x00" * 100)  # a spreadsheet, as Excel keeps it
@example("category_nl;name\nspeeltuin;Café".encode("cp1252"))
@example(b"category_nl,name\n\x81\x8d,x")
def test_any_upload_of_places_is_taken_in_or_refused_in_a_sentence(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(places_file.read(places_room._text(data), {}, TUESDAY.date()).rows, list)


# ---------------------------------------------------------------- archives


def packed(files: dict[str, bytes], links: bool = False) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        if links:
            link = tarfile.TarInfo("tables/out")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
    return out.getvalue()


manifests = st.recursive(
    st.none() | st.integers() | words,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("format", "files", "tables", "sha256", "../x", "a")), inner, max_size=4)
    ),
    max_leaves=12,
)


def unpacked(folder: Path, data: bytes, name: str, secret: SecretStr | None = None) -> None:
    """What unpacking makes of it is a manifest or one sentence, and nothing is left outside its folder."""
    inside = folder / "in"
    inside.mkdir()
    (folder / name).write_bytes(data)
    with contextlib.suppress(BadArchive):
        assert isinstance(backup.unpack(folder / name, inside, secret), dict)
    assert {path.name for path in folder.iterdir()} == {"in", name}


@few
@given(st.binary(max_size=300), st.integers(0, 400), manifests, st.sampled_from(("x.tar.gz", "x.tar")), st.booleans())
@example(b"", 0, {"format": 1}, "x.tar.gz", False)
@example(b"", 0, {"format": 1, "files": [], "tables": {}}, "x.tar.gz", False)
@example(b"", 0, {"format": 1, "files": {"/etc/passwd": "x"}, "tables": {"../../etc/passwd": {"sha256": "x"}}}, "x.tar.gz", True)  # fmt: skip
@example(b"\x00" * 40, 60, {"format": 1}, "x.tar.gz", False)
def test_any_archive_is_a_backup_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int, manifest: Any, name: str, links: bool
) -> None:
    data = bytearray(packed({"manifest.json": json.dumps(manifest).encode(), "../../out.txt": b"x"}, links))
    data[at : at + len(noise) % 50] = noise[: len(noise) % 50]
    unpacked(tmp_path_factory.mktemp("whole"), packed({"manifest.json": json.dumps(manifest).encode()}, links), name)
    unpacked(tmp_path_factory.mktemp("bent"), bytes(data), name)
    unpacked(tmp_path_factory.mktemp("noise"), noise, name)
    unpacked(tmp_path_factory.mktemp("gz"), gzip.compress(noise), name)


@few
@given(st.binary(max_size=200), st.integers(0, 900))
def test_any_locked_archive_opens_or_is_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int
) -> None:
    bent = bytearray(locked())
    bent[at : at + len(noise) % 30] = noise[: len(noise) % 30]
    for data in (bytes(bent), _tar({backup.KEY: noise, backup.LOCKED: noise}), _tar({backup.KEY: noise})):
        unpacked(tmp_path_factory.mktemp("locked"), data, "x.age.tar", SecretStr("open sesame"))


def locked() -> bytes:
    """An archive as `backup._lock` makes it, but quickly: its key stands in plain age for a recipient that nobody has."""
    pyrage = backup._age()
    recipient = pyrage.x25519.Identity.generate().to_public()
    return _tar({backup.KEY: pyrage.encrypt(b"x", [recipient]), backup.LOCKED: pyrage.encrypt(b"y", [recipient])})


def _tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


# ---------------------------------------------------------------- settings, addresses


@calm
@given(st.sampled_from(sorted(Settings.model_fields)), words | numbers)
@example("keep", "letters=" + "9" * 5000)
@example("keep", "letters=²")
@example("database_url", "postgresql://[x/y?schema=a")
@example("evening", "24:00")
def test_any_setting_is_taken_or_refused_by_its_name(name: str, value: str) -> None:
    given_name = "BOT_TOKEN" if name == "bot_token" else name
    with contextlib.suppress(ValidationError):
        assert Settings(**{given_name: value, "_env_file": None})  # type: ignore[arg-type]


@few
@given(st.binary(max_size=200))
def test_any_file_of_settings_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.env"
    path.write_bytes(b"EVENING=18:00\n" + data.replace(b"\x00", b""))
    before = dict(os.environ)
    with contextlib.suppress(ValidationError, UnicodeDecodeError):
        assert Settings(_env_file=path)  # type: ignore[call-arg]
    assert dict(os.environ) == before


@calm
@given(words | st.text(max_size=40).map("postgresql:".__add__) | st.text(max_size=40).map("sqlite:".__add__))
@example("postgresql://user:pass@[::1/x")
@example("postgresql://u:p?w@host/db?schema=x;y")
@example("sqlite:///x?schema=gent")
def test_any_address_of_a_database_is_one_or_refused_without_its_password(said: str) -> None:
    answer = ""
    try:
        answer = moving.address(said)
    except Unusable as refused:
        answer = f"refused: {refused}".replace("p?w@", "its password")
    assert answer.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg:", "refused: "))
    assert "its password" not in answer


# ---------------------------------------------------------------- what a browser or Telegram brings


@calm
@given(words | numbers)
def test_whatever_travels_with_a_button_names_one_or_none(data: str) -> None:
    token, index = outbox.reference(data)
    assert data.startswith(token)
    assert -1 <= index < 1000
    assert outbox.button_of({"buttons": [[{"label": "x", "to": {}}]]}, index) is None or index == 0


@calm
@given(st.binary(max_size=200) | st.text(max_size=200))
@example("[" * 100_000)
@example('{"result": {}}')
@example('{"ok": false, "parameters": 3}')
@example('{"result": [NaN, 1e999, "\\ud800"]}')
def test_any_body_from_telegram_is_read_or_set_aside(body: Any) -> None:
    intake._json(body)
    for status in (200, 400, 429, 500):
        with contextlib.suppress(intake.Trouble):
            assert isinstance(intake._updates(status, body if isinstance(body, str) else body.decode("utf-8", "replace")), list)  # fmt: skip


@calm
@given(updates)
@example({"update_id": 2**80, "message": "\ud800"})
@example([["x"]])
def test_any_update_becomes_a_row_that_a_database_takes(update: Any) -> None:
    row = intake._row("telegram:1", update)
    assert abs(row["update_id"]) <= BIGGEST
    json.dumps(row["raw"], ensure_ascii=False).encode()


@calm
@given(numbers, words)
@example("9" * 5000, "0001-01-01")
def test_any_field_of_a_form_is_read_or_refused_in_a_sentence(number: str, text: str) -> None:
    for read, what in ((forms.day_of, text), (forms.time_of, text), (forms.day_of, number), (forms.time_of, number)):
        with contextlib.suppress(Wrong):
            read(what)
    with contextlib.suppress(Wrong):
        assert 0 <= forms.number_of(number, 0, 99) <= 99
    assert len(forms.line_of(text, 20)) <= 20
    forms.spot_of(number), forms.spot_of(text)
    with contextlib.suppress(ValidationError, HTTPException):
        preview_room._unpacked(text)


@few
@given(st.binary(max_size=300))
@example(b"[" * 4000)
@example(b"[]")
@example(b"\xff\xfe")
def test_any_state_of_the_preview_is_one_or_not_there(data: bytes) -> None:
    with contextlib.suppress(HTTPException):
        assert isinstance(preview_room._unpacked(base64.urlsafe_b64encode(data).decode()), dict)


@calm
@given(st.text(max_size=5000))
@example("\u202e" * 50)
@example("x" * 5000)
def test_any_words_of_staff_fit_into_telegram(text: str) -> None:
    for said in own_words.utterances(text, None):
        assert isinstance(said, Utterance)
        assert len(said.text) <= (4096 if said.kind == "text" else 1024)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_no_odd_code_opens_anything(db: Database, second: AsyncSession) -> None:
    """Codes of invitations, staff, calendars, links and numbers: whatever they are, nobody comes in, and the database holds."""
    for odd in (*ODD, "' OR 1=1 --", "staff-", "A" * 64):
        async with db.begin() as session:
            assert await groups.by_invite(session, odd, TUESDAY) is None
            assert await feed.by_secret(session, odd) is None
            assert await logins.enter(session, odd, TUESDAY, odd, odd) is None
            assert await logins.inside(session, odd, TUESDAY) is None
            assert await knocks.of_number(session, odd, TUESDAY) is None
            assert await knocks.come_in(session, odd, TUESDAY) is None
            assert await staff.claim(session, f"staff-{odd}", 1, TUESDAY) in (None, "expired", "used")
