"""Modulation under the hand: the menu of a control, its ring, the amount by mouse, and the modulation tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.source import AUDIO, HAND
from latentjockey.modulation.audio import Hearing
from latentjockey.modulation.lfo import lfo_of
from latentjockey.modulation.matrix import modulated
from latentjockey.modulation.routes import assigned, route_to
from latentjockey.modulation.transport import transport_of
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton, Toggle
from latentjockey.ui.context_menu import control_menu
from latentjockey.ui.knob import Knob
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.mark_round import MarkRound
from latentjockey.ui.marks import Marks
from latentjockey.ui.modulating import Effective, moved_text
from latentjockey.ui.modulation_tab import ModulationTab
from latentjockey.ui.route_rows import target_words
from latentjockey.ui.tooltip import control_tip
from latentjockey.ui.xy_pad import XYPad

PSI, CROSSFADE = "/deck/a/psi", "/mix/crossfade"


class Input:
    """A sound input that says what the test wants."""

    def __init__(self) -> None:
        self.hearing = Hearing()
        self.looked = 0

    def state(self) -> Hearing:
        return self.hearing

    def devices(self) -> Sequence[str]:
        return ("Built-in", "Mixer USB")

    def look_around(self) -> None:
        self.looked += 1


def moved(bay: Bay, address: str, source: str = "lfo 1", amount: float | None = None) -> None:
    bay.write(assigned(bay.snapshot(), address, source), HAND)
    known = route_to(bay.snapshot(), address)
    assert known is not None
    if amount is not None:
        bay.write([(f"/mod/{known.number}/amount", amount)], HAND)


def sources(binder: Binder, parent: QWidget, address: str) -> dict[str, QAction]:
    """The entries of the submenu Modulate by their words, without the dot."""
    menu = control_menu(parent, binder, address)
    found = [action.menu() for action in menu.actions() if action.text() == "Modulate"]
    assert len(found) <= 1
    inside = [entry for sub in found if isinstance(sub, QMenu) for entry in sub.actions()]
    return {entry.text().lstrip("● ").split("\t")[0]: entry for entry in inside if entry.text()}


@pytest.fixture
def parent(qtbot: Any) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


# -- the menu ---------------------------------------------------------------------------------------------------------


def test_the_menu_makes_changes_and_ends_a_route(binder: Binder, bay: Bay, parent: QWidget) -> None:
    offered = sources(binder, parent, PSI)
    assert list(offered) == ["LFO 1", "LFO 2", "low", "middle", "high", "level", "onset", "none"]
    offered["LFO 2"].trigger()
    route = route_to(bay.snapshot(), PSI)
    assert route is not None
    assert (route.number, route.source, route.amount, route.plays) == (1, "lfo 2", 0.25, True)
    marked = sources(binder, parent, PSI)
    assert [words for words, entry in marked.items() if entry.text().startswith("●")] == ["LFO 2"]
    assert "LFO 2 moves it by +25%" in marked
    marked["low"].trigger()
    assert bay.value("/mod/1/target") == PSI
    assert route_to(bay.snapshot(), PSI).source == "low"  # type: ignore[union-attr]
    sources(binder, parent, PSI)["none"].trigger()
    assert route_to(bay.snapshot(), PSI) is None
    assert bay.number("/mod/1/on") == 0.0
    assert bay.value("/mod/1/target") == ""


def test_a_component_of_a_vector_and_a_press_are_modulated_too(binder: Binder, bay: Bay, parent: QWidget) -> None:
    sources(binder, parent, "/deck/a/z/12")["LFO 1"].trigger()
    sources(binder, parent, "/deck/a/cue/3/recall")["onset"].trigger()
    assert [bay.value(f"/mod/{n}/target") for n in (1, 2)] == ["/deck/a/z/12", "/deck/a/cue/3/recall"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/deck/a/drift/speed", "modulate the spread"),
        ("/lfo/1/rate", "does not move what makes it"),
        ("/panic", "only presses that belong to a picture"),
        ("/stage/blackout", "no picture is made from it"),
    ],
)
def test_what_cannot_be_modulated_says_why(binder: Binder, parent: QWidget, address: str, words: str) -> None:
    (only,) = sources(binder, parent, address).items()
    assert words in only[0]
    assert not only[1].isEnabled()


def test_a_seventeenth_route_is_refused_in_a_sentence(binder: Binder, bay: Bay, parent: QWidget) -> None:
    for i in range(16):
        moved(bay, f"/deck/a/z/{i}")
    said: list[str] = []
    binder.refused.connect(said.append)
    sources(binder, parent, PSI)["LFO 1"].trigger()
    assert said == ["All 16 routes are taken: end one in the modulation tab."]


# -- the ring ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def effective(binder: Binder, bay: Bay, clock: ManualClock) -> Effective:
    made = Effective(bay, clock)
    binder.marks = Marks(effective=made.value, within=made.within)
    return made


def test_the_ring_shows_what_the_picture_has(
    binder: Binder, bay: Bay, clock: ManualClock, effective: Effective, qtbot: Any
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    knob, still = Knob(binder, PSI, parent=window), Knob(binder, CROSSFADE, parent=window)
    window.show()
    round_ = MarkRound(window, binder)
    round_.go_round()
    assert knob.effective is None
    moved(bay, PSI, amount=0.5)
    for _ in range(5):
        clock.advance(0.21)
        round_.go_round()
        base = bay.snapshot()
        level = lfo_of(base, 1).value(clock.now(), transport_of(base))
        assert knob.effective == pytest.approx(1.0 + 3.0 * 0.5 * level)
    assert still.effective is None
    before = knob.effective
    clock.advance(0.3)
    round_.go_quickly()
    assert knob.effective != before
    assert knob.value == 1.0, "the hand's value stays"
    assert "modulated to" in control_tip(knob)
    assert moved_text(binder, PSI) in control_tip(knob)
    bay.write([("/mod/1/on", False)], HAND)
    round_.go_round()
    assert knob.effective is None


def test_bars_and_pads_show_it_too(binder: Binder, bay: Bay, clock: ManualClock, effective: Effective) -> None:
    moved(bay, "/deck/a/z/12", amount=0.3)
    moved(bay, PSI)
    clock.advance(0.4)
    now = modulated(bay.snapshot(), clock.now())
    strip, pad = LatentStrip(binder, "/deck/a/z"), XYPad(binder, PSI, CROSSFADE)
    for widget in (strip, pad):
        widget.show_marks(binder.marks)
        assert widget.modulated
    assert effective.within("/deck/a/z") == {12: pytest.approx(float(now.vector("/deck/a/z")[12]))}
    assert pad.across.effective == pytest.approx(now.number(PSI))
    assert pad.up.effective is None
    other = LatentStrip(binder, "/deck/b/z")
    other.show_marks(binder.marks)
    assert not other.modulated


def test_without_routes_nothing_is_computed(bay: Bay, clock: ManualClock) -> None:
    shown = Effective(bay, clock)
    assert shown.now() is bay.snapshot()
    assert shown.value(PSI) is None
    assert shown.within("/deck/a/z") == {}


# -- the amount -------------------------------------------------------------------------------------------------------


@pytest.fixture
def knob(binder: Binder, qtbot: Any) -> Knob:
    made = Knob(binder, PSI)
    made.resize(80, 100)
    qtbot.addWidget(made)
    made.show()
    return made


def amount(bay: Bay) -> float:
    return bay.number("/mod/1/amount")


def middle_drag(widget: QWidget, up: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    start = widget.rect().center()
    QTest.mousePress(widget, Qt.MouseButton.MiddleButton, modifiers, start)
    for step in range(1, 11):
        QTest.mouseMove(widget, start - QPoint(0, round(up * step / 10)))
        QApplication.processEvents()
    QTest.mouseRelease(widget, Qt.MouseButton.MiddleButton, modifiers, start - QPoint(0, up))


def test_the_middle_button_drags_the_amount_and_not_the_value(
    knob: Knob, binder: Binder, bay: Bay, clock: ManualClock
) -> None:
    moved(bay, PSI)
    middle_drag(knob, 40)
    binder.flush()
    assert amount(bay) == pytest.approx(0.25 + 0.2, abs=0.02)
    assert bay.number(PSI) == 1.0
    for _ in range(12):
        middle_drag(knob, 40)
    binder.flush()
    assert amount(bay) > 1.5, "no wall at the end"
    clock.advance(5.0)
    assert bay.holder("/mod/1/amount") == "", "the hand has let go"


def test_ctrl_and_wheel_turn_the_amount(knob: Knob, binder: Binder, bay: Bay) -> None:
    moved(bay, PSI)

    def turn(notches: int, modifiers: Qt.KeyboardModifier) -> None:
        place = QPointF(knob.rect().center())
        event = QWheelEvent(
            place, QPointF(knob.mapToGlobal(place.toPoint())), QPoint(), QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(knob, event)
        binder.flush()

    turn(5, Qt.KeyboardModifier.ControlModifier)
    assert amount(bay) == pytest.approx(0.35)
    turn(-30, Qt.KeyboardModifier.ControlModifier)
    assert amount(bay) == pytest.approx(-0.25)
    assert bay.number(PSI) == 1.0
    turn(1, Qt.KeyboardModifier.NoModifier)
    assert amount(bay) == pytest.approx(-0.25)
    assert bay.number(PSI) > 1.0


def test_on_a_control_that_nothing_moves_both_do_nothing(knob: Knob, binder: Binder, bay: Bay) -> None:
    before = bay.revision
    middle_drag(knob, 40)
    binder.flush()
    assert bay.revision == before


# -- the tab ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def sound() -> Input:
    return Input()


@pytest.fixture
def tab(binder: Binder, bay: Bay, clock: ManualClock, effective: Effective, sound: Input, qtbot: Any) -> ModulationTab:
    made = ModulationTab(binder, effective, sound, clock)
    made.resize(1200, 170)
    qtbot.addWidget(made)
    made.show()
    return made


def poll(tab: ModulationTab, binder: Binder) -> None:
    binder.poll()
    QApplication.processEvents()
    tab.refresh()


def test_the_dot_runs_along_the_curve(tab: ModulationTab, bay: Bay, clock: ManualClock, binder: Binder) -> None:
    bay.write([("/lfo/2/shape", "ramp up"), ("/lfo/2/rate", 0.5), ("/lfo/2/since", clock.now())], HAND)
    levels = []
    for _ in range(4):
        poll(tab, binder)
        levels.append(tab.lfos[1].curve.level)
        clock.advance(0.5)
    assert levels == pytest.approx([-1.0, -0.5, 0.0, 0.5])
    assert not tab.grab().isNull()


def test_in_sync_beats_are_shown_and_a_seed_where_the_curve_is_random(
    tab: ModulationTab, bay: Bay, binder: Binder
) -> None:
    one = tab.lfos[0]
    poll(tab, binder)
    assert (one.rate.isVisible(), one.beats.isVisible(), one.phase.isVisible()) == (True, False, True)
    QTest.mouseClick(one.sync, Qt.MouseButton.LeftButton)
    binder.flush()
    assert bay.number("/lfo/1/sync") == 1.0
    bay.write([("/lfo/1/shape", "random smooth")], HAND)
    poll(tab, binder)
    assert (one.rate.isVisible(), one.beats.isVisible()) == (False, True)
    assert (one.seed.isVisible(), one.phase.isVisible()) == (True, False)
    assert not tab.grab().isNull()


def test_a_route_is_a_row_that_says_where_it_leads_and_ends_by_its_cross(
    tab: ModulationTab, bay: Bay, binder: Binder, clock: ManualClock
) -> None:
    moved(bay, PSI)
    moved(bay, "/deck/b/z/3", "onset")
    clock.advance(0.2)
    poll(tab, binder)
    assert list(tab.routes.rows) == [1, 2]
    first, second = tab.routes.rows.values()
    assert (first.amount.label, second.amount.label) == ("A psi", "B z 3")
    shown = modulated(bay.snapshot(), clock.now()).number(PSI)
    assert first.now.text == f"{shown:.2f}"
    QTest.mouseClick(first.end, Qt.MouseButton.LeftButton)
    poll(tab, binder)
    assert list(tab.routes.rows) == [2]
    assert bay.value("/mod/1/target") == ""
    QTest.mouseClick(second.on, Qt.MouseButton.LeftButton)
    poll(tab, binder)
    assert bay.number("/mod/2/on") == 0.0
    assert second.now.text == "off"
    assert not tab.grab().isNull()


def test_a_target_that_sleeps_waits_and_says_so(tab: ModulationTab, bay: Bay, binder: Binder) -> None:
    bay.write([("/mod/3/target", "/gen/nowhere"), ("/mod/3/source", "lfo 1"), ("/mod/3/on", True)], HAND)
    poll(tab, binder)
    row = tab.routes.rows[3]
    assert row.now.text == "waits"
    assert "not here now" in row.now.toolTip()
    bay.write([("/mod/3/target", "/deck/a/centre")], HAND)
    poll(tab, binder)
    assert row.now.text == "cannot"


def test_the_meter_shows_what_is_heard_or_what_to_install(
    tab: ModulationTab, bay: Bay, binder: Binder, sound: Input
) -> None:
    assert sound.looked == 1
    QTest.mouseClick(tab.sound.on, Qt.MouseButton.LeftButton)
    binder.flush()
    assert bay.number("/audio/on") == 1.0
    sound.hearing = Hearing("Mixer USB", listening=True)
    bay.write([("/audio/low", 0.8), ("/audio/onset", 1.0)], AUDIO)
    poll(tab, binder)
    assert tab.sound.meter.levels == (0.0, 0.8, 0.0, 0.0, 1.0)
    assert tab.sound.input.text == "Mixer USB"
    assert not tab.grab().isNull()
    sound.hearing = Hearing("Install it.", wrong=True)
    poll(tab, binder)
    assert tab.sound.meter.trouble == "Install it."
    assert not tab.grab().isNull()


def test_an_input_is_chosen_from_those_that_are_here(
    tab: ModulationTab, bay: Bay, binder: Binder, sound: Input
) -> None:
    menu = tab.sound.input.open_list()
    words = [action.text().lstrip("● ") for action in menu.actions()]
    assert words == ["the system's input", "Built-in", "Mixer USB"]
    menu.actions()[2].trigger()
    menu.close()
    binder.flush()
    assert bay.value("/audio/device") == "Mixer USB"


def test_out_of_sight_it_looks_at_nothing(
    tab: ModulationTab, bay: Bay, clock: ManualClock, sound: Input, qtbot: Any
) -> None:
    sound.hearing = Hearing("Built-in", listening=True)
    qtbot.waitUntil(lambda: tab.sound.input.text == "Built-in", timeout=30_000)
    tab.hide()
    sound.hearing = Hearing("Mixer USB", listening=True)
    qtbot.wait(120)
    assert tab.sound.input.text == "Built-in"
    tab.show()
    assert tab.sound.input.text == "Mixer USB"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/deck/a/reach", "A reach"),
        ("/deck/b/z/12", "B z 12"),
        ("/deck/a/cue/2/recall", "A cue 2 recall"),
        ("/mix/crossfade", "crossfade"),
        ("/gen/zoom", "Zoom"),
        ("/gen/nowhere", "/gen/nowhere"),
    ],
)
def test_targets_are_called_by_their_names(bay: Bay, address: str, words: str) -> None:
    assert target_words(bay.snapshot(), address) == words


def test_buttons_and_switches_have_the_menu(binder: Binder, parent: QWidget) -> None:
    builders: tuple[Callable[[], ControlButton], ...] = (
        lambda: Toggle(binder, "/mix/even", "even", parent=parent),
        lambda: ControlButton(binder, "/deck/a/mutate", "mutate", parent=parent),
    )
    for build in builders:
        assert "Modulate" in {action.text() for action in build().menu().actions()}
