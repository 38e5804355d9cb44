"""What the host does from the command line, one call each: tables, staff, groups and links, typed questions, voices ahead of time."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from bot.care import groups, meetings, places, places_file, staff, tell
from bot.care import local as local_fields
from bot.care.content import load as load_content
from bot.clock import Clock, local
from bot.db import moving, trouble
from bot.db.migrate import upgrade
from bot.db.models import Group, House, Mother, Note, Staff
from bot.db.notes import insert, note, noted
from bot.db.session import Database, Session
from bot.media import StoreAway, open_store
from bot.media.carrying import carry

if TYPE_CHECKING:
    from bot.settings import Settings

DAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
LONGEST, LONGEST_NAME = dt.timedelta(days=3 * 366), 120
HOUR = re.compile(r"(\d{1,2})(?:[:.u](\d{2}))?u?\Z")


OTHER = (
    "{where} belongs to bot {known}, and BOT_TOKEN is of bot {new}: two bots must never share one. Give each its own folder (DATA) and, on one "
    "PostgreSQL, its own DATABASE_SCHEMA. If this bot takes over from that one: stapsteen migrate --new-bot"
)


async def prepare_database(settings: Settings, *, new_bot: bool = False) -> str:
    """Makes the data folder and brings the tables up to date; the database's address without its password.

    new_bot: from now on it is the house of BOT_TOKEN's bot. Raises Unusable, also when it is another bot's.
    """
    url = settings.database()
    trouble.look_at_folder(settings.data)
    trouble.look_at_file(url)
    try:
        await upgrade(url)
        if settings.bot_token is not None:
            await _see_whose(settings, url, new_bot)
    except trouble.Unusable:
        raise
    except Exception as error:
        if (told := trouble.told(error, url)) is None:
            raise
        raise told from None
    return trouble.hidden(url)


async def _see_whose(settings: Settings, url: str, take_over: bool) -> None:
    """The first bot that comes owns the database and the folder: another one would answer its mothers, and clear away its files."""
    number = (settings.bot_token.get_secret_value() if settings.bot_token else "").partition(":")[0]
    db, file = Database(url), settings.data / "bot"
    try:
        async with db.begin() as session:
            first = insert(session, Note).values(name="bot", value={"id": number})
            await session.execute(first.on_conflict_do_nothing(index_elements=["name"]))
            known = str((await noted(session, "bot") or {}).get("id", number))
            if known != number and not take_over:
                raise trouble.Unusable(OTHER.format(where=trouble.hidden(url), known=known, new=number))
            if known != number:
                await note(session, "bot", {"id": number})
    finally:
        await db.close()
    known = (file.read_text("utf-8").strip() if file.exists() else "") or number
    if known != number and not take_over:
        raise trouble.Unusable(OTHER.format(where=f"The folder {settings.data}", known=known, new=number))
    if not file.exists() or take_over:
        file.write_text(f"{number}\n", "utf-8")


async def move_house(source: str, target: str, schema: str | None = None) -> str:
    """Carries everything from one database into another, and says table by table what was carried. Raises Unusable.

    schema: of a PostgreSQL whose address names none.
    """
    sums = await moving.move(moving.address(source, schema), moving.address(target, schema))
    lines = [
        f"{name}: {said['rows']} rows, checksum {said['sha256'][:12]}" for name, said in sums.items() if said["rows"]
    ]
    rows = sum(said["rows"] for said in sums.values())
    told = f"All {rows} rows arrived as they were. Now set DATABASE_URL to the new database, and start the house."
    return "\n".join([*lines, told])


async def look_at_store(settings: Settings) -> str:
    """Tries out the store of files, and says that it is well. Raises Unusable with what to do."""
    try:
        await open_store(settings).look()
    except StoreAway as away:
        raise trouble.Unusable(str(away)) from None
    return f"The files of people in {settings.media_store} can be written, read, listed and deleted."


async def move_files(settings: Settings, source: str, target: str) -> str:
    """Carries recordings and photos from a folder into a store, or back: "data/media", "s3://bucket/folder". Raises Unusable.

    Every file is read back and compared; nothing is taken away from the old place. What is there already is left as it is, so it
    may be done once while the house runs and once more after it was stopped.
    """
    if not source.startswith("s3://") and not Path(source).is_dir():
        raise trouble.Unusable(f"There is no folder {source}. Look at --from.")
    try:
        start, end = (open_store(settings, place) for place in (source, target))
        await end.look()
        done = await carry(start, end)
    except StoreAway as away:
        raise trouble.Unusable(str(away)) from None
    setting = f"MEDIA_STORE={target}" if target.startswith("s3://") else "DATA (and take MEDIA_STORE away)"
    return (
        f"{done.files} files, {done.bytes / 1e6:.1f} MB, are in {target} now ({done.there} were there already). "
        f"All were read back and compared.\nStop the house, do this once more, set {setting}, and start it. Then delete what is left in "
        f"{source}: whom the house forgets from then on would stay there."
    )


@asynccontextmanager
async def office(settings: Settings) -> AsyncIterator[tuple[Session, dt.datetime]]:
    """One transaction on an up-to-date database, and the time."""
    await prepare_database(settings)
    db = Database(settings.database())
    try:
        async with db.begin() as session:
            yield session, Clock().now()
    finally:
        await db.close()


# ---------------------------------------------------------------- staff


async def add_staff(settings: Settings, name: str, role: str, numbers: list[int], langs: list[str]) -> str:
    """A new colleague of these groups (all of them when none is named); the sentence with the one-time link. ValueError."""
    name = _named("The name", name)
    async with office(settings) as (session, now):
        query = select(Group).where(Group.closed_at.is_(None))
        theirs = list(await session.scalars(query.where(Group.id.in_(numbers)) if numbers else query))
        if unknown := set(numbers) - {group.id for group in theirs}:
            raise ValueError(f"There is no group {min(unknown)}. See: stapsteen group list")
        code = await staff.add(session, name, role, theirs, now, langs=langs)
        return f"{name} opens this link on their phone, within {staff.CODE_DAYS} days:\n{await _link(session, staff.PREFIX + code)}"


async def list_staff(settings: Settings) -> str:
    """One line a person."""
    async with office(settings) as (session, _):
        people = await session.scalars(select(Staff).order_by(Staff.name))
        lines = [
            f"{p.id}  {p.name} ({p.role}), {'in Telegram' if p.chat_id else 'has not opened the link yet'}"
            for p in people
        ]
    return "\n".join(lines) or "There is nobody yet. Add somebody: stapsteen staff add Rose"


# ---------------------------------------------------------------- groups


async def add_group(settings: Settings, asked: dict[str, Any]) -> str:
    """A group from the command line's words, with its meetings; the sentences about it. ValueError says what to mend."""
    fields = _group_fields(asked)
    async with office(settings) as (session, now):
        group = await groups.create(session, house=asked["house"], name=asked["name"], now=now, **fields)
        planned = await meetings.plan(session, group, now)
        code = await groups.invite(session, group, now)
        return (
            f"Group {group.id}, {group.name}: {len(planned)} meetings, holidays skipped.\n"
            f"Link for the mothers, {groups.INVITE_DAYS} days valid:\n{await _link(session, code)}"
        )


