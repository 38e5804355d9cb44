"""Two houses with one bot: whoever works in one finds nothing of the other, at the desk and in Telegram, by whatever number she tries.

Every row of Huis van het Kind is written down; then the coordinator of Ander huis tries every route with its numbers, alone and mixed
with numbers of her own. Afterwards every row is as it was, no new one leads there, nobody there was told anything, and no answer
held a word of it.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from bot.care import announcements, feed, groups, inbox, meetings
from bot.care.content import Content
from bot.care.desk import ACTIONS, handle
from bot.care.desk.polls_page import SETS
from bot.db.models import Arrival, Base, Delivery, Group, Media, Meeting, Mother, Question, Staff
from bot.db.notes import note
from bot.db.session import Session
from bot.messages import Button, Heard, Utterance, to_json
from tests.care.conftest import NOON, make_group, make_mother, make_staff
from tests.console.conftest import Desk
from tests.console.test_rights import guarded
from tests.given.rows import _some
from tests.security.watched import everything, touching

pytestmark = [pytest.mark.parametrize("database_url", ["sqlite"], indirect=True), pytest.mark.timeout(900)]

WORD = "zebra"  # stands in every name and text of the first house
SHARED = ("/console/talen/", "/console/voorbeeld", "/console/plaatje/")  # the content, which is the same for all
MISSING = "nothing there"
NEED_MORE = (  # a machine's voice, a file of the content, or a mother who has two telephones: not a number
    *(
        "/console/vragen/{number}/klaar/{topic}/klank",
        "/console/aankondigen/{number}/klank",
        "/console/talen/",
        "/console/voorbeeld",
    ),
    *("/console/onderwerpen/{name}", "/console/groep/{number}/moeder/{her}/telefoon/{other}"),
)
OWN = {  # what Zoë is given of her own with a number that exists, or what asks for no number: her own page, her own list
    "/console/", "/console/aankondigen", "/console/afwezig", "/console/bijeenkomsten", "/console/bijeenkomsten/afspraken",
    "/console/bijeenkomsten/blad", "/console/bijeenkomsten/delen", "/console/bijeenkomsten/extra", "/console/bijeenkomsten/ritme",
    "/console/bijeenkomsten/vrij", "/console/bijeenkomsten/weg", "/console/groep", "/console/groep/oud", "/console/huis",
    "/console/huis/instellingen", "/console/huis/logboek", "/console/huis/team", "/console/onderwerpen", "/console/talen",
    "/console/talen/bureau", "/console/toegang", "/console/toegang/{number}/einde", "/console/vragen",
}  # fmt: skip


async def put(session: Session, table: str, **values: Any) -> Any:
    """A row of this table; what else it needs is made up. Its number, or its first key."""
    found = Base.metadata.tables[table]
    for column in found.columns:
        made = column.primary_key and column.autoincrement is True
        if column.name not in values and not made and not column.nullable and not column.foreign_keys:
            values[column.name] = f"{WORD} {_some(column)}"[: column.type.length or 40] if isinstance(column.type, sa.String) else _some(column)  # fmt: skip
    done = await session.execute(sa.insert(found).values(**values).returning(*found.primary_key.columns))
    return done.one()[0]


@dataclass
class Houses:
    """The first house with its numbers, and Zoë of the other one."""

    desk: Desk
    known: dict[str, Any]  # the word of a path → a number of the first house
    zoe: Staff
    own: dict[str, int]  # Zoë's own group, mother, meeting and question


async def first_house(desk: Desk, session: Session) -> dict[str, Any]:
    """Something in every room; word of a path (with the room before it where rooms differ) → number."""
    group = await session.get_one(Group, desk.group.id)
    group.name, group.place = f"Mama {WORD}", f"Plein {WORD}"
    for mother in await session.scalars(select(Mother)):
        mother.first_name = f"{mother.first_name} {WORD}"
    for person in await session.scalars(select(Staff)):
        person.name = f"{person.name} {WORD}"
    here = {"group_id": group.id}
    photo = await put(
        session, "media", name=f"{WORD}-door.jpg", kind="photo", mime="image/jpeg", mother_id=desk.amina.id
    )
    spoken = await put(
        session, "media", size=4, name=f"{WORD}-said.ogg", kind="voice", mime="audio/ogg", mother_id=desk.amina.id
    )
    amina, now = desk.amina.id, NOON
    known: dict[str, Any] = {
        "her": amina, "mother_id": amina, "other": desk.fatou.id, "person": desk.els.id, "house": group.house_id,
        "link": await put(session, "invites", **here, lang="nl", expires_at=now + dt.timedelta(days=9)),
        "one": await put(session, "polls", **here, staff_id=desk.rose.id, kind="own", moment="", state="open", signs=["yes", "no"], counts={},
                         asked=2, closes_at=now + dt.timedelta(days=2), closed_at=None),
        "buurt one": await put(session, "places", house_id=group.house_id, category="library", name=f"Bib {WORD}", last_checked=now.date()),
        "woorden one": await put(session, "stories", **here, mother_id=amina, kind="voice", text=WORD, consent="public", media_id=spoken),
        "afspraken number": await put(session, "appointments", **here, mother_id=amina, staff_id=desk.rose.id, kind="talk", state="planned",
                                      starts_at=now + dt.timedelta(days=3), ends_at=now + dt.timedelta(days=3, hours=1), say="", answer=None),
        "vrij row": await put(session, "own_days", **here, first_day=dt.date(2026, 12, 1), last_day=dt.date(2026, 12, 2), name=WORD, closed=True),
        "afwezig number": await put(session, "absences", staff_id=desk.rose.id, deputy_id=desk.els.id, first_day=now.date(), last_day=now.date()),
    }  # fmt: skip
    known["talen number"] = await put(session, "language_checks", lang="nl", what="text", signer="een pseudoniem", native=True, on=now.date(),
                                      texts={}, staff_id=desk.rose.id)  # fmt: skip
    known["knock"] = await put(session, "knocks", staff_id=desk.rose.id, expires_at=now + dt.timedelta(hours=1))
    known["feed"] = await feed.open_feed(session, group, desk.rose, now)
    known["feed row"] = (await feed.open_ones(session, group.id))[0].id
    for name in (f"{WORD}-door.jpg", f"{WORD}-said.ogg"):
        (desk.media / name).write_bytes(b"JPEG")
    await put(session, "guest_photos", meeting_id=desk.coming[0].id, media_id=photo)
    await put(session, "ways", group_id=group.id, line=WORD, stop=WORD, door_photo=photo, stop_photo=photo)
    await put(session, "rsvps", meeting_id=desk.coming[0].id, mother_id=amina, answer="come", children=1)
    await put(session, "attendances", meeting_id=desk.coming[0].id, mothers=1, children=1, staff_id=desk.rose.id)
    await put(session, "stones", mother_id=amina, stone=2)
    made = await announcements.draft(session, group, desk.rose, "own", now, text=f"Dag {WORD}")
    known["aankondigen number"] = made.id
    known["toegang number"] = await put(session, "desk_sessions", staff_id=desk.rose.id, device=WORD, ended_at=None,
                                        expires_at=now + dt.timedelta(days=1))  # fmt: skip
    return known


@pytest.fixture
async def houses(desk: Desk) -> Houses:
    question = await desk.asks(desk.amina, f"Mag ik {WORD}?", await desk.voice())
    async with desk.db.begin() as session:
        known = await first_house(desk, session)
        await note(session, "bot", {"id": 42, "username": "stapsteen_bot"})
        known["vragen number"] = question.id
        known["row"] = await put(session, "question_notes", question_id=question.id, staff_id=desk.rose.id, text=WORD)
        known["media"] = await session.scalar(select(Media.name).where(Media.kind == "voice"))
        other = await make_group(session, name="Elders", house="Ander huis")
        zoe = await make_staff(session, "Zoë", "coordinator", other)
        yasmin = await make_mother(session, "Yasmin", "nl")
        await groups.join(session, yasmin, other, NOON)
        await meetings.plan(session, other, NOON)
        meeting = (await meetings.coming(session, other.id, NOON))[0]
        asked = await inbox.ask(session, yasmin, Heard("text", yasmin.chat_id, text="Van mij"), None, NOON)
        told = await announcements.draft(session, other, zoe, "own", NOON, text="Van mij")
        own = {
            "group": other.id,
            "her": yasmin.id,
            "bijeenkomsten": meeting.id,
            "vragen": asked.id,
            "aankondigen": told.id,
        }
    return Houses(desk, known, zoe, own)


def addresses(found: Houses, path: str) -> list[str]:
    """The path with numbers of the first house; and where a number of a group comes first, also with Zoë's own group there."""
    room = path.split("/")[2]
    rooms = path.split("/")[2:]
    of_a_group = room == "groep" or bool(
        re.search(r"/(nieuw|eigen|foto|ritme|vrij|delen|weg|afspraken|groep)/\{number\}(/|$)", path)
        and "onderwerpen" not in path
    )
    if "afspraken/{number}/" in path:
        of_a_group = False
    fixed = {"act": "afgelasten", "kind": "trust", "lang": "nl", "key": "common.one", "what": "deur", "topic": "opvang_plaats", "n": 0,
             "name": found.known["media"], "secret": "x" * 32, "code": "x", "symbol": "yes"}  # fmt: skip
    if path.startswith("/console/aankondigen/nieuw"):
        fixed["kind"] = "celebrate"

    def number() -> Any:
        if "afspraken/{number}" in path:
            return found.known["afspraken number"]
        if room == "bijeenkomsten":
            return found.desk.coming[0].id
        return found.known["vragen number" if room == "onderwerpen" else f"{room} number"]

    def fill(group: int) -> str:
        def word(match: re.Match[str]) -> str:
            name = match[1]
            if name == "number":
                return str(group if of_a_group else number())
            special = next((found.known[f"{part} {name}"] for part in rooms if f"{part} {name}" in found.known), None)
            return str(special if special is not None else fixed.get(name, found.known.get(name, MISSING)))

        return re.sub(r"\{(\w+)(?::path)?\}", word, path)

    every = [fill(found.desk.group.id)]
    if of_a_group and re.search(r"\{(her|other|link|one|mother_id|row)\}", path):
        every.append(fill(found.own["group"]))
    assert not [one for one in every if MISSING in one], f"Tell this test a number for {path}."
    return every


