"""audio/voices.yaml: who speaks what."""

from pathlib import Path

import pytest

from bot.settings import default_content
from bot.speech.voices import Speaker, load


def test_our_languages_have_the_voices_they_should() -> None:
    voices = load(default_content() / "audio" / "voices.yaml")
    assert {"nl", "en", "fr", "ar", "tr", "uk", "ro", "es", "fa", "so", "ti"} <= set(voices)
    assert voices["so"] == Speaker(dutch="nl+f3")
    assert voices["ti"].gtts is None
    assert voices["ar"].needs_vowels


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nl: {espaek: nl}", "nl: unknown word espaek"),
        ("nl: {espeak: nl, wpm: 400}", "nl: wpm is '400'"),
        ("nl: {espeak: nl, wpm: slow}", "nl: wpm is 'slow'"),
    ],
)
def test_a_mistake_is_named_with_its_language(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "voices.yaml").write_text(line, "utf-8")
    with pytest.raises(ValueError, match=says):
        load(tmp_path / "voices.yaml")


def test_no_means_a_language_and_not_false(tmp_path: Path) -> None:
    (tmp_path / "voices.yaml").write_text("no: {espeak: nb}", "utf-8")
    assert load(tmp_path / "voices.yaml")["no"].espeak == "nb"
