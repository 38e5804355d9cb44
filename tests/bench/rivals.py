"""The simplest bots there are, to stand beside ours: each says back what it hears and keeps nothing.

`python -m tests.bench.rivals aiogram|ptb|aiohttp URL TOKEN`: bare aiogram, bare python-telegram-bot, and the floor: a loop over aiohttp.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any


async def bare_aiogram(url: str, token: str) -> None:
    from aiogram import Bot, Dispatcher
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import Message

    bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def echo(message: Message) -> None:
        await message.answer(message.text or "?")

    await dispatcher.start_polling(bot, handle_signals=False)


async def bare_ptb(url: str, token: str) -> None:
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters

    async def echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message:
            await update.message.reply_text(update.message.text or "?")

    made = Application.builder().token(token).base_url(f"{url}/bot").base_file_url(f"{url}/file/bot")
    application: Any = made.concurrent_updates(True).connection_pool_size(100).pool_timeout(60).build()
    application.add_handler(MessageHandler(filters.ALL, echo))
    async with application:
        await application.start()
        await application.updater.start_polling(poll_interval=0.0)
        await asyncio.Event().wait()


async def bare_aiohttp(url: str, token: str) -> None:
    import aiohttp

    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session,
        asyncio.TaskGroup() as tasks,
    ):
        offset = 0
        while True:
            asked = {"offset": offset, "timeout": 30}
            async with session.post(f"{url}/bot{token}/getUpdates", json=asked) as answer:
                updates = json.loads(await answer.read()).get("result", [])
            for update in updates:
                offset = update["update_id"] + 1
                tasks.create_task(_say(session, f"{url}/bot{token}/sendMessage", update["message"]))


async def _say(session: Any, address: str, message: dict[str, Any]) -> None:
    async with session.post(address, json={"chat_id": message["chat"]["id"], "text": message["text"]}) as answer:
        await answer.read()


async def sleeper(url: str, token: str) -> None:
    """The loop that many bots use for an announcement: a message, then sleep(1/30)."""
    import aiohttp

    async with aiohttp.ClientSession() as session:
        for chat in range(100_000, 110_000):
            said = {"text": "Wij vieren feest.", "chat_id": chat}
            async with session.post(f"{url}/bot{token}/sendMessage", json=said) as answer:
                await answer.read()
            await asyncio.sleep(1 / 30)


BOTS = {"aiogram": bare_aiogram, "ptb": bare_ptb, "aiohttp": bare_aiohttp, "sleeper": sleeper}

if __name__ == "__main__":
    asyncio.run(BOTS[sys.argv[1]](*sys.argv[2:4]))