async def list_groups(settings: Settings) -> str:
    """One line a group."""
    async with office(settings) as (session, _):
        count = select(Mother.group_id, func.count()).where(Mother.status == "member").group_by(Mother.group_id)
        mothers = {row[0]: row[1] for row in await session.execute(count)}
        lines = [
            f"{g.id}  {g.name}: {', '.join(DAYS[d] for d in g.pattern['days'])} {g.starts}-{g.ends}, {g.place}, "
            f"{mothers.get(g.id, 0)} mothers{', closed' if g.closed_at else ''}"
            f"{'' if await tell.of_group(session, g.id, anywhere=True) else ', NOBODY CAN ANSWER HERE: stapsteen staff add --help'}"
            for g in await session.scalars(select(Group).order_by(Group.id))
        ]
    return "\n".join(lines) or "There is no group yet. Make one: stapsteen group add --help"


async def new_link(settings: Settings, number: int, lang: str | None) -> str:
    """A new join link. ValueError: no such group, or no language that mothers may choose."""
    offered = load_content(settings.content).offered
    if lang is not None and lang not in offered:
        raise ValueError(f"There is no language “{lang}” to greet in. Known: {', '.join(offered)}.")
    async with office(settings) as (session, now):
        group = await session.get(Group, number)
        if group is None or group.closed_at:
            raise ValueError(f"There is no open group {number}. See: stapsteen group list")
        return await _link(session, await groups.invite(session, group, now, lang=lang))


async def set_field(settings: Settings, number: int, name: str, written: str) -> str:
    """Fills in one local field of a group, or empties it. ValueError: no such group or field, or a last day that is none."""
    topics = load_content(settings.content).topics
    kept = local_fields.checked(name, written, topics.values())
    async with office(settings) as (session, _):
        group = await session.get(Group, number)
        if group is None:
            raise ValueError(f"There is no group {number}. See: stapsteen group list")
        others = {field: value for field, value in group.local.items() if field != name}
        group.local = {**others, name: kept} if kept else others
        told = ", ".join(local_fields.fields(topics.values())[name])
        return f"{group.name}: {name} = {kept}. Shown with: {told}." if kept else f"{group.name}: {name} is empty now."


