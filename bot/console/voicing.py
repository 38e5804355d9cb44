"""Who may come to the pages of languages and voices: those who run a group, and everybody who lends a voice in a language."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from bot.console.guard import Needs, Visit
from bot.speech.phrases import DUTCH

Voicing = Annotated[Visit, Depends(Needs("voices"))]  # coordinators and guides, and whoever has a language


def has_ears(visitor: Visit, lang: str) -> bool:
    """Only who knows the language can say whether a recording is right. Dutch is known by everybody who runs a group."""
    return lang in visitor.me.langs or (lang == DUTCH and visitor.answers)


def may_record(visitor: Visit, lang: str) -> bool:
    """Who knows the language, and who runs a group: she may hold the microphone for somebody beside her."""
    return visitor.answers or lang in visitor.me.langs
