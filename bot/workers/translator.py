"""The translator: asks a LibreTranslate-compatible server for a rough translation of what a mother typed, when a house names one.

The network is asked outside any transaction; whatever comes back is judged before it is kept.
"""

from __future__ import annotations

import asyncio
import json

import aiohttp
import structlog

from bot.care import rough
from bot.care.content import Content
from bot.clock import Clock
from bot.db.session import Database
from bot.settings import Settings
from bot.speech.phrases import DUTCH
from bot.workers.ticker import Tick

log = structlog.get_logger()
SECONDS = 20.0  # a small machine takes its time; nobody waits for this
MOST_BYTES = 64 * 1024
MOST_TEXT = 2000  # letters that are sent: a question, not a book
FOLD = 20  # a translation is never so many times as long as what was said


class NotNow(Exception):
    """The translator did not answer well ("silent", "fault", "nonsense"); it is asked again later."""


class NotThis(Exception):
    """The translator cannot translate this, now or later ("language"): it does not know the language."""


class Translator:
    """url: of the server, without /translate; key: when it asks for one."""

    def __init__(self, db: Database, content: Content, clock: Clock, url: str, key: str = "") -> None:
        self.db, self.content, self.clock = db, content, clock
        self.url, self.key = f"{url.rstrip('/')}/translate", key

    async def translate_all(self) -> None:
        """Until nothing waits."""
        while await self.translate_one():
            pass

    async def translate_one(self) -> bool:
        """True: one text was tried, come again. False: none waits.

        1. Take the oldest. 2. Ask the server. 3. Keep what it said, or note why not.
        """
        async with self.db.begin() as session:
            wanted = await rough.next_one(session, self.content, self.clock.now())
        if wanted is None:
            return False
        text, why, for_good = "", "", False
        try:
            text = await self._ask(wanted.text[:MOST_TEXT], wanted.lang)
        except (NotNow, NotThis) as fault:
            why, for_good = str(fault), isinstance(fault, NotThis)
            log.warning("not_translated", why=why, lang=wanted.lang)
        async with self.db.begin() as session:
            if why:
                await rough.failed(session, wanted, why, self.clock.now(), for_good=for_good)
            else:
                await rough.keep(session, wanted, text, self.clock.now())
        return True

    async def _ask(self, said: str, lang: str) -> str:
        wanted = {"q": said, "source": lang, "target": DUTCH, "format": "text", "api_key": self.key}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as client,
                client.post(self.url, json=wanted, allow_redirects=False) as answer,
            ):
                body = await answer.content.read(MOST_BYTES + 1)
                while len(body) <= MOST_BYTES and (more := await answer.content.read(MOST_BYTES)):
                    body += more
        except (aiohttp.ClientError, TimeoutError, OSError, asyncio.IncompleteReadError) as fault:
            raise NotNow("silent") from fault
        if answer.status == 400:
            raise NotThis("language")
        if answer.status != 200:
            raise NotNow("fault")
        return judged(body, said)


def ticks(settings: Settings, db: Database, content: Content, clock: Clock) -> dict[str, tuple[Tick, float]]:
    """For the ticker: once a minute, and whenever the inbox changes. Nothing when no translator is named."""
    if not settings.translator_url:
        return {}
    key = settings.translator_key.get_secret_value() if settings.translator_key else ""
    return {"inbox": (Translator(db, content, clock, settings.translator_url, key).translate_all, 60.0)}


def judged(body: bytes, said: str) -> str:
    """The translation in this answer; empty when it is what she said herself. Raises NotNow for anything that is no translation."""
    try:
        found = json.loads(body) if len(body) <= MOST_BYTES else None
    except ValueError:
        found = None
    text = found.get("translatedText") if isinstance(found, dict) else None
    if not isinstance(text, str) or not text.strip() or len(text) > FOLD * len(said) + 200:
        raise NotNow("nonsense")
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return "" if plain.casefold() == " ".join(said.split()).casefold() else plain
