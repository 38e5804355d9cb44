"""The machine voices: espeak offline, and Google's with all the ways in which it fails."""

import asyncio
import importlib
import time
from typing import Any

import numpy as np
import pytest

from bot.messages import Part
from bot.settings import default_content
from bot.speech import sound, spoken
from bot.speech.engines import Gtts
from bot.speech.errors import CannotSpeak, GttsUnavailable
from bot.speech.voices import load
from tests.speech.conftest import espeak
from tests.speech.google import Google, Mode

VOICES = load(default_content() / "audio" / "voices.yaml")
LONG = (
    "Opvang is voor alle kinderen. Bel de dienst. Kom langs op dinsdag. Je betaalt volgens je inkomen. "
    "Dat vraag je samen met de begeleider aan bij het loket. Wij helpen je graag."
)


PATIENT = (90.0, 90.0)  # seconds to connect and to answer: its voice is made in this process, which may be busy


def quick(cool: float = 900.0) -> Gtts:
    return Gtts(timeout=PATIENT, gap=0, cool=cool)


# ---------------------------------------------------------------- espeak


def test_espeak_says_dutch_times_as_a_person_would() -> None:
    assert espeak().phonemes("half tien", "nl+f3") == "hˈɑlf tˈin"
    assert espeak().phonemes("neuf heures et demie", "fr-be+f3") == "nˈœv ˈœʁz e dəmˈi"


def test_espeak_gives_sound_and_slower_when_asked() -> None:
    fast, rate = espeak().speak(LONG, "nl+f3", 160)
    slow, _ = espeak().speak(LONG, "nl+f3", 130)
    samples = np.frombuffer(slow, "<i2")
    assert rate == 22_050
    assert 9 < len(samples) / rate < 16
    assert np.abs(samples).max() > 5000
    assert len(slow) > 1.1 * len(fast)


def test_espeak_refuses_to_spell_a_language_it_does_not_know() -> None:
    with pytest.raises(CannotSpeak, match="spell"):
        espeak().speak("سڵاو چۆنی", "ku", 140)  # Sorani, by the voice for Kurmanji


def test_an_english_word_that_everybody_says_is_no_reason_to_be_silent() -> None:
    assert "(en)" in espeak().phonemes("in het weekend", "nl+f3")
    assert len(espeak().speak("Wij zijn er in het weekend, en online.", "nl+f3", 140)[0]) > 2 * 22_050


def test_a_voice_that_does_not_exist_is_named() -> None:
    with pytest.raises(CannotSpeak, match="en-gb"):
        espeak().speak("hello", "en-gb", 140)


@pytest.mark.parametrize("lang", sorted(lang for lang, speaker in VOICES.items() if speaker.espeak))
def test_every_voice_of_ours_exists_and_is_a_calm_one(lang: str) -> None:
    speaker = VOICES[lang]
    assert 130 <= speaker.wpm <= 150
    for voice in filter(None, (speaker.espeak, speaker.dutch)):
        assert espeak().phonemes("a", voice)


@pytest.mark.parametrize("lang", [lang for lang in spoken.languages() if VOICES[lang].espeak])
def test_every_language_that_counts_days_can_say_them(lang: str) -> None:
    speaker = VOICES[lang]
    week = " ".join(spoken.number(n, lang) for n in range(32))
    assert speaker.espeak
    samples, rate = espeak().speak(week, speaker.espeak, speaker.wpm)
    assert len(samples) / 2 / rate > 8
    assert speaker.can_say(week)


def test_google_is_only_given_codes_it_knows() -> None:
    library: Any = importlib.import_module("gtts.lang")
    assert {speaker.gtts for speaker in VOICES.values() if speaker.gtts} <= set(library.tts_langs())


# ---------------------------------------------------------------- Google's voice


