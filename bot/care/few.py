"""Small numbers: nothing below five is told, nor can be worked out from what is told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEAST = 5
REST = "rest"


@dataclass(frozen=True)
class Told:
    """Counts that may be told, the most first, their sum with them. hidden: there are some, and too few to tell."""

    counts: dict[str, int]
    total: int | None
    hidden: bool = False


def enough(n: int) -> int | None:
    """The number itself; None when it is one to four. Nought says nothing of anybody."""
    return n if n == 0 or n >= LEAST else None


def told(counts: Mapping[str, int], apart: Mapping[str, int] | None = None) -> Told:
    """A breakdown in which everything too small is put together as "rest"; a rest that is too small takes the smallest other with it.

    apart: the same counts over a longer period that is told, too: what is only just smaller here than there counts as too small,
    for the difference would tell it.
    """
    some = {name: n for name, n in counts.items() if n > 0}
    total = sum(some.values())
    if total == 0:
        return Told({}, 0)
    if total < LEAST or _between(total, sum(apart.values()) if apart else None):
        return Told({}, None, hidden=True)
    ranked = sorted(some.items(), key=lambda pair: (-pair[1], pair[0]))
    kept = [pair for pair in ranked if pair[1] >= LEAST and not _between(pair[1], (apart or {}).get(pair[0]))]
    while (rest := total - sum(n for _, n in kept)) and _tells(rest, kept, apart):
        kept.pop()
    return Told({**dict(kept), **({REST: rest} if rest else {})}, total)


def in_order(counts: Sequence[int]) -> list[tuple[int, int, int]]:
    """Neighbours on a scale put together until no part is too small: (first, last, how many), places from 0. Empty: too few in all."""
    if sum(counts) < LEAST:
        return []
    parts: list[tuple[int, int, int]] = []
    first, n = 0, 0
    for place, count in enumerate(counts):
        n += count
        if n >= LEAST:
            parts.append((first, place, n))
            first, n = place + 1, 0
    if first < len(counts):
        if n or not parts:
            before = parts.pop()
            parts.append((before[0], len(counts) - 1, before[2] + n))
        else:
            parts[-1] = (parts[-1][0], len(counts) - 1, parts[-1][2])
    return parts


def median(values: Iterable[int]) -> float | None:
    """The middle one; None when there are too few."""
    found = sorted(values)
    if len(found) < LEAST:
        return None
    half = len(found) // 2
    return float(found[half]) if len(found) % 2 else (found[half - 1] + found[half]) / 2


def _tells(rest: int, kept: Sequence[tuple[str, int]], apart: Mapping[str, int] | None) -> bool:
    whole = sum(apart.values()) - sum(apart.get(name, 0) for name, _ in kept) if apart else None
    return rest < LEAST or _between(rest, whole)


def _between(n: int, whole: int | None) -> bool:
    return whole is not None and 0 < whole - n < LEAST
