"""The Bot API over HTTP: token, method, faults, envelope, log."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from itertools import takewhile
from time import perf_counter
from typing import Any

from aiohttp import web

from . import call as calls
from . import methods_bot, methods_edit, methods_media, methods_send
from .call import Call
from .chats import World
from .faults import Fault, Faults
from .rules import TOKEN, WEBHOOK_ACTIVE, WRONG_FILE, ApiError, bad, conflict
from .webhook import Webhook

Json = dict[str, Any]
Method = Callable[[World, Call], Any]
LOG = 5000
HTML = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
SAID_OF_HOOKS = {"setwebhook": "Webhook was set", "deletewebhook": "Webhook was deleted"}


class Api:
    """Answers every call; `log` keeps the last of them."""

    def __init__(self, world: World, faults: Faults, patience: float = 1.0) -> None:
        self.world = world
        self.faults = faults
        self.webhook = Webhook(world, self._from_webhook, patience)
        self.log: deque[Json] = deque(maxlen=LOG)
        self.calls = 0
        hooks: dict[str, Method] = {
            "setWebhook": self.webhook.set,
            "deleteWebhook": self.webhook.delete,
            "getWebhookInfo": self.webhook.info,
        }
        rooms = (methods_send.METHODS, methods_media.METHODS, methods_edit.METHODS, methods_bot.METHODS, hooks)
        self.methods: dict[str, Method] = {name.lower(): method for room in rooms for name, method in room.items()}

    # ---------------------------------------------------------------- HTTP

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """/bot<token>/<method>"""
        method = request.match_info["method"]
        started = perf_counter()
        call = Call(method, {})
        try:
            self._check_token(request.match_info["token"])
            call = await calls.read(request, method)
            return await self._answer(request, call, started)
        except ApiError as refusal:
            self._note(call, refusal.code, refusal.description, started)
            return _json(refusal.body(), refusal.code)

    def _check_token(self, token: str) -> None:
        if token != self.world.token:
            raise ApiError(401, "Unauthorized") if TOKEN.fullmatch(token) else ApiError(404, "Not Found")

    async def _answer(self, request: web.Request, call: Call, started: float) -> web.StreamResponse:
        chat = call.number("chat_id") if call.has("chat_id") else None
        fault = self.faults.take(call.method.lower(), chat)
        if fault is not None:
            return await self._with_fault(request, call, fault, started)
        body = await self.run(call)
        self._note(call, 200, "", started)
        return web.Response(text=body, content_type="application/json")

    async def _with_fault(self, request: web.Request, call: Call, fault: Fault, started: float) -> web.StreamResponse:
        """What goes wrong before the call is carried out, and what goes wrong after."""
        if fault.kind == "file_gone" and not call.method.lower().startswith("get"):
            raise bad(WRONG_FILE)
        if (error := fault.error()) is not None:
            raise error
        if fault.kind == "html":
            self._note(call, 502, "502 as a page", started)
            return web.Response(status=502, text=HTML, content_type="text/html")
        if fault.kind == "cut_before":
            return self._cut(request, call, "cut before it was accepted", started)
        if fault.kind == "again" and "offset" in call.params:
            call.params = {name: value for name, value in call.params.items() if name != "offset"}
        body = await self.run(call)
        if fault.kind == "cut_after":
            return self._cut(request, call, "accepted, then cut", started)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        self._note(call, 200, "" if fault.kind == "slow" else f"accepted, {fault.kind} answer", started)
        return web.Response(text=_spoilt(fault.kind, body), content_type="application/json")

    def _cut(self, request: web.Request, call: Call, words: str, started: float) -> web.StreamResponse:
        self._note(call, 0, words, started)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    # ---------------------------------------------------------------- methods

    async def run(self, call: Call) -> str:
        """Carries a call out and gives the whole answer as text. Raises ApiError."""
        name = call.method.lower()
        if name == "getupdates":
            return '{"ok":true,"result":[' + ",".join(await self._get_updates(call)) + "]}"
        method = self.methods.get(name)
        if method is None:
            raise ApiError(404, "Not Found: method not found")
        body: Json = {"ok": True, "result": method(self.world, call)}
        if name in SAID_OF_HOOKS:
            body["description"] = SAID_OF_HOOKS[name]
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))

    async def _get_updates(self, call: Call) -> list[str]:
        if self.webhook.url:
            raise conflict(WEBHOOK_ACTIVE)
        self.world.updates.allow(call.names("allowed_updates"))
        return await self.world.updates.get(call.number("offset"), call.number("limit", 100), call.number("timeout"))

    async def _from_webhook(self, call: Call) -> None:
        started = perf_counter()
        try:
            await self.run(call)
            self._note(call, 200, "in the answer to a webhook", started)
        except ApiError as refusal:
            self._note(call, refusal.code, refusal.description, started)

    # ---------------------------------------------------------------- files and log

    async def download(self, request: web.Request) -> web.StreamResponse:
        """/file/bot<token>/<path>"""
        started = perf_counter()
        call = Call("file", {"path": request.match_info["path"]})
        try:
            self._check_token(request.match_info["token"])
            file = self.world.files.at(request.match_info["path"])
            data = self.world.files.data(file) if file else None
            if data is None or file is None or self.faults.take("file", None):
                raise ApiError(404, "Not Found")
        except ApiError as refusal:
            self._note(call, refusal.code, refusal.description, started)
            return _json(refusal.body(), refusal.code)
        self._note(call, 200, "", started)
        return web.Response(body=data, content_type="application/octet-stream")

    def _note(self, call: Call, status: int, error: str, started: float) -> None:
        self.calls += 1
        self.log.append(
            {
                "n": self.calls,
                "at": self.world.now(),
                "method": call.method,
                "chat_id": call.number("chat_id") if call.has("chat_id") else None,
                "status": status,
                "error": error,
                "ms": round((perf_counter() - started) * 1000, 2),
                "params": call.without_files() if call.files else call.params,
            }
        )

    def since(self, number: int) -> list[Json]:
        """The calls after this one, oldest first."""
        return list(takewhile(lambda row: row["n"] > number, reversed(self.log)))[::-1]


def _json(body: Json, status: int) -> web.Response:
    headers = {"Retry-After": str(body["parameters"]["retry_after"])} if status == 429 else None
    return web.json_response(body, status=status, headers=headers)


def _spoilt(kind: str, body: str) -> str:
    """The answer as this fault leaves it."""
    if kind == "unreadable":
        return _unreadable(body)
    if kind == "garbage":
        return "\x00 this is not JSON"
    if kind == "mixed":
        said = json.loads(body)
        return json.dumps(said | {"result": said["result"][::-1]}) if isinstance(said["result"], list) else body
    return body


def _unreadable(body: str) -> str:
    """A 200 that is JSON and says ok, with a result no client library can read (its message_id is still there)."""
    said = json.loads(body)
    result = said["result"]
    said["result"] = result | {"date": "soon", "chat": "here"} if isinstance(result, dict) else {"odd": result}
    return json.dumps(said)
