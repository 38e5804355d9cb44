"""A link as a QR code, to print or to show on a phone."""

from __future__ import annotations

import io

import segno


def png(link: str) -> bytes:
    """A PNG with a quiet border; error correction M, so that a crumpled flyer still works. ValueError for an empty link."""
    if not link:
        raise ValueError("A QR code needs a link.")
    file = io.BytesIO()
    segno.make_qr(link, error="m").save(file, kind="png", scale=12, border=4)
    return file.getvalue()
