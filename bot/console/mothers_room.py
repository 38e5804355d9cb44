"""One mother: where she stands, and the few things that a colleague can do for her. Every change stands in the log."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import HTMLResponse, Response

from bot.care import deeds, hush, known, leaving, memberships, missed, new_phone, outbox, partners
from bot.care.dutch import NotSo
from bot.care.turn import FAREWELL, FAREWELL_LASTS
from bot.console.forms import whole
from bot.console.guard import Answering, Running, Visit, there
from bot.console.page import back, page
from bot.console.words import _, later
from bot.db.models import Mother, Staff
from bot.db.people_models import GroupRules
from bot.db.session import Session
from bot.messages import Utterance

router = APIRouter(prefix="/groep/{number}/moeder/{her}")
LEFT_ALONE = {
    "left": later("Ze is nu niet in de groep."),
    "blocked": later("Ze heeft de bot afgezet. Bel of spreek haar zelf."),
    "quiet": later("Ze vroeg om een week stilte. Laat haar nu met rust."),
    "lately": later("Ze kreeg dit al deze maand. Eén keer per maand is genoeg."),
}
MOST_CHILDREN = 15


@router.get("")
async def one(number: int, her: int, visit: Answering) -> Response:
    """Her page."""
    return await _shown(visit, number, her)


@router.post("/denken")
async def think_of_her(number: int, her: int, visit: Answering) -> Response:
    """A picture and a voice: we think of you. At most monthly, and only because a person pressed this."""
    async with visit.desk.db.begin() as session:
        mother = await _her(session, visit, number, her)
        why = await missed.send(session, visit.desk.content, mother, visit.me, visit.now)
    return back(_path(number, her), "zelfde" if why else "gedacht")


@router.post("/proef")
async def try_out(number: int, her: int, visit: Answering, ja: Annotated[str, Form()] = "") -> Response:
    """She may try first, or stays."""
    async with visit.desk.db.begin() as session:
        mother = await _her(session, visit, number, her)
        await memberships.try_out(session, mother, bool(ja), visit.now, visit.me)
    return back(_path(number, her), "bewaard")


@router.post("/kinderen")
async def children(number: int, her: int, visit: Answering, aantal: Annotated[str, Form()] = "") -> Response:
    """How many children she usually brings; empty: what she tells herself counts."""
    noted = whole(aantal)
    if aantal.strip() and (noted is None or noted > MOST_CHILDREN):
        return await _shown(visit, number, her, _("Vul een aantal in van 0 tot {n}.").format(n=MOST_CHILDREN))
    async with visit.desk.db.begin() as session:
        mother = await _her(session, visit, number, her)
        await memberships.note_children(session, mother, noted, visit.now, visit.me)
    return back(_path(number, her), "bewaard")


@router.post("/stoppen")
async def stop(number: int, her: int, visit: Answering) -> Response:
    """Out of the group; she hears it kindly, and can come back."""
    async with visit.desk.db.begin() as session:
        mother = await _her(session, visit, number, her)
        done = await leaving.stop(session, visit.desk.content, mother, visit.me, visit.now)
    return back(_path(number, her), "uit-groep" if done else "zelfde")


@router.post("/terug")
async def return_to(number: int, her: int, visit: Answering) -> Response:
    """In the group again."""
    async with visit.desk.db.begin() as session:
        mother = await _her(session, visit, number, her)
        done = await leaving.back(session, visit.desk.content, mother, visit.me, visit.now)
    return back(_path(number, her), "toegelaten" if done else "zelfde")


# ---------------------------------------------------------------- only for who runs the house


@router.get("/wissen")
async def erase_sure(number: int, her: int, visit: Running) -> Response:
    """Asks once."""
    async with visit.desk.db.begin() as session:
        mother = await _her(session, visit, number, her)
    return page("mother_erase.html", visit, here="groep", group=visit.group(number), m=mother)


@router.post("/wissen")
async def erase(number: int, her: int, visit: Running) -> Response:
    """Everything about her is gone."""
    async with visit.desk.db.begin() as session:
        mother = await _her(session, visit, number, her)
        me = await session.get_one(Staff, visit.me.id)
        await leaving.erase(session, visit.desk.content, mother, me, visit.now)
    return back(f"/groep?groep={number}", "gewist")


@router.post("/gegevens")
async def data(number: int, her: int, visit: Running, naar: Annotated[str, Form()] = "") -> Response:
    """All that is known of her, as a page to print together, or as a file in her own chat."""
    async with visit.desk.db.begin() as session:
        mother = await _her(session, visit, number, her)
        text = known.page(mother.first_name, await known.everything(session, mother), visit.now)
        await deeds.note(session, "data", mother, visit.now, visit.me)
        if naar == "haar":
            (file,) = await hush.hushed(session, mother, [Utterance(kind="document", document=text)], visit.now)
            key, ends = f"data:{mother.id}:{visit.now.timestamp():.0f}", visit.now + FAREWELL_LASTS
            await outbox.put(session, mother.chat_id, file, key=key, now=visit.now, expires_at=ends, about=FAREWELL)
    return back(_path(number, her), "gegevens") if naar == "haar" else HTMLResponse(text)


@router.get("/telefoon")
async def phones(number: int, her: int, visit: Running) -> Response:
    """Which newcomer of the same group is she, on her new telephone?"""
    async with visit.desk.db.begin() as session:
        mother = await _her(session, visit, number, her)
        others = await new_phone.others(session, mother)
    words: dict[str, Any] = {"group": visit.group(number), "m": mother, "others": others, "chosen": None}
    return page("mother_phone.html", visit, here="groep", **words)


@router.get("/telefoon/{other}")
async def phone_sure(number: int, her: int, other: int, visit: Running) -> Response:
    """Both names, side by side, before anything happens."""
    async with visit.desk.db.begin() as session:
        mother, chosen = await _her(session, visit, number, her), await _her(session, visit, number, other)
        try:
            new_phone.check(mother, chosen)
        except NotSo:
            raise HTTPException(404) from None
    words: dict[str, Any] = {"group": visit.group(number), "m": mother, "others": [], "chosen": chosen}
    return page("mother_phone.html", visit, here="groep", **words)


@router.post("/telefoon/{other}")
async def phone(number: int, her: int, other: int, visit: Running, zeker: Annotated[str, Form()] = "") -> Response:
    """The new telephone is hers. zeker: the box beside “I spoke with her”."""
    if not zeker:
        return await phone_sure(number, her, other, visit)
    async with visit.desk.db.begin() as session:
        mother, chosen = await _her(session, visit, number, her), await _her(session, visit, number, other)
        try:
            await new_phone.merge(session, visit.desk.content, mother, chosen, visit.me, visit.now)
        except NotSo:
            raise HTTPException(404) from None
    return back(_path(number, her), "telefoon")


# ---------------------------------------------------------------- step by step


def _path(number: int, her: int) -> str:
    return f"/groep/{number}/moeder/{her}"


async def _her(session: Session, visit: Visit, number: int, her: int) -> Mother:
    """A mother of exactly this group, who agreed."""
    mother: Mother = there(await session.get(Mother, her))
    if visit.group(number).id != mother.group_id or (mother.consented_at is None and mother.status == "new"):
        raise HTTPException(404)
    return mother


async def _shown(visit: Visit, number: int, her: int, error: str | None = None) -> Response:
    async with visit.desk.db.begin() as session:
        mother = await _her(session, visit, number, her)
        row = await memberships.of(session, mother, mother.consented_at or mother.created_at)
        beside, rules = await partners.of(session, mother), await session.get(GroupRules, number)
        told = (await memberships.children_of(session, number)).get(mother.id)
    words: dict[str, Any] = {
        "group": visit.group(number), "m": mother, "row": row, "told": told, "error": error,
        "partner": beside is not None and beside.chat_id is not None, "runs": visit.may("house", number),
        "asks_after": rules.trial_meetings if rules and rules.trial_meetings else memberships.TRIAL_MEETINGS,
        "alone": _(LEFT_ALONE.get(missed.why_not(mother, row, visit.now), "")),
    }  # fmt: skip
    return page("mother.html", visit, 422 if error else 200, here="groep", **words)
