"""What the host does from the command line with the life of a group: made from a template, copied to a new year, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.care import cohort, groups, meetings, templates
from bot.care.content import load as load_content
from bot.db.models import Group
from bot.db.session import Session
from bot.office import _day, _days, _hour, _link, _pin, office

if TYPE_CHECKING:
    from bot.settings import Settings


async def new_group(settings: Settings, name: str, asked: dict[str, str]) -> str:
    """A group from a template with what is asked besides; the sentences about it. ValueError says what is missing."""
    known = templates.load(settings.content)
    if name not in known:
        raise ValueError(f"There is no template “{name}”. Known: {', '.join(known)}.")
    fields = templates.fields(known[name], _given(asked))
    async with office(settings) as (session, now):
        group = await groups.create(session, house=asked["house"], now=now, **fields)
        planned = await meetings.plan(session, group, now)
        code = await groups.invite(session, group, now)
        return (
            f"Group {group.id}, {group.name}: {len(planned)} meetings, {await meetings.hours(session, group):g} hours, "
            f"holidays skipped, until {group.last_day}.\n{known[name].says}\n"
            f"Link for the mothers, {groups.INVITE_DAYS} days valid:\n{await _link(session, code)}"
        )


async def list_templates(settings: Settings) -> str:
    """One line a template."""
    found = templates.load(settings.content).values()
    return "\n".join(f"{one.id}: {one.name}{f' ({one.town})' if one.town else ''}. {one.says}" for one in found)


async def close_group(settings: Settings, number: int) -> str:
    """Closes a group with its goodbye; the sentence about it. ValueError: no such open group."""
    content = load_content(settings.content)
    async with office(settings) as (session, now):
        group = await _open(session, number)
        members = len(await groups.members(session, group.id))
        await cohort.close(session, content, group, now)
        return (
            f"{group.name} is closed. {members} mothers hear goodbye and are asked what they want next; "
            f"links and reminders have ended. The same for a new year: stapsteen group copy {group.id}"
        )


async def copy_group(settings: Settings, number: int, first: str, last: str, name: str) -> str:
    """A group for a new school year; the sentences about it. ValueError: no such group, or days that cannot be."""
    async with office(settings) as (session, now):
        group = await session.get(Group, number)
        if group is None:
            raise ValueError(f"There is no group {number}. See: stapsteen group list")
        new, planned = await cohort.copy(session, group, _day(first), _day(last), now, name)
        code = await groups.invite(session, new, now)
        return (
            f"Group {new.id}, {new.name}: {planned} meetings, nobody in it yet.\n"
            f"Link for the mothers, {groups.INVITE_DAYS} days valid:\n{await _link(session, code)}"
        )


async def _open(session: Session, number: int) -> Group:
    group = await session.get(Group, number)
    if group is None or group.closed_at:
        raise ValueError(f"There is no open group {number}. See: stapsteen group list")
    return group


def _given(asked: dict[str, str]) -> templates.Given:
    """The words of the command line as days and hours. ValueError for those that are none."""
    lat, lon = _pin(asked["pin"])
    more: dict[str, Any] = {"place": asked["place"], "address": asked["address"], "guide": asked["guide"]}
    more |= {"name": asked["name"], "childcare_place": asked["childcare"], "lat": lat, "lon": lon}
    return templates.Given(
        first=_day(asked["first"]),
        last=_day(asked["last"]) if asked["last"] else None,
        days=tuple(_days(asked["days"])) if asked["days"] else (),
        starts=_hour(asked["starts"]) if asked["starts"] else "",
        ends=_hour(asked["ends"]) if asked["ends"] else "",
        more=more,
    )
