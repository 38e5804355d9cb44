"""Live pages: a change is told at once, and an open page never keeps the house from stopping."""

from __future__ import annotations

import asyncio
import socket
import time

import aiohttp
import uvicorn

from bot.console.live import Bus
from tests.console.conftest import Desk


async def test_a_page_is_told_at_once_and_then_of_every_change() -> None:
    bus = Bus()
    stream = bus.listen()
    assert (await anext(stream)).event == "changed"
    bus.changed({"sender"})
    bus.changed({"inbox"})
    bus.changed({"inbox"})
    assert (await asyncio.wait_for(anext(stream), 20)).event == "changed"
    bus.close()
    assert [event async for event in stream] == []


async def test_a_question_reaches_an_open_page_and_the_server_stops_without_waiting_for_it(desk: Desk) -> None:
    door = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{door.getsockname()[1]}/console"
    server = uvicorn.Server(uvicorn.Config(desk.app, log_config=None, lifespan="off", timeout_graceful_shutdown=60))
    browser = await desk.inside(desk.rose)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server._serve([door]))
        cookies = {"bureau": browser.cookies["bureau"]}
        async with aiohttp.ClientSession(cookies=cookies) as http, http.get(f"{url}/vragen/live") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert await stream.content.readline() == b"event: changed\n"
            await stream.content.readuntil(b"\n\n")
            await desk.asks(desk.amina, "Dag")
            assert await asyncio.wait_for(stream.content.readline(), 20) == b"event: changed\n"
            began = time.monotonic()
            desk.app.state.bus.close()
            server.should_exit = True
            await serving
            assert time.monotonic() - began < 20
