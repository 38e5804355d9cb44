"""How a page is made: templates with everything escaped, and the few words they need."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from pathlib import Path
from typing import Any

from babel.dates import format_date
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from bot.care import staff
from bot.clock import local
from bot.console.guard import Visit
from bot.console.once import once
from bot.console.words import _, for_scripts, language, later, several, shown, speaks
from bot.speech import spoken

PREFIX = "/console"
HERE = Path(__file__).resolve().parent
NOTICES = {
    "voorbeeld-gevraagd": later("Gevraagd. Je ziet het hier zodra ze antwoordt."),
    "voorbeeld-weg": later("Het wordt niet verteld."),
    "gevraagd": later("De vraag is onderweg naar de groep."),
    "getoond": later("De groep hoort en ziet het resultaat."),
    "gesloten": later("De vraag is gesloten. De aantallen blijven."),
    "steen": later("Verzet. Zij ziet nu waar ze is."),
    "groep-dicht": later("De groep is afgesloten. Iedereen hoort afscheid."),
    "groep-kopie": later("De nieuwe groep is klaar. Er is nog niemand in."),
    "weerzien": later("De uitnodiging vertrekt."),
    "ingesproken": later("Bewaard. Zodra iemand anders ernaar luisterde, horen moeders deze stem."),
    "goedgekeurd": later("Goed. Moeders horen deze stem vanaf nu."),
    "afgekeurd": later("Genoteerd. Deze zin wordt opnieuw gevraagd."),
    "stem-gewist": later("Alle opnames van deze stem zijn gewist. Ze is nergens meer te horen."),
    "tekst-anders": later("De tekst is intussen veranderd. Spreek de nieuwe in."),
    "getekend": later("Genoteerd wie het nalas."),
    "handtekening-weg": later("De handtekening is weg."),
    "veld": later("Bewaard. Moeders horen dit vanaf nu bij de antwoorden."),
    "klopt": later("Nagekeken: klopt nog."),
    "plaats-weg": later("Uit de lijst. Moeders krijgen dit adres niet meer."),
    "plaats-bewaard": later("Bewaard. Moeders vinden het op de kaart."),
    "verstuurd": later("Verstuurd. Zij hoort jouw antwoord."),
    "afgesloten": later("Goed, geen antwoord nodig."),
    "open": later("De vraag staat weer open."),
    "doorgegeven": later("Doorgegeven aan je collega."),
    "al": later("Een collega was je voor."),
    "afgelast": later("Afgelast. Iedereen hoort het nu."),
    "gaat-door": later("De bijeenkomst gaat toch door. Iedereen hoort het nu."),
    "verplaatst": later("Verplaatst. Iedereen hoort het nu."),
    "plaats": later("Andere plaats. Iedereen hoort het nu."),
    "zelfde": later("Er is niets veranderd."),
    "toegevoegd": later("Toegevoegd. De herinneringen komen vanzelf."),
    "vertrekt": later("Het bericht vertrekt nu."),
    "gestopt": later("Gestopt. Wat nog niet weg was, vertrekt niet meer."),
    "ingetrokken": later("Ingetrokken. Wie het hoorde, hoort nu dat het niet klopt."),
    "toegelaten": later("Zij hoort er nu bij, en hoort dat in haar taal."),
    "links": later("De oude links werken niet meer."),
    "link-weg": later("Die link werkt niet meer."),
    "gedacht": later("Verstuurd. Ze hoort dat jullie aan haar denken, buiten haar stille uren."),
    "uit-groep": later("Ze is uit de groep, en hoort dat vriendelijk."),
    "gewist": later("Alles van haar is gewist."),
    "gegevens": later("Verstuurd. Ze krijgt haar gegevens als bestand in haar eigen chat."),
    "telefoon": later("De nieuwe telefoon is verbonden. De oude hoort dat en stopt."),
    "team": later("Bewaard. Wat iemand mag, verandert meteen."),
    "toestel-weg": later("Afgemeld op dat toestel."),
    "tolk": later("Gevraagd. Wie haar taal spreekt, krijgt de vraag nu in Telegram."),
    "geen-tolk": later("Niemand in dit huis spreekt deze taal. Zet talen bij een collega in Huis."),
    "notitie": later("De notitie is bewaard. Alleen collega’s zien ze."),
    "notitie-weg": later("De notitie is gewist."),
    "drempels": later("De drempels zijn bewaard. Ze tellen mee in het verslag, zonder naam."),
    "weg": later("Bewaard. Wie je vervangt, weet het al."),
    "terug": later("Je bent er weer. Wie je verving, weet het."),
    "onderwerp": later("Het ontwerp is bewaard. Download het voor de inhoudsmap."),
    "onderwerp-weg": later("Het ontwerp is gewist."),
    "gepland": later("Gepland. Het bericht vertrekt vanzelf."),
    "niet-gepland": later("Het plan is weg. Het bericht is weer een ontwerp."),
    "tolk-gevraagd": later("Gevraagd. Wie inspreekt, hoort de moeders van die taal."),
    "stem-weg": later("De ingesproken stem is weg."),
    "gaat-door-stil": later("De bijeenkomst gaat toch door. Nog niemand had gehoord dat ze afgelast was."),
    "geteld": later("Genoteerd. Alleen de aantallen, geen namen."),
    "bewaard": later("Bewaard."),
    "ritme": later("Het ritme is bewaard. De herinneringen komen vanzelf."),
    "vrij": later(
        "Bewaard. Wie al van een bijeenkomst wist, hoort nu dat ze niet doorgaat; de anderen de avond voordien."
    ),
    "vrij-weg": later("De dagen zijn weer gewoon. Wat nog niemand gehoord had, gaat weer door."),
    "vrij-deels": later("De dagen zijn weer gewoon. Wat al afgezegd was, blijft afgelast tot jij het laat doorgaan."),
    "afspraak": later("De afspraak staat. Zij hoort het nu."),
    "afspraak-verplaatst": later("Verplaatst. Zij hoort het nu."),
    "afspraak-af": later("Afgezegd. Zij hoort het nu."),
    "adres-weg": later("Dat adres werkt niet meer."),
    "ingelezen": later("Ingelezen. De herinneringen komen vanzelf."),
}


def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
        extensions=["jinja2.ext.i18n"],
    )
    found.install_gettext_callables(_, several, newstyle=True)  # type: ignore[attr-defined]
    found.filters.update(
        language=language,
        roughly=roughly,
        hello=hello,
        say=_,
        number=number,
        since=since,
        moment=moment,
        hour=hour,
        short=short,
        clock=clock,
        month=month,
        weekday=weekday,
    )
    found.globals.update(
        once=once, home=PREFIX, notices=NOTICES, roles=staff.ROLES, desk_lang=speaks, script_words=for_scripts
    )
    return found


@pass_context
def since(words: Context, then: dt.datetime) -> str:
    """ "3 min", "2 u 5 min", "4 dagen": how long ago, as somebody who waits would say it."""
    minutes = max(0, int((words["now"] - then).total_seconds() // 60))
    if minutes < 1:
        return _("nog geen minuut")
    if minutes < 60:
        return _("{n} min").format(n=minutes)
    if minutes < 24 * 60:
        return (_("{h} u {n} min") if minutes % 60 else _("{h} u")).format(h=minutes // 60, n=minutes % 60)
    days = minutes // (24 * 60)
    return several("{n} dag", "{n} dagen", days).format(n=days)


@pass_context
def moment(words: Context, at: dt.datetime) -> str:
    """ "morgen, donderdag, om 9.30 uur"; "gisteren om 14.10 uur" and earlier: day and month."""
    wall, today = local(at), local(words["now"]).date()
    if wall.date() == today and at <= words["now"]:
        return _("vandaag om {hour} uur").format(hour=hour(at))
    if wall.date() >= today:
        return spoken.moment(at, speaks(), words["now"]).shown
    if (today - wall.date()).days == 1:
        return _("gisteren om {hour} uur").format(hour=hour(at))
    return _("{day} om {hour} uur").format(day=f"{wall.day}/{wall.month}", hour=hour(at))


def hello(greeting: str) -> str:
    """A greeting as it stands on paper: without its last sentence, which is about a button ("then choose this one")."""
    sentences = re.split(r"(?<=[!?؟፧።.])\s+(?![!?])", greeting.strip())
    return " ".join(sentences[:-1] or sentences)


@pass_context
def roughly(words: Context, at: dt.datetime) -> str:
    """ "vandaag", "deze week", "deze maand", "langer geleden": when somebody was last heard, and not to the minute."""
    days = (local(words["now"]).date() - local(at).date()).days
    if days < 1:
        return _("vandaag")
    return _("deze week") if days < 7 else _("deze maand") if days < 31 else _("langer geleden")


def hour(at: dt.datetime) -> str:
    """ "9.30"."""
    return clock(f"{local(at):%H:%M}")


def number(value: float) -> str:
    """ "7,5" in Dutch and French, "7.5" in English; no zeros behind the comma."""
    return f"{value:g}" if speaks() == "en" else f"{value:g}".replace(".", ",")


def clock(text: str) -> str:
    """ "09:00" as "9.00", in English "9:00", in French "9h00"."""
    return text.removeprefix("0").replace(":", {"en": ":", "fr": "h"}.get(speaks(), "."))


def short(at: dt.datetime) -> str:
    """ "24/11"."""
    wall = local(at)
    return f"{wall.day}/{wall.month}"


def month(day: dt.date) -> str:
    """ "november 2026"."""
    return str(format_date(day, "LLLL y", locale=speaks()))


def weekday(day: dt.date) -> str:
    """ "maandag"."""
    return str(format_date(day, "EEEE", locale=speaks()))


ENVIRONMENT = _environment()


def page(name: str, visit: Visit | None, status: int = 200, /, **words: Any) -> HTMLResponse:
    """A whole page, or a piece of one."""
    notice = _(NOTICES.get(visit.request.query_params.get("gedaan", ""), "")) if visit else None
    known: dict[str, Any] = {"visit": visit, "now": visit.now if visit else None, "notice": notice, "here": ""}
    known |= {"here_now": _here(visit), "error": None, "text": "", "kept": None}
    text = ENVIRONMENT.get_template(name).render({**known, **words})
    if visit is None or "gzip" not in visit.request.headers.get("accept-encoding", ""):
        return HTMLResponse(text, status)
    packed = {"content-encoding": "gzip", "vary": "accept-encoding"}
    return HTMLResponse(gzip.compress(text.encode(), 6), status, packed)


def _here(visit: Visit | None) -> str:
    """The address to come back to; empty when this page answers something that was sent."""
    return str(visit.request.url.path) if visit and visit.request.method == "GET" else ""


def back(path: str, done: str = "") -> RedirectResponse:
    """To another page of the desk after something was done; done: a key of NOTICES."""
    more = f"{'&' if '?' in path else '?'}gedaan={done}" if done else ""
    return RedirectResponse(f"{PREFIX}{path}{more}", 303)


def by_htmx(visit: Visit) -> bool:
    """Whether only a piece of the page is wanted."""
    return visit.request.headers.get("hx-request") == "true"
