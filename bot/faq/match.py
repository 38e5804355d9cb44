"""Typed words → the answer that fits, two or three that may fit, or a person. Offline, well under 5 ms a question.

How people really ask stands in locales/<lang>/asks.yaml: `topics` with some phrasings each, `human` for what we do not answer,
`urgent` for words that always go to the SOS cards, `words` for what words mean. Three opinions are added up: the letters of the
question (a ridge classifier over TF-IDF weighted pieces of words, per language), what it is about (concepts, all languages
together), and its likeness to whole known phrasings (rapidfuzz).
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

from bot.faq import alarms, concepts
from bot.faq.words import normal, pieces

HUMAN = "human"
OFFERED = 3
SMOOTH = 0.6  # how much the letters mistrust a single example
NEAREST, ALIKE = 12, 0.35  # phrasings that rapidfuzz compares, and the weight of what it finds
MEANING = 1.5  # weight of the concepts
CHANGED = 0.3  # another language is tried when it knows this much more of the words than hers
SURE, CLEAR, OURS = 0.95, 0.32, 0.5  # a confident answer: its score, its lead over the next, and over "a person"
DANGER, DANGER_ELSEWHERE = (
    0.3,
    0.5,
)  # an urgent topic with this share of the best score makes it urgent; second: if not ours
MAYBE = 0.35  # below this nothing is offered
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # ten times as fast, where libyaml is built in
SOUNDS = {"ar", "ary", "fa"}  # languages typed in two alphabets
MOST = 400  # letters of a question that are looked at

Numbers = NDArray[np.float64]
Many = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Match:
    """topic: confident answer, or "human" · candidates: what may be offered, best first · urgent: someone may be in danger."""

    topic: str
    candidates: list[str]
    urgent: bool


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


@dataclass
class Matcher:
    """All languages.

    phrases: lang → topic → phrasings ("human" for what is not ours) · urgent: topic → words that go there at once ·
    words: lang → concept → words.
    """

    phrases: Mapping[str, Many]
    urgent: Many = field(default_factory=dict)
    words: Mapping[str, Many] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._topics = sorted({topic for asks in self.phrases.values() for topic in asks} | {HUMAN})
        self._letters = {
            lang: learn(asks, self._topics, sounds=lang in SOUNDS)
            for lang, asks in self.phrases.items()
            if any(asks.values())
        }
        self._lexicon = concepts.Lexicon(self.words)
        examples = [
            (topic, self._lexicon.concepts(text, lang))
            for lang, asks in self.phrases.items()
            for topic, texts in asks.items()
            for text in texts
        ]
        self._sense = concepts.learn(examples, self._topics) if examples else None
        self._alarms = alarms.read(self.urgent)

    def find(self, text: str, lang: str = "") -> Match:
        """The topic for these words; in another language than hers when they are clearly not hers."""
        alarm = alarms.first(self._alarms, text)
        ranked = self._ranked(text[:MOST], lang)
        scores = dict(ranked)
        best, score = ranked[0]
        lead = score - max((s for _, s in ranked[1:]), default=0.0)
        offered = [] if score < MAYBE else [t for t, s in ranked if t != HUMAN and s > score / 4][:OFFERED]
        if alarm:
            return Match(alarm, [alarm, *(t for t in offered if t != alarm)][:OFFERED], True)
        sure = best != HUMAN and score >= SURE and lead >= CLEAR and score - scores.get(HUMAN, 0.0) >= OURS
        danger = score * (DANGER_ELSEWHERE if best == HUMAN else DANGER)
        urgent = any(t in self.urgent and scores[t] >= danger for t in offered)
        return Match(best if sure else HUMAN, offered, urgent)

    def _ranked(self, text: str, lang: str) -> list[tuple[str, float]]:
        """Topics by score, best first."""
        total = np.zeros(len(self._topics))
        for code in self._languages(text, lang):
            total = np.maximum(total, self._scores(text, code))
        return sorted(zip(self._topics, total.tolist(), strict=True), key=lambda pair: -pair[1])

    def _scores(self, text: str, lang: str) -> Numbers:
        meant = self._sense.scores(self._lexicon.concepts(text, lang)) if self._sense else np.zeros(len(self._topics))
        return self._letters[lang].scores(text) + MEANING * meant

    def _languages(self, text: str, lang: str) -> list[str]:
        """Her language, and the one these words seem to be in when that is another."""
        words = normal(text).split()
        known = {code: letters.knows(words) for code, letters in self._letters.items()}
        if not known:
            return []
        seems = max(known, key=lambda code: (known[code], code == lang))
        if lang not in known:
            return [seems]
        return [lang] if known[seems] < known[lang] + CHANGED else [lang, seems]


def load(folder: Path) -> Matcher:
    """The matcher of this content folder, from locales/*/asks.yaml."""
    asks = {path.parent.name: read(path) for path in sorted((folder / "locales").glob("*/asks.yaml"))}
    return build(asks)


def build(asks: Mapping[str, Mapping[str, Any]]) -> Matcher:
    """The matcher from what the asks.yaml files hold: lang → {topics, human, urgent, words}."""
    urgent: dict[str, list[str]] = defaultdict(list)
    for found in asks.values():
        for topic, words in found["urgent"].items():
            urgent[topic] += words
    phrases = {lang: {**found["topics"], HUMAN: found[HUMAN]} for lang, found in asks.items()}
    return Matcher(phrases, urgent, {lang: found["words"] for lang, found in asks.items()})


def read(path: Path) -> dict[str, Any]:
    """One asks.yaml: topics, human, urgent and words, each possibly empty. Every scalar stays a string."""
    found: Any = yaml.load(path.read_text("utf-8"), Loader=LOADER) or {}
    return {HUMAN: found.get(HUMAN) or [], **{part: found.get(part) or {} for part in ("topics", "urgent", "words")}}


def faults(folder: Path) -> Iterator[tuple[str, int, str]]:
    """What is wrong with the asks.yaml files: file, line, what to mend. One that cannot be read would stop every typed question."""
    for path in sorted((folder / "locales").glob("*/asks.yaml")):
        file = path.relative_to(folder).as_posix()
        try:
            found: Any = yaml.load(path.read_text("utf-8"), Loader=LOADER) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            yield file, mark.line + 1 if mark else 1, f"this cannot be read: {getattr(error, 'problem', error)}"
            continue
        if not isinstance(found, dict) or not isinstance(found.get(HUMAN) or [], list):
            yield file, 1, "there have to be `topics`, `human`, `urgent` and `words`, and `human` is a list"
            continue
        for part in ("topics", "urgent", "words"):
            if not _lists(found.get(part) or {}):
                yield file, 1, f"`{part}` has to be names with a list of words below each"


def _lists(part: Any) -> bool:
    return isinstance(part, dict) and all(isinstance(words, list) for words in part.values())


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
