"""Every language we offer is complete, keeps its slots, its script and its vowel signs, and fits on its buttons."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.check import messages, spoken
from bot.flow import load as flows
from bot.speech.phrases import SLOT, Phrases, is_spoken

ROOT = Path(__file__).resolve().parents[2]
OFFERED = [lang for lang, about in messages.languages(ROOT).items() if about["offered"] == "yes"]
TRANSLATED = [lang for lang in OFFERED if lang != "nl"]
SCRIPT = flows.load(ROOT)
PHRASES = Phrases(SCRIPT.source, ROOT, messages.spoken_apart(ROOT))
TEXTS = [key for key in SCRIPT.source if not is_spoken(key)]
BUTTON = 32  # letters on a button; the Dutch aims at 24


def test_the_first_languages_are_offered() -> None:
    assert {"nl", "en", "fr", "ar"} <= set(OFFERED)


def test_every_language_says_who_it_is() -> None:
    words = {
        "name",
        "dutch",
        "dir",
        "script",
        "spoken_apart",
        "fallback",
        "offered",
        "text",
        "reviews",
        "voice",
        "greeting",
    }
    for lang, about in messages.languages(ROOT).items():
        assert words <= set(about), lang
        assert about["dir"] in ("ltr", "rtl"), lang
        assert about["script"] in spoken.SCRIPTS, lang
        assert about["fallback"] in ("", *messages.languages(ROOT)), lang


@pytest.mark.parametrize("lang", TRANSLATED)
def test_nothing_is_missing_in_a_language_that_is_offered(lang: str) -> None:
    assert PHRASES.missing(lang) == []
    assert PHRASES.faults(lang) == []


@pytest.mark.parametrize("lang", OFFERED)
def test_slots_are_the_same_in_what_is_shown_and_what_is_said(lang: str) -> None:
    for key in TEXTS:
        phrase = PHRASES.get(lang, key)
        assert phrase is not None
        wanted = sorted(SLOT.findall(SCRIPT.source[key]))
        assert sorted(SLOT.findall(phrase.text)) == sorted(SLOT.findall(phrase.spoken)) == wanted, key


@pytest.mark.parametrize("lang", OFFERED)
def test_what_is_said_has_no_digits_and_no_letters_of_another_script(lang: str) -> None:
    script = str(messages.languages(ROOT)[lang]["script"])
    for key in TEXTS:
        phrase = PHRASES.get(lang, key)
        assert phrase is not None
        assert list(spoken.faults(phrase.spoken, script, lang in PHRASES.spoken_apart)) == [], key


@pytest.mark.parametrize("lang", OFFERED)
def test_labels_fit_on_a_button(lang: str) -> None:
    for key in TEXTS:
        phrase = PHRASES.get(lang, key)
        assert phrase is not None
        if key.endswith(".label"):
            assert len(phrase.text) <= BUTTON, key


def test_answers_are_short() -> None:
    for topic in SCRIPT.topics:
        sentences = re.split(r"(?<=[.?!])\s+", SCRIPT.source[f"faq.{topic}.text"])
        assert 2 <= len(sentences) <= 4, topic
        assert max(len(sentence.split()) for sentence in sentences) <= 13, topic


def test_every_number_for_help_is_one_tap_from_the_sos_card() -> None:
    sos = SCRIPT.flows["faq.nood"]
    steps = [sos, *(SCRIPT.flows[choice.go] for choice in sos.choices)]
    numbers = {number for step in steps for _label, number in step.contacts}
    assert numbers == {"112", "101", "070 245 245", "1712", "116 000", "1733", "1813", "106"}


def test_the_template_has_every_text_of_the_flows() -> None:
    template = messages.read(ROOT / "locales" / "stapsteen.pot")
    assert template is not None
    told = {message.context: message.id for message in messages.entries(template)}
    assert told == SCRIPT.source, "run: stapsteen check --update-po"


# ---------------------------------------------------------------- the translators' files


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the content to change."""
    for name in ("flows", "locales"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def test_updating_twice_changes_nothing(house: Path) -> None:
    path = Phrases({}, house).path("fr")
    messages.update(house, "fr")
    before = path.read_bytes()
    messages.update(house, "fr")
    assert path.read_bytes() == before


def test_a_changed_dutch_text_makes_its_translation_fuzzy(house: Path) -> None:
    _change(house, 'label: "Kinderopvang"', 'label: "De kinderopvang"')
    entry = next(m for m in messages.entries(messages.update(house, "ar")) if m.context == "faq.opvang.label")
    assert (entry.fuzzy, entry.string) == (True, "حضانة الأطفال")
    assert entry.previous_id == ["Kinderopvang"]
    again = next(m for m in messages.entries(messages.update(house, "ar")) if m.context == "faq.opvang.label")
    assert (again.previous_id, again.user_comments) == (["Kinderopvang"], [])  # not taken for a translator's remark
    script = flows.load(house)
    assert "faq.opvang.label" in Phrases(script.source, house, {"ar"}).missing("ar")


def test_a_text_that_is_gone_is_dropped_and_a_new_one_is_empty(house: Path) -> None:
    _change(house, "opvang_prijs:", "opvang_tarief:")
    told = {m.context: m.string for m in messages.entries(messages.update(house, "en"))}
    assert "faq.opvang_prijs.label" not in told
    assert told["faq.opvang_tarief.label"] == ""


def test_arabic_asks_for_a_spoken_form_of_everything(house: Path) -> None:
    arabic = {m.context for m in messages.entries(messages.update(house, "ar"))}
    english = {m.context for m in messages.entries(messages.update(house, "en"))}
    assert "faq.opvang.label.spoken" in arabic - english
    assert english == set(SCRIPT.source)


def _change(house: Path, old: str, new: str) -> None:
    path = house / "flows" / "faq" / "opvang.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
