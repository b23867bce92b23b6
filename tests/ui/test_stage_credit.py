"""The credit can be written on the stage and on outputs; black stays black, and a click on the line switches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QScreen
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.source import CONDUCTOR, HAND
from latentjockey.ui.binder import Binder
from latentjockey.ui.displays import Display
from latentjockey.ui.outputs import Outputs
from latentjockey.ui.stage_credit import StageCredit, lines_of
from latentjockey.ui.window import MainWindow

WORDS = "asked for +0.61 Lorelei −0.40 Pixel Art · learned from: Lorelei by A Maker (CC0 1.0; licensed, not asked)"
OWN = Display("eDP-1", 0, 0, 800, 800, 1.0, 60.0)
HALL = Display("HDMI-1", 800, 0, 800, 800, 1.0, 60.0)


class Screens:
    """Two displays; Qt has one screen behind both."""

    def watch(self, changed: Callable[[], None]) -> None:
        """Nothing is ever plugged in or out."""

    def present(self) -> tuple[Display, ...]:
        return OWN, HALL

    def screen(self, name: str) -> QScreen | None:
        return QGuiApplication.primaryScreen()

    def of(self, widget: QWidget) -> str:
        return "eDP-1"


def settle(binder: Binder) -> None:
    binder.poll()
    QApplication.processEvents()


def differing(first: QImage, second: QImage) -> tuple[float, float, int]:
    """The left and lower share of the picture in which two grabs differ lies where: least x, least y, how many."""
    wide, high = first.width(), first.height()
    spots = [
        (x / wide, y / high)
        for x in range(0, wide, 4)
        for y in range(0, high, 2)
        if first.pixel(x, y) != second.pixel(x, y)
    ]
    return min((x for x, _ in spots), default=1.0), min((y for _, y in spots), default=1.0), len(spots)


@pytest.fixture
def outputs(
    binder: Binder, pictures: Any, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, qtbot: Any
) -> Iterator[Outputs]:
    monkeypatch.setattr("latentjockey.base.paths.state_dir", lambda: tmp_path)
    surface = QWidget()
    made = Outputs(binder, pictures, [].append, surface, "painter", clock, screens=Screens())
    made.start()
    clock.advance(1.0)
    yield made
    made.close()
    surface.deleteLater()


def test_it_stands_in_the_lower_left_of_an_output_and_not_on_black(outputs: Outputs, binder: Binder, bay: Bay) -> None:
    bay.write([("/model/credit", WORDS)], CONDUCTOR)
    bay.write([("/output/1/on", True)], HAND)
    settle(binder)
    window = outputs.window(1)
    assert window is not None
    plain = window.grab()
    bay.write([("/stage/credit", True)], HAND)
    settle(binder)
    left, top, many = differing(plain, window.grab())
    assert many > 100
    assert left < 0.1
    assert top > 0.8
    bay.write([("/stage/blackout", True)], HAND)
    settle(binder)
    black = window.grab()
    assert {black.pixel(x, y) & 0xFFFFFF for x in range(0, black.width(), 9) for y in range(0, black.height(), 9)} == {
        0
    }
    bay.write([("/stage/blackout", False), ("/stage/credit", False)], HAND)
    settle(binder)
    assert differing(plain, window.grab())[2] == 0


def test_it_follows_what_is_asked_for(outputs: Outputs, binder: Binder, bay: Bay) -> None:
    bay.write([("/output/1/on", True), ("/stage/credit", True)], HAND)
    bay.write([("/model/credit", WORDS)], CONDUCTOR)
    settle(binder)
    window = outputs.window(1)
    assert window is not None
    first = window.grab()
    bay.write([("/model/credit", WORDS.replace("+0.61", "+2.50"))], CONDUCTOR)
    settle(binder)
    assert differing(first, window.grab())[2] > 0


def test_a_click_on_the_line_writes_it_on_the_stage(open_window: Callable[..., MainWindow], bay: Bay) -> None:
    window = open_window()
    bay.write([("/model/credit", WORDS)], CONDUCTOR)
    window.binder.poll()
    assert window.stage.credit.text == ""
    line = window.studio.mix.credit
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    window.binder.poll()
    assert bay.number("/stage/credit") == 1
    assert window.stage.credit.text == WORDS
    assert window.stage.rect().contains(window.stage.credit.geometry())
    bay.write([("/stage/blackout", True)], HAND)
    window.binder.poll()
    assert window.stage.credit.text == ""
    bay.write([("/stage/blackout", False)], HAND)
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    window.binder.poll()
    assert bay.number("/stage/credit") == 0
    assert window.stage.credit.text == ""


@pytest.mark.parametrize("size", [(120, 90), (800, 800), (1920, 1080), (3840, 600)])
def test_it_lies_within_every_stage(qapp: QApplication, size: tuple[int, int]) -> None:
    credit = StageCredit()
    assert credit.place(size).isEmpty()
    credit.text = f"{WORDS}; {WORDS}"
    box = credit.place(size)
    assert not box.isEmpty()
    assert box.left() >= 0
    assert box.right() <= size[0] + 1
    assert box.top() >= 0
    assert box.bottom() <= size[1]


def test_each_statement_has_its_line() -> None:
    assert lines_of(WORDS) == [
        "asked for +0.61 Lorelei −0.40 Pixel Art",
        "learned from: Lorelei by A Maker (CC0 1.0; licensed, not asked)",
    ]
    assert lines_of("") == []
