"""The translators' files: a gettext template drawn from the Dutch, and one PO file per language kept in step with it.

The keys and the Dutch come from the flow loader, so what is translated is exactly what is shown. A changed Dutch text makes its
translation fuzzy, a new one is empty, one that is gone is dropped. Running it twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, unescape, write_po

from bot.flow.load import Script, load
from bot.speech.phrases import DUTCH, Phrases, is_spoken, spoken_key

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # a fixed date: the files change only when a text does
WIDTH = 110
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
SAY = "Said aloud: no digits, no signs, no abbreviations."
SAY_APART = "Said aloud: fully vowelled, no digits, no Latin letters."


def extract(folder: Path) -> Catalog:
    """The template: every Dutch text under its key, with the file and line it stands in."""
    return _template(load(folder), apart=False)


def update(folder: Path, lang: str) -> Catalog:
    """Writes the template and the PO file of this language, and answers what the PO file now holds."""
    script = load(folder)
    _write(folder / "locales" / "stapsteen.pot", _template(script, apart=False))
    template = _template(script, apart=lang in spoken_apart(folder))
    path = Phrases({}, folder).path(lang)
    merged = _merge(template, read(path), lang)
    _write(path, merged)
    return merged


def update_all(folder: Path) -> dict[str, int]:
    """Brings every offered language up to date: language → how many texts still need a translator."""
    open_texts = {}
    for lang, about in languages(folder).items():
        wanted = about.get("offered") == "yes" and not about.get("voice_of")
        if lang != DUTCH and (wanted or Phrases({}, folder).path(lang).is_file()):
            open_texts[lang] = sum(not m.string or m.fuzzy for m in entries(update(folder, lang)))
    return open_texts


def languages(folder: Path) -> dict[str, dict[str, object]]:
    """locales/languages.yaml as it stands."""
    path = folder / "locales" / "languages.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))["languages"])


def spoken_apart(folder: Path) -> set[str]:
    """Languages in which every text has a spoken form of its own."""
    return {lang for lang, about in languages(folder).items() if about.get("spoken_apart") == "yes"}


def entries(catalog: Catalog) -> Iterator[Message]:
    """The messages of a catalog without its header."""
    return (message for message in catalog if message.id)


# ---------------------------------------------------------------- building


def _template(script: Script, *, apart: bool) -> Catalog:
    catalog = _catalog(None)
    for key in sorted(script.source, key=lambda key: script.where[key]):
        _add(catalog, script, key, key)
        if apart and not is_spoken(key) and spoken_key(key) not in script.source:
            _add(catalog, script, spoken_key(key), key, note=SAY_APART)
    return catalog


def _add(catalog: Catalog, script: Script, key: str, written_as: str, note: str = "") -> None:
    note = note or (SAY if is_spoken(key) else "")
    catalog.add(
        script.source[written_as],
        context=key,
        locations=[script.where[written_as]],
        auto_comments=[note] if note else [],
    )


def _merge(template: Catalog, before: Catalog | None, lang: str) -> Catalog:
    """The template's messages with the translations we had, found again by their key."""
    merged = _catalog(lang)
    old = {message.context: message for message in entries(before)} if before else {}
    for message in entries(template):
        had = old.get(message.context)
        fuzzy = bool(had and had.string and (had.fuzzy or had.id != message.id))
        previous = [*(had.previous_id or [str(had.id)])] if had and fuzzy else []
        merged.add(
            message.id,
            had.string if had else "",
            context=message.context,
            locations=message.locations,
            auto_comments=message.auto_comments,
            user_comments=had.user_comments if had else (),
            flags={"fuzzy"} if fuzzy else (),
            previous_id=previous,
        )
    return merged


def _catalog(lang: str | None) -> Catalog:
    return Catalog(
        locale=lang,
        project="Stapsteen",
        version="1",
        creation_date=FIRST_DAY,
        revision_date=FIRST_DAY,
        header_comment="# Stapsteen. The Dutch is the source; a fuzzy or empty text makes a language incomplete.",
        fuzzy=False,
    )


def read(path: Path) -> Catalog | None:
    """A PO or POT file; None when there is none."""
    if not path.is_file():
        return None
    catalog = read_po(BytesIO(path.read_bytes()), charset="utf-8", abort_invalid=True)
    for message in entries(catalog):
        _tell_apart(message)
    return catalog


def _tell_apart(message: Message) -> None:
    """Babel writes the former source as `#| msgid "…"`, and reads it back as if a translator had remarked it."""
    former = " ".join(line.removeprefix("|").strip() for line in message.user_comments if line.startswith("|"))
    message.user_comments = [line for line in message.user_comments if not line.startswith("|")]
    if former and message.fuzzy:
        message.previous_id = ["".join(unescape(quoted) for quoted in QUOTED.findall(former))]


def _write(path: Path, catalog: Catalog) -> None:
    out = BytesIO()
    write_po(out, catalog, width=WIDTH, include_previous=True, ignore_obsolete=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != out.getvalue():
        path.write_bytes(out.getvalue())
