"""Which voice is heard, and that nothing is made twice, played stale, or left behind."""

import asyncio
import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bot.messages import Part, Voice
from bot.speech import ogg, sound
from bot.speech.clips import Clip, Clips
from bot.speech.errors import BadSound, TooLong
from bot.speech.worker import Worker
from tests.speech.conftest import file_of, heard, said, speak_mp3

T = TypeVar("T")
WELCOME = Part("Welkom bij de moedergroep.", "welcome.hello.text")
MENU = Voice(
    "nl",
    (Part("Wat zoek je?", "home.menu.text"), Part("één", "common.one"), Part("kinderopvang", "home.menu.faq.label")),
)
NOW = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)


class Counting(Worker):
    """The worker, and how often it was asked."""

    jobs = 0

    async def run(self, job: Callable[..., T], *args: object) -> T:
        self.jobs += 1
        return await super().run(job, *args)


@pytest.fixture
def counting(worker: Worker) -> Counting:
    counting = Counting()
    counting._pool = worker._open()  # the same process: starting one costs half a second
    return counting


def whole(clip: Clip | None) -> Clip:
    """The clip, after checking that it is what it says it is."""
    assert clip is not None
    data = clip.path.read_bytes()
    assert hashlib.sha256(data).hexdigest() == clip.sha256
    assert ogg.info(data).channels == 1
    assert len(heard(clip.path)) / sound.RATE == pytest.approx(clip.seconds, abs=0.03)
    return clip


async def record(clips: Clips, part: Part, lang: str = "nl", heard_ok: tuple[str, ...] = ("noor",)) -> Clip:
    data = file_of(said(part.text, f"{lang}+m3"), "mp4")
    return await clips.record(lang, str(part.key), data, part.text, "warda", heard_ok)


# ---------------------------------------------------------------- which voice


async def test_she_hears_espeak_when_nobody_recorded_it(clips: Clips, level_of: Callable[[Path], float]) -> None:
    clip = whole(await clips.clip(Voice("nl", (WELCOME,))))
    assert clip.engine == "espeak"
    assert 1.0 < clip.seconds < 3.5
    assert -20 < level_of(clip.path) < -17


async def test_she_hears_a_person_where_a_person_recorded_it(clips: Clips) -> None:
    recorded = whole(await record(clips, WELCOME))
    clip = whole(await clips.clip(Voice("nl", (WELCOME,))))
    assert (clip.engine, clip.sha256) == ("recorded", recorded.sha256)
    assert clip.path == clips.recordings.folder / "nl" / "welcome.hello.text.ogg"


async def test_googles_voice_goes_before_espeak_and_after_a_person(clips: Clips) -> None:
    await clips.keep_gtts("nl", WELCOME.text, [speak_mp3(WELCOME.text, "nl")])
    assert whole(await clips.clip(Voice("nl", (WELCOME,)))).engine == "gtts"
    await record(clips, WELCOME)
    assert whole(await clips.clip(Voice("nl", (WELCOME,)))).engine == "recorded"


async def test_a_menu_is_one_clip_of_all_its_parts_and_says_whose_voices_they_are(
    clips: Clips, level_of: Callable[[Path], float]
) -> None:
    alone = [whole(await clips.clip(Voice("nl", (part,)))) for part in MENU.parts]
    await record(clips, MENU.parts[2])
    menu = whole(await clips.clip(MENU))
    assert menu.engine == "recorded+espeak"
    assert sum(clip.seconds for clip in alone) - 1 < menu.seconds < sum(clip.seconds for clip in alone) + 1
    assert -20 < level_of(menu.path) < -17


async def test_a_recording_of_other_words_is_never_played(clips: Clips) -> None:
    await record(clips, WELCOME)
    changed = Part("Welkom bij onze groep.", WELCOME.key)
    assert whole(await clips.clip(Voice("nl", (changed,)))).engine == "espeak"
    assert clips.recordings.troubles("nl", {str(WELCOME.key): changed.text}) == {WELCOME.key: "stale"}
    again = Part("Welkom  bij de moedergroep. 👋", WELCOME.key)
    assert whole(await clips.clip(Voice("nl", (again,)))).engine == "recorded"


async def test_a_recording_is_played_once_somebody_else_has_heard_it(clips: Clips) -> None:
    await record(clips, WELCOME, heard_ok=())
    assert whole(await clips.clip(Voice("nl", (WELCOME,)))).engine == "espeak"
    clips.recordings.approve("nl", str(WELCOME.key), "warda")  # her own yes does not count
    assert clips.recordings.state("nl", str(WELCOME.key), WELCOME.text) == "unheard"
    clips.recordings.approve("nl", str(WELCOME.key), "noor")
    assert whole(await clips.clip(Voice("nl", (WELCOME,)))).engine == "recorded"


