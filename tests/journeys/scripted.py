"""A bot of a few lines, for trying the phone without the house behind it: it answers words with the kinds of message there are."""

from __future__ import annotations

import asyncio
import io
import json
import re
from typing import Any

import aiohttp
import av
import numpy as np

Json = dict[str, Any]
TWO_SECONDS = re.compile(
    r"^(0:0[2-9]|0:[1-5]\d|[1-9]:\d\d)$"
)  # at least, on the clock of a recording, which goes on meanwhile
ARABIC = "مرحبًا بكِ. اختاري صورة واحدة."
KEYS = {"inline_keyboard": [[{"text": "👍 Ja", "callback_data": "ja"}, {"text": "👎 Nee", "callback_data": "nee"}]]}


def tone(hertz: int, seconds: float) -> bytes:
    """An OGG/Opus voice note of one pitch."""
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as box:
        stream = box.add_stream("libopus", rate=48000, layout="mono")
        wave = 9000 * np.sin(2 * np.pi * hertz * np.arange(int(48000 * seconds)) / 48000)
        frame = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None, :], format="s16", layout="mono")
        frame.rate = 48000
        box.mux(stream.encode(frame))
        box.mux(stream.encode(None))
    return out.getvalue()


def pitch(data: bytes) -> float:
    """The loudest frequency in a sound file, in hertz."""
    with av.open(io.BytesIO(data), "r") as box:
        stream = box.streams.audio[0]
        sound = np.concatenate([frame.to_ndarray().astype(float).mean(0) for frame in box.decode(stream)])
        spectrum = np.abs(np.fft.rfft(sound))
        return float((np.argmax(spectrum[20:]) + 20) * stream.rate / len(sound))


def seconds(data: bytes) -> float:
    """How long a sound file is, decoded to its end."""
    with av.open(io.BytesIO(data), "r") as box:
        stream = box.streams.audio[0]
        return float(sum(frame.samples for frame in box.decode(stream)) / stream.rate)


class ScriptedBot:
    """Polls the sandbox at `base` and answers. `heard` are the raw updates, `voices` the bytes of what was said to it."""

    def __init__(self, base: str, token: str) -> None:
        self.base, self.token = base, token
        self.heard: list[Json] = []
        self.voices: list[bytes] = []

    async def run(self) -> None:
        """Until it is cancelled; a sandbox that is away for a moment is asked again."""
        async with aiohttp.ClientSession() as self.line:
            offset = 0
            while True:
                try:
                    updates = await self.call("getUpdates", offset=offset, timeout=20)
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
                    continue
                for update in updates:
                    self.heard.append(update)
                    offset = update["update_id"] + 1
                    await self.answer(update)

    async def call(self, method: str, files: dict[str, bytes] | None = None, **params: Any) -> Any:
        form = aiohttp.FormData(quote_fields=False)
        for name, value in params.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        for name, data in (files or {}).items():
            form.add_field(name, data, filename=name)
        async with self.line.post(f"{self.base}/bot{self.token}/{method}", data=form) as answer:
            said = await answer.json()
        if not said["ok"]:
            raise RuntimeError(f"{method}: {said['description']}")
        return said["result"]

    async def answer(self, update: Json) -> None:
        if press := update.get("callback_query"):
            await self.call("answerCallbackQuery", callback_query_id=press["id"])
            await self.call("sendMessage", chat_id=press["from"]["id"], text=f"Je koos {press['data']}.")
        elif "message" in update:
            message = update["message"]
            await (
                self.listen(message)
                if "voice" in message
                else self.speak(message["chat"]["id"], message.get("text", ""))
            )

    async def listen(self, message: Json) -> None:
        """Fetches a voice note, keeps it and says so."""
        path = (await self.call("getFile", file_id=message["voice"]["file_id"]))["file_path"]
        async with self.line.get(f"{self.base}/file/bot{self.token}/{path}") as answer:
            self.voices.append(await answer.read())
        await self.call("sendMessage", chat_id=message["chat"]["id"], text="Ik heb je gehoord.")

    async def speak(self, chat: int, text: str) -> None:
        match text.split(" ")[0]:
            case "/start":
                await self.call("sendMessage", chat_id=chat, text=f"Welkom {text[6:].strip()}", reply_markup=KEYS)
            case "stem":
                await self.call(
                    "sendVoice", {"voice": tone(660, 60.0)}, chat_id=chat, caption="Luister eens.", reply_markup=KEYS
                )
            case "arabisch":
                await self.call("sendMessage", chat_id=chat, text=ARABIC)
            case "plaats":
                await self.call(
                    "sendVenue",
                    chat_id=chat,
                    latitude=51.2,
                    longitude=4.4,
                    title="Huis van het Kind",
                    address="Voorbeeldstraat 12",
                )
            case "nummer":
                await self.call(
                    "sendContact", chat_id=chat, phone_number="078 150 100", first_name="Kind en Gezin-Lijn"
                )
            case _:
                await self.call("sendMessage", chat_id=chat, text=f"Je zei: {text}")