def own_addresses(found: Houses, path: str) -> list[str]:
    """Zoë's own page of this kind: what she sends there names people and things of the first house."""
    room = path.split("/")[2]
    if path.count("{") != 1 or "{number}" not in path:
        return []
    if room in ("vragen", "aankondigen", "bijeenkomsten") and re.search(rf"/{room}/\{{number\}}", path):
        return [path.replace("{number}", str(found.own[room]))]
    return [path.replace("{number}", str(found.own["group"]))] if addresses(found, path)[0] != path else []


def forms(found: Houses) -> dict[str, Any]:
    """Every field that could name somebody or something of the first house, and the rest of a form that goes through."""
    k, desk = found.known, found.desk
    told = {
        "moeder": k["her"],
        "mother": k["her"],
        "aan": desk.els.id,
        "wie": desk.els.id,
        "group": desk.group.id,
        "groep": desk.group.id,
    }
    told |= {
        "adres": k["feed row"],
        "dagen": k["vrij row"],
        "meeting": desk.coming[0].id,
        "kept": 1,
        "person": desk.els.id,
    }
    told |= {
        "text": "hallo",
        "name": "Bib",
        "dag": "2026-12-01",
        "uur": "10:00",
        "day": "2026-12-01",
        "at": "10:00",
        "zeker": "1",
        "sure": "1",
    }
    return told | {
        f"rol-{desk.group.id}": "coordinator",
        f"rol-{found.own['group']}": "coordinator",
        "lang": "nl",
        "role": "coordinator",
    }


