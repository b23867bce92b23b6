"""Who leads the beat, and what waits for it: a lamp to press, and the grid. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from latentjockey.control.names import SOURCES
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.choice import Choice
from latentjockey.ui.context_menu import empty_menu, fill_menu
from latentjockey.ui.painted import Painted, fill, write

_SOURCE = "/transport/source"
_INTERNAL, _CLOCK = SOURCES
_LOST = "midi clock lost"


class SourceLamp(Painted):
    """``internal``, ``taps`` or ``MIDI clock``; a click follows a clock that is heard, or leads here again. While one
    is heard and not followed the lamp is a ring; the right button has everything there is to choose."""

    def __init__(self, binder: Binder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self.follows = ""
        self.hears = ""
        self.source = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setObjectName(_SOURCE)
        self.setAccessibleName("who leads the tempo")
        binder.watch(_SOURCE, self._show_source)
        binder.watch("/transport/follows", self._show_follows)
        binder.watch("/transport/hears", self._show_hears)

    def playable(self) -> str:
        return _SOURCE

    # -- from the binder ----------------------------------------------------------------------------------------------

    def _show_source(self, value: Shown) -> None:
        self.source = int(value) if isinstance(value, float) else 0
        self._changed()

    def _show_follows(self, value: Shown) -> None:
        self.follows = str(value)
        self._changed()

    def _show_hears(self, value: Shown) -> None:
        self.hears = str(value)
        self._changed()

    def _changed(self) -> None:
        self.setAccessibleDescription(self.words())
        self.updateGeometry()
        self.update()

    def words(self) -> str:
        """What it says."""
        if self.source:
            return "clock lost" if self.follows == _LOST else "MIDI clock" if self.follows else "no clock yet"
        return "clock?" if self.hears else "taps" if self.follows == "taps" else _INTERNAL

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to know: no clock is followed, and none could be."""
        return not self.source and not self.hears

    def _colour(self) -> QColor:
        if self.source:
            return theme.DECK_A if self.follows and self.follows != _LOST else theme.WARNING
        return theme.TEXT if self.hears else theme.ASLEEP

    # -- gestures -----------------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Follow the clock, or lead here again; without a clock there is only the menu."""
        if self.source or self.hears:
            self._choose(_INTERNAL if self.source else _CLOCK)
        else:
            self.menu().popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _choose(self, source: str) -> None:
        self._binder.write_now(_SOURCE, source)

    def menu(self) -> QMenu:
        """Everything about who leads; it deletes itself when it closes."""
        menu = empty_menu(self)
        ways = ((_INTERNAL, "Lead here: taps and hands"), (_CLOCK, "Follow MIDI clock"))
        for index, (source, text) in enumerate(ways):
            heard = f" from {self.hears}" if source == _CLOCK and self.hears else ""
            action = menu.addAction(("●  " if index == self.source else "    ") + text + heard)
            action.triggered.connect(lambda _=False, source=source: self._choose(source))
        menu.addSeparator()
        one = menu.addAction("    This is the one: the downbeat")
        one.triggered.connect(lambda _=False: self._binder.press("/transport/downbeat"))
        menu.addSeparator()
        fill_menu(menu, self._binder, _SOURCE)
        return menu

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.toggle()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        self.menu().popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.toggle()
        elif event.key() == Qt.Key.Key_Menu:
            self.menu().popup(self.mapToGlobal(self.rect().center()))
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            heard = f"MIDI clock comes from {self.hears}" if self.hears else "no MIDI clock is heard"
            does = "a click leads here again" if self.source else "a click follows it" if self.hears else heard
            text = f"<b>{_SOURCE}</b><br>{self.follows or _INTERNAL}<br>{does}"
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), text, self)
            return True
        return super().event(event)

    # -- painting -----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(theme.text_width(self.words(), 12.5)) + theme.px(30), theme.px(26))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, theme.px(26))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        if self.hovered:
            fill(painter, box, theme.RAISED, theme.px(5))
        self._paint_lamp(painter, QRectF(theme.px(8), (box.height() - theme.px(8)) / 2, theme.px(8), theme.px(8)))
        words = box.adjusted(theme.px(22), 0, -theme.px(2), 0)
        write(painter, words, self.words(), theme.TEXT if self.source or self.hears else theme.QUIET, 12.5)
        self.draw_ring(painter)

    def _paint_lamp(self, painter: QPainter, lamp: QRectF) -> None:
        if self.hears and not self.source:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._colour(), 1.5 * theme.scale()))
            painter.drawEllipse(lamp)
            return
        fill(painter, lamp.adjusted(-2, -2, 2, 2), theme.faded(self._colour(), 0.22), lamp.height())
        fill(painter, lamp, self._colour(), lamp.height())


class Quantise(Choice):
    """The grid that presses wait for, as one word that opens the list."""

    def __init__(
        self, binder: Binder, label: str = "Q", label_width: float = 14, parent: QWidget | None = None
    ) -> None:
        self._room = label_width + 88
        super().__init__(binder, "/transport/quantise", label=label, label_width=label_width, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(self._room), theme.px(theme.ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()
