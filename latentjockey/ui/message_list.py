"""The messages as painted lines, newest on top; only what is visible is painted. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from latentjockey.base.diagnostics import Message
from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, RIGHT, fill, write
from latentjockey.ui.scroll import Fade

_ROW = 24
_SIZE = 12.5
_COPIED_MS = 1200
_TIME, _WORD, _COUNT = 66, 66, 46
_CATEGORY = 84
SERIOUS = "trouble"
"""The word that marks what is serious; its colour is never the only sign."""


class MessageList(QAbstractScrollArea):
    """Click, or Enter on the line that the arrows chose, copies a line. ``moment`` says when a message was posted."""

    copied = Signal(str)

    def __init__(self, moment: Callable[[Message], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: Sequence[Message] = ()
        self._moment = moment
        self._empty = ""
        self._under = -1
        self._cursor = -1
        self._just: Message | None = None
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(_COPIED_MS)
        self._forget.timeout.connect(self._forgotten)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("messages")
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().valueChanged.connect(lambda: self.viewport().update())
        Fade(self)

    # -- what is shown ----------------------------------------------------------------------------------------------

    def show_messages(self, newest_first: Sequence[Message], empty: str) -> None:
        """Show these. Who has scrolled down goes on looking at the same lines; ``empty`` is said without any."""
        bar, row = self.verticalScrollBar(), theme.px(_ROW)
        top, rest = divmod(bar.value(), row)
        anchor = self.shown[top] if bar.value() > 0 and top < len(self.shown) else None
        chosen = self.shown[self._cursor] if 0 <= self._cursor < len(self.shown) else None
        self.shown, self._empty = tuple(newest_first), empty
        self._measure()
        if anchor is not None:
            at = _find(self.shown, anchor)
            if at >= 0:
                bar.setValue(at * row + rest)
        self._cursor = _find(self.shown, chosen) if chosen is not None else -1
        self.viewport().update()

    def _measure(self) -> None:
        bar, row = self.verticalScrollBar(), theme.px(_ROW)
        bar.setRange(0, max(0, len(self.shown) * row - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(row)

    def rescaled(self) -> None:
        """Everything became larger or smaller."""
        self._measure()
        self.viewport().update()

    def row_box(self, index: int) -> QRectF:
        """Where a line lies in the viewport."""
        row = theme.px(_ROW)
        return QRectF(0, index * row - self.verticalScrollBar().value(), self.viewport().width(), row)

    def _index_at(self, y: float) -> int:
        index = int(y + self.verticalScrollBar().value()) // theme.px(_ROW)
        return index if 0 <= index < len(self.shown) else -1

    # -- copying ----------------------------------------------------------------------------------------------------

    def copy(self, index: int) -> None:
        """Copy a line as text."""
        if not 0 <= index < len(self.shown):
            return
        message = self.shown[index]
        repeats = f" (×{message.count})" if message.count > 1 else ""
        text = f"{self._moment(message)}  {message.category}  {message.text}{repeats}"
        QGuiApplication.clipboard().setText(text)
        self._just = message
        self._forget.start()
        self.viewport().update()
        self.copied.emit(text)

    def _forgotten(self) -> None:
        self._just = None
        self.viewport().update()

    # -- hands ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.copy(self._index_at(event.position().y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        under = self._index_at(event.position().y())
        if under != self._under:
            self._under = under
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        if key in steps and self.shown:
            self._choose(min(len(self.shown) - 1, max(0, self._cursor + steps[key])))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.copy(self._cursor)
        else:
            event.ignore()

    def _choose(self, index: int) -> None:
        self._cursor = index
        bar, box = self.verticalScrollBar(), self.row_box(index)
        if box.top() < 0:
            bar.setValue(round(bar.value() + box.top()))
        elif box.bottom() > self.viewport().height():
            bar.setValue(round(bar.value() + box.bottom() - self.viewport().height()))
        self.viewport().update()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self._measure()

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Leave:
            self._under = -1
            self.viewport().update()
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._index_at(event.pos().y())
            text = f"{self.shown[index].text}\nclick copies" if index >= 0 else ""
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), text, self)
            return True
        return super().viewportEvent(event)

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.shown:
            write(painter, QRectF(self.viewport().rect()), self._empty, theme.QUIET, _SIZE, theme.REGULAR, CENTRE)
            return
        first = self.verticalScrollBar().value() // theme.px(_ROW)
        last = (self.verticalScrollBar().value() + self.viewport().height()) // theme.px(_ROW)
        for index in range(first, min(last + 1, len(self.shown))):
            self._paint_row(painter, index)
        painter.end()

    def _paint_row(self, painter: QPainter, index: int) -> None:
        message, box = self.shown[index], self.row_box(index)
        if index in (self._under, self._cursor):
            fill(painter, box.adjusted(0, 1, -theme.px(4), -1), theme.RAISED, theme.px(4))
        if index == self._cursor and self.hasFocus():
            painter.setPen(theme.TEXT)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 1.5, -theme.px(4), -1.5), theme.px(4), theme.px(4))
        left = float(theme.px(8))
        for text, wide, ink, weight in (
            (self._moment(message), _TIME, theme.QUIET, theme.REGULAR),
            (message.category, _CATEGORY, theme.QUIET, theme.MEDIUM),
        ):
            write(painter, QRectF(left, box.top(), theme.px(wide - 8), box.height()), text, ink, _SIZE, weight)
            left += theme.px(wide)
        if message.serious:
            word = QRectF(left, box.top() + theme.px(3), theme.px(_WORD - 10), box.height() - theme.px(6))
            fill(painter, word, theme.mixed(theme.PANEL, theme.WARNING, 0.16), word.height() / 2)
            write(painter, word, SERIOUS, theme.WARNING, 11, theme.MEDIUM, CENTRE)
            left += theme.px(_WORD)
        right = box.right() - theme.px(12)
        ending = "copied" if message is self._just else f"×{message.count}" if message.count > 1 else ""
        if ending:
            tail = QRectF(right - theme.px(_COUNT), box.top(), theme.px(_COUNT), box.height())
            write(painter, tail, ending, theme.TEXT if message is self._just else theme.QUIET, _SIZE, align=RIGHT)
            right -= theme.px(_COUNT + 6)
        ink = theme.WARNING if message.serious else theme.TEXT
        write(painter, QRectF(left, box.top(), right - left, box.height()), message.text, ink, _SIZE)


def _find(messages: Sequence[Message], wanted: Message) -> int:
    """Where a message is now, also when it was counted once more; -1 where it is gone."""
    return next((i for i, m in enumerate(messages) if m.category == wanted.category and m.text == wanted.text), -1)
