"""From flows/*.yaml to steps: a closed list of words, no expressions, and every fault told with file and line at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.flow.model import Choice, Ready, Sign, Step, Topic
from bot.flow.reading import Fault, Map, Reader

FLOW_WORDS = {"flow", "steps"}
STEP_WORDS = {
    *("text", "spoken", "asks", "choices", "do", "args", "on", "symbols", "go", "wait", "picture", "contacts"),
    *("pin", "footer", "offer", "picked", "numbered", "signs"),
}
CHOICE_WORDS = {"symbol", "label", "spoken", "go", "args", "colour"}
WAITS = {"voice", "text", "photo", "location", "again"}
OFFERS = {"languages", "voices", "topics", "signs", "years", "months", "spans", "days"}
PICTURES = {"when", "path"}
SLOTS = {
    "day",
    "time",
    "place",
    "guide",
    "children",
    "name",
    "group",
    "language",
    "until",
    "from",
    "year",
    "price",
    "line",
    "stop",
}
MOST_ON_A_CARD = 6
NAME = re.compile(r"[a-z][a-z0-9_-]*\Z")
SLOT = re.compile(r"\{([^{}]*)\}")


@dataclass
class Script:
    """All that was read. source: phrase key → Dutch · where: phrase key → (file, line)."""

    flows: dict[str, Step] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)
    where: dict[str, tuple[str, int]] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    announcements: dict[str, Ready] = field(default_factory=dict)
    signs: dict[str, Sign] = field(default_factory=dict)
    stones: dict[str, Sign] = field(default_factory=dict)  # in the order of the path
    faults: list[Fault] = field(default_factory=list)


def load(folder: Path) -> Script:
    """Reads <folder>/flows. Nothing is raised: what is wrong stands in `faults`."""
    from bot.flow import answers, signs  # they use the words of this file

    script = Script()
    flows = folder / "flows"
    for path in sorted(flows.glob("*.yaml")):
        _file(Reader(path, folder, script.faults), script)
    for path in sorted((flows / "announcements").glob("*.yaml")):
        _announcement(Reader(path, folder, script.faults), script)
    answers.load(folder, script)
    _check_targets(script)
    _check_cards(script)
    signs.check(script)
    _check_loops(script)
    if not script.flows:
        script.faults.append(Fault("flows", 1, "there is no flow here"))
    return script


def phrase(script: Script, reader: Reader, key: str, text: str, line: int) -> str:
    """Notes one Dutch text under its key, and answers the key."""
    if key in script.source:
        reader.fault(line, f"the text `{key}` exists already in {script.where[key][0]}")
    for slot in SLOT.findall(text):
        if slot not in SLOTS:
            reader.fault(line, f"{{{slot}}} is not a word that can be filled in; known are: {', '.join(sorted(SLOTS))}")
    script.source[key] = text
    script.where[key] = (reader.name, line)
    return key


def spoken(script: Script, reader: Reader, found: Map, key: str, beside: str) -> None:
    """Notes the spoken form that stands beside a text or label, when there is one."""
    if "spoken" in found:
        said = reader.required(found, "spoken", beside)
        phrase(script, reader, key, said, found.at("spoken"))


def contacts(script: Script, reader: Reader, found: Map, base: str) -> tuple[tuple[str, str], ...]:
    """[{label, phone}, …] as (key of the name, number)."""
    numbers = []
    for n, entry in enumerate(reader.many(found, "contacts"), start=1):
        if not isinstance(entry, Map):
            reader.fault(found.at("contacts"), "a contact is {label: …, phone: …}")
            continue
        reader.words(entry, {"label", "phone"}, "a contact")
        label, number = (reader.required(entry, word, "a contact") for word in ("label", "phone"))
        numbers.append((phrase(script, reader, f"{base}.contact{n}.label", label, entry.at("label")), number))
    return tuple(numbers)


def add(script: Script, reader: Reader, step: Step) -> None:
    if step.name in script.flows:
        other = script.flows[step.name]
        reader.fault(step.line, f"the step `{step.name}` exists already in {other.file}:{other.line}")
    script.flows[step.name] = step


# ---------------------------------------------------------------- one file


def _file(reader: Reader, script: Script) -> None:
    found = reader.read()
    if found is None:
        return
    if (what := next((word for word in ("signs", "stones") if word in found), None)) is not None:
        from bot.flow import signs

        signs.read(reader, script, found, what)
        return
    if "phrases" in found:
        reader.words(found, {"phrases"}, "a file of phrases")
        phrases = reader.map(found, "phrases")
        for name, text in reader.pairs(found, "phrases").items():
            phrase(script, reader, f"common.{name}", text, phrases.at(name))
        return
    reader.words(found, FLOW_WORDS, "a flow")
    flow = reader.required(found, "flow", "the file")
    if flow != reader.path.stem:
        reader.fault(found.at("flow"), f"the flow is called `{flow}` but its file `{reader.path.name}`")
    steps = reader.map(found, "steps")
    if not steps:
        reader.fault(found.at("steps"), "a flow needs `steps`")
    for name, body in steps.items():
        if not NAME.match(name):
            reader.fault(steps.at(name), f"`{name}` is no name for a step: small letters, digits, - and _")
        elif isinstance(body, Map):
            _step(reader, script, flow, name, body, steps.at(name))
        else:
            reader.fault(steps.at(name), f"the step `{name}` has to have words below it")


def _step(reader: Reader, script: Script, flow: str, name: str, body: Map, line: int) -> None:
    base = f"{flow}.{name}"
    reader.words(body, STEP_WORDS, "a step")
    if ("text" in body) == ("do" in body):
        reader.fault(line, f"the step `{name}` has to have either `text` or `do`")
        return
    step = Step(flow=flow, id=name, line=line, file=reader.name)
    if "do" in body:
        add(script, reader, _doing(reader, step, body))
        return
    key = phrase(script, reader, f"{base}.text", reader.required(body, "text", "the step"), body.at("text"))
    spoken(script, reader, body, f"{base}.spoken", "the step")
    step = replace(
        step,
        text_key=key,
        symbols=reader.texts(body, "symbols"),
        picture=_one_of(reader, body, "picture", PICTURES),
        choices=read_choices(reader, script, step, body),
        wait=_targets(reader, body, "wait", flow, WAITS),
        go=_target(flow, reader.text(body, "go")),
        contacts=contacts(script, reader, body, base),
        pin=reader.yes(body, "pin"),
        footer=reader.yes(body, "footer", "yes"),
        asks=reader.yes(body, "asks"),
        numbered=reader.yes(body, "numbered", "yes"),
        offer=_one_of(reader, body, "offer", OFFERS),
        picked=_target(flow, reader.text(body, "picked")),
        signs=reader.texts(body, "signs"),
    )
    if step.go and (step.choices or step.wait):
        reader.fault(body.at("go"), "`go` continues at once: there is no time for `choices` or `wait`")
    add(script, reader, step)


def _doing(reader: Reader, step: Step, body: Map) -> Step:
    for word in sorted(set(body) & STEP_WORDS - {"do", "args", "on"}):
        reader.fault(body.at(word), f"a step with `do` has no `{word}`")
    on = _targets(reader, body, "on", step.flow, None)
    if not on:
        reader.fault(step.line, f"the step `{step.id}` does something: `on` has to say where each outcome goes")
    return replace(step, do=reader.required(body, "do", "the step"), args=dict(reader.pairs(body, "args")), on=on)


def read_choices(reader: Reader, script: Script, step: Step, body: Map) -> tuple[Choice, ...]:
    found, choices = reader.map(body, "choices"), []
    for name, entry in found.items():
        if not NAME.match(name) or not isinstance(entry, Map):
            reader.fault(found.at(name), f"the choice `{name}` needs a plain name, and words below it")
            continue
        reader.words(entry, CHOICE_WORDS, "a choice")
        base = f"{step.name}.{name}"
        label = reader.required(entry, "label", f"the choice `{name}`")
        choice = Choice(
            id=name,
            symbol=reader.required(entry, "symbol", f"the choice `{name}`"),
            label_key=phrase(script, reader, f"{base}.label", label, entry.at("label")),
            go=_target(step.flow, reader.required(entry, "go", f"the choice `{name}`")) or "",
            args=dict(reader.pairs(entry, "args")),
            colour=reader.text(entry, "colour") or None,
        )
        spoken(script, reader, entry, f"{base}.spoken", "the choice")
        choices.append(choice)
    return tuple(choices)


def _announcement(reader: Reader, script: Script) -> None:
    found = reader.read()
    if found is None:
        return
    known = {"announcement", "symbol", "label", "slots", "text", "spoken", "picture", "pin"}
    reader.words(found, known, "an announcement")
    name = reader.required(found, "announcement", "the file")
    ready = Ready(
        id=name,
        symbol=reader.required(found, "symbol", "an announcement"),
        label=reader.required(found, "label", "an announcement"),
        slots=reader.texts(found, "slots"),
    )
    script.announcements[name] = ready
    base = f"announcement.{name}"
    key = phrase(script, reader, f"{base}.text", reader.required(found, "text", "an announcement"), found.at("text"))
    spoken(script, reader, found, f"{base}.spoken", "an announcement")
    step = Step(flow="announcement", id=name, text_key=key, symbols=(ready.symbol,), line=found.line, file=reader.name)
    picture = _one_of(reader, found, "picture", PICTURES)
    add(script, reader, replace(step, picture=picture, pin=reader.yes(found, "pin")))


# ---------------------------------------------------------------- words with one meaning


def _target(flow: str, name: str) -> str | None:
    return None if not name else name if "." in name else f"{flow}.{name}"


def _targets(reader: Reader, body: Map, key: str, flow: str, known: set[str] | None) -> dict[str, str]:
    pairs = reader.pairs(body, key)
    for name in pairs:
        if known and name not in known:
            reader.fault(
                reader.map(body, key).at(name), f"`{name}` is not known in `{key}`: {', '.join(sorted(known))}"
            )
    return {name: _target(flow, to) or "" for name, to in pairs.items()}


def _one_of(reader: Reader, body: Map, key: str, known: set[str]) -> str | None:
    value = reader.text(body, key)
    if value and value not in known:
        reader.fault(body.at(key), f"`{key}` is one of: {', '.join(sorted(known))}")
    return value or None


# ---------------------------------------------------------------- the whole


def leads_to(step: Step) -> list[str]:
    """Every step that this one can continue with."""
    ways = [*(c.go for c in step.choices), *step.wait.values(), *step.on.values(), step.go, step.picked]
    return [way for way in ways if way]


def _check_targets(script: Script) -> None:
    for step in script.flows.values():
        for way in leads_to(step):
            if way not in script.flows:
                script.faults.append(
                    Fault(step.file, step.line, f"`{step.name}` goes to `{way}`, which does not exist")
                )


def _check_cards(script: Script) -> None:
    for step in script.flows.values():
        symbols = [*step.symbols, *(choice.symbol for choice in step.choices)]
        if len(symbols) > MOST_ON_A_CARD:
            says = f"`{step.name}` has {len(symbols)} pictures; a card holds {MOST_ON_A_CARD}"
            script.faults.append(Fault(step.file, step.line, says))
        twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1})
        if twice:
            says = f"`{step.name}` shows the same picture twice: {', '.join(twice)}"
            script.faults.append(Fault(step.file, step.line, says))
        if step.text_key and not (symbols or step.picture or step.offer):
            script.faults.append(Fault(step.file, step.line, f"`{step.name}` needs a picture: `symbols` or `choices`"))


def _check_loops(script: Script) -> None:
    """A chain of `go` that comes back to itself would talk for ever."""
    for start in script.flows.values():
        seen, at = {start.name}, start.go
        while at and at in script.flows and at not in seen:
            seen.add(at)
            at = script.flows[at].go
        if at == start.name:
            script.faults.append(Fault(start.file, start.line, f"`{start.name}` goes round in a circle with `go`"))