async def test_a_file_that_was_swapped_by_hand_is_not_played(clips: Clips) -> None:
    path = (await record(clips, WELCOME)).path
    path.write_bytes(sound.encode(said("Iets heel anders.")))
    assert whole(await clips.clip(Voice("nl", (WELCOME,)))).engine == "espeak"
    assert clips.recordings.troubles("nl", {str(WELCOME.key): WELCOME.text}) == {WELCOME.key: "changed"}


async def test_a_new_recording_changes_the_menu_at_once(clips: Clips) -> None:
    before = whole(await clips.clip(MENU))
    await record(clips, MENU.parts[0])
    after = whole(await clips.clip(MENU))
    assert (before.engine, after.engine) == ("espeak", "recorded+espeak")
    assert after.path != before.path


async def test_a_speaker_who_stops_is_heard_nowhere_any_more(clips: Clips) -> None:
    path = (await record(clips, WELCOME)).path
    await record(clips, MENU.parts[0])
    assert clips.recordings.forget("warda") == 2
    assert not path.exists()
    assert clips.recordings.entries("nl") == {}
    assert whole(await clips.clip(Voice("nl", (WELCOME,)))).engine == "espeak"


@pytest.mark.parametrize(
    "voice",
    [
        pytest.param(Voice("so", (Part("Soo dhawoow.", "k"),)), id="no engine"),
        pytest.param(Voice("xx", (Part("Hello.", "k"),)), id="unknown language"),
        pytest.param(Voice("ar", (Part("مرحبا بك في المجموعة", "k"),)), id="arabic without vowels"),
        pytest.param(Voice("ar", (Part("مَرْحَبًا", "k"), Part("مرحبا", "l"))), id="one part cannot be said"),
        pytest.param(Voice("nl", ()), id="no parts"),
        pytest.param(Voice("nl", (Part("👋", "k"),)), id="nothing to hear"),
        pytest.param(Voice("nl", (Part("…", "k"),)), id="only signs"),
        pytest.param(Voice("nl", (Part("Kom {day}.", "k"),)), id="slot not filled"),
        pytest.param(Voice("nl", (Part("a" * 5000, None),)), id="far too long"),
    ],
)
async def test_without_a_voice_there_is_knowingly_no_clip(clips: Clips, voice: Voice) -> None:
    assert await clips.clip(voice) is None
    assert list(clips.cache.rglob("*.ogg")) == []


async def test_a_dutch_name_in_arabic_is_said_and_not_spelled(clips: Clips) -> None:
    plain = whole(await clips.clip(Voice("ar", (Part("نَلْتَقِي فِي بَيْتِ الطِّفْل", None),))))
    named = whole(await clips.clip(Voice("ar", (Part("نَلْتَقِي فِي Huis van het Kind, Kerkstraat 5", None),))))
    assert named.engine == "espeak"
    assert 2 < named.seconds < 6
    assert named.sha256 != plain.sha256


async def test_a_dutch_name_in_french_is_said_by_the_dutch_voice(audio: Path, tmp_path: Path, worker: Worker) -> None:
    voice = Voice("fr", (Part("Demande au Lokaal Loket.", "k"),))
    dutch = whole(await Clips(audio, tmp_path / "one", worker=worker).clip(voice))
    (audio / "dutch_names.txt").unlink()
    french = whole(await Clips(audio, tmp_path / "two", worker=worker).clip(voice))
    assert dutch.path.name != french.path.name
    assert 1 < dutch.seconds < 4


def test_status_says_who_would_speak(clips: Clips) -> None:
    phrases = {"a": "Hallo.", "b": "Kom {day}."}
    assert clips.status("nl", phrases) == {"a": "espeak", "b": "espeak"}
    assert clips.status("so", phrases) == {"a": "none", "b": "none"}
    assert clips.status("ar", {"a": "مَرْحَبًا", "b": "مرحبا"}) == {"a": "espeak", "b": "none"}


async def test_status_knows_people_and_google(clips: Clips) -> None:
    await record(clips, WELCOME)
    await clips.keep_gtts("nl", "Hallo.", [speak_mp3("Hallo.", "nl")])
    assert clips.status("nl", {str(WELCOME.key): WELCOME.text, "a": "Hallo."}) == {WELCOME.key: "recorded", "a": "gtts"}


# ---------------------------------------------------------------- kept and made once


