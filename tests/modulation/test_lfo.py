"""LFOs: every wave stays within its ends, is where its record says, and a change of pace moves nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.control.catalogue_modulation import SHAPES
from latentjockey.modulation.lfo import Lfo, random_step, wave
from latentjockey.modulation.transport import Transport

STEADY = Transport(0.0, 0.0, 120.0, True)
ANY = st.floats(allow_nan=False, allow_infinity=False)
MILD = st.floats(-1e4, 1e4)
SHAPE = st.integers(0, len(SHAPES) - 1)
CONTINUOUS = st.sampled_from([SHAPES.index(name) for name in ("sine", "triangle", "random smooth")])


def lfo(shape: str = "sine", **changes: float | bool) -> Lfo:
    plain = Lfo(SHAPES.index(shape), 1.0, False, 4.0, 0.0, 1, 0.0, 0.0, 0.0)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shape", "quarters"),
    [
        ("sine", (0.0, 1.0, 0.0, -1.0)),
        ("triangle", (0.0, 1.0, 0.0, -1.0)),
        ("ramp up", (-1.0, -0.5, 0.0, 0.5)),
        ("ramp down", (1.0, 0.5, 0.0, -0.5)),
        ("square", (1.0, 1.0, -1.0, -1.0)),
    ],
)
def test_each_wave_at_its_quarters_in_any_turn(shape: str, quarters: tuple[float, ...]) -> None:
    for turn in (0, 1, -3, 1000):
        for place, expected in enumerate(quarters):
            assert wave(SHAPES.index(shape), turn + place / 4) == pytest.approx(expected, abs=1e-9)


@given(SHAPE, ANY, st.integers(-(2**53), 2**53))
def test_no_wave_leaves_its_ends(shape: int, turns: float, seed: int) -> None:
    assert -1.0 <= wave(shape, turns, seed) <= 1.0


@given(st.integers(0, 9999), st.integers(-10_000, 10_000), st.floats(0, 0.999))
def test_random_steps_stand_for_a_turn_and_smooth_ones_lead_from_one_to_the_next(seed: int, n: int, x: float) -> None:
    steps, smooth = SHAPES.index("random steps"), SHAPES.index("random smooth")
    assert wave(steps, n + x, seed) == wave(steps, float(n), seed) == random_step(seed, n)
    assert wave(smooth, float(n), seed) == pytest.approx(random_step(seed, n))
    ends = sorted((random_step(seed, n), random_step(seed, n + 1)))
    assert ends[0] - 1e-9 <= wave(smooth, n + x, seed) <= ends[1] + 1e-9


def test_random_numbers_are_spread_evenly_and_differ_between_seeds() -> None:
    numbers = [random_step(7, n) for n in range(4000)]
    assert abs(sum(numbers) / 4000) < 0.05
    assert all(abs(sum(1 for x in numbers if i / 5 - 1 <= x < (i + 1) / 5 - 1) - 400) < 90 for i in range(10))
    assert [random_step(8, n) for n in range(50)] != numbers[:50]


@given(CONTINUOUS, MILD, st.floats(-20, 20), st.floats(-20, 20), MILD, st.floats(-1, 1))
def test_another_rate_moves_nothing_at_the_moment_of_change(
    shape: int, since: float, rate: float, later: float, dt: float, phase: float
) -> None:
    before = lfo(SHAPES[shape], rate=rate, since=since, phase=phase)
    t = since + dt
    after = replace(before.anchored(t, STEADY), rate=later)
    assert after.turns(t, STEADY) == before.turns(t, STEADY)
    assert after.value(t, STEADY) == before.value(t, STEADY)


@given(CONTINUOUS, st.booleans(), st.floats(1 / 64, 64), st.floats(1 / 64, 64), st.floats(0, 1e4))
def test_sync_and_its_beats_change_without_a_jump(shape: int, synced: bool, one: float, two: float, t: float) -> None:
    before = lfo(SHAPES[shape], synced=synced, beats=one)
    after = replace(before.anchored(t, STEADY), synced=not synced, beats=two)
    assert after.value(t, STEADY) == before.value(t, STEADY)
    longer = replace(before.anchored(t, STEADY), beats=two)
    assert longer.value(t, STEADY) == before.value(t, STEADY)


@given(st.floats(0, 1e4), st.floats(20, 300))
def test_in_sync_a_new_tempo_moves_nothing_and_a_stopped_beat_holds_it(t: float, bpm: float) -> None:
    one = lfo("triangle", synced=True, beats=4.0)
    changed = STEADY.changed(t, bpm, True)
    assert one.value(t, changed) == pytest.approx(one.value(t, STEADY), abs=1e-9)
    stopped = STEADY.changed(t, bpm, False)
    assert one.value(t + 100.0, stopped) == one.value(t, stopped)
    assert not one.moving(stopped)
    assert one.moving(changed)


def test_in_sync_a_turn_takes_its_beats_and_begins_on_the_beat_after_a_restart() -> None:
    one = lfo("ramp up", synced=True, beats=4.0)
    assert [one.value(t, STEADY) for t in (0.0, 0.5, 1.0, 1.5, 2.0)] == [-1.0, -0.5, 0.0, 0.5, -1.0]
    late = replace(one, anchor=0.37).restarted(1.3, STEADY)
    assert late.value(2.0, STEADY) == -1.0
    free = lfo("ramp up", anchor=0.4).restarted(9.25, STEADY)
    assert free.value(9.25, STEADY) == -1.0


@given(SHAPE, ANY, ANY, ANY, st.booleans())
def test_whatever_the_record_holds_the_value_is_a_number(
    shape: int, rate: float, anchor: float, t: float, synced: bool
) -> None:
    value = lfo(SHAPES[shape], rate=rate, anchor=anchor, synced=synced).value(t, STEADY)
    assert math.isfinite(value)


def test_phase_sets_one_beside_the_other_and_standing_still_is_told() -> None:
    assert lfo(phase=0.25).value(0.0, STEADY) == 1.0
    assert lfo(rate=0.0).moving(STEADY) is False
    assert lfo(rate=-2.0).moving(STEADY) is True
