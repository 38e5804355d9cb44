"""What bytes are: the kind of sound or picture by content (names and declared types lie), its length and its size."""

from __future__ import annotations

import struct
from dataclasses import dataclass

WAVEFORM_POINTS = 60


@dataclass(frozen=True)
class Nature:
    """kind: voice (can be a voice note), audio, image, video or document. seconds, width, height are None where unknown."""

    kind: str
    mime: str
    suffix: str
    seconds: int | None = None
    width: int | None = None
    height: int | None = None


def nature(data: bytes) -> Nature:
    """Looks at the first bytes, and for sound also at the last page or frame."""
    if data[:4] == b"OggS":
        return _ogg(data)
    if data[:3] == b"ID3" or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 in (0xE2, 0xE4, 0xE6)):
        return Nature("voice", "audio/mpeg", ".mp3", _mp3_seconds(data))
    if data[4:8] == b"ftyp":
        return _mp4(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return Nature("audio", "audio/x-wav", ".wav", _wav_seconds(data))
    if data[:4] == b"fLaC":
        return Nature("audio", "audio/flac", ".flac")
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return Nature("video", "video/webm", ".webm")
    return _image(data) or Nature("document", "application/octet-stream", "")


def _ogg(data: bytes) -> Nature:
    if b"OpusHead" not in data[:200]:
        return Nature("audio", "audio/ogg", ".ogg")
    last = data.rfind(b"OggS")
    seconds = None
    if len(data) >= last + 14:
        granule = struct.unpack_from("<q", data, last + 6)[0]
        seconds = max(0, round(granule / 48_000))
    return Nature("voice", "audio/ogg", ".oga", seconds)


def _mp3_seconds(data: bytes) -> int | None:
    """From size and the bit rate of the first frame: exact for constant bit rate."""
    start = 0
    if data[:3] == b"ID3" and len(data) > 10:
        start = 10 + ((data[6] & 127) << 21 | (data[7] & 127) << 14 | (data[8] & 127) << 7 | data[9] & 127)
    if len(data) < start + 4:
        return None
    version, index = (data[start + 1] >> 3) & 3, data[start + 2] >> 4
    low = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
    high = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
    rate = (high if version == 3 else low)[index]
    return round((len(data) - start) * 8 / (rate * 1000)) if rate else None


def _mp4(data: bytes) -> Nature:
    sound = data[8:11] == b"M4A" or (b"soun" in data[:65536] and b"vide" not in data[:65536])
    seconds, at = None, data.find(b"mvhd")
    if at > 0 and len(data) >= at + 24 and data[at + 4] == 0:
        scale, length = struct.unpack_from(">II", data, at + 16)
        seconds = round(length / scale) if scale else None
    return Nature("voice", "audio/mp4", ".m4a", seconds) if sound else Nature("video", "video/mp4", ".mp4", seconds)


def _wav_seconds(data: bytes) -> int | None:
    if len(data) < 44:
        return None
    rate: int = struct.unpack_from("<I", data, 28)[0]
    return round((len(data) - 44) / rate) if rate else None


def _image(data: bytes) -> Nature | None:
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack_from(">II", data, 16)
        return Nature("image", "image/png", ".png", None, width, height)
    if data[:3] == b"\xff\xd8\xff":
        width, height = _jpeg_size(data)
        return Nature("image", "image/jpeg", ".jpg", None, width, height)
    if data[:4] == b"GIF8" and len(data) >= 10:
        width, height = struct.unpack_from("<HH", data, 6)
        return Nature("image", "image/gif", ".gif", None, width, height)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        width, height = _webp_size(data)
        return Nature("image", "image/webp", ".webp", None, width, height)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if marker in (0xC0, 0xC1, 0xC2, 0xC3):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + length
    return 0, 0


def _webp_size(data: bytes) -> tuple[int, int]:
    if data[12:16] == b"VP8X" and len(data) >= 30:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if data[12:16] == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if data[12:16] == b"VP8 " and len(data) >= 30:
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0


def waveform(data: bytes) -> list[int]:
    """Loudness over time, 0 to 31, without decoding: a variable-rate Opus packet is larger where there is more to hear."""
    sizes: list[int] = []
    at = 0
    while data[at : at + 4] == b"OggS" and len(data) > at + 27:
        table = data[at + 27 : at + 27 + data[at + 26]]
        size = 0
        for piece in table:
            size += piece
            if piece < 255:
                sizes.append(size)
                size = 0
        at += 27 + len(table) + sum(table)
    sizes = sizes[2:]
    if not sizes:
        return []
    low, high = min(sizes), max(sizes)
    step = max(1.0, len(sizes) / WAVEFORM_POINTS)
    picked = [
        max(sizes[int(i * step) : int(i * step + step)] or [low]) for i in range(min(WAVEFORM_POINTS, len(sizes)))
    ]
    return [round(31 * (size - low) / (high - low)) if high > low else 16 for size in picked]
