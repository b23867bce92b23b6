"""Controls that come and go within an epoch: what they begin with, what they leave, and that nobody else notices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue_fx import FIXED_SEGMENTS, fx_controls, segments, shader_played
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, HAND, RECALL, Rank, Source
from latentjockey.control.spec import ControlSpec, Kind

SPECS = (
    ControlSpec("/x", Kind.FLOAT, 0.25),
    ControlSpec("/v", Kind.VECTOR, size=3),
    ControlSpec("/word", Kind.TEXT, "moon"),
    ControlSpec("/near", Kind.FLOAT, 0.5, local=True),
)
AMOUNT = ControlSpec("/fx/1/amount", Kind.FLOAT, 0.5, 0.0, 1.0, local=True)
TINT = ControlSpec("/fx/1/tint", Kind.VECTOR, (1.0, 0.5, 0.25, 1.0), size=4, local=True)
STYLE = ControlSpec("/fx/1/style", Kind.CHOICE, 0, 0, 2, choices=("soft", "hard", "raw"), local=True)
PICTURE = ControlSpec("/fx/1/picture", Kind.TEXT, "", local=True)
OSC = Source("osc", Rank.OSC, streams=True)


@pytest.fixture
def bay() -> Bay:
    return Bay(Layout(1, SPECS), ManualClock(1.0))


def test_guests_come_with_their_defaults_in_the_same_epoch(bay: Bay) -> None:
    bay.write([("/x", 0.75), ("/word", "sun")], HAND)
    before = bay.snapshot()
    bay.exchange([AMOUNT, TINT, STYLE, PICTURE])
    after = bay.snapshot()
    assert after.layout.epoch == before.layout.epoch
    assert after.revision > before.revision
    assert (bay.value("/x"), bay.value("/word")) == (0.75, "sun")
    np.testing.assert_array_equal(bay.value("/fx/1/tint"), [1.0, 0.5, 0.25, 1.0])
    prefix = after.layout.engine_size
    np.testing.assert_array_equal(after.values[:prefix], before.values[:prefix])


def test_guests_are_written_like_any_control_and_gone_again(bay: Bay) -> None:
    bay.exchange([AMOUNT, PICTURE])
    assert not bay.write([("/fx/1/amount", 4.5), ("/fx/1/picture", "/p.png")], OSC).refused
    assert (bay.number("/fx/1/amount"), bay.value("/fx/1/picture")) == (4.5, "/p.png")
    bay.exchange([])
    assert [address for address, _ in bay.write([("/fx/1/amount", 1.0)], OSC).refused] == ["/fx/1/amount"]


def test_guests_that_stay_keep_value_and_range_and_are_no_news(bay: Bay) -> None:
    bay.exchange([AMOUNT])
    bay.write([("/fx/1/amount", 0.875)], HAND)
    bay.set_range("/fx/1/amount", -2.0, 2.0)
    revision = bay.revision
    bay.exchange([STYLE, AMOUNT])
    assert bay.number("/fx/1/amount") == 0.875
    assert bay.range("/fx/1/amount") == (-2.0, 2.0)
    assert [change.spec for change in bay.changes_since(revision)[1]] == [STYLE]


def test_what_is_to_begin_begins_with_its_own_value_and_range(bay: Bay) -> None:
    bay.exchange([AMOUNT, STYLE])
    bay.write([("/fx/1/amount", 0.875)], HAND)
    bay.set_range("/fx/1/amount", -2.0, 2.0)
    bay.exchange([AMOUNT, STYLE], {"/fx/1/amount": 0.125, "/fx/1/style": "raw"})
    assert (bay.number("/fx/1/amount"), bay.range("/fx/1/amount")) == (0.125, (0.0, 1.0))
    assert bay.number("/fx/1/style") == 2.0
    bay.exchange([AMOUNT], {"/fx/1/amount": 0.25}, {"/fx/1/amount": (0.0, 8.0)})
    assert bay.range("/fx/1/amount") == (0.0, 8.0)


def test_who_changed_what_is_not_forgotten(bay: Bay) -> None:
    revision = bay.revision
    bay.write([("/x", 0.75)], HAND)
    bay.write([("/near", 0.75)], OSC)
    bay.exchange([AMOUNT])
    told = {change.spec.address: change.source for change in bay.changes_since(revision)[1]}
    assert told == {"/x": HAND.name, "/near": OSC.name, "/fx/1/amount": "layout"}


def test_a_hand_keeps_its_hold(bay: Bay) -> None:
    bay.exchange([AMOUNT])
    bay.touch("/x", HAND)
    bay.touch("/fx/1/amount", HAND)
    bay.exchange([STYLE, AMOUNT])
    assert (bay.holder("/x"), bay.holder("/fx/1/amount")) == (HAND.name, HAND.name)
    bay.write([("/x", 0.0), ("/fx/1/amount", 0.0)], OSC)
    assert (bay.number("/x"), bay.number("/fx/1/amount")) == (0.25, 0.5)


def test_another_model_keeps_the_guests(bay: Bay) -> None:
    bay.exchange([AMOUNT])
    bay.write([("/fx/1/amount", 0.875)], HAND)
    bay.begin_epoch((*SPECS, ControlSpec("/gen/hue", Kind.FLOAT)))
    assert bay.layout.epoch == 2
    assert bay.layout.guests == (AMOUNT,)
    assert bay.number("/fx/1/amount") == 0.875


def test_the_same_controls_begin_no_epoch(bay: Bay) -> None:
    bay.exchange([AMOUNT])
    layout = bay.layout
    bay.begin_epoch(SPECS)
    assert bay.layout is layout


def test_a_value_that_does_not_fit_is_left_for_the_default(bay: Bay) -> None:
    bay.exchange([AMOUNT, STYLE], {"/fx/1/amount": "soft", "/fx/1/style": "nowhere"})
    assert (bay.number("/fx/1/amount"), bay.number("/fx/1/style")) == (0.5, 0.0)


# -- putting a shader in ----------------------------------------------------------------------------------------------


@pytest.fixture
def slots() -> Bay:
    rules = {f"/fx/{n}/shader": shader_played for n in range(1, 9)}
    return Bay(Layout(1, fx_controls()), ManualClock(1.0), text_companions=rules)


def test_a_hand_that_puts_a_shader_in_switches_it_on_in_the_same_write(slots: Bay) -> None:
    revision = slots.revision
    slots.write([("/fx/3/shader", "grade")], HAND)
    assert slots.number("/fx/3/on") == 1.0
    assert slots.revision == revision + 1
    slots.write([("/fx/3/on", False)], HAND)
    slots.write([("/fx/3/shader", "grade")], HAND)
    assert slots.number("/fx/3/on") == 0.0, "the same again is no news"
    slots.write([("/fx/3/shader", "mirror")], OSC)
    slots.write([("/fx/3/shader", "")], OSC)
    assert slots.number("/fx/3/on") == 0.0


@pytest.mark.parametrize("source", [RECALL, CONDUCTOR])
def test_a_recall_says_itself_whether_it_plays(slots: Bay, source: Source) -> None:
    slots.write([("/fx/3/shader", "grade")], source)
    assert slots.number("/fx/3/on") == 0.0


# -- addresses of inputs ----------------------------------------------------------------------------------------------

_NAMES = st.lists(st.one_of(st.text(max_size=12), st.sampled_from(["on", "ON", "mix", "Mix_", "a", "A", "ä"])))


@given(_NAMES)
def test_every_input_has_a_valid_address_of_its_own(names: Sequence[str]) -> None:
    found = segments(names)
    assert len(found) == len(names) == len(set(found))
    assert not set(found) & set(FIXED_SEGMENTS)
    specs = [ControlSpec(f"/fx/1/{segment}", Kind.VECTOR, size=4, local=True) for segment in found]
    layout = Layout(1, fx_controls(), specs)  # raises where two would claim one address
    assert len(layout.guests) == len(names)


@given(_NAMES)
def test_the_addresses_of_inputs_do_not_depend_on_what_follows(names: Sequence[str]) -> None:
    assert segments([*names, "later"])[: len(names)] == segments(names)


def test_addresses_are_what_one_would_guess() -> None:
    names = ["Amount", "amount", "MIX", "glowColor", "size (px)", "", "3"]
    assert segments(names) == ("amount", "amount_", "mix_", "glowcolor", "size__px_", "input", "3")
