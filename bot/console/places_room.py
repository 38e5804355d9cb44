"""Places in the neighbourhood: the list, one's own places, a file looked at row by row before it counts, and addresses to check."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, UploadFile
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import or_, select

from bot.care import places, places_file
from bot.care.places_file import Read
from bot.clock import local
from bot.console.guard import Answering, Visit, there
from bot.console.page import back, page
from bot.console.words import _, later
from bot.db.models import Group
from bot.db.place_models import Spot
from bot.db.session import Session

MOST_BYTES = 2 * 1024 * 1024
KINDS = {
    "baby": later("consultatiebureau"), "midwife": later("vroedvrouw"), "doctor": later("dokter"), "childcare": later("kinderopvang"),
    "help": later("OCMW of Sociaal Huis"), "meet": later("ontmoetingsplaats"), "play": later("spelen, bib en speltheek"),
    "centre": later("buurthuis of gemeenschapscentrum"), "talk": later("praten met iemand (CAW, CGG)"), "activity": later("activiteit"),
}  # fmt: skip
COLUMN = {  # our kind → how a file says it
    "baby": "consultatie", "midwife": "vroedvrouw", "doctor": "huisarts", "childcare": "kinderopvang", "help": "ocmw",
    "meet": "ontmoeting", "play": "speelplek", "centre": "buurthuis", "talk": "caw", "activity": "activiteit",
}  # fmt: skip
TAGS = {  # when childcare is there, as staff say it
    "lesson": later("tijdens lessen"), "hours": later("occasioneel, een paar uur"),
    "odd": later("flexibel: vroeg, laat of in het weekend"), "soon": later("dringend: kan heel snel starten"),
}  # fmt: skip
PIN = later("Het speldje is twee getallen, zoals 50.8580, 4.3300.")
FIELDS = ("name", "street", "number", "postcode", "municipality", "hours", "languages", "note", "lat", "lon")
SAYS = {
    "columns": later("De eerste regel moet de kolommen {names} noemen."),
    "and": later(" en "),
    "unknown": later("De kolom “{name}” ken ik niet. Ze telt niet mee."),
    "row": later("Rij {n}"),
    "twice": later("{row}: “{name}” staat op hetzelfde adres in rij {other}."),
    "category": later("de soort “{written}” ken ik niet"),
    "name": later("er is geen naam"),
    "postcode": later("“{written}” is geen Belgische postcode"),
    "picture": later("er is geen plaatje dat “{written}” heet"),
    "tag": later("“{written}” zegt niet wanneer er opvang is; ik ken: tijdens lessen, occasioneel, flexibel, dringend"),
    "street": later("{row}, {name}: er is geen straat. Moeders zien alleen de naam en de gemeente."),
    "pin": later("lat en lon zijn twee getallen, zoals 50.8580 en 4.3300"),
    "abroad": later("{lat}, {lon} ligt niet in België (lat en lon omgewisseld?)"),
    "day": later("last_checked is een dag zoals 2026-11-22, niet “{written}”"),
    "future": later("last_checked ligt in de toekomst: {written}"),
    "list": later("Deze lijst kan ik niet lezen: {fault}."),
}
router = APIRouter(prefix="/groep/{number}/buurt")


@router.get("")
async def all_of_them(number: int, visit: Answering) -> Response:
    """The places of this group's house; those to check first."""
    group, today = visit.group(number), local(visit.now).date()
    async with visit.desk.db.begin() as session:
        found = list(
            await session.scalars(select(Spot).where(_ours(group)).order_by(Spot.category, Spot.name, Spot.id))
        )
    old = sorted(
        (spot for spot in found if not places.fresh(spot, today)), key=lambda spot: spot.last_checked or dt.date.min
    )
    kinds = [(key, label, [s for s in found if s.category == key]) for key, label in KINDS.items()]
    words: dict[str, Any] = {"group": group, "old": old, "kinds": [k for k in kinds if k[2]], "address": places.address}
    words |= {"tags": TAGS, "tags_of": places.tags}
    return page("places.html", visit, here="groep", names=KINDS, **words)


@router.get("/lijst")
async def upload(number: int, visit: Answering) -> Response:
    """The form for a file."""
    return page("places_file.html", visit, here="groep", group=visit.group(number), read=None, data="")


@router.post("/lijst")
async def look(number: int, visit: Answering, lijst: Annotated[UploadFile | None, File()] = None) -> Response:
    """What the file says, row by row. Nothing counts yet."""
    group = visit.group(number)
    data = await lijst.read(MOST_BYTES + 1) if lijst is not None else b""
    try:
        if len(data) > MOST_BYTES:
            raise ValueError(_("Dit bestand is te groot: hoogstens 2 MB."))
        text = _text(data)
        found = _read(visit, text)
    except ValueError as why:
        return page("places_file.html", visit, 422, here="groep", group=group, read=None, data="", error=str(why))
    words: dict[str, Any] = {
        "group": group,
        "read": found,
        "data": text,
        "names": KINDS,
        "address": _address,
        "tags": TAGS,
    }
    return page("places_file.html", visit, here="groep", **words)


