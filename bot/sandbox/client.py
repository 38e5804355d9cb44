"""The people's side over HTTP: what a phone (or a script that plays one) does and sees. See bot/sandbox/__init__.py for curl lines."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import takewhile
from typing import Any

from aiohttp import web

from . import groups, people, view
from .api import Api
from .call import multipart
from .chats import Person, World
from .clockwork import Clockwork
from .faults import read as read_fault
from .files import Upload
from .rules import ApiError, Unclear

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FILES = ("voice", "photo", "audio", "video", "document", "sticker", "animation", "video_note")
NAMES = {
    "voice": "voice.ogg",
    "photo": "photo.jpg",
    "audio": "sound.mp3",
    "video": "video.mp4",
    "document": "document.pdf",
}
KEEP_ALIVE = 15.0
WAIT_MAX = 60.0


class Client:
    """Routes under /client. `closing` is set when the server stops, so that waiting phones hang up."""

    def __init__(self, world: World, api: Api, clock: Clockwork, closing: asyncio.Event) -> None:
        self.world = world
        self.api = api
        self.clock = clock
        self.closing = closing

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(r"/client/{uid:\d+}/send", _kindly(self.send)),
            web.get(r"/client/{uid:\d+}/messages", _kindly(self.messages)),
            web.get(r"/client/{uid:\d+}/events", _kindly(self.events)),
            web.get("/client/people", _kindly(self.people)),
            web.get("/client/clock", _kindly(self.get_clock)),
            web.post("/client/clock", _kindly(self.set_clock)),
            web.post("/client/faults", _kindly(self.faults)),
            web.get("/client/log", _kindly(self.log)),
            web.get("/client/updates", _kindly(self.updates)),
            web.post("/client/groups", _kindly(self.make_group)),
            web.post(r"/client/groups/{chat:-\d+}", _kindly(self.change_group)),
            web.get("/client/file/{file_id}", _kindly(self.file)),
        ]

    # ---------------------------------------------------------------- doing

    async def send(self, request: web.Request) -> web.StreamResponse:
        said, files = await _said(request)
        who = self.world.person(int(request.match_info["uid"]))
        if isinstance(about := said.get("person"), dict):
            self._introduce(who, about)
        message_id, update_id = act(self.world, who, said, files)
        return web.json_response({"ok": True, "message_id": message_id, "update_id": update_id})

    def _introduce(self, who: Person, about: Json) -> None:
        before = who.user()
        for name in ("first_name", "last_name", "username", "language_code"):
            if name in about:
                setattr(who, name, str(about[name]))
        if who.user() != before:
            self.world.keep_person(who)

    # ---------------------------------------------------------------- seeing

    async def messages(self, request: web.Request) -> web.StreamResponse:
        uid, query = int(request.match_info["uid"]), request.query
        chat_id, wait = int(query.get("chat", uid)), min(float(query.get("wait", 0)), WAIT_MAX)
        end = asyncio.get_running_loop().time() + wait
        seen = seen_by(self.world, uid, chat_id, query)
        while not seen["messages"] and (left := end - asyncio.get_running_loop().time()) > 0:
            if self.closing.is_set() or not await self.world.bell(uid).wait(left):
                break
            seen = seen_by(self.world, uid, chat_id, query)
        return web.json_response(seen, dumps=_dumps)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """SSE: "changed" with the newest seq, at once and whenever this person's phone has something new."""
        uid = int(request.match_info["uid"])
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        bell, rang = self.world.bell(uid), True
        with suppress(ConnectionError):
            while not self.closing.is_set():
                heard = bell.times
                words = f"event: changed\ndata: {self.world.seq}\n\n" if rang else ": still here\n\n"
                await stream.write(words.encode())
                rang = bell.times != heard or await bell.wait(KEEP_ALIVE)  # a ring during the write counts too
        return stream

    async def people(self, request: web.Request) -> web.StreamResponse:
        rows = [
            {"id": p.id, **p.about, **{k: v for k, v in p.user().items() if k != "is_bot"}}
            for p in self.world.people.values()
        ]
        return web.json_response({"people": rows, "bot": self.world.bot()}, dumps=_dumps)

    async def file(self, request: web.Request) -> web.StreamResponse:
        file = self.world.files.find(request.match_info["file_id"])
        data = self.world.files.data(file) if file else None
        if file is None or data is None:
            raise Unclear("This file is gone.", 404)
        return _ranged(request, data, file.mime or "application/octet-stream")

    # ---------------------------------------------------------------- the box itself

    async def get_clock(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(await self.clock.face(), dumps=_dumps)

    async def set_clock(self, request: web.Request) -> web.StreamResponse:
        said, _ = await _said(request)
        await self.clock.turn(said)
        return web.json_response({"ok": True} | await self.clock.face(), dumps=_dumps)

    async def faults(self, request: web.Request) -> web.StreamResponse:
        said, _ = await _said(request)
        if said.get("clear"):
            self.api.faults.clear()
        else:
            self.api.faults.add(read_fault(said))
        return web.json_response({"ok": True, "waiting": len(self.api.faults.waiting)})

    async def log(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"calls": self.api.since(int(request.query.get("after", 0)))}, dumps=_dumps)

    async def updates(self, request: web.Request) -> web.StreamResponse:
        """What waits for the bot, and what became too old before anybody asked for it: a press after 150 s, all else after a day."""
        queue = self.world.updates
        waiting = queue.count()
        too_old = [{"update_id": one.update_id, "kind": one.kind} for one in queue.too_old]
        return web.json_response({"waiting": waiting, "too_old": too_old}, dumps=_dumps)

    async def make_group(self, request: web.Request) -> web.StreamResponse:
        said, _ = await _said(request)
        return web.json_response({"ok": True, "chat_id": groups.make(self.world, said).id})

    async def change_group(self, request: web.Request) -> web.StreamResponse:
        said, _ = await _said(request)
        return web.json_response(groups.change(self.world, int(request.match_info["chat"]), said))


