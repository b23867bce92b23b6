"""Time in presets: a rebased movement goes on, a held one stands where the picture was."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import RECALL
from latentjockey.models.builtin import CPPN
from latentjockey.navigation.deck import DeckState, deck_z
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.state import deck_state
from latentjockey.presets.motion import held, rebase
from latentjockey.presets.preset import Kept, Preset, Resolved, batch

SIZE = 24
TIMES = st.floats(-1e5, 1e5)


def deck(preset: Preset, name: str) -> DeckState:
    """A deck's state as the engine reads it once the preset is recalled."""
    bay = Bay(Layout(1, builtin(SIZE, (64, 64))), ManualClock())
    report = bay.write(batch(preset, bay.layout).writes, RECALL)
    assert report.refused == ()
    return deck_state(bay.snapshot(), name)


@st.composite
def moving(draw: st.DrawFn) -> Preset:
    saved_at = draw(TIMES)
    values: dict[str, Kept] = {"/transport/beat": 8.0, "/transport/since": saved_at - 2.0, "/transport/bpm": 120.0}
    for i, name in enumerate("ab"):
        at = f"/deck/{name}"
        values |= {
            f"{at}/z": z_from_seed(10 + i, SIZE).astype(np.float64) * draw(st.sampled_from([1.0, 0.0, 3.3])),
            f"{at}/glide/from": z_from_seed(20 + i, SIZE).astype(np.float64),
            f"{at}/glide/since": saved_at - draw(st.floats(-1, 8)),
            f"{at}/glide/duration": draw(st.sampled_from([0.0, 1.0, 5.0])),
            f"{at}/glide/shape": draw(st.sampled_from(["smooth", "linear", "ease"])),
            f"{at}/drift/seed": 3 + i,
            f"{at}/drift/phase": draw(st.floats(-100, 100)),
            f"{at}/drift/origin": draw(st.floats(-100, 100)),
            f"{at}/drift/since": saved_at - draw(st.floats(0, 1000)),
            f"{at}/drift/speed": draw(st.floats(-3, 3)),
            f"{at}/drift/spread": draw(st.sampled_from([0.0, 0.5, -2.0])),
        }
    return Preset("m", "cppn", CPPN.card, values, saved_at=saved_at)


@given(moving(), TIMES, st.floats(0, 1e4))
@settings(deadline=None)
def test_held_shows_the_picture_at_once_and_for_ever(preset: Preset, now: float, later: float) -> None:
    for name in "ab":
        shown = deck_z(deck(preset, name), preset.saved_at)
        stopped = deck(held(preset, now), name)
        for t in (now - 0.1, now, now + later):
            np.testing.assert_array_equal(deck_z(stopped, t), shown)


@given(moving(), st.floats(-1.0, 1.0))
@settings(deadline=None)
def test_held_takes_the_moment_of_the_picture_not_of_the_save(preset: Preset, before: float) -> None:
    moment = preset.saved_at - before
    picture = Resolved(np.zeros((1, SIZE), np.float32), moment)
    still = Preset("m", "cppn", CPPN.card, preset.values, saved_at=preset.saved_at, resolved=picture)
    for name in "ab":
        np.testing.assert_array_equal(
            deck_z(deck(held(still, 5.0), name), 77.0), deck_z(deck(preset, name), moment), strict=True
        )


@given(moving(), TIMES)
@settings(deadline=None)
def test_held_and_rebased_again_stays(preset: Preset, now: float) -> None:
    once = held(preset, now)
    again = rebase(held(once, now + 9.0), now + 50.0)
    for name in "ab":
        np.testing.assert_array_equal(deck_z(deck(again, name), now + 99.0), deck_z(deck(once, name), now))


@given(moving(), st.integers(-1000, 1000), st.floats(0, 20))
@settings(deadline=None)
def test_a_rebased_movement_goes_on(preset: Preset, run: int, later: float) -> None:
    now = preset.saved_at + run
    moved = rebase(preset, now)
    assert moved.saved_at == now
    for name in "ab":
        there = deck_z(deck(preset, name), preset.saved_at + later)
        here = deck_z(deck(moved, name), now + later)
        np.testing.assert_allclose(here, there, atol=1e-5)
    assert math.isclose(float(str(moved.values["/transport/since"])), now - 2.0, abs_tol=1e-9)


def test_a_drift_written_without_an_anchor_begins_at_recall() -> None:
    preset = Preset("hand", "cppn", CPPN.card, {"/deck/a/drift/speed": 0.5})
    assert rebase(preset, 41.0).values["/deck/a/drift/since"] == 41.0


def test_a_preset_without_movement_is_left_alone() -> None:
    values: dict[str, Kept] = {"/mix/crossfade": 0.5, "/deck/a/z": np.ones(3)}
    assert dict(held(Preset("", "m", CPPN.card, values), 3.0).values) == values


def test_a_knob_caught_in_its_smoothing_stays_there() -> None:
    values: dict[str, Kept] = {"/gen/hue": 90.0, "/gen/palette": "moss", "/deck/a/drift/speed": 1.0, "/gen/weights": 7}
    effective = {"/gen/hue": 45.5, "/gen/palette": 3.0, "/deck/a/drift/speed": 1.0, "/gen/weights": 7.0}
    shown = Resolved(np.zeros((1, 1), np.float32), 0.0, effective)
    stopped = held(Preset("", "m", CPPN.card, values, resolved=shown), 3.0).values
    assert stopped["/gen/hue"] == 45.5
    assert stopped["/gen/palette"] == "moss"
    assert stopped["/gen/weights"] == 7
    assert stopped["/deck/a/drift/speed"] == 0.0


def test_absurd_records_stay_finite() -> None:
    big = 1.7e308
    values: dict[str, Kept] = {
        "/deck/a/drift/speed": big,
        "/deck/a/drift/phase": -big,
        "/deck/a/drift/since": -big,
        "/deck/a/glide/since": big,
        "/deck/a/glide/duration": 5e-324,
    }
    for preset in (held(Preset("", "m", CPPN.card, values), 1.0), rebase(Preset("", "m", CPPN.card, values), 1.0)):
        assert all(math.isfinite(float(str(v))) for v in preset.values.values())
