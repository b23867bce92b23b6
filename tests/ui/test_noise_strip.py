"""The noise strip: bars are the noise in its three bands, the hand moves those and nothing else; judged by the bay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.haar import band_sizes, to_bands
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.noise_strip import NoiseStrip
from tests.models.prompting import NOISE, layout_of, plain, prompting

Show = Callable[[QWidget, int, int], None]
WIDE, HIGH = 640, 180
COUNT = int(np.prod(NOISE))
COARSE = band_sizes(NOISE)[0]


@pytest.fixture
def bay(clock: ManualClock) -> Bay:
    held = Bay(layout_of(prompting()), clock)
    held.write([("/deck/a/z", np.random.default_rng(1).standard_normal(COUNT))], HAND)
    return held


@pytest.fixture
def strip(binder: Binder, shown: Show) -> NoiseStrip:
    made = NoiseStrip(binder, "/deck/a/z", theme.DECK_A)
    shown(made, WIDE, HIGH)
    return made


def z(bay: Bay) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(bay.value("/deck/a/z")).copy()


def noise(bay: Bay) -> np.ndarray[Any, np.dtype[np.float32]]:
    """What the bay's noise is in bands, one after the other."""
    return np.concatenate([band[0] for band in to_bands(z(bay).astype(np.float32).reshape(1, *NOISE))])


def told(binder: Binder) -> None:
    binder.poll()
    QApplication.processEvents()


def at(strip: NoiseStrip, index: int, value: float = 0.0) -> QPointF:
    middle = strip.box_of(0).height() / 2
    return QPointF(strip.x_of(index), middle - value / strip._half() * middle)


def test_its_bars_are_the_noise_in_bands(strip: NoiseStrip, bay: Bay) -> None:
    assert strip.values == pytest.approx(noise(bay), abs=1e-6)
    assert strip.accessibleName() == "noise strip"
    assert bay.layout.spec("/deck/a/z").name == "noise A"


def test_painting_moves_the_bars_under_the_hand_and_no_other(
    strip: NoiseStrip, bay: Bay, binder: Binder, hand: Any
) -> None:
    before, numbers = noise(bay), z(bay)
    hand.press(strip, at(strip, 4))
    for index in (4, 5, 6):
        hand.move(strip, at(strip, index, 2.0) + QPointF(3, 0))
    hand.release(strip, at(strip, 6, 2.0))
    told(binder)
    after = noise(bay)
    changed = np.flatnonzero(np.abs(after - before) > 1e-5)
    assert set(changed) <= {4, 5, 6}
    assert after[[5, 6]] == pytest.approx([2.0, 2.0], abs=0.1)
    assert not np.array_equal(z(bay), numbers)
    assert strip.values == pytest.approx(after, abs=1e-5)


def test_numbers_of_z_that_no_painted_bar_reaches_stay_bit_for_bit(
    strip: NoiseStrip, bay: Bay, binder: Binder, hand: Any
) -> None:
    before = z(bay)
    last = COUNT - 1  # a fine bar reaches four numbers
    hand.press(strip, at(strip, last))
    hand.move(strip, at(strip, last, 2.5) + QPointF(2, 0))
    hand.release(strip, at(strip, last, 2.5))
    told(binder)
    changed = np.flatnonzero(z(bay) != before)
    assert 0 < changed.size <= 8
    assert changed.min() >= COUNT - NOISE[1] * NOISE[2], "of the last channel"


def test_it_goes_beyond_and_widens(strip: NoiseStrip, bay: Bay, binder: Binder, hand: Any) -> None:
    hand.press(strip, at(strip, 2))
    hand.move(strip, QPointF(strip.x_of(2), -400))
    hand.release(strip, QPointF(strip.x_of(2), -400))
    told(binder)
    assert noise(bay)[2] > 10.0
    hand.double_click(strip, at(strip, 3))
    assert bay.range("/deck/a/z") == (-6.0, 6.0)


@pytest.mark.parametrize("how", ["alt-click", "delete"])
def test_one_bar_goes_to_zero_and_the_others_stay(
    strip: NoiseStrip, bay: Bay, binder: Binder, hand: Any, how: str
) -> None:
    before = noise(bay)
    if how == "alt-click":
        hand.click(strip, at(strip, 3), hand.alt)
    else:
        hand.click(strip, at(strip, 3))
        QTest.keyClick(strip, Qt.Key.Key_Delete)
    told(binder)
    after = noise(bay)
    assert after[3] == pytest.approx(0.0, abs=1e-6)
    assert np.delete(after, 3) == pytest.approx(np.delete(before, 3), abs=1e-5)


def test_a_number_is_typed_for_a_bar(strip: NoiseStrip, bay: Bay, binder: Binder, hand: Any) -> None:
    hand.click(strip, at(strip, COARSE + 2))
    QTest.keyClick(strip, Qt.Key.Key_Return)
    line = strip.findChild(LineEditor)
    assert line is not None
    line.setText("-40")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert noise(bay)[COARSE + 2] == pytest.approx(-40.0, rel=1e-5)


def test_ctrl_drag_records_no_loop_and_moves_nothing(strip: NoiseStrip, bay: Bay, binder: Binder, hand: Any) -> None:
    before = z(bay)
    hand.drag(strip, 60, Qt.KeyboardModifier.ControlModifier)
    told(binder)
    assert np.array_equal(z(bay), before)
    assert bay.value("/loop/hold") == ""


def test_the_wheel_makes_a_region_louder(strip: NoiseStrip, bay: Bay, binder: Binder, hand: Any) -> None:
    before = noise(bay)
    hand.wheel(strip, 10, at=at(strip, 5))
    told(binder)
    after = noise(bay)
    assert after[5] == pytest.approx(before[5] * 1.06**10, rel=1e-4)
    assert after[-40:] == pytest.approx(before[-40:], abs=1e-5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, COUNT - 1))
def test_a_bar_is_where_it_is_said_to_be(strip: NoiseStrip, index: int) -> None:
    assert strip.index_at(strip.x_of(index)) == index
    band, within = strip.band_of(index)
    assert sum(band_sizes(NOISE)[:band]) + within == index
    assert strip.box_of(band).contains(QPointF(strip.x_of(index), 5))


@given(st.floats(-1e4, 1e4))
def test_any_place_across_has_a_bar(x: float) -> None:
    assert 0 <= STRAY.index_at(x) < COUNT


class _Stray:
    """Only what :meth:`NoiseStrip.index_at` asks of a strip."""

    _sizes = band_sizes(NOISE)

    def width(self) -> int:
        return WIDE

    def height(self) -> int:
        return HIGH

    box_of = NoiseStrip.box_of
    index_at = NoiseStrip.index_at


STRAY: Any = _Stray()


def test_another_model_puts_it_to_sleep_or_shows_its_own(
    strip: NoiseStrip, bay: Bay, binder: Binder, hand: Any
) -> None:
    bay.install(layout_of(plain("bloom"), epoch=2))
    told(binder)
    before = z(bay)
    hand.drag(strip, 80)
    strip.grab()
    told(binder)
    assert np.array_equal(z(bay), before), "z of no field is not played here"
    bay.install(layout_of(prompting(), epoch=3))
    told(binder)
    assert len(strip.values) == COUNT
    strip.grab()


def test_a_field_has_as_many_places_as_numbers() -> None:
    with pytest.raises(ValueError, match="field"):
        ControlSpec("/z", Kind.VECTOR, size=8, field=(1, 2, 3))
