"""What was asked for and what was learned from, in words: signs, sums, and never a claim or a number that is none."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.catalogue_deck import DeckShape
from latentjockey.control.layout import Layout
from latentjockey.control.source import ENGINE, HAND
from latentjockey.models.builtin import CPPN, TESTCARD
from latentjockey.models.card import CONSENTS, ModelCard, Source, card_from_json, card_to_json
from latentjockey.models.credits import (
    DISCLAIMER,
    Asked,
    asked,
    asked_text,
    credit_line,
    credit_text,
    learned_text,
    weight_text,
    weighted,
)

CLASSES = ("Lorelei", "Pixel Art", "Notionists")
SOURCES = tuple(Source(name, f"maker of {name}", "CC0 1.0", "licensed, not asked") for name in CLASSES)
CARD = ModelCard("Portraits", "us", "Apache-2.0", "drawn portraits", "CC0 1.0", "licensed, not asked", sources=SOURCES)


WORDS = ("", "warm", "round", "tall")


def bay() -> Bay:
    return Bay(Layout(1, builtin(8, (64, 64), (), len(WORDS), CLASSES, WORDS)), ManualClock())


def test_the_line_is_that_of_the_design() -> None:
    held = bay()
    held.write([("/deck/a/class", np.array([0.61, -0.40, 0.0]))], HAND)
    line = credit_line(asked(held.snapshot(), 0.0), CARD)
    assert line == (
        "asked for +0.61 Lorelei −0.40 Pixel Art · learned from: Lorelei by maker of Lorelei (CC0 1.0; licensed, not "
        "asked); Pixel Art by maker of Pixel Art (CC0 1.0; licensed, not asked); and 1 more"
    )


def test_all_sources_are_named_whatever_was_asked_for() -> None:
    held = bay()
    held.write([("/deck/a/class", np.array([1.0, 0.0, 0.0]))], HAND)
    text = credit_text(asked(held.snapshot(), 0.0), CARD)
    for source in SOURCES:
        assert f"{source.name} by {source.author} (CC0 1.0; licensed, not asked)" in text
    assert text.endswith(DISCLAIMER)
    assert "%" not in text


@given(
    t=st.floats(-3, 3),
    offsets=st.lists(st.floats(-2, 2), min_size=3, max_size=3),
    a=st.lists(st.floats(-4, 4), min_size=3, max_size=3),
    b=st.lists(st.floats(-4, 4), min_size=3, max_size=3),
)
def test_both_decks_are_combined_by_the_crossfade(
    t: float, offsets: list[float], a: list[float], b: list[float]
) -> None:
    held = bay()
    held.write(
        [
            ("/deck/a/class", a),
            ("/deck/b/class", b),
            ("/mix/crossfade", t),
            *((f"/mix/offset/{band}", x) for band, x in zip(("coarse", "middle", "fine"), offsets, strict=True)),
        ],
        HAND,
    )
    at = t + sum(offsets) / 3
    told = dict(asked(held.snapshot(), 0.0).classes)
    for name, x, y in zip(CLASSES, a, b, strict=True):
        wanted = (1 - at) * x + at * y
        if abs(wanted) > 0.0051:
            assert told[name] == pytest.approx(wanted, abs=1e-9)
        elif abs(wanted) < 0.0049:
            assert name not in told


def test_directions_with_a_name_are_told_and_others_are_not() -> None:
    held = bay()
    held.write([("/deck/a/dir", np.array([3.0, -2.0, 0.4, 0.0]))], HAND)
    told = asked(held.snapshot(), 0.0)
    assert told.directions == (("warm", -2.0), ("round", 0.4))
    assert asked_text(told).endswith(", with warm −2.00 σ, round +0.40 σ")


def test_one_line_names_the_two_largest_steps_and_none_that_is_small() -> None:
    held = bay()
    held.write([("/deck/a/dir", np.array([3.0, -2.0, 1.1, 0.9]))], HAND)
    line = credit_line(asked(held.snapshot(), 0.0), CARD)
    assert line.startswith("asked for +1.00 Lorelei, with warm −2.00 σ, round +1.10 σ · learned")
    held.write([("/deck/a/dir", np.array([3.0, 0.9, 1.1, -1.2]))], HAND)
    line = credit_line(asked(held.snapshot(), 0.0), CARD)
    assert line.startswith("asked for +1.00 Lorelei, with tall −1.20 σ, round +1.10 σ · learned")
    held.write([("/deck/a/dir", np.array([3.0, 0.9, -0.9, 0.0]))], HAND)
    assert credit_line(asked(held.snapshot(), 0.0), CARD).startswith("asked for +1.00 Lorelei · learned")


def test_while_a_deck_glides_it_asks_for_what_it_shows_on_its_way() -> None:
    held = bay()
    held.write(
        [
            ("/deck/a/class", [0.0, 1.0, 0.0]), ("/deck/a/glide/class", [1.0, -1.0, 0.0]),
            ("/deck/a/glide/since", 10.0), ("/deck/a/glide/duration", 4.0), ("/deck/a/glide/shape", "linear"),
        ],
        HAND,
    )  # fmt: skip
    at = {t: dict(asked(held.snapshot(), t).classes) for t in (9.0, 11.0, 14.0)}
    assert at[9.0] == {"Lorelei": 1.0}
    assert at[11.0] == pytest.approx({"Lorelei": 0.75, "Pixel Art": 0.25})
    assert at[14.0] == {"Pixel Art": 1.0}


@given(st.floats(-1e300, 1e300) | st.sampled_from([math.nan, math.inf, -math.inf]))
def test_a_weight_has_its_sign_and_no_hyphen(weight: float) -> None:
    told = weighted(["x"], [weight])
    if not math.isfinite(weight) or abs(weight) < 0.005:
        assert told == ()
        return
    text = weight_text(weight)
    assert text[0] == ("−" if weight < 0 else "+")
    assert "-" not in text
    assert len(text) <= 14
    read = float(text.replace("−", "-").replace(",", ""))
    assert read == pytest.approx(weight, abs=0.0051, rel=0.006)


@given(st.lists(st.floats(), min_size=3, max_size=3), st.floats(-1e300, 1e300))
def test_no_text_ever_says_nan_or_inf(weights: list[float], more: float) -> None:
    told = Asked(weighted(CLASSES, [*weights, more]), weighted(("warm",), [more]), True)
    for text in (credit_line(told, CARD), credit_text(told, CARD)):
        assert not re.search(r"\b(nan|inf)\b", text, re.IGNORECASE)


def test_weights_of_any_size_that_the_bay_takes_do_not_overflow_into_words() -> None:
    held = bay()
    held.write([("/deck/a/class", np.full(3, 1e300)), ("/mix/crossfade", -1e300)], HAND)
    assert asked_text(asked(held.snapshot(), 0.0)) == "asked for no class"


def test_a_model_without_classes_is_asked_for_a_place() -> None:
    held = Bay(Layout(1, builtin(8, (64, 64))), ManualClock())
    told = asked(held.snapshot(), 0.0)
    for spec in (CPPN, TESTCARD):
        assert credit_line(told, spec.card) == "asked for a place · learned from: nobody’s pictures"
        assert credit_text(told, spec.card).endswith("nobody’s pictures.")


def test_what_is_not_told_says_so() -> None:
    assert learned_text(ModelCard("x")) == (
        "learned from: pictures that are not disclosed (licence undisclosed; consent undisclosed)"
    )
    card = ModelCard("x", sources=(Source("Found pictures"),))
    assert learned_text(card) == (
        "learned from: Found pictures by an undisclosed maker (licence undisclosed; consent undisclosed)"
    )
    assert not card.open
    assert card.badge == "consent undisclosed"


@pytest.mark.parametrize("consent", CONSENTS)
def test_every_state_of_consent_is_said(consent: str) -> None:
    card = ModelCard("x", sources=(Source("A", "B", "C", consent),))
    last = learned_text(card).rsplit("; ", 1)[1]
    word = {"own": "own", "licensed, not asked": "not asked"}.get(consent, consent)
    assert word in last


def test_a_withdrawn_source_is_not_open() -> None:
    card = ModelCard("x", "a", "b", "c", "d", "asked", sources=(Source("A", "B", "C", "withdrawn"),))
    assert not card.open
    assert "withdrawn" in card.badge


TEXT = st.text(max_size=30)


@given(
    st.builds(
        ModelCard,
        *[TEXT.filter(bool)] * 7,
        sources=st.lists(st.builds(Source, *[TEXT.filter(bool)] * 4, images=st.integers(0, 10**9)), max_size=4).map(
            tuple
        ),
        training=TEXT,
        weak=TEXT,
    )
)
def test_a_card_survives_its_file_and_gives_one_line(card: ModelCard) -> None:
    assert card_from_json(card_to_json(card)) == card_from_json(card_to_json(card_from_json(card_to_json(card))))
    if card.note.isprintable():
        assert card_from_json(card_to_json(card)).note == card.note
    line = credit_line(Asked((("x", 1.0),), (), True), card)
    assert "\n" not in line
    assert line.isprintable()


def test_of_two_models_each_deck_names_its_own() -> None:
    other = DeckShape(4, 2, ("eye", "Lorelei"), ("", "wet"))
    layout = Layout(1, builtin(8, (64, 64), (), 1, CLASSES, ("warm",), b=other))
    held = Bay(layout, ManualClock())
    held.write(
        [
            ("/deck/a/class", [1.0, 0.0, 0.0]), ("/deck/b/class", [-2.0, 4.0]), ("/deck/a/dir", [2.0]),
            ("/deck/b/dir", [1.0, -4.0]), ("/mix/crossfade", 0.25),
        ],
        HAND,
    )  # fmt: skip
    said = asked(held.snapshot(), 0.0)
    assert said.classes == (("Lorelei", 1.0), ("Lorelei", 0.75), ("eye", -0.5))
    assert said.directions == (("warm", 1.5), ("wet", -1.0))


def test_a_deck_without_classes_beside_one_with_them() -> None:
    held = Bay(Layout(1, builtin(8, (64, 64), (), 0, CLASSES, b=DeckShape(4))), ManualClock())
    held.write([("/deck/a/class", [0.0, 1.0, 0.0]), ("/mix/crossfade", 0.5)], HAND)
    said = asked(held.snapshot(), 0.0)
    assert said.sorts
    assert said.classes == (("Pixel Art", 0.5),)


@pytest.mark.parametrize(("source", "words"), [("video", "a film"), ("camera", "a camera"), ("ndi", "an NDI source")])
def test_what_a_picture_began_with_is_told_where_it_is_heard(source: str, words: str) -> None:
    held = bay()
    held.write([("/input/source", source), ("/input/file", "/films/private.mp4")], HAND)
    for state, begun in (("off", False), ("private.mp4 is not there.", False), ("coming in: private.mp4", True)):
        held.write([("/input/state", state)], ENGINE)
        line = credit_line(asked(held.snapshot(), 0.0), CARD)
        assert (f", begun with {words} · learned from: " in line) is begun
        assert "private" not in line
