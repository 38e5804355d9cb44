"""Growth: the same taps in a house of a hundred mothers, and in one with a million and years of rows behind it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from tests.bench.scene import FIRST, Town, house, median, people, sqlite, town
from tests.bench.table import Row, compare

TAPPERS = 40
WIDE = 200_000  # how many rows one statement makes


def fill(file: Path, mothers: int, years: int) -> None:
    """Members of other groups, and what they said and heard: handled arrivals, sent deliveries, answered questions, old meetings."""
    db = sqlite3.connect(file)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;")
    when = "datetime('now', '-' || (n % 3650) || ' days')"
    said = """'{"kind": "voice", "lang": "nl", "text": "Wij zien elkaar morgen.", "buttons": []}'"""
    for at in range(0, mothers, WIDE):
        numbers = (
            f"WITH RECURSIVE s(n) AS (SELECT {at} UNION ALL SELECT n+1 FROM s WHERE n < {min(at + WIDE, mothers) - 1})"
        )
        db.execute(f"""{numbers} INSERT INTO mothers (chat_id, first_name, lang, status, group_id, place, said, consented_at, created_at)
            SELECT 500000000 + n, 'M', 'nl', 'member', NULL, '{{}}', '{{}}', {when}, {when} FROM s""")
    size = mothers * 2 if years > 1 else mothers
    for at in range(0, size, WIDE):
        numbers = (
            f"WITH RECURSIVE s(n) AS (SELECT {at} UNION ALL SELECT n+1 FROM s WHERE n < {min(at + WIDE, size) - 1})"
        )
        db.execute(f"""{numbers} INSERT INTO arrivals (channel, update_id, chat_id, raw, received_at, due_at, tries, handled_at)
            SELECT 'telegram:42', n, 500000000 + n % {mothers}, '{{}}', {when}, {when}, 1, {when} FROM s""")
        db.execute(f"""{numbers} INSERT INTO deliveries (unique_key, token, chat_id, mother_id, priority, state, due_at, tries, unknown,
                utterance, created_at, sent_at, message_id)
            SELECT 'old:' || n, 't' || n, 500000000 + n % {mothers}, NULL, 0, 'sent', {when}, 1, 0, {said}, {when}, {when}, n FROM s""")
    db.commit()
    db.execute("ANALYZE")
    db.close()


async def cost(place: Town, data: Path, quick: bool) -> list[float]:
    """CPU-free measure: seconds of a lone tap, many times, warm."""
    async with house(place, data):
        for script in ("start", "taps", "taps"):
            await place.round(TAPPERS, script)
        return [(await place.round(1, "taps", FIRST + n % TAPPERS))["last"][0] for n in range(40 if quick else 120)]


async def rows(folder: Path, quick: bool) -> list[Row]:
    sizes = (100, 10_000, 100_000) if quick else (100, 10_000, 1_000_000)
    found: dict[int, list[float]] = {size: [] for size in sizes}
    for size in sizes:
        data = folder / str(size)
        data.mkdir(parents=True)
        await people(sqlite(data), TAPPERS)
        await asyncio.to_thread(fill, data / "stapsteen.sqlite", size, 1 if size == sizes[0] else 10)
    for _ in range(1 if quick else 2):  # they take turns
        for size in sizes:
            async with town() as place:
                found[size] += await cost(place, folder / str(size), quick)
    small = median(found[sizes[0]]) * 1000
    raw = {str(size): [round(s, 5) for s in seconds] for size, seconds in found.items()}
    return [
        compare(f"a whole tap with {size:,} mothers, p50", median(found[size]) * 1000, "ms", small, f"with {sizes[0]} mothers", most=1.3, raw=raw)
        for size in sizes[1:]
    ]  # fmt: skip
