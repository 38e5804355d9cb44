"""The desk's own files (stylesheet, scripts), read once and kept packed: a phone loads them in one breath."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

STATIC = Path(__file__).resolve().parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
router = APIRouter()


@dataclass(frozen=True)
class File:
    plain: bytes
    packed: bytes
    etag: str
    type: str


@cache
def known() -> dict[str, File]:
    """name below static/ → the file."""
    found = {}
    for path in sorted(p for p in STATIC.rglob("*") if p.suffix in TYPES):
        data = path.read_bytes()
        etag = f'"{hashlib.sha256(data).hexdigest()[:20]}"'
        kind = f"{TYPES[path.suffix]}; charset=utf-8"
        found[path.relative_to(STATIC).as_posix()] = File(data, gzip.compress(data, 9, mtime=0), etag, kind)
    return found


@router.get("/static/{name:path}")
async def static(name: str, request: Request) -> Response:
    """One of our files; the browser may keep it, but asks whether it is still the same."""
    file = known().get(name)
    if file is None:
        raise HTTPException(404)
    headers = {"cache-control": "no-cache", "etag": file.etag, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, headers={**headers, "content-encoding": "gzip"}, media_type=file.type)
    return Response(file.plain, headers=headers, media_type=file.type)
