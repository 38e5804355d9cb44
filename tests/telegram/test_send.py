"""What goes out, against the sandbox; and what each refusal means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.messages import (
    BadFileId,
    Button,
    Contact,
    FileRef,
    Gone,
    Migrated,
    Picture,
    Pin,
    Refused,
    Retry,
    SendFailure,
    StopAll,
    Unknown,
    Utterance,
    VoiceForbidden,
)
from bot.telegram.send import TelegramPort, failure
from bot.telegram.setup import Introduction, introduce

if TYPE_CHECKING:
    from bot.sandbox import Sandbox

AMINA = 101
TEXT = Utterance(
    "text", text="Dag", buttons=((Button("Ja"), Button("Nee")), (Button("Site", url="https://example.org/"),))
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c6360606000000004000"
    "1f61738550000000049454e44ae426082"
)


@pytest.fixture
async def port(sandbox: Sandbox) -> AsyncIterator[TelegramPort]:
    sandbox.say(AMINA, "/start")
    port = TelegramPort(sandbox.token, sandbox.url)
    yield port
    await port.close()


@pytest.fixture(scope="session")
def ogg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of silence as a voice note."""
    import av

    path = tmp_path_factory.mktemp("sound") / "stil.ogg"
    with av.open(str(path), "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=48000, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=48000)
        frame.sample_rate = 48000
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    return path


def last(sandbox: Sandbox, method: str) -> dict[str, Any]:
    params: dict[str, Any] = sandbox.calls(method)[-1]["params"]
    return params


async def test_a_text_carries_its_buttons_as_references(sandbox: Sandbox, port: TelegramPort) -> None:
    sent = await port.send(AMINA, TEXT, {}, token="abc")
    assert sent.message_id > 0
    keyboard = last(sandbox, "sendMessage")["reply_markup"]
    assert "abc:0" in str(keyboard)
    assert "abc:1" in str(keyboard)
    assert "abc:2" not in str(keyboard)


async def test_a_voice_note_is_uploaded_and_then_named(sandbox: Sandbox, port: TelegramPort, ogg: Path) -> None:
    said = Utterance("voice", text="Dag", lang="nl")
    first = await port.send(AMINA, said, {"voice": ogg}, seconds=1)
    assert first.file_id
    again = await port.send(AMINA, said, {"voice": first.file_id}, seconds=1)
    assert again.file_id
    assert last(sandbox, "sendVoice")["voice"] == first.file_id


async def test_the_same_sound_goes_as_a_sound_file(sandbox: Sandbox, port: TelegramPort, ogg: Path) -> None:
    sent = await port.send(AMINA, Utterance("voice", text="Dag"), {"voice": ogg}, seconds=1, sound="audio")
    assert sent.file_id
    assert len(sandbox.calls("sendAudio")) == 1


async def test_a_picture_a_pin_and_a_number_go_out(sandbox: Sandbox, port: TelegramPort, tmp_path: Path) -> None:
    card = tmp_path / "card.png"
    card.write_bytes(PNG)
    assert (await port.send(AMINA, Utterance("picture", picture=Picture("card")), {"picture": card})).file_id
    await port.send(AMINA, Utterance("pin", pin=Pin(51.05, 3.72, "Buurthuis", "Kerkstraat 1")), {})
    await port.send(AMINA, Utterance("contact", contact=Contact("Kind en Gezin-Lijn", "078 150 100")), {})
    assert last(sandbox, "sendVenue")["title"] == "Buurthuis"
    assert last(sandbox, "sendContact")["phone_number"] == "078 150 100"


async def test_a_reply_to_a_message_that_is_gone_is_sent_all_the_same(port: TelegramPort) -> None:
    assert (await port.send(AMINA, Utterance("text", text="Dag", reply_to=99999), {})).message_id > 0


FAULTS = [
    pytest.param({"kind": "429", "retry_after": 3}, Retry, id="429"),
    pytest.param({"kind": "5xx"}, Retry, id="500"),
    pytest.param({"kind": "502"}, Retry, id="502"),
    pytest.param({"kind": "html"}, Retry, id="a page"),
    pytest.param({"kind": "garbage"}, Unknown, id="garbage"),
    pytest.param({"kind": "cut_before"}, Unknown, id="cut before"),
    pytest.param({"kind": "cut_after"}, Unknown, id="cut after"),
    pytest.param({"kind": "refuse", "code": 413, "description": "Request Entity Too Large"}, Refused, id="413"),
    pytest.param({"kind": "refuse", "code": 401, "description": "Unauthorized"}, StopAll, id="401"),
    pytest.param({"kind": "refuse", "code": 403, "description": "Forbidden: bot was blocked by the user"}, Gone, id="403"),
    pytest.param({"kind": "refuse", "code": 403, "description": "Forbidden: user is deactivated"}, Gone, id="account gone"),
    pytest.param({"kind": "refuse", "description": "Bad Request: chat not found"}, Gone, id="chat not found"),
    pytest.param({"kind": "refuse", "description": "Bad Request: message is too long"}, Refused, id="too long"),
    pytest.param({"kind": "refuse", "description": "Bad Request: VOICE_MESSAGES_FORBIDDEN"}, VoiceForbidden, id="no voice"),
    pytest.param(
        {"kind": "refuse", "description": "Bad Request: wrong file identifier/HTTP URL specified"}, BadFileId, id="file id"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
async def test_every_failure_says_what_to_do_next(
    sandbox: Sandbox, port: TelegramPort, fault: dict[str, Any], kind: type[SendFailure]
) -> None:
    sandbox.fault(**fault)
    with pytest.raises(SendFailure) as caught:
        await port.send(AMINA, TEXT, {}, token="abc")
    assert type(caught.value) is kind
    assert "SANDBOX" not in str(caught.value)


async def test_telegram_says_how_long_to_wait(sandbox: Sandbox, port: TelegramPort) -> None:
    sandbox.fault("429", retry_after=7)
    with pytest.raises(Retry) as caught:
        await port.send(AMINA, TEXT, {})
    assert caught.value.after == 7


async def test_an_answer_that_the_library_cannot_read_still_means_that_it_was_sent(
    sandbox: Sandbox, port: TelegramPort
) -> None:
    sandbox.fault("unreadable")
    sent = await port.send(AMINA, TEXT, {}, token="abc")
    assert [m.id for m in sandbox.messages(AMINA)][-1] == sent.message_id


async def test_a_moved_chat_is_followed(port: TelegramPort) -> None:
    from aiogram.exceptions import TelegramMigrateToChat
    from aiogram.methods import GetMe

    moved = failure(TelegramMigrateToChat(GetMe(), "group chat was upgraded", -1009))
    assert isinstance(moved, Migrated)
    assert moved.chat_id == -1009


async def test_nobody_listening_means_that_nothing_left(port: TelegramPort) -> None:
    nowhere = TelegramPort("42:SANDBOX", "http://127.0.0.1:9")
    with pytest.raises(Retry) as caught:
        await nowhere.send(AMINA, TEXT, {})
    assert type(caught.value) is Retry
    await nowhere.close()


async def test_what_cannot_be_a_request_is_refused_in_a_sentence(port: TelegramPort) -> None:
    with pytest.raises(Refused):
        await port.send(AMINA, Utterance("pin", pin=Pin("north", 3.72, "x", "y")), {})  # type: ignore[arg-type]


# ---------------------------------------------------------------- files that come in


async def test_her_voice_note_comes_back_byte_for_byte(
    sandbox: Sandbox, port: TelegramPort, person: Any, ogg: Path
) -> None:
    amina = await person(AMINA, "Amina", "ar")
    await amina.speak(ogg.read_bytes(), 1)
    file_id = last_update(sandbox)["message"]["voice"]["file_id"]
    assert await port.fetch(FileRef(file_id, "u", "voice")) == ogg.read_bytes()


async def test_a_file_beyond_twenty_megabytes_is_not_even_asked_for(sandbox: Sandbox, port: TelegramPort) -> None:
    with pytest.raises(Refused, match="20 MB"):
        await port.fetch(FileRef("x", "u", "voice", size=21_000_000))
    assert sandbox.calls("getFile") == []


async def test_a_file_that_is_gone_is_refused(sandbox: Sandbox, port: TelegramPort) -> None:
    with pytest.raises(Refused):
        await port.fetch(FileRef("never-was", "u", "voice"))


async def test_telegram_being_away_is_no_reason_to_give_a_file_up(sandbox: Sandbox, port: TelegramPort) -> None:
    sandbox.fault("502", method="getfile")
    with pytest.raises(Retry):
        await port.fetch(FileRef("x", "u", "voice"))


async def test_a_press_that_is_too_old_stops_nothing(sandbox: Sandbox, port: TelegramPort) -> None:
    await port.answer_press("123456")
    assert sandbox.calls("answerCallbackQuery")[-1]["status"] == 400


def last_update(sandbox: Sandbox) -> dict[str, Any]:
    import json

    update: dict[str, Any] = json.loads(next(reversed(sandbox.world.updates.pending.values())).text)
    return update


# ---------------------------------------------------------------- the introduction


async def test_the_bot_introduces_itself_in_every_language(sandbox: Sandbox, port: TelegramPort) -> None:
    words = Introduction("Ik ben Stapsteen.", "Stapsteen", {"start": "Begin", "sos": "Hulp nu"})
    assert await introduce(port, {"nl": words, "ar": words, "tig": words}) == 0
    said = [call["params"].get("language_code") for call in sandbox.calls("setMyCommands")]
    assert sorted(str(lang) for lang in said) == ["None", "ar", "nl"]


async def test_an_introduction_that_fails_is_no_matter(sandbox: Sandbox, port: TelegramPort) -> None:
    sandbox.fault("5xx", method="setmycommands", times=1)
    assert await introduce(port, {"nl": Introduction("Ik ben Stapsteen.", commands={"start": "Begin"})}) == 1


@pytest.mark.parametrize("paid", [False, True])
async def test_stars_are_spent_only_when_the_house_says_so(sandbox: Sandbox, paid: bool) -> None:
    sandbox.say(AMINA, "/start")
    port = TelegramPort(sandbox.token, sandbox.url, paid=paid)
    await port.send(AMINA, TEXT, {})
    await port.close()
    [call] = sandbox.calls("sendMessage")
    assert str(call["params"].get("allow_paid_broadcast", "")).lower() == ("true" if paid else "")
