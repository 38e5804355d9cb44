"""The desk's own words: Dutch in the templates and pages, other languages from `locales/<lang>/LC_MESSAGES/desk.po`."""

from __future__ import annotations

from contextvars import ContextVar
from gettext import GNUTranslations, NullTranslations

DUTCH: NullTranslations = NullTranslations()
SPEAKS: ContextVar[NullTranslations | GNUTranslations] = ContextVar("the language of this visit", default=DUTCH)


def _(text: str) -> str:
    """A Dutch sentence of the desk in the visitor's language. Slots are filled afterwards: `_("Om {hour} uur").format(hour=…)`."""
    return SPEAKS.get().gettext(text)


def several(one: str, more: str, n: int) -> str:
    """The form that goes with a number: `several("{n} moeder", "{n} moeders", n).format(n=n)`."""
    return SPEAKS.get().ngettext(one, more, n)
