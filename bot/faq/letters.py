"""What speaks for which topic in one language: the letters of the words, learnt from known phrasings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bot.faq.words import normal, pieces

SMOOTH = 0.6  # how much the letters mistrust a single example
NEAREST, ALIKE = 12, 0.35  # phrasings that rapidfuzz compares, and the weight of what it finds

Numbers = NDArray[np.float64]
Many = Mapping[str, Sequence[str]]


@dataclass
class Letters:
    """One language, learnt: which pieces of words speak for which topic."""

    topics: list[str]
    texts: list[str]
    owners: NDArray[np.intp]
    postings: dict[str, tuple[NDArray[np.intp], Numbers]]
    rarity: dict[str, float]
    weights: Numbers
    sounds: bool
    unknown: float  # how rare a piece is that was never seen

    def scores(self, text: str) -> Numbers:
        """A score for each topic: about 1 for words just like a known phrasing, about 0 for words never seen."""
        near = self.alike(_unit(pieces(text, sounds=self.sounds), self.rarity, self.unknown))
        return near @ self.weights + ALIKE * self._phrases(text, near)

    def alike(self, query: Mapping[str, float]) -> Numbers:
        """The cosine with every phrasing."""
        known = [(*self.postings[piece], weight) for piece, weight in query.items() if piece in self.postings]
        if not known:
            return np.zeros(len(self.texts))
        where = np.concatenate([found for found, _, _ in known])
        weights = np.repeat([weight for _, _, weight in known], [len(found) for found, _, _ in known])
        values = np.concatenate([value for _, value, _ in known])
        return np.bincount(where, weights=weights * values, minlength=len(self.texts)).astype(np.float64, copy=False)

    def knows(self, words: Sequence[str]) -> float:
        """The share of these words that were ever seen in this language."""
        return sum(f"={word}" in self.rarity for word in words) / max(1, len(words))

    def _phrases(self, text: str, near: Numbers) -> Numbers:
        best = np.zeros(len(self.topics))
        said = normal(text)
        for i in np.argsort(near)[-NEAREST:]:
            if near[i] > 0:
                likeness = fuzz.token_sort_ratio(said, self.texts[i]) / 100
                best[self.owners[i]] = max(best[self.owners[i]], likeness * likeness)
        return best


def learn(phrasings: Many, topics: list[str], *, sounds: bool = False) -> Letters:
    """One language from topic → phrasings: TF-IDF, then ridge regression in its dual form."""
    pairs = [(topics.index(topic), text) for topic, texts in phrasings.items() for text in texts]
    counts = [pieces(text, sounds=sounds) for _, text in pairs]
    seen = Counter(piece for count in counts for piece in count)
    rarity = {piece: 1 + log((1 + len(pairs)) / (1 + n)) for piece, n in seen.items()}
    unknown = max(rarity.values(), default=1.0)
    rows = [_unit(count, rarity, unknown) for count in counts]
    owners = np.array([i for i, _ in pairs], dtype=np.intp)
    texts = [normal(text) for _, text in pairs]
    letters = Letters(
        topics, texts, owners, _postings(rows), rarity, np.zeros((len(pairs), len(topics))), sounds, unknown
    )
    alike = np.stack([letters.alike(row) for row in rows])
    solved: Any = np.linalg.solve(alike + SMOOTH * np.eye(len(pairs)), np.eye(len(topics))[owners])
    letters.weights = solved
    return letters


def _unit(counts: Mapping[str, int], rarity: Mapping[str, float], unknown: float) -> dict[str, float]:
    """TF-IDF weights with length 1; a piece never seen still makes the known ones smaller."""
    row = {piece: (1 + log(n)) * rarity.get(piece, unknown) for piece, n in counts.items()}
    length = sum(value * value for value in row.values()) ** 0.5 or 1.0
    return {piece: value / length for piece, value in row.items()}


def _postings(rows: Sequence[Mapping[str, float]]) -> dict[str, tuple[NDArray[np.intp], Numbers]]:
    where: dict[str, list[int]] = defaultdict(list)
    values: dict[str, list[float]] = defaultdict(list)
    for i, row in enumerate(rows):
        for piece, value in row.items():
            where[piece].append(i)
            values[piece].append(value)
    return {piece: (np.array(where[piece], dtype=np.intp), np.array(values[piece])) for piece in where}
