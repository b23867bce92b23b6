"""The built-in models as data."""

from __future__ import annotations

import pytest

from latentjockey.control.spec import Kind
from latentjockey.models.builtin import ACTIVATIONS, BUILTIN, CPPN, PALETTES, REHEARSALS
from latentjockey.models.spec import ModelSpec


@pytest.mark.parametrize("spec", BUILTIN.values(), ids=lambda spec: spec.name)
def test_a_model_says_where_it_comes_from(spec: ModelSpec) -> None:
    card = spec.card
    assert card.name
    assert card.author
    assert card.licence
    assert card.data
    assert card.consent


@pytest.mark.parametrize("spec", BUILTIN.values(), ids=lambda spec: spec.name)
def test_defaults_lie_within_their_ranges(spec: ModelSpec) -> None:
    for control in spec.controls:
        if control.textual:
            continue
        assert isinstance(control.default, (int, float))
        assert control.lo <= control.default <= control.hi
    assert len({control.address for control in spec.controls}) == len(spec.controls)


def test_choices_are_those_offered() -> None:
    offered = {c.address: c.choices for b in BUILTIN.values() for c in b.controls if c.kind is Kind.CHOICE}
    assert offered == {"/gen/activation": ACTIVATIONS, "/gen/palette": PALETTES, "/gen/rehearse": REHEARSALS}


def test_the_network_offers_as_many_choices_as_it_knows() -> None:
    colour = pytest.importorskip("latentjockey.generators.cppn_colour")
    net = pytest.importorskip("latentjockey.generators.cppn_net")
    assert len(PALETTES) == colour.PALETTE_COUNT + 1
    assert len(ACTIVATIONS) == len(net.PURE) + 1
    assert CPPN.num_ws == net.ROWS
