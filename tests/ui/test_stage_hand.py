"""The stage under the hand: what dragging, throwing and the wheel write, and what the stage shows at the start."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, RECALL, Rank, Source
from latentjockey.ui.binder import Binder
from latentjockey.ui.breath import FADE_S, PERIOD_S, breath, load_still, opacity
from latentjockey.ui.stage_hand import FRICTION_S, rolls, speed, throw
from latentjockey.ui.stage_view import StageView
from latentjockey.ui.stage_words import FADES_S, STAYS_S, fading

OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
SIDE = 400
Show = Callable[[QWidget, int, int], None]


def leading(bay: Bay) -> None:
    """Give the model directions."""
    bay.install(Layout(2, catalogue.builtin(16, (64, 64), (), 6)))


@pytest.fixture
def stage(binder: Binder, pictures: Any, clock: ManualClock, shown: Show) -> StageView:
    view = StageView(pictures, lambda _: None, lambda _: None, "painter", binder=binder, clock=clock)
    shown(view, 2 * SIDE, SIDE)
    return view


class Finger:
    """One finger on the stage, with a clock."""

    def __init__(self, stage: StageView, hand: Any, clock: ManualClock) -> None:
        self.stage, self.hand, self.clock = stage, hand, clock
        self.at = QPointF(SIDE, SIDE / 2)

    def down(self) -> None:
        self.hand.press(self.stage, self.at)

    def move(self, x: float, y: float, modifiers: Any = None, seconds: float = 0.02) -> None:
        self.clock.advance(seconds)
        self.at += QPointF(x, y)
        self.hand.move(self.stage, self.at, *([] if modifiers is None else [modifiers]))

    def up(self, after: float = 1.0) -> None:
        self.clock.advance(after)
        self.hand.release(self.stage, self.at)


@pytest.fixture
def finger(stage: StageView, hand: Any, clock: ManualClock) -> Finger:
    return Finger(stage, hand, clock)


def at(bay: Bay, address: str) -> float:
    return float(bay.value(address)[0])  # type: ignore[index]


# -- dragging ---------------------------------------------------------------------------------------------------------


def test_dragging_moves_along_the_two_strongest_directions_of_the_focused_deck(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay
) -> None:
    leading(bay)
    bay.write([("/surface/focus", "b")], OSC)
    finger.down()
    finger.move(SIDE / 4, -SIDE / 8)
    finger.move(SIDE / 4, 0)
    finger.up()
    binder.flush()
    assert at(bay, "/deck/b/dir/0") == pytest.approx(4.0)
    assert at(bay, "/deck/b/dir/1") == pytest.approx(1.0)
    assert not np.any(bay.value("/deck/a/dir"))
    assert not np.any(bay.value("/deck/b/z"))


def test_without_directions_it_moves_the_first_two_components_of_z(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay
) -> None:
    finger.down()
    finger.move(0, SIDE / 4)
    finger.up()
    binder.flush()
    assert at(bay, "/deck/a/z/0") == 0.0
    assert at(bay, "/deck/a/z/1") == pytest.approx(-1.5)


def test_nothing_stops_it_at_the_nominal_range_and_it_starts_where_the_deck_is(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay
) -> None:
    leading(bay)
    bay.write([("/deck/a/dir/0", 3.5)], OSC)
    finger.down()
    finger.move(SIDE, 0)
    finger.up()
    binder.flush()
    assert at(bay, "/deck/a/dir/0") == pytest.approx(11.5)


def test_shift_is_fine(stage: StageView, finger: Finger, binder: Binder, bay: Bay, hand: Any) -> None:
    leading(bay)
    finger.down()
    finger.move(SIDE / 2, 0, hand.shift)
    finger.up()
    binder.flush()
    assert at(bay, "/deck/a/dir/0") == pytest.approx(0.4)


def test_the_hand_holds_what_it_drags_and_lets_go(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay, clock: ManualClock
) -> None:
    leading(bay)
    finger.down()
    finger.move(40, 40)
    clock.advance(5.0)
    assert [bay.holder(f"/deck/a/dir/{i}") for i in (0, 1)] == [HAND.name, HAND.name]
    assert bay.holder("/deck/a/dir/2") == ""
    finger.up()
    clock.advance(1.0)
    assert bay.holder("/deck/a/dir/0") == ""


def test_a_stage_that_is_hidden_lets_go(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay, clock: ManualClock
) -> None:
    leading(bay)
    finger.down()
    finger.move(40, 40)
    stage.hide()
    clock.advance(1.0)
    assert bay.holder("/deck/a/dir/0") == ""


def test_a_click_and_a_double_click_move_nothing(stage: StageView, binder: Binder, bay: Bay, hand: Any) -> None:
    leading(bay)
    before = bay.snapshot().values.copy()
    bay.drain_events()
    hand.click(stage)
    hand.double_click(stage, QPointF(SIDE, SIDE / 2))
    binder.flush()
    assert np.array_equal(bay.snapshot().values, before)
    assert bay.drain_events() == []
    assert stage.isVisible()


# -- throwing ---------------------------------------------------------------------------------------------------------


def thrown(finger: Finger) -> None:
    """Half a range to the right and an eighth down within 80 ms, and let go."""
    finger.down()
    for _ in range(4):
        finger.move(SIDE / 8, SIDE / 32)
    finger.up(after=0.0)


def roll(stage: StageView, binder: Binder, clock: ManualClock, seconds: float) -> None:
    assert stage.hand is not None
    for _ in range(round(seconds * 60)):
        clock.advance(1 / 60)
        stage.hand.roll()
    binder.flush()


def test_let_go_in_motion_it_glides_on_and_comes_to_rest(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay, clock: ManualClock
) -> None:
    leading(bay)
    thrown(finger)
    binder.flush()
    start = at(bay, "/deck/a/dir/0")
    assert start == pytest.approx(4.0)
    roll(stage, binder, clock, 0.5)
    middle = at(bay, "/deck/a/dir/0")
    assert bay.holder("/deck/a/dir/0") == HAND.name
    roll(stage, binder, clock, 12.0)
    end = at(bay, "/deck/a/dir/0")
    assert start < middle < end
    v0 = 0.5 / 0.08  # shares of the range a second
    assert end == pytest.approx(start + 8.0 * v0 * FRICTION_S, rel=0.02)
    assert at(bay, "/deck/a/dir/1") == pytest.approx(-end / 4, rel=0.02)
    assert stage.hand is not None
    assert not stage.hand.rolling


def test_a_click_stops_it(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay, clock: ManualClock, hand: Any
) -> None:
    leading(bay)
    thrown(finger)
    roll(stage, binder, clock, 0.3)
    hand.click(stage)
    stopped = at(bay, "/deck/a/dir/0")
    roll(stage, binder, clock, 1.0)
    assert at(bay, "/deck/a/dir/0") == stopped


def test_put_down_gently_it_stays(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay, clock: ManualClock
) -> None:
    leading(bay)
    finger.down()
    for _ in range(4):
        finger.move(SIDE / 8, 0)
    finger.up(after=0.3)
    roll(stage, binder, clock, 2.0)
    assert at(bay, "/deck/a/dir/0") == pytest.approx(4.0)


def test_a_throw_ends_when_anybody_else_moves_the_deck(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay, clock: ManualClock
) -> None:
    leading(bay)
    thrown(finger)
    roll(stage, binder, clock, 0.3)
    bay.write([("/deck/a/dir/0", -2.0)], RECALL)
    roll(stage, binder, clock, 1.0)
    assert at(bay, "/deck/a/dir/0") == -2.0
    assert stage.hand is not None
    assert not stage.hand.rolling


def test_a_throw_ends_with_the_model(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay, clock: ManualClock
) -> None:
    leading(bay)
    thrown(finger)
    bay.install(Layout(3, catalogue.builtin(16, (64, 64))))
    binder.poll()
    roll(stage, binder, clock, 0.5)
    assert stage.hand is not None
    assert not stage.hand.rolling


def test_a_late_step_lands_where_the_early_ones_would_have(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay, clock: ManualClock
) -> None:
    leading(bay)
    thrown(finger)
    assert stage.hand is not None
    clock.advance(1.0001)
    stage.hand.roll()
    binder.flush()
    assert at(bay, "/deck/a/dir/0") == pytest.approx(4.0 + 8.0 * throw(0.5 / 0.08, 1.0), rel=0.02)


SPEEDS = st.floats(-50, 50)
TIMES = st.floats(0, 20)


@given(SPEEDS, TIMES, TIMES)
def test_a_throw_is_friction(v0: float, t: float, more: float) -> None:
    """It starts with v0, never turns back, never passes its rest, and going on from any moment is the same throw."""
    assert throw(v0, 0.0) == 0.0
    assert abs(throw(v0, t)) <= abs(throw(v0, t + more)) + 1e-12
    assert abs(throw(v0, t)) <= abs(v0) * FRICTION_S
    slowed = v0 * math.exp(-t / FRICTION_S)
    assert throw(v0, t + more) == pytest.approx(throw(v0, t) + throw(slowed, more), abs=1e-9)
    assert abs(v0) * math.exp(-rolls(v0) / FRICTION_S) <= 0.005


def test_the_speed_is_that_of_the_last_moment() -> None:
    assert speed([], 1.0) == 0.0
    assert speed([(1.0, 5.0)], 1.0) == 0.0
    assert speed([(0.0, 0.0), (0.95, 9.0), (1.0, 9.5)], 1.0) == pytest.approx(10.0)
    assert speed([(0.0, 0.0), (0.1, 1.0)], 1.0) == 0.0


# -- the wheel and the readout ----------------------------------------------------------------------------------------


def test_the_wheel_is_the_reach_of_the_focused_deck(stage: StageView, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.wheel(stage, 5)
    hand.wheel(stage, 5)
    binder.flush()
    assert bay.number("/deck/a/reach") == pytest.approx(1.4)
    hand.wheel(stage, -5, hand.shift)
    binder.flush()
    assert bay.number("/deck/a/reach") == pytest.approx(1.38)
    bay.write([("/surface/focus", "b")], OSC)
    hand.wheel(stage, 60)
    binder.flush()
    assert bay.number("/deck/b/reach") == pytest.approx(3.4)
    assert bay.number("/deck/a/reach") == pytest.approx(1.38)


def test_what_moves_is_said_and_fades(
    stage: StageView, finger: Finger, binder: Binder, bay: Bay, clock: ManualClock, hand: Any
) -> None:
    leading(bay)
    assert stage.readout == ""
    finger.down()
    finger.move(SIDE / 4, SIDE / 8)
    assert stage.readout.replace("\u2009", " ") == "lead 2.00 σ  direction 2 −1.00 σ"
    clock.advance(10.0)
    stage.look()
    assert stage.readout
    finger.up()
    clock.advance(STAYS_S + FADES_S + 0.01)
    stage.look()
    assert stage.readout == ""
    hand.wheel(stage, 5)
    assert stage.readout == "reach 1.20×"


def test_the_readout_stays_a_moment_before_it_fades() -> None:
    assert fading(0.0) == fading(STAYS_S) == 1.0
    assert 0.0 < fading(STAYS_S + FADES_S / 2) < 1.0
    assert fading(STAYS_S + FADES_S) == 0.0


# -- the first seconds ------------------------------------------------------------------------------------------------


@pytest.fixture
def still(tmp_path: Path) -> Path:
    path = tmp_path / "last.png"
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(0xFFC83214)
    assert image.save(str(path))
    return path


def middle(stage: QWidget) -> tuple[int, int, int]:
    image = stage.grab().toImage()
    colour = image.pixelColor(image.width() // 2, image.height() // 4)
    return colour.red(), colour.green(), colour.blue()


def test_the_last_still_breathes_until_the_first_picture_has_taken_over(
    pictures: Any, clock: ManualClock, shown: Show, still: Path
) -> None:
    empty = type(pictures)()
    stage = StageView(empty, lambda _: None, lambda _: None, "painter", clock=clock, last_still=still)
    stage.say("the engine is loading")
    shown(stage, SIDE, SIDE)
    stage.look()
    assert middle(stage) == (200, 50, 20)
    clock.advance(PERIOD_S / 2)
    stage.look()
    dark = middle(stage)
    assert 140 <= dark[0] <= 170
    clock.advance(PERIOD_S / 2)
    empty.show(np.full((8, 8, 3), (10, 200, 90), np.uint8))
    stage.look()
    assert middle(stage) == (200, 50, 20)
    clock.advance(FADE_S / 2)
    stage.look()
    between = middle(stage)
    assert 90 <= between[0] <= 120
    assert 110 <= between[1] <= 140
    clock.advance(FADE_S)
    stage.look()
    QApplication.processEvents()
    assert middle(stage) == (10, 200, 90)


def test_blackout_is_black_from_the_start(pictures: Any, clock: ManualClock, shown: Show, still: Path) -> None:
    stage = StageView(type(pictures)(), lambda _: None, lambda _: None, "painter", clock=clock, last_still=still)
    shown(stage, SIDE, SIDE)
    stage.set_blackout(True)
    stage.look()
    assert middle(stage) == (0, 0, 0)


def test_what_is_no_picture_is_a_dark_ground(pictures: Any, clock: ManualClock, shown: Show, tmp_path: Path) -> None:
    broken = tmp_path / "last.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    assert load_still(broken) is None
    assert load_still(tmp_path / "absent.png") is None
    empty = type(pictures)()
    stage = StageView(empty, lambda _: None, lambda _: None, "painter", clock=clock, last_still=broken)
    shown(stage, SIDE, SIDE)
    stage.look()
    assert 8 < max(middle(stage)) < 48
    empty.show(np.full((8, 8, 3), 200, np.uint8))
    stage.look()
    assert middle(stage) == (200, 200, 200)


@given(st.floats(0, 1e4))
def test_the_breath_is_slow_and_gentle(t: float) -> None:
    now = breath(t)
    assert 1.0 <= now.zoom <= 1.03
    assert 0.77 <= now.light <= 1.0
    assert abs(breath(t + 1 / 60).light - now.light) < 0.004
    assert breath(t + PERIOD_S).zoom == pytest.approx(now.zoom, abs=1e-6)


@given(st.floats(0, 2), st.floats(0, 2))
def test_the_still_only_ever_goes(since: float, more: float) -> None:
    assert opacity(None) == opacity(0.0) == 1.0
    assert 0.0 <= opacity(since + more) <= opacity(since) <= 1.0
    assert opacity(FADE_S + since) == 0.0


def test_the_age_of_the_picture_is_known(pictures: Any, clock: ManualClock, shown: Show) -> None:
    empty = type(pictures)()
    stage = StageView(empty, lambda _: None, lambda _: None, "painter", clock=clock)
    shown(stage, SIDE, SIDE)
    stage.look()
    assert stage.age() is None
    empty.show(np.full((8, 8, 3), 200, np.uint8))
    stage.look()
    stage.grab()
    clock.advance(2.0)
    assert stage.age() == 2.0
