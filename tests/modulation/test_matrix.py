"""Routes: base and offset make what is shown; without a route nothing is even copied."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.catalogue_modulation import SOURCES
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import CONDUCTOR, HAND
from latentjockey.control.spec import ControlSpec, Kind, Taper, to_position, to_value
from latentjockey.control.values import Value
from latentjockey.modulation.lfo import lfo_of
from latentjockey.modulation.matrix import component_of, modulated, routes_playing, shifted, spec_at, swinging
from latentjockey.modulation.transport import transport_of

NATIVE = (
    ControlSpec("/gen/zoom", Kind.FLOAT, 1.0, 0.125, 8.0, taper=Taper.LOG, modulatable=True),
    ControlSpec("/gen/square", Kind.FLOAT, 0.25, 0.0, 1.0, taper=Taper.SQUARE, modulatable=True),
    ControlSpec("/gen/count", Kind.INT, 3, 0, 12, modulatable=True),
    ControlSpec("/gen/mirror", Kind.BOOL, False, modulatable=True),
    ControlSpec("/gen/palette", Kind.CHOICE, 1, 0, 2, choices=("a", "b", "c"), modulatable=True),
    ControlSpec("/gen/held", Kind.FLOAT, 0.5, 0.0, 1.0, guard=(0.2, 0.8), modulatable=True),
    ControlSpec("/fx/1/amount", Kind.FLOAT, 0.5, 0.0, 1.0, modulatable=True, local=True),
)
LAYOUT = Layout(1, builtin(8, (64, 64), NATIVE, 4))
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def snapshot(*writes: tuple[str, Value]) -> Snapshot:
    bay = Bay(LAYOUT, ManualClock())
    assert not bay.write(writes, HAND).refused
    return bay.snapshot()


def route(target: str, amount: float = 0.25, source: str = "lfo 1", n: int = 1) -> tuple[tuple[str, Value], ...]:
    at = f"/mod/{n}"
    return (f"{at}/on", True), (f"{at}/source", source), (f"{at}/target", target), (f"{at}/amount", amount)


def for_engine(whole: Snapshot) -> Snapshot:
    """As the engine sees it: no texts, and the places of the targets instead."""
    layout = Layout(1, LAYOUT.engine_specs())
    values = whole.values[: LAYOUT.engine_size].copy()
    for n in range(1, 17):
        found = component_of(LAYOUT, whole.text(f"/mod/{n}/target"))
        at = layout.resolve(f"/mod/{n}/index")
        assert at is not None
        values[at.start] = -1 if found is None else found
    return Snapshot(layout, 1, 0, values, {})


def test_without_a_playing_route_it_is_the_very_same_object() -> None:
    plain = snapshot(("/mix/crossfade", 0.3))
    assert modulated(plain, 7.0) is plain
    for off in (("/mod/1/on", False), ("/mod/1/amount", 0.0), ("/mod/1/source", "off"), ("/mod/1/target", "/nowhere")):
        quiet = snapshot(*route("/mix/crossfade"), off)
        assert modulated(quiet, 7.0) is quiet
        assert swinging(quiet) == frozenset()


@given(st.floats(0, 1000), st.floats(-5, 5), st.floats(-3, 3))
def test_an_offset_of_the_lfo_at_that_time_is_added_to_the_base(t: float, base: float, amount: float) -> None:
    whole = snapshot(("/mix/offset/coarse", base), ("/lfo/1/rate", 0.7), *route("/mix/offset/coarse", amount))
    level = lfo_of(whole, 1).value(t, transport_of(whole))
    expected = base + 2.0 * amount * level
    assert modulated(whole, t).number("/mix/offset/coarse") == pytest.approx(expected, abs=1e-12)
    assert whole.number("/mix/offset/coarse") == base


def test_the_engine_without_texts_has_the_same_numbers() -> None:
    whole = snapshot(
        *route("/deck/a/z/5", 1.0), *route("/deck/b/reach", 0.5, "lfo 2", 2), *route("/fx/1/amount", 1.0, n=3),
        ("/lfo/2/sync", True),
    )  # fmt: skip
    here = modulated(whole, 3.21)
    there = modulated(for_engine(whole), 3.21)
    differing = np.flatnonzero(here.values[: LAYOUT.engine_size] != there.values)
    assert {spec_at(LAYOUT, int(i)).address for i in differing} == {"/mod/1/index", "/mod/2/index", "/mod/3/index"}
    assert here.number("/fx/1/amount") != 0.5
    assert here.vector("/deck/a/z")[5] != 0.0
    assert not here.vector("/deck/a/z")[[0, 1, 2, 3, 4, 6, 7]].any()


def test_routes_to_one_control_add_up_and_what_is_heard_counts_from_zero() -> None:
    bay = Bay(LAYOUT, ManualClock())
    bay.write([*route("/mix/crossfade", 0.5, "low"), *route("/mix/crossfade", -0.25, "onset", 2)], HAND)
    bay.write([("/audio/low", 0.8), ("/audio/onset", 1.0)], CONDUCTOR)
    assert modulated(bay.snapshot(), 0.0).number("/mix/crossfade") == pytest.approx(0.4 - 0.25)
    assert swinging(bay.snapshot()) == frozenset()  # nothing moves but by being written


def test_reach_carries_psi_and_overdrive_along() -> None:
    base = snapshot(("/deck/a/psi", 0.8), ("/deck/a/reach", 0.8), ("/lfo/1/phase", 0.25), ("/lfo/1/rate", 0.0))
    up = modulated(_with(base, *route("/deck/a/reach", 0.5)), 0.0)  # two nominal, half of it, the wave at its top
    assert (up.number("/deck/a/psi"), up.number("/deck/a/overdrive")) == pytest.approx((1.0, 1.8))
    down = modulated(_with(base, *route("/deck/a/reach", -0.5)), 0.0)
    assert (down.number("/deck/a/psi"), down.number("/deck/a/overdrive")) == pytest.approx((-0.2, 1.0))
    assert {down.layout.resolve(f"/deck/a/{name}").start for name in ("psi", "overdrive", "reach")} <= swinging(  # type: ignore[union-attr]
        _with(base, *route("/deck/a/reach"), ("/lfo/1/rate", 1.0))
    )


def _with(base: Snapshot, *writes: tuple[str, Value]) -> Snapshot:
    values, texts = base.values.copy(), dict(base.texts)
    for address, value in writes:
        target = LAYOUT.resolve(address)
        assert target is not None
        if isinstance(value, str) and address.endswith("target"):
            texts[address] = value
        elif isinstance(value, str):
            values[target.start] = SOURCES.index(value)
        else:
            values[target.start] = float(value)  # type: ignore[arg-type]
    return replace(base, values=values, texts=texts)


@pytest.mark.parametrize(
    ("address", "offset", "expected"),
    [
        ("/gen/mirror", 0.5, 1.0),
        ("/gen/mirror", 0.4, 0.0),
        ("/gen/count", 0.1, 4.0),
        ("/gen/count", 1.5, 21.0),
        ("/gen/palette", 0.4, 2.0),
        ("/gen/palette", 9.0, 2.0),
        ("/gen/palette", -9.0, 0.0),
        ("/gen/held", 1.0, 0.8),
        ("/gen/held", -1.0, 0.2),
        ("/mix/crossfade", 2.5, 2.5),
    ],
)
def test_each_kind_takes_its_offset(address: str, offset: float, expected: float) -> None:
    spec = LAYOUT.spec(address)
    assert shifted(spec, float(spec.default), offset) == pytest.approx(expected)  # type: ignore[arg-type]


@given(st.sampled_from(["/gen/zoom", "/gen/square", "/mix/crossfade"]), st.floats(0.01, 1.2), st.floats(-1, 1))
def test_an_offset_goes_along_the_taper(address: str, position: float, offset: float) -> None:
    spec = LAYOUT.spec(address)
    base = to_value(spec, position, spec.lo, spec.hi)
    there = to_position(spec, shifted(spec, base, offset), spec.lo, spec.hi)
    assert there == pytest.approx(position + offset, abs=1e-6)


@given(st.sampled_from([s for s in LAYOUT.specs if s.modulatable and not s.textual]), FINITE, st.floats())
def test_what_comes_out_is_finite_and_guarded(spec: ControlSpec, base: float, offset: float) -> None:
    shown = shifted(spec, spec.guarded(base), offset)
    assert math.isfinite(shown)
    assert spec.guarded(shown) == shown
    assert shifted(spec, base, 0.0) == base


@given(st.sampled_from([s for s in LAYOUT.specs if s.modulatable and s.kind is not Kind.TRIGGER]), FINITE, FINITE)
def test_no_base_and_no_amount_makes_a_snapshot_infinite(spec: ControlSpec, base: float, amount: float) -> None:
    target = spec.address if spec.size == 1 else f"{spec.address}/0"
    whole = snapshot((target, base), ("/lfo/1/phase", 0.2), *route(target, amount), *route(target, amount, "lfo 2", 2))
    assert np.isfinite(modulated(whole, 1.0).values).all()


def test_an_lfo_that_stands_or_moves_only_local_controls_asks_for_no_new_picture() -> None:
    engine = frozenset(range(LAYOUT.engine_size))
    assert swinging(snapshot(*route("/mix/crossfade"))) & engine
    assert not swinging(snapshot(*route("/mix/crossfade"), ("/lfo/1/rate", 0.0)))
    assert not swinging(snapshot(*route("/mix/crossfade"), ("/lfo/1/sync", True), ("/transport/playing", False)))
    local = swinging(snapshot(*route("/fx/1/amount")))
    assert local
    assert not local & engine


def test_presses_whole_vectors_and_records_are_no_numbers_to_move() -> None:
    for address in ("/deck/a/cue/1/recall", "/deck/a/z", "/deck/a/drift/speed", "/deck/a/centre", "/lfo/1/rate"):
        assert routes_playing(snapshot(*route(address))) == ()
