"""The demo: a made-up group that can be lived with. Its people come in by the front door, and its clock has a hand.

Everything of the demo lies in its data folder; deleting that is starting anew.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import socket
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import SecretStr
from sqlalchemy import select

from bot import app
from bot.care import groups, meetings, places, places_file, reminders, staff
from bot.care.content import ContentError
from bot.clock import Clock, instant, local
from bot.db.models import Group, Meeting, Mother, Staff
from bot.db.notes import note, noted
from bot.db.session import Database, Session
from bot.db.trouble import alone, look_at_folder
from bot.logs import speak_plainly
from bot.office import prepare_database
from bot.settings import default_content
from bot.voices_office import make_clips

if TYPE_CHECKING:
    from bot.sandbox import Sandbox
    from bot.settings import Settings

log = structlog.get_logger()
TOKEN = "42:SANDBOX"
MARK = "stapsteen-demo"  # a file that says this folder is ours to delete
AMINA, FATOU, GRACE, NEW, ROSE, WARD, LIEN = 1001, 1002, 1003, 1009, 2001, 2002, 3001
MEMBERS = {FATOU: ("Fatou", "fr"), GRACE: ("Grace", "en")}
PLACE = {
    "place": "Huis van het Kind De Stap",
    "address": "Voorbeeldstraat 1, Voorbeelddorp",
    "lat": 51.0259,
    "lon": 4.4776,
}


# ---------------------------------------------------------------- who lives in the demo


def people(codes: dict[str, str]) -> list[dict[str, Any]]:
    """The made-up people on the phone page; `start` is the link they were given."""
    mother, coordinator = "mama", "coördinator"
    return [
        {"id": AMINA, "first_name": "Amina", "language_code": "ar", "role": mother, "avatar": "🧕🏽", "dir": "rtl",
         "note": "Spreekt Arabisch, leest niet. Kreeg net de link.", "start": codes["ar"]},
        {"id": FATOU, "first_name": "Fatou", "language_code": "fr", "role": mother, "avatar": "👩🏿", "dir": "ltr",
         "note": "Spreekt Frans. Zit al in de groep.", "start": codes["fr"]},
        {"id": GRACE, "first_name": "Grace", "language_code": "en", "role": mother, "avatar": "👩🏾", "dir": "ltr",
         "note": "Spreekt Engels. Zit al in de groep.", "start": codes["en"]},
        {"id": NEW, "first_name": "Nieuwe mama", "language_code": "nl", "role": mother, "avatar": "👩🏼", "dir": "ltr",
         "note": "Begint van nul, met de link van de groep.", "start": codes["new"]},
        {"id": ROSE, "first_name": "Rose", "language_code": "nl", "role": coordinator, "avatar": "👩🏻‍💼", "dir": "ltr",
         "note": "Coördinator van de groep.", "start": codes["rose"]},
        {"id": WARD, "first_name": "Ward", "language_code": "nl", "role": "begeleider", "avatar": "🧑🏼‍🏫", "dir": "ltr",
         "note": "Begeleider, collega van Rose.", "start": codes["ward"]},
        {"id": LIEN, "first_name": "Lien", "language_code": "nl", "role": "vrijwilliger", "avatar": "👩🏼‍🦰", "dir": "ltr",
         "note": "Vrijwilliger: helpt bij de kinderen, ziet geen vragen.", "start": codes["lien"]},
    ]  # fmt: skip


async def seed(db: Database, clock: Clock) -> dict[str, str]:
    """Makes the group, its meetings, its staff and two members, once; the codes of everybody's link."""
    async with db.begin() as session:
        kept = await noted(session, "demo")
        if kept is not None:
            return {str(name): str(code) for name, code in kept["codes"].items()}
        now = clock.now()
        group = await _group(session, now)
        await _places(session, group, now)
        codes = {
            lang: await groups.invite(session, group, now, lang=lang, expires=now + dt.timedelta(days=3650))
            for lang in ("ar", "fr", "en")
        }
        codes["new"] = await groups.invite(session, group, now, expires=now + dt.timedelta(days=3650))
        for name, role in (("Rose", "coordinator"), ("Ward", "guide"), ("Lien", "volunteer")):
            codes[name.lower()] = staff.PREFIX + await staff.add(session, name, role, [group], now)
        for chat_id, (name, lang) in MEMBERS.items():
            await _member(session, group, chat_id, name, lang, now)
        await note(session, "demo", {"codes": codes, "group": group.id})
        return codes


