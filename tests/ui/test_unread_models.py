"""A checkpoint of another program in the list of models: it says that it was not read yet, and can be chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from latentjockey.control.bay import Bay
from latentjockey.control.source import HAND
from latentjockey.models.builtin import CPPN
from latentjockey.models.library import Entry
from latentjockey.ui.binder import Binder
from latentjockey.ui.dropping import dropped_model
from latentjockey.ui.model_tab import ModelTab

ENTRIES = (
    Entry("cppn", CPPN.card.name, "built in", CPPN),
    Entry("faces", "Faces", "own", None, Path("/m/Faces.pkl"), 236_400_000, unread=True),
)


class Library:
    """Models from nowhere, played as the application would."""

    def __init__(self, bay: Bay) -> None:
        self._bay = bay

    def models(self) -> tuple[Entry, ...]:
        return ENTRIES

    def look(self) -> None:
        """Nothing new."""

    def folder(self) -> Path:
        return Path("/m")

    def play(self, name: str) -> None:
        self._bay.write([("/model", name)], HAND)

    def newer(self) -> bool:
        return False

    def bring(self, path: Path) -> None:
        """Nothing is brought here."""


@pytest.fixture
def tab(binder: Binder, bay: Bay, shown: Callable[[QWidget, int, int], None]) -> ModelTab:
    made = ModelTab(binder, Library(bay))
    shown(made, 1200, 200)
    return made


def test_it_says_so_and_a_click_has_it_read_and_played(tab: ModelTab, bay: Bay) -> None:
    QTest.mouseClick(tab.list, Qt.MouseButton.LeftButton, pos=tab.list.row_box(1).center().toPoint())
    assert bay.value("/model") == "faces"
    assert "not read yet" in tab.card.text
    assert "read when it is first played" in tab.card.text
    assert "236.4 MB" in tab.card.text


@pytest.mark.parametrize("suffix", ["pkl", "pt", "PTH", "bin", "tar", "safetensors"])
def test_checkpoints_can_be_dropped(tmp_path: Path, suffix: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / f"x.{suffix}"))])
    assert Path(dropped_model(data)) == tmp_path / f"x.{suffix}"
