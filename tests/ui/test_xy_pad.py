"""The XY pad: every gesture, judged by what the bay holds afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.ui.binder import Binder
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.xy_pad import XYPad

ACROSS, UP = "/mix/offset/coarse", "/mix/offset/fine"  # each -1..1, default 0
Show = Callable[[QWidget, int, int], None]
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def pad(binder: Binder, shown: Show) -> XYPad:
    made = XYPad(binder, ACROSS, UP)
    shown(made, 200, 224)
    return made


def go(hand: Any, pad: XYPad, x: float, y: float, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """Press away from the dot, move by shares of the field (up is more), let go."""
    start = QPointF(40, 40)
    by = QPointF(x * pad.pad().width(), -y * pad.pad().height())
    hand.press(pad, start, modifiers)
    for step in range(1, 5):
        hand.move(pad, start + by * (step / 4), modifiers)
    hand.release(pad, start + by, modifiers)


def both(bay: Bay) -> tuple[float, float]:
    return bay.number(ACROSS), bay.number(UP)


def test_a_drag_moves_both_from_where_they_are(pad: XYPad, binder: Binder, bay: Bay, hand: Any) -> None:
    go(hand, pad, 0.25, 0.1)
    binder.poll()
    assert both(bay) == (pytest.approx(0.5), pytest.approx(0.2))


def test_shift_is_fine(pad: XYPad, binder: Binder, bay: Bay, hand: Any) -> None:
    go(hand, pad, 0.5, -0.5, hand.shift)
    binder.poll()
    assert both(bay) == (pytest.approx(0.1), pytest.approx(-0.1))


def test_beyond_the_borders_it_goes_on(pad: XYPad, binder: Binder, bay: Bay, hand: Any) -> None:
    go(hand, pad, 3.0, -2.0)
    binder.poll()
    assert both(bay) == (pytest.approx(6.0), pytest.approx(-4.0))
    assert pad.point(pad.across.position, pad.up.position) == pad.point(1, 0)  # the dot stays at the border


def test_a_press_alone_moves_nothing_but_holds_both(
    pad: XYPad, binder: Binder, bay: Bay, hand: Any, clock: ManualClock
) -> None:
    hand.press(pad, QPointF(150, 30))
    binder.poll()
    assert both(bay) == (0.0, 0.0)
    assert bay.holder(ACROSS) == bay.holder(UP) == HAND.name
    hand.release(pad, QPointF(150, 30))
    clock.advance(1.0)
    assert bay.holder(ACROSS) == bay.holder(UP) == ""


def test_the_wheel_moves_up_and_with_shift_across(pad: XYPad, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.wheel(pad, 2)
    binder.poll()
    assert both(bay) == (0.0, pytest.approx(0.08))
    hand.wheel(pad, -1, hand.shift)
    binder.poll()
    assert both(bay) == (pytest.approx(-0.04), pytest.approx(0.08))


def test_a_double_click_widens_both_and_on_a_number_types_it(pad: XYPad, bay: Bay, hand: Any) -> None:
    hand.double_click(pad, QPointF(60, 60))
    assert bay.range(ACROSS) == bay.range(UP) == (-2.0, 2.0)
    hand.double_click(pad, pad.number_boxes()[1].center())
    editor = pad.findChild(LineEditor)
    assert editor is not None
    editor.setText("1e9")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert both(bay) == (0.0, 1e9)


def test_keys(pad: XYPad, binder: Binder, bay: Bay) -> None:
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        QTest.keyClick(pad, key)
    binder.poll()
    assert both(bay) == (pytest.approx(0.04), pytest.approx(-0.02))
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    binder.poll()
    assert both(bay) == (0.0, 0.0)


def test_enter_types_both(pad: XYPad, bay: Bay) -> None:
    QTest.keyClick(pad, Qt.Key.Key_Return)
    editor = pad.findChild(LineEditor)
    assert editor is not None
    editor.setText("7")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.isVisible()  # one number is not two
    editor.setText("-0,5  3e4")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert both(bay) == (-0.5, 3e4)


def test_alt_click_is_both_defaults(pad: XYPad, binder: Binder, bay: Bay, hand: Any) -> None:
    bay.write([(ACROSS, 5.0), (UP, -5.0)], HAND)
    binder.poll()
    hand.click(pad, modifiers=hand.alt)
    binder.poll()
    assert both(bay) == (0.0, 0.0)


def test_a_ctrl_drag_records_both(pad: XYPad, bay: Bay, hand: Any) -> None:
    go(hand, pad, 0.2, 0.2, CONTROL)
    told = [(event.address, event.text) for event in bay.drain_events()]
    assert sorted(told[:2]) == [("/loop/hold", ACROSS), ("/loop/hold", UP)]
    assert sorted(told[2:]) == [("/loop/release", ACROSS), ("/loop/release", UP)]


def test_each_axis_has_its_menu(pad: XYPad, binder: Binder, bay: Bay) -> None:
    bay.write([(ACROSS, 5.0), (UP, -5.0)], HAND)
    binder.poll()
    parts = [action.menu() for action in pad.menu().actions()]
    assert len(parts) == 2
    {a.text().split("\t")[0]: a for a in parts[1].actions()}["Default"].trigger()  # type: ignore[attr-defined]
    binder.poll()
    assert both(bay) == (5.0, 0.0)


def test_it_plays_two_other_addresses(pad: XYPad, binder: Binder, bay: Bay, hand: Any) -> None:
    pad.retarget("/deck/b/psi", "/deck/b/eq/fine")
    go(hand, pad, 0.1, 0.1)
    binder.poll()
    assert both(bay) == (0.0, 0.0)
    assert bay.number("/deck/b/psi") == pytest.approx(1.3)
    assert bay.number("/deck/b/eq/fine") == pytest.approx(1.2)


def test_with_one_axis_asleep_the_other_plays(pad: XYPad, binder: Binder, bay: Bay, hand: Any) -> None:
    bay.install(Layout(2, [spec for spec in bay.layout.specs if spec.address != UP]))
    binder.poll()
    go(hand, pad, 0.25, 0.25)
    hand.double_click(pad, QPointF(60, 60))
    binder.poll()
    assert bay.number(ACROSS) == pytest.approx(0.5)
    assert not pad.grab().isNull()


@pytest.mark.parametrize("value", [1e300, -1e300, 1e-320])
def test_any_pair_paints(pad: XYPad, binder: Binder, bay: Bay, value: float) -> None:
    bay.write([(ACROSS, value), (UP, -value)], HAND)
    binder.poll()
    for axis in pad.axes:
        axis.show_effective(-value)
        axis.show_waiting(value / 3)
        axis.show_loop((0.2, 1.0, False))
    assert not pad.grab().isNull()
