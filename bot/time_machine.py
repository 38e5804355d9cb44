"""The time machine: a virtual mother lives through a term on a virtual clock, and everything she hears becomes a page to play.

For translators and coordinators: every message with its picture, its sound and its moment. The rooms are the real ones; only the
clock, her thumb and Telegram are made up.
"""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jinja2 import Environment, FileSystemLoader
from sqlalchemy import func, select

from bot.care import announcements, groups, meetings, reminders
from bot.care.content import Content, load
from bot.care.conversation import handle
from bot.clock import instant, local
from bot.db.migrate import upgrade
from bot.db.models import Arrival, Delivery, Group, Meeting, Mother, Reminder
from bot.db.session import Database, Session
from bot.media import Folder
from bot.messages import Button, Heard, Utterance, from_json
from bot.speech import spoken
from bot.speech.clips import Clips
from bot.studio import Studio

HERE = Path(__file__).resolve().parent
CHAT, NAME = 1, "Amina"
DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
ANSWERS = ("come", "come", "late", "come", "cannot")  # how she answers one reminder after another


@dataclass(frozen=True)
class Entry:
    """One thing that happened. who: bot · she · staff; at: wall clock."""

    at: dt.datetime
    who: str
    kind: str
    text: str = ""
    said: str = ""
    buttons: tuple[str, ...] = ()
    picture: str = ""
    sound: str = ""
    seconds: int = 0
    lang: str = ""
    place: str = ""

    def line(self) -> str:
        """The entry in the transcript."""
        moment = f"{DAYS[self.at.weekday()][:2]} {self.at:%Y-%m-%d %H:%M}"
        mark = {"bot": "<", "she": ">", "staff": "#"}[self.who]
        keys = f"  [{'] ['.join(self.buttons)}]" if self.buttons else ""
        return f"{moment} {mark} {self.kind}: {self.text or self.place}{keys}".rstrip()


