"""How well typed questions find their answer, by five-fold cross-validation over locales/*/asks.yaml.

Every phrasing is asked of a matcher that has never seen it. Run: python -m tests.faq.crossvalidate [lang …]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from bot.faq.match import HUMAN, Match, Matcher, read

LOCALES = Path(__file__).resolve().parents[2] / "locales"
FOLDS = 5


@dataclass
class Figures:
    """What is counted for one language; shares are of its questions."""

    asked: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def share(self, what: str, of: str = "ours") -> float:
        return self.asked[what] / max(1, self.asked[of])

    def add(self, topic: str, text: str, match: Match, urgent: set[str]) -> None:
        if topic == HUMAN:
            self._count(of="foreign", handed_over=match.topic == HUMAN, nothing_offered=not match.candidates)
            return
        confident = match.topic != HUMAN
        self._count(
            of="ours",
            answered=match.topic == topic,
            first=(match.candidates or [HUMAN])[0] == topic,
            offered=topic in match.candidates,
            wrong=confident and match.topic != topic,
        )
        if topic in urgent:
            self._count(of="urgent", alarmed=match.urgent)
        elif match.urgent:
            self.asked["false_alarms"] += 1
        if topic not in match.candidates or (confident and match.topic != topic) or (topic in urgent and not match.urgent):
            self.mistakes.append(f"{topic:20} {text!r} -> {match.topic} {match.candidates} {'!' if match.urgent else ''}")

    def _count(self, of: str, **what: bool) -> None:
        self.asked[of] += 1
        self.asked.update(name for name, true in what.items() if true)


def folds(asks: dict[str, list[str]]) -> Iterator[tuple[dict[str, list[str]], list[tuple[str, str]]]]:
    """(what may be learnt, what is asked) for each fold; every phrasing is asked once."""
    for fold in range(FOLDS):
        known = {topic: [t for i, t in enumerate(texts) if i % FOLDS != fold] for topic, texts in asks.items()}
        yield known, [(topic, t) for topic, texts in asks.items() for t in texts[fold::FOLDS]]


def measure(lang: str) -> Figures:
    """The figures of one language, the other languages being known as they are in the house."""
    found = {path.parent.name: read(path) for path in sorted(LOCALES.glob("*/asks.yaml"))}
    everything = {code: {**asks["topics"], HUMAN: asks[HUMAN]} for code, asks in found.items()}
    urgent: dict[str, list[str]] = {}
    for asks in found.values():
        for topic, words in asks["urgent"].items():
            urgent.setdefault(topic, []).extend(words)
    figures = Figures()
    for known, asked in folds(everything[lang]):
        matcher = Matcher({**everything, lang: known}, urgent)
        for topic, text in asked:
            start = perf_counter()
            match = matcher.find(text, lang)
            figures.seconds += perf_counter() - start
            figures.add(topic, text, match, set(urgent))
    return figures


def line(lang: str, f: Figures) -> str:
    """One line of the table."""
    shares = (f.share("answered"), f.share("first"), f.share("offered"), f.share("wrong"), f.share("alarmed", "urgent"))
    foreign = (f.share("handed_over", "foreign"), f.share("nothing_offered", "foreign"))
    pace = 1000 * f.seconds / (f.asked["ours"] + f.asked["foreign"])
    numbers = "  ".join(f"{100 * share:6.1f}" for share in (*shares, *foreign))
    return f"{lang:4} {f.asked['ours']:5}  {numbers}  {f.share('false_alarms') * 100:6.1f}  {pace:5.2f}"


def main() -> None:
    langs = [a for a in sys.argv[1:] if not a.startswith("-")]
    print("lang asked  answered  first offered  wrong  urgent handed nothing  false!  ms")
    for lang in langs or [path.parent.name for path in sorted(LOCALES.glob("*/asks.yaml"))]:
        figures = measure(lang)
        print(line(lang, figures))
        if "--mistakes" in sys.argv:
            print("\n".join(figures.mistakes))


if __name__ == "__main__":
    main()
