"""The last line: the newest message in words; nothing ever opens by itself. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.base.diagnostics import Message, Messages
from latentjockey.ui import theme
from latentjockey.ui.painted import RIGHT, Painted, fill, write


class StatusLine(Painted):
    """``refresh`` looks whether something was said. ``hint`` stands at the right, quietly."""

    def __init__(self, messages: Messages, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._seen = -1
        self._hint = hint
        self.message: Message | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(300), theme.px(20))

    def refresh(self) -> None:
        if self._messages.total != self._seen:
            self._seen = self._messages.total
            self.message = self._messages.latest()
            self.setToolTip("\n".join(m.text for m in self._messages.recent()[-8:]))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        high = self.height()
        left = float(theme.px(6))
        hint = theme.text_width(self._hint, 11.5) + theme.px(6)
        room = self.width() - left
        if self.message is not None:
            colour = theme.WARNING if self.message.serious else theme.QUIET
            if self.message.serious:
                size = theme.px(7)
                fill(painter, QRectF(left, (high - size) / 2, size, size), colour, size / 2)
                left += theme.px(14)
            write(painter, QRectF(left, 0, room, high), self.message.category, theme.QUIET, 11.5, theme.MEDIUM)
            left += theme.text_width(self.message.category, 11.5, theme.MEDIUM) + theme.px(8)
            text = self.message.text + (f"  ×{self.message.count}" if self.message.count > 1 else "")
            ink = theme.WARNING if self.message.serious else theme.TEXT
            write(painter, QRectF(left, 0, self.width() - left - theme.px(6), high), text, ink, 11.5)
            left += theme.text_width(text, 11.5)
        if left + theme.px(30) + hint < self.width():
            box = QRectF(self.width() - hint - theme.px(6), 0, hint, high)
            write(painter, box, self._hint, theme.QUIET, 11.5, align=RIGHT)
