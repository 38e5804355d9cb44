"""Typed words made comparable: one case, no accents, one form of each Arabic letter, and the pieces a question is compared by.

Mothers type on phones: short, misspelled, without accents, in Arabic letters or in Latin letters with digits (Arabizi: 7adana).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

ARABIC_FORMS = str.maketrans("أإآٱىةؤئکیگپچ", "ااااييويكيقبش") | {ord("ة"): "ه"}
MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
ARTICLE = re.compile(r"\b(?:وال|بال|فال|كال|لل|ال)(?=\w{3})")
NOT_WORDS = re.compile(r"[^\w]+|_+")
STRETCHED = re.compile(r"(.)\1{2,}")
WORD_WEIGHT, PAIR_WEIGHT, SOUND_WEIGHT = 2.0, 1.0, 1.0
SHORTEST, LONGEST = 2, 5  # letters of a piece of a word

DIGRAPHS = (("kh", "x"), ("ch", "$"), ("sh", "$"), ("gh", "g"), ("th", "t"), ("dh", "d"), ("ou", "u"))
SOUNDS = str.maketrans(
    "بتثجحخدذرزسشصضطظغفقكلمنه" + "5796qcvp",
    "bttjhxddrzs$sdtdgfkklmnh" + "xhktkkfb",
)
SILENT = re.compile("[aeiouyw238اويعءه]")


def normal(text: str) -> str:
    """Small letters without accents and signs, Arabic letters in one form, no letter more than twice in a row."""
    plain = MARKS.sub("", unicodedata.normalize("NFKC", text)).casefold().translate(ARABIC_FORMS)
    decomposed = unicodedata.normalize("NFKD", plain)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c) or unicodedata.category(c) == "Mc")
    words = NOT_WORDS.sub(" ", STRETCHED.sub(r"\1\1", bare.replace("ß", "ss").replace("ı", "i").replace("œ", "oe")))
    return ARTICLE.sub("", words).strip()


def skeleton(word: str) -> str:
    """The consonants of an Arabic word in either alphabet: حضانة and 7adana are both "hdn"."""
    for pair, one in DIGRAPHS:
        word = word.replace(pair, one)
    bare = word.rstrip("ه") if word.endswith("ه") else word
    return re.sub(r"(.)\1", r"\1", SILENT.sub("", bare.translate(SOUNDS)))


def pieces(text: str, *, sounds: bool = False) -> Counter[str]:
    """The features of a question with their weights: words, pairs of words, pieces of words, and consonants if asked."""
    words = normal(text).split()
    found: Counter[str] = Counter()
    for word in words:
        found[f"={word}"] += 2
        found.update(_letters(f"<{word}>"))
        if sounds and len(bones := skeleton(word)) > 1:
            found.update([f"~{bones}", *(f"~{bones[i : i + 3]}~" for i in range(len(bones) - 2))])
    found.update(f"{a}+{b}" for a, b in pairwise(words))
    return found


def _letters(word: str) -> Iterator[str]:
    for size in range(SHORTEST, LONGEST + 1):
        yield from (word[i : i + size] for i in range(len(word) - size + 1))
