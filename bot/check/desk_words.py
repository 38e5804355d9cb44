"""The desk's words for translators: `locales/desk.pot` drawn from the pages, and one `desk.po` per language of the desk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

from bot.care import deeds, local_words, report_words, rights, voices
from bot.check.messages import FIRST_DAY, WIDTH, entries, read
from bot.console.words import TONGUES
from bot.flow.load import load

PAGES = Path(__file__).resolve().parent.parent / "console"
CARE = PAGES.parent / "care"
SAID_IN_CARE: dict[str, Any] = {"NotSo": None, "Dutch": None}
CALLS: dict[str, Any] = {"_": None, "later": None, "gettext": None, "several": (1, 2), "ngettext": (1, 2)}
HEADER = "# The desk of Stapsteen. The Dutch is the source; what is empty or fuzzy is shown in Dutch. {state}"
STATE = {"en": "", "fr": "DRAFT: no native speaker has read this yet."}


def extract(folder: Path) -> Catalog:
    """Every Dutch sentence of the desk with the file it stands in; folder: the content, for the labels of announcements."""
    found = _catalog(None)
    for path in sorted([*PAGES.glob("*.py"), *(PAGES / "templates").glob("*.html"), *CARE.glob("*.py")]):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        calls = SAID_IN_CARE if path.parent == CARE else CALLS
        where = path.relative_to(PAGES.parent.parent).as_posix()
        for _line, text, comments, _context in extract_from_file(method, str(path), calls):
            if "".join(text):
                found.add(text, locations=[(where, 0)], auto_comments=comments)
    for text, where in _elsewhere(folder):
        found.add(text, locations=[(where, 0)])
    return found


def update_desk(folder: Path) -> dict[str, int]:
    """Writes the template and the PO files; language → how many sentences still need a translator. Twice changes nothing."""
    template = extract(folder)
    _write(folder / "locales" / "desk.pot", template)
    found = {}
    for lang in TONGUES[1:]:
        path = _path(folder, lang)
        merged = _merge(template, read(path), lang)
        _write(path, merged)
        found[lang] = len(list(_open(merged)))
    return found


def missing(folder: Path, lang: str) -> list[str]:
    """The Dutch sentences that this language of the desk does not have."""
    return list(_open(_merge(extract(folder), read(_path(folder, lang)), lang)))


def _elsewhere(folder: Path) -> Iterator[tuple[str, str]]:
    for role in rights.ROLES.values():
        yield role, "bot/care/rights.py"
    for right in rights.RIGHTS.values():
        yield right, "bot/care/rights.py"
    for done in deeds.WHAT.values():
        yield done, "bot/care/deeds.py"
    for doubt in voices.DOUBTS.values():
        yield doubt, "bot/care/voices.py"
    for text in report_words.everything():
        yield text, "bot/care/report_words.py"
    for text, _example in local_words.FIELDS.values():
        yield text, "bot/care/local_words.py"
    for ready in load(folder).announcements.values():
        yield ready.label, f"flows/announcements/{ready.id}.yaml"


def _merge(template: Catalog, before: Catalog | None, lang: str) -> Catalog:
    merged = _catalog(lang)
    for message in entries(template):
        had = before.get(message.id) if before else None
        text, flags = (had.string, had.flags) if had else ("", set())
        if message.pluralizable and not isinstance(text, tuple):
            text = ("", "")
        merged.add(message.id, text, locations=message.locations, flags=_kept(flags, message.flags))
    return merged


def _kept(had: Iterable[str], now: Iterable[str]) -> set[str]:
    return {*(flag for flag in had if flag == "fuzzy"), *now}


def _open(catalog: Catalog) -> Iterator[str]:
    for message in entries(catalog):
        texts = message.string if isinstance(message.string, tuple | list) else [message.string]
        if message.fuzzy or not all(texts):
            yield message.id[0] if isinstance(message.id, tuple | list) else str(message.id)


def _path(folder: Path, lang: str) -> Path:
    return folder / "locales" / lang / "LC_MESSAGES" / "desk.po"


def _catalog(lang: str | None) -> Catalog:
    state = STATE.get(lang or "", "")
    return Catalog(
        locale=lang,
        project="Stapsteen",
        version="1",
        creation_date=FIRST_DAY,
        revision_date=FIRST_DAY,
        header_comment=HEADER.format(state=state).strip(),
        fuzzy=False,
    )


def _write(path: Path, catalog: Catalog) -> None:
    out = BytesIO()
    write_po(out, catalog, width=WIDTH, include_lineno=False, sort_output=True, ignore_obsolete=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != out.getvalue():
        path.write_bytes(out.getvalue())
