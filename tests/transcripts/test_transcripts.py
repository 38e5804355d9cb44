"""Flows as conversations on disk. `pytest tests/transcripts --update-transcripts` rewrites them; the reviewer reads the diff.

Lines: `# …` a remark · `= …` what is given · `> kind words` what she does · `< …` what she hears · `@ …` where she stands then.
Her place goes through the database between two lines, so a restart at any line changes nothing.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.care import cohort, groups, places, polls, registration, stones, story
from bot.db.models import Mother
from bot.messages import FileRef, Utterance
from tests.given.house import House, Person, World, welcome
from tests.given.places import SPOTS

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.txt"))

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_the_conversation_is_as_written(path: Path, world: World, house: House, rewrite: bool) -> None:
    written = path.read_text(encoding="utf-8")
    told = await _play(written, world, house)
    if rewrite:
        path.write_text(told, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == told


async def _play(written: str, world: World, house: House) -> str:
    person, out = Person(world, 101, "Amina", "nl"), []
    for line in written.splitlines():
        if line.startswith("#") or not line.strip():
            out.append(line)
        elif line.startswith("="):
            out.append(line)
            await _given(line[1:].split(), person, house, world)
        elif line.startswith(">"):
            heard = await _do(line[1:].strip(), person, house)
            place = await person.place()
            out += [line, *(f"< {shown(u)}" for u in heard), f"@ {place.step}"]
    return "\n".join(out) + "\n"


async def _given(words: list[str], person: Person, house: House, world: World) -> None:
    match words:
        case ["name", name, lang]:
            person.name, person.lang = name, lang
        case ["member"]:
            await welcome(person, house)
        case ["full"]:
            async with world.db.begin() as session:
                (await session.merge(house.group)).mothers_max = 0
        case ["other", most]:
            async with world.db.begin() as session:
                old = await session.merge(house.group)
                named: dict[str, Any] = {
                    "name": "Klimop",
                    "house": "Huis van het Kind",
                    "place": "De Kring",
                    "pattern": old.pattern,
                }
                times: dict[str, Any] = {
                    "starts": old.starts,
                    "ends": old.ends,
                    "first_day": old.first_day,
                    "last_day": old.last_day,
                }
                other = await groups.create(session, now=world.now, mothers_max=int(most), **named, **times)
                house.other = await groups.invite(session, other, world.now)
        case ["places"]:
            async with world.db.begin() as session:
                await places.keep(session, SPOTS, None, world.now)
        case ["asked" | "moved" | "told" | "registration" | "closed", *_]:
            await _from_the_desk(words, person, house, world)
        case ["after", hours]:
            world.now += dt.timedelta(hours=float(hours))
        case _:
            raise ValueError(f"Nobody knows how to give “{' '.join(words)}”.")


async def _from_the_desk(words: list[str], person: Person, house: House, world: World) -> None:
    """What a colleague sends to the group, or does with it."""
    async with world.db.begin() as session:
        group = await session.merge(house.group)
        match words:
            case ["asked", kind, *moment]:
                await polls.ask(session, world.content, group, kind, world.now, moment="".join(moment))
            case ["moved", stone]:
                mother = (await session.scalars(select(Mother))).one()
                await stones.move(session, world.content, mother, stone, world.now)
            case ["told"]:
                await story.invite(session, world.content, group, world.now)
            case ["registration", opens, closes]:
                first, last = dt.date.fromisoformat(opens), dt.date.fromisoformat(closes)
                await registration.set_period(session, group, first, last, world.now)
                await registration.fire_due(session, world.content, world.now)
            case ["closed"]:
                await cohort.close(session, world.content, group, world.now)


async def _do(words: str, person: Person, house: House) -> list[Utterance]:
    kind, _, rest = words.partition(" ")
    match kind:
        case "start":
            return await person.start({"LINK": house.code, "OTHER": house.other}.get(rest, rest))
        case "tap":
            return await person.tap(rest)
        case "voice":
            return await person.voice()
        case "photo":
            return await person.photo()
        case "press":
            return await person.send("press", data=rest, callback_id="1")
        case "voice-lost":
            seconds, size = (int(n) for n in rest.split())
            return await person.send("voice", file=FileRef("f", "u", "voice", size, seconds))
        case "say":
            return await person.say(rest)
        case "listen":
            return await person.listen()
        case "location":
            return await person.send("location", lat=51.0, lon=4.0)
        case "forward":
            return await person.send("text", text=rest, forwarded=True)
        case _:
            return await person.send(kind, text=rest)


def shown(said: Utterance) -> str:
    """One line for one thing that she gets."""
    head, text = f"{said.kind} {said.lang}", said.text.replace("\n", " / ")
    if said.picture and said.picture.kind == "path":
        return f"{head}: path {' '.join(f'{c.colour}:{c.symbol}' for c in said.picture.cells)}"
    if said.picture:
        cells = " · ".join(" ".join(str(p) for p in (c.number, c.symbol, c.label) if p) for c in said.picture.cells)
        when = " ".join(p for p in (said.picture.day, said.picture.starts, said.picture.warning) if p)
        return f"{head}: {' | '.join(p for p in (text, when, cells) if p)}"
    if said.pin:
        return f"{head}: {said.pin.title}, {said.pin.address}"
    if said.contact:
        return f"{head}: {said.contact.name} {said.contact.phone}"
    rows = " ".join("[" + "] [".join(button.label for button in row) + "]" for row in said.buttons)
    aloud = " / ".join(part.text for part in said.voice.parts) if said.voice else ""
    spoken = "" if not said.voice or aloud.startswith(said.text) else f"\n    ({aloud})"
    return f"{head}: {text}{spoken}" + (f"\n    {rows}" if rows else "")
