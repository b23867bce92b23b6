"""Every gesture of a slider, judged by what the bay holds afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, Rank, Source
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.slider import Slider

OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
PSI = "/deck/a/psi"  # -1..2, default 1
Show = Callable[[QWidget, int, int], None]


@pytest.fixture
def slider(binder: Binder, shown: Show) -> Slider:
    made = Slider(binder, PSI, theme.DECK_A)
    shown(made, 400, 26)
    return made


def settle(binder: Binder) -> None:
    binder.poll()


def test_drag_moves_by_its_share_of_the_travel(slider: Slider, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.drag(slider, slider.travel() / 6)
    settle(binder)
    assert bay.number(PSI) == pytest.approx(1.5)


def test_a_press_alone_moves_nothing(slider: Slider, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.click(slider, QPointF(120, 13))
    settle(binder)
    assert bay.number(PSI) == 1.0


def test_shift_is_ten_times_finer(slider: Slider, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.drag(slider, slider.travel() / 3, hand.shift)
    settle(binder)
    assert bay.number(PSI) == pytest.approx(1.1)


def test_drag_goes_on_beyond_the_range(slider: Slider, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.drag(slider, 2 * slider.travel())
    settle(binder)
    assert bay.number(PSI) == pytest.approx(7.0)
    assert slider.beyond
    assert slider.ink == theme.BEYOND


def test_the_hand_holds_while_it_drags(slider: Slider, binder: Binder, bay: Bay, hand: Any, clock: ManualClock) -> None:
    hand.press(slider, QPointF(200, 13))
    hand.move(slider, QPointF(230, 13))
    settle(binder)
    kept = bay.number(PSI)
    bay.write([(PSI, -0.5)], OSC)
    assert bay.number(PSI) == kept
    assert bay.holder(PSI) == HAND.name
    hand.release(slider, QPointF(230, 13))
    clock.advance(1.0)
    assert bay.holder(PSI) == ""


def test_hiding_lets_go(slider: Slider, bay: Bay, hand: Any, clock: ManualClock) -> None:
    hand.press(slider, QPointF(200, 13))
    slider.hide()
    clock.advance(1.0)
    assert bay.holder(PSI) == ""


def test_wheel_steps_and_shift_is_finer(slider: Slider, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.wheel(slider, 1)
    settle(binder)
    coarse = bay.number(PSI) - 1.0
    assert coarse == pytest.approx(0.06)
    hand.wheel(slider, -1, hand.shift)
    settle(binder)
    assert bay.number(PSI) == pytest.approx(1.0 + 0.9 * coarse)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (Qt.Key.Key_Right, 1.03),
        (Qt.Key.Key_Up, 1.03),
        (Qt.Key.Key_Left, 0.97),
        (Qt.Key.Key_Down, 0.97),
        (Qt.Key.Key_PageUp, 1.3),
        (Qt.Key.Key_PageDown, 0.7),
        (Qt.Key.Key_Home, -1.0),
        (Qt.Key.Key_End, 2.0),
    ],
)
def test_keys(slider: Slider, binder: Binder, bay: Bay, key: Qt.Key, value: float) -> None:
    QTest.keyClick(slider, key)
    settle(binder)
    assert bay.number(PSI) == pytest.approx(value)


def test_alt_click_and_delete_go_to_the_default(slider: Slider, binder: Binder, bay: Bay, hand: Any) -> None:
    bay.write([(PSI, -7.0)], HAND)
    hand.click(slider, modifiers=hand.alt)
    settle(binder)
    assert bay.number(PSI) == 1.0
    bay.write([(PSI, -7.0)], HAND)
    QTest.keyClick(slider, Qt.Key.Key_Delete)
    settle(binder)
    assert bay.number(PSI) == 1.0


def test_double_click_doubles_the_range_about_its_centre(slider: Slider, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.double_click(slider, slider.track().center())
    assert bay.range(PSI) == (-2.5, 3.5)
    assert bay.number(PSI) == 1.0
    hand.drag(slider, slider.travel() / 6)
    settle(binder)
    assert bay.number(PSI) == pytest.approx(2.0)


def type_into(slider: Slider, text: str) -> LineEditor:
    editor = slider.findChild(LineEditor)
    assert editor is not None
    editor.setText(text)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    return editor


@pytest.mark.parametrize(
    ("text", "value"), [("1e6", 1e6), ("-0,25", -0.25), ("−3", -3.0), ("20 000", 20000.0), ("1e-12", 1e-12)]
)
def test_any_finite_number_may_be_typed(slider: Slider, bay: Bay, hand: Any, text: str, value: float) -> None:
    hand.double_click(slider, QPointF(slider.number_box().center()))
    editor = type_into(slider, text)
    assert bay.number(PSI) == value
    assert not editor.isVisible()


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "", "moon"])
def test_what_is_no_number_is_refused_and_stays_to_be_mended(slider: Slider, bay: Bay, hand: Any, text: str) -> None:
    QTest.keyClick(slider, Qt.Key.Key_Return)
    editor = type_into(slider, text)
    assert bay.number(PSI) == 1.0
    assert editor.isVisible()
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert not editor.isVisible()
    assert bay.number(PSI) == 1.0


def test_nan_from_a_hand_is_counted(slider: Slider, bay: Bay) -> None:
    slider.begin_typing()
    type_into(slider, "nan")
    assert bay.counts.not_finite[HAND.name] == 1


def entries(menu: QMenu) -> dict[str, QAction]:
    return {action.text().split("\t")[0]: action for action in menu.actions()}


def test_the_menu_copies_resets_and_widens(slider: Slider, binder: Binder, bay: Bay) -> None:
    bay.write([(PSI, 4.0)], HAND)
    menu = slider.menu()
    actions = entries(menu)
    actions["Copy OSC address"].trigger()
    assert QGuiApplication.clipboard().text() == PSI
    actions["Widen range ×2"].trigger()
    assert bay.range(PSI) == (-2.5, 3.5)
    actions["Default"].trigger()
    settle(binder)
    assert bay.number(PSI) == 1.0
    assert f"held by {HAND.name}" in actions
    entries(slider.menu())["Nominal range −1.00 … 2.00"].trigger()
    assert bay.range(PSI) == (-1.0, 2.0)


def test_the_tooltip_says_address_value_range_and_holder(slider: Slider, binder: Binder, bay: Bay) -> None:
    bay.write([(PSI, 1.25)], OSC)
    settle(binder)
    tip = slider.tip()
    for part in (PSI, "1.25", "−1.00 … 2.00", OSC.name):
        assert part in tip


def test_logarithmic_travel_and_widening(binder: Binder, bay: Bay, hand: Any, shown: Show) -> None:
    zoom = Slider(binder, "/gen/zoom")  # 0.125..8, default in the middle
    shown(zoom, 400, 26)
    assert zoom.position == pytest.approx(0.5)
    hand.drag(zoom, zoom.travel() / 6)
    settle(binder)
    assert bay.number("/gen/zoom") == pytest.approx(2.0)
    hand.double_click(zoom, zoom.track().center())
    lo, hi = bay.range("/gen/zoom")
    assert (lo, hi) == (pytest.approx(1 / 64), pytest.approx(64.0))


def test_whole_numbers_move_by_one(binder: Binder, bay: Bay, hand: Any, shown: Show) -> None:
    weights = Slider(binder, "/gen/weights")
    shown(weights, 400, 26)
    QTest.keyClick(weights, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    settle(binder)
    assert bay.number("/gen/weights") == 8.0
    hand.drag(weights, 3 * weights.travel())
    settle(binder)
    assert bay.number("/gen/weights") > 999
    assert bay.number("/gen/weights") == round(bay.number("/gen/weights"))


def test_a_guard_moves_the_widened_range_instead_of_crossing_it(binder: Binder, bay: Bay, shown: Show) -> None:
    glide = Slider(binder, "/deck/a/glide/time")  # guarded at 0, 0..10
    shown(glide, 400, 26)
    glide.widen()
    assert bay.range("/deck/a/glide/time") == (0.0, 20.0)


def test_a_control_that_sleeps_does_nothing_and_wakes_again(binder: Binder, bay: Bay, hand: Any, shown: Show) -> None:
    hue = Slider(binder, "/gen/hue")
    shown(hue, 400, 26)
    old = bay.layout
    bay.install(Layout(2, [s for s in old.specs if s.address != "/gen/hue"]))
    binder.poll()
    assert not hue.isEnabled()
    hue.step(0.5)
    hue.reset()
    hue.widen()
    assert hue.begin_typing() is None
    assert "no such control" in hue.tip()
    bay.install(Layout(3, old.specs))
    binder.poll()
    assert hue.isEnabled()
    hand.drag(hue, hue.travel() / 4)
    binder.poll()
    assert bay.number("/gen/hue") == pytest.approx(90.0)


def test_absurd_values_paint(slider: Slider, binder: Binder, bay: Bay) -> None:
    for value in (1e300, -1e300, 5e-324, 2.0000001):
        bay.write([(PSI, value)], HAND)
        settle(binder)
        assert not slider.grab().isNull()
        slider.step(0.01)
        settle(binder)


def test_beyond_the_range_there_is_pink_and_within_there_is_none(slider: Slider, binder: Binder, bay: Bay) -> None:
    def pink() -> int:
        image = slider.grab().toImage()
        track = slider.track()
        x, y = round(track.right()) + 4, round(track.center().y())
        colour = image.pixelColor(x, y)
        return colour.red() - colour.green()

    assert pink() < 40
    bay.write([(PSI, 30.0)], HAND)
    settle(binder)
    assert pink() > 120
