"""The tempo's lamp, the grid and the pads that wait: gestures reach the bay, and the bay is what they show."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.source import CONDUCTOR
from latentjockey.ui import theme
from latentjockey.ui.beat_dots import BeatDots
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton
from latentjockey.ui.cue_pad import CuePad
from latentjockey.ui.cue_waits import CueWaits
from latentjockey.ui.marks import Marks
from latentjockey.ui.tempo_lead import Quantise, SourceLamp


@pytest.fixture
def lamp(binder: Binder, qtbot: QtBot) -> SourceLamp:
    lamp = SourceLamp(binder)
    qtbot.addWidget(lamp)
    lamp.resize(lamp.sizeHint())
    return lamp


def tell(binder: Binder, bay: Bay, **readouts: str) -> None:
    bay.write([(f"/transport/{name}", text) for name, text in readouts.items()], CONDUCTOR)
    binder.poll()


def test_a_click_follows_the_clock_that_is_heard_and_leads_again(lamp: SourceLamp, binder: Binder, bay: Bay) -> None:
    tell(binder, bay, hears="drum machine")
    assert lamp.words() == "clock?"
    QTest.mouseClick(lamp, Qt.MouseButton.LeftButton)
    assert bay.number("/transport/source") == 1.0
    tell(binder, bay, follows="midi clock from drum machine")
    assert lamp.words() == "MIDI clock"
    QTest.mouseClick(lamp, Qt.MouseButton.LeftButton)
    assert bay.number("/transport/source") == 0.0


def test_without_a_clock_a_click_offers_and_changes_nothing(lamp: SourceLamp, binder: Binder, bay: Bay) -> None:
    assert lamp.words() == "internal"
    assert lamp.quiet
    offered = [action.text().strip() for action in lamp.menu().actions()]
    assert any("Follow MIDI clock" in text for text in offered)
    assert bay.number("/transport/source") == 0.0


def test_the_lamp_tells_states_apart_by_words(lamp: SourceLamp, binder: Binder, bay: Bay) -> None:
    tell(binder, bay, follows="taps")
    said = [lamp.words()]
    bay.write([("/transport/source", "midi clock")], CONDUCTOR)
    tell(binder, bay, follows="")
    said.append(lamp.words())
    tell(binder, bay, follows="midi clock lost")
    said.append(lamp.words())
    tell(binder, bay, follows="midi clock from x")
    said.append(lamp.words())
    assert said == ["taps", "no clock yet", "clock lost", "MIDI clock"]


def test_the_menu_chooses(lamp: SourceLamp, binder: Binder, bay: Bay) -> None:
    actions = {action.text().strip("● "): action for action in lamp.menu().actions()}
    actions["Follow MIDI clock"].trigger()
    assert bay.number("/transport/source") == 1.0
    actions["This is the one: the downbeat"].trigger()
    assert bay.number("/transport/downbeat") == 1.0


def test_a_click_on_the_beats_is_the_one(binder: Binder, bay: Bay, clock: ManualClock, qtbot: QtBot) -> None:
    dots = BeatDots(bay, clock, lambda: binder.press("/transport/downbeat"))
    qtbot.addWidget(dots)
    QTest.mouseClick(dots, Qt.MouseButton.LeftButton)
    assert bay.number("/transport/downbeat") == 1.0


def test_the_grid_is_chosen_from_its_list(binder: Binder, bay: Bay, qtbot: QtBot) -> None:
    grid = Quantise(binder)
    qtbot.addWidget(grid)
    grid.open_list().actions()[2].trigger()
    binder.poll()
    assert bay.number("/transport/quantise") == 2.0
    assert grid.text == "bar"


def test_a_waiting_pad_counts_its_beats_down(binder: Binder, bay: Bay, clock: ManualClock, qtbot: QtBot) -> None:
    pads = [CuePad(binder, "a", n, theme.DECK_A, lambda: None) for n in (1, 2)]
    for pad in pads:
        qtbot.addWidget(pad)
        pad.resize(60, 60)
    waiting = {"/deck/a/cue/1/recall": 8.0}
    binder.marks = Marks(awaited=lambda address: waiting.get(address))
    waits = CueWaits(binder, pads, pads[0], clock)
    bay.write([("/transport/since", clock.now()), ("/transport/beat", 4.5)], CONDUCTOR)
    tell(binder, bay, waiting="cue 1 on deck A")
    assert [pad.left for pad in pads] == [3.5, None]
    bright = shown(pads[0])
    clock.advance(0.2)
    waits.look()
    assert pads[0].left == pytest.approx(3.1)
    assert shown(pads[0]) != bright, "it pulses"
    waiting.clear()
    tell(binder, bay, waiting="")
    assert [pad.left for pad in pads] == [None, None]


def shown(pad: CuePad) -> QImage:
    return pad.grab().toImage()


def test_a_button_that_waits_is_framed(binder: Binder, qtbot: QtBot) -> None:
    button = ControlButton(binder, "/deck/a/mutate", "mutate")
    qtbot.addWidget(button)
    button.resize(80, 26)
    plain = button.grab().toImage()
    button.show_marks(Marks(awaited=lambda address: 4.0 if address == "/deck/a/mutate" else None))
    assert button.grab().toImage() != plain
    assert "waits" in button.tip_text()
    button.show_marks(Marks())
    assert button.grab().toImage() == plain
