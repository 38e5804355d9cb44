"""Every reader of what others send: anything at all gives an answer or one of our own errors, never another."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import tracemalloc
import wave
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import GPSTAGS, IFD

from bot.care import feed, places_file
from bot.db.models import Group
from bot.flow.reading import Fault, Reader
from bot.messages import Heard
from bot.pictures import PictureError, photo
from bot.speech import sound
from bot.speech.errors import BadSound
from bot.telegram.read import chat_of, heard
from tests.given.house import TUESDAY

calm = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=20,
)
WORDS = ("message", "edited_message", "callback_query", "my_chat_member", "chat", "from", "id", "text", "data", "photo", "voice",
         "location", "latitude", "new_chat_member", "status", "file_id", "update_id", "reply_to_message", "message_id")  # fmt: skip
updates = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=25,
)


@calm
@given(st.dictionaries(st.sampled_from(WORDS), updates, max_size=6))
@example({"message": {"chat": {"id": 1}, "photo": [None, 3, {"file_id": "x", "width": "9"}]}})
@example({"callback_query": {"id": [], "data": "x", "from": {"id": 2**70}}})
def test_any_update_is_heard_or_set_aside(update: dict[str, Any]) -> None:
    what = heard(update)
    assert what is None or isinstance(what, Heard)
    chat = chat_of(update)
    assert chat is None or isinstance(chat, int)


@calm
@given(st.text(max_size=400))
@example("category_nl;name\n")
@example("category_nl,name\nx," + '"' * 7)
@example("\ufeffcategory_nl,name,lat\nspeeltuin,x,NaN\n")
@example("category_nl,name\n" + "a" * 200_000)
def test_any_list_of_places_is_taken_in_or_refused_in_a_sentence(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(places_file.read(text, {}, TUESDAY.date()).rows, list)


@calm
@given(text=st.text(max_size=300))
@example(text="a: &a [*a]")
@example(text="a: !!python/object/apply:os.system ['echo']")
@example(text="x: " + "[" * 2000)
@example(text="&a [x,x]: 1\nb: *a")
def test_any_yaml_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    faults: list[Fault] = []
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, "utf-8", "replace")
    found = Reader(path, path.parent, faults).read()
    assert found is not None or faults


@pytest.mark.timeout(120)
def test_a_yaml_that_swells_is_refused(tmp_path: Path) -> None:
    faults: list[Fault] = []
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, 11)]
    (tmp_path / "bomb.yaml").write_text("\n".join(lines))
    assert Reader(tmp_path / "bomb.yaml", tmp_path, faults).read() is None
    assert "too" in faults[0].says


ICS = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


@calm
@given(
    st.text(max_size=200)
    | st.sampled_from(("DTSTART:20261126T080000Z", "DTSTART:x\r\nDTEND:y", "DTSTART;TZID=Mars/One:20261126T080000"))
)
@example("DTSTART:20261126T080000Z\r\nDTEND:20261126T080000Z\r\nSUMMARY:<script>alert(1)</script>")
@example("DTSTART:20261126T080000Z\r\nDURATION:P99999999D")
@example("DTSTART:00010101T000000Z\r\nDTEND:99991231T235959Z\r\nRRULE:FREQ=YEARLY;COUNT=99999999")
@example("DTSTART:20261126T080000Z\r\nDTEND:20261126T080000")
def test_any_calendar_is_read_or_refused_in_a_sentence(lines: str) -> None:
    _calendar(ICS.format(lines=lines).encode("utf-8", "replace"))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("often", ["SECONDLY", "MINUTELY"])
def test_a_calendar_that_repeats_every_second_is_refused(often: str) -> None:
    _calendar(ICS.format(lines=f"DTSTART:20261126T080000Z\r\nDURATION:PT1M\r\nRRULE:FREQ={often}").encode())


def _calendar(data: bytes) -> None:
    group = Group(name="Mama Leert", calendar="Flemish")
    with contextlib.suppress(ValueError):
        assert len(feed.read(data, group, TUESDAY)) <= feed.MOST_ROWS + 1


def wav(seconds: float = 0.3) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\x10\x20" * int(16_000 * seconds))
    return out.getvalue()


@pytest.mark.timeout(600)  # a process of its own for each of them
@calm
@given(st.binary(max_size=3000), st.integers(0, 400), st.booleans())
def test_any_sound_is_decoded_or_refused(noise: bytes, at: int, real: bool) -> None:
    data = bytearray(wav())
    data[at : at + len(noise) % 60] = noise[: len(noise) % 60]
    with contextlib.suppress(BadSound):
        assert sound.decode(bytes(data) if real else noise).ndim == 1


def picture(kind: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, kind, **more)
    return out.getvalue()


@calm
@given(
    st.binary(max_size=2000),
    st.integers(0, 600),
    st.sampled_from(("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")),
    st.booleans(),
)
def test_any_picture_is_made_small_or_refused(noise: bytes, at: int, kind: str, real: bool) -> None:
    data = bytearray(picture(kind))
    data[at : at + len(noise) % 40] = noise[: len(noise) % 40]
    with contextlib.suppress(PictureError):
        assert photo.small(bytes(data) if real else noise)[:2] == b"\xff\xd8"


# ---------------------------------------------------------------- what fetches, swells or tells where she lives

PLAYLISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{url}'\n",
    "concat to a file": "ffconcat version 1.0\nfile '/etc/passwd'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    "mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>{url}</BaseURL></Period></MPD>',
    "smil": "<smil><body><audio src='{url}'/></body></smil>",
    "pls": "[playlist]\nFile1={url}\nNumberOfEntries=1\n",
    "an address": "{url}",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_playlist_is_no_sound_and_fetches_nothing(kind: str) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.2)
        url = f"http://127.0.0.1:{trap.getsockname()[1]}/x.ogg"
        with pytest.raises(BadSound):
            sound.decode(PLAYLISTS[kind].format(url=url).encode())
        with pytest.raises(TimeoutError):
            trap.accept()


def test_a_kind_of_sound_that_nobody_sends_is_not_even_tried() -> None:
    """The list of formats is short: each one more is more code of strangers that reads bytes of strangers."""
    au = b".snd" + struct.pack(">IIIII", 28, 16_000, 3, 8_000, 1) + b"\x00" * 4 + wav()[44:][:16_000]
    with pytest.raises(BadSound):
        sound.decode(au)


def mov_that_points_elsewhere(path: str) -> bytes:
    """A QuickTime file whose sound lies in another file (an alias in `dref`): the classic way to make a server read its own disk."""

    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body) + 8) + kind + body

    alias = b"\x00\x00\x00\x00" + path.encode().ljust(150, b"\x00")
    dref = box(b"dref", struct.pack(">II", 0, 1) + box(b"alis", alias))
    minf = box(b"smhd", b"\x00" * 8) + box(b"dinf", dref) + box(b"stbl", b"")
    mdia = box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 44100, 44100, 0, 0)) + box(b"minf", minf)
    moov = box(b"moov", box(b"trak", box(b"mdia", mdia)))
    return box(b"ftyp", b"qt  \x00\x00\x02\x00qt  ") + moov


def test_a_film_whose_sound_lies_elsewhere_is_not_followed() -> None:
    with pytest.raises(BadSound):
        sound.decode(mov_that_points_elsewhere("/etc/passwd"))


def test_a_sound_that_swells_is_stopped_at_its_length() -> None:
    silence = io.BytesIO()
    with wave.open(silence, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * 400)
    with pytest.raises(BadSound, match="longer than 300"):
        sound.decode(silence.getvalue())


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 7_000)], ids=["Pillow refuses it too", "only we do"])
def test_a_picture_that_swells_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\x00" * 10**7))
        + chunk(b"IEND", b"")
    )
    tracemalloc.start()
    with pytest.raises(PictureError, match="too big"):
        photo.small(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_where_she_lives_and_which_telephone_she_has_do_not_travel_on() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x9286], exif[0x010E] = "Telefoon-merk", "een opmerking", "<script>alert(1)</script>"
    gps = {name: tag for tag, name in GPSTAGS.items()}
    exif.get_ifd(IFD.GPSInfo).update({gps["GPSLatitude"]: (51.0, 3.0, 36.0), gps["GPSLatitudeRef"]: "N"})
    data = picture("JPEG", exif=exif, comment=b"thuis in de Dorpsstraat")
    assert b"Telefoon-merk" in data
    made = photo.small(data)
    assert not Image.open(io.BytesIO(made)).getexif()
    for word in (b"Telefoon", b"opmerking", b"script", b"Dorpsstraat", b"Exif"):
        assert word not in made


def test_an_update_that_is_nested_without_end_is_refused_by_the_door_and_not_by_a_crash() -> None:
    from bot.telegram import intake

    assert intake._json("[" * 100_000) is None
    assert intake._json(json.dumps({"a": 1})) == {"a": 1}
