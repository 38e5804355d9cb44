"""Days and hours in a language that no machine speaks, put together from recorded words."""

import datetime as dt

import numpy as np
import pytest

from bot.messages import Part, Voice
from bot.speech import pieces, sound, spoken
from bot.speech.clips import Clips
from bot.speech.sound import RATE, Samples
from tests.speech.conftest import file_of, heard, said

EVENING = "Er is groep: {day}, om {time}. De plaats is {place}. Kom je?"
SAID = {"day": "morgen, donderdag", "time": "half tien", "place": "De Sleutel"}
MONDAY = dt.date(2026, 11, 23)


def tone(seconds: float, loud: float, hertz: float = 220) -> Samples:
    """A steady sound with silence around it, as a recording has."""
    x = np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE).astype(np.float32) * np.float32(loud)
    return np.pad(x, int(0.3 * RATE))


def silences(x: Samples) -> list[float]:
    """Every pause of 10 ms or more inside it, in seconds, by windows of 5 ms."""
    window = RATE // 200
    level = np.sqrt(np.mean(x[: len(x) // window * window].reshape(-1, window) ** 2, 1))
    quiet = level < level.max() / 100
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(int), [0]])))
    runs = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a > 0 and b < len(quiet)]
    return [(b - a) * 0.005 for a, b in runs if b - a >= 2]


def test_a_reminder_is_cut_into_stretches_and_words() -> None:
    found = pieces.fill("reminder.evening.text", EVENING, SAID, "nl")
    assert [(part.text, part.key) for part in found] == [
        ("Er is groep:", "reminder.evening.text.part1"),
        ("morgen", "parts.tomorrow"),
        ("donderdag", "parts.day-4"),
        ("om", "reminder.evening.text.part2"),
        ("half", "parts.minutes-30"),
        ("tien", "parts.hour-10"),
        (".", None),
        ("De plaats is", "reminder.evening.text.part3"),
        ("De Sleutel", None),
        (".", None),
        ("Kom je?", "reminder.evening.text.part4"),
    ]
    assert [part.text for part in pieces.stretches("k", EVENING)] == ["Er is groep:", "om", "De plaats is", "Kom je?"]


@pytest.mark.parametrize("lang", ["nl", "en", "fr", "tr", "uk", "ro", "es", "so"])
def test_every_day_and_every_five_minutes_can_be_put_together(lang: str) -> None:
    known = pieces.words_to_record(lang)
    assert len(set(known.values())) == len(known), "a word is asked for twice"
    assert len(known) == len(pieces._by_words(spoken.folder(), lang)), "two words have one key"
    for minutes in range(0, 24 * 60, 5):
        words = spoken.time(dt.time(minutes // 60, minutes % 60), lang).spoken
        assert pieces.in_words(words, lang), words
    for ahead in range(400):
        words = spoken.day(MONDAY + dt.timedelta(ahead), lang, MONDAY).spoken
        assert pieces.in_words(words, lang), words


def test_a_language_without_words_for_hours_has_none_to_record() -> None:
    assert pieces.words_to_record("tlh") == {}
    assert pieces.in_words("half tien", "tlh") == ()


@pytest.mark.parametrize("loud", [0.05, 0.9])
def test_two_pieces_join_at_one_loudness_with_a_breath_between(loud: float) -> None:
    one, other = tone(0.4, 0.3), tone(0.2, loud, 330)
    joined = sound.join(one, other)
    [pause] = silences(joined)
    assert 0.03 <= pause <= 0.08
    half = len(joined) // 2
    assert sound.speech_level(joined[-half // 2 :]) == pytest.approx(sound.speech_level(joined[:half]), rel=0.12)


async def record(clips: Clips, key: str, words: str, loud: float = 1.0) -> None:
    """A woman in the kitchen says it (espeak lends her its voice); somebody else agrees."""
    data = file_of(said(words, "nl+f2") * np.float32(loud), "ogg")
    await clips.record("so", key, data, words, "warda", ("noor",))


async def test_a_language_without_a_machine_says_the_hour_from_recorded_words(clips: Clips) -> None:
    parts = pieces.fill("reminder.evening.text", EVENING, SAID, "nl")
    whole = Voice("so", (Part(EVENING.format(**SAID), None, parts),))
    for n, part in enumerate(p for p in parts if p.key):
        assert await clips.clip(whole) is None, f"it speaks before {part.key} is recorded"
        await record(clips, str(part.key), part.text, (0.3, 0.9, 0.5)[n % 3])
    clip = await clips.clip(whole)
    assert clip is not None
    assert clip.engine == "recorded+espeak", "the place is said by the Dutch voice"
    x = heard(clip.path)
    assert sound.loudness(x) == pytest.approx(-18, abs=1.5)
    long = [pause for pause in silences(x) if pause > 0.2]
    assert len(long) >= 2, "sentences are apart"
    assert max(silences(x)) < 0.5


async def test_a_name_in_no_latin_script_leaves_her_with_text(clips: Clips) -> None:
    await record(clips, "a.part1", "Dag")
    named = Voice("so", (Part("Dag سلام", None, (Part("Dag", "a.part1"), Part("سلام"))),))
    assert await clips.clip(named) is None
    plain = Voice("so", (Part("Dag Rose", None, (Part("Dag", "a.part1"), Part("Rose"))),))
    assert await clips.clip(plain) is not None


async def test_a_machine_that_speaks_the_language_says_the_whole_sentence(clips: Clips) -> None:
    parts = pieces.fill("reminder.evening.text", EVENING, SAID, "nl")
    clip = await clips.clip(Voice("nl", (Part(EVENING.format(**SAID), None, parts),)))
    assert clip is not None
    assert clip.engine == "espeak"
