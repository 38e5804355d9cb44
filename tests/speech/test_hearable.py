"""A voice note that has no sound is found out before anybody has to listen to it."""

from __future__ import annotations

import numpy as np
import pytest

from bot.speech import sound


def test_a_voice_note_can_be_heard() -> None:
    tone = (0.2 * np.sin(np.arange(48_000) / 10)).astype(np.float32)
    assert sound.hearable(sound.finish(tone)[0])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"OggS and then nonsense", id="half a header"),
        pytest.param(b"no sound " * 900, id="another file"),
        pytest.param(b"#EXTM3U\n/etc/passwd\n", id="a playlist"),
    ],
)
def test_what_does_not_decode_cannot_be_heard(data: bytes) -> None:
    assert not sound.hearable(data)
