"""A message of ours taken back, against the sandbox: deleted, emptied after 48 hours, and no complaint when it is gone."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from PIL import Image

from bot.messages import Picture, Utterance
from bot.telegram.send import TelegramPort
from tests.sandbox.sounds import opus

if TYPE_CHECKING:
    from bot.sandbox import Sandbox

ROSE = 900
THREE_DAYS = 3 * 86_400


@pytest.fixture
async def port(sandbox: Sandbox) -> AsyncIterator[TelegramPort]:
    sandbox.say(ROSE, "/start")
    port = TelegramPort(sandbox.token, sandbox.url)
    yield port
    await port.close()


def files(tmp_path: Path) -> dict[str, tuple[Utterance, dict[str, Path | str]]]:
    """One message of each kind that staff are shown of a mother."""
    letter, sound = tmp_path / "letter.jpg", tmp_path / "voice.ogg"
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(out, "JPEG")
    letter.write_bytes(out.getvalue())
    sound.write_bytes(opus())
    return {
        "text": (Utterance("text", text="Vraag van Amina"), {}),
        "picture": (Utterance("picture", text="van Amina", picture=Picture("file", name="x")), {"picture": letter}),
        "voice": (Utterance("voice", text="van Amina", media="x"), {"voice": sound}),
    }


def shown(sandbox: Sandbox) -> str:
    """Everything that stands in Rose's chat now."""
    return str([message.data for message in sandbox.messages(ROSE)])


@pytest.mark.parametrize("kind", ["text", "picture", "voice"])
async def test_a_young_message_is_deleted_and_a_second_time_is_no_matter(
    sandbox: Sandbox, port: TelegramPort, tmp_path: Path, kind: str
) -> None:
    said, with_ = files(tmp_path)[kind]
    sent = await port.send(ROSE, said, with_)
    order = Utterance("unsay", text=kind, reply_to=sent.message_id)
    assert (await port.send(ROSE, order, {})).message_id == sent.message_id
    assert (await port.send(ROSE, order, {})).message_id == sent.message_id
    assert "Amina" not in shown(sandbox)


@pytest.mark.parametrize(
    ("kind", "left"), [("text", "Gewist"), ("picture", "Gewist"), ("voice", "Verwijder deze opname ook hier")]
)
async def test_an_old_message_is_emptied(
    sandbox: Sandbox, port: TelegramPort, tmp_path: Path, kind: str, left: str
) -> None:
    said, with_ = files(tmp_path)[kind]
    sent = await port.send(ROSE, said, with_)
    async with aiohttp.ClientSession() as http:
        assert (await http.post(f"{sandbox.url}/client/clock", json={"seconds": THREE_DAYS})).status == 200
    order = Utterance("unsay", text=kind, reply_to=sent.message_id)
    for _ in range(2):
        await port.send(ROSE, order, {})
    text = shown(sandbox)
    assert "Amina" not in text
    assert left in text


async def test_a_page_to_keep_arrives_as_a_document(sandbox: Sandbox, port: TelegramPort) -> None:
    await port.send(ROSE, Utterance("document", document="<p>Amina</p>"), {})
    assert "stapsteen.html" in shown(sandbox)
