"""An answer of the fact base as a reply to one mother: looked up by staff in Dutch, heard by her in her language."""

from __future__ import annotations

import datetime as dt

from bot.care import local as local_fields
from bot.care import render
from bot.care.content import Content
from bot.clock import local
from bot.db.models import Group
from bot.flow.model import Say, Slots, Topic
from bot.messages import Utterance


def label(content: Content, topic_id: str) -> str:
    """Its Dutch label; its id when it no longer exists."""
    topic = content.topics.get(topic_id)
    found = content.phrases.get("nl", topic.label_key) if topic else None
    return found.text if found else topic_id


def words(content: Content, topic_id: str) -> str:
    """Its Dutch text."""
    found = content.phrases.get("nl", content.flows[f"faq.{topic_id}"].text_key or "")
    return found.text if found else ""


def search(content: Content, wanted: str, said: str = "", lang: str = "nl") -> list[tuple[Topic, bool]]:
    """Topics whose label or text holds all the wanted words; with True those that fit what she said herself, on top."""
    near: list[str] = []
    if said.strip():
        match = content.matcher.find(said, lang)
        near = [name for name in dict.fromkeys([match.topic, *match.candidates]) if name in content.topics]
    asked = wanted.casefold().split()
    found = []
    for name, topic in content.topics.items():
        text = f"{label(content, name)} {words(content, name)} {name}".casefold()
        if all(word in text for word in asked):
            found.append((topic, name in near))
    order = {name: n for n, name in enumerate(near)}
    return sorted(found, key=lambda one: (not one[1], order.get(one[0].id, 0)))


def utterances(
    content: Content, topic_id: str, lang: str, group: Group | None, now: dt.datetime, voice_lang: str | None = None
) -> list[Utterance]:
    """What she gets: picture, voice and text with what her group filled in, and the buttons of the answer. KeyError: no such topic."""
    topic = content.topics[topic_id]
    lines = local_fields.lines(topic, group.local if group else {}, local(now).date()) if topic.local else []
    slots: Slots = {"local": lines} if lines else {"ask_first": True} if topic.needs else {}
    return render.utterances(content, lang, Say(f"faq.{topic_id}", slots), now, voice_lang=voice_lang)
