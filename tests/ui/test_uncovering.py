"""A large window is painted part by part."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from latentjockey.ui.uncovering import Uncovering


class Part(QWidget):
    def __init__(self, name: str, painted: list[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._name, self._painted = name, painted

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        self._painted.append(self._name)


def test_each_part_is_painted_in_a_turn_of_its_own_and_all_of_them_in_the_end(qtbot: QtBot) -> None:
    told: list[str] = []
    window = QWidget()
    qtbot.addWidget(window)
    parts = [Part(name, told, window) for name in ("first", "second", "third")]
    for i, part in enumerate(parts):
        part.setGeometry(30 * i, 0, 20, 20)
    uncovering = Uncovering(parts, lambda: told.append("done"), window)
    window.show()
    qtbot.waitExposed(window)
    assert told == []

    uncovering.begin()
    qtbot.waitUntil(lambda: "done" in told, timeout=30_000)

    assert [name for i, name in enumerate(told) if name not in told[:i]] == ["first", "second", "third", "done"]
    assert all(part.updatesEnabled() for part in parts)
