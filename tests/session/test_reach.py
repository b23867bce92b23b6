"""Reach: one number for psi and overdrive, and what it says when somebody else moves them."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, RECALL, Rank, Source
from latentjockey.session.conductor import Conductor, Outside
from latentjockey.session.moves import reached

OSC, MIDI = Source("osc", Rank.OSC), Source("midi", Rank.MIDI)
REACH, PSI, OVERDRIVE = "/deck/a/reach", "/deck/a/psi", "/deck/a/overdrive"
ANY = st.floats(allow_nan=False, allow_infinity=False)


class Stage:
    def __init__(self) -> None:
        self.clock = ManualClock(10.0)
        layout = Layout(1, builtin(8, (64, 64)))
        self.bay = Bay(layout, self.clock, {f"/deck/{d}/reach": reached for d in "ab"})
        self.conductor = Conductor(self.bay, self.clock, Messages(), Outside(lambda snapshot: None))
        self.conductor.begin()

    def write(self, source: Source, *batch: tuple[str, object]) -> Stage:
        self.bay.write(batch, source)  # type: ignore[arg-type]
        self.conductor.tick()
        return self

    def run(self, seconds: float) -> Stage:
        for _ in range(math.ceil(seconds / 0.05)):
            self.clock.advance(0.05)
            self.conductor.tick()
        return self

    @property
    def numbers(self) -> tuple[float, float, float]:
        return self.bay.number(REACH), self.bay.number(PSI), self.bay.number(OVERDRIVE)


@pytest.mark.parametrize("source", [HAND, MIDI, OSC])
@pytest.mark.parametrize(
    ("reach", "psi", "overdrive"),
    [(0.4, 0.4, 1.0), (1.0, 1.0, 1.0), (2.5, 1.0, 2.5), (0.0, 0.0, 1.0), (-3.0, -3.0, 1.0)],
)
def test_moving_it_sets_both_in_the_same_batch(source: Source, reach: float, psi: float, overdrive: float) -> None:
    stage = Stage()
    revision = stage.bay.revision
    report = stage.bay.write([(REACH, reach)], source)
    assert report.revision == revision + 1
    assert stage.numbers == (reach, psi, overdrive)
    stage.run(1.0)
    assert stage.numbers == (reach, psi, overdrive)


@given(ANY)
def test_any_number_is_what_it_says_it_is(reach: float) -> None:
    stage = Stage().write(HAND, (REACH, reach)).run(0.5)
    assert stage.numbers[0] == reach
    assert stage.numbers[1] * stage.numbers[2] == reach


@given(ANY, ANY)
def test_it_follows_whoever_moves_psi_or_overdrive(psi: float, overdrive: float) -> None:
    stage = Stage().write(OSC, (PSI, psi), (OVERDRIVE, overdrive))
    largest = sys.float_info.max
    assert stage.numbers == (float(np.clip(psi * overdrive, -largest, largest)), psi, overdrive)


def test_it_follows_a_recalled_preset_and_a_panic() -> None:
    stage = Stage().write(RECALL, (PSI, 0.5), (OVERDRIVE, 3.0))
    assert stage.numbers == (1.5, 0.5, 3.0)
    stage.write(HAND, ("/panic", True))
    assert stage.numbers == (1.0, 1.0, 1.0)
    assert stage.bay.number("/deck/b/reach") == 1.0


def test_it_is_right_from_the_first_tick() -> None:
    stage = Stage()
    stage.bay.write([(PSI, 0.25)], RECALL)
    stage.conductor.begin()
    stage.conductor.tick()
    assert stage.numbers[0] == 0.25


def test_a_hand_that_holds_it_is_not_fought_and_the_truth_is_told_when_it_lets_go() -> None:
    stage = Stage()
    stage.bay.touch(REACH, HAND)
    stage.write(HAND, (REACH, 1.7)).run(1.0)
    stage.write(OSC, (PSI, 0.5)).run(2.0)
    assert stage.numbers == (1.7, 0.5, 1.7)
    stage.bay.release(REACH, HAND)
    stage.run(0.5)
    assert stage.numbers == (0.85, 0.5, 1.7)
    assert stage.conductor.tick() is False, "and then nothing moves any more"


def test_where_somebody_holds_psi_reach_says_what_came_of_it() -> None:
    stage = Stage()
    stage.bay.touch(PSI, HAND)
    stage.write(MIDI, (REACH, 0.2)).run(1.0)
    assert stage.numbers == (1.0, 1.0, 1.0)
    stage.bay.release(PSI, HAND)
    stage.run(1.5)
    assert stage.numbers == pytest.approx((0.2, 0.2, 1.0))


def test_it_is_picked_up_softly_and_arrives() -> None:
    stage = Stage().write(HAND, (REACH, 2.0)).run(0.5)
    stage.write(MIDI, (REACH, 0.5))
    assert stage.numbers[1] * stage.numbers[2] == pytest.approx(2.0, abs=0.1)
    stage.run(2.0)
    assert stage.numbers == (0.5, 0.5, 1.0)


def test_writing_it_does_not_go_round_in_circles() -> None:
    stage = Stage().write(OSC, (REACH, 0.3)).run(1.0)
    revision = stage.bay.revision
    stage.run(2.0)
    assert stage.bay.revision == revision