async def test_google_speaks_a_long_text_in_few_pieces_that_are_all_sound(google: Google) -> None:
    pieces = await quick().speak(Part(LONG, "faq.opvang.text"), "nl")
    assert [text for text, _ in google.asked] == [
        "Opvang is voor alle kinderen. Bel de dienst. Kom langs op dinsdag. Je betaalt volgens je inkomen.",
        "Dat vraag je samen met de begeleider aan bij het loket. Wij helpen je graag.",
    ]
    assert {lang for _, lang in google.asked} == {"nl"}
    lengths = [len(sound.decode(piece)) / sound.RATE for piece in pieces]
    assert len(lengths) == 2
    assert min(lengths) > 3


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        pytest.param("html200", "0 of 2 pieces", id="a consent page instead of sound"),
        pytest.param("no_audio", "No audio", id="an answer without sound"),
        pytest.param("500", "500", id="server fault"),
        pytest.param("403", "403", id="forbidden"),
        pytest.param("429", "429", id="too many, by way of a redirect"),
        pytest.param("second_fails", "503", id="second piece fails"),
        pytest.param("tiny", "0 of 2|pieces", id="next to nothing"),
    ],
)
async def test_every_failure_of_google_is_told_and_gives_no_half_sound(google: Google, mode: Mode, says: str) -> None:
    google.mode = mode
    with pytest.raises(GttsUnavailable, match=says):
        await quick().speak(Part(LONG, "faq.opvang.text"), "nl")


async def test_google_hanging_is_left_after_a_second(google: Google) -> None:
    google.mode = "hang"
    start = time.perf_counter()
    with pytest.raises(GttsUnavailable, match="Failed to connect"):
        await Gtts(timeout=(90, 1), gap=0).speak(Part("Hallo.", "hello"), "nl")
    assert 0.9 < time.perf_counter() - start < 160, "it would have hung for longer"


@pytest.mark.parametrize(("mode", "calls"), [("429", 1), ("403", 1), ("500", 3)])
async def test_google_is_left_alone_after_a_refusal_or_three_failures(google: Google, mode: Mode, calls: int) -> None:
    google.mode, voice = mode, quick()
    for _ in range(6):
        with pytest.raises(GttsUnavailable):
            await voice.speak(Part("Hallo.", "hello"), "nl")
    assert len(google.asked) == calls
    assert voice.resting


async def test_google_is_asked_again_after_the_rest(google: Google) -> None:
    google.mode, voice = "429", quick(cool=0.05)
    with pytest.raises(GttsUnavailable):
        await voice.speak(Part("Hallo.", "hello"), "nl")
    google.mode = "ok"
    await asyncio.sleep(0.06)
    assert len(await voice.speak(Part("Hallo.", "hello"), "nl")) == 1


async def test_a_success_forgets_earlier_failures(google: Google) -> None:
    voice = quick()
    for mode in ("500", "500", "ok", "500", "500"):
        google.mode = mode
        try:
            await voice.speak(Part("Hallo.", "hello"), "nl")
        except GttsUnavailable:
            assert mode == "500"
    assert not voice.resting
    assert len(google.asked) == 5


async def test_calls_keep_their_distance(google: Google) -> None:
    voice, start = Gtts(timeout=PATIENT, gap=0.3), time.perf_counter()
    for text in ("Een.", "Twee.", "Drie."):
        await voice.speak(Part(text, "number"), "nl")
    assert time.perf_counter() - start >= 0.6


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(Part("Amina komt morgen.", None), id="words that were filled in"),
        pytest.param(Part("Kom {day} om {time}.", "reminder.evening.text"), id="words still to fill in"),
    ],
)
async def test_google_never_hears_a_name(google: Google, part: Part) -> None:
    with pytest.raises(CannotSpeak, match="never go to Google"):
        await quick().speak(part, "nl")
    assert google.asked == []


@pytest.mark.parametrize("text", ["", "…", "👋"])
async def test_a_text_without_words_is_a_failure_and_no_crash(google: Google, text: str) -> None:
    with pytest.raises(GttsUnavailable):
        await quick().speak(Part(text, "empty"), "nl")
