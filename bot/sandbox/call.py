"""One call of the Bot API: its parameters, however they travelled (query, form, JSON, multipart), and readers for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from .files import Upload
from .rules import ApiError, bad

Json = dict[str, Any]
_NAME = re.compile(rb'(?:^|[;\s])name="?([^";\r\n]*)"?', re.I)
_FILENAME = re.compile(rb"filename\*=(?:utf-8|UTF-8)''([^;\r\n]+)|filename=\"([^\"\r\n]*)\"|filename=([^;\s]+)")
_TYPE = re.compile(rb"content-type:\s*([^\r\n;]+)", re.I)


class Call:
    """Parameters are strings or JSON values; a reader accepts both, as Telegram does."""

    def __init__(self, method: str, params: Mapping[str, Any], files: Mapping[str, Upload] | None = None) -> None:
        self.method = method
        self.params = params
        self.files = files or {}

    def has(self, name: str) -> bool:
        return self.params.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        value = self.params.get(name)
        if value is None:
            return default
        text = value if isinstance(value, str) else json.dumps(value)
        if not text.isascii() and any("\ud800" <= ch <= "\udfff" for ch in text):
            raise bad("strings must be encoded in UTF-8")
        return text

    def number(self, name: str, default: int = 0) -> int:
        """A whole number; nonsense counts as the default, as with Telegram."""
        try:
            return int(self.params.get(name, default))
        except (TypeError, ValueError):
            return default

    def real(self, name: str) -> float:
        try:
            return float(self.params[name])
        except (KeyError, TypeError, ValueError):
            raise bad(f"{name} is empty" if not self.has(name) else f"can't parse {name}") from None

    def flag(self, name: str) -> bool:
        value = self.params.get(name)
        return value if isinstance(value, bool) else str(value).lower() in ("true", "yes", "1")

    def thing(self, name: str, kind: str = "object") -> Any:
        """A JSON value, or None when it is absent."""
        value = self.params.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {kind} JSON object") from None

    def names(self, name: str) -> list[str] | None:
        """An array of strings, or None when it is absent."""
        found = self.thing(name, name)
        return [str(x) for x in found] if isinstance(found, list) else None

    def without_files(self) -> Json:
        """For the log: what was asked, with the sizes of files in place of their bytes."""
        return dict(self.params) | {n: f"<{f.name or 'file'}, {len(f.data)} bytes>" for n, f in self.files.items()}


async def read(request: web.Request, method: str) -> Call:
    """Query and body together. Raises ApiError 400 for a body that cannot be read, 413 for one that is too big."""
    params: Json = dict(request.query)
    if not request.body_exists:
        return Call(method, params)
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None
    kind = request.content_type
    if kind == "application/json":
        return Call(method, params | _json(body))
    if kind == "multipart/form-data":
        fields, files = multipart(body, request.headers.get("Content-Type", ""))
        return Call(method, params | fields, files)
    if kind == "application/x-www-form-urlencoded":
        return Call(method, params | dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
    return Call(method, params)


def _json(body: bytes) -> Json:
    try:
        found = json.loads(body) if body.strip() else {}
    except ValueError:
        raise bad("can't parse JSON object in the request body") from None
    if not isinstance(found, dict):
        raise bad("JSON object expected in the request body")
    return cast(Json, found)


def multipart(body: bytes, content_type: str) -> tuple[dict[str, str], dict[str, Upload]]:
    """Splits a multipart body; parts with a file name (or a non-text type) are uploads."""
    mark = re.search(r'boundary="?([^";]+)"?', content_type)
    if mark is None:
        raise bad("multipart boundary is missing")
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + mark[1].encode())[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is None:
            continue
        key = unquote(name[1].decode("utf-8", "replace"))
        filename, mime = _FILENAME.search(head), _TYPE.search(head)
        if filename is None:
            fields[key] = data.decode("utf-8", "replace")
        else:
            said = next(g for g in filename.groups() if g is not None).decode("utf-8", "replace")
            files[key] = Upload(data, unquote(said), mime[1].decode().strip() if mime else "")
    return fields, files
