"""The deck's strip: directions or z, every gesture on both, judged by the bay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QSettings, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, Rank, Source
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.deck_strip import DIRECTIONS, RAW, DeckStrip
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.marks import Marks
from latentjockey.ui.strip_edit import region, smoothed, stroke

Show = Callable[[QWidget, int, int], None]
OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
Z, WIDE, HIGH = 512, 640, 160


def layout(epoch: int, directions: int) -> Layout:
    return Layout(epoch, catalogue.builtin(Z, (256, 256), (), directions))


@pytest.fixture
def bay(clock: ManualClock) -> Bay:
    return Bay(layout(1, 32), clock)


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def deck(binder: Binder, settings: QSettings, shown: Show) -> DeckStrip:
    made = DeckStrip(binder, "a", theme.DECK_A, settings=settings)
    shown(made, WIDE, HIGH)
    return made


@pytest.fixture(params=["dir", "z"])
def strip(request: pytest.FixtureRequest, binder: Binder, shown: Show) -> LatentStrip:
    made = LatentStrip(binder, f"/deck/a/{request.param}", theme.DECK_A)
    shown(made, WIDE, HIGH)
    return made


def held(bay: Bay, strip: LatentStrip) -> Any:
    return np.asarray(bay.value(strip.address))


def at(strip: LatentStrip, index: int, share: float) -> QPointF:
    """Over component ``index``, at a height: 1 the top, 0 the middle, -1 the bottom."""
    return QPointF((index + 0.5) * strip.width() / len(strip.values), strip.height() / 2 * (1 - share))


# -- which strip ----------------------------------------------------------------------------------------------------


def test_directions_come_first_where_there_are_any(deck: DeckStrip) -> None:
    assert deck.strip.address == "/deck/a/dir"
    assert deck.directions.isVisible()
    assert deck.switch.isVisible()
    assert not deck.raw.isVisible()


def test_the_switch_shows_z_and_remembers(
    deck: DeckStrip, binder: Binder, settings: QSettings, shown: Show, hand: Any
) -> None:
    hand.click(deck.switch, deck.switch.box_of(RAW).center())
    assert deck.strip.address == "/deck/a/z"
    assert deck.raw.isVisible()
    again = DeckStrip(binder, "a", theme.DECK_A, settings=settings)
    other = DeckStrip(binder, "b", theme.DECK_B, settings=settings)
    assert (again.strip.address, other.strip.address) == ("/deck/a/z", "/deck/b/dir")
    QTest.keyClick(deck.switch, Qt.Key.Key_Space)
    assert deck.strip.address == "/deck/a/dir"
    hand.click(deck.switch, deck.switch.box_of(DIRECTIONS).center())
    assert deck.strip.address == "/deck/a/dir"


def test_a_model_without_directions_shows_z_and_one_with_them_brings_them_back(
    deck: DeckStrip, bay: Bay, binder: Binder, settings: QSettings
) -> None:
    bay.install(layout(2, 0))
    binder.poll()
    assert deck.raw.isVisible()
    assert not deck.switch.isVisible()
    bay.install(layout(3, 7))
    binder.poll()
    assert deck.directions.isVisible()
    assert len(deck.directions.values) == 7
    assert not settings.contains("strip/a")


# -- gestures on both -----------------------------------------------------------------------------------------------


def test_painting_reaches_every_component_that_is_passed(
    strip: LatentStrip, bay: Bay, binder: Binder, hand: Any
) -> None:
    last = len(strip.values) - 1
    hand.press(strip, at(strip, 0, 0.5))
    hand.move(strip, at(strip, last, -0.5))
    hand.release(strip, at(strip, last, -0.5))
    binder.poll()
    painted = held(bay, strip)
    assert painted[0] > 1.0
    assert painted[last] < -1.0
    assert (np.diff(painted) < 0).all()


def test_painting_goes_on_above_the_strip(strip: LatentStrip, bay: Bay, binder: Binder, hand: Any) -> None:
    hand.press(strip, at(strip, 4, 0.0))
    hand.move(strip, at(strip, 4, 5.0))
    hand.release(strip, at(strip, 4, 5.0))
    binder.poll()
    assert held(bay, strip)[4] > 4 * strip.hi


def test_shift_smooths_what_it_passes(strip: LatentStrip, bay: Bay, binder: Binder, hand: Any) -> None:
    count = len(strip.values)
    middle = count // 2
    bay.write([(f"{strip.address}/{middle}", 4.0)], OSC)
    binder.poll()
    hand.press(strip, at(strip, middle, 0.0), hand.shift)
    hand.move(strip, at(strip, middle, 0.3), hand.shift)
    hand.release(strip, at(strip, middle, 0.3), hand.shift)
    binder.poll()
    after = held(bay, strip)
    assert 0 < after[middle] < 4.0
    assert after[middle + 1] > 0
    assert after[0] == after[count - 1] == 0.0


def test_the_wheel_scales_the_region_under_it_alone(strip: LatentStrip, bay: Bay, binder: Binder, hand: Any) -> None:
    bay.write([(strip.address, np.ones(len(strip.values)))], OSC)
    binder.poll()
    hand.wheel(strip, 2, at=at(strip, 10, 0.0))
    binder.poll()
    after = held(bay, strip)
    first, last = region(len(after), 10)
    assert np.allclose(after[first : last + 1], 1.06**2)
    assert (np.delete(after, np.arange(first, last + 1)) == 1.0).all()


def test_alt_click_is_the_default_and_a_double_click_doubles_the_range(
    strip: LatentStrip, bay: Bay, binder: Binder, hand: Any
) -> None:
    bay.write([(strip.address, np.full(len(strip.values), 2.0))], OSC)
    binder.poll()
    hand.click(strip, at(strip, 3, 0.0), hand.alt)
    binder.poll()
    assert held(bay, strip)[3] == 0.0
    assert held(bay, strip)[4] == 2.0
    lo, hi = bay.range(strip.address)
    hand.double_click(strip, at(strip, 3, 0.2))
    assert bay.range(strip.address) == (2 * lo, 2 * hi)
    assert held(bay, strip)[3] == 0.0


def test_ctrl_drag_records_one_component_alone(strip: LatentStrip, bay: Bay, binder: Binder, hand: Any) -> None:
    ctrl = Qt.KeyboardModifier.ControlModifier
    hand.press(strip, at(strip, 6, 0.0), ctrl)
    assert bay.value("/loop/hold") == f"{strip.address}/6"
    assert bay.value("/loop/release") == ""
    hand.move(strip, at(strip, 12, 0.5), ctrl)
    binder.poll()
    hand.release(strip, at(strip, 12, 0.5), ctrl)
    binder.poll()
    assert bay.value("/loop/release") == f"{strip.address}/6"
    assert np.flatnonzero(held(bay, strip)).tolist() == [6]


def test_keys_choose_a_component_and_move_it(strip: LatentStrip, bay: Bay, binder: Binder) -> None:
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up):
        QTest.keyClick(strip, key)
    binder.poll()
    assert np.flatnonzero(held(bay, strip)).tolist() == [2]
    assert held(bay, strip)[2] > 0
    QTest.keyClick(strip, Qt.Key.Key_Delete)
    binder.poll()
    assert not held(bay, strip).any()


def test_the_menu_types_copies_and_resets(strip: LatentStrip, bay: Bay, binder: Binder) -> None:
    def pick(words: str) -> None:
        menu = strip.menu(5)
        (action,) = (action for action in menu.actions() if action.text().startswith(words))
        action.trigger()
        menu.close()

    pick("Type")
    editor = strip.findChild(LineEditor)
    assert editor is not None
    editor.setText("−123,5")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert held(bay, strip)[5] == -123.5
    pick("Copy OSC address")
    assert QGuiApplication.clipboard().text() == f"{strip.address}/5"
    pick(f"Copy {strip.address}")
    assert QGuiApplication.clipboard().text() == strip.address
    pick("Default for all")
    binder.poll()
    assert not held(bay, strip).any()


def test_the_component_under_the_pointer_is_the_one_to_learn(strip: LatentStrip, binder: Binder, shown: Show) -> None:
    learnt: list[str] = []
    binder.learn = learnt.append
    menu = strip.menu(9)
    (action,) = (action for action in menu.actions() if action.text().startswith("Learn"))
    action.trigger()
    menu.close()
    assert learnt == [f"{strip.address}/9"]
    QTest.mouseMove(strip, at(strip, 7, 0.5).toPoint())
    QApplication.processEvents()
    assert strip.playable() == f"{strip.address}/7"


def test_being_learnt_and_looping_are_shown_without_touching_anything(strip: LatentStrip, bay: Bay) -> None:
    before = bay.revision
    part = f"{strip.address}/7"
    plain = strip.grab().toImage()
    strip.show_marks(Marks(armed=lambda: part))
    armed = strip.grab().toImage()
    assert armed != plain
    strip.show_marks(Marks())
    assert strip.grab().toImage() == plain
    assert bay.revision == before


@pytest.mark.parametrize("count", [1, 2, 7, 32, 64])
def test_few_components_are_wide_bars_and_those_beyond_are_pink(
    clock: ManualClock, shown: Show, count: int, qapp: QApplication
) -> None:
    bay = Bay(layout(1, count), clock)
    strip = LatentStrip(Binder(bay), "/deck/a/dir", theme.DECK_A)
    bay.write([("/deck/a/dir", np.ones(count)), (f"/deck/a/dir/{count - 1}", 9.0)], HAND)
    strip.binder.poll()
    shown(strip, WIDE, HIGH)
    picture = strip.grab().toImage()

    def pixel(index: int) -> tuple[int, ...]:
        x = round((index + 0.3) * WIDE / count)
        return tuple(picture.pixelColor(x, round(HIGH * 0.45)).getRgb()[:3])

    assert pixel(count - 1) == theme.BEYOND.getRgb()[:3]
    if count > 1:
        assert pixel(0) != theme.BEYOND.getRgb()[:3]
        assert pixel(0)[1] > 150


def test_a_strip_of_any_size_is_painted(strip: LatentStrip) -> None:
    for wide, high in ((1, 1), (40, 10), (3000, 30), (120, 900)):
        strip.resize(wide, high)
        assert isinstance(strip.grab().toImage(), QImage)


# -- arithmetic -----------------------------------------------------------------------------------------------------

PLACES = st.tuples(st.integers(0, 511), st.floats(-1e6, 1e6))


@given(PLACES, PLACES)
def test_a_stroke_leaves_none_out_and_ends_where_the_mouse_is(start: tuple[int, float], end: tuple[int, float]) -> None:
    first, values = stroke(start, end)
    assert (first, first + len(values) - 1) == (min(start[0], end[0]), max(start[0], end[0]))
    assert values[end[0] - first] == pytest.approx(end[1])
    if start[0] != end[0]:
        assert values[start[0] - first] == pytest.approx(start[1])


@given(st.lists(st.floats(-100, 100), min_size=3, max_size=80), st.data())
def test_smoothing_stays_within_and_keeps_what_is_even(numbers: list[float], data: st.DataObject) -> None:
    values = np.array(numbers)
    first, last = region(len(values), data.draw(st.integers(0, len(values) - 1)))
    assert 0 <= first <= last < len(values)
    after = smoothed(values, first, last)
    assert len(after) == last - first + 1
    assert values.min() - 1e-9 <= after.min() <= after.max() <= values.max() + 1e-9
    assert np.allclose(smoothed(np.full(len(values), 2.5), first, last), 2.5)