@dataclass
class Life:
    """A house with one mother, its clock, and what has happened so far."""

    db: Database
    content: Content
    lang: str
    now: dt.datetime
    studio: Studio | None = None
    files: Path | None = None
    entries: list[Entry] = field(default_factory=list)
    shown: list[tuple[Delivery, list[Button]]] = field(default_factory=list)
    asked: list[Delivery] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # ------------------------------------------------------------ what she does

    async def start(self, code: str) -> None:
        self.note("she", "start", "/start")
        await self._arrive(Heard("start", CHAT, payload=code, first_name=NAME))

    async def tap(self, flow: str, choice: str, step: str = "") -> bool:
        """Taps the newest button that means this choice; False when no such button was ever shown."""
        for delivery, buttons in reversed(self.shown):
            for index, button in enumerate(buttons):
                meant = button.to
                if meant.get("flow") == flow and meant.get("choice") == choice and step in ("", meant.get("step")):
                    self.note("she", "tap", button.label)
                    data = f"{delivery.token}:{index}"
                    await self._arrive(Heard("press", CHAT, data=data, callback_id="1", first_name=NAME))
                    return True
        return False

    async def write(self, text: str) -> None:
        self.note("she", "text", text)
        await self._arrive(Heard("text", CHAT, message_id=next(self.numbers), text=text, first_name=NAME))

    def note(self, who: str, kind: str, text: str) -> None:
        self.entries.append(Entry(local(self.now), who, kind, text, lang=self.lang))

    async def _arrive(self, heard: Heard) -> None:
        async with self.db.begin() as session:
            arrival = Arrival(
                channel="time",
                update_id=next(self.numbers),
                chat_id=CHAT,
                raw={},
                received_at=self.now,
                due_at=self.now,
            )
            session.add(arrival)
            await session.flush()
            await handle(session, self.content, arrival, heard, {}, self.now)
            arrival.handled_at = self.now
        await self.listen()

    # ------------------------------------------------------------ what she hears

    async def pass_until(self, moment: dt.datetime) -> None:
        """Lets time go by, stopping at every reminder and whatever is to be said later; she answers what she is asked."""
        coming = (
            select(func.min(Reminder.due_at)).where(Reminder.state == "waiting"),
            select(func.min(Delivery.due_at)).where(Delivery.state == "open"),
        )
        while True:
            async with self.db.begin() as session:
                dues = [due for query in coming if (due := await session.scalar(query)) is not None]
            if not dues or min(dues) > moment:
                break
            self.now = max(self.now, min(dues))
            await self._tick(reminders.fire)
            await self.listen()
            await self._answer()
        self.now = max(self.now, moment)

    async def announced(self) -> None:
        await self._tick(announcements.fan_out_one)
        await self.listen()

    async def listen(self) -> None:
        """Everything in the outbox that is due is said now."""
        async with self.db.begin() as session:
            waiting = select(Delivery).where(Delivery.state == "open", Delivery.due_at <= self.now)
            for delivery in await session.scalars(waiting.order_by(Delivery.priority, Delivery.id)):
                delivery.state, delivery.sent_at, delivery.message_id = "sent", self.now, next(self.numbers)
                if delivery.chat_id == CHAT:
                    await self._said(delivery)

    async def _said(self, delivery: Delivery) -> None:
        utterance = from_json(Utterance, delivery.utterance)
        buttons = [button for row in utterance.buttons for button in row]
        self.shown.append((delivery, buttons))
        if utterance.asks:
            self.asked.append(delivery)
        self.entries.append(await self._entry(utterance, buttons))

    async def _entry(self, u: Utterance, buttons: list[Button]) -> Entry:
        said = " / ".join(part.text for part in u.voice.parts) if u.voice else ""
        place = (
            f"{u.pin.title}, {u.pin.address}" if u.pin else f"{u.contact.name} {u.contact.phone}" if u.contact else ""
        )
        made = await self.studio(u) if self.studio and u.kind in ("voice", "picture") else None
        kept = {kind: self._keep(path) for kind, path in (made.files if made else {}).items()}
        return Entry(
            local(self.now), "bot", u.kind, u.text, said, tuple(button.label for button in buttons), lang=u.lang, place=place,
            picture=kept.get("picture", ""), sound=kept.get("voice", ""), seconds=(made.seconds or 0) if made else 0,
        )  # fmt: skip

    def _keep(self, path: Path) -> str:
        assert self.files is not None
        target = self.files / path.name
        if not target.exists():
            shutil.copyfile(path, target)
        return f"{self.files.name}/{path.name}"

    async def _answer(self) -> None:
        """She taps on a reminder's question, each time another answer; with children when they are asked."""
        if not self.asked:
            return
        self.asked.clear()
        choice = ANSWERS[sum(entry.who == "she" and entry.kind == "answer" for entry in self.entries) % len(ANSWERS)]
        self.entries.append(Entry(local(self.now), "she", "answer", choice, lang=self.lang))
        if await self.tap("reminder", choice) and choice != "cannot":
            await self.tap("reminder", "two", step="children")
        self.asked.clear()

    async def _tick(self, one: Callable[[Session, Content, dt.datetime], Awaitable[bool]]) -> None:
        while True:
            async with self.db.begin() as session:
                if not await one(session, self.content, self.now):
                    return


# ---------------------------------------------------------------- a term


async def live(life: Life, weeks: int) -> None:
    """A term: welcome, a question, reminders, a meeting moved, one cancelled, a quiet week, the first school day of her child, holidays."""
    code = await _group(life, weeks)
    await life.start(code)
    if not await life.tap("welcome", life.lang, step="language"):
        raise LookupError(f"The door offers no {life.lang}.")
    way = [("welcome", choice) for choice in ("agree", "sun", "next", "next")] + [("found", "friend")]
    way += [("home", "faq"), ("faq", "opvang"), ("faq", "opvang_prijs"), ("faq", "helped")]
    for flow, choice in way:
        if not await life.tap(flow, choice):
            raise LookupError(
                f"No button “{flow}: {choice}” is shown: the flows have changed, and this life must follow."
            )
    for week in range(weeks):
        monday = local(life.now).date() - dt.timedelta(days=local(life.now).weekday())
        await life.pass_until(instant(monday + dt.timedelta(days=1), dt.time(10, 0)))
        await _happens(life, week)
        await life.pass_until(instant(monday + dt.timedelta(days=7), dt.time(6, 0)))


async def _group(life: Life, weeks: int) -> str:
    first = local(life.now).date()
    async with life.db.begin() as session:
        group = await groups.create(
            session, house="Huis van het Kind", name="Mama Leert", now=life.now, pattern={"days": [0, 3], "every": 1},
            starts="09:00", ends="11:30", first_day=first, last_day=first + dt.timedelta(weeks=weeks), guide="Rose",
            place="Huis van het Kind", address="Voorbeeldstraat 1", lat=51.0259, lon=4.4776,
        )  # fmt: skip
        await meetings.plan(session, group, life.now)
        return await groups.invite(session, group, life.now, lang=life.lang)


