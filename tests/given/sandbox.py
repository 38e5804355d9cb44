"""Given: a sandbox on a free port, with Telegram's rate limits on, and people with phones.

`bot.sandbox` is imported inside the fixture, so that tests that need no sandbox do not pay for it.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import aiohttp

    from bot.sandbox import Sandbox

Bubble = dict[str, Any]


class Refused(Exception):
    """The people's side said no, in a sentence."""


class Person:
    """A phone in someone's hand: `async with Person(url, 101, "Amina", "ar") as amina: await amina.start("klimop")`."""

    def __init__(self, url: str, user_id: int, first_name: str = "", language_code: str = "") -> None:
        self.url = url.rstrip("/")
        self.id = user_id
        self._about = {"first_name": first_name, "language_code": language_code} if first_name else {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Person:
        import aiohttp

        self._session = aiohttp.ClientSession()
        if self._about:
            await self.send(person=self._about)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        assert self._session is not None, "Use `async with Person(...)`."
        async with self._session.request(method, self.url + path, **options) as answer:
            body = await answer.json()
        if answer.status >= 400:
            raise Refused(f"{answer.status}: {body['error']}")
        return body

    async def send(self, **what: Any) -> Bubble:
        """Anything the people's side understands: text=, start=, callback=, photo= …; gives message_id and update_id."""
        found: Bubble = await self._ask("POST", f"/client/{self.id}/send", json=what)
        return found

    async def start(self, payload: str = "") -> Bubble:
        return await self.send(start=payload)

    async def say(self, text: str, **more: Any) -> Bubble:
        return await self.send(text=text, **more)

    async def press(self, choice: str, message_id: int | None = None, **more: Any) -> Bubble:
        """Taps the button with this label or this data, newest first."""
        return await self.send(button=choice, **({"message_id": message_id} if message_id else {}), **more)

    async def speak(self, ogg: bytes, seconds: int | None = None, **more: Any) -> Bubble:
        """A voice note."""
        return await self.send(voice=_b64(ogg), **({"duration": seconds} if seconds else {}), **more)

    async def photo(self, image: bytes, caption: str = "", **more: Any) -> Bubble:
        return await self.send(photo=_b64(image), caption=caption, **more)

    async def block(self) -> Bubble:
        return await self.send(block=True)

    async def unblock(self) -> Bubble:
        return await self.send(unblock=True)

    async def messages(self, after: int = 0) -> list[Bubble]:
        """Everything she sees in her chat, oldest first."""
        seen = await self._ask("GET", f"/client/{self.id}/messages", params={"after": after})
        found: list[Bubble] = seen["messages"]
        return found

    async def heard(self, after: int = 0) -> list[Bubble]:
        """What the bot said to her and is still there."""
        return [m for m in await self.messages(after) if m["from"] == "bot" and not m.get("deleted")]

    async def last(self) -> Bubble | None:
        """The newest thing the bot said."""
        said = await self.heard()
        return said[-1] if said else None

    async def wait_for(self, fits: Callable[[Bubble], bool], seconds: float = 90.0, after: int = 0) -> Bubble:
        """The first message of the bot after this id that fits. Raises AssertionError with all she saw."""
        end, seq = monotonic() + seconds, 0
        while True:
            seen = await self._ask(
                "GET", f"/client/{self.id}/messages", params={"changes": seq, "wait": max(0.0, end - monotonic())}
            )
            seq = seen["seq"]
            for message in seen["messages"]:
                if message["from"] == "bot" and message["id"] > after and not message.get("deleted") and fits(message):
                    found: Bubble = message
                    return found
            if monotonic() >= end:
                raise AssertionError(f"{seconds} s passed; she saw {await self.messages(after)}")

    async def file(self, message: Bubble) -> bytes:
        """The sound or picture of a message."""
        assert self._session is not None
        async with self._session.get(self.url + message["file"]) as answer:
            assert answer.status == 200, f"The file answers {answer.status}."
            return await answer.read()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Telegram in a box, on a free port, rate limits on."""
    from bot.sandbox import Sandbox

    box = Sandbox()
    await box.start()
    yield box
    await box.stop()
    await asyncio.sleep(0)


@pytest.fixture
async def person(sandbox: Sandbox) -> AsyncIterator[Callable[..., Any]]:
    """`amina = await person(101, "Amina", "ar")`."""
    phones: list[Person] = []

    async def open_phone(user_id: int, first_name: str = "", language_code: str = "") -> Person:
        phone = Person(sandbox.url, user_id, first_name, language_code)
        phones.append(await phone.__aenter__())
        return phone

    yield open_phone
    for phone in phones:
        await phone.__aexit__(None, None, None)
