"""Live pages: a change is told at once, and an open page never keeps the house from stopping."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest
import uvicorn

from bot.console import live
from bot.console.live import Bus
from tests.console.conftest import Desk

LONG = 90  # seconds: what comes at once comes long before
NEVER = 3600.0


@pytest.fixture(autouse=True)
def only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What rings by itself every so often does not ring here: only a change does."""
    monkeypatch.setattr(live, "FRESH", NEVER)


async def told(stream: aiohttp.ClientResponse) -> bytes:
    """The next event. That the line is still open, which is said every so often, is none."""
    async with asyncio.timeout(LONG):
        while (found := await stream.content.readuntil(b"\n\n")).startswith(b":"):
            pass
    return found


async def test_a_page_is_told_at_once_and_then_of_every_change() -> None:
    bus = Bus()
    stream = bus.listen()
    assert (await anext(stream)).event == "changed"
    bus.changed({"sender"})
    bus.changed({"inbox"})
    bus.changed({"inbox"})
    assert (await asyncio.wait_for(anext(stream), LONG)).event == "changed"
    bus.close()
    assert [event async for event in stream] == []


async def test_a_question_reaches_an_open_page_and_the_server_stops_without_waiting_for_it(desk: Desk) -> None:
    door = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{door.getsockname()[1]}/console"
    server = uvicorn.Server(
        uvicorn.Config(desk.app, log_config=None, lifespan="off", timeout_graceful_shutdown=int(NEVER))
    )
    browser = await desk.inside(desk.rose)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server._serve([door]))
        cookies = {"bureau": browser.cookies["bureau"]}
        async with aiohttp.ClientSession(cookies=cookies) as http, http.get(f"{url}/vragen/live") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert (await told(stream)).startswith(b"event: changed\n")
            await desk.asks(desk.amina, "Dag")
            assert (await told(stream)).startswith(b"event: changed\n")
            desk.app.state.bus.close()
            server.should_exit = True
            async with asyncio.timeout(LONG):  # with a page that holds it, it would wait for an hour
                await serving