async def test_eight_mothers_at_once_have_it_made_once(audio: Path, tmp_path: Path, counting: Counting) -> None:
    clips = Clips(audio, tmp_path / "cache", worker=counting)
    made = await asyncio.gather(*(clips.clip(MENU) for _ in range(8)))
    assert counting.jobs == 1
    assert len({whole(clip) for clip in made}) == 1


async def test_what_was_made_is_found_again_after_a_restart(audio: Path, tmp_path: Path, counting: Counting) -> None:
    first = whole(await Clips(audio, tmp_path / "cache", worker=counting).clip(MENU))
    assert whole(await Clips(audio, tmp_path / "cache", worker=counting).clip(MENU)) == first
    assert counting.jobs == 1


async def test_half_a_file_from_a_power_cut_is_made_again(audio: Path, tmp_path: Path, worker: Worker) -> None:
    clip = whole(await Clips(audio, tmp_path / "cache", worker=worker).clip(MENU))
    for rest in (b"", b"OggS\0\2"):
        clip.path.write_bytes(rest)
        again = whole(await Clips(audio, tmp_path / "cache", worker=worker).clip(MENU))
        assert again.seconds == pytest.approx(clip.seconds, abs=0.05)


async def test_a_deleted_cache_is_filled_again(clips: Clips) -> None:
    clip = whole(await clips.clip(MENU))
    clip.path.unlink()
    assert whole(await clips.clip(MENU)).path == clip.path


async def test_what_cannot_be_said_is_tried_once(audio: Path, tmp_path: Path, counting: Counting) -> None:
    clips = Clips(audio, tmp_path / "cache", worker=counting)
    for _ in range(3):
        assert await clips.clip(Voice("nl", (Part("…", "k"),))) is None
    assert counting.jobs == 1


async def test_another_voice_or_speed_makes_another_clip(audio: Path, tmp_path: Path, worker: Worker) -> None:
    first = whole(await Clips(audio, tmp_path / "cache", worker=worker).clip(MENU))
    lines = (audio / "voices.yaml").read_text("utf-8")
    (audio / "voices.yaml").write_text(lines.replace("nl+f3, wpm: 140,", "nl+f2, wpm: 130,", 1), "utf-8")
    second = whole(await Clips(audio, tmp_path / "cache", worker=worker).clip(MENU))
    assert second.path != first.path
    assert second.seconds > first.seconds


async def test_no_half_made_file_is_ever_seen_beside_the_clips(clips: Clips) -> None:
    await asyncio.gather(*(clips.clip(Voice("nl", (Part(text, "k"),))) for text in ("Een.", "Twee.", "Drie.")))
    assert {path.suffix for path in clips.cache.rglob("*") if path.is_file()} == {".ogg"}
    assert len(list(clips.cache.rglob("*.ogg"))) == 3


async def test_clips_with_a_name_in_them_are_swept_and_the_others_stay(clips: Clips) -> None:
    fixed = whole(await clips.clip(MENU))
    named = whole(await clips.clip(Voice("nl", (Part("Dag Amina!", None),))))
    used = whole(await clips.clip(Voice("nl", (Part("Dag Fatou!", None),))))
    for clip in (fixed, named, used):
        os.utime(clip.path, (NOW.timestamp() - 3 * 86400,) * 2)
    os.utime(used.path, (NOW.timestamp() - 3600,) * 2)
    assert clips.sweep(NOW) == 1
    assert (fixed.path.exists(), named.path.exists(), used.path.exists()) == (True, False, True)


async def test_a_clip_with_a_name_stays_while_it_is_used(clips: Clips) -> None:
    voice = Voice("nl", (Part("Dag Amina!", None),))
    clip = whole(await clips.clip(voice))
    os.utime(clip.path, (1, 1))
    await clips.clip(voice)
    assert clip.path.stat().st_mtime > 1_000_000


# ---------------------------------------------------------------- what people send


async def test_a_coordinators_answer_becomes_a_voice_note_of_its_own(
    clips: Clips, tmp_path: Path, level_of: Callable[[Path], float]
) -> None:
    recording = file_of(said("Ja hoor, kom maar.") * 0.05, "webm")
    first, second = [whole(await clips.voice_note(recording, tmp_path / "media")) for _ in range(2)]
    assert first.path.parent == tmp_path / "media"
    assert first.path != second.path  # deleting one leaves the other
    assert -20 < level_of(first.path) < -17


async def test_a_bad_recording_leaves_nothing_behind(clips: Clips) -> None:
    with pytest.raises(BadSound):
        await clips.voice_note(b"no sound")
    with pytest.raises(TooLong, match="longer than 1 seconds"):
        await clips.voice_note(file_of(said(), "ogg"), most_seconds=1)
    assert not clips.cache.exists()


