"""What a machine hears of a recording, over real voices and real trouble."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from bot.speech import listening, sound
from bot.speech.sound import RATE, Samples
from tests.speech.conftest import WELCOME, file_of, said

SPEED = 11.5
MESSAGES = (
    "Hoeveel kinderen komen mee?",
    "Vandaag is er geen groep. Je moet niets doen.",
    "Wil je een plaats in de opvang? Zoek samen met het loket.",
    "Ik heb je vraag gehoord. Een mens luistert en antwoordt je.",
    "De plaats is anders. Kijk goed naar de kaart.",
    "Je kind is ziek. Blijf dan thuis en zeg het aan de groep.",
    "Kies een taal. Tik op de taal die je wil horen.",
    "De school begint in september. Schrijf je kind op tijd in.",
    "Breng een boterham en drinken mee voor je kind.",
    "Dank je dat je komt. Tot morgen in de groep.",
)
NOISE = np.random.default_rng(7)


def note(x: Samples) -> bytes:
    return sound.voice_note(file_of(x.astype(np.float32), "wav"))[0]


def hiss(x: Samples, below: float) -> Samples:
    """With noise so many dB below the voice."""
    noise = NOISE.standard_normal(len(x)).astype(np.float32)
    return x + noise * np.float32(sound.speech_level(x) * 10 ** (-below / 20))


TROUBLE = {
    "quiet": lambda x: x * 0.004,
    "clipped": lambda x: np.clip(x * 30, -1, 1),
    "hum": lambda x: 0.3 * np.sin(2 * np.pi * 100 * np.arange(len(x)) / RATE),
    "noisy": lambda x: hiss(x, 4),
    "gap": lambda x: np.concatenate([x[: len(x) // 2], np.zeros(4 * RATE), x[len(x) // 2 :]]),
    "too_short": lambda x: x[: RATE // 2],
    "too_long": lambda x: np.concatenate([x, x, x]),
}


@pytest.mark.parametrize("voice", ["nl+f3", "nl+m1", "fr-be+f2"])
@pytest.mark.parametrize("text", ["Ja", "Ik kom later", WELCOME])
def test_a_good_recording_has_no_fault(voice: str, text: str) -> None:
    assert listening.faults(note(said(text, voice)), text, SPEED) == []


@pytest.mark.parametrize("name", TROUBLE)
def test_what_is_wrong_with_a_recording_is_named(name: str) -> None:
    spoil: Any = TROUBLE[name]
    assert name in listening.faults(note(spoil(said())), WELCOME, SPEED)


def test_a_click_is_no_recording() -> None:
    assert listening.faults(sound.encode(said()[: RATE // 10]), "Ja", SPEED) == ["empty"]


def test_how_it_was_before_levelling_travels_in_the_file() -> None:
    was = sound.remark(note(said() * np.float32(0.1)))
    assert was["lufs"] < -35
    assert was["clipped"] == 0
    assert sound.remark(sound.encode(said())) == {}


@cache
def references(*texts: str) -> list[Samples]:
    return [listening.features(said(text, "nl+f3"), RATE) for text in texts]


@pytest.mark.parametrize("n", range(len(MESSAGES)))
def test_a_voice_that_says_the_right_message_is_not_suspected(n: int) -> None:
    others = MESSAGES[:n] + MESSAGES[n + 1 :]
    assert not listening.mixed_up(note(said(MESSAGES[n], "nl+m3")), references(MESSAGES[n], *others))


def test_most_swapped_messages_are_suspected() -> None:
    found = 0
    for n, spoken in enumerate(MESSAGES):
        wanted = MESSAGES[(n + 1) % len(MESSAGES)]
        others = [text for text in MESSAGES if text != wanted]
        found += listening.mixed_up(note(said(spoken, "nl+m3")), references(wanted, *others))
    assert found >= 7, "by chance three of ten would be among the first three"


def test_the_distance_of_a_sound_to_itself_is_nothing_and_to_a_slower_one_small() -> None:
    one, slow = (
        listening.features(said("Kom je morgen?"), RATE),
        listening.features(said("Kom je morgen?", "nl+m3"), RATE),
    )
    other = listening.features(said("Vergeet de luiers niet."), RATE)
    assert listening.distance(one, one) == pytest.approx(0, abs=1e-3)
    assert listening.distance(one, slow) < listening.distance(one, other)
