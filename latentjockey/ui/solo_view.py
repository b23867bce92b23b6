"""A deck alone, small and live: what one prepares before the audience sees it. GUI thread only.

It only looks at what the engine makes in spare time, and asks for it only while it can be seen.
"""

from __future__ import annotations

import weakref
from typing import ClassVar

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QHelpEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from latentjockey.control.names import BANDS, DECKS
from latentjockey.ui import theme
from latentjockey.ui.actions import Previews
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.painted import CENTRE, LEFT, Painted, fill, write
from latentjockey.ui.thumbnails import draw_filling, image_of

POLL_MS = 80
_CLOSE = 1e-3


class SoloView(Painted):
    """The solo picture of deck ``a`` or ``b``. A click gives the deck the focus of the eight knobs."""

    _seen: ClassVar[weakref.WeakSet[SoloView]] = weakref.WeakSet()

    def __init__(self, binder: Binder, deck: str, previews: Previews | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.deck = deck
        self.on_stage = False
        self.focused = False
        self.image: QImage | None = None
        self._binder = binder
        self._previews = previews
        self._colour = theme.deck_colour(deck)
        self._number = -1
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.poll)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(f"solo picture of deck {deck.upper()}")
        binder.watch("/mix/crossfade", self._mixed)
        for band in BANDS:
            binder.watch(f"/mix/offset/{band}", self._mixed)
        binder.watch("/surface/focus", self._focused)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(112), theme.px(84))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(64), theme.px(48))

    # -- pictures -----------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._look(True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._look(False)
        super().hideEvent(event)

    def _look(self, on: bool) -> None:
        if self._previews is None:
            return
        (SoloView._seen.add if on else SoloView._seen.discard)(self)
        if on:
            self._timer.start()
            self.poll()
        else:
            self._timer.stop()
        self._previews.want_solo(any(view._previews is self._previews for view in SoloView._seen))

    def poll(self) -> None:
        """Take the newest picture, if there is a newer one. The timer calls it; tests may."""
        newest = self._previews.solo(self.deck) if self._previews is not None else None
        if newest is not None and newest[0] != self._number:
            self._number = newest[0]
            self.image = image_of(newest[1])
            self.update()

    # -- what it is ---------------------------------------------------------------------------------------------------

    def _mixed(self, value: Shown) -> None:
        number = self._binder.bay.number
        end = 0.0 if self.deck == "a" else 1.0
        places = [number("/mix/crossfade") + number(f"/mix/offset/{band}") for band in BANDS]
        on_stage = all(abs(place - end) < _CLOSE for place in places)
        if on_stage != self.on_stage:
            self.on_stage = on_stage
            self.update()

    def _focused(self, value: Shown) -> None:
        self.focused = value == DECKS.index(self.deck)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.focus_deck()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.focus_deck()
        else:
            event.ignore()

    def focus_deck(self) -> None:
        """Let the eight knobs and the number keys play this deck."""
        self._binder.write("/surface/focus", DECKS.index(self.deck))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            shown = "this is what the stage shows" if self.on_stage else "the audience does not see this"
            text = f"deck {self.deck.upper()} alone: {shown}; a click gives it the knobs"
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), text, self)
            return True
        return super().event(event)

    # -- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        radius = theme.px(5)
        if self.image is not None:
            draw_filling(painter, box, self.image, radius)
        else:
            fill(painter, box, theme.mixed(theme.PANEL, theme.GROUND, 0.65), radius)
            letter = theme.mixed(theme.PANEL, self._colour, 0.4)
            write(painter, box, self.deck.upper(), letter, 26, theme.MEDIUM, CENTRE)
        edge = self._colour if self.focused else theme.mixed(theme.TRACK, self._colour, 0.5 if self.hovered else 0.0)
        painter.setPen(QPen(edge, (2.0 if self.focused else 1.0) * theme.scale()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, radius, radius)
        self._paint_word(painter, box)
        self.draw_ring(painter)

    def _paint_word(self, painter: QPainter, box: QRectF) -> None:
        word = "on stage" if self.on_stage else "solo"
        side, high = theme.px(6), theme.px(17)
        dot = theme.px(6) if self.on_stage else 0
        wide = theme.text_width(word, 11, theme.MEDIUM) + 2 * side + (dot + theme.px(5) if dot else 0)
        if wide > box.width() - 2 * side:
            return
        label = QRectF(box.left() + theme.px(4), box.bottom() - high - theme.px(4), wide, high)
        fill(painter, label, theme.faded(theme.GROUND, 0.72), high / 2)
        left = label.left() + side
        if dot:
            fill(painter, QRectF(left, label.center().y() - dot / 2, dot, dot), self._colour, dot / 2)
            left += dot + theme.px(5)
        text = QRectF(QPointF(left, label.top()), label.bottomRight())
        write(painter, text, word, theme.TEXT, 11, theme.MEDIUM, LEFT)
