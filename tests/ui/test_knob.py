"""Knob, fader, bar row, slider and crossfader: every gesture, judged by what the bay holds afterwards."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.ui import theme
from latentjockey.ui.arcs import GAP, START, SWEEP, clock_degrees, excess_share
from latentjockey.ui.bar_row import BarRow, BarRows, bar_place
from latentjockey.ui.binder import Binder
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.crossfader import Crossfader
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.fader import Fader
from latentjockey.ui.knob import Knob
from latentjockey.ui.ranges import doubled, halved
from latentjockey.ui.slider import Slider

PSI = "/deck/a/psi"  # -1..2, default 1
OTHER = "/deck/b/psi"
Show = Callable[[QWidget, int, int], None]
CONTROL = Qt.KeyboardModifier.ControlModifier

KINDS: dict[str, tuple[Callable[[Binder, str], ControlWidget], int, int]] = {
    "knob": (lambda binder, at: Knob(binder, at, theme.DECK_A), 70, 92),
    "large knob": (lambda binder, at: Knob(binder, at, theme.DECK_A, large=True), 130, 156),
    "fader": (lambda binder, at: Fader(binder, at, theme.DECK_A), 58, 200),
    "bar": (lambda binder, at: BarRow(binder, at, theme.DECK_A), 300, 22),
    "slider": (lambda binder, at: Slider(binder, at, theme.DECK_A), 400, 26),
    "crossfader": (lambda binder, at: Crossfader(binder, at), 500, 44),
}


@pytest.fixture(params=list(KINDS))
def widget(request: pytest.FixtureRequest, binder: Binder, shown: Show) -> ControlWidget:
    make, width, height = KINDS[request.param]
    made = make(binder, PSI)
    shown(made, width, height)
    return made


def go(hand: Any, widget: QWidget, by: QPointF, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """Press in the middle, move in eight steps, let go."""
    start = QPointF(widget.rect().center())
    hand.press(widget, start, modifiers)
    for step in range(1, 9):
        hand.move(widget, start + by * (step / 8), modifiers)
    hand.release(widget, start + by, modifiers)


def way(widget: ControlWidget, share: float) -> QPointF:
    """The movement of the hand that should move by ``share`` of the range."""
    far = share * widget.travel()
    return QPointF(0, -far) if isinstance(widget, Fader) else QPointF(far, 0)


def off_number(widget: ControlWidget) -> QPointF:
    box = widget.number_box()
    for x, y in ((3, 3), (widget.width() - 4, 3), (3, widget.height() - 4)):
        if not box.contains(x, y):
            return QPointF(x, y)
    raise AssertionError("the number fills the widget")


# -- gestures of every control ----------------------------------------------------------------------------------------


def test_a_drag_moves_by_its_share_and_on_beyond(widget: ControlWidget, binder: Binder, bay: Bay, hand: Any) -> None:
    go(hand, widget, way(widget, -0.5))
    binder.poll()
    assert bay.number(PSI) == pytest.approx(-0.5)
    go(hand, widget, way(widget, 3.0))
    binder.poll()
    assert bay.number(PSI) == pytest.approx(8.5)
    assert widget.beyond
    assert widget.ink == theme.BEYOND


def test_shift_is_fine(widget: ControlWidget, binder: Binder, bay: Bay, hand: Any) -> None:
    go(hand, widget, way(widget, -0.5), hand.shift)
    binder.poll()
    assert bay.number(PSI) == pytest.approx(0.85)


def test_wheel_and_keys_step(widget: ControlWidget, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.wheel(widget, 2)
    binder.poll()
    assert bay.number(PSI) == pytest.approx(1.12)
    hand.wheel(widget, -2, hand.shift)
    binder.poll()
    assert bay.number(PSI) == pytest.approx(1.108)
    for key, value in (
        (Qt.Key.Key_Home, -1.0),
        (Qt.Key.Key_PageUp, -0.7),
        (Qt.Key.Key_End, 2.0),
        (Qt.Key.Key_Up, 2.03),
    ):
        QTest.keyClick(widget, key)
        binder.poll()
        assert bay.number(PSI) == pytest.approx(value)
    QTest.keyClick(widget, Qt.Key.Key_Delete)
    binder.poll()
    assert bay.number(PSI) == 1.0


def test_a_double_click_widens_and_on_the_number_types(widget: ControlWidget, bay: Bay, hand: Any) -> None:
    hand.double_click(widget, off_number(widget))
    assert bay.range(PSI) == (-2.5, 3.5)
    hand.double_click(widget, QPointF(widget.number_box().center()))
    editor = widget.findChild(LineEditor)
    assert editor is not None
    editor.setText("-1e6")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert bay.number(PSI) == -1e6
    assert bay.range(PSI) == (-2.5, 3.5)


def test_alt_click_is_the_default(widget: ControlWidget, binder: Binder, bay: Bay, hand: Any) -> None:
    bay.write([(PSI, 77.0)], HAND)
    binder.poll()
    hand.click(widget, modifiers=hand.alt)
    binder.poll()
    assert bay.number(PSI) == 1.0


def test_a_ctrl_drag_records_a_loop(widget: ControlWidget, binder: Binder, bay: Bay, hand: Any) -> None:
    go(hand, widget, way(widget, -0.5), CONTROL)
    binder.poll()
    told = [(event.address, event.text) for event in bay.drain_events()]
    assert told == [("/loop/hold", PSI), ("/loop/release", PSI)]
    assert bay.number(PSI) == pytest.approx(-0.5)
    go(hand, widget, way(widget, 0.1))
    assert not bay.drain_events()


def test_hiding_while_recording_ends_the_recording(widget: ControlWidget, bay: Bay, hand: Any) -> None:
    hand.press(widget, QPointF(widget.rect().center()), CONTROL)
    widget.hide()
    assert [event.address for event in bay.drain_events()] == ["/loop/hold", "/loop/release"]


@pytest.mark.parametrize("value", [1e300, -1e300, 5e-324, 2.0000001, -1.0])
def test_any_number_paints(widget: ControlWidget, binder: Binder, bay: Bay, value: float) -> None:
    bay.write([(PSI, value)], HAND)
    binder.poll()
    widget.show_waiting(-value)
    widget.show_effective(value / 2)
    widget.show_loop((0.3, 4.0, True))
    assert not widget.grab().isNull()


def pink(widget: QWidget) -> int:
    """How many pixels are more pink than anything else."""
    image = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGB888)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    rgb = raw[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)
    return int(((rgb[..., 0] > 180) & (rgb[..., 1] < 120) & (rgb[..., 2] > 90)).sum())


def test_pink_means_beyond_and_nothing_else(widget: ControlWidget, binder: Binder, bay: Bay) -> None:
    for state in ("plain", "marked"):
        if state == "marked":
            widget.show_waiting(0.5)
            widget.show_effective(1.5)
            widget.show_loop((0.3, 4.0, True))
            widget.show_armed(True)
        assert pink(widget) == 0, state
    widget.show_armed(False)
    bay.write([(PSI, 30.0)], HAND)
    binder.poll()
    assert pink(widget) > 5


# -- another address --------------------------------------------------------------------------------------------------


def test_a_retargeted_widget_plays_the_other_address_only(
    widget: ControlWidget, binder: Binder, bay: Bay, hand: Any
) -> None:
    bay.write([(OTHER, 0.25)], HAND)
    widget.retarget(OTHER)
    assert widget.value == 0.25
    go(hand, widget, way(widget, -0.25))
    binder.poll()
    assert bay.number(OTHER) == pytest.approx(-0.5)
    assert bay.number(PSI) == 1.0
    bay.write([(PSI, 1.7)], HAND)
    binder.poll()
    assert widget.value == pytest.approx(-0.5)


def test_retargeting_lets_go_of_what_was_held(widget: ControlWidget, bay: Bay, hand: Any, clock: ManualClock) -> None:
    hand.press(widget, QPointF(widget.rect().center()), CONTROL)
    assert bay.holder(PSI) == HAND.name
    widget.retarget(OTHER)
    clock.advance(1.0)
    assert bay.holder(PSI) == ""
    assert [(e.address, e.text) for e in bay.drain_events()] == [("/loop/hold", PSI), ("/loop/release", PSI)]


def test_what_is_being_typed_goes_where_it_was_begun(widget: ControlWidget, bay: Bay) -> None:
    QTest.keyClick(widget, Qt.Key.Key_Return)
    editor = widget.findChild(LineEditor)
    assert editor is not None
    widget.retarget(OTHER)
    editor.setText("5")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert bay.number(PSI) == 5.0
    assert bay.number(OTHER) == 1.0


def test_a_target_that_sleeps_wakes_later(binder: Binder, bay: Bay, shown: Show, hand: Any) -> None:
    knob = Knob(binder, PSI)
    shown(knob, 70, 92)
    knob.retarget("/gen/later")
    assert not knob.isEnabled()
    later = ControlSpec("/gen/later", Kind.FLOAT, 0.5, 0.0, 1.0)
    bay.install(Layout(2, [*bay.layout.specs, later]))
    binder.poll()
    assert knob.isEnabled()
    go(hand, knob, QPointF(0, -knob.travel() / 4))
    binder.poll()
    assert bay.number("/gen/later") == pytest.approx(0.75)


# -- the knob ---------------------------------------------------------------------------------------------------------


def test_a_knob_goes_up_and_to_the_right_alike(binder: Binder, bay: Bay, hand: Any, shown: Show) -> None:
    knob = Knob(binder, PSI)
    shown(knob, 70, 92)
    go(hand, knob, QPointF(0, knob.travel() / 3))
    binder.poll()
    assert bay.number(PSI) == pytest.approx(0.0)
    go(hand, knob, QPointF(knob.travel() / 3, 0))
    binder.poll()
    assert bay.number(PSI) == pytest.approx(1.0)


def test_a_slanted_drag_follows_its_main_direction(binder: Binder, bay: Bay, hand: Any, shown: Show) -> None:
    knob = Knob(binder, PSI)
    shown(knob, 70, 92)
    go(hand, knob, QPointF(knob.travel() / 12, knob.travel() / 3))  # down, and a little to the right
    binder.poll()
    assert bay.number(PSI) == pytest.approx(0.0)


def test_the_arc_begins_at_zero_or_at_the_default(binder: Binder, shown: Show) -> None:
    assert Knob(binder, PSI).origin == pytest.approx(1 / 3)  # both signs: zero
    assert Knob(binder, "/deck/a/eq/coarse").origin == pytest.approx(0.5)  # 0..2: the default, 1
    assert Knob(binder, "/deck/a/drift/speed").origin == 0.0


@given(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308))
def test_any_position_has_its_angle_and_order_is_kept(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert clock_degrees(low) <= clock_degrees(high)
    assert clock_degrees(low) >= START - GAP
    assert clock_degrees(high) <= START + SWEEP + GAP


def test_seven_to_five_and_ever_further() -> None:
    assert clock_degrees(0.0) == -150.0
    assert clock_degrees(1.0) == 150.0
    assert excess_share(0.0) == 0.0
    shares = [excess_share(10.0**power) for power in range(-3, 300, 3)]
    assert all(b > a for a, b in itertools.pairwise(shares))
    assert clock_degrees(1e300) < 360 + START  # never as far as the other end
    assert clock_degrees(-1e300) > START + SWEEP - 360


# -- components and rows ----------------------------------------------------------------------------------------------


@pytest.fixture
def directed(bay: Bay) -> Bay:
    bay.install(Layout(2, catalogue.builtin(16, (64, 64), (), 6)))
    return bay


def test_a_row_plays_one_component(binder: Binder, directed: Bay, hand: Any, shown: Show) -> None:
    row = BarRow(binder, "/deck/a/dir/3", theme.DECK_A, "width")
    shown(row, 300, 22)
    binder.poll()
    go(hand, row, QPointF(row.travel() / 4, 0))
    binder.poll()
    assert directed.value("/deck/a/dir").tolist() == pytest.approx([0, 0, 0, 2, 0, 0])  # type: ignore[union-attr]
    QTest.keyClick(row, Qt.Key.Key_Delete)
    binder.poll()
    assert not directed.value("/deck/a/dir").any()  # type: ignore[union-attr]
    directed.write([("/deck/a/dir/3", -9.0)], HAND)
    binder.poll()
    assert row.value == -9.0
    assert row.beyond


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_a_row_has_a_place_for_any_number(first: float, second: float) -> None:
    bar = QRectF(50, 8, 200, 5)
    low, high = sorted((first, second))
    assert 50 <= bar_place(bar, 1.0, low) <= bar_place(bar, 1.0, high) <= 250
    assert bar_place(bar, 1.0, 0.0) == 150


def test_rows_come_go_and_play_other_addresses(binder: Binder, directed: Bay, hand: Any, shown: Show) -> None:
    rows = BarRows(binder, theme.DECK_A)
    shown(rows, 460, 200)
    rows.show_rows([(f"/deck/a/dir/{n}", f"a{n}") for n in range(6)])
    rows.show_rows([(f"/deck/b/dir/{n}", f"b{n}") for n in range(2)])
    assert [row.label for row in rows.rows] == ["b0", "b1"]
    rows.rows[1].resize(300, 22)
    QTest.keyClick(rows.rows[1], Qt.Key.Key_End)
    binder.poll()
    assert directed.value("/deck/b/dir").tolist()[1] == 4.0  # type: ignore[union-attr]
    assert not directed.value("/deck/a/dir").any()  # type: ignore[union-attr]


# -- ranges -----------------------------------------------------------------------------------------------------------


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_halving_undoes_doubling(lo: float, width: float) -> None:
    spec = ControlSpec("/x", Kind.FLOAT, lo=lo, hi=lo + width)
    back = halved(spec, *doubled(spec, lo, lo + width))
    assert back == pytest.approx((lo, lo + width), abs=width * 1e-6 + abs(lo) * 1e-9)


def test_halving_stays_on_the_guard_and_never_closes() -> None:
    spec = ControlSpec("/x", Kind.FLOAT, lo=0.0, hi=10.0, guard=(0.0, None))
    assert halved(spec, 0.0, 10.0) == (0.0, 5.0)
    lo, hi = -1.0, 3.0
    for _ in range(2000):
        lo, hi = halved(ControlSpec("/x", Kind.FLOAT), lo, hi)
    assert math.isfinite(lo)
    assert lo < hi
