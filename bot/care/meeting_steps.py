"""What a flow can do about meetings and appointments: find the next one, answer, hear how it is by now."""

from __future__ import annotations

from bot.care import appointments, headcount, meetings
from bot.care.turn import Effect, Outcome, Turn
from bot.care.whereabouts import told, way, where
from bot.db.calendar_models import Appointment
from bot.db.models import Group, Meeting
from bot.flow.model import Slots

OLD = (
    "pins",
    "warning",
    "before",
    "after",
    "signs",
    "photos",
    "line",
    "stop",
    "price",
    "theme",
)  # what an older button said of it


async def next_meeting(turn: Turn, args: Slots) -> Outcome:
    """The next meeting of her group. "found", "found_guide", "other" (not the usual place), "none", "no_group"."""
    group = await _group(turn)
    if group is None or turn.mother.status != "member":
        return Outcome("no_group")
    coming = await meetings.coming(turn.session, group.id, turn.now)
    return await _shown(turn, group, coming[0]) if coming else Outcome("none")


async def same_meeting(turn: Turn, args: Slots) -> Outcome:
    """The meeting of an old button, as it is by now. Outcomes as for `next_meeting`."""
    meeting = await turn.session.get(Meeting, int(args["meeting"]))
    group = await _group(turn)
    if meeting is None or group is None:
        return Outcome("none")
    return await _shown(turn, group, meeting)


async def answer(turn: Turn, args: Slots) -> Outcome:
    """I come, late, leave early, cannot, and how many children. "ok", "late" or "early" (with the children told), "past",
    "cancelled", "changed", "gone"."""
    said = str(args.get("answer", ""))
    told_of = str(args.get("children", ""))
    children = int(told_of) if told_of.isdecimal() and turn.place.step == "reminder.count" else None
    meeting = str(args.get("meeting", ""))
    if not meeting.isdecimal():
        return Outcome("gone")
    asked = str(args.get("version", "1"))  # a button of before versions were written down is about the first one
    version = int(asked) if asked.isdecimal() else 0
    result = await headcount.answer(turn.session, turn.mother, int(meeting), said, turn.now, children, version)
    return Outcome(said if result == "ok" and said in ("late", "early") and children is not None else result)


async def answer_appointment(turn: Turn, args: Slots) -> Outcome:
    """She comes to her appointment, or cannot. "come", "cannot", "past", "cancelled", "gone"; "talk", "home": it changed since."""
    number, version = (str(args.get(name, "")) for name in ("appointment", "version"))
    if not (number.isdecimal() and version.isdecimal()):
        return Outcome("gone")
    said = str(args.get("answer", ""))
    result = await appointments.answer(turn.session, turn.mother, int(number), said, turn.now, int(version))
    return await _appointment(turn, int(number), result)


async def same_appointment(turn: Turn, args: Slots) -> Outcome:
    """Her appointment as it is by now. "talk", "home", "cancelled", "past", "gone"."""
    number = str(args.get("appointment", ""))
    return await _appointment(turn, int(number) if number.isdecimal() else 0, "")


async def _appointment(turn: Turn, number: int, result: str) -> Outcome:
    made = await turn.session.get(Appointment, number)
    if made is None or made.mother_id != turn.mother.id:
        return Outcome("gone")
    group = await turn.session.get_one(Group, made.group_id)
    return Outcome(result or appointments.how_it_is(made, turn.now), appointments.about(made, group))


async def _shown(turn: Turn, group: Group, meeting: Meeting) -> Outcome:
    at = where(group, meeting)
    around, there = await told(turn.session, group, meeting), await way(turn.session, group, meeting)
    photos = [*around.get("photos", []), *there.get("photos", [])]
    slots: Slots = {**dict.fromkeys(OLD), **around, **there, "photos": photos}
    if at.childcare_lat is not None and at.childcare_lon is not None and at.childcare_place not in ("", at.place):
        pin = {"lat": at.childcare_lat, "lon": at.childcare_lon}
        child = {**pin, "title": f"🧸 {at.childcare_place}", "address": at.childcare_address}
        slots["pins"] = [*(slots["pins"] or []), child]
    return Outcome("other" if at.other else "found_guide" if at.guide else "found", slots)


async def _group(turn: Turn) -> Group | None:
    return await turn.session.get(Group, turn.mother.group_id) if turn.mother.group_id else None


STEPS: dict[str, Effect] = {
    "answer": answer,
    "answer_appointment": answer_appointment,
    "next_meeting": next_meeting,
    "same_appointment": same_appointment,
    "same_meeting": same_meeting,
}
