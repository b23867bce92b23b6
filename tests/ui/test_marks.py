"""What stands beside a value, who is asked for it, the control at hand, and the menu of every control."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from latentjockey.control.bay import Bay
from latentjockey.control.source import HAND, LOOP, Rank, Source
from latentjockey.ui import wording
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton, Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.context_menu import control_menu
from latentjockey.ui.field import Field
from latentjockey.ui.kill_button import KillButton
from latentjockey.ui.knob import Knob
from latentjockey.ui.mark_round import MarkRound
from latentjockey.ui.marks import Marks, Swing, swung
from latentjockey.ui.painted import Painted
from latentjockey.ui.pointing import address_at_hand, control_at_hand
from latentjockey.ui.sigma_meter import SigmaMeter
from latentjockey.ui.slider import Slider
from latentjockey.ui.xy_pad import XYPad

PSI, EQ = "/deck/a/psi", "/deck/a/eq/coarse"
Show = Callable[[QWidget, int, int], None]


@pytest.fixture
def window(qtbot: Any, binder: Binder) -> QWidget:
    """A knob, a slider and a button under each other."""
    made = QWidget()
    column = QVBoxLayout(made)
    for widget in (Knob(binder, PSI), Slider(binder, EQ), ControlButton(binder, "/panic", "PANIC")):
        column.addWidget(widget)
    made.resize(300, 240)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    QTest.qWaitForWindowActive(made)
    return made


# -- marks ------------------------------------------------------------------------------------------------------------


def test_a_round_hands_each_widget_its_own_marks(window: QWidget, binder: Binder) -> None:
    binder.marks = Marks(
        waiting={PSI: 0.3}.get,
        effective={EQ: 1.5}.get,
        loop={PSI: (0.25, 4.0, False)}.get,
        armed=lambda: "/panic",
    )
    MarkRound(window, binder).go_round()
    knob, slider, button = (window.findChild(kind) for kind in (Knob, Slider, ControlButton))
    assert (knob.waiting, knob.effective, knob.loop, knob.armed) == (0.3, None, (0.25, 4.0, False), False)
    assert (slider.waiting, slider.effective, slider.loop) == (None, 1.5, None)
    assert button.armed
    assert "move a knob" in button.tip_text()
    binder.marks = Marks()
    MarkRound(window, binder).go_round()
    assert (knob.waiting, knob.loop, slider.effective, slider.swing, button.armed) == (None, None, None, None, False)


def test_hidden_widgets_are_not_asked(window: QWidget, binder: Binder) -> None:
    asked: list[str] = []
    knob = window.findChild(Knob)
    knob.hide()
    binder.marks = Marks(waiting=lambda address: asked.append(address))  # type: ignore[func-returns-value]
    MarkRound(window, binder).go_round()
    assert asked == [EQ]


def test_marks_show(window: QWidget, binder: Binder) -> None:
    knob = window.findChild(Knob)
    plain = knob.grab().toImage()
    seen = [plain]
    for mark in (
        lambda: knob.show_waiting(0.0),
        lambda: knob.show_effective(0.5),
        lambda: knob.show_loop((0.5, 4.0, False)),
        lambda: knob.show_loop((0.5, 4.0, True)),
        lambda: knob.show_armed(True),
    ):
        mark()
        picture = knob.grab().toImage()
        assert all(picture != other for other in seen)
        seen.append(picture)
    for words in ("move a knob", "recording 4 beats", "the knob waits at 0.00", "modulated to 0.50"):
        assert words in knob.tip()


SWING = st.tuples(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308)).map(lambda pair: (min(pair), max(pair)))


@given(SWING, st.floats(-1e308, 1e308))
def test_a_swing_holds_the_value_and_never_leaves_its_bounds(swing: Swing, value: float) -> None:
    low, high = swung(swing, value)
    assert low <= value <= high
    assert min(swing[0], value) <= low or low == pytest.approx(min(swing[0], value))
    assert high <= max(swing[1], value) or high == pytest.approx(max(swing[1], value))


def test_a_swing_forgets() -> None:
    swing: Swing | None = None
    for value in (-1.0, 1.0):
        swing = swung(swing, value)
    assert swing is not None
    wide = swing[1] - swing[0]
    for _ in range(400):
        swing = swung(swing, 0.5)
    assert swing[1] - swing[0] < 0.02 * wide


# -- the control at hand ----------------------------------------------------------------------------------------------


def away_from_all(window: QWidget, qtbot: Any) -> None:
    for child in window.findChildren(Painted):  # over each, so that none keeps the mouse of an earlier window
        QTest.mouseMove(child, child.rect().center())
        qtbot.waitUntil(child.underMouse, timeout=30_000)
    QTest.mouseMove(window, QPoint(1, 1))
    qtbot.waitUntil(lambda: not any(child.underMouse() for child in window.findChildren(Painted)), timeout=30_000)


def test_the_control_under_the_mouse_is_at_hand_before_the_focused(window: QWidget, qtbot: Any) -> None:
    knob, slider, button = (window.findChild(kind) for kind in (Knob, Slider, ControlButton))
    away_from_all(window, qtbot)
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus, timeout=30_000)
    assert control_at_hand(window) is slider
    QTest.mouseMove(knob, knob.rect().center())
    qtbot.waitUntil(knob.underMouse, timeout=30_000)
    assert control_at_hand(window) is knob
    assert address_at_hand(window) == PSI
    QTest.mouseMove(button, button.rect().center())
    qtbot.waitUntil(button.underMouse, timeout=30_000)
    assert control_at_hand(window) is None
    assert address_at_hand(window) == "/panic"


def test_while_typing_the_control_is_still_at_hand(window: QWidget, qtbot: Any) -> None:
    away_from_all(window, qtbot)
    slider = window.findChild(Slider)
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus, timeout=30_000)
    editor = slider.begin_typing()
    assert editor is not None
    qtbot.waitUntil(editor.hasFocus, timeout=30_000)
    assert address_at_hand(window) == EQ


def test_a_pad_offers_its_axes_one_after_the_other(binder: Binder, shown: Show) -> None:
    pad = XYPad(binder, PSI, EQ)
    assert pad.playable() == PSI
    binder.mapped = {PSI: "CC 1"}.get  # type: ignore[assignment]
    assert pad.playable() == EQ


# -- menus ------------------------------------------------------------------------------------------------------------


def entries(menu: QMenu) -> dict[str, QAction]:
    return {action.text().split("\t")[0]: action for action in menu.actions() if action.text()}


def test_the_menu_says_address_value_and_holder(binder: Binder, bay: Bay, shown: Show) -> None:
    knob = Knob(binder, PSI)
    bay.write([(PSI, 7.25)], Source("osc 127.0.0.1:9001", Rank.OSC))
    there = entries(knob.menu())
    assert f"{PSI}  7.25" in there
    assert "held by osc 127.0.0.1:9001" in there
    there["Copy OSC message"].trigger()
    assert QGuiApplication.clipboard().text() == f"{PSI} 7.25"
    there["Narrow range ×½"].trigger()
    assert bay.range(PSI) == (-0.25, 1.25)
    entries(knob.menu())["Nominal range −1.00 … 2.00"].trigger()
    assert bay.range(PSI) == (-1.0, 2.0)
    assert "Nominal range −1.00 … 2.00" not in entries(knob.menu())


def test_the_menu_types(binder: Binder, bay: Bay, shown: Show) -> None:
    knob = Knob(binder, PSI)
    shown(knob, 70, 92)
    entries(knob.menu())["Type any number…"].trigger()
    editor = next(child for child in knob.children() if child.metaObject().className() == "LineEditor")
    QTest.keyClicks(editor, "-12")  # type: ignore[call-overload]
    QTest.keyClick(editor, Qt.Key.Key_Return)  # type: ignore[call-overload]
    assert bay.number(PSI) == -12.0


def test_learning_is_offered_where_there_is_hardware(binder: Binder) -> None:
    knob = Knob(binder, PSI)
    assert not [text for text in entries(knob.menu()) if "MIDI" in text]
    asked: list[tuple[str, str]] = []
    binder.learn = lambda address: asked.append(("learn", address))
    binder.forget = lambda address: asked.append(("forget", address))
    entries(knob.menu())["Learn MIDI: then move a knob"].trigger()
    assert not [text for text in entries(knob.menu()) if text.startswith("Forget")]
    binder.mapped = lambda address: "CC 21 ch 1" if address == PSI else ""
    entries(knob.menu())["Forget CC 21 ch 1"].trigger()
    assert asked == [("learn", PSI), ("forget", PSI)]


def test_loops_are_offered_as_they_stand(binder: Binder, bay: Bay) -> None:
    knob = Knob(binder, PSI)
    entries(knob.menu())["Record a movement"].trigger()
    binder.marks = Marks(loop=lambda address: (0.1, 4.0, True))
    entries(knob.menu())["End the recording and loop it"].trigger()
    binder.marks = Marks(loop=lambda address: (0.1, 4.0, False))
    bay.write([(PSI, 0.5)], LOOP)
    there = entries(knob.menu())
    assert "loops over 4 beats" in there
    assert "plays: loop" in there
    for name in ("Overdub", "Reverse", "Halve", "Double", "Clear"):
        there[f"{name} the loop"].trigger()
    told = [(event.address, event.text) for event in bay.drain_events()]
    names = ("hold", "release", "hold", "reverse", "halve", "double", "clear")
    assert told == [(f"/loop/{name}", PSI) for name in names]


@pytest.mark.parametrize(
    ("make", "has", "lacks"),
    [
        (lambda b: ControlButton(b, "/panic", "PANIC"), {"Press"}, {"Default", "Widen range ×2", "Record a movement"}),
        (lambda b: Toggle(b, "/stage/freeze", "freeze"), {"Default"}, {"Press", "Widen range ×2"}),
        (lambda b: Choice(b, "/gen/palette"), {"Type any number…", "Default"}, {"Widen range ×2"}),
        (lambda b: Field(b, "/deck/a/seed"), {"Type any number…", "Record a movement"}, {"Widen range ×2"}),
        (lambda b: Field(b, "/gen/word"), {"Type…", "Default"}, {"Widen range ×2", "Record a movement"}),
        (lambda b: KillButton(b, EQ, "coarse"), {"Type any number…", "Record a movement", "Widen range ×2"}, {"Press"}),
        (lambda b: Knob(b, "/deck/a/z/3"), {"Type any number…", "Widen range ×2", "Record a movement"}, set()),
        (lambda b: Knob(b, "/gen/nowhere"), {"this model has no such control"}, {"Default", "Type any number…"}),
    ],
)
def test_every_menu_has_what_applies_and_no_more(
    binder: Binder, make: Callable[[Binder], Any], has: set[str], lacks: set[str]
) -> None:
    widget = make(binder)
    there = set(entries(widget.menu()))
    assert has | {"Copy OSC address"} <= there
    assert not lacks & there


def test_a_whole_vector_has_a_menu_too(binder: Binder, bay: Bay, qapp: Any) -> None:
    parent = QWidget()
    bay.write([("/deck/a/z", [1.0] * 512)], HAND)
    there = entries(control_menu(parent, binder, "/deck/a/z"))
    assert "/deck/a/z  512 numbers" in there
    assert not {"Copy OSC message", "Record a movement"} & set(there)
    there["Default"].trigger()
    binder.flush()
    assert not bay.value("/deck/a/z").any()  # type: ignore[union-attr]


def test_the_toggle_resets(binder: Binder, bay: Bay, shown: Show, hand: Any) -> None:
    toggle = Toggle(binder, "/mix/even", "even")  # on by default
    shown(toggle, 80, 26)
    hand.click(toggle)
    binder.poll()
    assert bay.number("/mix/even") == 0.0
    hand.click(toggle, modifiers=hand.alt)
    binder.poll()
    assert bay.number("/mix/even") == 1.0


def test_a_trigger_button_follows_another_address(binder: Binder, bay: Bay, shown: Show, hand: Any) -> None:
    button = ControlButton(binder, "/deck/a/mutate", "mutate")
    shown(button, 80, 26)
    button.retarget("/deck/b/mutate")
    hand.click(button)
    assert (bay.number("/deck/a/mutate"), bay.number("/deck/b/mutate")) == (0.0, 1.0)


# -- words and the meter ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holder", "text"),
    [("", "nobody holds it"), ("loop", "plays: loop"), ("ghost", "plays: ghost"), ("surface", "held by surface")],
)
def test_who_holds(holder: str, text: str) -> None:
    assert wording.held_text(holder) == text


@pytest.mark.parametrize(("beats", "text"), [(4.0, "4 beats"), (1.0, "1 beat"), (0.5, "½ beat"), (0.75, "0.75 beats")])
def test_beats(beats: float, text: str) -> None:
    assert wording.beats_text(beats) == text


@pytest.mark.parametrize("distance", [0.0, 2.9, 3.1, 7.4, 1e6, 1e300, float("inf")])
def test_the_meter_always_says_its_number_and_is_pink_from_three_on(qapp: Any, shown: Show, distance: float) -> None:
    meter = SigmaMeter()
    shown(meter, 84, 30)
    meter.show_distance(distance)
    image = meter.grab().toImage()
    seen = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    pink = sum(c.red() > 200 and c.green() < 110 and c.blue() > 110 for c in seen)
    assert (pink > 5) == (distance > 3)
    assert meter.text.endswith("σ")