@router.post("/lijst/bewaren")
async def take_in(number: int, visit: Answering, tekst: Annotated[str, Form()] = "") -> Response:
    """The good rows count from now on."""
    group = visit.group(number)
    try:
        found = _read(visit, tekst)
    except ValueError as why:
        raise HTTPException(422, str(why)) from None
    async with visit.desk.db.begin() as session:
        await places.keep(session, found.rows, group.house_id, visit.now)
    return back(f"/groep/{number}/buurt", "plaats-bewaard")


@router.get("/nieuw")
async def new(number: int, visit: Answering) -> Response:
    """One more place."""
    return _form(visit, visit.group(number), None, {})


@router.post("/nieuw")
async def add(number: int, visit: Answering) -> Response:
    """It counts from now on, checked today."""
    return await _save(visit, number, None)


@router.get("/{one}")
async def edit(number: int, one: int, visit: Answering) -> Response:
    """One place, to change."""
    group = visit.group(number)
    async with visit.desk.db.begin() as session:
        spot = await _spot(session, group, one)
    written = {name: str(value) for name in FIELDS if (value := getattr(spot, name)) is not None}
    return _form(visit, group, spot, {**written, "category": spot.category, "tags": spot.tags})


@router.post("/{one}")
async def change(number: int, one: int, visit: Answering) -> Response:
    """Changed, and checked today."""
    return await _save(visit, number, one)


@router.post("/{one}/klopt")
async def right(number: int, one: int, visit: Answering) -> Response:
    """Still right: checked today."""
    group = visit.group(number)
    async with visit.desk.db.begin() as session:
        (await _spot(session, group, one)).last_checked = local(visit.now).date()
    return back(f"/groep/{number}/buurt", "klopt")


@router.post("/{one}/weg")
async def gone(number: int, one: int, visit: Answering) -> Response:
    """It no longer exists."""
    group = visit.group(number)
    async with visit.desk.db.begin() as session:
        await session.delete(await _spot(session, group, one))
    return back(f"/groep/{number}/buurt", "plaats-weg")


# ---------------------------------------------------------------- step by step


def _ours(group: Group) -> Any:
    return or_(Spot.house_id.is_(None), Spot.house_id == group.house_id)


async def _spot(session: Session, group: Group, number: int) -> Spot:
    """A place of this group's house, or of all houses."""
    found: Spot = there(await session.get(Spot, number))
    if found.house_id not in (None, group.house_id):
        raise HTTPException(404)
    return found


def _text(data: bytes) -> str:
    if not data:
        raise ValueError(_("Kies een bestand."))
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError(_("Dit is geen CSV-bestand. Kies in Excel: Opslaan als, CSV."))


def _read(visit: Visit, text: str) -> Read:
    says = {name: _(sentence) for name, sentence in SAYS.items()}
    return places_file.read(text, visit.desk.content.emoji, local(visit.now).date(), says)


def _address(row: dict[str, Any]) -> str:
    return places.address(
        Spot(**{name: row[name] for name in ("place", "street", "number", "postcode", "municipality")})
    )


async def _save(visit: Visit, number: int, one: int | None) -> RedirectResponse | Response:
    group, today = visit.group(number), local(visit.now).date()
    form = await visit.request.form()
    written = {name: " ".join(str(form.get(name, "")).split())[:300] for name in (*FIELDS, "category")}
    written["lat"], _comma, written["lon"] = " ".join(
        str(form.get("pin", ""))[:40].replace(",", " ").split()
    ).partition(" ")
    chosen = [tag for tag in TAGS if tag in form.getlist("tags") and written["category"] == "childcare"]
    said = {
        **written,
        "tags": ",".join(chosen),
        "category_nl": COLUMN.get(written["category"], ""),
        "last_checked": today.isoformat(),
    }
    says = {name: _(text) for name, text in {**SAYS, "pin": PIN}.items()}
    judged = places_file.one(said, visit.desk.content.emoji, today, says)
    async with visit.desk.db.begin() as session:
        spot = await _spot(session, group, one) if one is not None else None
        if not judged.rows:
            return _form(
                visit,
                group,
                spot,
                {**written, "tags": " ".join(chosen)},
                " ".join(judged.wrong) or _("Vul de naam in."),
            )
        row = {name: judged.rows[0][name] for name in (*FIELDS, "category", "last_checked", "tags")}
        if spot is None:
            session.add(Spot(house_id=group.house_id, created_at=visit.now, **row))
        else:
            for name, value in row.items():
                setattr(spot, name, value)
    return back(f"/groep/{number}/buurt", "plaats-bewaard")


def _form(visit: Visit, group: Group, spot: Spot | None, written: dict[str, str], error: str | None = None) -> Response:
    words: dict[str, Any] = {
        "group": group,
        "spot": spot,
        "w": {**dict.fromkeys((*FIELDS, "category", "tags"), ""), **written},
    }
    words["tags"] = TAGS
    return page("place.html", visit, 422 if error else 200, here="groep", kinds=KINDS, error=error, **words)
