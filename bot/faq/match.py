"""Typed words → the answer that fits, two or three that may fit, or a person. Offline, well under 5 ms a question.

How people really ask stands in locales/<lang>/asks.yaml: per topic some phrasings, `human` for what we do not answer, `urgent`
for words that always go to the SOS cards. Each language is a ridge classifier over TF-IDF weighted words and pieces of words:
with few examples a topic it is as good as anything, and it is one linear equation. rapidfuzz has a say about whole phrases.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bot.faq.words import normal, pieces

HUMAN = "human"
OFFERED = 3
SMOOTH = 0.6  # how much the classifier mistrusts a single example
NEAREST, ALIKE = 12, 0.35  # phrasings that rapidfuzz compares, and the weight of what it finds
OTHER_LANGUAGE = 0.8  # what another language than hers counts for
SURE, CLEAR = 0.50, 0.14  # a confident answer: its score, and its lead over the next
MAYBE = 0.22  # below this nothing is offered
SOUNDS = {"ar", "ary", "fa"}  # languages typed in two alphabets
MOST = 400  # letters of a question that are looked at

Numbers = NDArray[np.float64]
Asks = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True)
class Match:
    """topic: confident answer, or "human" · candidates: what may be offered, best first · urgent: someone may be in danger."""

    topic: str
    candidates: list[str]
    urgent: bool


@dataclass
class Model:
    """One language, learnt: which pieces of words speak for which topic."""

    topics: list[str]
    texts: list[str]
    owners: NDArray[np.intp]
    postings: dict[str, tuple[NDArray[np.intp], Numbers]]
    rarity: dict[str, float]
    weights: Numbers
    sounds: bool

    def scores(self, text: str) -> dict[str, float]:
        """Every topic's score; about 1 for words just like a known phrasing, about 0 for words never seen."""
        near = self._alike(_unit(pieces(text, sounds=self.sounds), self.rarity))
        learnt = near @ self.weights
        return {topic: float(s) for topic, s in zip(self.topics, learnt + ALIKE * self._phrases(text, near), strict=True)}

    def _alike(self, query: dict[str, float]) -> Numbers:
        near = np.zeros(len(self.texts))
        for piece, weight in query.items():
            if piece in self.postings:
                where, values = self.postings[piece]
                near[where] += weight * values
        return near

    def _phrases(self, text: str, near: Numbers) -> Numbers:
        best = np.zeros(len(self.topics))
        said = normal(text)
        for i in np.argsort(near)[-NEAREST:]:
            if near[i] > 0:
                alike = fuzz.token_sort_ratio(said, self.texts[i]) / 100
                best[self.owners[i]] = max(best[self.owners[i]], alike * alike)
        return best


def learn(phrasings: Mapping[str, Sequence[str]], *, sounds: bool = False) -> Model:
    """A model from topic → phrasings: TF-IDF, then ridge regression in its dual form."""
    topics = sorted(phrasings)
    pairs = [(i, text) for i, topic in enumerate(topics) for text in phrasings[topic]]
    counts = [pieces(text, sounds=sounds) for _, text in pairs]
    seen = Counter(piece for count in counts for piece in count)
    rarity = {piece: 1 + log((1 + len(pairs)) / (1 + n)) for piece, n in seen.items()}
    rows = [_unit(count, rarity) for count in counts]
    postings = _postings(rows)
    owners = np.array([i for i, _ in pairs], dtype=np.intp)
    model = Model(topics, [normal(text) for _, text in pairs], owners, postings, rarity, np.zeros((0, 0)), sounds)
    alike = np.stack([model._alike(row) for row in rows])
    wanted = np.eye(len(topics))[owners]
    model.weights = np.linalg.solve(alike + SMOOTH * np.eye(len(pairs)), wanted)
    return model


