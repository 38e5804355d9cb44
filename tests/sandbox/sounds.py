"""Small files of every kind, made by hand, so that these tests need no codec."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 8, height: int = 8) -> bytes:
    """A grey picture that any reader accepts."""
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def opus(seconds: int = 3, codec: bytes = b"OpusHead") -> bytes:
    """An OGG stream of 50 packets a second, louder in the middle (only the headers are true, the packets are noise)."""
    count = seconds * 50
    sizes = [20 + (80 if count // 3 < n < 2 * count // 3 else 0) for n in range(count)]
    pages = [_page(0, 0, [codec + bytes(11)]), _page(0, 1, [b"OpusTags" + bytes(8)])]
    for start in range(0, count, 50):
        packets = [bytes([7]) * size for size in sizes[start : start + 50]]
        pages.append(_page((start + len(packets)) * 960, len(pages), packets))
    return b"".join(pages)


def _page(granule: int, number: int, packets: list[bytes]) -> bytes:
    table = bytes(len(p) for p in packets)
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, 0, granule, 1, number, 0, len(table))
    return head + table + b"".join(packets)


def wav(seconds: int = 1) -> bytes:
    data = bytes(8000 * seconds)
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", len(data)) + data  # fmt: skip


MP3 = b"\xff\xfb\x90\x00" + bytes(31_996)
M4A = b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00mp42isom" + bytes(100)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"vide" + bytes(100)
