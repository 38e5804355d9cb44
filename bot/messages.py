"""The words the rooms exchange: what was heard, what is to be said, and how sending ended. Data only, no behaviour.

Everything here travels as JSON (`to_json`, `from_json`): a delivery is stored as one utterance, a place as one row's column.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar

JSON = dict[str, Any]
T = TypeVar("T")

# ---------------------------------------------------------------- what was heard


@dataclass(frozen=True)
class FileRef:
    """A file that Telegram keeps for us. size in bytes, seconds for sound; None where Telegram did not say."""

    file_id: str
    unique_id: str
    kind: Literal["voice", "audio", "photo", "document", "video", "sticker"]
    size: int | None = None
    seconds: int | None = None
    mime: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Heard:
    """One arrival, understood. `kind` says which of the other fields count.

    start: payload (may be empty) · text: text · press: data, message_id, callback_id · voice/photo: file (text = caption)
    location: lat, lon · blocked/unblocked: nothing more · edited: text, message_id (the words as they are now)
    command: text is the command without its slash · other: text names what came ("sticker", "video", "contact", "forward", "document" …)
    """

    kind: Literal[
        "start", "text", "press", "voice", "photo", "location", "blocked", "unblocked", "edited", "command", "other"
    ]
    chat_id: int
    message_id: int | None = None
    text: str = ""
    data: str = ""
    callback_id: str | None = None
    payload: str = ""
    file: FileRef | None = None
    lat: float | None = None
    lon: float | None = None
    reply_to: int | None = None
    first_name: str = ""
    language_code: str = ""
    private: bool = True
    forwarded: bool = False


# ---------------------------------------------------------------- what is to be said


@dataclass(frozen=True)
class Part:
    """A stretch of speech. key names the phrase ("home.menu.text") so that a recording of it can be used; None when words were filled in.

    pieces: the same words, put together from stretches that may each be recorded; used where no machine speaks the language.
    """

    text: str
    key: str | None = None
    pieces: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Voice:
    """What is said, in one language, part after part with a short pause between them.

    instead: said, all of it, when nobody speaks one of the parts (a spoken variant leans on its language).
    """

    lang: str
    parts: tuple[Part, ...]
    instead: Voice | None = None


@dataclass(frozen=True)
class Cell:
    """One square of a card: a symbol's name (see flows/pictures/symbols.yaml) and a short label in the card's language."""

    symbol: str
    label: str = ""
    number: int | None = None
    colour: str | None = None


@dataclass(frozen=True)
class Picture:
    """A picture to draw or to take from a file.

    card: one to six cells · when: week strip with `day` lit and a clock at `starts` (ISO date, "HH:MM"), cells[0] = kind of
    meeting, `warning` = symbol for "other place" or "cancelled" · path: stones in order, their colour says where she is · file: `name` is a stored media name · qr: `name` is the link.
    """

    kind: Literal["card", "when", "path", "file", "qr"]
    lang: str = "nl"
    cells: tuple[Cell, ...] = ()
    day: str | None = None
    starts: str | None = None
    ends: str | None = None
    warning: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Button:
    """One tap. `to` says what it means and stays on the server: what travels to Telegram is an opaque reference.

    Mothers: {"flow", "step", "choice", "args"}. Staff: {"desk": action, ...}. A button with `url` opens it and means nothing to us.
    """

    label: str
    to: JSON = field(default_factory=dict)
    url: str | None = None


@dataclass(frozen=True)
class Pin:
    """A place on the map. lat, lon in degrees (WGS 84)."""

    lat: float
    lon: float
    title: str
    address: str


@dataclass(frozen=True)
class Contact:
    """A telephone number that can be tapped."""

    name: str
    phone: str


@dataclass(frozen=True)
class Utterance:
    """One finished thing to send: exactly one Bot API call.

    voice: `voice` (to be spoken) or `media` (a stored recording), text is its caption · picture: `picture`, text is its caption
    text: text alone · pin: `pin` · contact: `contact` · document: a page to keep, its HTML in `document`
    unsay: take back the message `reply_to`, which was of the kind that `text` names. `lang` is the language of all of it together.
    `reply_to` is a message id in the same chat. `asks` marks a question of ours that waits for a tap.
    """

    kind: Literal["voice", "picture", "text", "pin", "contact", "document", "unsay"]
    lang: str = "nl"
    text: str = ""
    voice: Voice | None = None
    media: str | None = None
    picture: Picture | None = None
    pin: Pin | None = None
    contact: Contact | None = None
    document: str | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    reply_to: int | None = None
    silent: bool = False
    asks: bool = False


# ---------------------------------------------------------------- how sending ended


@dataclass(frozen=True)
class Sent:
    """Telegram has it. file_id is Telegram's name for the file that was uploaded or reused, if there was one."""

    message_id: int
    file_id: str | None = None


