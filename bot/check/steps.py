"""Rules for the steps themselves: reachable, never a dead end, few choices, known pictures and effects, simple Dutch, no promises."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from bot.care.said_by_rooms import LAST_WORDS
from bot.flow.load import Script, leads_to
from bot.flow.model import Step
from bot.flow.reading import Fault

LABEL = 24  # characters that fit on a button beside its number and picture
WORDS_A_SENTENCE = 10
SENTENCES, IN_AN_ANSWER = 6, 4  # answers of the fact base are the shortest (C06)
AS_AGREED = {  # wordings that must stay as they were weighed, with the words of their longest sentence
    "welcome.consent.text": 14,  # all that is kept, named in one breath: what she says yes to
    "settings.known_group.text": 14,  # the same list
    "faq.nood_gif.text": 11,  # danger: the condition and what to do are one sentence
}
PROMISES = re.compile(r"zeker (?:een )?plaats|gegarandeerd|beloven|altijd plaats|garantie", re.IGNORECASE)


def faults(script: Script, symbols: Collection[str], effects: Collection[str], starts: Collection[str]) -> list[Fault]:
    """Every fault of every step. starts: the steps that the rooms themselves say; effects: what `do` may name."""
    found: list[Fault] = []
    for step in script.flows.values():
        found += [Fault(step.file, step.line, f"`{step.name}`: {says}") for says in _step(step, symbols, effects)]
    found += _unreachable(script, starts)
    for key, text in script.source.items():
        found += [Fault(*script.where[key], f"`{key}`: {says}") for says in _words(key, text)]
    for name, ready in script.announcements.items():
        if ready.symbol not in symbols:
            found.append(Fault(f"flows/announcements/{name}.yaml", 1, f"the picture `{ready.symbol}` does not exist"))
    return found


def _step(step: Step, symbols: Collection[str], effects: Collection[str]) -> Iterator[str]:
    for symbol in (*step.symbols, *(choice.symbol for choice in step.choices)):
        if symbol not in symbols:
            yield f"the picture `{symbol}` does not exist (flows/pictures/symbols.yaml)"
    if step.do and step.do not in effects:
        yield f"nothing is called `{step.do}`; `do` knows: {', '.join(sorted(effects))}"
    said = step.text_key is not None and step.flow != "announcement"
    if step.name not in LAST_WORDS and said and not (step.footer or step.choices or step.wait or step.go or step.offer):
        yield "a dead end: no choice, nothing to wait for, no way on"


def _unreachable(script: Script, starts: Collection[str]) -> Iterator[Fault]:
    seen, todo = set(), [name for name in starts if name in script.flows]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [way for way in leads_to(script.flows[name]) if way in script.flows]
    for name, step in script.flows.items():
        if name not in seen:
            yield Fault(step.file, step.line, f"`{name}` can never be reached")


def _words(key: str, text: str) -> Iterator[str]:
    if PROMISES.search(text):
        yield "this promises something that nobody can promise"
    if key.endswith(".label") and len(text) > LABEL:
        yield f"the label has {len(text)} characters; {LABEL} fit on a button"
    if key.endswith(".text"):
        sentences = [s for s in re.split(r"[.!?]+\s*", text) if s.strip()]
        most = IN_AN_ANSWER if key.startswith("faq.") else SENTENCES
        if len(sentences) > most:
            yield f"{len(sentences)} sentences; at most {most} are remembered"
        longest = AS_AGREED.get(key, WORDS_A_SENTENCE)
        for sentence in sentences:
            if len(sentence.split()) > longest:
                yield f"a sentence of {len(sentence.split())} words; at most {longest}: “{sentence[:40]}…”"