async def numbers_of(session: Session, group: int) -> dict[str, set[Any]]:
    """What is the first house's, by table; "chats": the people in Telegram."""
    house = (await session.get_one(Group, group)).house_id
    mothers = list(await session.scalars(select(Mother).where(Mother.group_id == group)))
    people = list(await session.scalars(select(Staff).where(Staff.name.contains(WORD))))
    return {
        "houses": {house}, "groups": {group}, "mothers": {m.id for m in mothers}, "staff": {p.id for p in people},
        "questions": set(await session.scalars(select(Question.id).where(Question.group_id == group))),
        "meetings": set(await session.scalars(select(Meeting.id).where(Meeting.group_id == group))),
        "places": set(await session.scalars(sa.text(f"SELECT id FROM places WHERE house_id = {house}"))),
        "chats": {m.chat_id for m in mothers} | {p.chat_id for p in people if p.chat_id},
    }  # fmt: skip


async def own_rows(session: Session, found: Houses) -> set[tuple[str, Any]]:
    """Rows that are Zoë's to change."""
    group = found.own["group"]
    rows = {
        ("groups", group),
        ("mothers", found.own["her"]),
        ("questions", found.own["vragen"]),
        ("staff", found.zoe.id),
    }
    rows |= {("announcements", found.own["aankondigen"]), ("houses", (await session.get_one(Group, group)).house_id)}
    rows |= {("meetings", n) for n in await session.scalars(select(Meeting.id).where(Meeting.group_id == group))}
    for name, column in (
        ("memberships", "mother_id"),
        ("reminders", "mother_id"),
        ("deliveries", "mother_id"),
        ("question_parts", "question_id"),
    ):
        table = Base.metadata.tables[name]
        key, owner = next(iter(table.primary_key.columns)), found.own["vragen" if column == "question_id" else "her"]
        rows |= {(name, n) for n in await session.scalars(select(key).where(table.c[column] == owner))}
    staff_rows = {
        (name, n)
        for name in ("staff_groups", "desk_sessions", "logins")
        for n in await _of_staff(session, name, found.zoe.id)
    }
    told = Base.metadata.tables["deliveries"]
    mine = set(await session.scalars(select(told.c.id).where(told.c.chat_id == found.zoe.chat_id)))
    return rows | staff_rows | {("deliveries", n) for n in mine} | {("notes", n) for n in ("bot", "erasures")}


