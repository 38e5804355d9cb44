"""How well typed questions find their answer, by five-fold cross-validation over locales/*/asks.yaml.

Every phrasing is asked of a matcher that has never seen it. Run: python -m tests.faq.crossvalidate [--mistakes]
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

from bot.faq.match import HUMAN, Match, build, read

LOCALES = Path(__file__).resolve().parents[2] / "locales"
FOLDS = 5

Asks = dict[str, Any]


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
        if (
            topic not in match.candidates
            or (confident and match.topic != topic)
            or (topic in urgent and not match.urgent)
        ):
            self.mistakes.append(
                f"{topic:20} {text!r} -> {match.topic} {match.candidates} {'!' if match.urgent else ''}"
            )

    def _count(self, of: str, **what: bool) -> None:
        self.asked[of] += 1
        self.asked.update(name for name, true in what.items() if true)


def without(asks: Asks, fold: int) -> Asks:
    """What may be learnt: this fold is taken out of every language, so that no translation of a question helps."""
    return {part: {t: _rest(v, fold) for t, v in asks[part].items()} for part in ("topics",)} | {
        HUMAN: _rest(asks[HUMAN], fold),
        "urgent": asks["urgent"],
        "words": asks["words"],
    }


def _rest(texts: list[str], fold: int) -> list[str]:
    return [text for i, text in enumerate(texts) if i % FOLDS != fold]


def measure() -> dict[str, Figures]:
    """The figures of every language."""
    found = {path.parent.name: read(path) for path in sorted(LOCALES.glob("*/asks.yaml"))}
    urgent = {topic for asks in found.values() for topic in asks["urgent"]}
    figures = {lang: Figures() for lang in found}
    for fold in range(FOLDS):
        matcher = build({lang: without(asks, fold) for lang, asks in found.items()})
        for lang, asks in found.items():
            for topic, texts in [*asks["topics"].items(), (HUMAN, asks[HUMAN])]:
                for text in texts[fold::FOLDS]:
                    start = process_time()
                    match = matcher.find(text, lang)
                    figures[lang].seconds += process_time() - start
                    figures[lang].add(topic, text, match, urgent)
    return figures


def line(lang: str, f: Figures) -> str:
    """One line of the table."""
    shares = (f.share("answered"), f.share("first"), f.share("offered"), f.share("wrong"), f.share("alarmed", "urgent"))
    foreign = (f.share("handed_over", "foreign"), f.share("nothing_offered", "foreign"))
    pace = 1000 * f.seconds / (f.asked["ours"] + f.asked["foreign"])
    numbers = "  ".join(f"{100 * share:6.1f}" for share in (*shares, *foreign))
    return f"{lang:4} {f.asked['ours']:5}  {numbers}  {f.share('false_alarms') * 100:6.1f}  {pace:5.2f}"


def main() -> None:
    print("lang asked  answered  first offered  wrong  urgent handed nothing  false!  ms")
    for lang, figures in measure().items():
        print(line(lang, figures))
        if "--mistakes" in sys.argv:
            print("\n".join(figures.mistakes))


if __name__ == "__main__":
    main()