class SendFailure(Exception):
    """Why a delivery did not get through; the subclass says what to do next."""


class Retry(SendFailure):
    """Try again later: Telegram is busy, slow or away. `after` in seconds, None = our own growing pause."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class Unknown(Retry):
    """The connection broke after the request left: it may have arrived. Sent once more at most, and counted."""


class Gone(SendFailure):
    """She blocked the bot or closed her account: no more to this chat until she comes back."""


class Refused(SendFailure):
    """Telegram will never take this one: shown to staff."""


class VoiceForbidden(Refused):
    """She does not accept voice messages: send it as sound file, then as text."""


class BadFileId(Refused):
    """Telegram no longer knows this file_id: forget it and upload again."""


class Migrated(SendFailure):
    """The chat has another id now."""

    def __init__(self, chat_id: int) -> None:
        super().__init__(f"The chat has moved to {chat_id}.")
        self.chat_id = chat_id


class NotYet(SendFailure):
    """What is to be sent cannot be had now, because the store of files is away: tried again, and not counted against it."""


class StopAll(SendFailure):
    """The token is wrong or revoked: nothing can be sent until a person mends it. Nothing is marked failed."""


# ---------------------------------------------------------------- to and from JSON


def to_json(thing: Any) -> Any:
    """Dataclasses to plain dictionaries, tuples to lists; fields that have their default value are left out."""
    kind: Any = type(thing)
    if kind in PLAIN:
        return thing
    if (defaults := _defaults(kind)) is not None:
        said = ((name, getattr(thing, name), default) for name, default in defaults)
        return {name: to_json(value) for name, value, default in said if value != default}
    if isinstance(thing, (list, tuple)):
        return [to_json(v) for v in thing]
    if isinstance(thing, dict):
        return {k: to_json(v) for k, v in thing.items()}
    return thing


def from_json(kind: type[T], data: JSON) -> T:
    """The dataclass `kind` from what `to_json` made of it. Raises TypeError for a field it does not have."""
    readers = _readers(typing.cast(Any, kind))
    return kind(**{name: read(value) if (read := readers.get(name)) else value for name, value in data.items()})


PLAIN = {str, int, float, bool, type(None)}
Reader = Callable[[Any], Any]


@cache
def _defaults(kind: Any) -> list[tuple[str, Any]] | None:
    """The fields of a dataclass with their defaults; None for everything else."""
    if not is_dataclass(kind):
        return None
    return [(f.name, f.default_factory() if callable(f.default_factory) else f.default) for f in fields(kind)]


@cache
def _readers(kind: Any) -> dict[str, Reader]:
    """What must be done with a field's JSON; nothing for those that are the same in JSON."""
    found = {name: _reader(hint) for name, hint in typing.get_type_hints(kind).items()}
    return {name: reader for name, reader in found.items() if reader is not None}


def _reader(hint: Any) -> Reader | None:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        inner = _reader(next(a for a in typing.get_args(hint) if a is not type(None)))
        return inner and (lambda value: None if value is None else inner(value))
    if typing.get_origin(hint) is tuple:
        one = _reader(typing.get_args(hint)[0])
        return (lambda value: tuple([one(v) for v in value])) if one else tuple
    if is_dataclass(hint) and isinstance(hint, type):
        return lambda value: from_json(hint, value)
    return None