async def _of_staff(session: Session, name: str, person: int) -> list[Any]:
    table = Base.metadata.tables[name]
    key = next(iter(table.primary_key.columns))
    return list(await session.scalars(select(key).where(table.c.staff_id == person)))


async def test_the_numbers_that_are_tried_are_there(houses: Houses) -> None:
    """Their own coordinator gets in with them: a door that is shut for everybody proves nothing."""
    rose, shut = await houses.desk.inside(houses.desk.rose), []
    for method, path, _right in guarded(houses.desk):
        if method == "GET" and "{" in path:
            address = addresses(houses, path)[0]
            status = (await rose.get(address)).status_code
            shut += [f"{path} {address}"] if status >= 400 else []
    assert not [line for line in shut if not line.startswith(NEED_MORE)], "\n".join(shut)


async def test_no_number_of_the_other_house_opens_or_changes_anything(houses: Houses) -> None:
    desk, told = houses.desk, forms(houses)
    zoe, mixed = await desk.inside(houses.zoe), told | {"groep": houses.own["group"], "group": houses.own["group"]}
    async with desk.db.begin() as session:
        before, theirs, own = (
            await everything(session),
            await numbers_of(session, desk.group.id),
            await own_rows(session, houses),
        )
    opened, leaked, tried = [], [], 0
    for method, path, _right in guarded(desk):
        her_own = own_addresses(houses, path) if method == "POST" else []
        for address in [*addresses(houses, path), *her_own]:
            hers = address in her_own or path in OWN
            for body in ([told, mixed] if hers else [told]) if method == "POST" else [None]:
                answer = await zoe.request(method, address, data=body)
                assert answer.status_code < 500, (method, address)
                tried += 1
                text = answer.text if answer.headers.get("content-type", "").startswith("text") else ""
                leaked += [f"{method} {address}"] if WORD in text.replace(address, "") else []
                shut = answer.status_code in (403, 404) or path.startswith(SHARED)
                opened += [f"{method} {address} {answer.status_code}"] if not shut and not hers else []
    assert tried > 150
    assert leaked == []
    assert not opened, "\n".join(opened)
    async with desk.db.begin() as session:
        assert touching(before, await everything(session), theirs, own) == []


