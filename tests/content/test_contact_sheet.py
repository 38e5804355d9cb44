"""All pictures on one sheet, each with everything a language says beside it: to be looked at, and mended."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from bot.check.content import labels, run_check
from bot.flow import load as flows
from bot.pictures import symbols
from bot.pictures.sheet import contact_sheet
from bot.pictures.text import clean, script
from bot.settings import default_content
from bot.speech.voices import dutch_names

ROOT = default_content()


@pytest.mark.parametrize(
    ("lang", "letters"), [("ti", "[\u1200-\u137f]"), ("ar", "[\u0621-\u064a]"), ("uk", "[а-яіїєґ]")]
)
def test_a_sheet_has_the_words_of_its_language_in_its_own_script(lang: str, letters: str) -> None:
    said, names = labels(ROOT, lang), {*dutch_names(ROOT / "audio" / "dutch_names.txt"), "OCMW"}
    assert len(said) > 80
    for symbol, words in said.items():
        assert symbol in symbols.load(ROOT / "flows" / "pictures")
        for text in words:
            assert text in names or re.search(letters, text, re.IGNORECASE), (symbol, text)
            script(clean(text))  # raises Tofu where a letter has no shape


def test_the_sheet_is_drawn_with_the_labels_under_the_pictures(tmp_path: Path) -> None:
    known = labels(ROOT, "ti")
    plain, named = tmp_path / "plain.png", tmp_path / "ti.png"
    count = contact_sheet(plain, ROOT / "flows" / "pictures")
    assert contact_sheet(named, ROOT / "flows" / "pictures", labels=known, lang="ti") == count
    with Image.open(plain) as one, Image.open(named) as other:
        assert other.width == one.width
        assert other.height > one.height


def test_a_language_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="“zz” is not a language of this content"):
        run_check(ROOT, update_po=False, contact_sheet=tmp_path / "x.png", as_json=False, lang="zz")


def test_what_she_may_tap_on_one_card_differs_in_picture() -> None:
    for step in flows.load(ROOT).flows.values():
        pictures = [choice.symbol for choice in step.choices]
        assert len(set(pictures)) == len(pictures), step.name
