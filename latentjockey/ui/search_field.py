"""A line in which one types what to look for; every letter counts at once. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.painted import Painted, fill


class SearchField(Painted):
    """``changed`` says what is looked for after every letter. Escape clears; ``left`` tells that Enter, or Escape in
    an empty line, ended the search, ``entered`` before it that Enter did."""

    changed = Signal(str)
    entered = Signal()
    left = Signal()

    def __init__(self, prompt: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit(self)
        self.line.setFrame(False)
        self.line.setPlaceholderText(prompt)
        self.line.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.line.textChanged.connect(self.changed)
        self.line.installEventFilter(self)
        self.setFocusProxy(self.line)
        self.setAccessibleName(prompt)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(180), theme.px(26))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(90), theme.px(26))

    def rescaled(self) -> None:
        self._lay_out()
        super().rescaled()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._lay_out()

    def _lay_out(self) -> None:
        size = theme.font(12.5).pixelSize()
        self.line.setStyleSheet(f"background: transparent; border: none; padding: 0; font-size: {size}px;")
        self.line.setGeometry(self.rect().adjusted(theme.px(28), 0, -theme.px(6), 0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape and self.line.text():
                self.line.clear()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.entered.emit()
            if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
                self.left.emit()
                return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        at_hand = self.line.hasFocus()
        ground = theme.mixed(theme.GROUND, theme.RAISED, 0.7 if self.hovered and not at_hand else 0.2)
        fill(painter, box, ground, theme.px(5))
        painter.setPen(QPen(theme.QUIET, 1.5 * theme.scale(), c=Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = 4.0 * theme.scale()
        middle = QPointF(theme.px(14), box.center().y() - theme.scale())
        painter.drawEllipse(middle, radius, radius)
        foot = radius * 0.75
        painter.drawLine(middle + QPointF(foot, foot), middle + QPointF(foot * 1.9, foot * 1.9))
        if at_hand:
            painter.setPen(QPen(theme.QUIET, theme.scale()))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(5), theme.px(5))
