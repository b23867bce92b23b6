"""The model tab: every model can be seen, read and played; the credit stands under the stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.control.bay import Bay
from latentjockey.control.source import CONDUCTOR, ENGINE, HAND
from latentjockey.models.builtin import CPPN
from latentjockey.models.card import ModelCard, Source
from latentjockey.models.library import Entry
from latentjockey.models.spec import ModelSpec
from latentjockey.ui.actions import Actions
from latentjockey.ui.binder import Binder
from latentjockey.ui.model_tab import ModelTab
from latentjockey.ui.window import MainWindow

CARD = ModelCard(
    "Portraits",
    "us",
    "Apache-2.0",
    "drawn portraits",
    "CC0 1.0",
    "licensed, not asked",
    sources=(
        Source("Lorelei", "A <b>Maker</b>", "CC0 1.0", "licensed, not asked", images=1200),
        Source("Pixel Art", "Another", "CC BY 4.0", "withdrawn"),
    ),
    training="20,000 steps",
    weak="Glasses smear.",
)
SPEC = ModelSpec("portraits", CARD, 8, 10, 8, (3, 7), "lerp", (64, 64), classes=("Lorelei", "Pixel Art"))
ENTRIES = (
    Entry("portraits", "Portraits", "bundled", SPEC, Path("/m/portraits.safetensors"), 5_200_000),
    Entry("cppn", CPPN.card.name, "built in", CPPN),
    Entry("torn", "torn", "own", None, Path("/m/torn.safetensors"), 9, "torn.safetensors was cut short."),
)


class Library:
    """Models from nowhere; what is asked of it is kept, and played as the application would."""

    def __init__(self, bay: Bay) -> None:
        self.bay = bay
        self.brought: list[Path] = []
        self.saved_anew = False

    def models(self) -> tuple[Entry, ...]:
        return ENTRIES

    def look(self) -> None:
        """Nothing new."""

    def folder(self) -> Path:
        return Path("/m")

    def play(self, name: str) -> None:
        self.bay.write([("/model", name)], HAND)

    def newer(self) -> bool:
        return self.saved_anew

    def bring(self, path: Path) -> None:
        self.brought.append(path)


@pytest.fixture
def models(bay: Bay) -> Library:
    return Library(bay)


@pytest.fixture
def tab(binder: Binder, models: Library, shown: Callable[[QWidget, int, int], None]) -> ModelTab:
    made = ModelTab(binder, models)
    shown(made, 1200, 200)
    return made


def row(tab: ModelTab, index: int) -> QPointF:
    return tab.list.row_box(index).center()


def look(tab: ModelTab, index: int) -> None:
    """Move the pointer over a row: straight to the list, since where the platform's own pointer is may not matter."""
    at, none = row(tab, index), Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, at, tab.list.mapToGlobal(at), none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(tab.list, move)


def test_a_click_plays_a_model(tab: ModelTab, bay: Bay) -> None:
    QTest.mouseClick(tab.list, Qt.MouseButton.LeftButton, pos=row(tab, 0).toPoint())
    assert bay.value("/model") == "portraits"
    QTest.mouseClick(tab.list, Qt.MouseButton.LeftButton, pos=row(tab, 1).toPoint())
    assert bay.value("/model") == "cppn"


def test_what_cannot_be_played_is_not_played_and_says_why(tab: ModelTab, bay: Bay) -> None:
    before = bay.value("/model")
    QTest.mouseClick(tab.list, Qt.MouseButton.LeftButton, pos=row(tab, 2).toPoint())
    assert bay.value("/model") == before
    assert "torn.safetensors was cut short." in tab.card.text


def test_keys_look_first_and_play_on_enter(tab: ModelTab, bay: Bay) -> None:
    tab.list.setFocus()
    before = bay.value("/model")
    QTest.keyClick(tab.list, Qt.Key.Key_Down)
    QTest.keyClick(tab.list, Qt.Key.Key_Up)
    assert bay.value("/model") == before
    assert "Glasses smear." in tab.card.text
    QTest.keyClick(tab.list, Qt.Key.Key_Return)
    assert bay.value("/model") == "portraits"


