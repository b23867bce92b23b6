"""One quiet bar after a crash: the last session may be brought back, or left to rest. GUI thread only.

It opens no window, takes no focus, and goes by itself once the session was brought back from anywhere.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.painted import CENTRE, Painted, Row, fill, write

_WORDS = "The last session ended without goodbye."


class _Word(Painted):
    """A word to press."""

    def __init__(self, text: str, call: Callable[[], object], strong: bool) -> None:
        super().__init__()
        self._text, self._call, self._strong = text, call, strong
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(theme.text_width(self._text, 12.5, theme.MEDIUM)) + theme.px(22), theme.px(24))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._call()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._call()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        if self._strong or self.hovered:
            fill(painter, box, theme.HOVERED if self.hovered else theme.TRACK, theme.px(5))
        write(painter, box, self._text, theme.TEXT if self._strong else theme.QUIET, 12.5, theme.MEDIUM, CENTRE)
        self.draw_ring(painter)


class OfferBar(Painted):
    """Shown while ``offered``; takes no room otherwise."""

    def __init__(self, binder: Binder, offered: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self._presses: float | None = None
        self.back = _Word("bring it back", self._accept, True)
        self.rest = _Word("let it rest", self.hide, False)
        row = Row((14, 3, 8, 3), 6)
        self.setLayout(row)
        row.addStretch(1)
        row.addWidget(self.back)
        row.addWidget(self.rest)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_WORDS)
        self.setVisible(offered)
        binder.watch("/session/restore", self._restored)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(420), theme.px(32))

    def _accept(self) -> None:
        self._binder.press("/session/restore")
        self.hide()

    def _restored(self, value: Shown) -> None:
        count = value if isinstance(value, float) else 0.0
        if self._presses is not None and count > self._presses:
            self.hide()
        self._presses = count

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.RAISED, theme.px(6))
        side = theme.px(3)
        fill(painter, QRectF(theme.px(5), theme.px(8), side, box.height() - theme.px(16)), theme.WARNING, side / 2)
        words = box.adjusted(theme.px(16), 0, -theme.px(8), 0)
        words.setRight(self.back.geometry().left() - theme.px(8))
        write(painter, words, _WORDS, theme.TEXT, 12.5)
