"""What a question is about, in any language: creche, kinderopvang, حضانة and 7adana are all "childcare".

Each locales/<lang>/asks.yaml lists under `words` how words of that language begin (`creche`), are exactly (`=bus`), or stand in
two words (`kind en gezin`). A topic is learnt from concepts and pairs of concepts, from all languages together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bot.faq.words import normal

LONG = 5  # letters from which a word of another language counts too, and a misspelled one is recognised
MISSPELLED = 82  # rapidfuzz's likeness, of 100
TOGETHER = "&"
PAIR = 0.7  # weight of a pair of concepts beside a single one
MISTRUST = 1.0  # of the ridge regression

Numbers = NDArray[np.float64]


@dataclass
class Stems:
    """The words of one language: exact ones, beginnings and phrases, each with the concepts they mean."""

    exact: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    begins: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    phrases: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, concept: str, word: str) -> None:
        plain = normal(word)
        kind = self.exact if word.startswith("=") else self.phrases if " " in plain else self.begins
        kind[plain].add(concept)

    def of_word(self, word: str) -> set[str]:
        """The concepts of one word, and of the longest beginning it has here."""
        longest = next((word[:n] for n in range(len(word), 1, -1) if word[:n] in self.begins), "")
        return self.exact.get(word, set()) | self.begins.get(longest, set())


class Lexicon:
    """The words of all languages. words: lang → concept → words."""

    def __init__(self, words: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._stems: dict[str, Stems] = {}
        self._anywhere = Stems()
        for lang, concepts in words.items():
            stems = self._stems.setdefault(lang, Stems())
            for concept, word in ((c, w) for c, many in concepts.items() for w in many):
                stems.add(concept, word)
                if len(normal(word)) >= LONG:
                    self._anywhere.add(concept, word)
        self._long = {lang: [b for b in s.begins if len(b) >= LONG] for lang, s in self._stems.items()}

    def concepts(self, text: str, lang: str) -> set[str]:
        """What this text is about, read as this language; longer words of the other languages count too."""
        said = normal(text)
        own = self._stems.get(lang, self._anywhere)
        found = {c for s in (own, self._anywhere) for phrase, cs in s.phrases.items() if phrase in said for c in cs}
        for word in said.split():
            found |= self._of_word(word, own) or self._misspelled(word, lang)
        return found

    def _of_word(self, word: str, own: Stems) -> set[str]:
        found: set[str] = set()
        for form in _forms(word):
            found |= own.of_word(form) | self._anywhere.of_word(form)
        return found

    def _misspelled(self, word: str, lang: str) -> set[str]:
        if len(word) < LONG or lang not in self._long:
            return set()
        near = process.extractOne(word, self._long[lang], scorer=fuzz.ratio, score_cutoff=MISSPELLED)
        return self._stems[lang].begins[near[0]] if near else set()


@dataclass
class Sense:
    """Which concepts speak for which topic."""

    topics: list[str]
    places: dict[str, int]
    rarity: dict[str, float]
    weights: Numbers

    def scores(self, concepts: Iterable[str]) -> Numbers:
        row = np.zeros(len(self.places) + 1)
        _fill(row, concepts, self.places, self.rarity)
        return row @ self.weights


def learn(examples: Sequence[tuple[str, set[str]]], topics: list[str]) -> Sense:
    """Ridge regression over (topic, concepts) examples of all languages; a pair counts once it was seen twice."""
    seen = Counter(f for _, concepts in examples for f in _features(concepts))
    rarity = {f: 1 + log(len(examples) / n) for f, n in seen.items() if n > 1}
    places = {f: i for i, f in enumerate(rarity)}
    rows = np.zeros((len(examples), len(places) + 1))
    for row, (_, concepts) in zip(rows, examples, strict=True):
        _fill(row, concepts, places, rarity)
    wanted = np.eye(len(topics))[[topics.index(topic) for topic, _ in examples]]
    weights: Any = np.linalg.solve(rows.T @ rows + MISTRUST * np.eye(rows.shape[1]), rows.T @ wanted)
    return Sense(topics, places, rarity, weights)


def _features(concepts: Iterable[str]) -> Iterator[str]:
    ordered = sorted(concepts)
    yield from ordered
    yield from (f"{a}{TOGETHER}{b}" for a, b in combinations(ordered, 2))


def _fill(row: Numbers, concepts: Iterable[str], places: Mapping[str, int], rarity: Mapping[str, float]) -> None:
    """One row of length 1, and a last place that is always there."""
    for f in _features(concepts):
        if f in places:
            row[places[f]] = rarity[f] * (PAIR if TOGETHER in f else 1.0)
    row /= np.linalg.norm(row) or 1.0
    row[-1] = 0.3


def _forms(word: str) -> Iterator[str]:
    """The word, and for Arabic also without the small word written onto it (w-, b-, l-, f-, k-, y-)."""
    yield word
    if word[0] in "وبلفكيت" and len(word) > 3:
        yield word[1:]