async def _happens(life: Life, week: int) -> None:
    """What this week brings beside its meetings, on Tuesday at ten."""
    if week == 1:
        await life.tap("home", "meeting")
    elif week == 2:
        await _change(life, "verplaatst naar vrijdag om 10 uur", meetings.move, _friday(life), dt.time(10, 0))
    elif week == 4:
        await _change(life, "afgelast", meetings.cancel)
    elif week == 5:
        for flow, choice in (("home", "settings"), ("settings", "mute"), ("settings", "mute")):
            await life.tap(flow, choice)
    elif week == 7:
        await _change(life, "op een andere plaats", meetings.other_place, "Bibliotheek", "Voorbeeldplein 2")
    elif week == 8:
        await _school_start(life)


async def _school_start(life: Life) -> None:
    """By pictures: a child that becomes two and a half this month; she hears its first school day, and wants to be reminded."""
    half_past_two = 30  # months
    months = life.now.year * 12 + life.now.month - 1 - half_past_two
    way = [("home", "faq", ""), ("faq", "school", ""), ("faq", "school_wanneer", ""), ("faq", "reckon", "")]
    way += [("school_start", str(months // 12), "year"), ("school_start", str(months % 12 + 1), "month")]
    way += [("school_start", "1-5", "span"), ("school_start", "3", "day"), ("school_start", "remind", "")]
    for flow, choice, step in way:
        await life.tap(flow, choice, step)


def _friday(life: Life) -> dt.date:
    today = local(life.now).date()
    return today + dt.timedelta(days=4 - today.weekday())


async def _change(life: Life, words: str, change: Callable[..., Awaitable[Any]], *more: Any) -> None:
    """The coordinator changes the next meeting of this week, if there is one."""
    async with life.db.begin() as session:
        group = (await session.scalars(select(Group))).one()
        coming = await meetings.coming(session, group.id, life.now)
        if not coming or coming[0].starts_at > life.now + dt.timedelta(days=4):
            return
        life.note("staff", "change", f"de bijeenkomst van {DAYS[local(coming[0].starts_at).weekday()]} is {words}")
        await change(session, coming[0], *more, life.now)
    await life.announced()


# ---------------------------------------------------------------- the page


async def run(content: Path, lang: str, weeks: int, start: dt.date, out: Path | None) -> Life:
    """Lives the term; with `out`, also writes out/index.html with its sounds and pictures, and out/transcript.txt. ValueError: a language that is not offered."""
    read = load(content)
    spoken.read_from(content)
    if lang not in read.offered:
        raise ValueError(f"“{lang}” is not a language that is offered. Those are: {', '.join(read.offered)}.")
    with TemporaryDirectory() as scratch:
        url = f"sqlite+aiosqlite:///{scratch}/time.sqlite"
        await upgrade(url)
        db = Database(url)
        clips = Clips(content / "audio", Path(scratch) / "sound")
        life = Life(db, read, lang, instant(start, dt.time(8, 0)))
        if out is not None:
            life.files = out / "files"
            life.files.mkdir(parents=True, exist_ok=True)
            drawings = content / "flows" / "pictures"
            life.studio = Studio(clips, Path(scratch) / "pictures", Folder(Path(scratch)), drawings)
        try:
            await live(life, weeks)
            if out is not None:
                (out / "index.html").write_text(await page(life, weeks), encoding="utf-8")
                (out / "transcript.txt").write_text(transcript(life), encoding="utf-8")
        finally:
            await clips.close()
            await db.close()
    return life


async def page(life: Life, weeks: int) -> str:
    """The playable page: one day after another, what was said and what she tapped."""
    days = [(day, list(entries)) for day, entries in itertools.groupby(life.entries, key=lambda entry: entry.at.date())]
    async with life.db.begin() as session:
        held = await session.scalar(select(func.count()).select_from(Meeting).where(Meeting.state == "planned"))
        mother = (await session.scalars(select(Mother))).one()
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True)
    language = life.content.languages[life.lang]
    return environment.get_template("time_machine.html").render(
        days=days, weekdays=DAYS, weeks=weeks, language=language, name=mother.first_name, meetings=held,
        heard=sum(entry.who == "bot" for entry in life.entries), minutes=round(sum(entry.seconds for entry in life.entries) / 60),
    )  # fmt: skip


def transcript(life: Life) -> str:
    """The same as plain lines, for tests and for reading in a terminal."""
    return "\n".join(entry.line() for entry in life.entries) + "\n"