async def list_fields(settings: Settings, number: int) -> str:
    """What is filled in for a group, and what is missing per topic. ValueError: no such group."""
    topics = load_content(settings.content).topics
    async with office(settings) as (session, now):
        group = await session.get(Group, number)
        if group is None:
            raise ValueError(f"There is no group {number}. See: stapsteen group list")
        filled = [f"  {name} = {value}" for name, value in sorted(group.local.items())]
        missing = local_fields.missing(topics.values(), group.local, local(now).date())
    return "\n".join(
        [f"Filled in for {group.name}:", *(filled or ["  nothing yet"]),
         "Empty or over (! = the answer says little without one of these, a person is offered first):", *missing]
    )  # fmt: skip


async def import_places(settings: Settings, file: Path, house: str) -> tuple[str, int]:
    """Takes in a list of places, for one house or for all; what became of it, and how many rows were refused. ValueError."""
    symbols = load_content(settings.content).emoji
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"{file} cannot be read: it has to be a CSV file in UTF-8.") from None
    async with office(settings) as (session, now):
        found = places_file.read(text, symbols, local(now).date())
        owner = await session.scalar(select(House.id).where(House.name == house)) if house else None
        if house and owner is None:
            raise ValueError(f"There is no house called “{house}”.")
        new, known = await places.keep(session, found.rows, owner, now)
    told = f"{new} new, {known} brought up to date, {len(found.wrong)} refused."
    return "\n".join([*found.wrong, *found.thin, told]), len(found.wrong)


async def _link(session: Session, code: str) -> str:
    return await groups.link(session, code) or f"https://t.me/<name of your bot>?start={code}"


def _group_fields(asked: dict[str, Any]) -> dict[str, Any]:
    for what, text in (("The name", asked["name"]), ("The place", asked["place"])):
        _named(what, text)
    lat, lon = _pin(asked["pin"])
    first, last = _day(asked["first"]), _day(asked["last"])
    if last < first:
        raise ValueError("The last day lies before the first.")
    if last - first > LONGEST:
        raise ValueError("A group lasts three years at most: look at --first and --last.")
    starts, ends = _hour(asked["starts"]), _hour(asked["ends"])
    if ends <= starts:
        raise ValueError("The group ends before it starts: look at --from and --to.")
    return {
        "pattern": {"days": _days(asked["days"]), "every": asked["every"]},
        "starts": starts, "ends": ends, "first_day": first, "last_day": last,
        "place": asked["place"], "address": asked["address"], "lat": lat, "lon": lon, "guide": asked["guide"],
    }  # fmt: skip


def _named(what: str, text: str) -> str:
    if not text.strip() or len(text) > LONGEST_NAME:
        raise ValueError(f"{what} has 1 to {LONGEST_NAME} letters.")
    return text.strip()


def _days(text: str) -> list[int]:
    names = [name.strip().lower()[:2] for name in re.split(r"[,+ ]+", text) if name.strip()]
    unknown = [name for name in names if name not in DAYS]
    if unknown or not names:
        raise ValueError(f"Days are written as {', '.join(DAYS)}; “{text}” is not.")
    return sorted({DAYS.index(name) for name in names})


def _hour(text: str) -> str:
    found = HOUR.match(text.strip())
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise ValueError(f"An hour is written like 9:00 or 13.30; “{text}” is not.")
    return f"{int(found[1]):02}:{int(found[2] or 0):02}"


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"A day is written like 2026-09-07; “{text}” is not.") from None


def _pin(text: str) -> tuple[float | None, float | None]:
    if not text:
        return None, None
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"A pin is written like 51.0589,4.3603; “{text}” is not.") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"“{text}” is no place on earth.")
    return lat, lon


# ---------------------------------------------------------------- typed questions


def answer_typed(settings: Settings, text: str, lang: str) -> str:
    """What `stapsteen ask` prints: the topic or "human", the candidates, and whether it is urgent, as JSON."""
    return next(answer_typed_lines(settings, [json.dumps({"lang": lang, "text": text})]))


def answer_typed_lines(settings: Settings, lines: Iterable[str]) -> Iterator[str]:
    """JSON lines {lang, text} → JSON lines {topic, candidates, urgent}; a line that cannot be read says so and the next goes on."""
    from bot.faq.match import ask_lines, load

    yield from ask_lines(load(settings.content, settings.data / "cache" / "faq"), lines)
