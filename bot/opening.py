"""What happens once when the house opens: Telegram is told where to knock and who we are, and what is slow is made ready."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Collection
from typing import TYPE_CHECKING

import structlog

from bot.db.notes import note
from bot.messages import StopAll
from bot.pictures import PictureError, symbols
from bot.settings import ROLES
from bot.web import secret

if TYPE_CHECKING:
    from bot.care.content import Content
    from bot.db.session import Database
    from bot.settings import Settings
    from bot.speech.clips import Clips
    from bot.telegram.send import TelegramPort
    from bot.telegram.setup import Introduction

log = structlog.get_logger()
LONGEST_PAUSE = 60.0  # seconds
ABOUT = "welcome.consent.text"  # who we are and what we keep: the first thing anybody should know
COMMANDS = {"start": "sorry.sticker.home.label", "sos": "home.menu.sos.label", "stop": "settings.menu.forget.label"}


def _read_ahead(settings: Settings, content: Content) -> None:
    """What is read or reckoned once and then kept: the symbols, and how typed words are understood."""
    try:
        symbols.load(settings.content / "flows" / "pictures")
    except PictureError as error:
        log.error("symbols_unreadable", why=str(error))
    content.learn(settings.data / "cache" / "faq")


async def open_house(
    settings: Settings, port: TelegramPort, content: Content, clips: Clips, db: Database, roles: Collection[str] = ROLES
) -> None:
    """The voice's worker first, because a mother may be waiting; then the door, until it is open; then our name and commands.

    A webhook that could not be set is tried again: a house that Telegram cannot find is deaf.
    """
    if {"listener", "sender"}.intersection(roles):
        try:
            await clips.warm()
        except Exception:  # the first clip starts it again
            log.exception("voice_not_warm")
        # seconds of work: not in the turn of the first mother who types; a daemon, so that stopping does not wait for it
        threading.Thread(target=_read_ahead, args=(settings, content), name="reading", daemon=True).start()
    if "intake" in roles:
        await _open_to_telegram(settings, port, content, db)


async def _open_to_telegram(settings: Settings, port: TelegramPort, content: Content, db: Database) -> None:
    from bot.telegram.setup import introduce

    for failures in range(1_000_000):
        try:
            await _open_door(settings, port)
            about = await port.bot.get_me()
            async with db.begin() as session:
                await note(session, "bot", {"id": about.id, "username": about.username})
            break
        except Exception as error:  # noqa: BLE001 - whatever it is: told in a line, and tried again
            log.warning("door_not_open", why=_why(error), failures=failures + 1)
            await asyncio.sleep(min(2.0**failures, LONGEST_PAUSE))
    else:
        raise StopAll("Telegram could not be told where this house is.")
    await introduce(port, introduction(content))


async def _open_door(settings: Settings, port: TelegramPort) -> None:
    """Tells Telegram where to knock: at our public address, or nowhere, because we come and ask."""
    if settings.public_url:
        from bot.telegram.intake import WANTED

        url = settings.public_url.rstrip("/") + "/telegram"
        await port.bot.set_webhook(url, secret_token=secret(settings), allowed_updates=list(WANTED), max_connections=20)
    else:
        await port.bot.delete_webhook()


def introduction(content: Content) -> dict[str, Introduction]:
    """What the bot says about itself in people's Telegram, per offered language."""
    from bot.telegram.setup import Introduction

    found = {}
    for lang in content.offered:
        words = {name: phrase.text for name, key in COMMANDS.items() if (phrase := content.phrases.get(lang, key))}
        about = content.phrases.get(lang, ABOUT)
        first = re.split(r"(?<=[.!?؟።])\s", about.text)[0] if about else ""
        found[lang] = Introduction(about.text if about else "", first, words)
    return found


def _why(error: Exception) -> str:
    """The kind of trouble and what to do, without the address: that would hold the token."""
    kind = type(error).__name__
    if kind == "TelegramUnauthorizedError":
        return "Telegram does not know this token. Look at BOT_TOKEN: BotFather shows the right one with /token."
    return kind
