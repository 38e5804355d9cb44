"""What an OGG/Opus file says about itself, read from its bytes alone: no decoder, no other process."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from bot.speech.errors import BadSound


@dataclass(frozen=True)
class Info:
    """seconds is exact to 10 ms; channels is 1 for a voice note."""

    seconds: float
    channels: int
    size: int


def info(data: bytes) -> Info:
    """Length and channels: (last granule - pre-skip) / 48000, RFC 7845. Raises BadSound when it is not OGG/Opus."""
    head, last = data.find(b"OpusHead", 0, 512), data.rfind(b"OggS")
    if data[:4] != b"OggS" or head < 0 or head + 12 > len(data) or last + 14 > len(data):
        raise BadSound("This is no OGG/Opus file.")
    granule: int = struct.unpack_from("<q", data, last + 6)[0]
    skip: int = struct.unpack_from("<H", data, head + 10)[0]
    return Info(max(0, granule - skip) / 48000, data[head + 9], len(data))
