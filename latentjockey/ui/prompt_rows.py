"""Rows of the prompt bank: a text to be written, and beside it how much of it is heard. GUI thread only.

A click on the text writes it, F2 does so at the keys; everything else is the weight's, as in every row with a bar.
"""

from __future__ import annotations

import html
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from latentjockey.ui import theme
from latentjockey.ui.bar_row import BarRow
from latentjockey.ui.binder import Binder
from latentjockey.ui.class_list import Deeds
from latentjockey.ui.context_menu import control_menu
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.painted import Painted, fill, write
from latentjockey.ui.text_link import TextLink

HIGH = 22
EMPTY = "write a prompt"
_NUMBER = 46
_SHARE = 0.56
"""How much of the room beside the number a text gets."""


class PromptRow(BarRow):
    """``deeds`` says what the menu offers for all weights, ``scrolls`` whether the wheel over a text is the list's."""

    def __init__(
        self,
        binder: Binder,
        address: str,
        text: str,
        colour: QColor,
        deeds: Callable[[str], Deeds],
        scrolls: Callable[[], bool],
        parent: QWidget | None = None,
    ) -> None:
        self._deeds = deeds
        self._scrolls = scrolls
        self._on_text = False
        super().__init__(binder, address, colour, "", 0, parent)
        self.words = TextLink(binder, text, self._said)
        self.setMouseTracking(True)
        self._said()

    def follow(self, address: str, text: str) -> None:
        """Play the weight at one address, with the text at another."""
        self.retarget(address)
        self.words.retarget(text)

    def close_links(self) -> None:
        """Hear of nothing any more."""
        self.words.close()
        self.binder.unbind(self)

    def _said(self) -> None:
        self.rename(self.words.text or "empty prompt")

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(150), theme.px(HIGH))

    # -- geometry -----------------------------------------------------------------------------------------------------

    def number_box(self) -> QRect:
        wide = max(theme.px(_NUMBER), round(theme.text_width(self._signed(), 12)) + theme.px(2))
        return QRect(self.width() - wide - theme.px(5), 0, wide, self.height())

    def text_box(self) -> QRectF:
        """Where the text stands: a click there writes it."""
        room = self.width() - theme.px(_NUMBER + 5)
        return QRectF(0, theme.px(1.5), room * _SHARE, self.height() - 2 * theme.px(1.5))

    def bar(self) -> QRectF:
        left, thick = self.text_box().right() + theme.px(8), theme.px(5)
        right = self.number_box().left() - theme.px(4)
        return QRectF(left, (self.height() - thick) / 2, max(12.0, right - left), thick)

    # -- writing ------------------------------------------------------------------------------------------------------

    def begin_writing(self) -> LineEditor | None:
        """Open the line in which the prompt is written."""
        return self.words.begin_typing(self, self.rect())

    def clicked(self) -> None:
        if self._on_text:
            self.begin_writing()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._on_text = self.text_box().contains(event.position())
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        over = self.text_box().contains(event.position()) and not self.held
        self.setCursor(Qt.CursorShape.IBeamCursor if over else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self._scrolls() and self.text_box().contains(event.position()):
            event.ignore()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_F2:
            self.begin_writing()
        else:
            super().keyPressEvent(event)

    def menu(self) -> QMenu:
        menu = super().menu()
        menu.addSeparator()
        for words, action in self._deeds(self.address):
            menu.addAction(words).triggered.connect(action)
        menu.addSeparator()
        menu.addAction("Write the prompt…\tF2").triggered.connect(self.begin_writing)
        menu.addAction("The prompt it came with").triggered.connect(lambda: self.binder.reset(self.words.address))
        return menu

    def tip(self) -> str:
        words = html.escape(self.words.text) or "nothing is written here"
        return f"<b>{html.escape(self.words.address)}</b>&nbsp;&nbsp;{words}<br>a click writes it<br>{super().tip()}"

    # -- painting -----------------------------------------------------------------------------------------------------

    @property
    def name_ink(self) -> QColor:
        return theme.TEXT if self.value or self.held else theme.QUIET  # what is heard stands out

    @property
    def ink(self) -> QColor:
        return super().ink if self.value else theme.QUIET

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        box = self.text_box()
        paint_words(painter, box, self.words.text or EMPTY, self.name_ink if self.words.text else theme.ASLEEP)
        ground = theme.TRACK if self.spec is not None else theme.mixed(theme.PANEL, theme.TRACK, 0.55)
        fill(painter, bar, ground, bar.height() / 2)
        middle = QRectF(bar.center().x() - theme.scale() / 2, bar.top() - theme.px(2), theme.scale(), theme.px(9))
        painter.fillRect(middle, theme.ASLEEP)
        if self.spec is not None:
            self._paint_value(painter, bar)


class AwayRow(Painted):
    """The negative prompt: what the picture is led away from. It has no weight; CFG says how far."""

    def __init__(self, binder: Binder, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self.words = TextLink(binder, text, self._said)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName(text)
        self._said()

    def follow(self, text: str) -> None:
        """Play another text."""
        self.setObjectName(text)
        self.words.retarget(text)

    def _said(self) -> None:
        self.setAccessibleName(f"negative prompt: {self.words.text or 'empty'}")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(HIGH))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(150), theme.px(HIGH))

    def begin_writing(self) -> LineEditor | None:
        """Open the line in which it is written."""
        return self.words.begin_typing(self, self.rect())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._binder.reset(self.words.address)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        plain = not event.modifiers() & Qt.KeyboardModifier.AltModifier
        if event.button() == Qt.MouseButton.LeftButton and plain and self.rect().contains(event.position().toPoint()):
            self.begin_writing()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.begin_writing()
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        control_menu(self, self._binder, self.words.address, self.begin_writing).popup(event.globalPos())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), self._tip(), self)
            return True
        return super().event(event)

    def _tip(self) -> str:
        layout, address = self._binder.bay.layout, self.words.address
        helps = layout.spec(address).help if layout.resolve(address) is not None else ""
        said = html.escape(self.words.text) or "nothing is written here"
        return f"<b>{html.escape(address)}</b>&nbsp;&nbsp;{said}<br>{html.escape(helps)}<br>a click writes it"

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter, label = self.painter(), "away from"
        if self.hovered:
            fill(painter, QRectF(self.rect()), theme.faded(theme.RAISED, 0.9), theme.px(5))
        wide = theme.text_width(label, 12) + theme.px(13)
        box = QRectF(wide, theme.px(1.5), self.width() - wide - theme.px(5), self.height() - 2 * theme.px(1.5))
        write(painter, QRectF(theme.px(5), 0, wide, self.height()), label, theme.QUIET, 12)
        paint_words(painter, box, self.words.text or "nothing", theme.TEXT if self.words.text else theme.ASLEEP)
        self.draw_ring(painter)


def paint_words(painter: QPainter, box: QRectF, text: str, ink: QColor) -> None:
    """A text on the ground that says that it may be written."""
    fill(painter, box, theme.mixed(theme.GROUND, theme.RAISED, 0.55), theme.px(4))
    write(painter, box.adjusted(theme.px(5), 0, -theme.px(4), 0), text, ink, 12)
