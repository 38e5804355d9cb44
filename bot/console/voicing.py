"""Who may come to the pages of languages and voices: those who run a group, and everybody who lends a voice in a language."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException

from bot.console.guard import Visit, visit
from bot.speech.phrases import DUTCH


def voicing(visitor: Annotated[Visit, Depends(visit)]) -> Visit:
    """Coordinators and guides, and volunteers and interpreters who have a language."""
    if not visitor.answers and not visitor.me.langs:
        raise HTTPException(403)
    return visitor


Voicing = Annotated[Visit, Depends(voicing)]


def has_ears(visitor: Visit, lang: str) -> bool:
    """Only who knows the language can say whether a recording is right. Dutch is known by everybody who runs a group."""
    return lang in visitor.me.langs or (lang == DUTCH and visitor.answers)


def may_record(visitor: Visit, lang: str) -> bool:
    """Who knows the language, and who runs a group: she may hold the microphone for somebody beside her."""
    return visitor.answers or lang in visitor.me.langs
