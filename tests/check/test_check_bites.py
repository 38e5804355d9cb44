"""Every rule of `stapsteen check` bites: one thing is broken in a copy of the content, and the fault names its file and line."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.check.content import faults, run_check
from bot.flow.reading import Fault
from bot.settings import default_content
from bot.speech.recordings import Recordings
from tests.journeys.scripted import tone

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
    pytest.param(change("flows/announcements/feast.yaml", "symbol: celebrate", "symbol: no-such"), "flows/announcements/feast.yaml", "no-such", id="picture of an announcement"),
    pytest.param(change(CARE, "    service: {who: ask, cost: ask, language: ask}\n", ""), CARE, "opvang_zoeken. needs .service", id="says not whether it is a service"),
    pytest.param(change(CARE, "cost: ask, language", "language"), CARE, "opvang_zoeken.: .cost. is said or ask", id="says nothing of the cost"),
    pytest.param(change(CARE, "cost: ask", "cost: said"), CARE, "opvang_zoeken.: its Dutch does not say .cost", id="claims to say the cost"),
    pytest.param(change(CARE, "cost: ask", "cots: ask"), CARE, "cots", id="word of a service that is not known"),
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


def arabic(key: str, old: str, new: str) -> Break:
    """Changes the Arabic of one key."""

    def act(folder: Path) -> None:
        path = folder / ARABIC
        before, there, after = path.read_text("utf-8").partition(f'msgctxt "{key}"\n')
        assert there, key
        assert old in after, f"{old} is not in {key}"
        path.write_text(before + there + after.replace(old, new, 1), "utf-8")

    return act


def old_recording(folder: Path) -> None:
    Recordings(folder / "audio" / "recordings").add(
        "nl", "home.menu.ask.label", tone(440, 0.5), "Vragen", "warda", ("noor",)
    )


def own_photo(name: str, data: bytes) -> Break:
    def act(folder: Path) -> None:
        (folder / "flows" / "pictures" / "own" / name).write_bytes(data)

    return act


def far_away(folder: Path) -> None:
    """A corridor of seven steps behind home, and at its end a step without the row of buttons below."""
    change(HOME, "    choices:\n", '    choices:\n      far: {symbol: search, label: "Dag", go: far1}\n')(folder)
    for n in range(1, 7):
        choice = f'choices: {{on: {{symbol: yes, label: "Dag", go: far{n + 1}}}}}'
        add_step(f'  far{n}: {{symbols: [heart], text: "Dag.", {choice}}}\n')(folder)
    last = 'choices: {on: {symbol: yes, label: "Dag", go: menu}}'
    add_step(f'  far7: {{symbols: [heart], text: "Dag.", footer: no, {last}}}\n')(folder)


AR = "ar: {gtts: ar, espeak: ar+f2"
LONG_START = f"Ga {'samen ' * 50}."
TOGETHER = [  # each breaks something else, so all are broken in one copy
    pytest.param(change(CARE, "In veel opvang betaal", "In menige opvang betaal"), CARE, "no text has “menige”", id="rare word"),
    pytest.param(change(CARE, "Wennen gaat stap", f"{LONG_START} Wennen gaat stap"), CARE, "comes to its point", id="point comes late"),
    pytest.param(change(CARE, "Ga naar het OCMW", LONG_TEXT + "Ga naar het OCMW"), CARE, "fit under a voice note", id="long caption"),
    pytest.param(arabic("home.menu.ask.label", "أريد", "hello أريد"), ARABIC, "outside brackets: “ehlo”", id="two languages shown"),
    pytest.param(arabic("home.menu.meeting.label", "مجموعتنا", "مجموعتنَا"), ARABIC, "what is shown has vowel", id="vowels shown"),
    pytest.param(arabic("faq.nood_gif.text", "\u2066070 245 245\u2069", "070 245 245"), ARABIC, "falls apart", id="number not isolated"),
    pytest.param(arabic("home.menu.settings.label", "الإعدادات", "طوارئ: مساعدة الآن"), ARABIC, "words of another choice", id="two labels the same"),
    pytest.param(arabic("home.menu.faq.spoken", "حَضَانَةٌ وَمَدْرَسَةٌ", "حضانة ومدرسة وغيرهما وكل"), ARABIC, "too few vowel signs", id="vowels not said"),
    pytest.param(arabic("home.menu.ask.spoken", "أُرِيدُ", "hello أُرِيدُ"), ARABIC, "what is said has letters of another", id="two languages said"),
    pytest.param(arabic("faq.opvang.label", "حضانة", "حضانة" * 9), ARABIC, "fit on a button", id="long label in Arabic"),
    pytest.param(change("audio/voices.yaml", AR, f"xx: {AR[4:]}"), "audio/voices.yaml", "nobody says", id="no voice"),
    pytest.param(old_recording, "audio/recordings/nl/home.menu.ask.label.ogg", "never played", id="stale recording"),
    pytest.param(own_photo("door.jpg", b""), "flows/pictures/own/door.jpg", "no picture is called `door`", id="own photo of nothing"),
    pytest.param(own_photo("house.JPG", b""), "flows/pictures/own/house.JPG", "ends in one of", id="own photo of another kind"),
    pytest.param(own_photo("bus.png", b"no photo"), "flows/pictures/own/bus.png", "cannot be read", id="own photo that is none"),
    pytest.param(far_away, HOME, "more than 5 and nobody finds it", id="too deep"),
    pytest.param(lambda folder: None, HOME, "she cannot get away", id="no row below"),
    pytest.param(change("flows/settings.yaml", 'label: "', 'label: "Ꭰ'), "flows/settings.yaml", "empty boxes", id="letter without a shape"),
]  # fmt: skip


@pytest.fixture(scope="module")
def all_broken(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Fault]:
    folder = tmp_path_factory.mktemp("broken") / "content"
    shutil.copytree(whole, folder)
    for param in TOGETHER:
        broken: Break = param.values[0]  # type: ignore[assignment]
        broken(folder)
    return faults(folder)


@pytest.mark.parametrize(("broken", "file", "says"), TOGETHER)
def test_each_of_these_rules_bites_too(all_broken: list[Fault], broken: Break, file: str, says: str) -> None:
    found = [fault for fault in all_broken if re.search(says, fault.says)]
    assert found, f"nothing says “{says}”"
    assert any(re.fullmatch(file, fault.file) and fault.line >= 1 for fault in found)


def test_faults_can_be_had_as_json_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(HOME, "symbol: ask,", "symbol: nothing-like-it,")(folder)
    assert run_check(folder, update_po=False, contact_sheet=None, as_json=True) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"file", "line", "says"} == set(rows[0])