async def test_a_recording_needs_a_phrase_key_and_no_path(clips: Clips) -> None:
    with pytest.raises(ValueError, match="no phrase key"):
        await clips.record("nl", "../../evil", file_of(said(), "ogg"), "x", "warda")
    assert list(clips.recordings.folder.rglob("*.ogg")) == []


async def test_the_manifest_remembers_who_said_what(clips: Clips) -> None:
    clip = await record(clips, WELCOME)
    manifest = json.loads((clip.path.parent / "manifest.json").read_text("utf-8"))
    entry = manifest[WELCOME.key]
    assert (entry["speaker"], entry["text"], entry["heard_ok"]) == ("warda", WELCOME.text, ["noor"])
    assert entry["seconds"] == pytest.approx(clip.seconds, abs=0.01)


def two_folders(clips: Clips, audio: Path, tmp_path: Path) -> Clips:
    """The same content with a recordings folder of the house itself."""
    return Clips(audio, tmp_path / "cache", worker=clips.worker, recordings=tmp_path / "house")


async def test_what_the_house_recorded_goes_before_what_came_with_the_content(
    clips: Clips, audio: Path, tmp_path: Path
) -> None:
    await record(clips, WELCOME)
    house = two_folders(clips, audio, tmp_path)
    voice = Voice("nl", (WELCOME,))
    shipped = whole(await house.clip(voice))
    assert shipped.path.is_relative_to(audio)
    await house.record(
        "nl", str(WELCOME.key), file_of(said(WELCOME.text, "nl+f4"), "mp4"), WELCOME.text, "noor", ("warda",)
    )
    ours = whole(await house.clip(voice))
    assert ours.path.is_relative_to(tmp_path / "house")
    assert house.recordings.speakers() == {"noor": 1}
    assert house.recordings.forget("noor") == 1
    assert whole(await house.clip(voice)).path == shipped.path


async def test_a_speaker_is_forgotten_also_where_the_content_may_not_be_written_to(
    clips: Clips, audio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record(clips, WELCOME)
    house = two_folders(clips, audio, tmp_path)
    whole_unlink = Path.unlink

    def read_only(path: Path, missing_ok: bool = False) -> None:
        if path.is_relative_to(audio):
            raise PermissionError(path)
        whole_unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", read_only)
    assert house.recordings.forget("warda") == 1
    assert house.recordings.state("nl", str(WELCOME.key), WELCOME.text) == "missing"
    assert house.recordings.forget("warda") == 0
    clip = whole(await house.clip(Voice("nl", (WELCOME,))))
    assert clip.engine == "espeak"


async def test_a_listener_judges_a_recording_of_the_content_in_the_house(
    clips: Clips, audio: Path, tmp_path: Path
) -> None:
    await record(clips, WELCOME, heard_ok=())
    house, key = two_folders(clips, audio, tmp_path), str(WELCOME.key)
    house.recordings.refuse("nl", key, "noor")
    assert house.recordings.state("nl", key, WELCOME.text) == "refused"
    house.recordings.approve("nl", key, "noor")
    assert house.recordings.state("nl", key, WELCOME.text) == "ok"
    assert clips.recordings.state("nl", key, WELCOME.text) == "unheard"


FIRST, OTHER = "Hoeveel kinderen komen mee?", "Vandaag is er geen groep. Je moet niets doen."
OTHERS = (
    "Wil je een plaats in de opvang? Zoek samen met het loket.",
    "Ik heb je vraag gehoord. Een mens luistert en antwoordt je.",
    "De plaats is anders. Kijk goed naar de kaart.",
    "Je kind is ziek. Blijf dan thuis en zeg het.",
    "Kies een taal. Tik op de taal die je wil horen.",
    "De school begint in september. Schrijf je in.",
    "Breng een boterham en drinken mee voor je kind.",
    "Dank je dat je komt. Tot morgen in de groep.",
    "Er is nog plaats op woensdag, om half tien.",
)


async def test_a_recording_of_another_message_raises_a_doubt_where_a_machine_knows_the_language(
    clips: Clips, tmp_path: Path
) -> None:
    right = await clips.voice_note(file_of(said(OTHER, "nl+m3"), "ogg"), tmp_path)
    swapped = await clips.voice_note(file_of(said(OTHERS[3], "nl+m3"), "ogg"), tmp_path)
    assert await clips.doubts(right.path, "nl", OTHER, (FIRST, *OTHERS)) == []
    assert await clips.doubts(swapped.path, "nl", OTHER, (FIRST, *OTHERS)) == ["other"]
    assert await clips.doubts(swapped.path, "so", OTHER, (FIRST, *OTHERS)) == [], "no machine knows Somali"
