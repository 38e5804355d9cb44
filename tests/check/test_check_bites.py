"""Every rule of `stapsteen check` bites: one thing is broken in a copy of the content, and the fault names its file and line."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.check.content import faults, run_check
from bot.settings import default_content

Break = Callable[[Path], None]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the real content, with Dutch and Arabic offered: enough for every rule, and quick."""
    folder = tmp_path_factory.mktemp("content")
    for name in ("flows", "locales", "audio"):
        shutil.copytree(default_content() / name, folder / name, ignore=shutil.ignore_patterns("cache"))
    languages = folder / "locales" / "languages.yaml"
    blocks = re.split(r"(?m)^(?=  [a-z]{2,3}:$)", languages.read_text("utf-8"))
    kept = [b if b[:5].strip(" :\n") in ("nl", "ar") else b.replace('offered: "yes"', 'offered: "no"') for b in blocks]
    languages.write_text("".join(kept), "utf-8")
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    target = tmp_path / "content"
    shutil.copytree(whole, target)
    return target


def change(file: str, old: str, new: str) -> Break:
    """Replaces the first `old` of a file."""

    def act(folder: Path) -> None:
        path = folder / file
        text = path.read_text("utf-8")
        assert old in text, f"{old} is not in {file}"
        path.write_text(text.replace(old, new, 1), "utf-8")

    return act


def add_step(step: str) -> Break:
    """One more step at the end of the home flow, reached from nowhere unless it says so."""

    def act(folder: Path) -> None:
        path = folder / "flows" / "home.yaml"
        path.write_text(path.read_text("utf-8").rstrip() + "\n" + step, "utf-8")

    return act


def recording(folder: Path) -> None:
    """A recording of a phrase that does not exist any more."""
    place = folder / "audio" / "recordings" / "nl"
    place.mkdir(parents=True, exist_ok=True)
    (place / "home.gone.text.ogg").write_bytes(b"OggS")


HOME = "flows/home.yaml"
ARABIC = "locales/ar/LC_MESSAGES/stapsteen.po"
LONG_SENTENCE = "Dag dit zijn elf woorden en dat is er net een!"
CARE = "flows/faq/opvang.yaml"
LONG_TEXT = "Dit is een zin die wij vaak zeggen. " * 40

RULES = [
    pytest.param(change(HOME, "symbol: ask,", "symbol: nothing-like-it,"), HOME, "nothing-like-it", id="unknown picture"),
    pytest.param(change(HOME, "symbol: ask,", "symbol: faq,"), HOME, "same picture twice", id="two the same"),
    pytest.param(change(HOME, "go: ask.start", "go: ask.nowhere"), HOME, "does not exist", id="goes nowhere"),
    pytest.param(change(HOME, 'label: "Iets vragen"', 'label: "Iets vragen aan de begeleider"'), HOME, "fit on a button", id="long label"),
    pytest.param(change(HOME, 'text: "', f'text: "{LONG_SENTENCE} '), HOME, "a sentence of", id="long sentence"),
    pytest.param(change(CARE, "Begin vroeg, want", "Begin vroeg. Vraag hulp. Want"), CARE, "sentences; at most 4", id="long answer"),
    pytest.param(change(HOME, 'text: "', 'text: "Je krijgt zeker plaats. '), HOME, "promises", id="promise"),
    pytest.param(change(HOME, 'text: "', 'text: "Om 9.30. '), HOME, "has a digit", id="digit said aloud"),
    pytest.param(change(HOME, 'text: "', 'text: "Ga naar het OCMW. '), HOME, "capital letters", id="letters said one by one"),
    pytest.param(change(HOME, 'text: "', f'text: "{LONG_TEXT}'), HOME, "takes about", id="too long to listen to"),
    pytest.param(change(HOME, 'text: "', 'text: "Neem bus {lijn}. '), HOME, "cannot be filled in|is not a word", id="unknown slot"),
    pytest.param(change(HOME, "flow: home", "flow: house"), HOME, "its file", id="name of the file"),
    pytest.param(change(HOME, "choices:", "chioces:"), HOME, "chioces", id="word that is not known"),
    pytest.param(add_step('  alone: {symbols: [heart], text: "Dag."}\n'), HOME, "can never be reached", id="never reached"),
    pytest.param(
        add_step('  stuck: {symbols: [heart], text: "Dag.", footer: no}\n'), HOME, "a dead end", id="dead end"
    ),
    pytest.param(
        add_step('  typed: {symbols: [heart], text: "Dag.", wait: {text: menu}}\n'), HOME, "only typing", id="must type"
    ),
    pytest.param(
        add_step('  round: {symbols: [heart], text: "Dag.", go: round}\n'), HOME, "circle", id="talks for ever"
    ),
    pytest.param(
        add_step("  magic: {do: conjure, on: {ok: menu}}\n"), HOME, "nothing is called `conjure`", id="unknown effect"
    ),
    pytest.param(change(HOME, "go: faq.nood", "go: settings.menu"), "flows/faq.yaml|flows/faq/nood.yaml", "help is", id="far from help"),
    pytest.param(
        change("flows/faq/nood.yaml", "also: [gez_avond", "also: [gez_morgen"), "flows/faq/nood.yaml", "gez_morgen", id="also"
    ),
    pytest.param(change(ARABIC, 'msgid "Iets vragen"', 'msgid "Iets anders vragen"'), ARABIC, "not translated", id="Dutch has changed"),
    pytest.param(recording, "audio/recordings/nl/home.gone.text.ogg", "orphan", id="recording of nothing"),
]  # fmt: skip


def test_the_copy_is_in_order_before_anything_is_broken(whole: Path) -> None:
    assert [str(fault) for fault in faults(whole)] == []


@pytest.mark.parametrize(("broken", "file", "says"), RULES)
def test_each_rule_bites(folder: Path, broken: Break, file: str, says: str) -> None:
    broken(folder)
    found = [fault for fault in faults(folder) if re.search(says, fault.says)]
    assert found, f"nothing says “{says}”: {[str(f) for f in faults(folder)][:5]}"
    assert any(re.fullmatch(file, fault.file) and fault.line >= 1 for fault in found)


def test_faults_can_be_had_as_json_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(HOME, "symbol: ask,", "symbol: nothing-like-it,")(folder)
    assert run_check(folder, update_po=False, contact_sheet=None, as_json=True) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"file", "line", "says"} == set(rows[0])
