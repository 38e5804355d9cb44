"""What speaks for which topic in one language: the letters of the words, learnt from known phrasings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
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

    known: the hashes of all pieces in order, eight bytes each instead of a hundred; the place of a hash is the piece's number n.
    Phrasings with piece n stand in where[starts[n]:starts[n + 1]], with its weight in `values`.
    """

    topics: list[str]
    texts: list[str]
    owners: NDArray[np.int32]
    known: NDArray[np.uint64]
    rarity: NDArray[np.float32]
    starts: NDArray[np.int32]
    where: NDArray[np.int32]
    values: NDArray[np.float32]
    weights: NDArray[np.float32]
    sounds: bool
    unknown: float  # how rare a piece is that was never seen

    def scores(self, text: str) -> Numbers:
        """A score for each topic: about 1 for words just like a known phrasing, about 0 for words never seen."""
        counts = pieces(text, sounds=self.sounds)
        places = self._places(hashes(counts))
        rare = [float(self.rarity[place]) if place >= 0 else self.unknown for place in places]
        near = self.alike(places, _unit(counts.values(), rare))
        return near @ self.weights + ALIKE * self._phrases(text, near)

    def alike(self, places: Sequence[int], weights: Sequence[float]) -> Numbers:
        """The cosine with every phrasing. places: the numbers of a question's pieces, below 0 for one that was never seen."""
        known = [(place, weight) for place, weight in zip(places, weights, strict=True) if place >= 0]
        if not known:
            return np.zeros(len(self.texts))
        slices = [slice(self.starts[place], self.starts[place + 1]) for place, _ in known]
        where = np.concatenate([self.where[found] for found in slices])
        times = np.repeat([weight for _, weight in known], [found.stop - found.start for found in slices])
        values = np.concatenate([self.values[found] for found in slices])
        return np.bincount(where, weights=times * values, minlength=len(self.texts)).astype(np.float64, copy=False)

    def knows(self, words: NDArray[np.uint64]) -> float:
        """The share of these words (as `whole` gives them) that were ever seen in this language."""
        return sum(place >= 0 for place in self._places(words)) / max(1, len(words))

    def _places(self, wanted: NDArray[np.uint64]) -> list[int]:
        if not len(self.known):
            return [-1] * len(wanted)
        at = np.minimum(np.searchsorted(self.known, wanted), len(self.known) - 1)
        found: list[int] = np.where(self.known[at] == wanted, at, -1).tolist()
        return found

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
    places = {piece: place for place, piece in enumerate(sorted(seen, key=_hash))}
    rows = [
        ([places[piece] for piece in count], _unit(count.values(), [rarity[piece] for piece in count]))
        for count in counts
    ]
    owners = np.array([i for i, _ in pairs], dtype=np.int32)
    texts = [normal(text) for _, text in pairs]
    rare = np.array([rarity[piece] for piece in places], dtype=np.float32)
    none = np.zeros((len(pairs), len(topics)), dtype=np.float32)
    letters = Letters(topics, texts, owners, hashes(places), rare, *_postings(rows, len(places)), none, sounds, unknown)
    alike = np.stack([letters.alike(*row) for row in rows])
    solved: Any = np.linalg.solve(alike + SMOOTH * np.eye(len(pairs)), np.eye(len(topics))[owners])
    letters.weights = solved.astype(np.float32)
    return letters


def whole(words: Sequence[str]) -> NDArray[np.uint64]:
    """Words as pieces that `knows` looks for."""
    return hashes(f"={word}" for word in words)


def hashes(names: Iterable[str]) -> NDArray[np.uint64]:
    """Pieces as numbers of 64 bits, the same in every process."""
    return np.fromiter(map(_hash, names), dtype=np.uint64)


def _hash(piece: str) -> int:
    return int.from_bytes(blake2b(piece.encode(errors="surrogatepass"), digest_size=8).digest(), "little")


def _unit(counts: Iterable[int], rarity: Iterable[float]) -> list[float]:
    """TF-IDF weights with length 1; a piece never seen still makes the known ones smaller."""
    row = [(1 + log(n)) * rare for n, rare in zip(counts, rarity, strict=True)]
    length = sum(value * value for value in row) ** 0.5 or 1.0
    return [value / length for value in row]


def _postings(
    rows: Sequence[tuple[list[int], list[float]]], pieces: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Where each piece's phrasings begin, which they are, and the weights; one after another and not a list a piece."""
    found = sorted((place, i, value) for i, row in enumerate(rows) for place, value in zip(*row, strict=True))
    sizes = np.bincount([place for place, _, _ in found], minlength=pieces)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    where = np.array([i for _, i, _ in found], dtype=np.int32)
    return starts, where, np.array([value for _, _, value in found], dtype=np.float32)
