"""How the bot introduces itself in people's Telegram: its commands, its description, its menu button. Nothing depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.telegram.send import TelegramPort

log = structlog.get_logger()


@dataclass(frozen=True)
class Introduction:
    """In one language: what the bot is (512 characters, 120 for the short one) and its commands with their words."""

    description: str = ""
    short: str = ""
    commands: Mapping[str, str] = field(default_factory=dict)


async def introduce(port: TelegramPort, languages: Mapping[str, Introduction], default: str = "nl") -> int:
    """Tell Telegram, per language; `default` is also for people of other languages. Says how many calls failed; they are logged."""
    from aiogram.types import MenuButtonCommands

    failed = 0
    for lang, words in languages.items():
        for code in ({lang, ""} if lang == default else {lang}) if len(lang) == 2 else ():  # Telegram takes two letters
            failed += await _say(port, words, code)
    return failed + await _try("menu", port.bot.set_chat_menu_button(menu_button=MenuButtonCommands()))


async def _say(port: TelegramPort, words: Introduction, code: str) -> int:
    from aiogram.types import BotCommand

    bot, lang, failed = port.bot, code or None, 0
    if words.commands:
        commands = [BotCommand(command=name, description=said[:256]) for name, said in words.commands.items()]
        failed += await _try("commands", bot.set_my_commands(commands, language_code=lang))
    if words.description:
        failed += await _try("description", bot.set_my_description(words.description[:512], lang))
    if words.short:
        failed += await _try("short", bot.set_my_short_description(words.short[:120], lang))
    return failed


async def _try(what: str, call: Any) -> int:
    try:
        await call
    except Exception as error:  # noqa: BLE001 - nothing depends on it
        log.warning("introduction_failed", what=what, why=type(error).__name__)
        return 1
    return 0
