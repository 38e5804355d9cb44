"""Who read or heard a whole language and signed for it, and what changed since: nobody signed for that."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from bot.care.content import Content
from bot.care.dutch import NotSo
from bot.clock import local
from bot.db.models import Staff
from bot.db.report_models import LanguageCheck
from bot.db.session import Session
from bot.speech.phrases import is_spoken

TEXT, VOICE = "text", "voice"
LONGEST = 60


@dataclass(frozen=True)
class Signed:
    """A signature, and how many texts are new or other since."""

    check: LanguageCheck
    changed: int


def texts(content: Content, lang: str) -> dict[str, str]:
    """Key → a short hash of what is shown and said, of everything this language has."""
    found = {key: content.phrases.get(lang, key) for key in content.phrases.source if not is_spoken(key)}
    return {key: _short(f"{p.text}\x1f{p.spoken}") for key, p in found.items() if p is not None}


async def sign(
    session: Session, content: Content, lang: str, *, what: str, signer: str, native: bool, on: dt.date, by: Staff, now: dt.datetime
) -> LanguageCheck:  # fmt: skip
    """Somebody signs for all of it as it stands. ValueError: no name, or a day that has not come yet, in a Dutch sentence."""
    signer = " ".join(signer.split())[:LONGEST]
    if not signer:
        raise NotSo("Vul een schuilnaam in: wie las het na?")
    if on > local(now).date():
        raise NotSo("Die dag moet nog komen.")
    check = LanguageCheck(
        lang=lang, what=what if what in (TEXT, VOICE) else TEXT, signer=signer, native=native, on=on,
        texts=texts(content, lang), staff_id=by.id, created_at=now,
    )  # fmt: skip
    session.add(check)
    await session.flush()
    return check


async def signed(session: Session, content: Content, lang: str) -> list[Signed]:
    """Everybody who signed for this language, the newest first."""
    now = texts(content, lang)
    rows = await session.scalars(
        select(LanguageCheck).where(LanguageCheck.lang == lang).order_by(LanguageCheck.id.desc())
    )
    return [Signed(row, _changed(row.texts, now)) for row in rows]


async def all_signed(session: Session, content: Content) -> dict[str, list[Signed]]:
    """Language → who signed for it."""
    langs = list(await session.scalars(select(LanguageCheck.lang).distinct()))
    return {lang: await signed(session, content, lang) for lang in langs}


async def take_back(session: Session, lang: str, number: int, not_of: Collection[int] = ()) -> bool:
    """The signature goes; False when there is none, or it was given at the desk of one of these colleagues."""
    found = await session.get(LanguageCheck, number)
    if found is None or found.lang != lang or found.staff_id in not_of:
        return False
    await session.delete(found)
    await session.flush()
    return True


def _changed(then: Mapping[str, str], now: Mapping[str, str]) -> int:
    return sum(then.get(key) != short for key, short in now.items())


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
