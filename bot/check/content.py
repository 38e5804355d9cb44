"""`stapsteen check`: reads ALL content and reports every fault with file and line. Silent when all is well."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.check import conditions, desk_words, messages, photos, plain, shown, sounds, spoken, steps, walk
from bot.flow.load import Script, load
from bot.flow.model import Step
from bot.flow.reading import Fault
from bot.speech.phrases import DUTCH, Phrases, is_spoken

CAPTION = 1024  # characters Telegram allows under a voice note
LONG = 60  # characters of a filled-in slot, at most


def run_check(folder: Path, update_po: bool, contact_sheet: Path | None, as_json: bool, lang: str = "") -> int:
    """The command: 0 when nothing is wrong, 1 when something is; faults on standard output. lang: of the contact sheet.

    ValueError: there is no such language.
    """
    if update_po:
        for lang, still in messages.update_all(folder).items():
            print(f"{lang}: {still} texts to translate" if still else f"{lang}: complete")
        for lang, still in desk_words.update_desk(folder).items():
            print(f"desk in {lang}: {still} texts to translate" if still else f"desk in {lang}: complete")
    if contact_sheet is not None:
        from bot.pictures.sheet import contact_sheet as draw_sheet

        named = labels(folder, lang) if lang else None
        draw_sheet(contact_sheet, folder / "flows" / "pictures", labels=named, lang=lang or DUTCH)
    found = faults(folder)
    for fault in found:
        print(json.dumps(vars(fault), ensure_ascii=False) if as_json else fault)
    if not found and not as_json:
        print("The content is in order.")
    return 1 if found else 0


def faults(folder: Path) -> list[Fault]:
    """Every fault in this folder's flows/, locales/ and audio/, by file and line."""
    from bot.care import templates
    from bot.care.content import read
    from bot.care.effects import EFFECTS
    from bot.care.said_by_rooms import SAID_BY_ROOMS
    from bot.pictures.symbols import load as load_symbols

    script = load(folder)
    found = read(folder)[1]  # whatever keeps the house from opening
    if not found:
        known = load_symbols(folder / "flows" / "pictures")
        starts = [*SAID_BY_ROOMS, *(name for name in script.flows if name.startswith("announcement."))]
        found += steps.faults(script, known, EFFECTS, starts)
        found += walk.faults(script)
        found += plain.faults(folder, script)
        found += conditions.faults(script)
        found += photos.faults(folder, known)
        found += templates.read(folder)[1]
        found += _languages(folder, script)
    return sorted(set(found), key=lambda f: (f.file, f.line, f.says))


def labels(folder: Path, lang: str) -> dict[str, list[str]]:
    """Symbol → everything this language says beside it, on buttons and cards; the whole text where it stands alone."""
    from bot.care.content import load as load_content

    content = load_content(folder)
    if lang not in content.languages:
        raise ValueError(f"“{lang}” is not a language of this content. Those are: {', '.join(content.languages)}.")
    said: dict[str, list[str]] = {}
    for symbol, key in _beside(content.flows.values()):
        phrase = content.phrases.get(lang, key)
        if phrase is not None and phrase.text not in said.setdefault(symbol, []):
            said[symbol].append(phrase.text)
    return said


def _beside(steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
    """Each symbol with the key of what is said beside it; choices first, because a label says most in fewest words."""
    steps = list(steps)
    for step in steps:
        for choice in step.choices:
            if choice.label_key:
                yield choice.symbol, choice.label_key
    for step in steps:
        for symbol in step.symbols:
            if step.text_key:
                yield symbol, step.text_key


def _languages(folder: Path, script: Script) -> Iterator[Fault]:
    known = messages.languages(folder)
    variants = {lang: str(about["voice_of"]) for lang, about in known.items() if about.get("voice_of")}
    phrases = Phrases(script.source, folder, messages.spoken_apart(folder), variants)
    for lang, about in known.items():
        if about.get("offered") != "yes":
            continue
        if phrases.whose(lang) != lang:  # recordings only; what is not recorded is said in its language
            yield from sounds.never_played(folder, script, phrases, lang)
            continue
        yield from (Fault(f.file, f.line, f.says) for f in phrases.faults(lang))
        yield from sounds.faults(folder, script, phrases, lang)
        lines = _po_lines(phrases, lang)
        file = f"locales/{lang}/LC_MESSAGES/stapsteen.po"
        for key in phrases.missing(lang):
            yield Fault(file, lines.get(key, 1), f"`{key}` is not translated, or its Dutch has changed")
        for key in script.source:
            at = script.where[key] if lang == DUTCH else (file, lines.get(key, 1))
            if not is_spoken(key):
                yield from (Fault(*at, f"`{key}`: {says}") for says in _phrase(phrases, lang, key, about))
        for key, says in shown.alike(script, phrases, lang):
            yield Fault(*(script.where[key] if lang == DUTCH else (file, lines.get(key, 1))), f"`{key}`: {says}")


def _phrase(phrases: Phrases, lang: str, key: str, about: dict[str, object]) -> Iterator[str]:
    phrase = phrases.get(lang, key)
    if phrase is None:
        return
    if len(phrase.text) + LONG * phrase.text.count("{") > CAPTION:
        yield f"{len(phrase.text)} characters; {CAPTION} fit under a voice note"
    if key.endswith(".label") and len(phrase.text) > steps.LABEL + 8:
        yield f"the label has {len(phrase.text)} characters; {steps.LABEL + 8} fit on a button"
    if not key.startswith("common.only_shown"):
        apart = lang in phrases.spoken_apart
        yield from spoken.faults(phrase.spoken, str(about["script"]), apart)
        yield from shown.faults(phrase.text, str(about["script"]), str(about["dir"]), apart)


def _po_lines(phrases: Phrases, lang: str) -> dict[str, int]:
    """The line of each key in the PO file, for the faults."""
    path, lines = phrases.path(lang), {}
    if path.is_file():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if line.startswith("msgctxt "):
                lines[line.removeprefix("msgctxt ").strip('"')] = number
    return lines
