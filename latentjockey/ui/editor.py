"""The line in which a number or a name is typed, laid over the widget it belongs to. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolTip, QWidget

from latentjockey.ui import theme


class LineEditor(QLineEdit):
    """Enter accepts, Escape or leaving cancels. ``accept`` gets the text and returns why it was refused, or nothing.

    A refused text stays, with the reason beside it.
    """

    def __init__(self, parent: QWidget, box: QRect, text: str, accept: Callable[[str], str]) -> None:
        super().__init__(text, parent)
        self._accept = accept
        self._done = False
        theme.dress(self)
        self.setFrame(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        wide, high = max(box.width(), theme.px(84)), max(box.height(), theme.px(22))
        left = max(0, min(box.right() - wide + 1, parent.width() - wide))
        top = max(0, min(box.center().y() - high // 2, parent.height() - high))
        self.setGeometry(left, top, min(wide, parent.width()), high)
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._commit()
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._leave()

    def _commit(self) -> None:
        why = self._accept(self.text())
        if not why:
            self._leave()
            return
        self.setProperty("refused", True)
        self.style().polish(self)
        QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), why, self)
        self.selectAll()

    def _leave(self) -> None:
        if not self._done:
            self._done = True
            parent = self.parentWidget()
            self.hide()
            self.deleteLater()
            if parent is not None:
                parent.setFocus(Qt.FocusReason.OtherFocusReason)
