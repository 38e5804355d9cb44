"""The box itself: state over restarts, clock, page, forwarding, log, stopping."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox import Sandbox
from bot.sandbox.entities import automatic, parse
from bot.sandbox.keep import Keep
from bot.sandbox.sniff import nature
from tests.given.ports import a_port
from tests.given.sandbox import Person, Refused
from tests.given.waiting import LONG, until
from tests.sandbox.sounds import M4A, MP3, MP4, opus, png, wav


async def ask(url: str, method: str, **params: Any) -> Any:
    async with aiohttp.ClientSession() as session, session.post(f"{url}/bot42:SANDBOX/{method}", json=params) as answer:
        return await answer.json()


async def lived_in(state: Path) -> dict[str, Any]:
    """A sandbox in which Amina spoke and the bot answered, stopped again."""
    box = Sandbox(state=state)
    await box.start()
    async with Person(box.url, 101, "Amina", "ar") as amina:
        await amina.start("klimop")
        await amina.speak(opus(), 3)
        updates = (await ask(box.url, "getUpdates"))["result"]
        said = (await ask(box.url, "sendMessage", chat_id=101, text="Gehoord"))["result"]
        seen = await amina.messages()
    await box.stop()
    return {"updates": updates, "said": said, "seen": seen, "voice": updates[1]["message"]["voice"]["file_id"]}


async def test_a_restart_keeps_chats_numbers_files_and_what_was_not_confirmed(tmp_path: Path) -> None:
    before = await lived_in(tmp_path)
    box = Sandbox(state=tmp_path)
    await box.start()
    async with Person(box.url, 101) as amina:
        assert await amina.messages() == before["seen"]
        assert (await ask(box.url, "getUpdates"))["result"] == before["updates"]
        again = (await ask(box.url, "sendVoice", chat_id=101, voice=before["voice"]))["result"]
        assert again["message_id"] > before["said"]["message_id"]
        assert await amina.file((await amina.heard())[-1]) == opus()
        said = await amina.say("Terug")
        assert said["update_id"] > before["updates"][-1]["update_id"]
        await ask(box.url, "getUpdates", offset=said["update_id"] + 1)
    await box.stop()
    third = Sandbox(state=tmp_path)
    await third.start()
    assert third.world.updates.count() == 0
    assert third.say(101, "Nog eens") > said["update_id"]
    await third.stop()


async def test_another_bot_does_not_know_these_file_ids(tmp_path: Path) -> None:
    before = await lived_in(tmp_path)
    box = Sandbox(token="43:SANDBOX", state=tmp_path)
    await box.start()
    async with aiohttp.ClientSession() as session, session.post(f"{box.url}/bot43:SANDBOX/sendVoice", json={"chat_id": 101, "voice": before["voice"]}) as answer:  # fmt: skip
        assert (await answer.json())["description"] == "Bad Request: wrong file identifier/HTTP URL specified"
    await box.stop()


async def test_a_restart_without_state_gives_no_number_twice() -> None:
    numbers = []
    for _ in range(2):
        box = Sandbox()
        await box.start()
        numbers += [box.say(101, "a"), box.say(101, "b")]
        await box.stop()
        await asyncio.sleep(0.35)  # numbers count tenths of a second, and these two were given within less
    assert numbers == sorted(set(numbers))  # type: ignore[type-var]


def test_the_last_line_of_a_log_that_a_crash_cut_short_is_left_out(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    assert list(keep.load()) == []
    keep.put("person", 1, {"name": "Amina"})
    keep.put("person", 2, {"name": "Fatou"})
    keep.put("person", 2, None)
    keep.close()
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('["person","3",{"na')
    again = Keep(tmp_path)
    assert list(again.load()) == [("person", "1", {"name": "Amina"})]
    again.close()
    assert (tmp_path / "log.jsonl").read_text() == '["person","1",{"name":"Amina"}]\n'


def test_the_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    assert list(keep.load()) == []
    for n in range(30_000):
        keep.put("person", 1, n)
    keep.close()
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) < 21_000
    again = Keep(tmp_path)
    assert list(again.load()) == [("person", "1", 29_999)]
    again.close()


async def test_stopping_waits_for_no_polls_and_phones_that_are_open() -> None:
    box = Sandbox()
    url = await box.start()
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as session:
        events = await session.get(f"{url}/client/101/events")
        waiting = loop.create_task((await session.get(f"{url}/client/101/messages?wait=0")).read())
        began = perf_counter()
        poll = loop.create_task(ask(url, "getUpdates", timeout=50))
        await until(lambda: box.world.updates.polled)
        await box.stop()
        assert perf_counter() - began < 49, "the poll would have taken fifty"
        assert (await poll)["result"] == []
        assert b"changed" in await events.content.read()
        await waiting


async def test_an_idle_sandbox_with_a_poll_and_a_phone_costs_nothing(sandbox: Sandbox) -> None:
    poll = asyncio.get_running_loop().create_task(ask(sandbox.url, "getUpdates", timeout=50))
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox.url}/client/101/events"):
        await until(lambda: sandbox.world.updates.polled)
        assert min([await spent(0.5) for _ in range(4)]) < 0.05
    poll.cancel()


async def spent(seconds: float) -> float:
    """What this thread works while these seconds go by; what a collector of rubbish takes now and then is not in the least of several."""
    began = thread_time()
    await asyncio.sleep(seconds)
    return thread_time() - began


async def test_a_phone_hears_of_every_change_at_once(sandbox: Sandbox, amina: Person) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox.url}/client/101/events") as events:
        first = await events.content.readuntil(b"\n\n")
        assert first == f"event: changed\ndata: {sandbox.world.seq}\n\n".encode()
        await ask(sandbox.url, "sendMessage", chat_id=101, text="Dag")
        async with asyncio.timeout(LONG):
            assert await events.content.readuntil(b"\n\n") == f"event: changed\ndata: {sandbox.world.seq}\n\n".encode()


async def test_changes_give_what_is_new_edited_or_deleted(sandbox: Sandbox, amina: Person) -> None:
    ids = [
        (await ask(sandbox.url, "sendMessage", chat_id=101, text=t))["result"]["message_id"] for t in ("a", "b", "c")
    ]
    seq = sandbox.world.seq
    await ask(sandbox.url, "editMessageText", chat_id=101, message_id=ids[0], text="A")
    await ask(sandbox.url, "deleteMessage", chat_id=101, message_id=ids[1])
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{sandbox.url}/client/101/messages?changes={seq}") as answer,
    ):
        seen = await answer.json()
    assert [(m["id"], m.get("text"), m.get("deleted")) for m in seen["messages"]] == [
        (ids[0], "A", None),
        (ids[1], None, True),
    ]
    assert seen["seq"] == sandbox.world.seq


async def test_the_clock_is_the_callers_and_its_moves_too() -> None:
    moved: list[Any] = []

    async def move(name: str) -> None:
        moved.append(name)

    start = dt.datetime(2026, 11, 22, 18, 30, tzinfo=dt.UTC)
    box = Sandbox(
        now=lambda: start, moves=lambda: [{"id": "evening", "label": "Naar de avond"}], move=move, advance=moved.append
    )
    url = await box.start()
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/client/clock") as answer:
            assert await answer.json() == {"now": "2026-11-22T18:30:00+00:00", "moves": [{"id": "evening", "label": "Naar de avond"}]}  # fmt: skip
        for said in ({"move": "evening"}, {"seconds": 60}):
            async with session.post(f"{url}/client/clock", json=said) as answer:
                assert answer.status == 200
        async with session.post(f"{url}/client/clock", json={}) as answer:
            assert (answer.status, (await answer.json())["error"]) == (400, "Give move (an id) or seconds.")
    assert moved == ["evening", 60.0]
    box.say(101, "Dag")
    assert box.messages(101)[0].data["date"] == start.timestamp()
    await box.stop()


async def test_people_of_the_demo_are_listed_with_what_the_page_wants_to_know() -> None:
    box = Sandbox(people=[{"id": 101, "first_name": "Amina", "language_code": "ar", "role": "mother"}])
    url = await box.start()
    async with aiohttp.ClientSession() as session, session.get(f"{url}/client/people") as answer:
        found = await answer.json()
    assert found["people"] == [{"id": 101, "role": "mother", "first_name": "Amina", "language_code": "ar"}]
    assert (await ask(url, "sendMessage", chat_id=101, text="a"))["description"] == "Bad Request: chat not found", "She never pressed Start."  # fmt: skip
    await box.stop()


@pytest.fixture
async def console() -> AsyncIterator[str]:
    """Another server, with a page that repeats what it got and one that streams."""

    async def echo(request: web.Request) -> web.Response:
        said = {"path": request.path_qs, "host": request.host, "body": (await request.read()).decode(), "cookie": request.headers.get("Cookie")}  # fmt: skip
        answer = web.json_response(said, status=418)
        answer.set_cookie("desk", "rose")
        return answer

    async def stream(request: web.Request) -> web.StreamResponse:
        out = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await out.prepare(request)
        await out.write(b"data: 1\n\n")
        await asyncio.sleep(170)
        return out

    app = web.Application()
    app.add_routes([web.get("/console/stream", stream), web.route("*", "/console{tail:.*}", echo)])
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_console_is_had_on_the_same_port_streams_included(console: str) -> None:
    box = Sandbox(forward={"/console": console})
    url = await box.start()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        async with session.post(f"{url}/console/inbox?a=%C3%A9", data=b"woorden", headers={"Cookie": "a=b"}) as answer:
            said = await answer.json()
            assert (answer.status, answer.headers["Set-Cookie"].split(";")[0]) == (418, "desk=rose")
        assert said == {"path": "/console/inbox?a=%C3%A9", "host": url.removeprefix("http://"), "body": "woorden", "cookie": "a=b"}  # fmt: skip
        async with asyncio.timeout(LONG), session.get(f"{url}/console/stream") as answer:
            assert await answer.content.readuntil(b"\n\n") == b"data: 1\n\n"
            async with asyncio.timeout(50):  # a stream that is open would be waited for a minute
                await box.stop()


async def test_a_console_that_is_not_up_yet_is_a_502() -> None:
    with a_port() as nobody:
        box = Sandbox(forward={"/console": f"http://127.0.0.1:{nobody}"})
        url = await box.start()
        async with aiohttp.ClientSession() as session, session.get(f"{url}/console") as answer:
            assert answer.status == 502
        await box.stop()


async def test_the_page_is_served_and_nothing_beside_it(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{sandbox.url}/") as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        for path in ("/page/%2e%2e/server.py", "/page/..%2fserver.py", "/page/none.js"):
            async with session.get(sandbox.url + path) as answer:
                assert answer.status == 404


async def test_a_page_of_another_site_may_not_speak_for_her(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        for origin, status in (("https://evil.example", 403), (sandbox.url, 200)):
            async with session.post(f"{sandbox.url}/client/101/send", data=b'{"text": "a"}', headers={"Origin": origin}) as answer:  # fmt: skip
                assert answer.status == status


async def test_the_log_names_every_call_but_no_bytes(sandbox: Sandbox, amina: Person) -> None:
    form = aiohttp.FormData({"chat_id": "101"})
    form.add_field("voice", opus(), filename="v.ogg")
    async with aiohttp.ClientSession() as session:
        await (await session.post(f"{sandbox.url}/bot42:SANDBOX/sendVoice", data=form)).read()
        await (await session.post(f"{sandbox.url}/bot42:SANDBOX/sendMessage", json={"chat_id": 101})).read()
        async with session.get(f"{sandbox.url}/client/log?after=0") as answer:
            voice, text = (await answer.json())["calls"]
        async with session.get(f"{sandbox.url}/client/log?after={voice['n']}") as answer:
            assert (await answer.json())["calls"] == [text]
    assert voice["params"] == {"chat_id": "101", "voice": f"<v.ogg, {len(opus())} bytes>"}
    assert (voice["status"], text["status"], text["error"]) == (200, 400, "Bad Request: message text is empty")


async def test_a_player_can_seek_in_a_voice_note(sandbox: Sandbox, amina: Person) -> None:
    await amina.speak(opus())
    message = (await amina.messages())[-1]
    async with aiohttp.ClientSession() as session, session.get(sandbox.url + message["file"], headers={"Range": "bytes=4-7"}) as answer:  # fmt: skip
        assert (answer.status, await answer.read(), answer.headers["Content-Range"]) == (206, opus()[4:8], f"bytes 4-7/{len(opus())}")  # fmt: skip


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        pytest.param({}, "Nothing was said", id="nothing"),
        pytest.param({"text": "  "}, "A phone sends no empty message", id="empty"),
        pytest.param({"start": "a b"}, "A start payload has 1 to 64 characters", id="payload with a space"),
        pytest.param({"start": "a" * 65}, "A start payload has 1 to 64 characters", id="payload of 65"),
        pytest.param({"callback": "x"}, "No button with data 'x' is shown", id="no such button"),
        pytest.param({"voice": "!!"}, "voice must be bytes in base64", id="no base64"),
        pytest.param({"text": "a", "reply_to": 5}, "There is no message 5 to reply to", id="reply to nothing"),
        pytest.param({"edit": {"message_id": 5, "text": "a"}}, "Message 5 is not one of Amina's", id="not hers"),
        pytest.param({"text": "a", "chat": -5}, "Amina is not in chat -5", id="no such group"),
        pytest.param({"location": {}}, "Something is missing or odd: KeyError('latitude')", id="no latitude"),
    ],
)
async def test_what_a_phone_cannot_do_is_refused_in_a_sentence(
    amina: Person, what: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        await amina.send(**what)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("data", "kind", "seconds"),
    [
        pytest.param(opus(7), "voice", 7, id="opus"),
        pytest.param(MP3, "voice", 2, id="mp3"),
        pytest.param(M4A, "voice", None, id="m4a"),
        pytest.param(wav(3), "audio", 3, id="wav"),
        pytest.param(MP4, "video", None, id="mp4"),
        pytest.param(png(), "image", None, id="png"),
        pytest.param(b"", "document", None, id="nothing"),
        pytest.param(b"OggS", "audio", None, id="cut short"),
    ],
)
def test_files_are_known_by_their_content(data: bytes, kind: str, seconds: int | None) -> None:
    found = nature(data)
    assert (found.kind, found.seconds) == (kind, seconds)


def test_formatted_text_counts_in_utf16() -> None:
    assert parse("🧸 <b>é</b> &lt; <a href='https://a.example'>x</a>", "HTML") == (
        "🧸 é < x",
        [
            {"offset": 3, "length": 1, "type": "bold"},
            {"offset": 7, "length": 1, "type": "text_link", "url": "https://a.example"},
        ],
    )
    assert parse("*a* _b_ \\. `c.d`", "MarkdownV2")[0] == "a b . c.d"
    assert automatic("🧸 /start", []) == [{"offset": 3, "length": 6, "type": "bot_command"}]


def test_state_is_plain_json(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    assert list(keep.load()) == []
    keep.put("chat", -7, {"title": "Mama's"})
    keep.close()
    assert [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()] == [["chat", "-7", {"title": "Mama's"}]]  # fmt: skip
