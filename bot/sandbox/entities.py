"""Formatted text: HTML, MarkdownV2 and Markdown to plain text with entities, and the entities that Telegram finds by itself.

Offsets and lengths count UTF-16 units, as Telegram's do.
"""

from __future__ import annotations

import html
import re
from typing import Any

from .rules import bad

Entity = dict[str, Any]
TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline", "s": "strikethrough",
    "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre", "a": "text_link", "tg-spoiler": "spoiler",
    "span": "spoiler", "blockquote": "blockquote",
}  # fmt: skip
_TOKEN = re.compile(r"<(/?)([a-zA-Z-]+)([^>]*)>|<")
_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/]))|(?P<url>https?://[^\s<>\"]+)"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]+\w)|(?P<mention>(?<!\w)@[A-Za-z]\w{3,31})|(?P<hashtag>(?<!\w)#\w+)"
)
MARKS = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
    "`": "code",
    "```": "pre",
}
RESERVED = "_*[]()~`>#+-=|{}.!"


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(ch > "\uffff" for ch in text)


def parse(text: str, mode: str) -> tuple[str, list[Entity]]:
    """Plain text and its entities. Raises ApiError with Telegram's "can't parse entities"."""
    if not mode:
        return text, []
    kinds = {"html": _html, "markdownv2": _markdown_v2, "markdown": _markdown}
    if mode.lower() not in kinds:
        raise bad("unsupported parse_mode")
    return kinds[mode.lower()](text)


def automatic(text: str, taken: list[Entity]) -> list[Entity]:
    """Commands, links, addresses and mentions in plain text, beside the entities that are given."""
    if not any(sign in text for sign in "/@#"):
        return taken
    covered = [(e["offset"], e["offset"] + e["length"]) for e in taken if e["type"] in ("code", "pre", "text_link")]
    found = list(taken)
    for hit in _FOUND.finditer(text):
        start = units(text[: hit.start()])
        if not any(a <= start < b for a, b in covered):
            found.append({"offset": start, "length": units(hit[0]), "type": str(hit.lastgroup)})
    return sorted(found, key=lambda e: int(e["offset"]))


def _html(text: str) -> tuple[str, list[Entity]]:
    out: list[str] = []
    size = at = 0
    open_tags: list[tuple[str, int, str]] = []
    entities: list[Entity] = []
    for token in _TOKEN.finditer(text):
        plain = html.unescape(text[at : token.start()])
        out.append(plain)
        size += units(plain)
        at = token.end()
        name = (token[2] or "").lower()
        if name not in TAGS:
            where = len(text[: token.start()].encode())
            raise bad(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {where}')
        if not token[1]:
            open_tags.append((name, size, token[3]))
            continue
        if not open_tags or open_tags[-1][0] != name:
            raise bad(f"can't parse entities: Unexpected end tag at byte offset {len(text[: token.start()].encode())}")
        _, start, attributes = open_tags.pop()
        if size > start:
            entities.append({"offset": start, "length": size - start, "type": TAGS[name]} | _href(name, attributes))
    if open_tags:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1][0]}\"")
    out.append(html.unescape(text[at:]))
    return "".join(out), sorted(entities, key=lambda e: (e["offset"], -e["length"]))


def _href(name: str, attributes: str) -> Entity:
    found = re.search(r"href\s*=\s*[\"']?([^\"'\s>]+)", attributes) if name == "a" else None
    return {"url": html.unescape(found[1])} if found else {}


def _markdown_v2(text: str) -> tuple[str, list[Entity]]:
    return _marked(text, MARKS, RESERVED)


def _markdown(text: str) -> tuple[str, list[Entity]]:
    return _marked(text, {"*": "bold", "_": "italic", "`": "code", "```": "pre"}, "")


def _marked(text: str, marks: dict[str, str], reserved: str) -> tuple[str, list[Entity]]:
    out: list[str] = []
    open_marks: list[tuple[str, int]] = []
    entities: list[Entity] = []
    at = size = 0
    while at < len(text):
        mark = next((m for m in (text[at : at + 3], text[at : at + 2], text[at]) if m in marks), None)
        link = re.compile(r"\[([^\]]*)\]\(([^)]*)\)").match(text, at) if text[at] == "[" else None
        verbatim = bool(open_marks) and open_marks[-1][0] in ("`", "```")
        if text[at] == "\\" and at + 1 < len(text):
            piece, at = text[at + 1], at + 2
        elif mark and (not verbatim or open_marks[-1][0] == mark):
            at += len(mark)
            if open_marks and open_marks[-1][0] == mark:
                start = open_marks.pop()[1]
                entities.append({"offset": start, "length": size - start, "type": marks[mark]})
            else:
                open_marks.append((mark, size))
            continue
        elif link and not verbatim:
            piece, at = link[1], link.end()
            entities.append({"offset": size, "length": units(piece), "type": "text_link", "url": link[2]})
        else:
            if text[at] in reserved and not verbatim:
                raise bad(
                    f"can't parse entities: Character '{text[at]}' is reserved and must be escaped with the preceding '\\'"
                )
            piece, at = text[at], at + 1
        out.append(piece)
        size += units(piece)
    if open_marks:
        raise bad(f"can't parse entities: Can't find end of the entity starting at byte offset {open_marks[-1][1]}")
    return "".join(out), sorted(entities, key=lambda e: (e["offset"], -e["length"]))