@dataclass
class Matcher:
    """All languages. phrases: lang → topic → phrasings ("human" for what is not ours) · urgent: topic → words that go there at once."""

    phrases: Asks
    urgent: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._models = {lang: learn(topics, sounds=lang in SOUNDS) for lang, topics in self.phrases.items() if topics}
        self._alarms = [(topic, f" {normal(word)} ") for topic, words in self.urgent.items() for word in words]

    def find(self, text: str, lang: str = "") -> Match:
        """The topic for these words; an unknown language is looked for in all of them."""
        alarm = self._alarm(text)
        ranked = self._ranked(text[:MOST], lang)
        best, score = ranked[0] if ranked else (HUMAN, 0.0)
        lead = score - (ranked[1][1] if len(ranked) > 1 else 0.0)
        offered = [] if best == HUMAN or score < MAYBE else [t for t, s in ranked if t != HUMAN and s > score / 4][:OFFERED]
        if alarm:
            return Match(alarm, [alarm, *(t for t in offered if t != alarm)][:OFFERED], True)
        sure = bool(offered) and score >= SURE and lead >= CLEAR
        return Match(best if sure else HUMAN, offered, bool(offered) and offered[0] in self.urgent)

    def _ranked(self, text: str, lang: str) -> list[tuple[str, float]]:
        """Topics by score, best first: in her language, or in another one that fits much better."""
        best: dict[str, float] = defaultdict(float)
        for code, model in self._models.items():
            share = 1.0 if code == lang or lang not in self._models else OTHER_LANGUAGE
            for topic, score in model.scores(text).items():
                best[topic] = max(best[topic], score * share)
        return sorted(best.items(), key=lambda pair: -pair[1])

    def _alarm(self, text: str) -> str | None:
        said = f" {normal(text)} "
        return next((topic for topic, word in self._alarms if word in said), None)


def load(folder: Path) -> Matcher:
    """The matcher of this content folder, from locales/*/asks.yaml."""
    phrases: dict[str, dict[str, list[str]]] = {}
    urgent: dict[str, list[str]] = defaultdict(list)
    for path in sorted((folder / "locales").glob("*/asks.yaml")):
        found = read(path)
        phrases[path.parent.name] = {**found["topics"], HUMAN: found[HUMAN]}
        for topic, words in found["urgent"].items():
            urgent[topic] += words
    return Matcher(phrases, urgent)


def read(path: Path) -> dict[str, Any]:
    """One asks.yaml: topics, human and urgent, each possibly empty. Every scalar stays a string."""
    found: Any = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader) or {}
    return {"topics": found.get("topics") or {}, HUMAN: found.get(HUMAN) or [], "urgent": found.get("urgent") or {}}


def ask_lines(matcher: Matcher, lines: Iterable[str]) -> Iterator[str]:
    """JSON lines {"lang", "text"} → JSON lines {"topic", "candidates", "urgent"}; a line that is no question says so."""
    for line in lines:
        if not line.strip():
            continue
        try:
            question = json.loads(line)
            match = matcher.find(str(question["text"]), str(question.get("lang") or ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            yield json.dumps({"topic": HUMAN, "candidates": [], "urgent": False, "error": 'expected {"lang", "text"}'})
            continue
        yield json.dumps(vars(match), ensure_ascii=False)


def _unit(counts: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    """TF-IDF weights with length 1; a piece never seen still makes the known ones smaller."""
    unknown = max(rarity.values(), default=1.0)
    row = {piece: (1 + log(n)) * rarity.get(piece, unknown) for piece, n in counts.items()}
    length = float(np.sqrt(sum(value * value for value in row.values()))) or 1.0
    return {piece: value / length for piece, value in row.items()}


def _postings(rows: Sequence[Mapping[str, float]]) -> dict[str, tuple[NDArray[np.intp], Numbers]]:
    where: dict[str, list[int]] = defaultdict(list)
    values: dict[str, list[float]] = defaultdict(list)
    for i, row in enumerate(rows):
        for piece, value in row.items():
            where[piece].append(i)
            values[piece].append(value)
    return {piece: (np.array(where[piece], dtype=np.intp), np.array(values[piece])) for piece in where}
