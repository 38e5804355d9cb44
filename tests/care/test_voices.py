"""Hodan lends her Somali voice and Nasra listens: from the first button to the clip that mothers hear, with real sound and a real database."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from bot.care import desk, outbox, render, staff, voices
from bot.care.content import Content
from bot.care.content import read as read_content
from bot.clock import Clock
from bot.db.models import Arrival, Delivery, Media, Staff
from bot.db.session import Database, Session
from bot.flow.model import Say
from bot.media import Folder
from bot.messages import Heard, Part, Utterance, Voice, from_json
from bot.settings import default_content
from bot.speech.clips import Clips
from bot.speech.worker import Worker
from bot.workers.recorder import Recorder
from tests.care.conftest import NOON, NUMBERS
from tests.speech.conftest import file_of, said

HODAN, NASRA = 7001, 7002


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    asyncio.run(worker.close())


@dataclass
class Studio:
    """A house in which voices are recorded: its people tap and speak, the recorder serves them."""

    db: Database
    content: Content
    clips: Clips
    media: Path
    recorder: Recorder

    async def hears(self, chat_id: int, heard: Heard, sound: bytes | None = None) -> list[Utterance]:
        """One arrival at the desk, the recorder's work, and what came back."""
        media = await self._fetched(sound) if sound else None
        async with self.db.begin() as session:
            before = len(await self._said(session, chat_id))
            person = await staff.by_chat(session, chat_id)
            assert person is not None
            if media is not None:
                session.add(media)
            n = next(NUMBERS)
            arrival = Arrival(channel="telegram:1", update_id=n, chat_id=chat_id, raw={}, received_at=NOON, due_at=NOON)
            session.add(arrival)
            await session.flush()
            await desk.handle(session, self.content, person, heard, media, NOON, arrival)
        while await self.recorder.serve_one():
            pass
        async with self.db.begin() as session:
            return [from_json(Utterance, row.utterance) for row in (await self._said(session, chat_id))[before:]]

    async def _said(self, session: Session, chat_id: int) -> list[Delivery]:
        return list(await session.scalars(select(Delivery).where(Delivery.chat_id == chat_id).order_by(Delivery.id)))

    async def _fetched(self, sound: bytes) -> Media:
        """As the listener stores it: trimmed and levelled, and no transaction waits for that."""
        note = await self.clips.voice_note(sound, self.media)
        media = Media(name=note.path.name, kind="voice", mime="audio/ogg", size=1, sha256=note.sha256, created_at=NOON)
        async with self.db.begin() as session:
            session.add(media)
        return media

    async def taps(self, chat_id: int, label: str) -> list[Utterance]:
        async with self.db.begin() as session:
            for row in reversed(await self._said(session, chat_id)):
                flat = [b for line in from_json(Utterance, row.utterance).buttons for b in line]
                found = next((n for n, button in enumerate(flat) if label in button.label), None)
                if found is not None:
                    data = f"{row.token}:{found}"
                    assert await outbox.button(session, chat_id, data)
                    break
            else:
                raise AssertionError(f"There is no button “{label}”.")
        return await self.hears(chat_id, Heard("press", chat_id, data=data))

    async def speaks(self, chat_id: int, words: str, loud: float = 1.0) -> list[Utterance]:
        sound = file_of((said(words, "nl+f2") * np.float32(loud)).astype(np.float32), "ogg")
        return await self.hears(chat_id, Heard("voice", chat_id), sound)

    async def place(self, chat_id: int) -> dict[str, object]:
        async with self.db.begin() as session:
            person = await staff.by_chat(session, chat_id)
            assert person is not None
            return dict(person.place)

    def state(self, key: str) -> str:
        return self.clips.recordings.state("so", key, voices.texts(self.content, "so")[key])


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content with Somali days and hours, which may still be missing, written as Dutch ones."""
    folder = tmp_path_factory.mktemp("content")
    for name in ("flows", "locales", "audio"):
        shutil.copytree(default_content() / name, folder / name)
    shutil.rmtree(folder / "locales" / "so", ignore_errors=True)
    return folder


@pytest.fixture(scope="module")
def somali(shipped: Path) -> Content:
    return read_content(shipped)[0]


@pytest.fixture
async def studio(db: Database, somali: Content, worker: Worker, tmp_path: Path) -> Studio:
    media = tmp_path / "media"
    media.mkdir()
    db.info["media"] = media
    clips = Clips(somali.folder / "audio", tmp_path / "cache", worker=worker, recordings=tmp_path / "recordings")
    async with db.begin() as session:
        for name, chat_id in (("Hodan", HODAN), ("Nasra", NASRA)):
            code = await staff.add(session, name, "volunteer", [], NOON, langs=["so"])
            assert isinstance(await staff.claim(session, code, chat_id, NOON), Staff)
    clock = Clock(NOON - Clock().now())
    return Studio(db, somali, clips, media, Recorder(db, somali, clips, clock, Folder(media)))


def labels(spoken: list[Utterance]) -> list[str]:
    return [button.label for u in spoken for row in u.buttons for button in row]


GREETING = "language.greeting"


async def begin(studio: Studio) -> list[Utterance]:
    await studio.hears(HODAN, Heard("start", HODAN, payload="staff-x"))
    await studio.taps(HODAN, "Inspreken: Somali")
    return await studio.taps(HODAN, "Beginnen")


async def test_she_hears_what_to_say_and_sees_its_picture(studio: Studio) -> None:
    first = await studio.hears(HODAN, Heard("start", HODAN, payload="staff-x"))
    assert labels(first) == ["🎙 Inspreken: Somalisch", "👂 Beluisteren: Somalisch"]
    hello = await studio.taps(HODAN, "Inspreken")
    assert "Je heet hier stem-" in hello[0].text
    card, prompt = await studio.taps(HODAN, "Beginnen")
    assert card.picture is not None
    assert card.picture.cells[0].symbol == "language"
    assert prompt.kind == "voice"
    assert prompt.voice is not None
    assert prompt.voice.lang == "nl"
    total = len(voices.texts(studio.content, "so"))
    assert prompt.text.startswith(f"1 van {total} · Zeg dit in het Somali")
    assert studio.content.languages["so"].greeting in prompt.text
    assert "Dag mama!" in prompt.text


async def test_her_voice_is_heard_by_mothers_once_somebody_else_has_said_yes(studio: Studio) -> None:
    await begin(studio)
    back = await studio.speaks(HODAN, "Dag mama, spreek je Somalisch? Kies dan dit hier.", loud=0.2)
    assert back[0].media, "she hears herself"
    assert "Zo klinkt het. Goed?" in back[0].text
    assert labels(back) == ["✅ Bewaren", "🔁 Opnieuw", "⏭ Overslaan", "⏸ Stoppen"]
    following = await studio.taps(HODAN, "Bewaren")
    assert following[-1].text.startswith("2 van")
    assert studio.state(GREETING) == "unheard"
    assert not list(studio.media.glob("*.ogg")), "the draft is gone"

    await studio.hears(NASRA, Heard("command", NASRA, text="menu"))
    heard = await studio.taps(NASRA, "Beluisteren")
    assert heard[-1].media
    assert studio.content.languages["so"].greeting in heard[-1].text
    words = voices.texts(studio.content, "so")[GREETING]
    greeting = Voice("so", (Part(words, GREETING),))
    assert await studio.clips.clip(greeting) is None
    done = await studio.taps(NASRA, "Goed")
    assert "niets te beluisteren" in done[-1].text
    clip = await studio.clips.clip(greeting)
    assert clip is not None
    assert clip.engine == "recorded"
    entry = studio.clips.recordings.entries("so")[GREETING]
    assert entry["speaker"].startswith("stem-")
    assert "Hodan" not in str(entry)


async def test_nobody_listens_to_herself(studio: Studio) -> None:
    await begin(studio)
    await studio.speaks(HODAN, "Dag mama, spreek je Somalisch? Kies dan dit hier.")
    await studio.taps(HODAN, "Bewaren")
    await studio.taps(HODAN, "Stoppen")
    await studio.hears(HODAN, Heard("command", HODAN, text="menu"))
    assert "niets te beluisteren" in (await studio.taps(HODAN, "Beluisteren"))[-1].text


async def test_what_a_listener_refuses_is_asked_for_again(studio: Studio) -> None:
    await begin(studio)
    await studio.speaks(HODAN, "Dag mama, spreek je Somalisch? Kies dan dit hier.")
    await studio.taps(HODAN, "Bewaren")
    await studio.hears(NASRA, Heard("command", NASRA, text="menu"))
    await studio.taps(NASRA, "Beluisteren")
    await studio.taps(NASRA, "Niet goed")
    assert studio.state(GREETING) == "refused"
    await studio.taps(HODAN, "Stoppen")
    again = await studio.taps(HODAN, "Verder doen")
    assert studio.content.languages["so"].greeting in again[-1].text


async def test_she_stops_and_goes_on_tomorrow_where_she_was(studio: Studio) -> None:
    await begin(studio)
    await studio.speaks(HODAN, "Dag mama, spreek je Somalisch? Kies dan dit hier.")
    second = await studio.taps(HODAN, "Bewaren")
    assert "blijft" in (await studio.taps(HODAN, "Stoppen"))[0].text
    assert await studio.place(HODAN) == {}
    tomorrow = await studio.taps(HODAN, "Verder doen")
    assert tomorrow == second


async def test_what_she_skips_is_not_asked_again_today_and_two_people_never_get_the_same(studio: Studio) -> None:
    first = await begin(studio)
    await studio.hears(NASRA, Heard("command", NASRA, text="menu"))
    await studio.taps(NASRA, "Inspreken")
    hers = await studio.taps(NASRA, "Beginnen")
    assert hers[-1].text.split("·")[1] != first[-1].text.split("·")[1]
    skipped = await studio.taps(HODAN, "Overslaan")
    assert (await studio.place(HODAN))["key"] not in (GREETING, (await studio.place(NASRA))["key"])
    assert skipped[-1].text != first[-1].text


async def test_a_whisper_is_asked_again_and_noise_is_named(studio: Studio) -> None:
    await begin(studio)
    quiet = await studio.speaks(HODAN, "Dag mama, spreek je Somalisch? Kies dan dit hier.", loud=0.004)
    assert "te stil" in quiet[0].text
    assert labels(quiet) == ["⏭ Overslaan", "⏸ Stoppen"]
    assert not list(studio.media.glob("*.ogg"))
    short = await studio.speaks(HODAN, "Dag.")
    assert "korter dan ik verwacht" in short[0].text
    assert "✅ Bewaren" in labels(short), "a person decides"
    await studio.taps(HODAN, "Bewaren")
    await studio.hears(NASRA, Heard("command", NASRA, text="menu"))
    assert "korter" in (await studio.taps(NASRA, "Beluisteren"))[-1].text


async def test_typing_and_unreadable_sound_are_answered_kindly(studio: Studio) -> None:
    await begin(studio)
    assert "microfoon" in (await studio.hears(HODAN, Heard("text", HODAN, text="Salaan")))[0].text
    assert "kon ik niet lezen" in (await studio.hears(HODAN, Heard("voice", HODAN)))[0].text


async def test_again_takes_the_draft_away_and_waits_for_another(studio: Studio) -> None:
    await begin(studio)
    await studio.speaks(HODAN, "Dag mama, spreek je Somalisch? Kies dan dit hier.")
    assert "nog eens" in (await studio.taps(HODAN, "Opnieuw"))[0].text
    assert not list(studio.media.glob("*.ogg"))
    async with studio.db.begin() as session:
        assert (await session.scalars(select(Media))).all() == []
    back = await studio.speaks(HODAN, "Dag mama, spreek je Somalisch? Kies dan dit hier.")
    assert back[0].media


async def test_all_her_recordings_go_when_she_wants_it(studio: Studio) -> None:
    await begin(studio)
    await studio.speaks(HODAN, "Dag mama, spreek je Somalisch? Kies dan dit hier.")
    await studio.taps(HODAN, "Bewaren")
    await studio.hears(HODAN, Heard("command", HODAN, text="menu"))
    await studio.taps(HODAN, "Inspreken")
    await studio.taps(HODAN, "wissen")
    assert "1 opnames gewist" in (await studio.taps(HODAN, "Ja, alles wissen"))[0].text
    assert studio.state(GREETING) == "missing"


async def test_what_she_does_meanwhile_counts_and_the_old_wish_does_not(studio: Studio) -> None:
    await begin(studio)
    async with studio.db.begin() as session:
        hodan = await staff.by_chat(session, HODAN)
        assert hodan is not None
        hodan.place = {**hodan.place, "state": "next", "n": 1}
    wish = await studio.recorder._wish()
    assert wish is not None
    reply = await studio.recorder._next(wish)
    async with studio.db.begin() as session:
        hodan = await staff.by_chat(session, HODAN)
        assert hodan is not None
        hodan.place = {}
    await studio.recorder._tell(wish, reply)
    assert await studio.place(HODAN) == {}


async def test_a_language_that_is_not_hers_is_refused(studio: Studio) -> None:
    async with studio.db.begin() as session:
        hodan = await staff.by_chat(session, HODAN)
        assert hodan is not None
        hodan.langs = []
    await studio.hears(HODAN, Heard("command", HODAN, text="menu"))
    async with studio.db.begin() as session:
        hodan = await staff.by_chat(session, HODAN)
        assert hodan is not None
        hodan.langs = ["so"]
    await studio.hears(HODAN, Heard("command", HODAN, text="menu"))
    async with studio.db.begin() as session:
        hodan = await staff.by_chat(session, HODAN)
        assert hodan is not None
        hodan.langs = ["ti"]
    assert "niet bij je naam" in (await studio.taps(HODAN, "Inspreken: Somali"))[0].text


def test_the_order_is_that_of_need(somali: Content) -> None:
    keys = list(voices.texts(somali, "uk"))
    assert keys[:7] == [GREETING, *(f"common.{n}" for n in ("one", "two", "three", "four", "five", "six"))]
    assert keys[7].startswith("home.")
    first = {
        prefix: next(n for n, key in enumerate(keys) if key.startswith(prefix))
        for prefix in ("reminder.", "faq.nood", "settings.")
    }
    assert first["reminder."] < first["faq.nood"] < first["settings."]


def test_only_without_a_machine_there_are_stretches_and_hours_to_record(somali: Content) -> None:
    ukrainian, unspoken = voices.texts(somali, "uk"), voices.texts(somali, "so")
    assert not any(re.search(r"\.part\d|^parts\.", key) for key in ukrainian)
    assert "reminder.evening.text.part1" in unspoken
    assert not any("{" in words for words in (*ukrainian.values(), *unspoken.values()))


def test_every_phrase_has_a_line_to_show(somali: Content) -> None:
    for lang in ("so", "uk"):
        for key in voices.texts(somali, lang):
            about = voices.line(somali, lang, key)
            assert about.words
            assert about.dutch or key.startswith("parts.")
    assert voices.picture(somali, "home.menu.text") is not None


SLOTS = {"day": "2026-11-26", "time": "09:30", "place": "De Sleutel", "guide": "Rose", "name": "Rose", "children": 2}


def test_what_is_said_in_somali_is_exactly_what_was_recorded() -> None:
    content = read_content(default_content())[0]
    wanted, unrecorded = voices.texts(content, "so"), []
    filled = 0
    for name, step in content.flows.items():
        if not step.text_key or step.offer or "{" not in content.phrases.source[step.text_key]:
            continue
        slots = {slot: value for slot, value in SLOTS.items() if f"{{{slot}}}" in content.phrases.source[step.text_key]}
        for spoken in render.utterances(content, "so", Say(name, slots), NOON):
            for part in spoken.voice.parts if spoken.voice and spoken.lang == "so" else ():
                pieces = part.pieces or (part,)
                filled += bool(part.pieces)
                unrecorded += [(name, p.text) for p in pieces if p.key and wanted.get(p.key) != p.text]
    assert unrecorded == []
    assert filled > 15


async def test_a_coordinator_asks_a_volunteer_from_the_desk(studio: Studio) -> None:
    async with studio.db.begin() as session:
        code = await staff.add(session, "Rose", "coordinator", [], NOON)
        await staff.claim(session, code, 7003, NOON)
    which = await studio.hears(7003, Heard("command", 7003, text="stem"))
    assert "Somalisch" in labels(which)
    [card] = await studio.taps(7003, "Somalisch")
    assert card.picture is not None
    assert card.picture.kind == "qr"
    async with studio.db.begin() as session:
        newest = (await session.scalars(select(Staff).order_by(Staff.id.desc()))).first()
        assert newest is not None
        assert (newest.role, newest.langs) == ("volunteer", ["so"])
    volunteers = await studio.hears(HODAN, Heard("command", HODAN, text="stem"))
    assert labels(volunteers) == ["🎙 Inspreken: Somalisch", "👂 Beluisteren: Somalisch"], "she cannot invite"
