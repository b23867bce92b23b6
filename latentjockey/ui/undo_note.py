"""What was done a moment ago, and one press that takes it back: no dialog, no question. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, Painted, fill, write

_UNDO_MS = 30_000


class UndoNote(Painted):
    """What was done a moment ago, and one press that takes it back. Takes no room when there is nothing to say."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_UNDO_MS)
        self._timer.timeout.connect(lambda: self.say(""))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hide()

    def say(self, text: str) -> None:
        """Say it for half a minute; an empty text ends it."""
        self.text = text
        self.setAccessibleName(f"{text}, undo")
        self.setVisible(bool(text))
        if text:
            self._timer.start()
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(theme.text_width(self.text, 12.5)) + theme.px(14) + self._button(), theme.px(26))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._button() + theme.px(60), theme.px(26))

    def _button(self) -> int:
        return round(theme.text_width("undo", 12.5, theme.MEDIUM)) + theme.px(22)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        on_button = event.position().x() >= self.width() - self._button() and self.rect().contains(
            event.position().toPoint()
        )
        if event.button() == Qt.MouseButton.LeftButton and on_button:
            self.pressed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        wide = self._button()
        words = QRectF(0, 0, self.width() - wide - theme.px(8), self.height())
        write(painter, words, self.text, theme.QUIET, 12.5)
        box = QRectF(self.width() - wide, 0, wide, self.height())
        fill(painter, box, theme.HOVERED if self.hovered else theme.RAISED, theme.px(5))
        write(painter, box, "undo", theme.TEXT, 12.5, theme.MEDIUM, CENTRE)
        self.draw_ring(painter)