async def pressed(found: Houses, content: Content, action: str, args: dict[str, Any], n: int) -> list[str]:
    """Zoë taps a button of this action with these numbers in it; what she is told."""
    desk, chat = found.desk, found.zoe.chat_id or 0
    async with desk.db.begin() as session:
        zoe = await session.get_one(Staff, found.zoe.id)
        zoe.place = {}
        button = Button("x", {"desk": action, **args})
        said = to_json(Utterance(kind="text", text="?", buttons=((button,),)))
        session.add(Delivery(unique_key=f"bent:{n}", token=f"bent{n}", chat_id=chat, state="sent", message_id=n, due_at=NOON, utterance=said,
                             created_at=NOON, sent_at=NOON))  # fmt: skip
        arrival = Arrival(channel="telegram:42", update_id=n, chat_id=chat, raw={}, received_at=NOON, due_at=NOON)
        session.add(arrival)
        await session.flush()
        heard = Heard("press", chat, data=f"bent{n}:0", callback_id="1", message_id=n)
        await handle(session, content, zoe, heard, None, NOON, arrival)
        told = select(Delivery.utterance).where(
            Delivery.unique_key.startswith(f"arrival:{arrival.id}:"), Delivery.chat_id == chat
        )
        return [str(utterance) for utterance in await session.scalars(told)]


async def test_no_button_in_telegram_reaches_the_other_house(houses: Houses, content: Content) -> None:
    k, own, desk = houses.known, houses.own, houses.desk
    theirs_: dict[str, Any] = {
        "group": desk.group.id, "meeting": desk.coming[0].id, "question": k["vragen number"], "mother": k["her"], "poll": k["one"],
        "announcement": k["aankondigen number"], "spot": k["buurt one"], "to": desk.els.id, "knock": k["knock"], "media": 1,
    }  # fmt: skip
    rest: dict[str, Any] = {
        "kind": "celebrate",
        "lang": "nl",
        "day": "2026-12-01",
        "at": "10:00",
        "n": 2,
        "mothers": 2,
        "children": 2,
        "sure": 1,
    }
    rest |= {
        "set": next(iter(SETS)),
        "topic": "opvang_plaats",
        "barrier": "cost",
        "moment": "start",
        "place": f"Plein {own['group']}",
    }
    hers = {
        "group": own["group"],
        "meeting": own["bijeenkomsten"],
        "question": own["vragen"],
        "announcement": own["aankondigen"],
    }
    async with desk.db.begin() as session:
        before, theirs, mine = (
            await everything(session),
            await numbers_of(session, desk.group.id),
            await own_rows(session, houses),
        )
    leaked, n = [], 0
    for action in ACTIONS:
        for mixed in (theirs_, theirs_ | {"group": own["group"]}, theirs_ | hers):
            n += 1
            if any(WORD in text for text in await pressed(houses, content, action, {**rest, **mixed}, 10_000 + n)):
                leaked.append(f"{action} {mixed}")
    assert not leaked, "\n".join(leaked)
    async with desk.db.begin() as session:
        after = await everything(session)
        assert touching(before, after, theirs, mine) == []
    assert len(after["deliveries"]) > len(ACTIONS), "Whatever she taps, she is answered."
