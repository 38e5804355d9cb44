"""Texts in other languages: what is fuzzy, old, empty or lost a slot is missing, and nothing falls back piece by piece."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.speech.phrases import Phrase, Phrases, spoken_key

SOURCE = {
    "home.menu.text": "Kom om {time}",
    "home.menu.spoken": "Kom om {time} uur",
    "home.menu.faq.label": "Vragen",
    "common.one": "één",
}


def po(folder: Path, body: str, lang: str = "fr") -> Path:
    path = folder / "locales" / lang / "LC_MESSAGES" / "stapsteen.po"
    path.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path.write_text(head + body, encoding="utf-8")
    return folder


def entry(key: str, dutch: str, text: str, flag: str = "") -> str:
    return f'{flag}msgctxt "{key}"\nmsgid "{dutch}"\nmsgstr "{text}"\n\n'


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("home.menu.text", "home.menu.spoken"),
        ("home.menu.faq.label", "home.menu.faq.spoken"),
        ("faq.opvang_prijs.label", "faq.opvang_prijs.label.spoken"),
        ("common.one", "common.one.spoken"),
    ],
)
def test_every_text_has_a_key_for_how_it_is_said(key: str, said: str) -> None:
    assert spoken_key(key) == said


def test_dutch_comes_from_the_flows(tmp_path: Path) -> None:
    phrases = Phrases(SOURCE, tmp_path)
    assert phrases.get("nl", "home.menu.text") == Phrase("Kom om {time}", "Kom om {time} uur", "nl")
    assert phrases.get("nl", "common.one") == Phrase("één", "één", "nl")
    assert phrases.get("nl", "no.such.text") is None
    assert phrases.missing("nl") == []


GOOD = entry("home.menu.faq.label", "Vragen", "Questions")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(entry("home.menu.faq.label", "Vragen", "Questions", "#, fuzzy\n"), id="fuzzy"),
        pytest.param(entry("home.menu.faq.label", "Vroeger", "Questions"), id="of an older Dutch text"),
        pytest.param(entry("home.menu.faq.label", "Vragen", ""), id="empty"),
        pytest.param(entry("other.menu.faq.label", "Vragen", "Questions"), id="of another step"),
        pytest.param("", id="not there"),
    ],
)
def test_what_is_not_a_valid_translation_is_missing(tmp_path: Path, body: str) -> None:
    phrases = Phrases(SOURCE, po(tmp_path, body))
    assert phrases.get("fr", "home.menu.faq.label") is None
    assert "home.menu.faq.label" in phrases.missing("fr")


def test_a_valid_translation_is_found(tmp_path: Path) -> None:
    phrases = Phrases(SOURCE, po(tmp_path, GOOD))
    assert phrases.get("fr", "home.menu.faq.label") == Phrase("Questions", "Questions", "fr")


def test_a_translation_that_lost_its_slot_is_a_fault(tmp_path: Path) -> None:
    phrases = Phrases(SOURCE, po(tmp_path, entry("home.menu.text", "Kom om {time}", "Viens à {heure}")))
    assert "home.menu.text" in phrases.missing("fr")
    [fault] = phrases.faults("fr")
    assert "home.menu.text" in fault.says


def test_a_text_without_the_spoken_form_it_needs_is_missing(tmp_path: Path) -> None:
    phrases = Phrases(SOURCE, po(tmp_path, entry("home.menu.text", "Kom om {time}", "Viens à {time}")))
    assert phrases.get("fr", "home.menu.text") is None
    assert "home.menu.spoken" in phrases.missing("fr")


def test_a_language_with_vowels_apart_needs_a_spoken_form_of_every_text(tmp_path: Path) -> None:
    shown = entry("common.one", "één", "واحد")
    phrases = Phrases(SOURCE, po(tmp_path, shown, "ar"), ["ar"])
    assert phrases.get("ar", "common.one") is None
    both = shown + entry("common.one.spoken", "één", "وَاحِدٌ")
    (tmp_path / "two").mkdir()
    found = Phrases(SOURCE, po(tmp_path / "two", both, "ar"), ["ar"]).get("ar", "common.one")
    assert found == Phrase("واحد", "وَاحِدٌ", "ar")


def test_a_broken_file_is_a_fault_and_not_a_crash(tmp_path: Path) -> None:
    phrases = Phrases(SOURCE, po(tmp_path, 'msgid "open\n'))
    assert phrases.faults("fr")
    assert len(phrases.missing("fr")) == len(SOURCE)


def test_a_language_without_a_file_misses_everything(tmp_path: Path) -> None:
    assert len(Phrases(SOURCE, tmp_path).missing("tr")) == len(SOURCE)
