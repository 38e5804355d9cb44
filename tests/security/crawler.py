"""A visitor who follows every link and sends every form of the desk, with words in it that must never come out as markup."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
from fastapi import FastAPI

EVIL = "zebra<zebra>\"'{{7*7}}</textarea></script><img src=x onerror=alert(1)>"
TIMES = 2  # so often each route is tried in each manner
ONCE = re.compile(r"\?eens=[\w-]+")  # a form's own word: another on every page, and the form is the same
SKIP = ("/logout", "/login", "/live", "/static/")
Form = tuple[str, str, dict[str, Any]]  # method, address, what is filled in


@dataclass
class Visited:
    """What was seen: requests in order, and how they ended."""

    sent: list[Form] = field(default_factory=list)
    found: list[tuple[Form, int, str]] = field(default_factory=list)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._select, self._form = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a" and said.get("href", "").startswith("/console"):
            self.links.append(said["href"].split("#")[0])
        if tag == "form":
            self._form = True
            self.forms.append((said.get("method", "get").upper(), said.get("action", ""), {}))
        if not self._form:
            return
        filled = self.forms[-1][2]
        if tag == "select":
            self._select = said.get("name", "")
        elif tag == "option" and self._select:
            filled.setdefault(self._select, said.get("value", ""))
        elif tag in ("input", "textarea", "button") and said.get("name"):
            kind = said.get("type", "text")
            if kind in ("hidden", "radio", "date", "time", "number", "submit") or tag == "button":
                filled.setdefault(said["name"], said.get("value", ""))
            elif kind == "checkbox":
                filled.setdefault(said["name"], said.get("value", "on"))
            elif kind != "file":
                filled[said["name"]] = said.get("value") or EVIL

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = False
        if tag == "select":
            self._select = ""


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """(method, path) of every route of the desk."""
    paths: dict[str, Any] = app.openapi()["paths"]
    return sorted((method.upper(), path) for path, methods in paths.items() for method in methods)


def route_of(app: FastAPI, method: str, address: str) -> str:
    """Which route of the application answers this; of two the one with fewer holes."""
    path = address.split("?")[0].split("#")[0]
    fitting = [
        p
        for m, p in routes(app)
        if m == method and re.fullmatch(re.sub(r"\\?\{[^}]+\\?\}", "[^/]+", re.escape(p)), path)
    ]
    return f"{method} {min(fitting, key=lambda p: p.count('{'), default='(none)')}"


async def crawl(app: FastAPI, browser: httpx.AsyncClient, most: int = 400) -> Visited:
    """From the door on: every link, every form as it stands, and every form with evil words in each field that takes words."""
    visited, times, waiting = Visited(), Counter[str](), [("GET", "/console/", dict[str, Any]())]
    seen: set[str] = set()
    for _ in itertools.count():
        if not waiting or len(visited.sent) >= most:
            return visited
        method, address, data = waiting.pop(0)
        name = route_of(app, method, address)
        mark = f"{method} {ONCE.sub('', address)} {sorted(data.items())}"
        if any(part in address for part in SKIP) or mark in seen or times[name] >= TIMES:
            continue
        seen.add(mark)
        times[name] += 1
        answer = await knock(browser, (method, address, data))
        visited.sent.append((method, address, data))
        visited.found.append(((method, address, data), answer.status_code, answer.text))
        if answer.is_redirect:
            waiting.insert(0, ("GET", re.sub(r"^https?://[^/]+", "", answer.headers["location"]), {}))
        page = _Page()
        page.feed(answer.text)
        here = address.split("?")[0]
        waiting += [("GET", link, {}) for link in page.links]
        forms = [(how, action or here, data) for how, action, data in page.forms if how in ("GET", "POST")]
        waiting += [form for form in forms if form[0] == "POST"]
    return visited


async def knock(browser: httpx.AsyncClient, form: Form) -> httpx.Response:
    """Sends it as a browser would from our own page."""
    method, address, data = form
    if method == "GET":
        return await browser.get(address)
    return await browser.post(address, data=data, headers={"sec-fetch-site": "same-origin"})
