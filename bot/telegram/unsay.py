"""Taking a message of ours back: deleted, and where Telegram lets nobody delete it any more (after 48 hours) emptied."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from bot.messages import Sent, Utterance

if TYPE_CHECKING:
    from aiogram import Bot

GONE = "🗑 Gewist."
GONE_VOICE = "🗑 Gewist op de computer. Verwijder deze opname ook hier."  # a sound cannot be put in place of another
TOO_LATE, ALREADY, SAME = "can't be deleted", "not found", "not modified"


async def take_back(bot: Bot, chat_id: int, order: Utterance) -> Sent:
    """Deletes the message, or empties it; what is gone already is fine. Raises what the library raises."""
    from aiogram.exceptions import TelegramBadRequest

    number = order.reply_to or 0
    try:
        await bot.delete_message(chat_id, number)
    except TelegramBadRequest as refusal:
        if TOO_LATE in refusal.message:
            await _emptied(bot, {"chat_id": chat_id, "message_id": number}, order.text)
        elif ALREADY not in refusal.message:
            raise
    return Sent(number)


async def _emptied(bot: Bot, message: dict[str, Any], kind: str) -> None:
    from aiogram.exceptions import TelegramBadRequest
    from aiogram.types import BufferedInputFile, InputMediaPhoto

    try:
        if kind == "picture":
            blank = InputMediaPhoto(media=BufferedInputFile(_blank(), "gewist.jpg"), caption=GONE)
            await bot.edit_message_media(media=blank, **message)
        elif kind == "voice":
            await bot.edit_message_caption(caption=GONE_VOICE, **message)
        else:
            await bot.edit_message_text(text=GONE, **message)
    except TelegramBadRequest as refusal:
        if SAME not in refusal.message and ALREADY not in refusal.message:
            raise


def _blank() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 180), "#d8d8d8").save(out, "JPEG")
    return out.getvalue()