def seen_by(world: World, uid: int, chat_id: int, query: Any) -> Json:
    """What this person's phone shows of one chat: messages after an id, or changed since a seq, in the order of their ids."""
    chat = world.chats.get(chat_id)
    if chat is None or uid not in chat.members:
        return {"messages": [], "seq": world.seq, "blocked": False, "keyboard": []}
    since, after = int(query.get("changes", -1)), int(query.get("after", 0))
    rows = chat.changed.values() if since >= 0 else chat.messages.values()
    newer = takewhile(lambda m: m.seq > since if since >= 0 else m.id > after, reversed(rows))
    found = sorted(newer, key=lambda m: m.id)
    who = world.person(uid)
    seen: Json = {
        "messages": [view.bubble(world, chat, m, uid) for m in found],
        "seq": world.seq,
        "blocked": chat.status == "kicked",
        "voice_forbidden": who.voice_forbidden,
        "keyboard": chat.keyboard or [],
        "commands": world.about.get("commands", {}).get("default:::", []),
    }
    if chat.action and chat.action[1] > world.now():
        seen["action"] = chat.action[0]
    answers = [t for t in world.toasts if t["user"] == uid and t["seq"] > since > 0 and t["text"]]
    return seen | ({"answers": answers} if answers else {})


def act(world: World, who: Person, said: Json, files: dict[str, Upload]) -> people.Done:
    """Does the one thing that was asked. Raises Unclear."""
    chat = int(said["chat"]) if said.get("chat") else None
    reply_to = int(said["reply_to"]) if said.get("reply_to") else None
    if "voice_forbidden" in said:
        who.voice_forbidden = bool(said["voice_forbidden"])
        world.keep_person(who)
    if "deactivate" in said:
        who.deactivated = bool(said["deactivate"])
        world.keep_person(who)
    if said.get("block") or said.get("unblock"):
        return people.block(world, who, bool(said.get("block")))
    if "start" in said:
        return people.start(world, who, str(said["start"] or ""))
    if "text" in said:
        return people.say(world, who, str(said["text"]), chat, reply_to)
    for kind in FILES:
        if kind in files or kind in said:
            return people.file(world, who, kind, _upload(kind, said, files), said, chat)
    return _act_on(world, who, said, chat)


