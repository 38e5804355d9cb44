"""What counts as the same words, and where a text is cut."""

import pytest

from bot.speech.text import any_of, canon, pack, runs, text_hash, vowelled


def test_an_emoji_a_space_or_a_direction_mark_more_is_not_another_text() -> None:
    assert text_hash("Tot  morgen!") == text_hash("Tot morgen! 👋")
    assert text_hash("\u2067غدًا\u2069") == text_hash("غدًا")
    assert text_hash("Tot morgen!") != text_hash("Tot vrijdag!")
    assert canon("می\u200cآیم") == "می\u200cآیم"  # the Persian non-joiner changes the word


DUTCH = (
    "Opvang is voor alle kinderen. Bel de dienst. Kom langs op dinsdag. "
    "Je betaalt volgens je inkomen, en dat vraag je samen met de begeleider aan bij het loket van de stad of de gemeente. Tot dan!"
)
URDU = "کل صبح ساڑھے نو بجے ملاقات ہے۔ بچوں کو ساتھ لائیں۔ " * 4


@pytest.mark.parametrize("text", [DUTCH, URDU, "Kort.", "woord " * 60], ids=["nl", "ur", "short", "no stops"])
def test_a_text_is_cut_between_sentences_and_loses_no_word(text: str) -> None:
    pieces = pack(text)
    assert " ".join(pieces).split() == text.split()
    assert max(map(len, pieces)) <= 100


def test_pieces_are_filled_and_end_at_a_full_stop_where_they_can() -> None:
    assert pack(DUTCH)[0] == "Opvang is voor alle kinderen. Bel de dienst. Kom langs op dinsdag."
    assert all(piece.endswith("۔") for piece in pack(URDU))
    assert len(pack(URDU)) < 4


@pytest.mark.parametrize(
    ("text", "full"),
    [("غَدًا نَلْتَقِي", True), ("غدا نلتقي", False), ("السَّاعَةَ التَّاسِعَةَ", True), ("", True), ("Rose", True)],
)
def test_arabic_without_its_vowel_signs_is_noticed(text: str, full: bool) -> None:
    assert vowelled(text) is full


def test_a_dutch_name_in_arabic_is_a_run_of_its_own() -> None:
    text = "نَلْتَقِي فِي Huis van het Kind, Kerkstraat 5، غَدًا."
    assert runs(text) == [(False, "نَلْتَقِي فِي"), (True, "Huis van het Kind, Kerkstraat 5"), (False, "، غَدًا.")]
    assert runs("Тут") == [(False, "Тут")]


def test_a_dutch_name_in_french_is_known_from_the_list() -> None:
    names = any_of(["Kind en Gezin", "Kind en Gezin-Lijn", "kinderopvang"])
    text = "Appelle la Kind en Gezin-Lijn pour la Kinderopvang, le week-end."
    assert runs(text, names) == [
        (False, "Appelle la"),
        (True, "Kind en Gezin-Lijn"),
        (False, "pour la"),
        (True, "Kinderopvang"),
        (False, ", le week-end."),
    ]
    assert runs(text, any_of([])) == [(False, text)]
