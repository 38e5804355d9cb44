"""Stepping stones at the desk: where each mother stands on the way to childcare, and the path itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from bot.care import groups, stones
from bot.console.guard import Answering, Visit
from bot.console.page import back, page
from bot.console.words import in_words
from bot.db.models import Mother
from bot.db.session import Session

router = APIRouter(prefix="/groep/{number}/stapstenen")


@router.get("")
async def on_the_way(number: int, visit: Answering) -> Response:
    """Everybody with her stone, and the path."""
    return await _page(visit, number)


@router.post("/{mother_id}")
async def move(number: int, mother_id: int, visit: Answering, steen: Annotated[str, Form()] = "") -> Response:
    """Sets her on a stone, or back before the first; she sees where she is."""
    visit.group(number)
    async with visit.desk.db.begin() as session:
        mother = await _member(session, visit, number, mother_id)
        try:
            moved = await stones.move(session, visit.desk.content, mother, steen or None, visit.now, by=visit.me)
        except ValueError:
            raise HTTPException(404) from None
    return back(f"/groep/{number}/stapstenen", "steen" if moved else "zelfde")


@router.post("/pad/bewaren")
async def change(number: int, visit: Answering, request: Request) -> Response:
    """The path of this group: order, own names, what is hidden. "op" and "neer" name a stone to move one place."""
    group, told = visit.group(number), await request.form()
    try:
        async with visit.desk.db.begin() as session:
            steps = await stones.path(session, visit.desk.content, group.id)
            await stones.change(session, group, _changed(steps, told), visit.now)
    except ValueError as why:
        return await _page(visit, number, in_words(why))
    return back(f"/groep/{number}/stapstenen", "bewaard")


def _changed(steps: list[stones.Step], told: FormData) -> list[stones.Step]:
    """The path as the form has it."""
    new = [
        replace(step, name=str(told.get(f"naam-{step.id}", "")).strip(), hidden=told.get(f"toon-{step.id}") != "ja")
        for step in steps
    ]
    ids = [step.id for step in new]
    for word, by in (("op", -1), ("neer", 1)):
        if (name := str(told.get(word, ""))) in ids:
            at = ids.index(name)
            to = max(0, min(len(new) - 1, at + by))
            new[at], new[to] = new[to], new[at]
    return new


async def _page(visit: Visit, number: int, error: str | None = None) -> Response:
    group, content = visit.group(number), visit.desk.content
    async with visit.desk.db.begin() as session:
        steps = await stones.path(session, content, group.id)
        members = await groups.members(session, group.id)
        where = await stones.of_all(session, group.id)
    shown = [step for step in steps if not step.hidden]
    order = {step.id: n for n, step in enumerate(shown)}
    people = [(mother, order.get(where.get(mother.id, ""), -1)) for mother in members]
    signs = {step.id: content.emoji.get(step.symbol, "") for step in steps}
    words = {"steps": steps, "shown": shown, "people": people, "signs": signs, "error": error}
    return page("stones.html", visit, 422 if error else 200, here="groep", group=group, **words)


async def _member(session: Session, visit: Visit, number: int, mother_id: int) -> Mother:
    mother = await visit.mother(session, mother_id)
    if mother.group_id != number:
        raise HTTPException(404)
    return mother
