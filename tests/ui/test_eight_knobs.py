"""The eight knobs: which deck they play, and what Shift means before, in and after a drag. Judged by the bay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from latentjockey.control import catalogue
from latentjockey.control.layout import Layout
from latentjockey.control.names import DECKS, EIGHT, on_deck
from latentjockey.control.source import CONDUCTOR, HAND
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.eight_knobs import EightKnob, EightKnobs
from latentjockey.ui.field import NameField
from latentjockey.ui.knob import Knob
from latentjockey.ui.marks import Marks

Show = Callable[[QWidget, int, int], None]
REACH, LEAD, BREAK = (place for place, (label, _) in enumerate(EIGHT) if label in ("reach", "lead", "break"))
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Surface:
    """The eight in a window, beside a line that names are typed into, and two hands: mouse and Shift."""

    def __init__(self, binder: Binder, hand: Any) -> None:
        self.binder, self.bay, self.hand = binder, binder.bay, hand
        self.root = QWidget()
        self.eight = EightKnobs(binder)
        self.name = NameField("name", lambda text: "")
        column = QVBoxLayout(self.root)
        column.addWidget(self.eight)
        column.addWidget(self.name)
        self.root.resize(900, 200)
        self.root.show()
        self.root.activateWindow()
        QTest.qWaitForWindowActive(self.root)

    @property
    def reach(self) -> EightKnob:
        return self.eight.knobs[REACH]

    def focus(self, deck: str) -> None:
        self.bay.write([("/surface/focus", DECKS.index(deck))], CONDUCTOR)
        self.binder.poll()

    def directions(self, count: int) -> None:
        """Another model, which knows so many."""
        specs = catalogue.builtin(8, (64, 64), (), count)
        self.bay.install(Layout(self.bay.layout.epoch + 1, specs))
        self.binder.poll()

    def shift(self, down: bool) -> None:
        act = QTest.keyPress if down else QTest.keyRelease
        act(self.root.windowHandle(), Qt.Key.Key_Shift)

    def addresses(self) -> list[str]:
        return [knob.address for knob in self.eight.knobs]

    def play(self, knob: Knob, pixels: float, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.hand.drag(knob, pixels, modifiers)
        QApplication.processEvents()
        self.binder.poll()

    def start(self, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Take hold of reach and move it a little."""
        self.hand.press(self.reach, self.at(0), modifiers)
        self.hand.move(self.reach, self.at(20), modifiers)

    def go_on(self, pixels: float, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> float:
        """Move on to here; how far that took the reach of either deck."""
        before = [self.value(deck) for deck in DECKS]
        self.hand.move(self.reach, self.at(pixels), modifiers)
        self.binder.poll()
        return sum(abs(self.value(deck) - was) for deck, was in zip(DECKS, before, strict=True))

    def end(self, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.hand.release(self.reach, self.at(0), modifiers)
        QApplication.processEvents()
        self.binder.poll()

    def at(self, pixels: float) -> QPointF:
        """Upwards from the middle: knobs are turned so."""
        return QPointF(self.reach.rect().center()) - QPointF(0, pixels)

    def value(self, deck: str) -> float:
        self.binder.flush()
        return self.bay.number(f"/deck/{deck}/reach")


@pytest.fixture
def surface(qtbot: Any, binder: Binder, hand: Any) -> Surface:
    made = Surface(binder, hand)
    qtbot.addWidget(made.root)
    return made


def test_they_play_the_focused_deck_whoever_moves_the_focus(surface: Surface) -> None:
    for deck in ("a", "b", "a"):
        surface.focus(deck)
        assert surface.addresses() == [on_deck(template, deck) for _, template in EIGHT]
        assert surface.reach.colour == theme.deck_colour(deck)
        assert surface.eight.knobs[BREAK].colour == theme.MIDDLE
        before = surface.value("a"), surface.value("b")
        surface.play(surface.reach, 30)
        moved = [now != was for now, was in zip((surface.value("a"), surface.value("b")), before, strict=True)]
        assert moved == [deck == "a", deck == "b"]


def test_shift_plays_the_other_deck_at_full_speed(surface: Surface) -> None:
    surface.play(surface.reach, 30)
    coarse = surface.value("a") - 1.0
    assert coarse != 0.0
    surface.shift(True)
    surface.play(surface.reach, 30, SHIFT)
    assert surface.value("b") - 1.0 == pytest.approx(coarse)
    assert surface.value("a") - 1.0 == pytest.approx(coarse)
    surface.shift(False)
    assert surface.reach.address == "/deck/a/reach"


def test_the_other_deck_is_played_by_the_wheel_too(surface: Surface) -> None:
    surface.focus("b")
    surface.shift(True)
    surface.hand.wheel(surface.reach, 2, SHIFT)
    assert surface.value("a") > 1.0
    assert surface.value("b") == 1.0
    surface.shift(False)


def test_shift_in_the_middle_of_a_drag_means_fine_and_keeps_the_deck(surface: Surface) -> None:
    surface.start()
    coarse = surface.go_on(40)
    surface.shift(True)
    fine = surface.go_on(60, SHIFT)
    assert fine == pytest.approx(coarse / 10)
    assert surface.value("b") == 1.0
    surface.end(SHIFT)
    assert surface.reach.address == "/deck/a/reach"
    surface.start(SHIFT)  # taken up again with Shift still down: still fine, still the same deck
    assert surface.go_on(40, SHIFT) == pytest.approx(fine)
    surface.end(SHIFT)
    surface.shift(False)
    assert surface.value("b") == 1.0


def test_shift_let_go_in_a_drag_leaves_the_hand_its_deck_until_it_lets_go(surface: Surface) -> None:
    surface.shift(True)
    surface.start(SHIFT)
    coarse = surface.go_on(40, SHIFT)
    surface.shift(False)
    assert surface.go_on(60) == pytest.approx(coarse)
    assert surface.value("a") == 1.0
    assert surface.value("b") != 1.0
    surface.end()
    assert surface.addresses() == [on_deck(template, "a") for _, template in EIGHT]


def test_shift_kept_through_a_drag_keeps_the_other_deck(surface: Surface) -> None:
    surface.shift(True)
    surface.start(SHIFT)
    surface.end(SHIFT)
    assert surface.reach.address == "/deck/b/reach"
    surface.shift(False)
    assert surface.reach.address == "/deck/a/reach"


@pytest.mark.parametrize("what", ["root", "eight"])
def test_hidden_in_the_middle_of_a_drag_everything_is_let_go(surface: Surface, clock: Any, what: str) -> None:
    hidden: QWidget = getattr(surface, what)
    surface.shift(True)
    surface.start(SHIFT)
    assert surface.bay.holder("/deck/b/reach") == HAND.name
    hidden.hide()
    clock.advance(5.0)
    assert surface.bay.holder("/deck/b/reach") == ""
    hidden.show()
    assert surface.reach.address == "/deck/a/reach"


def test_capital_letters_choose_no_deck(surface: Surface, qtbot: Any) -> None:
    editor = surface.name.begin_typing()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is editor, timeout=30_000)
    surface.shift(True)
    assert surface.reach.address == "/deck/a/reach"
    surface.shift(False)
    assert surface.reach.address == "/deck/a/reach"


def test_learning_learns_what_follows_the_focus(surface: Surface) -> None:
    asked: list[str] = []
    surface.binder.learn = asked.append
    surface.directions(4)
    surface.focus("b")
    for knob in surface.eight.knobs:
        (learn,) = [action for action in knob.menu().actions() if action.text().startswith("Learn")]
        learn.trigger()
    assert asked == [template for _, template in EIGHT]
    surface.binder.marks = Marks(armed=lambda: "/deck/@/reach")
    surface.reach.show_marks(surface.binder.marks)
    assert surface.reach.armed
    surface.focus("a")
    surface.reach.show_marks(surface.binder.marks)
    assert surface.reach.armed


def test_the_lead_sleeps_while_the_model_knows_no_directions(surface: Surface) -> None:
    lead = surface.eight.knobs[LEAD]
    for count in (0, 4, 0, 4):
        surface.directions(count)
        for deck in "ba":
            surface.focus(deck)
            assert lead.isEnabled() == (count > 0)
    surface.play(lead, 30)
    assert np.flatnonzero(surface.bay.value("/deck/a/dir")).tolist() == [0]
    assert not np.any(surface.bay.value("/deck/b/dir"))
