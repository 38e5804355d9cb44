"""The engine: pure, with limits, and whatever is tapped leads somewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care.content import Content
from bot.flow import engine
from bot.flow.model import Choice, Do, Place, Say, Step
from bot.messages import Heard


def step(name: str, **fields: object) -> Step:
    flow, _, step_id = name.partition(".")
    return Step(flow=flow, id=step_id, **({"text_key": f"{name}.text"} | fields))  # type: ignore[arg-type]


def heard(kind: str, **fields: object) -> Heard:
    return Heard(kind=kind, chat_id=1, **fields)  # type: ignore[arg-type]


FLOWS = {
    s.name: s
    for s in (
        step("home.menu", choices=(Choice("ask", "ask", "l", "ask.start"), Choice("x", "x", "l", "two.a", {"n": "1"}))),
        step("ask.start", wait={"voice": "ask.words", "again": "two.b"}),
        step("ask.words", text_key=None, do="ask", args={"a": "b"}, on={"ok": "two.b"}),
        step("heard.words", text_key=None, do="ask", on={"ok": "two.b"}),
        step("heard.typed", text_key=None, do="typed", on={"human": "two.b"}),
        step("two.a", go="two.b"),
        step("two.b"),
        step("round.a", go="round.b"),
        step("round.b", go="round.a"),
        step("faq.nood"),
        step("faq.price"),
        step("offer.topics", offer="topics"),
        step("offer.languages", offer="languages", picked="two.b"),
    )
}
HOME = Place("home.menu")


def press(flow: str, step_id: str, choice: str, **args: object) -> dict[str, object]:
    return {"flow": flow, "step": step_id, "choice": choice, "args": args}


def test_a_choice_leads_to_its_step_with_what_it_carries() -> None:
    turn = engine.hear(FLOWS, HOME, heard("press"), press("home", "menu", "x", meeting=7))
    assert turn.place == Place("two.b", {"meeting": 7, "n": "1"})
    assert [e.step for e in turn.effects if isinstance(e, Say)] == ["two.a", "two.b"]


def test_an_old_button_acts_as_if_she_stood_there() -> None:
    turn = engine.hear(FLOWS, Place("two.b", {"other": 1}), heard("press"), press("home", "menu", "ask"))
    assert turn.place == Place("ask.start")


def test_a_button_that_means_nothing_leads_home() -> None:
    for pressed in (None, {}, press("no", "where", "x"), {"flow": None, "args": "words"}):
        assert engine.hear(FLOWS, HOME, heard("press"), pressed).effects == (Say("home.menu"),)


def test_a_choice_that_is_gone_shows_its_step_again() -> None:
    turn = engine.hear(FLOWS, HOME, heard("press"), press("two", "b", "gone", meeting=7))
    assert turn.effects == (Say("two.b", {"meeting": 7}),)


def test_hear_again_changes_nothing() -> None:
    turn = engine.hear(FLOWS, Place("ask.start"), heard("press"), press("two", "b", engine.AGAIN, meeting=7))
    assert turn == engine.Turn(Place("ask.start"), (Say("two.b", {"meeting": 7}),))


def test_in_dutch_says_the_same_in_dutch() -> None:
    turn = engine.hear(FLOWS, HOME, heard("press"), press("two", "b", engine.DUTCH))
    assert turn.effects == (Say("two.b", {}, lang="nl"),)


def test_hear_again_is_an_answer_where_the_step_waits_for_it() -> None:
    turn = engine.hear(FLOWS, Place("ask.start"), heard("press"), press("ask", "start", engine.AGAIN))
    assert [e.step for e in turn.effects if isinstance(e, Say)] == ["ask.start", "two.b"]


@pytest.mark.parametrize(
    ("choice", "lands"), [(engine.PERSON, "ask.start"), (engine.TO_HOME, "home.menu"), (engine.SOS, "faq.nood")]
)
def test_the_footer_leads_to_a_person_home_and_sos(choice: str, lands: str) -> None:
    assert engine.hear(FLOWS, HOME, heard("press"), press("two", "b", choice)).place.step == lands


def test_words_where_the_step_waits_take_its_way() -> None:
    turn = engine.hear(FLOWS, Place("ask.start", {"n": 1}), heard("voice"))
    assert turn.effects == (Do("ask", {"n": 1, "a": "b"}),)


@pytest.mark.parametrize(("kind", "effect"), [("voice", "ask"), ("photo", "ask"), ("text", "typed")])
def test_words_that_nobody_asked_for_are_not_lost(kind: str, effect: str) -> None:
    [done] = engine.hear(FLOWS, Place("two.b"), heard(kind)).effects
    assert isinstance(done, Do)
    assert done.name == effect


def test_an_outcome_takes_its_way_and_is_remembered() -> None:
    turn = engine.done(FLOWS, Place("ask.words", {"n": 1}), "ok", {"more": 2})
    assert turn.place == Place("two.b", {"n": 1, "more": 2})


def test_an_outcome_without_a_way_stays_where_it_is() -> None:
    assert engine.done(FLOWS, Place("ask.words"), "strange").effects == ()


def test_home_forgets_what_was_remembered_along_the_way() -> None:
    assert engine.go(FLOWS, Place("two.b", {"n": 1}), "home.menu").place == Place("home.menu")


def test_steps_that_go_round_end_at_home() -> None:
    turn = engine.go(FLOWS, HOME, "round.a")
    assert turn.place == Place("home.menu")
    assert len(turn.effects) == engine.STEPS_A_TURN + 1


def test_an_offered_topic_leads_to_its_answer_and_another_shows_the_offer_again() -> None:
    assert engine.hear(FLOWS, HOME, heard("press"), press("offer", "topics", "price")).place.step == "faq.price"
    assert engine.hear(FLOWS, HOME, heard("press"), press("offer", "topics", "none")).place.step == "offer.topics"


def test_an_offered_language_is_remembered() -> None:
    turn = engine.hear(FLOWS, HOME, heard("press"), press("offer", "languages", "ar"))
    assert turn.place == Place("two.b", {"language": "ar"})


words = st.text(max_size=12)
presses = st.one_of(
    st.none(),
    st.dictionaries(
        st.sampled_from(["flow", "step", "choice", "args", "odd"]), st.one_of(words, st.none(), st.integers())
    ),
)


@given(words, st.sampled_from(["press", "text", "voice", "photo", "location", "other", "edited"]), presses)
def test_no_input_breaks_the_engine(place: str, kind: str, pressed: dict[str, object] | None) -> None:
    turn = engine.hear(FLOWS, Place(place), heard(kind), pressed)
    assert all(isinstance(effect, (Say, Do)) for effect in turn.effects)
    assert all(effect.step in FLOWS for effect in turn.effects if isinstance(effect, Say))


def test_every_button_of_the_real_content_leads_somewhere(content: Content) -> None:
    for name, here in content.flows.items():
        for choice in [*(c.id for c in here.choices), *engine.WAYS]:
            pressed = {"flow": here.flow, "step": here.id, "choice": choice}
            turn = engine.hear(content.flows, Place(name), heard("press"), pressed)
            assert turn.effects, f"{name} → {choice} says nothing"


def test_sos_is_two_taps_from_anywhere(content: Content) -> None:
    for here in content.flows.values():
        if here.text_key:
            home = engine.hear(content.flows, Place(), heard("press"), press(here.flow, here.id, engine.TO_HOME))
            sos = engine.hear(content.flows, home.place, heard("press"), press("home", "menu", "sos"))
            assert sos.place.step == "faq.nood"
