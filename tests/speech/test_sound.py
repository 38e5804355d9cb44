"""Any sound in, one kind of voice note out: mono Opus, one loudness, no silence around it, never clipping."""

import io
import struct
import zlib

import numpy as np
import pytest

from bot.speech import ogg, sound
from bot.speech.errors import BadSound, TooLong
from tests.speech.conftest import CODECS, file_of, said


def silence(seconds: float) -> sound.Samples:
    return np.zeros(int(seconds * sound.RATE), np.float32)


def tone(seconds: float, level: float = 0.2, hertz: float = 220) -> sound.Samples:
    t = np.arange(int(seconds * sound.RATE)) / sound.RATE
    return (level * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 8 * 25)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("container", list(CODECS))
def test_a_recording_from_any_telephone_becomes_the_same_voice_note(container: str) -> None:
    data, info = sound.voice_note(file_of(said(), container))
    assert info.channels == 1
    assert info.seconds == pytest.approx(len(sound.trim(said())) / sound.RATE, abs=0.15)
    assert -20 < sound.loudness(sound.decode(data)) < -17
    assert info.size / info.seconds < 3200


@pytest.mark.parametrize("gain", [0.02, 0.2, 1.0, 4.0])
def test_whispered_or_shouted_it_comes_out_equally_loud_and_never_clips(gain: float) -> None:
    loud = np.clip(said() * np.float32(gain), -1, 1)
    out = sound.decode(sound.voice_note(file_of(loud, "flac"))[0])
    assert -20 < sound.loudness(out) < -17
    assert 0.2 < np.abs(out).max() <= 0.99


def test_silence_around_the_words_is_cut_and_the_words_stay() -> None:
    words = sound.trim(said(), lead=0, tail=0)
    _, info = sound.voice_note(file_of(np.concatenate([silence(3), words, silence(5)]), "flac"))
    assert info.seconds == pytest.approx(len(words) / sound.RATE + 0.33, abs=0.08)


def test_background_noise_does_not_stop_the_trimming() -> None:
    noise = np.random.default_rng(1).normal(0, 0.0005, int(9 * sound.RATE)).astype(np.float32)
    noise[3 * sound.RATE : 3 * sound.RATE + 2 * sound.RATE] += tone(2)
    assert len(sound.trim(noise)) / sound.RATE == pytest.approx(2.33, abs=0.05)


def test_parts_are_spliced_equally_loud_with_a_short_pause() -> None:
    quiet, loud = tone(1.0, 0.01), tone(0.5, 0.7, 440)
    out = sound.splice([np.concatenate([silence(1), quiet, silence(1)]), loud])
    assert len(out) / sound.RATE == pytest.approx(1.0 + 0.25 + 0.5 + 0.06 + 0.02, abs=0.03)
    first, second = out[: sound.RATE // 2], out[-sound.RATE // 3 :]
    assert sound.loudness(first) == pytest.approx(sound.loudness(second), abs=1.5)
    gap = out[int(1.12 * sound.RATE) : int(1.3 * sound.RATE)]
    assert np.abs(gap).max() == 0


def test_parts_of_one_voice_keep_their_own_loudness() -> None:
    out = sound.splice([tone(1, 0.1), tone(1, 0.1, 440)], one_voice=True)
    assert np.abs(out).max() == pytest.approx(0.1, abs=0.01)


def test_a_part_of_silence_adds_no_second_pause() -> None:
    out = sound.splice([tone(1), silence(2), tone(1)])
    assert len(out) / sound.RATE == pytest.approx(2 + 0.25, abs=0.03)


def test_the_same_samples_give_the_same_bytes_with_their_exact_length() -> None:
    data = sound.encode(tone(2.5))
    assert data == sound.encode(tone(2.5))
    assert ogg.info(data).seconds == pytest.approx(2.5, abs=0.01)
    assert len(sound.decode(data)) / sound.RATE == pytest.approx(2.5, abs=0.02)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"Ik kom morgen niet.", id="text"),
        pytest.param(png(), id="picture"),
        pytest.param(
            b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n", id="playlist"
        ),
        pytest.param(b"ffconcat version 1.0\nfile '/etc/hostname'\n", id="list of files"),
        pytest.param(b"OggS" + b"\0" * 400, id="hollow ogg"),
        pytest.param(b"\xff\xf3" * 3000, id="noise that looks like mp3"),
    ],
)
def test_what_is_no_sound_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(BadSound, match=r"^[A-Z].*\.$"):
        sound.voice_note(data)


def test_a_recording_of_nothing_is_refused() -> None:
    with pytest.raises(BadSound, match="only silence"):
        sound.voice_note(file_of(silence(4), "wav"))


def test_a_sound_file_cut_short_gives_the_part_that_is_there() -> None:
    whole = file_of(said(), "ogg")
    _, info = sound.voice_note(whole[: len(whole) // 2])
    assert 0.3 < info.seconds / (len(said()) / sound.RATE) < 0.7


def test_ten_minutes_are_refused_before_they_fill_the_memory() -> None:
    ten_minutes = file_of(np.tile(tone(10, 0.1), 60), "wav", rate=8_000)
    with pytest.raises(TooLong, match="longer than 300 seconds"):
        sound.voice_note(ten_minutes)


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(TooLong, match="20 MB"):
        sound.voice_note(bytes(sound.MOST_BYTES + 1))


def test_samples_that_are_no_numbers_become_silence() -> None:
    broken = tone(1)
    broken[1000:2000] = np.nan
    out = io.BytesIO(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x03\0\x01\0\x80\xbb\0\0\0\xee\x02\0\x04\0 \0data\xff\xff\xff\xff")
    out.seek(0, 2)
    out.write(broken.tobytes())
    samples = sound.decode(out.getvalue())
    assert np.isfinite(samples).all()
    assert len(samples) == len(broken)


@pytest.mark.parametrize("data", [b"", b"OggS", b"ID3 and so on" * 40])
def test_only_opus_in_ogg_has_an_info(data: bytes) -> None:
    with pytest.raises(BadSound):
        ogg.info(data)
