"""The desk's own words: Dutch in the templates and pages, other languages from `locales/<lang>/LC_MESSAGES/desk.po`."""

from __future__ import annotations

import json
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.care.dutch import Dutch
from bot.db.notes import note, noted
from bot.db.session import Session

DUTCH: NullTranslations = NullTranslations()
TONGUES = ("nl", "en", "fr")  # in which a colleague may read the desk
SPEAKS: ContextVar[NullTranslations | GNUTranslations] = ContextVar("the language of this visit", default=DUTCH)
LANG: ContextVar[str] = ContextVar("its code", default="nl")


def _(text: str) -> str:
    """A Dutch sentence of the desk in the visitor's language. Slots are filled afterwards: `_("Om {hour} uur").format(hour=…)`.

    A sentence of the care room brings what fills its slots along.
    """
    if isinstance(text, Dutch):
        said = SPEAKS.get().gettext(text.plain) if text.plain else ""
        return (
            said.format(**{name: _(v) if isinstance(v, Dutch) else v for name, v in text.slots.items()})
            if text.slots
            else said
        )
    return SPEAKS.get().gettext(text) if text else ""


def in_words(error: Exception) -> str:
    """What an error says, in the visitor's language."""
    said = error.args[0] if error.args else ""
    return _(said if isinstance(said, str) else str(error))


def shown(value: Any) -> Any:
    """What stands on a page: a sentence of the care room in the visitor's language, anything else as it is."""
    return _(value) if isinstance(value, Dutch) else value


def several(one: str, more: str, n: int) -> str:
    """The form that goes with a number: `several("{n} moeder", "{n} moeders", n).format(n=n)`."""
    return SPEAKS.get().ngettext(one, more, n)


def later(text: str) -> str:
    """Marks a sentence that is translated where it is shown (`{{ label|say }}`): for tables of words at the top of a page's file."""
    return text


def speak(lang: str, locales: Path) -> None:
    """From here on this visit is in that language; an unknown one, or one without a file, stays Dutch."""
    LANG.set(lang if lang in TONGUES else "nl")
    SPEAKS.set(_read(locales / LANG.get() / "LC_MESSAGES" / "desk.po"))


def speaks() -> str:
    """The language of this visit: nl, en or fr."""
    return LANG.get()


def language(lang: str | None) -> str:
    """The name of a language in the visitor's own ("Arabisch", "arabe"); its code when there is none."""
    if not lang:
        return _("taal nog niet gekozen")
    return str(Locale(LANG.get()).languages.get(lang) or lang)


async def chosen(session: Session, staff_id: int) -> str:
    """The language in which this colleague reads the desk; Dutch until she chooses."""
    return str((await noted(session, f"desk-language:{staff_id}") or {}).get("lang", "nl"))


async def choose(session: Session, staff_id: int, lang: str) -> None:
    """From the next page on, on each of her machines. ValueError: the desk is not written in that language."""
    if lang not in TONGUES:
        raise ValueError(f"The desk is written in {', '.join(TONGUES)}, not in “{lang}”.")
    await note(session, f"desk-language:{staff_id}", {"lang": lang})


SCRIPTS = (  # what static/recorder.js says
    later(
        "De browser mag de microfoon niet gebruiken. Sta het toe bij het slotje in de adresbalk, of kies een geluidsbestand."
    ),
    later("Dit toestel heeft geen microfoon. Kies een geluidsbestand."),
    later("De microfoon werkt niet. Kies een geluidsbestand."),
    later("Luister eventueel terug."),
    later("Opnieuw inspreken"),
    later("Wissen"),
)


def for_scripts() -> str:
    """The words of the scripts in the visitor's language, as JSON."""
    return json.dumps({words: _(words) for words in SCRIPTS}, ensure_ascii=False)


@cache
def _read(path: Path) -> NullTranslations | GNUTranslations:
    if not path.is_file():
        return DUTCH
    packed = BytesIO()
    write_mo(packed, read_po(BytesIO(path.read_bytes()), charset="utf-8"))
    packed.seek(0)
    return GNUTranslations(packed)
