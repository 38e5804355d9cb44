"""A language, or a spoken variant of one, is added by files alone: no line of code knows its name."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot import time_machine
from bot.care import reminders
from bot.care.content import Content, load
from bot.check.content import faults
from bot.db.session import Database
from bot.messages import Utterance, Voice
from bot.settings import default_content
from bot.speech import spoken
from bot.speech.clips import Clips
from bot.speech.recordings import Recordings
from tests.content import made_up
from tests.content.made_up import LANG, said_in_it
from tests.given.house import House, Person, World, that_understands, welcome
from tests.speech.conftest import file_of, said

VARIANT = "xx_ma"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The content with one language more, and a way of speaking it that only recordings have."""
    made = made_up.copy(tmp_path_factory.mktemp("content"))
    made_up.add_language(made)
    made_up.add_variant(made, VARIANT, LANG)
    spoken.read_from(made)
    yield made
    spoken.read_from(default_content())


@pytest.fixture(scope="module")
def content(folder: Path, learnt: Path) -> Content:
    """What `world` and `house` speak with in this file."""
    return that_understands(load(folder), learnt / LANG)


@pytest.fixture
async def clips(folder: Path, tmp_path: Path) -> AsyncIterator[Clips]:
    found = Clips(folder / "audio", tmp_path / "sound", recordings=tmp_path / "recordings")
    yield found
    await found.close()


@pytest.fixture
def zola(world: World, house: House) -> Person:
    """Zola hears the made-up language."""
    return Person(world, 7700109, "Zola", LANG)


def all_in_it(heard: list[Utterance]) -> None:
    assert heard
    for u in heard:
        assert (u.lang, u.voice.lang if u.voice else LANG) == (LANG, LANG), u


def test_the_content_check_has_nothing_to_say(folder: Path) -> None:
    assert [str(fault) for fault in faults(folder)] == []


def test_a_text_that_is_not_translated_is_named_by_file_and_line(folder: Path, tmp_path: Path) -> None:
    made = made_up.copy(tmp_path)
    made_up.add_language(made)
    path = made / "locales" / LANG / "LC_MESSAGES" / "stapsteen.po"
    text = path.read_text("utf-8")
    wanted = f'msgstr "{said_in_it("Kinderopvang")}"'
    assert wanted in text
    path.write_text(text.replace(wanted, 'msgstr ""', 1), "utf-8")
    assert LANG not in load(made).offered
    (fault,) = [fault for fault in faults(made) if LANG in fault.file]
    assert fault.line == text[: text.index(wanted)].count("\n") - 1  # the line of its msgctxt, two above
    assert "not translated" in fault.says


async def test_she_is_offered_it_chooses_it_and_hears_everything_in_it(
    world: World, house: House, zola: Person
) -> None:
    offered = await zola.start(house.code)
    assert said_in_it("Dag mama! Kies deze taal.") in [u.text for u in offered]
    for tap in (LANG, "agree", "later", "faq", "opvang", "opvang_prijs", "helped"):
        all_in_it(await zola.tap(tap))
    all_in_it(await zola.say("7"))
    row = await zola.row()
    assert row is not None
    assert row.lang == LANG


async def test_what_she_types_finds_its_answer(house: House, zola: Person) -> None:
    await welcome(zola, house)
    heard = await zola.say(said_in_it("wat kost de kinderopvang per dag"))
    all_in_it(heard)
    assert (await zola.place()).step == "faq.opvang_prijs"
    heard = await zola.say(said_in_it("mijn man slaat mij"))
    all_in_it(heard)
    assert (await zola.place()).step == "faq.nood_geweld"


async def test_her_reminder_says_day_and_hour_in_it(db: Database, world: World, house: House, zola: Person) -> None:
    await welcome(zola, house)
    world.now = dt.datetime(2026, 11, 25, 17, 31, tzinfo=dt.UTC)  # Wednesday 18.31: the evening before
    async with db.begin() as session:
        while await reminders.fire(session, world.content, world.now):
            pass
    heard = await zola.listen()
    all_in_it(heard)
    shown = " ".join(u.text for u in heard)
    assert said_in_it("morgen, donderdag") in shown
    assert said_in_it("negen uur") in " ".join(part.text for u in heard if u.voice for part in u.voice.parts)


async def test_a_machine_says_it_as_soon_as_voices_yaml_names_one(clips: Clips, content: Content) -> None:
    phrase = content.phrases.get(LANG, "home.menu.text")
    assert phrase is not None
    assert clips.status(LANG, {"home.menu.text": phrase.spoken}) == {"home.menu.text": "espeak"}


# ---------------------------------------------------------------- a spoken variant: recordings, and nothing else


async def mute_question(zola: Person, house: House) -> Voice:
    """What she hears at "Be quiet for a week", after choosing the variant."""
    await welcome(zola, house)
    for tap in ("settings", "language", LANG):
        await zola.tap(tap)
    heard = await zola.tap(VARIANT)
    heard += await zola.tap("settings")
    heard += await zola.tap("mute")
    voice = [u.voice for u in heard if u.voice][-1]
    assert voice is not None
    return voice


async def test_the_variant_has_the_words_of_its_language_and_its_own_voice(house: House, zola: Person) -> None:
    voice = await mute_question(zola, house)
    assert (voice.lang, voice.instead and voice.instead.lang) == (VARIANT, LANG)
    assert voice.instead is not None
    assert voice.parts == voice.instead.parts


async def test_recordings_are_played_when_every_part_has_one_else_all_of_it_is_said_in_its_language(
    house: House, zola: Person, clips: Clips, tmp_path: Path
) -> None:
    voice = await mute_question(zola, house)
    recordings = Recordings(tmp_path / "recordings")
    *most, last = [part for part in voice.parts if part.key]
    one = file_of(said("dag mama"), "ogg")
    for part in most:
        recordings.add(VARIANT, str(part.key), one, part.text, "warda", ("noor",))
    partly = await clips.clip(voice)
    assert partly is not None
    assert partly.engine == "espeak"  # not one recorded word among them
    recordings.add(VARIANT, str(last.key), one, last.text, "warda", ("noor",))
    whole = await clips.clip(voice)
    assert whole is not None
    assert whole.engine == "recorded"


async def test_the_time_machine_lives_a_term_in_it(folder: Path) -> None:
    spoken.read_from(default_content())
    life = await time_machine.run(folder, LANG, 1, dt.date(2026, 9, 7), None)
    heard = [entry for entry in life.entries if entry.who == "bot"]
    assert len(heard) > 25
    assert [entry.line() for entry in heard[3:] if entry.lang != LANG] == []
