"""A deputy with another role by now: what she may not see any more does not come to her either."""

from __future__ import annotations

from bot.care import away, inbox_lists, staff
from bot.db.models import StaffGroup
from tests.care.conftest import NOON, Cast, make_group, make_staff, words_to
from tests.care.test_inbox_around import TODAY, ask


async def test_a_deputy_who_became_a_volunteer_gets_no_questions_any_more(cast: Cast) -> None:
    klimop = await make_group(cast.session, name="Klimop")
    bea = await make_staff(cast.session, "Bea", "coordinator", klimop)
    await away.add(cast.session, cast.rose, bea, TODAY, TODAY, NOON)
    assert [p.name for p in await away.with_deputies(cast.session, [cast.rose], NOON)] == ["Rose", "Bea"]
    (await cast.session.get_one(StaffGroup, (bea.id, klimop.id))).role = "volunteer"
    question = await ask(cast)
    assert "Waar is de crèche?" in await words_to(cast.session, cast.rose.chat_id)
    assert "Waar is de crèche?" not in await words_to(cast.session, bea.chat_id)
    assert [p.name for p in await away.with_deputies(cast.session, [cast.rose], NOON)] == ["Rose"]
    assert cast.group.id not in [g.id for g in await staff.groups_of(cast.session, bea, NOON)]
    assert not await inbox_lists.may_see(cast.session, bea, question, NOON)


async def test_who_stands_in_for_a_volunteer_may_be_a_volunteer(cast: Cast) -> None:
    other = await make_staff(cast.session, "Jo", "volunteer", cast.group)
    await away.add(cast.session, cast.vera, other, TODAY, TODAY, NOON)
    assert [p.name for p in await away.with_deputies(cast.session, [cast.vera], NOON)] == ["Vera", "Jo"]