def _act_on(world: World, who: Person, said: Json, chat: int | None) -> people.Done:
    """The acts that point at something: a button, a message, a place."""
    number = int(said["message_id"]) if said.get("message_id") else None
    if "callback" in said:
        pressed = said["callback"] if isinstance(said["callback"], dict) else {"data": said["callback"]}
        number = int(pressed.get("message_id") or number or 0) or None
        return people.press(world, who, str(pressed.get("data", "")), number, chat, bool(said.get("force")))
    if "button" in said:
        return people.tap(world, who, str(said["button"]), number, chat)
    for name, do in (("location", people.location), ("contact", people.contact), ("forward", people.forward)):
        if name in said:
            return do(world, who, _thing(said, name), chat)
    if "edit" in said:
        changed = _thing(said, "edit")
        return people.edit(world, who, int(changed["message_id"]), str(changed["text"]), chat)
    if "delete" in said:
        return people.delete(world, who, int(said["delete"]), chat)
    if "reaction" in said:
        about = (
            said["reaction"]
            if isinstance(said["reaction"], dict)
            else {"emoji": said["reaction"], "message_id": number}
        )
        return people.react(world, who, int(about["message_id"] or 0), str(about.get("emoji") or ""), chat)
    if "vote" in said:
        voted = _thing(said, "vote")
        return people.vote(world, who, int(voted["message_id"]), [int(n) for n in voted["options"]], chat)
    if {"voice_forbidden", "person", "deactivate"} & said.keys():
        return None, None
    raise Unclear("Nothing was said: give text, start, callback, button, voice, photo, location … (see bot/sandbox).")


def _thing(said: Json, name: str) -> Json:
    if not isinstance(said[name], dict):
        raise Unclear(f"{name} must be an object.")
    found: Json = said[name]
    return found


def _upload(kind: str, said: Json, files: dict[str, Upload]) -> Upload:
    """The bytes of a file, from a form part or in base64."""
    given = files.get(kind)
    if given is not None:
        return Upload(
            given.data,
            str(said.get("file_name") or given.name or NAMES.get(kind, "")),
            str(said.get("mime") or given.mime),
        )
    text = str(said[kind] or "")
    text = text.split(",", 1)[1] if text.startswith("data:") else text
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unclear(f"{kind} must be bytes in base64, or a form part.") from None
    return Upload(data, str(said.get("file_name") or NAMES.get(kind, "")), str(said.get("mime") or ""))


async def _said(request: web.Request) -> tuple[Json, dict[str, Upload]]:
    """JSON, or a form with the same field names; fields that look like JSON are read as JSON."""
    body = await request.read()
    if request.content_type == "multipart/form-data":
        fields, files = multipart(body, request.headers.get("Content-Type", ""))
        return {name: _value(name, text) for name, text in fields.items()}, files
    try:
        said = json.loads(body or b"{}")
        json.dumps(said, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except ValueError:
        raise Unclear("The body is not JSON.") from None
    if not isinstance(said, dict):
        raise Unclear("The body must be a JSON object.")
    return said, {}


def _value(name: str, text: str) -> Any:
    if name in ("text", "caption", "start", "button", "file_name", "mime", *FILES):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _ranged(request: web.Request, data: bytes, mime: str) -> web.Response:
    """The bytes, or the part a player asks for (without it a browser cannot seek in a voice note)."""
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    part = request.http_range
    start, stop, _ = part.indices(len(data)) if part.start is not None or part.stop is not None else (0, len(data), 1)
    if (start, stop) == (0, len(data)):
        return web.Response(body=data, content_type=mime, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return web.Response(body=data[start:stop], status=206, content_type=mime, headers=headers)


def _kindly(handler: Handler) -> Handler:
    """Refusals as {"ok": false, "error": sentence}; nothing from a page of another site."""

    async def handle(request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        try:
            if origin and request.method == "POST" and origin.split("://", 1)[-1] != request.host:
                raise Unclear("Pages of other sites may not speak for these people.", 403)
            return await handler(request)
        except (Unclear, ApiError) as refusal:
            status = refusal.status if isinstance(refusal, Unclear) else refusal.code
            return web.json_response({"ok": False, "error": str(refusal)}, status=status)
        except (KeyError, TypeError, ValueError) as fault:
            return web.json_response({"ok": False, "error": f"Something is missing or odd: {fault!r}."}, status=400)

    return handle


def _dumps(thing: Any) -> str:
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":"))
