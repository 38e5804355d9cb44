"""How a page is made: templates with everything escaped, and the few words they need."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from bot.care import staff, tell
from bot.clock import local
from bot.console.guard import Visit
from bot.console.words import _, several
from bot.speech import spoken

PREFIX = "/console"
HERE = Path(__file__).resolve().parent
NOTICES = {
    "verstuurd": "Verstuurd. Zij hoort jouw antwoord.",
    "afgesloten": "Goed, geen antwoord nodig.",
    "open": "De vraag staat weer open.",
    "doorgegeven": "Doorgegeven aan je collega.",
    "al": "Een collega was je voor.",
    "afgelast": "Afgelast. Iedereen hoort het nu.",
    "gaat-door": "De bijeenkomst gaat toch door. Iedereen hoort het nu.",
    "verplaatst": "Verplaatst. Iedereen hoort het nu.",
    "plaats": "Andere plaats. Iedereen hoort het nu.",
    "zelfde": "Er is niets veranderd.",
    "toegevoegd": "Toegevoegd. De herinneringen komen vanzelf.",
    "vertrekt": "Het bericht vertrekt nu.",
    "gestopt": "Gestopt. Wat nog niet weg was, vertrekt niet meer.",
    "ingetrokken": "Ingetrokken. Wie het hoorde, hoort nu dat het niet klopt.",
    "toegelaten": "Zij hoort er nu bij, en hoort dat in haar taal.",
    "links": "De oude links werken niet meer.",
}


def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.install_gettext_callables(_, several, newstyle=True)  # type: ignore[attr-defined]
    found.filters.update(language=tell.language, since=since, moment=moment, hour=hour, short=short, clock=clock)
    found.globals.update(home=PREFIX, notices=NOTICES, roles=staff.ROLES)
    return found


@pass_context
def since(words: Context, then: dt.datetime) -> str:
    """ "3 min", "2 u 5 min", "4 dagen": how long ago, as somebody who waits would say it."""
    minutes = max(0, int((words["now"] - then).total_seconds() // 60))
    if minutes < 1:
        return "nog geen minuut"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} u {minutes % 60} min" if minutes % 60 else f"{minutes // 60} u"
    days = minutes // (24 * 60)
    return "1 dag" if days == 1 else f"{days} dagen"


@pass_context
def moment(words: Context, at: dt.datetime) -> str:
    """ "morgen, donderdag, om 9.30 uur"; "gisteren om 14.10 uur" and earlier: day and month."""
    wall, today = local(at), local(words["now"]).date()
    if wall.date() == today and at <= words["now"]:
        return f"vandaag om {hour(at)} uur"
    if wall.date() >= today:
        return spoken.moment(at, "nl", words["now"]).shown
    day = "gisteren" if (today - wall.date()).days == 1 else f"{wall.day}/{wall.month}"
    return f"{day} om {hour(at)} uur"


def hour(at: dt.datetime) -> str:
    """ "9.30"."""
    wall = local(at)
    return f"{wall.hour}.{wall.minute:02}"


def clock(text: str) -> str:
    """ "09:00" as "9.00"."""
    return text.removeprefix("0").replace(":", ".")


def short(at: dt.datetime) -> str:
    """ "24/11"."""
    wall = local(at)
    return f"{wall.day}/{wall.month}"


ENVIRONMENT = _environment()


def page(name: str, visit: Visit | None, status: int = 200, **words: Any) -> HTMLResponse:
    """A whole page, or a piece of one."""
    notice = NOTICES.get(visit.request.query_params.get("gedaan", "")) if visit else None
    known: dict[str, Any] = {"visit": visit, "now": visit.now if visit else None, "notice": notice, "here": ""}
    known |= {"error": None, "text": "", "kept": None}
    text = ENVIRONMENT.get_template(name).render({**known, **words})
    return HTMLResponse(text, status)


def back(path: str, done: str = "") -> RedirectResponse:
    """To another page of the desk after something was done; done: a key of NOTICES."""
    more = f"{'&' if '?' in path else '?'}gedaan={done}" if done else ""
    return RedirectResponse(f"{PREFIX}{path}{more}", 303)


def by_htmx(visit: Visit) -> bool:
    """Whether only a piece of the page is wanted."""
    return visit.request.headers.get("hx-request") == "true"
