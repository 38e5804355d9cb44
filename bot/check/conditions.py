"""An answer that sends her to a service says who may come, what it costs and in which language she can speak, or leaves it to ask."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.flow.load import Script
from bot.flow.model import SERVICE
from bot.flow.reading import Fault

# one of these stands in the Dutch answer that claims to say it
WORDS = {
    "who": re.compile(r"\b(mag|mogen|voor|voorrang|vanaf|zonder|sturen|kinderen die)\b", re.IGNORECASE),
    "cost": re.compile(r"\b(gratis|betaal|betalen|kost|kosten|prijs|goedkoop)\b", re.IGNORECASE),
    "language": re.compile(r"\b(taal|tolk|Nederlands)\b", re.IGNORECASE),
}


def faults(script: Script) -> Iterator[Fault]:
    """Topics without `service`, with a field that is neither said nor ask, or that claim to say what no word of theirs says."""
    for topic in script.topics.values():
        step = script.flows[f"faq.{topic.id}"]
        where = step.file, step.line
        if topic.service is None:
            yield Fault(
                *where, f"the topic `{topic.id}` needs `service`: no, or {{who, cost, language}}, each said or ask"
            )
            continue
        for name in SERVICE if topic.service else ():
            told = topic.service.get(name)
            if told not in ("said", "ask"):
                yield Fault(*where, f"`service` of `{topic.id}`: `{name}` is said or ask")
            elif told == "said" and not WORDS[name].search(script.source.get(step.text_key or "", "")):
                yield Fault(*where, f"`service` of `{topic.id}`: its Dutch does not say `{name}`; write ask")
