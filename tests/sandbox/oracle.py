"""Two independent readers of the Bot API judge every answer, and one judges every request. Empty lists mean: nothing is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import aiogram.methods
import telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods.base import Response, TelegramMethod
from pydantic import BaseModel, TypeAdapter
from telegram.request import HTTPXRequest

from tests.given.waiting import LONG

Json = dict[str, Any]

METHODS: dict[str, type[TelegramMethod[Any]]] = {
    kind.__api_method__.lower(): kind
    for kind in vars(aiogram.methods).values()
    if isinstance(kind, type) and issubclass(kind, TelegramMethod) and kind is not TelegramMethod
}
PTB_LISTS: dict[str, Any] = {
    "getupdates": telegram.Update,
    "sendmediagroup": telegram.Message,
    "getmycommands": telegram.BotCommand,
    "getchatadministrators": telegram.ChatMember,
}
PTB_TYPES: dict[str, Any] = {
    "getme": telegram.User,
    "getfile": telegram.File,
    "getchat": telegram.ChatFullInfo,
    "getchatmember": telegram.ChatMember,
    "getwebhookinfo": telegram.WebhookInfo,
    "getchatmenubutton": telegram.MenuButton,
    "copymessage": telegram.MessageId,
    "stoppoll": telegram.Poll,
    "createforumtopic": telegram.ForumTopic,
}
PTB_DOES_NOT_KNOW_YET = {"can_send_welcome_messages"}
"""Fields newer than Bot API 10.0, by name."""


def aiogram_faults(method: str, body: Json) -> list[str]:
    """Fields that aiogram does not know, and `null`s. Raises pydantic.ValidationError when it refuses the answer."""
    kind = _response(method.lower())
    return [*_unknown(kind.model_validate(body).result, "result"), *_nulls(body, "body")]


@cache
def _response(method: str) -> Any:
    kind: Any = Response
    return kind[METHODS[method].__returning__]


def _unknown(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from (f"{path}.{name}" for name in value.model_extra or {})
        for name in value.model_fields_set:
            yield from _unknown(getattr(value, name, None), f"{path}.{name}")
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _unknown(item, f"{path}[{n}]")


def _nulls(value: Any, path: str) -> Iterator[str]:
    """Telegram leaves an absent field out; null breaks strict readers."""
    if value is None:
        yield f"{path} is null"
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from _nulls(item, f"{path}.{name}")


def ptb_faults(method: str, body: Json) -> list[str]:
    """Fields that python-telegram-bot does not know. It raises on a missing field or an absurd date."""
    name, result = method.lower(), body["result"]
    if name in PTB_LISTS:
        found: Any = PTB_LISTS[name].de_list(result, None)
    elif name in PTB_TYPES:
        found = PTB_TYPES[name].de_json(result, None)
    else:
        found = telegram.Message.de_json(result, None) if isinstance(result, dict) and "message_id" in result else None
    return list(_odd(found, "result"))


def _odd(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, telegram.TelegramObject):
        yield from (f"{path}.{name}" for name in value.api_kwargs if name not in PTB_DOES_NOT_KNOW_YET)
        for name in {n for c in type(value).__mro__ for n in getattr(c, "__slots__", ()) if n[0] != "_"}:
            yield from _odd(getattr(value, name, None), f"{path}.{name}")
    elif isinstance(value, tuple | list):
        for n, item in enumerate(value):
            yield from _odd(item, f"{path}[{n}]")


def request_faults(method: str, params: Json) -> list[str]:
    """Parameters that the method does not have, required ones that are missing, values of the wrong type."""
    kind = METHODS.get(method.lower())
    if kind is None:
        return [f"unknown method {method}"]
    fields = kind.model_fields
    out = [f"{n}: required" for n, f in fields.items() if f.is_required() and n not in params]
    for name, value in params.items():
        if name not in fields:
            out.append(f"{name}: unknown parameter")
        elif not str(value).startswith(("<", "attach://")):
            out += _wrong(name, fields[name].annotation, value)
    return out


def _wrong(name: str, annotation: Any, value: Any) -> list[str]:
    for reading in (value, _parsed(value)):
        try:
            TypeAdapter(annotation, config={"arbitrary_types_allowed": True}).validate_python(reading)
        except ValueError:
            continue
        return []
    return [f"{name}: {str(value)[:60]!r} is no {annotation}"]


def _parsed(value: Any) -> Any:
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value


class CheckingSession(AiohttpSession):
    """aiogram's wire; every good answer is read by both judges."""

    def __init__(self, url: str) -> None:
        super().__init__(api=TelegramAPIServer.from_base(url))
        self.faults: list[str] = []

    def check_response(self, bot: Any, method: Any, status_code: int, content: str) -> Any:
        judge(method.__api_method__, status_code, content, self.faults)
        return super().check_response(bot, method, status_code, content)


class CheckingRequest(HTTPXRequest):
    """python-telegram-bot's wire, patient with a loaded machine; every good answer is read by both judges."""

    def __init__(self) -> None:
        super().__init__(
            connection_pool_size=4, read_timeout=LONG, write_timeout=LONG, connect_timeout=LONG, pool_timeout=LONG,
            media_write_timeout=LONG,
        )  # fmt: skip
        self.faults: list[str] = []

    async def do_request(self, url: str, method: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, content = await super().do_request(url, method, *args, **kwargs)
        if "/file/" not in url:
            judge(url.rsplit("/", 1)[-1], status, content.decode(), self.faults)
        return status, content


def judge(method: str, status: int, content: str, faults: list[str]) -> None:
    """Adds what is wrong with a good answer to `faults`."""
    try:
        body = json.loads(content)
    except ValueError:
        return
    if status == 200 and body.get("ok") and method.lower() in METHODS:
        faults += [f"aiogram: {method} {fault}" for fault in aiogram_faults(method, body)]
        faults += [f"ptb: {method} {fault}" for fault in ptb_faults(method, body)]
