"""Words of danger: they go to the SOS cards at once, before anything is weighed, whatever language she chose.

Each locales/<lang>/asks.yaml lists them under `urgent`, in three forms: `ademt niet` (these words, next to each other), `stuip*`
(a word that begins so, or words of which the last does), and `bloed|kan + veel|stop` (one of each side, in any order, near each
other). In a list of alternatives a word of up to three letters stands for itself, a longer one for every word that begins so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.faq.words import normal

NEAR = 8  # words between which the two sides have to stand
KEY = 3  # letters of a word by which alarms are found
SHORT = 3  # letters up to which an alternative is a whole word: "ma" is not "mama"


@dataclass(frozen=True)
class Alarm:
    """topic: where it leads · sides: each a list of beginnings, as they stand in a line of words with spaces around them."""

    topic: str
    sides: tuple[tuple[str, ...], ...]

    def rings(self, said: str) -> bool:
        """said: normal words with one space between, before and after."""
        return all(any(start in said for start in side) for side in self.sides)


@dataclass
class Alarms:
    """All of them, each found by how the words of its rarest side begin: of some 2,500 a question looks at a handful."""

    every: list[Alarm]
    begins: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        sides = [[{start[1 : 1 + KEY] for start in side} for side in alarm.sides] for alarm in self.every]
        often = Counter(key for keys in sides for side in keys for key in side)
        for n, keys in enumerate(sides):
            for key in min(keys, key=lambda side: sum(often[key] for key in side)):
                self.begins[key].append(n)

    def likely(self, said: str) -> list[Alarm]:
        """Those of which that side may be in these words, in the order in which they were written down."""
        at = (i + 1 for i, letter in enumerate(said) if letter == " ")
        keys = {said[i : i + length] for i in at for length in range(1, KEY + 1)}
        return [self.every[n] for n in sorted({n for key in keys for n in self.begins.get(key, ())})]


def read(urgent: Mapping[str, Sequence[str]]) -> Alarms:
    """topic → words of danger, as they stand in asks.yaml."""
    return Alarms(
        [Alarm(topic, sides) for topic, words in urgent.items() for word in words if all(sides := tuple(_sides(word)))]
    )


def first(alarms: Alarms, text: str) -> str | None:
    """The topic of the first alarm that these words set off, or None."""
    words = normal(text).split()
    said = _line(words)
    likely = alarms.likely(said)
    return next((a.topic for a in likely if a.rings(said) and (len(a.sides) == 1 or _near(a, words))), None)


def _near(alarm: Alarm, words: Sequence[str]) -> bool:
    return any(alarm.rings(_line(words[i : i + NEAR])) for i in range(max(1, len(words) - NEAR + 1)))


def _line(words: Sequence[str]) -> str:
    return f" {' '.join(words)} "


def _sides(word: str) -> Iterator[tuple[str, ...]]:
    """A single one is meant literally, unless it ends in a star; in a list only short ones are."""
    if "+" not in word and "|" not in word:
        yield tuple(_start(word, 10_000))
        return
    for side in word.split("+"):
        yield tuple(start for one in side.split("|") for start in _start(one, SHORT))


def _start(one: str, short: int) -> Iterator[str]:
    plain = normal(one)
    if plain:
        whole = one.strip().startswith("=") or (len(plain) <= short and not one.strip().endswith("*"))
        yield f" {plain} " if whole else f" {plain}"
