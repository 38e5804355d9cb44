"""Every text in every language: Dutch from the flows, the others from gettext PO files, read into memory through Babel.

A translation that is fuzzy, empty, of an older Dutch text, or that lost one of its {slots}, is missing. Nothing falls back here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from babel.messages.pofile import PoFileError, read_po

DUTCH = "nl"
SLOT = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True)
class Phrase:
    """One text in one language: what is shown, and what is said."""

    text: str
    spoken: str
    lang: str


@dataclass(frozen=True)
class PoFault:
    """Something wrong in a PO file."""

    file: str
    line: int
    says: str


@dataclass
class _Language:
    texts: dict[str, str] = field(default_factory=dict)
    faults: list[PoFault] = field(default_factory=list)


def spoken_key(key: str) -> str:
    """The key of the spoken form: home.menu.text → home.menu.spoken, home.menu.faq.label → home.menu.faq.spoken.

    A label that shares its step with a text (faq.opvang_prijs.label) and common phrases get `.spoken` behind them.
    """
    base, _, last = key.rpartition(".")
    if last == "text" or (last == "label" and key.count(".") == 3):
        return f"{base}.spoken"
    return f"{key}.spoken"


def is_spoken(key: str) -> bool:
    return key.endswith(".spoken")


class Phrases:
    """All texts. source: key → Dutch · folder: the one with locales/ · spoken_apart: languages that need a spoken form of all.

    variants: spoken variant → its language, whose words it says when it has no PO file of its own.
    """

    def __init__(
        self,
        source: Mapping[str, str],
        folder: Path,
        spoken_apart: Collection[str] = (),
        variants: Mapping[str, str] | None = None,
    ) -> None:
        self.source = dict(source)
        self.folder = folder / "locales"
        self.spoken_apart = frozenset(spoken_apart)
        self.variants = dict(variants or {})
        self._languages: dict[str, _Language] = {}

    def get(self, lang: str, key: str) -> Phrase | None:
        """The phrase in this language and no other; None when its text or its spoken form is missing."""
        texts = self.source if lang == DUTCH else self._language(lang).texts
        if key not in self.source or key not in texts:
            return None
        said = spoken_key(key)
        if said in self.required(lang):
            return Phrase(texts[key], texts[said], lang) if said in texts else None
        return Phrase(texts[key], texts.get(said, texts[key]), lang)

    def required(self, lang: str) -> dict[str, str]:
        """What this language has to have: key → Dutch. With spoken_apart, also a spoken form of every text."""
        if self.whose(lang) not in self.spoken_apart:
            return self.source
        if not hasattr(self, "_apart"):
            forms = {spoken_key(k): v for k, v in self.source.items() if not is_spoken(k)}
            self._apart = {**forms, **self.source}
        return self._apart

    def missing(self, lang: str) -> list[str]:
        """Keys without a valid translation, in order."""
        if lang == DUTCH:
            return []
        texts = self._language(lang).texts
        return sorted(key for key in self.required(lang) if key not in texts)

    def faults(self, lang: str) -> list[PoFault]:
        """What is wrong in the PO file itself: not readable, slots lost. A missing file is not a fault."""
        return [] if lang == DUTCH else self._language(lang).faults

    def whose(self, lang: str) -> str:
        """The language whose words these are: its own, or for a variant without a PO file those of its language."""
        leans_on = self.variants.get(lang)
        return leans_on if leans_on and not self.path(lang).is_file() else lang

    def path(self, lang: str) -> Path:
        return self.folder / lang / "LC_MESSAGES" / "stapsteen.po"

    # ------------------------------------------------------------ reading

    def _language(self, lang: str) -> _Language:
        if lang not in self._languages:
            whose = self.whose(lang)
            self._languages[lang] = self._read(lang) if whose == lang else self._language(whose)
        return self._languages[lang]

    def _read(self, lang: str) -> _Language:
        path, found = self.path(lang), _Language()
        name = f"locales/{lang}/LC_MESSAGES/stapsteen.po"
        if not path.is_file():
            return found
        try:
            catalog = read_po(BytesIO(path.read_bytes()), charset="utf-8", abort_invalid=True)
        except (PoFileError, UnicodeDecodeError, ValueError) as error:
            found.faults.append(PoFault(name, 1, f"this PO file cannot be read: {error}"))
            return found
        for key, dutch in self.required(lang).items():
            message = catalog.get(dutch, context=key)
            if message is None or message.fuzzy or not isinstance(message.string, str) or not message.string.strip():
                continue
            if set(SLOT.findall(message.string)) != set(SLOT.findall(dutch)):
                line = message.lineno or 1
                found.faults.append(PoFault(name, line, f"`{key}` has other {{slots}} than the Dutch text"))
                continue
            found.texts[key] = message.string
        return found