def test_the_card_names_every_source_and_hides_no_markup(tab: ModelTab) -> None:
    look(tab, 1)
    look(tab, 0)
    text = tab.card.text
    for said in (
        "A <b>Maker</b>", "licensed, not asked", "consent withdrawn", "1,200", "20,000 steps", "Glasses smear.",
        "CC BY 4.0", "Lorelei, Pixel Art", "not a share of influence",
    ):  # fmt: skip
        assert said in text


def test_without_a_look_the_card_is_that_of_the_model_that_plays(tab: ModelTab, bay: Bay) -> None:
    bay.write([("/engine/model", "cppn")], ENGINE)
    tab.refresh()
    assert "nobody’s pictures" in tab.card.text
    for index in (1, 0):
        look(tab, index)
    assert "Glasses smear." in tab.card.text
    QApplication.sendEvent(tab, QEvent(QEvent.Type.Leave))
    assert "nobody’s pictures" in tab.card.text


def drop(widget: QWidget, name: str) -> bool:
    """Drag a file over the middle of a widget and let it fall; whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(f"/downloads/{name}")])
    at, copy = widget.rect().center(), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at, copy, data, left, none)
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    fall = QDropEvent(QPointF(at), copy, data, left, none)
    QApplication.sendEvent(widget, fall)
    return fall.isAccepted()


def test_a_model_file_falls_on_the_tab(tab: ModelTab, models: Library) -> None:
    assert drop(tab, "moths.safetensors")
    assert not drop(tab, "notes.txt")
    assert models.brought == [Path("/downloads/moths.safetensors")]


def test_a_model_file_falls_anywhere_on_the_window(
    open_window: Callable[..., MainWindow], everything: Actions, models: Library, dropped: list[str]
) -> None:
    window = open_window(asks=replace(everything, models=models))
    for place in (window.stage, window.studio.deck_a, window.studio.tabs, window):
        assert drop(place, "moths.safetensors"), place
    assert len(models.brought) == 4
    assert not dropped


def test_the_page_of_the_window_is_the_library(
    open_window: Callable[..., MainWindow], everything: Actions, models: Library, bay: Bay
) -> None:
    window = open_window(asks=replace(everything, models=models))
    window.show_page("model")
    page = window.studio.tabs.page("model")
    assert isinstance(page, ModelTab)
    QTest.mouseClick(page.list, Qt.MouseButton.LeftButton, pos=row(page, 0).toPoint())
    assert bay.value("/model") == "portraits"


def test_the_credit_stands_under_the_stage(
    open_window: Callable[..., MainWindow], everything: Actions, bay: Bay
) -> None:
    window = open_window(asks=replace(everything, card=lambda deck: CARD))
    bay.write([("/model/credit", "asked for +0.61 Lorelei · learned from: Lorelei by A Maker")], CONDUCTOR)
    window.binder.poll()
    window.refresh()
    line = window.studio.mix.credit
    assert line.text == bay.value("/model/credit")
    assert line.isVisible()
    assert "Pixel Art by Another (CC BY 4.0; consent withdrawn)" in line.toolTip()
    assert "&lt;b&gt;Maker" in line.toolTip()


def test_a_newer_file_of_what_plays_is_offered_and_loaded_at_a_press(tab: ModelTab, models: Library, bay: Bay) -> None:
    assert not tab.anew.isVisible()
    models.saved_anew = True
    tab.refresh()
    assert tab.anew.isVisible()
    assert bay.number("/model/reload") == 0
    QTest.mouseClick(tab.anew, Qt.MouseButton.LeftButton)
    assert bay.number("/model/reload") == 1
    models.saved_anew = False
    tab.refresh()
    assert not tab.anew.isVisible()