async def _group(session: Session, now: dt.datetime) -> Group:
    """Two mornings a week; the next meeting is at least a day away, so that its evening before can be seen."""
    today = local(now).date()
    days = sorted({(today + dt.timedelta(days=ahead)).weekday() for ahead in (2, 4)})
    group = await groups.create(
        session, house="Huis van het Kind De Stap", name="Mama Leert De Stap", now=now,
        pattern={"days": days, "every": 1}, starts="09:00", ends="11:30", first_day=today - dt.timedelta(days=28),
        last_day=today + dt.timedelta(days=180), guide="Rose", **PLACE,
    )  # fmt: skip
    await meetings.plan(session, group, now)
    if not await meetings.coming(session, group.id, now):
        await meetings.add(session, group, today + dt.timedelta(days=2), now)
    return group


async def _places(session: Session, group: Group, now: dt.datetime) -> None:
    """A list of real places as an example, when this content brings one."""
    example = default_content() / "flows" / "places" / "molenbeek.csv"
    if example.is_file():
        found = places_file.read(example.read_text("utf-8"), (), local(now).date())
        await places.keep(session, found.rows, group.house_id, now)


async def _member(session: Session, group: Group, chat_id: int, name: str, lang: str, now: dt.datetime) -> None:
    mother = Mother(
        chat_id=chat_id, first_name=name, lang=lang, status="new", place={}, said={},
        consented_at=now, consent_version="demo", created_at=now, last_heard_at=now,
    )  # fmt: skip
    session.add(mother)
    await session.flush()
    await groups.join(session, mother, group, now)


# ---------------------------------------------------------------- the hand on the clock


