"""Every method, by two client libraries; the judges of conftest.py read every answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import telegram
from aiogram import Bot
from aiogram import types as ai_types

from bot.sandbox import Sandbox
from tests.given.sandbox import Person
from tests.sandbox.sounds import M4A, MP3, MP4, opus, png, wav


def buffered(data: bytes, name: str) -> ai_types.BufferedInputFile:
    return ai_types.BufferedInputFile(data, name)


AI_KEYS = ai_types.InlineKeyboardMarkup(
    inline_keyboard=[
        [
            ai_types.InlineKeyboardButton(text="1 🧸", callback_data="t:0"),
            ai_types.InlineKeyboardButton(text="Bel", url="https://example.org"),
        ]
    ]
)
PTB_KEYS = telegram.InlineKeyboardMarkup(
    [
        [
            telegram.InlineKeyboardButton("1 🧸", callback_data="t:0"),
            telegram.InlineKeyboardButton("Bel", url="https://example.org"),
        ]
    ]
)

SENDS: list[Any] = [
    pytest.param("send_message", {"text": "Dag"}, "text", id="message"),
    pytest.param("send_voice", {"voice": (opus(), "v.ogg"), "caption": "Hoor", "duration": 3}, "voice", id="voice"),
    pytest.param("send_voice", {"voice": (MP3, "v.mp3")}, "voice", id="voice as mp3"),
    pytest.param("send_voice", {"voice": (M4A, "v.m4a")}, "voice", id="voice as m4a"),
    pytest.param("send_audio", {"audio": (MP3, "a.mp3"), "title": "Lied", "performer": "Rose"}, "audio", id="audio"),
    pytest.param("send_photo", {"photo": (png(), "p.png"), "caption": "Kaart"}, "photo", id="photo"),
    pytest.param("send_document", {"document": (b"%PDF-1.4", "brief.pdf")}, "document", id="document"),
    pytest.param("send_video", {"video": (MP4, "v.mp4")}, "video", id="video"),
    pytest.param("send_animation", {"animation": (MP4, "v.mp4")}, "animation", id="animation"),
    pytest.param("send_sticker", {"sticker": (b"RIFF\0\0\0\0WEBPVP8 " + bytes(30), "s.webp")}, "sticker", id="sticker"),
    pytest.param("send_location", {"latitude": 51.05, "longitude": 3.72}, "location", id="location"),
    pytest.param("send_venue", {"latitude": 51.05, "longitude": 3.72, "title": "Klimop", "address": "Kerkstraat 1"}, "venue", id="venue"),
    pytest.param("send_contact", {"phone_number": "+32470000000", "first_name": "Rose"}, "contact", id="contact"),
    pytest.param("send_poll", {"question": "Wanneer?", "options": ["Ma", "Di"], "is_anonymous": False}, "poll", id="poll"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "params", "field"), SENDS)
async def test_aiogram_sends_it_and_amina_sees_it(
    ai: Bot, amina: Person, method: str, params: dict[str, Any], field: str
) -> None:
    ready = {n: buffered(*v) if isinstance(v, tuple) else v for n, v in params.items()}
    sent = await getattr(ai, method)(101, **ready, reply_markup=AI_KEYS)
    assert getattr(sent, field)
    seen = await amina.last()
    assert seen is not None
    assert (seen["id"], seen["kind"]) == (sent.message_id, field)
    assert seen["buttons"] == [[{"text": "1 🧸", "data": "t:0"}, {"text": "Bel", "url": "https://example.org"}]]


@pytest.mark.parametrize(("method", "params", "field"), SENDS)
async def test_ptb_sends_it_and_amina_sees_it(
    ptb: telegram.Bot, amina: Person, method: str, params: dict[str, Any], field: str
) -> None:
    ready = {n: telegram.InputFile(v[0], filename=v[1]) if isinstance(v, tuple) else v for n, v in params.items()}
    sent = await getattr(ptb, method)(101, **ready, reply_markup=PTB_KEYS)
    assert getattr(sent, field)
    seen = await amina.last()
    assert seen is not None
    assert (seen["id"], seen["kind"]) == (sent.message_id, field)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(opus(), "voice", id="opus"),
        pytest.param(opus(codec=b"\x01vorbis"), "audio", id="vorbis"),
        pytest.param(wav(), "audio", id="wav"),
        pytest.param(b"no sound at all", "document", id="not a sound"),
    ],
)
async def test_only_opus_mp3_and_m4a_show_as_a_voice_note(ai: Bot, amina: Person, data: bytes, kind: str) -> None:
    await ai.send_voice(101, buffered(data, "v.ogg"))
    seen = await amina.last()
    assert seen is not None
    assert seen["kind"] == kind


async def test_a_voice_note_has_its_length_and_its_shape(ai: Bot, amina: Person) -> None:
    sent = await ai.send_voice(101, buffered(opus(3), "v.ogg"))
    assert sent.voice is not None
    assert (sent.voice.duration, sent.voice.mime_type) == (3, "audio/ogg")
    seen = await amina.last()
    assert seen is not None
    wave = seen["waveform"]
    assert wave[0] < 8 < wave[len(wave) // 2]
    assert await amina.file(seen) == opus(3)


async def test_albums_by_both_libraries(ai: Bot, ptb: telegram.Bot, amina: Person) -> None:
    items = [
        ai_types.InputMediaPhoto(media=buffered(png(), "a.png"), caption="Eén"),
        ai_types.InputMediaPhoto(media=buffered(png(9), "b.png")),
    ]
    first = await ai.send_media_group(101, list(items))
    second = await ptb.send_media_group(
        101, [telegram.InputMediaPhoto(png(), caption="Eén"), telegram.InputMediaPhoto(png(9))]
    )
    assert len({m.media_group_id for m in first}) == len({m.media_group_id for m in second}) == 1
    assert [m.get("caption") for m in await amina.heard()] == ["Eén", None, "Eén", None]
    assert [m["album"] for m in await amina.heard()] == [
        *[first[0].media_group_id] * 2,
        *[second[0].media_group_id] * 2,
    ]


async def test_a_file_id_is_good_for_every_next_time(ai: Bot, ptb: telegram.Bot, amina: Person) -> None:
    voice = (await ai.send_voice(101, buffered(opus(), "v.ogg"))).voice
    assert voice is not None
    again = await ptb.send_voice(101, voice.file_id, caption="nog eens")
    assert again.voice is not None
    assert (again.voice.file_id, again.voice.duration) == (voice.file_id, dt.timedelta(seconds=3))


async def test_what_she_sends_comes_down_byte_for_byte(ai: Bot, ptb: telegram.Bot, amina: Person) -> None:
    await amina.speak(opus(4))
    update = (await ai.get_updates(offset=-1))[0]
    assert update.message
    assert update.message.voice
    assert update.message.voice.duration == 4
    down = await ai.download(update.message.voice.file_id)
    assert down is not None
    assert down.read() == opus(4)
    file = await ptb.get_file(update.message.voice.file_id)
    assert bytes(await file.download_as_bytearray()) == opus(4)


async def test_edits_by_aiogram(ai: Bot, amina: Person) -> None:
    said = await ai.send_message(101, "Eerst", reply_markup=AI_KEYS)
    edited = await ai.edit_message_text("Daarna", chat_id=101, message_id=said.message_id)
    assert isinstance(edited, ai_types.Message)
    assert (edited.text, edited.reply_markup) == ("Daarna", None)
    assert edited.edit_date
    back = await ai.edit_message_reply_markup(chat_id=101, message_id=said.message_id, reply_markup=AI_KEYS)
    assert isinstance(back, ai_types.Message)
    assert back.reply_markup is not None
    assert back.reply_markup.inline_keyboard[0][0].callback_data == "t:0"
    photo = await ai.send_photo(101, buffered(png(), "a.png"))
    await ai.edit_message_caption(chat_id=101, message_id=photo.message_id, caption="Nu met woorden")
    other = ai_types.InputMediaPhoto(media=buffered(png(40, 20), "b.png"), caption="Anders")
    changed = await ai.edit_message_media(other, chat_id=101, message_id=photo.message_id)
    assert isinstance(changed, ai_types.Message)
    assert changed.photo
    assert changed.photo[-1].width == 40
    assert [(m.get("text") or m.get("caption"), "edited" in m) for m in await amina.heard()] == [
        ("Daarna", True),
        ("Anders", True),
    ]


async def test_edits_by_ptb(ptb: telegram.Bot, amina: Person) -> None:
    said = await ptb.send_message(101, "Eerst", reply_markup=PTB_KEYS)
    edited = await ptb.edit_message_text("Daarna", 101, said.message_id)
    assert isinstance(edited, telegram.Message)
    assert edited.text == "Daarna"
    photo = await ptb.send_photo(101, png())
    await ptb.edit_message_caption(101, photo.message_id, caption="Nu met woorden")
    await ptb.edit_message_media(telegram.InputMediaPhoto(png(40, 20)), 101, photo.message_id)
    await ptb.edit_message_reply_markup(101, photo.message_id, reply_markup=PTB_KEYS)
    last = await amina.last()
    assert last is not None
    assert last["buttons"][0][0]["data"] == "t:0"


@pytest.mark.usefixtures("still")
async def test_copy_forward_delete_react_and_reply(bot: Any, amina: Person) -> None:
    said = await bot.send_message(101, "Kijk")
    copy = await bot.copy_message(chat_id=101, from_chat_id=101, message_id=said.message_id)
    passed_on = await bot.forward_message(chat_id=101, from_chat_id=101, message_id=said.message_id)
    assert passed_on.forward_origin.sender_user.id == 42
    hers = (await amina.say("Dank je"))["message_id"]
    assert await bot.set_message_reaction(101, hers, [{"type": "emoji", "emoji": "❤"}] if isinstance(bot, Bot) else "❤")
    reply: dict[str, Any] = {"reply_to_message_id": hers}
    answered = await bot.send_message(101, "Graag", **reply)
    assert answered.reply_to_message.text == "Dank je"
    assert await bot.delete_message(101, copy.message_id)
    seen = {m["id"]: m for m in await amina.messages()}
    assert seen[copy.message_id] == {"id": copy.message_id, "from": "bot", "kind": "service", "date": seen[hers]["date"], "seq": seen[copy.message_id]["seq"], "chat": 101, "deleted": True}  # fmt: skip
    assert seen[hers]["reactions"] == ["❤"]
    assert seen[answered.message_id]["reply_to"] == hers


async def test_a_press_arrives_and_is_answered_once(bot: Any, amina: Person) -> None:
    await bot.send_message(101, "Kom je?", reply_markup=AI_KEYS if isinstance(bot, Bot) else PTB_KEYS)
    await amina.press("1 🧸")
    press = (await bot.get_updates(offset=-1))[0].callback_query
    assert (press.data, press.message.text, press.from_user.id) == ("t:0", "Kom je?", 101)
    assert await bot.answer_callback_query(press.id, text="Goed zo")
    with pytest.raises(Exception, match=r"(?i)query is too old and response timeout expired or query id is invalid"):
        await bot.answer_callback_query(press.id)


async def test_the_bot_tells_who_it_is(bot: Any, sandbox: Sandbox, amina: Person) -> None:
    me = await bot.get_me()
    assert (me.id, me.is_bot) == (42, True)
    commands: Any = (
        [ai_types.BotCommand(command="start", description="Begin")] if isinstance(bot, Bot) else [("start", "Begin")]
    )
    assert await bot.set_my_commands(commands)
    assert [(c.command, c.description) for c in await bot.get_my_commands()] == [("start", "Begin")]
    assert await bot.delete_my_commands()
    assert len(await bot.get_my_commands()) == 0
    assert await bot.set_my_description("Voor mama's")
    assert (await bot.get_my_description()).description == "Voor mama's"
    assert await bot.set_my_short_description("Kort")
    assert (await bot.get_my_short_description()).short_description == "Kort"
    assert await bot.set_my_name("Stapsteen")
    assert (await bot.get_my_name(language_code="fr")).name == "Stapsteen"
    assert await bot.set_chat_menu_button()
    assert (await bot.get_chat_menu_button()).type == "commands"
    assert (await bot.get_chat(101)).first_name == "Amina"
    assert (await bot.get_chat_member(101, 101)).status == "member"
    assert await bot.send_chat_action(101, "record_voice")


async def test_a_poll_is_voted_on_and_closed(bot: Any, amina: Person) -> None:
    asked = await bot.send_poll(101, "Wanneer?", ["Ma", "Di"], is_anonymous=False)
    await amina.send(vote={"message_id": asked.message_id, "options": [1]})
    poll, answer = (await bot.get_updates(offset=-2))[:2]
    assert [o.voter_count for o in poll.poll.options] == [0, 1]
    assert (answer.poll_answer.user.id, list(answer.poll_answer.option_ids)) == (101, [1])
    closed = await bot.stop_poll(101, asked.message_id)
    assert closed.is_closed
    assert closed.total_voter_count == 1


async def test_reply_keyboards_are_shown_tapped_and_taken_away(ptb: telegram.Bot, amina: Person, call: Any) -> None:
    rows = [[telegram.KeyboardButton("Ja")], [telegram.KeyboardButton("Waar ben ik", request_location=True)]]
    await ptb.send_message(101, "?", reply_markup=telegram.ReplyKeyboardMarkup(rows))
    last = await amina.last()
    assert last is not None
    assert last["keyboard"] == [[{"text": "Ja"}], [{"text": "Waar ben ik", "request_location": True}]]
    await amina.press("Ja")
    update = (await ptb.get_updates(offset=-1))[0]
    assert update.message
    assert update.message.text == "Ja"
    await ptb.send_message(101, "Goed", reply_markup=telegram.ReplyKeyboardRemove())
    with pytest.raises(Exception, match=r"No button 'Ja' is shown"):
        await amina.press("Ja")
