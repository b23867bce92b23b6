"""Which addresses a layout knows, and where their numbers lie."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.control import layout as layout_module
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout, Target
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.builtin import CPPN

SPECS = (
    ControlSpec("/local", Kind.FLOAT, 0.25, local=True),
    ControlSpec("/a", Kind.FLOAT, 0.5, aliases=("/also/a",)),
    ControlSpec("/text", Kind.TEXT, "hello"),
    ControlSpec("/v", Kind.VECTOR, (1.0, 2.0, 3.0, 4.0), size=4),
    ControlSpec("/fps", Kind.READOUT),
    ControlSpec("/b", Kind.INT, 7),
)


def test_what_travels_comes_first_and_keeps_its_order() -> None:
    layout = Layout(3, SPECS)
    assert layout.addresses() == ["/a", "/v", "/b", "/local", "/text", "/fps"]
    assert layout.offsets == (0, 1, 5, 6, 7, 7, 8)
    assert (layout.size, layout.engine_size, layout.epoch) == (8, 6, 3)
    assert layout.defaults().tolist() == [0.5, 1, 2, 3, 4, 7, 0.25, 0]


def test_an_engine_rebuilds_the_same_offsets_from_what_travels() -> None:
    whole = Layout(1, builtin(CPPN.z_dim, CPPN.size, CPPN.controls, CPPN.directions))
    engine = Layout(1, whole.engine_specs())
    assert engine.size == engine.engine_size == whole.engine_size < whole.size
    assert all(engine.resolve(s.address) == whole.resolve(s.address) for s in whole.engine_specs())
    assert np.array_equal(engine.defaults(), whole.defaults()[: whole.engine_size])
    assert engine.resolve("/deck/a/glide/time") is None, "local controls stay at home"


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/a", Target(0, 0, 1)),
        ("/also/a", Target(0, 0, 1)),
        ("/v", Target(1, 1, 5)),
        ("/v/0", Target(1, 1, 2)),
        ("/v/3", Target(1, 4, 5)),
        ("/v/1-2", Target(1, 2, 4)),
        ("/v/0-3", Target(1, 1, 5)),
        ("/text", Target(4, 7, 7)),
    ],
)
def test_addresses_slices_indices_and_aliases(address: str, target: Target) -> None:
    layout = Layout(1, SPECS)
    assert layout.resolve(address) == target
    assert layout.resolve(address) == target, "the same again from memory"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/",
        "a",
        "/A",
        "/v/4",
        "/v/-1",
        "/v/2-1",
        "/v/1-4",
        "/v/",
        "/v/1-",
        "/v/1/2",
        "/a/0",
        "/v/٣",
        "/v/1 ",
        "/v/1\n",
    ],
)
def test_what_is_not_there_is_none(address: str) -> None:
    layout = Layout(1, SPECS)
    assert layout.resolve(address) is None
    with pytest.raises(KeyError):
        layout.spec(address)


@given(st.integers(0, 600), st.integers(0, 600))
def test_a_slice_is_there_exactly_when_it_lies_inside(first: int, last: int) -> None:
    layout = Layout(1, (ControlSpec("/x", Kind.FLOAT), ControlSpec("/v", Kind.VECTOR, size=512)))
    target = layout.resolve(f"/v/{first}-{last}")
    assert target == (Target(1, 1 + first, 2 + last) if first <= last < 512 else None)


@pytest.mark.parametrize(
    "second",
    [
        lambda: ControlSpec("/a", Kind.INT),
        lambda: ControlSpec("/other", Kind.FLOAT, aliases=("/a",)),
        lambda: ControlSpec("/other", Kind.FLOAT, aliases=("/other",)),
        lambda: ControlSpec("/v/3", Kind.FLOAT),
        lambda: ControlSpec("/other", Kind.FLOAT, aliases=("/v/0",)),
    ],
)
def test_one_address_belongs_to_one_control(second: Callable[[], ControlSpec]) -> None:
    with pytest.raises(ValueError, match=r"/(a|other|v/\d)"):
        Layout(1, (*SPECS, second()))


def test_a_control_beyond_the_end_of_a_vector_is_no_component_of_it() -> None:
    assert Layout(1, (*SPECS, ControlSpec("/v/4", Kind.FLOAT))).resolve("/v/4") is not None


def test_invented_addresses_are_not_remembered_and_real_ones_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout_module, "_REMEMBER", 10)
    layout = Layout(1, (ControlSpec("/v", Kind.VECTOR, size=512),))
    for i in range(200):
        assert layout.resolve(f"/nobody/{i}" + "x" * 1000) is None
    assert not layout._cache
    for i in range(200):
        assert layout.resolve(f"/v/{i}") == Target(0, i, i + 1)
        assert len(layout._cache) <= 10


def test_the_width_of_an_address_counts_what_it_names() -> None:
    layout = Layout(1, builtin(8, (64, 64), (), 3))
    widths = {a: layout.width(a) for a in ("/deck/a/z", "/deck/a/z/2-4", "/deck/a/dir", "/deck/a/psi", "/nowhere")}
    assert widths == {"/deck/a/z": 8, "/deck/a/z/2-4": 3, "/deck/a/dir": 3, "/deck/a/psi": 1, "/nowhere": 0}


GUESTS = (
    ControlSpec("/fx/1/amount", Kind.FLOAT, 0.5, local=True),
    ControlSpec("/fx/1/tint", Kind.VECTOR, (1.0, 0.5, 0.25, 1.0), size=4, local=True),
)


def test_guests_stand_behind_everything_and_nothing_else_moves() -> None:
    plain = Layout(3, (*SPECS, ControlSpec("/beside", Kind.FLOAT, local=True)))
    hosting = plain.with_guests(GUESTS)
    assert hosting.epoch == plain.epoch
    assert hosting.own == plain.specs
    assert hosting.specs[-2:] == GUESTS
    assert hosting.engine_specs() == plain.engine_specs()
    assert hosting.offsets[: len(plain.offsets)] == plain.offsets
    assert hosting.width("/fx/1/tint") == 4
    assert hosting.with_guests(()).specs == plain.specs


def test_what_travels_to_the_engine_is_no_guest() -> None:
    with pytest.raises(ValueError, match="/fx/1/amount"):
        Layout(1, SPECS, [ControlSpec("/fx/1/amount", Kind.FLOAT)])


def test_a_guest_takes_no_address_that_is_taken() -> None:
    with pytest.raises(ValueError, match="/a"):
        Layout(1, SPECS).with_guests([ControlSpec("/a", Kind.FLOAT, local=True)])
