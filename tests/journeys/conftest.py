"""Given: a real browser with a microphone that hums 440 Hz, and the sandbox with its phone page and a bot of a few lines."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, async_playwright, expect

from tests.given.waiting import LONG
from tests.house import browser as browsers

PATIENCE = LONG * 1000  # milliseconds: what a busy machine may take for a page, a voice, or typed words
expect.set_options(timeout=PATIENCE)

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]


class Browser:
    """Opens pages, and writes down what went wrong on them (`complaints`) and which other hosts they asked for (`strangers`)."""

    def __init__(self, chromium: Chromium) -> None:
        self.chromium = chromium
        self.complaints: list[str] = []
        self.strangers: list[str] = []

    async def open(
        self, url: str, width: int = 1280, height: int = 800, microphone: bool = True, **context: Any
    ) -> Page:
        """A page of its own, as on a device of this size."""
        room = await self.chromium.new_context(
            viewport={"width": width, "height": height},
            permissions=["microphone"] if microphone else [],
            reduced_motion="reduce",
            **context,
        )
        page = await room.new_page()
        page.set_default_timeout(PATIENCE)
        host = urlsplit(url).netloc
        page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "request",
            lambda asked: self.strangers.append(asked.url) if urlsplit(asked.url).netloc not in (host, "") else None,
        )
        await page.goto(url)
        return page


@pytest.fixture(scope="session")
def humming(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake microphone hears: 440 Hz."""
    path = tmp_path_factory.mktemp("microphone") / "a.wav"
    tone = 12000 * np.sin(2 * np.pi * 440 * np.arange(48000 * 4) / 48000)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48000)
        out.writeframes(tone.astype("<i2").tobytes())
    return path


@pytest.fixture
async def browser(humming: Path) -> AsyncIterator[Browser]:
    """Fails, and never skips, when there is no browser; complains afterwards about errors and other hosts."""
    executable = browsers.find()
    if executable is None:
        pytest.fail(browsers.MISSING, pytrace=False)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=executable, args=[*QUIET, f"--use-file-for-fake-audio-capture={humming}"]
        )
        opened = Browser(chromium)
        yield opened
        await chromium.close()
    assert not opened.complaints
    assert not opened.strangers
