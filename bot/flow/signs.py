"""Signs: pictures with their words that more than one question can use (flows/signs.yaml), and the stones of a path (flows/stones.yaml)."""

from __future__ import annotations

from bot.flow.load import MOST_ON_A_CARD, NAME, Script, phrase, spoken
from bot.flow.model import Sign
from bot.flow.reading import Fault, Map, Reader

SIGN_WORDS = {"symbol", "label", "spoken", "colour"}
MOST_STONES = 12


def read(reader: Reader, script: Script, found: Map, what: str) -> None:
    """One of the two files into the script. A sign's words have the key "sign.<id>.label", a stone's "stone_path.<id>.label"."""
    reader.words(found, {what}, f"a file of {what}")
    entries = reader.map(found, what)
    for name, body in entries.items():
        if not NAME.match(name) or not isinstance(body, Map):
            reader.fault(entries.at(name), f"`{name}` needs a plain name, and words below it")
            continue
        reader.words(body, SIGN_WORDS, "a sign")
        base = f"{'sign' if what == 'signs' else 'stone_path'}.{name}"
        symbol, label = (reader.required(body, word, f"`{name}`") for word in ("symbol", "label"))
        key = phrase(script, reader, f"{base}.label", label, body.at("label"))
        spoken(script, reader, body, f"{base}.label.spoken", f"`{name}`")
        sign = Sign(name, symbol, key, reader.text(body, "colour") or None, reader.name, body.line)
        (script.signs if what == "signs" else script.stones)[name] = sign
    if what == "stones" and len(entries) > MOST_STONES:
        reader.fault(found.at("stones"), f"{len(entries)} stones; a path shows {MOST_STONES} at most")


def check(script: Script) -> None:
    """Every sign that a step offers exists, fits on the card, and shows another picture than the others."""
    for step in script.flows.values():
        unknown = [name for name in step.signs if name not in script.signs]
        if unknown:
            says = f"`{step.name}` offers `{unknown[0]}`, which is not in flows/signs.yaml"
            script.faults.append(Fault(step.file, step.line, says))
            continue
        shown = [*step.symbols, *(script.signs[name].symbol for name in step.signs), *(c.symbol for c in step.choices)]
        if step.signs and len(shown) > MOST_ON_A_CARD:
            says = f"`{step.name}` has {len(shown)} pictures; a card holds {MOST_ON_A_CARD}"
            script.faults.append(Fault(step.file, step.line, says))
        if step.signs and len(set(shown)) < len(shown):
            script.faults.append(Fault(step.file, step.line, f"`{step.name}` shows the same picture twice"))
