"""Words that a person of the staff spoke or typed, as she gets them: never changed, never translated, never sent to a stranger."""

from __future__ import annotations

import unicodedata

from bot.db.models import Media
from bot.messages import Part, Picture, Utterance, Voice

CAPTION = 1000  # Telegram allows 1,024
SPOKEN = 1500  # about two minutes; who writes more is read by somebody else
MESSAGE = 4000


def utterances(text: str, media: Media | None) -> list[Utterance]:
    """A recording as it is, with the words beside it as caption (below it, when they are too long); typed words shown and read aloud.

    She may not read: typed Dutch is also spoken, by the machine in this house (a part without a key never leaves it).
    """
    if media is not None:
        more = [Utterance(kind="text", lang=language(text), text=text[:MESSAGE])] if len(text) > CAPTION else []
        aloud = _aloud(text) if media.kind == "photo" else []
        return [*recording("" if more else text, media), *more, *aloud]
    if not text.strip():
        return []
    if len(text) <= CAPTION and _aloud(text):
        return [Utterance(kind="voice", lang=language(text), voice=_aloud(text)[0].voice, text=text)]
    return [Utterance(kind="text", lang=language(text), text=text[:MESSAGE]), *_aloud(text)]


def recording(text: str, media: Media) -> list[Utterance]:
    """A stored voice note or photo as it is, with its caption."""
    if media.kind == "photo":
        return [Utterance(kind="picture", picture=Picture(kind="file", name=media.name), text=text[:CAPTION])]
    return [Utterance(kind="voice", media=media.name, text=text[:CAPTION])]


def language(text: str) -> str:
    """In which voice to read typed words: Arabic letters in Arabic, everything in Latin letters in Dutch, what staff write."""
    return "ar" if _script(text) == "ARABIC" else "nl"


def _aloud(text: str) -> list[Utterance]:
    if not text.strip() or _script(text) not in ("LATIN", "ARABIC"):
        return []
    lang = language(text)
    return [Utterance(kind="voice", lang=lang, voice=Voice(lang, (Part(text[:SPOKEN]),)))]


def _script(text: str) -> str:
    letters = [unicodedata.name(c, "").split(" ")[0] for c in text if c.isalpha()]
    return max(set(letters), key=letters.count) if letters else ""
