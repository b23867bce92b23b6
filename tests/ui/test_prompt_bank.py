"""The prompt bank: texts are written, weights are played, and neither is taken for the other; judged by the bay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QSettings, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.source import HAND, Rank, Source
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.class_cells import ClassCells
from latentjockey.ui.controls_tab import MODEL, ControlsTab
from latentjockey.ui.deck_strip import DeckStrip
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.field import Field
from latentjockey.ui.knob import Knob
from latentjockey.ui.prompt_bank import PromptBank
from latentjockey.ui.prompt_rows import AwayRow, PromptRow
from latentjockey.ui.window import MainWindow
from tests.models.prompting import layout_of, plain, prompting

Show = Callable[[QWidget, int, int], None]
OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
WIDE, HIGH = 311, 200


@pytest.fixture
def bay(clock: ManualClock) -> Bay:
    return Bay(layout_of(prompting()), clock)


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def bank(binder: Binder, shown: Show) -> PromptBank:
    made = PromptBank(binder, "a", theme.DECK_A)
    shown(made, WIDE, HIGH)
    return made


def told(binder: Binder) -> None:
    binder.poll()
    QApplication.processEvents()


def weights(bay: Bay, deck: str = "a") -> list[float]:
    return np.asarray(bay.value(f"/deck/{deck}/class")).tolist()


def texts(bank: PromptBank) -> list[str]:
    return [row.words.text for row in bank.rows]


def line_of(row: QWidget) -> LineEditor | None:
    lines = [line for line in row.findChildren(LineEditor) if not line.isHidden()]
    return lines[0] if lines else None


def written(row: PromptRow | AwayRow, hand: Any) -> LineEditor:
    """The line that a click on a text opens."""
    hand.click(row, row.text_box().center() if isinstance(row, PromptRow) else None)
    line = line_of(row)
    assert line is not None
    return line


def test_each_prompt_has_its_text_and_its_weight(bank: PromptBank, bay: Bay, binder: Binder) -> None:
    assert texts(bank)[:3] == ["water", "stone", "fire"]
    assert [row.address for row in bank.rows] == [f"/deck/a/class/{n}" for n in range(8)]
    assert bank.away is not None
    bay.write([("/gen/prompt/3", "a moth"), ("/gen/negative", "grey"), ("/deck/a/class/2", -0.4)], OSC)
    told(binder)
    row = bank.rows[2]
    assert (row.words.text, row.accessibleName(), row.value) == ("a moth", "a moth", -0.4)
    assert bank.away.words.text == "grey"


def test_a_click_on_a_text_writes_it_and_enter_keeps_it(bank: PromptBank, bay: Bay, hand: Any) -> None:
    line = written(bank.rows[1], hand)
    assert line.text() == "stone"
    QTest.keyClicks(line, "a moth, 18 M")
    QTest.keyClick(line, Qt.Key.Key_Space)
    assert bay.value("/gen/prompt/2") == "stone", "not before Enter"
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert bay.value("/gen/prompt/2") == "a moth, 18 M "
    assert line_of(bank.rows[1]) is None
    assert weights(bay) == [1.0, *[0.0] * 7], "a click on a text moves no weight"


def test_escape_and_going_elsewhere_leave_a_text_as_it_was(bank: PromptBank, bay: Bay, hand: Any) -> None:
    line = written(bank.rows[0], hand)
    QTest.keyClicks(line, "moth")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert line_of(bank.rows[0]) is None
    line = written(bank.rows[0], hand)
    QTest.keyClicks(line, "moth")
    QApplication.sendEvent(line, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.MouseFocusReason))
    assert line_of(bank.rows[0]) is None
    assert bay.value("/gen/prompt/1") == "water"


def test_a_text_that_was_refused_stays_to_be_mended(bank: PromptBank, bay: Bay, hand: Any) -> None:
    line = written(bank.rows[0], hand)
    line.setText("x" * 5000)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert line_of(bank.rows[0]) is line
    assert bay.value("/gen/prompt/1") == "water"


def test_a_drag_plays_the_weight_wherever_it_begins_and_goes_beyond(
    bank: PromptBank, bay: Bay, binder: Binder, hand: Any
) -> None:
    row = bank.rows[3]
    start = row.text_box().center()
    hand.press(row, start)
    for step in range(1, 6):
        hand.move(row, start + QPointF(90 * step, 0))
    hand.release(row, start + QPointF(450, 0))
    told(binder)
    assert weights(bay)[3] > 2.0
    assert row.beyond
    assert row.ink == theme.BEYOND
    assert line_of(row) is None, "a drag from the text writes nothing"
    hand.drag(row, -900)
    told(binder)
    assert weights(bay)[3] < -1.0
    assert (weights(bay)[0], bay.value("/gen/prompt/4")) == (1.0, "moss")


def test_a_number_is_typed_on_the_number_and_a_text_by_f2(bank: PromptBank, bay: Bay, hand: Any) -> None:
    row = bank.rows[2]
    hand.double_click(row, QPointF(row.number_box().center()))
    line = line_of(row)
    assert line is not None
    line.setText("-12,5")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert weights(bay)[2] == -12.5
    QTest.keyClick(row, Qt.Key.Key_F2)
    line = line_of(row)
    assert line is not None
    line.setText("ash")
    QTest.keyClick(line, Qt.Key.Key_Enter)
    assert (bay.value("/gen/prompt/3"), weights(bay)[2]) == ("ash", -12.5)


def test_the_menu_writes_takes_back_and_plays_all_weights(bank: PromptBank, bay: Bay, binder: Binder) -> None:
    row = bank.rows[1]
    bay.write([("/gen/prompt/2", "moth")], HAND)
    told(binder)

    def pick(words: str) -> None:
        menu = row.menu()
        (action,) = (action for action in menu.actions() if action.text().split("\t")[0] == words)
        action.trigger()
        menu.close()
        told(binder)

    pick("Only prompt 2")
    assert weights(bay) == [0.0, 1.0, *[0.0] * 6]
    pick("Turn all signs")
    assert weights(bay)[1] == -1.0
    pick("The prompt it came with")
    assert bay.value("/gen/prompt/2") == "stone"
    pick("Write the prompt…")
    assert line_of(row) is not None


def test_what_it_is_led_away_from_is_written_too(bank: PromptBank, bay: Bay, hand: Any) -> None:
    assert bank.away is not None
    line = written(bank.away, hand)
    QTest.keyClicks(line, "grey")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert bay.value("/gen/negative") == "grey"
    hand.click(bank.away, None, Qt.KeyboardModifier.AltModifier)
    QApplication.processEvents()
    assert bay.value("/gen/negative") == ""


def test_another_model_brings_other_prompts_or_none(bank: PromptBank, bay: Bay, binder: Binder) -> None:
    bay.install(layout_of(plain("bloom", "moth"), epoch=2))
    told(binder)
    bank.follow()
    assert (bank.rows, bank.away) == ([], None)
    bay.install(layout_of(prompting(), epoch=3))
    told(binder)
    bank.follow()
    assert len(bank.rows) == 8
    bay.write([("/gen/prompt/8", "moth"), ("/deck/a/class/7", 0.5)], OSC)
    told(binder)
    assert (bank.rows[7].words.text, bank.rows[7].value) == ("moth", 0.5)


def test_deck_b_writes_the_texts_of_its_own_model(bay: Bay, binder: Binder, shown: Show, hand: Any) -> None:
    bay.install(layout_of(prompting(), prompting("other"), 2))
    bank = PromptBank(binder, "b", theme.DECK_B)
    shown(bank, WIDE, HIGH)
    told(binder)
    line = written(bank.rows[0], hand)
    line.setText("moth")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert (bay.value("/deck/b/gen/prompt/1"), bay.value("/gen/prompt/1")) == ("moth", "water")
    hand.drag(bank.rows[0], 100)
    told(binder)
    assert weights(bay, "a")[0] == 1.0
    assert weights(bay, "b")[0] > 0.0


def test_a_model_that_goes_while_a_text_is_written_takes_nothing(
    bank: PromptBank, bay: Bay, binder: Binder, hand: Any
) -> None:
    line = written(bank.rows[0], hand)
    line.setText("moth")
    bay.install(layout_of(plain("bloom"), epoch=2))
    told(binder)
    QTest.keyClick(line, Qt.Key.Key_Return)
    bay.install(layout_of(prompting(), epoch=3))
    assert bay.value("/gen/prompt/1") == "water"


def test_the_strip_says_prompts_and_noise_and_goes_back_to_classes_and_z(
    bay: Bay, binder: Binder, shown: Show, settings: QSettings
) -> None:
    strip = DeckStrip(binder, "a", theme.DECK_A, settings=settings)
    shown(strip, WIDE, 240)
    assert strip.switch.words == ("prompts", "noise")
    assert isinstance(strip.strip, PromptBank)
    strip.switch.chosen.emit("noise")
    assert (strip.switch.word, strip.strip) == ("noise", strip.noise)
    bay.install(layout_of(plain("bloom", "moth"), epoch=2))
    told(binder)
    assert (strip.switch.words, strip.strip) == (("classes", "z"), strip.raw)
    strip.choose("classes")
    assert strip.strip is strip.classes
    bay.install(layout_of(prompting(), epoch=3))
    told(binder)
    assert (strip.switch.word, strip.strip) == ("prompts", strip.prompts)
    assert strip.prompts.isVisible()


def test_on_stage_prompts_go_by_their_texts(bay: Bay, binder: Binder, shown: Show, hand: Any) -> None:
    cells = ClassCells(binder, "/deck/a/class", theme.DECK_A)
    shown(cells, 270, cells.sizeHint().height())
    told(binder)
    assert [cell.label for cell in cells.cells][:2] == ["water", "stone"]
    bay.write([("/gen/prompt/2", "a moth")], OSC)
    told(binder)
    assert cells.cells[1].label == "a moth"
    hand.drag(cells.cells[1], 40)
    told(binder)
    assert weights(bay)[1] > 0.0
    assert bay.value("/gen/prompt/2") == "a moth"
    QTest.keyClick(cells.cells[1], Qt.Key.Key_F2)
    line = line_of(cells.cells[1])
    assert line is not None
    line.setText("whale")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert bay.value("/gen/prompt/2") == "whale"
    bay.install(layout_of(plain("bloom", "moth"), epoch=2))
    told(binder)
    assert [cell.label for cell in cells.cells] == ["bloom", "moth"]


def test_letters_that_are_typed_into_a_prompt_are_no_shortcuts(window: MainWindow, bay: Bay, hand: Any) -> None:
    bank = window.studio.deck_a.strip.prompts
    told(window.binder)
    row = bank.rows[0]
    before = {a: bay.value(a) for a in ("/surface/view", "/stage/blackout", "/transport/tap", "/mix/crossfade")}
    revision = bay.revision
    line = written(row, hand)
    line.setFocus()
    for letter in "1 m p f B Z 8 g":
        QTest.keyClicks(line, letter)
    QTest.keyClick(line, Qt.Key.Key_Left)
    assert {a: bay.value(a) for a in before} == before
    _, changes = bay.changes_since(revision)
    assert not [c.spec.address for c in changes if c.spec.address.startswith(("/deck", "/mix", "/stage", "/surface"))]
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert bay.value("/gen/prompt/1") == "1 m p f B Z 8 g"


def test_the_model_tab_has_knobs_for_the_noise_and_leaves_prompts_to_the_bank(
    bay: Bay, binder: Binder, shown: Show, hand: Any
) -> None:
    tab = ControlsTab(binder, MODEL)
    shown(tab, 420, 200)
    knobs = [control for control in tab.controls if isinstance(control, Knob)]
    assert [knob.address for knob in knobs] == [
        f"/gen/{name}" for name in ("steps", "cfg", "start", "end", "eta", "grain")
    ]
    assert not [control for control in tab.controls if isinstance(control, Field)]
    hand.drag(knobs[1], 600)
    told(binder)
    assert bay.number("/gen/cfg") > 12.0
    assert knobs[1].beyond
    bay.install(layout_of(plain("bloom"), prompting(), 2))
    told(binder)
    assert [control.address for control in tab.controls if isinstance(control, Knob)][:2] == [
        "/deck/b/gen/steps",
        "/deck/b/gen/cfg",
    ]


def test_no_directions_are_sought_in_noise(bay: Bay, binder: Binder, shown: Show, settings: QSettings) -> None:
    strip = DeckStrip(binder, "a", theme.DECK_A, settings=settings)
    shown(strip, WIDE, 240)
    assert not strip.offer.isVisible()
    bay.install(layout_of(plain("bloom"), epoch=2))
    told(binder)
    assert strip.offer.isVisible()
