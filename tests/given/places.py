"""Given: a few places in a made-up neighbourhood, as `places_file.read` gives them."""

from __future__ import annotations

import datetime as dt
from typing import Any

CHECKED = dt.date(2026, 11, 1)
EMPTY: dict[str, Any] = {
    **dict.fromkeys(("neighbourhood", "street", "number", "postcode", "municipality", "note", "lead", "form"), ""),
    **dict.fromkeys(("place", "rhythm", "price", "join", "hours", "languages", "picture"), ""),
    "lat": None,
    "lon": None,
    "last_checked": None,
}


def spot(category: str, name: str, **said: Any) -> dict[str, Any]:
    """One row."""
    return {**EMPTY, "category": category, "name": name, "municipality": "Voorbeelddorp", "postcode": "9999", **said}


SPOTS = [
    spot("baby", "Bureau Ver", street="Verre straat", number="1", lat=51.3, lon=4.4, last_checked=CHECKED),
    spot("baby", "Bureau Dichtbij", street="Nabije straat", number="2", lat=51.001, lon=4.001, last_checked=CHECKED),
    spot("baby", "Bureau Zonder Kaart", street="Kerkstraat", number="3", hours="ma 9-12 u", last_checked=CHECKED),
    spot("baby", "Bureau Vier", street="Molenstraat", number="4", lat=51.1, lon=4.1, last_checked=CHECKED),
    spot("baby", "Bureau Vijf", street="Beekstraat", number="5", lat=51.2, lon=4.2, last_checked=CHECKED),
    spot("baby", "Bureau Zes", street="Hoogstraat", number="6", lat=51.02, lon=4.02, last_checked=dt.date(2026, 1, 5)),
    spot("play", "Het Parkje", street="Parklaan"),
    spot("activity", "Samen zingen", lead="Rose", form="zingen", rhythm="elke week", lat=51.0, lon=4.0),
]
