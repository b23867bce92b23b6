"""Buttons, choices, fields, cues, strip and crossfader, judged by what the bay holds afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from latentjockey.control.bay import Bay
from latentjockey.control.source import CONDUCTOR, Rank, Source
from latentjockey.control.spec import ControlSpec, Kind, Taper
from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton, Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.crossfader import Crossfader
from latentjockey.ui.cue_pad import LONG_PRESS_MS, CuePad
from latentjockey.ui.deck_panel import DeckPanel
from latentjockey.ui.deck_watch import distance
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.field import Field
from latentjockey.ui.latent_bars import bars
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.ranges import doubled

OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
Show = Callable[[QWidget, int, int], None]


def type_into(widget: QWidget, text: str) -> None:
    editor = widget.findChild(LineEditor)
    assert editor is not None
    editor.setText(text)
    QTest.keyClick(editor, Qt.Key.Key_Return)


# -- buttons ----------------------------------------------------------------------------------------------------------


def test_a_trigger_is_pressed_by_mouse_and_key(binder: Binder, bay: Bay, hand: Any, shown: Show) -> None:
    button = ControlButton(binder, "/panic", "PANIC")
    shown(button, 80, 26)
    hand.click(button)
    QTest.keyClick(button, Qt.Key.Key_Space)
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert bay.number("/panic") == 3.0
    assert "/panic" in button.tip_text()


def test_a_toggle_follows_both_ways(binder: Binder, bay: Bay, hand: Any, shown: Show) -> None:
    toggle = Toggle(binder, "/stage/freeze", "freeze")
    shown(toggle, 80, 26)
    hand.click(toggle)
    binder.poll()
    assert bay.number("/stage/freeze") == 1.0
    assert toggle.lit
    bay.write([("/stage/freeze", False)], CONDUCTOR)
    binder.poll()
    assert not toggle.lit
    QTest.keyClick(toggle, Qt.Key.Key_Space)
    binder.poll()
    assert bay.number("/stage/freeze") == 1.0


# -- choices ----------------------------------------------------------------------------------------------------------


def test_segments_choose_the_word_under_the_mouse(binder: Binder, bay: Bay, hand: Any, shown: Show) -> None:
    fit = Choice(binder, "/stage/fit", segmented=True)
    shown(fit, fit.sizeHint().width(), 26)
    hand.click(fit, QPointF(fit.width() - 4, 13))
    binder.poll()
    assert bay.number("/stage/fit") == 2.0
    hand.click(fit, QPointF(4, 13))
    binder.poll()
    assert bay.number("/stage/fit") == 0.0


def test_a_list_opens_beside_the_show_and_chooses(binder: Binder, bay: Bay, shown: Show) -> None:
    palette = Choice(binder, "/gen/palette")
    shown(palette, 200, 26)
    menu = palette.open_list()
    assert [action.text().strip("● ") for action in menu.actions()] == ["harbour", "moss", "ember"]
    menu.actions()[2].trigger()
    menu.close()
    binder.poll()
    assert bay.number("/gen/palette") == 2.0
    assert palette.text == "ember"


def test_a_choice_goes_round_by_wheel_and_key_and_takes_words(binder: Binder, bay: Bay, hand: Any, shown: Show) -> None:
    palette = Choice(binder, "/gen/palette")
    shown(palette, 200, 26)
    hand.wheel(palette, -1)
    binder.poll()
    assert bay.number("/gen/palette") == 2.0
    QTest.keyClick(palette, Qt.Key.Key_Down)
    binder.poll()
    assert bay.number("/gen/palette") == 1.0
    palette.begin_typing()
    type_into(palette, "harbour")
    assert bay.number("/gen/palette") == 0.0


# -- fields -----------------------------------------------------------------------------------------------------------


def test_a_seed_is_typed_as_number_or_word_dragged_and_turned(binder: Binder, bay: Bay, hand: Any, shown: Show) -> None:
    seed = Field(binder, "/deck/a/seed")
    shown(seed, 112, 26)
    hand.click(seed)
    type_into(seed, "20 481")
    assert bay.number("/deck/a/seed") == 20481.0
    assert not seed.beyond
    hand.click(seed)
    type_into(seed, "winter garden")
    assert bay.number("/deck/a/seed") == len("winter garden")
    hand.wheel(seed, 1)
    binder.poll()
    assert bay.number("/deck/a/seed") == len("winter garden") + 1
    hand.drag(seed, 40)
    binder.poll()
    assert bay.number("/deck/a/seed") == len("winter garden") + 11


def test_text_is_typed(binder: Binder, bay: Bay, shown: Show) -> None:
    field = Field(binder, "/gen/word")
    shown(field, 150, 26)
    assert field.text == "moon"
    field.begin_typing()
    type_into(field, "low tide")
    assert bay.value("/gen/word") == "low tide"
    assert field.text == "low tide"


# -- crossfader -------------------------------------------------------------------------------------------------------


def test_the_crossfader_reaches_both_ends_and_beyond(binder: Binder, bay: Bay, hand: Any, shown: Show) -> None:
    fader = Crossfader(binder, "/mix/crossfade")
    shown(fader, 500, 44)
    hand.drag(fader, fader.travel())
    binder.poll()
    assert bay.number("/mix/crossfade") == pytest.approx(1.0)
    hand.drag(fader, fader.travel() / 2)
    binder.poll()
    assert bay.number("/mix/crossfade") == pytest.approx(1.5)
    assert fader.beyond
    assert "150" in fader.text


# -- cues -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pad(binder: Binder, shown: Show) -> CuePad:
    made = CuePad(binder, "a", 3, theme.DECK_A, lambda: QImage(8, 8, QImage.Format.Format_RGB32))
    shown(made, 40, 34)
    return made


def counts(bay: Bay) -> tuple[float, float]:
    return bay.number("/deck/a/cue/3/recall"), bay.number("/deck/a/cue/3/store")


def test_a_filled_cue_is_recalled_and_an_empty_one_stored(pad: CuePad, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.click(pad)
    assert counts(bay) == (0.0, 1.0)
    bay.write([("/deck/a/cue/3/filled", True)], CONDUCTOR)
    binder.poll()
    hand.click(pad)
    QTest.keyClick(pad, Qt.Key.Key_Return)
    assert counts(bay) == (2.0, 1.0)
    QTest.keyClick(pad, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert counts(bay) == (2.0, 2.0)


def test_the_right_button_stores(pad: CuePad, binder: Binder, bay: Bay) -> None:
    bay.write([("/deck/a/cue/3/filled", True)], CONDUCTOR)
    binder.poll()
    QTest.mouseClick(pad, Qt.MouseButton.RightButton)
    assert counts(bay) == (0.0, 1.0)


def test_a_long_press_stores_once_and_does_not_recall(
    pad: CuePad, binder: Binder, bay: Bay, hand: Any, qtbot: Any
) -> None:
    bay.write([("/deck/a/cue/3/filled", True)], CONDUCTOR)
    binder.poll()
    hand.press(pad, QPointF(20, 17))
    qtbot.waitUntil(lambda: counts(bay)[1] == 1.0, timeout=LONG_PRESS_MS * 100)
    hand.release(pad, QPointF(20, 17))
    assert counts(bay) == (0.0, 1.0)


def test_a_deck_outlines_the_cue_it_stands_on(binder: Binder, bay: Bay, shown: Show, qtbot: Any) -> None:
    deck = DeckPanel(binder, "a", lambda: None)
    shown(deck, 320, 520)
    z = np.arange(512) / 100
    bay.write([("/deck/a/cue/2/z", z), ("/deck/a/cue/2/filled", True), ("/deck/a/z", z)], CONDUCTOR)
    binder.poll()
    qtbot.waitUntil(lambda: deck.cues.pads[1].current, timeout=30_000)
    assert [pad.current for pad in deck.cues.pads].count(True) == 1
    bay.write([("/deck/a/z/0", 9.0)], CONDUCTOR)
    binder.poll()
    qtbot.waitUntil(lambda: not deck.cues.pads[1].current, timeout=30_000)


# -- latent strip -----------------------------------------------------------------------------------------------------


@pytest.fixture
def strip(binder: Binder, shown: Show) -> LatentStrip:
    made = LatentStrip(binder, "/deck/a/z", theme.DECK_A)
    shown(made, 512, 100)
    return made


def z_of(bay: Bay) -> np.ndarray:
    value = bay.value("/deck/a/z")
    assert isinstance(value, np.ndarray)
    return value


def test_painting_sets_every_component_the_mouse_passed(
    strip: LatentStrip, binder: Binder, bay: Bay, hand: Any
) -> None:
    hand.press(strip, QPointF(100, 50))
    hand.move(strip, QPointF(200, 20))  # one fast jump
    binder.poll()
    z = z_of(bay)
    assert np.all(z[101:200] > 0)
    assert np.all(np.diff(z[100:200]) > 0)
    assert np.all(z[:100] == 0)
    assert np.all(z[202:] == 0)
    assert bay.holder("/deck/a/z/150") == "surface"
    assert bay.holder("/deck/a/z/400") == ""
    hand.release(strip, QPointF(200, 20))


def test_painting_above_the_strip_goes_on(strip: LatentStrip, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.press(strip, QPointF(300, 50))
    hand.move(strip, QPointF(300, -400))
    hand.release(strip, QPointF(300, -400))
    binder.poll()
    assert z_of(bay)[300] > 20


def test_a_press_alone_changes_nothing(strip: LatentStrip, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.click(strip, QPointF(50, 10))
    binder.poll()
    assert not z_of(bay).any()


def test_after_painting_the_hand_lets_go(strip: LatentStrip, binder: Binder, bay: Bay, hand: Any, clock: Any) -> None:
    hand.press(strip, QPointF(10, 50))
    hand.move(strip, QPointF(60, 20))
    hand.release(strip, QPointF(60, 20))
    clock.advance(1.0)
    assert bay.holder("/deck/a/z") == ""


def test_shift_smooths(strip: LatentStrip, binder: Binder, bay: Bay, hand: Any) -> None:
    jagged = np.tile([2.0, -2.0], 256)
    bay.write([("/deck/a/z", jagged)], CONDUCTOR)
    binder.poll()
    hand.press(strip, QPointF(250, 50), hand.shift)
    for x in range(252, 262, 2):
        hand.move(strip, QPointF(x, 50), hand.shift)
    hand.release(strip, QPointF(262, 50), hand.shift)
    binder.poll()
    z = z_of(bay)
    assert np.abs(z[250:260]).max() < 1.0
    assert np.array_equal(z[:200], jagged[:200])


def test_the_wheel_scales_the_region_under_the_pointer(strip: LatentStrip, binder: Binder, bay: Bay, hand: Any) -> None:
    bay.write([("/deck/a/z", np.ones(512))], CONDUCTOR)
    binder.poll()
    hand.wheel(strip, 2, at=QPointF(256, 50))
    binder.poll()
    z = z_of(bay)
    assert z[256] == pytest.approx(1.06**2)
    assert z[100] == 1.0


def test_a_component_by_key_number_and_alt_click(strip: LatentStrip, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.click(strip, QPointF(20.5, 50))
    QTest.keyClick(strip, Qt.Key.Key_Right)
    QTest.keyClick(strip, Qt.Key.Key_Up)
    binder.poll()
    assert z_of(bay)[21] == pytest.approx(0.12)
    QTest.keyClick(strip, Qt.Key.Key_Return)
    type_into(strip, "1e6")
    assert z_of(bay)[21] == 1e6
    strip.begin_typing(22)
    editor = strip.findChildren(LineEditor)[-1]
    editor.setText("nan")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert z_of(bay)[22] == 0.0
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    hand.click(strip, QPointF(21.5, 50), hand.alt)
    binder.poll()
    assert z_of(bay)[21] == 0.0


def test_a_double_click_widens_all_components(strip: LatentStrip, bay: Bay, hand: Any) -> None:
    hand.double_click(strip, QPointF(100, 50))
    assert bay.range("/deck/a/z") == (-6.0, 6.0)


def test_no_spike_is_lost_where_bars_share_a_column() -> None:
    values = np.zeros(512)
    values[200] = 9.0
    image = bars(values, (100, 60), 3.5, (-3.0, 3.0), theme.DECK_A)
    pink = image.pixelColor(200 * 100 // 512, 5)
    assert pink.red() > 200
    assert pink.green() < 120
    assert image.pixelColor(10, 5).alpha() == 0


@given(st.integers(1, 700), st.integers(1, 900), st.integers(1, 300))
def test_any_number_of_bars_fits_any_size(count: int, wide: int, high: int) -> None:
    values = np.random.default_rng(count).standard_normal(count) * 3
    image = bars(values, (wide, high), 3.5, (-3.0, 3.0), theme.DECK_B)
    assert (image.width(), image.height()) == (wide, high)


def test_hovering_is_no_painting(strip: LatentStrip, binder: Binder, bay: Bay) -> None:
    for x in (10, 100, 500):
        where = QPointF(x, 20)
        no = Qt.MouseButton.NoButton
        strip.mouseMoveEvent(
            QMouseEvent(QMouseEvent.Type.MouseMove, where, where, no, no, Qt.KeyboardModifier.NoModifier)
        )
    binder.poll()
    assert not z_of(bay).any()
    assert not strip.grab().isNull()


# -- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"),
        (-0.0, "0.00"),
        (0.82, "0.82"),
        (-1.4, "−1.40"),
        (0.005, "0.0050"),
        (1e-9, "1.00e−9"),
        (123.456, "123.5"),
        (1e6, "1\u2009000\u2009000"),
        (-2.5e20, "−2.50e20"),
        (1e300, "1.00e300"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert wording.number_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_offered_for_typing_comes_back(value: float) -> None:
    spec = ControlSpec("/x", Kind.FLOAT, unit="s")
    assert float(wording.from_typing(spec, wording.typed_text(spec, value))) == pytest.approx(value)
    assert len(wording.number_text(value)) <= 11


RANGES = st.tuples(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9)).map(lambda t: (t[0], t[0] + t[1]))


@given(RANGES, st.sampled_from([Taper.LINEAR, Taper.SQUARE]))
def test_doubling_keeps_the_centre_and_doubles_the_width(limits: tuple[float, float], taper: Taper) -> None:
    lo, hi = limits
    wide = doubled(ControlSpec("/x", Kind.FLOAT, lo=lo, hi=hi, taper=taper), lo, hi)
    assert wide[1] - wide[0] == pytest.approx(2 * (hi - lo))
    assert wide[0] + wide[1] == pytest.approx(lo + hi, abs=(hi - lo) * 1e-6 + abs(lo) * 1e-9)


def test_doubling_for_ever_stays_finite_and_rising() -> None:
    for taper in Taper:
        spec = ControlSpec("/x", Kind.FLOAT, lo=0.5, hi=2.0, taper=taper)
        lo, hi = spec.lo, spec.hi
        for _ in range(3000):
            lo, hi = doubled(spec, lo, hi)
        assert np.isfinite([lo, hi]).all()
        assert lo < hi


# -- distance ---------------------------------------------------------------------------------------------------------


def test_an_ordinary_draw_is_one_sigma_out_and_overdrive_carries_it_further() -> None:
    z = np.random.default_rng(1).standard_normal(512)
    middle = np.zeros(512)
    assert distance(z, middle, 1.0) == pytest.approx(1.0, abs=0.1)
    assert distance(z, middle, -4.0) == pytest.approx(4 * distance(z, middle, 1.0))
    assert distance(z, z, 7.0) == pytest.approx(distance(z, middle, 1.0))
    assert distance(z * 1e200, middle, 1.0) == pytest.approx(1e200, rel=0.1)
    assert distance(np.zeros(0), np.zeros(0), 1.0) == 0.0
