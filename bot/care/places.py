"""Places in the neighbourhood: kept from a list, found by kind, nearest first, and those that nobody checked for half a year."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote_plus

from sqlalchemy import or_, select

from bot.db.place_models import Spot
from bot.db.session import Session

FRESH = dt.timedelta(days=183)  # checked longer ago: "call first"
AT_ONCE = 5
SYMBOLS = {  # what stands for a kind of place, as in flows/places.yaml
    "baby": "consultation", "midwife": "pregnant", "doctor": "doctor", "childcare": "childcare", "help": "help-desk",
    "meet": "mothers", "play": "play", "centre": "house", "talk": "coordinator", "activity": "feast",
}  # fmt: skip
TAGS = (
    "lesson",
    "hours",
    "odd",
    "soon",
)  # childcare during a lesson, for a few hours, at odd hours, at once (A17, A20)
MAP = "https://www.google.com/maps/search/?api=1&query="  # opens the map of her telephone, which can speak the way
EARTH = 6371.0  # kilometres


async def keep(session: Session, rows: list[dict[str, Any]], house_id: int | None, now: dt.datetime) -> tuple[int, int]:
    """Puts the rows of a file into the table: (new, brought up to date). A row is known by its kind, name and address."""
    known = {_same(spot): spot for spot in await session.scalars(select(Spot).where(_of(house_id)))}
    new = 0
    for row in rows:
        spot = known.get((row["category"], row["name"], row["street"], row["number"]))
        if spot is None:
            session.add(Spot(house_id=house_id, created_at=now, **row))
            new += 1
            continue
        checked = row["last_checked"] or spot.last_checked
        when = row.get("tags") or spot.tags  # a list without that column takes nothing away
        for name, value in {**row, "last_checked": checked, "tags": when}.items():
            setattr(spot, name, value)
    await session.flush()
    return new, len(rows) - new


async def any_here(session: Session, house_id: int | None) -> bool:
    """Whether this house knows any place at all."""
    return await session.scalar(select(Spot.id).where(_seen_by(house_id)).limit(1)) is not None


async def find(
    session: Session,
    house_id: int | None,
    category: str,
    seen: Iterable[int] = (),
    near: tuple[float, float] | None = None,
    tag: str = "",
) -> list[Spot]:
    """Up to five of this kind that she has not seen yet; nearest to `near` (lat, lon in degrees) first, those without a pin last.

    tag: only places with this word of TAGS. Without one, and without `near`, childcare for who follows lessons comes first.
    """
    query = select(Spot).where(_seen_by(house_id), Spot.category == category, Spot.id.not_in(list(seen)))
    found = [spot for spot in await session.scalars(query.order_by(Spot.id)) if not tag or tag in tags(spot)]
    if near is not None:
        found.sort(key=lambda spot: distance(near, spot))
    else:
        found.sort(key=lambda spot: TAGS[0] not in tags(spot))
    return found[:AT_ONCE]


async def tagged(session: Session, house_id: int | None, category: str) -> bool:
    """Whether any place of this kind says when it is there, so that it makes sense to ask her when she needs it."""
    written = await session.scalars(select(Spot).where(_seen_by(house_id), Spot.category == category, Spot.tags != ""))
    return any(tags(spot) for spot in written)


async def pinned(session: Session, house_id: int | None, category: str) -> bool:
    """Whether any place of this kind has coordinates, so that it makes sense to ask her where she is."""
    query = select(Spot.id).where(_seen_by(house_id), Spot.category == category, Spot.lat.is_not(None))
    return await session.scalar(query.limit(1)) is not None


def tags(spot: Spot) -> list[str]:
    """The words of TAGS that this place has, in their order."""
    return [tag for tag in TAGS if tag in (spot.tags or "").split()]


async def stale(session: Session, house_ids: Iterable[int], today: dt.date) -> list[Spot]:
    """The places of these houses that nobody checked for half a year, those never checked first."""
    of_theirs = or_(Spot.house_id.is_(None), Spot.house_id.in_(list(house_ids)))
    old = or_(Spot.last_checked.is_(None), Spot.last_checked < today - FRESH)
    found = list(await session.scalars(select(Spot).where(of_theirs, old).order_by(Spot.id)))
    return sorted(found, key=lambda spot: spot.last_checked or dt.date.min)


def fresh(spot: Spot, today: dt.date) -> bool:
    return spot.last_checked is not None and spot.last_checked >= today - FRESH


def distance(near: tuple[float, float], spot: Spot) -> float:
    """Kilometres over the ground (haversine, as on https://en.wikipedia.org/wiki/Haversine_formula); infinite without a pin."""
    if spot.lat is None or spot.lon is None:
        return math.inf
    lat1, lon1, lat2, lon2 = (math.radians(x) for x in (*near, spot.lat, spot.lon))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(half))


def slots(found: Iterable[Spot]) -> dict[str, Any]:
    """The places as what is said needs them: pins where coordinates exist, addresses with a link to a map where not."""
    pins, addresses = [], []
    for spot in found:
        asks: dict[str, Any] = {"ask_price": True} if offer(spot) and not spot.price else {}
        asks |= {"tags": found_tags} if (found_tags := tags(spot)) else {}
        if spot.lat is not None and spot.lon is not None:
            told = " · ".join([address(spot), *details(spot)])
            pins.append({"lat": spot.lat, "lon": spot.lon, "title": spot.name, "address": told, **asks})
        else:
            text = "\n".join([spot.name, address(spot), *details(spot)])
            symbol = spot.picture or SYMBOLS.get(spot.category, "map-pin")
            url = MAP + quote_plus(f"{address(spot)}, {spot.name}" if not spot.street else address(spot))
            addresses.append({"symbol": symbol, "line": short(spot), "text": text, "url": url, **asks})
    return {"pins": pins, "addresses": addresses}


def offer(spot: Spot) -> bool:
    """Whether it is an activity, described by the six fields of an offer card."""
    return any((spot.lead, spot.form, spot.place, spot.rhythm, spot.price, spot.join))


def address(spot: Spot) -> str:
    """ "Mommaertstraat 22, 1080 Molenbeek"."""
    street, town = f"{spot.street} {spot.number}".strip(), f"{spot.postcode} {spot.municipality}".strip()
    return ", ".join(part for part in (spot.place, street, town) if part)


def short(spot: Spot) -> str:
    """What stands in large letters: street and number, or the name where there is no street."""
    return f"{spot.street} {spot.number}".strip() or spot.name


def details(spot: Spot) -> list[str]:
    """Hours, languages and what an offer card tells, each behind its sign."""
    signs = (("🕘", spot.hours), ("🗣️", spot.languages), ("👤", spot.lead), ("🤝", spot.form), ("📅", spot.rhythm))
    return [f"{sign} {said}" for sign, said in (*signs, ("💶", spot.price), ("✅", spot.join)) if said]


# ---------------------------------------------------------------- step by step


def _same(spot: Spot) -> tuple[str, str, str, str]:
    return spot.category, spot.name, spot.street, spot.number


def _of(house_id: int | None) -> Any:
    return Spot.house_id.is_(None) if house_id is None else Spot.house_id == house_id


def _seen_by(house_id: int | None) -> Any:
    return or_(Spot.house_id.is_(None), Spot.house_id == house_id) if house_id is not None else Spot.house_id.is_(None)
