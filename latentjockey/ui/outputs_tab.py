"""The outputs tab: one row for each output, with its display, fit, test card and how it goes, and the ways out to other
programs. GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QBoxLayout, QMenu, QSizePolicy, QToolTip, QWidget

from latentjockey.control.names import OUTPUTS
from latentjockey.control.spec import ControlSpec
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.context_menu import empty_menu
from latentjockey.ui.displays import Spot
from latentjockey.ui.lines_row import Lines, LinesRow
from latentjockey.ui.outputs import Outputs
from latentjockey.ui.painted import Column, Painted, fill, write
from latentjockey.ui.scroll import Scroll
from latentjockey.ui.send_rows import SendSection

_ANY = "the first that is free"
_BESIDE, _AMPLE = 1180, 1400
_NARROW, _SHARES = (15, 8), (11, 9)
_HINT = "On an output no key ends the show: leave it by Esc held down, or switch it off here."
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class DisplayChoice(Painted):
    """Bound to the name of an output's display; a press opens the list of those that are here."""

    def __init__(self, binder: Binder, outputs: Outputs, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.address = f"/output/{number}/display"
        self.name = ""
        self._binder = binder
        self._outputs = outputs
        self._spec: ControlSpec | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName(self.address)
        self.setAccessibleName(f"display of output {number}")
        binder.bind(self.address, self)

    # -- from the binder --------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        self._spec = spec
        self.setEnabled(True)

    def show_value(self, value: Shown) -> None:
        if isinstance(value, str) and value != self.name:
            self.name = value
            self.update()

    def show_asleep(self) -> None:
        self._spec = None
        self.setEnabled(False)
        self.update()

    # -- choosing ---------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What is chosen, in words."""
        if not self.name:
            return _ANY
        here = next((d for d in self._outputs.displays() if d.name == self.name), None)
        return here.text if here is not None else f"{self.name} · not here now"

    def choose(self, name: str) -> None:
        """Wish for a display by its name; an empty one is whichever is free."""
        self._binder.write(self.address, name)

    def open_list(self) -> QMenu:
        """The displays that are here, and the one that is wished for."""
        menu = empty_menu(self)
        entries = [("", _ANY), *((display.name, display.text) for display in self._outputs.displays())]
        if self.name not in dict(entries):
            entries.append((self.name, self.text))
        for name, words in entries:
            action = menu.addAction(("●  " if name == self.name else "    ") + words)
            action.triggered.connect(lambda _=False, name=name: self.choose(name))
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))
        return menu

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self._spec is not None:
            self.open_list()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _KEYS and self._spec is not None:
            self.open_list()
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        menu = empty_menu(self)
        menu.addAction("Copy OSC address").triggered.connect(lambda: QGuiApplication.clipboard().setText(self.address))
        menu.popup(event.globalPos())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._spec is not None:
            words = f"<b>{self.address}</b>&nbsp;&nbsp;{self.text}<br>{self._spec.help}"
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), words, self)
            return True
        return super().event(event)

    # -- painting ---------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(230), theme.px(theme.ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(120), theme.px(theme.ROW))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.HOVERED if self.hovered else theme.RAISED, theme.px(5))
        ink = theme.ASLEEP if self._spec is None else theme.TEXT if self.name else theme.QUIET
        write(painter, box.adjusted(theme.px(9), 0, -theme.px(22), 0), self.text, ink, 12.5)
        side, x, y = theme.px(3.5), box.right() - theme.px(12), box.center().y()
        painter.setPen(QPen(theme.QUIET, 1.4 * theme.scale()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(
            QPolygonF([QPointF(x - side, y - side / 2), QPointF(x, y + side / 2), QPointF(x + side, y - side / 2)])
        )
        self.draw_ring(painter)


class _State(Painted):
    """How an output goes: a full dot where it shows, a ring where it waits, and the words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spot = Spot()

    def show_spot(self, spot: Spot) -> None:
        if spot != self.spot:
            self.spot = spot
            self.setAccessibleName(spot.words)
            self.setToolTip(spot.words if spot.words != "off" else "")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        waits = not self.spot.display and self.spot.words != "off"
        ink = theme.TEXT if self.spot.display else theme.WARNING if waits else theme.QUIET
        side = theme.px(8)
        dot = QRectF(theme.px(5), (self.height() - side) / 2, side, side)
        if self.spot.display:
            fill(painter, dot, theme.TEXT, side / 2)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(ink if waits else theme.ASLEEP, 1.5 * theme.scale()))
            painter.drawEllipse(dot)
        write(painter, QRectF(self.rect()).adjusted(theme.px(21), 0, 0, 0), self.spot.words, ink, 12.5)


class OutputRow(LinesRow):
    """One output, on as many lines as its width asks for."""

    def __init__(self, binder: Binder, outputs: Outputs, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = number
        self._outputs = outputs
        at = f"/output/{number}"
        self.on = Toggle(binder, f"{at}/on", f"output {number}", theme.TEXT, parent=self)
        self.display = DisplayChoice(binder, outputs, number, self)
        self.fit = Choice(binder, f"{at}/fit", segmented=True, parent=self)
        self.test = Toggle(binder, f"{at}/test", "test card", parent=self)
        self.test.calm = True
        self.state = _State(self)
        outputs.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say anew how it goes."""
        self.state.show_spot(self._outputs.spot(self.number))
        self.display.update()

    def lines(self, width: int) -> Lines:
        on = (self.on, theme.px(78))
        fit, test = (self.fit, self.fit.sizeHint().width()), (self.test, theme.px(82))
        free = width - on[1] - fit[1] - test[1] - 4 * theme.px(8)
        if free >= theme.px(390):
            return [[on, (self.display, min(theme.px(260), free // 2)), fit, test, (self.state, 0)]]
        if free >= theme.px(150):
            return [[on, (self.display, 0), fit, test], [(self.state, 0)]]
        return [[on, (self.display, 0)], [fit, test], [(self.state, 0)]]

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(560), self.high())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(290), theme.px(theme.ROW))


class _Hint(Painted):
    """The line below the rows."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        write(self.painter(), QRectF(self.rect()).adjusted(theme.px(2), 0, 0, 0), _HINT, theme.QUIET, 11.5)


class OutputsTab(QWidget):
    """All outputs. It has no ground of its own: it stands in a panel."""

    def __init__(self, binder: Binder, outputs: Outputs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        displays = QWidget()
        inner = Column((0, 0, 4, 0), 5)
        displays.setLayout(inner)
        self.rows = [OutputRow(binder, outputs, number) for number in OUTPUTS]
        for row in self.rows:
            inner.addWidget(row)
        inner.addWidget(_Hint())
        inner.addStretch(1)
        self.sends = SendSection(binder)
        column = Column((12, 6, 8, 2))
        self.setLayout(column)
        column.addWidget(Scroll(_Beside(displays, self.sends)), 1)


class _Beside(QWidget):
    """Two parts beside each other where there is room for both, else one below the other."""

    def __init__(self, left: QWidget, right: QWidget) -> None:
        super().__init__()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setContentsMargins(0, 0, 0, 0)
        self.setLayout(self._row)
        self._row.addWidget(left)
        self._row.addWidget(right)

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        wide = self.width() >= theme.px(_BESIDE)
        self._row.setSpacing(theme.px(18 if wide else 8))
        for index, share in enumerate(_SHARES if self.width() >= theme.px(_AMPLE) else _NARROW):
            self._row.setStretch(index, share if wide else 0)
        way = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if way != self._row.direction():
            self._row.setDirection(way)
