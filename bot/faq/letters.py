"""What speaks for which topic in one language: the letters of the words, learnt from known phrasings."""

from __future__ import annotations

from collections import Counter
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
    """One language, learnt: which pieces of words speak for which topic.

    places: piece → its number n. Phrasings with piece n stand in where[starts[n]:starts[n + 1]], with its weight in `values`.
    """

    topics: list[str]
    texts: list[str]
    owners: NDArray[np.int32]
    places: dict[str, int]
    rarity: NDArray[np.float32]
    starts: NDArray[np.int32]
    where: NDArray[np.int32]
    values: NDArray[np.float32]
    weights: NDArray[np.float32]
    sounds: bool
    unknown: float  # how rare a piece is that was never seen

    def scores(self, text: str) -> Numbers:
        """A score for each topic: about 1 for words just like a known phrasing, about 0 for words never seen."""
        near = self.alike(self._unit(pieces(text, sounds=self.sounds)))
        return near @ self.weights + ALIKE * self._phrases(text, near)

    def alike(self, query: Mapping[str, float]) -> Numbers:
        """The cosine with every phrasing."""
        known = [(place, weight) for piece, weight in query.items() if (place := self.places.get(piece)) is not None]
        if not known:
            return np.zeros(len(self.texts))
        slices = [slice(self.starts[place], self.starts[place + 1]) for place, _ in known]
        where = np.concatenate([self.where[found] for found in slices])
        weights = np.repeat([weight for _, weight in known], [found.stop - found.start for found in slices])
        values = np.concatenate([self.values[found] for found in slices])
        return np.bincount(where, weights=weights * values, minlength=len(self.texts)).astype(np.float64, copy=False)

    def knows(self, words: Sequence[str]) -> float:
        """The share of these words that were ever seen in this language."""
        return sum(f"={word}" in self.places for word in words) / max(1, len(words))

    def _unit(self, counts: Mapping[str, int]) -> dict[str, float]:
        places, rarity = self.places, self.rarity
        rare = {piece: float(rarity[place]) for piece in counts if (place := places.get(piece)) is not None}
        return _unit(counts, rare, self.unknown)

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
    owners = np.array([i for i, _ in pairs], dtype=np.int32)
    texts = [normal(text) for _, text in pairs]
    places = {piece: place for place, piece in enumerate(seen)}
    rare = np.array([rarity[piece] for piece in places], dtype=np.float32)
    none = np.zeros((len(pairs), len(topics)), dtype=np.float32)
    letters = Letters(topics, texts, owners, places, rare, *_postings(rows, places), none, sounds, unknown)
    alike = np.stack([letters.alike(row) for row in rows])
    solved: Any = np.linalg.solve(alike + SMOOTH * np.eye(len(pairs)), np.eye(len(topics))[owners])
    letters.weights = solved.astype(np.float32)
    return letters


def _unit(counts: Mapping[str, int], rarity: Mapping[str, float], unknown: float) -> dict[str, float]:
    """TF-IDF weights with length 1; a piece never seen still makes the known ones smaller."""
    row = {piece: (1 + log(n)) * rarity.get(piece, unknown) for piece, n in counts.items()}
    length = sum(value * value for value in row.values()) ** 0.5 or 1.0
    return {piece: value / length for piece, value in row.items()}


def _postings(
    rows: Sequence[Mapping[str, float]], places: Mapping[str, int]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Where each piece's phrasings begin, which they are, and the weights; one after another and not a list a piece."""
    found = sorted((places[piece], i, value) for i, row in enumerate(rows) for piece, value in row.items())
    sizes = np.bincount([place for place, _, _ in found], minlength=len(places))
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    where = np.array([i for _, i, _ in found], dtype=np.int32)
    return starts, where, np.array([value for _, _, value in found], dtype=np.float32)