class Hand:
    """Moves the demo's clock: forward only, to moments that matter."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self.db, self.clock = db, clock

    async def moves(self) -> list[dict[str, str]]:
        """What the page offers: id and label."""
        offered = [
            {"id": "evening", "label": "Naar de avond vóór de bijeenkomst"},
            {"id": "morning", "label": "Naar de ochtend van de bijeenkomst"},
        ]
        found = [move for move in offered if await self._target(move["id"])]
        return [*found, {"id": "hour", "label": "Een uur later"}, {"id": "day", "label": "Volgende dag"}]

    async def move(self, name: str) -> None:
        """To that moment; the ticker sees it within half a second and fires what is due. ValueError: no such move."""
        target = await self._target(name)
        if target is None:
            raise ValueError(f"The clock knows no move “{name}”.")
        await self.forward(target - self.clock.now())

    async def advance(self, seconds: float) -> None:
        """On by so many seconds."""
        await self.forward(dt.timedelta(seconds=seconds))

    async def forward(self, by: dt.timedelta) -> None:
        self.clock.move(max(by, dt.timedelta()))
        async with self.db.begin() as session:
            await note(session, "clock", {"offset": self.clock.offset.total_seconds()})

    async def _target(self, name: str) -> dt.datetime | None:
        now = self.clock.now()
        if name == "hour":
            return now + dt.timedelta(hours=1)
        if name == "day":
            return instant(local(now).date() + dt.timedelta(days=1), dt.time(9, 0))
        return await self._before_meeting(name, now)

    async def _before_meeting(self, name: str, now: dt.datetime) -> dt.datetime | None:
        """The evening before, or the morning of, the first meeting for which that still lies ahead."""
        hours = reminders.Hours()
        async with self.db.begin() as session:
            coming = await session.scalars(
                select(Meeting)
                .where(Meeting.starts_at > now, Meeting.state == "planned")
                .order_by(Meeting.starts_at)
                .limit(3)
            )
            for meeting in coming:
                evening = instant(
                    local(meeting.starts_at).date() - dt.timedelta(days=1), dt.time.fromisoformat(hours.evening)
                )
                target = (
                    evening if name == "evening" else meeting.starts_at - dt.timedelta(minutes=hours.morning_minutes)
                )
                if name in ("evening", "morning") and target > now:
                    return target + dt.timedelta(seconds=5)
        return None


# ---------------------------------------------------------------- running it


async def run_demo(settings: Settings, *, fresh: bool, browser: bool) -> int:
    """`stapsteen demo`: 0 when it was stopped, 1 with a sentence when it cannot start."""
    speak_plainly("warning")
    app.share_a_heap()
    look_at_folder(settings.data)
    if not _ours(settings.data):
        return 1
    with alone(settings.database()):
        return await _open(settings, fresh, browser)


async def _open(settings: Settings, fresh: bool, browser: bool) -> int:
    if fresh and not _sweep(settings.data):
        return 1
    await prepare_database(settings)
    (settings.data / MARK).touch()
    db, clock = Database(settings.database()), Clock()
    clock.offset = await _offset(db)
    codes, hand = await seed(db, clock), Hand(db, clock)
    stop, door = asyncio.Event(), socket.create_server(("127.0.0.1", 0))
    with app.signals(stop), door:
        box = _box(settings, clock, hand, people(codes), door)
        try:
            url = await box.start()
        except OSError as error:
            _say(
                f"Port {settings.port} is taken ({error.strerror}). Try another one: stapsteen demo --port {settings.port + 1}"
            )
            return 1
        try:
            return await _live(settings, url, db, clock, hand, box, codes, stop, browser, door)
        finally:
            await box.stop()


async def _live(
    settings: Settings,
    url: str,
    db: Database,
    clock: Clock,
    hand: Hand,
    box: Sandbox,
    codes: dict[str, str],
    stop: asyncio.Event,
    browser: bool,
    door: socket.socket,
) -> int:
    ours = settings.model_copy(update={"bot_token": SecretStr(TOKEN), "bot_api": url, "public_url": None})
    clips = make_clips(ours)
    clips.begin()  # its process gets ready on another core meanwhile
    try:
        house = await app.build(ours, clock, db=db, clips=clips)
    except ContentError as error:
        await clips.close()
        _say(f"The content has faults:\n{error}")
        return 1
    _say(
        f"\n  Stapsteen demo: {url}\n\n  Left a mother, right the coordinator. Ctrl-C stops; everything is kept in {settings.data}.\n"
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(app.live(house, stop))
            tasks.create_task(app.serve_pages(house, "127.0.0.1", 0, stop, base=f"{url}/console", door=door))
            tasks.create_task(_arrive(box, db, codes))
            if browser:
                tasks.create_task(asyncio.to_thread(webbrowser.open, url))
    finally:
        await house.close()
    return 0


async def _arrive(box: Sandbox, db: Database, codes: dict[str, str]) -> None:
    """The first time, staff and the two members press Start, as they would: by the front door."""
    async with db.begin() as session:
        known = await session.scalar(select(Staff.id).where(Staff.chat_id == ROSE))
    if known is None:
        for person, name in ((ROSE, "rose"), (WARD, "ward"), (LIEN, "lien"), (FATOU, ""), (GRACE, "")):
            box.say(person, f"/start {codes.get(name, '')}".strip())


def _box(settings: Settings, clock: Clock, hand: Hand, living: list[dict[str, Any]], door: socket.socket) -> Sandbox:
    from bot.sandbox import Sandbox

    return Sandbox(
        port=settings.port, host=settings.host, token=TOKEN, state=settings.data / "telegram", people=living,
        now=clock.now, moves=hand.moves, move=hand.move, advance=hand.advance,
        forward={"/console": f"http://127.0.0.1:{door.getsockname()[1]}"},
    )  # fmt: skip


async def _offset(db: Database) -> dt.timedelta:
    """How far the clock was moved in an earlier run."""
    async with db.begin() as session:
        kept = await noted(session, "clock")
    return dt.timedelta(seconds=kept["offset"] if kept else 0)


def _ours(data: Path) -> bool:
    """Whether made-up people may live here: not in a folder with a real house's database."""
    if (data / "stapsteen.sqlite").exists() and not (data / MARK).exists():
        _say(f"{data} is not the folder of a demo: nothing was changed. Choose another one: stapsteen demo --data DIR")
        return False
    return True


def _sweep(data: Path) -> bool:
    """Deletes an earlier demo; refuses a folder that is not one."""
    if {path.name for path in data.iterdir()} <= {"stapsteen.sqlite.lock"}:  # ours, of a moment ago
        return True
    if not (data / MARK).exists():
        _say(f"{data} is not the folder of a demo: nothing was deleted.")
        return False
    for path in data.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.suffix != ".lock":  # the lock stays, or a second demo would take its place
            path.unlink(missing_ok=True)
    return True


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the demo speaks to a person at the terminal
