"""Typed words → the answer that fits, two or three that may fit, or a person. Offline, well under 5 ms a question.

How people really ask stands in locales/<lang>/asks.yaml: `topics` with some phrasings each, `human` for what we do not answer,
`urgent` for words that always go to the SOS cards, `words` for what words mean. Three opinions are added up: the letters of the
question (a ridge classifier over TF-IDF weighted pieces of words, per language), what it is about (concepts, all languages
together), and its likeness to whole known phrasings (rapidfuzz).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.faq import alarms, concepts, kept
from bot.faq.apart import in_a_process
from bot.faq.letters import Letters, Many, Numbers, learn, whole
from bot.faq.words import normal

HUMAN = "human"
OFFERED = 3
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


@dataclass(frozen=True)
class Match:
    """topic: confident answer, or "human" · candidates: what may be offered, best first · urgent: someone may be in danger."""

    topic: str
    candidates: list[str]
    urgent: bool


@dataclass
class Matcher:
    """All languages.

    phrases: lang → topic → phrasings ("human" for what is not ours) · urgent: topic → words that go there at once ·
    words: lang → concept → words. folder: where what was learnt is kept, so that the next start need not learn it.
    apart: learn in a process of its own when there is nothing kept.
    """

    phrases: Mapping[str, Many]
    urgent: Many = field(default_factory=dict)
    words: Mapping[str, Many] = field(default_factory=dict)
    folder: Path | None = None
    apart: bool = False

    def __post_init__(self) -> None:
        self._topics = sorted({topic for asks in self.phrases.values() for topic in asks} | {HUMAN})
        self._lexicon = concepts.Lexicon(self.words)
        path = self.folder and self.folder / f"{kept.key([self.phrases, self.words])}.npz"
        found = kept.load(path) if path else None
        if path and not found and self.apart:
            in_a_process(Matcher, self.phrases, self.urgent, self.words, self.folder)
            found = kept.load(path)
        self._letters, self._sense = found or (self._learn_letters(), self._learn_sense())
        if path and not found:
            kept.save(path, self._letters, self._sense)
        self._alarms = alarms.read(self.urgent)

    def _learn_letters(self) -> dict[str, Letters]:
        return {
            lang: learn(asks, self._topics, sounds=lang in SOUNDS)
            for lang, asks in self.phrases.items()
            if any(asks.values())
        }

    def _learn_sense(self) -> concepts.Sense | None:
        examples = [
            (topic, self._lexicon.concepts(text, lang))
            for lang, asks in self.phrases.items()
            for topic, texts in asks.items()
            for text in texts
        ]
        return concepts.learn(examples, self._topics) if examples else None

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
        words = whole(normal(text).split())
        known = {code: letters.knows(words) for code, letters in self._letters.items()}
        if not known:
            return []
        seems = max(known, key=lambda code: (known[code], code == lang))
        if lang not in known:
            return [seems]
        return [lang] if known[seems] < known[lang] + CHANGED else [lang, seems]


def load(folder: Path, kept_in: Path | None = None, *, apart: bool = False) -> Matcher:
    """The matcher of this content folder, from locales/*/asks.yaml; what it learnt is kept in `kept_in`.

    apart: what has to be learnt is learnt in a process of its own, which hands its memory back.
    """
    asks = {path.parent.name: read(path) for path in sorted((folder / "locales").glob("*/asks.yaml"))}
    return build(asks, kept_in, apart=apart)


def build(asks: Mapping[str, Mapping[str, Any]], kept_in: Path | None = None, *, apart: bool = False) -> Matcher:
    """The matcher from what the asks.yaml files hold: lang → {topics, human, urgent, words}."""
    urgent: dict[str, list[str]] = defaultdict(list)
    for found in asks.values():
        for topic, words in found["urgent"].items():
            urgent[topic] += words
    phrases = {lang: {**found["topics"], HUMAN: found[HUMAN]} for lang, found in asks.items()}
    return Matcher(phrases, urgent, {lang: found["words"] for lang, found in asks.items()}, kept_in, apart)


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
