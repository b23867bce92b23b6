"""The panel of tabs: pages are made when they are first shown; a click on the open one folds it. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QWidget

from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, Column, Painted, Panel, fill, write

_HEIGHT = 158
_SHARE = 0.21
_SIZE = 11.5


@dataclass(frozen=True, slots=True)
class Page:
    """A tab: its word, what makes its widget, and what looks anew a few times a second while it is shown."""

    name: str
    make: Callable[[], QWidget]
    refresh: Callable[[QWidget], None] | None = None


class TabHeads(Painted):
    """The words above; the open one is underlined. Left and right go along, Enter folds."""

    chosen = Signal(int)
    folded = Signal()

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names = tuple(names)
        self.current = 0
        self.open = True
        self.marks: dict[int, str] = {}
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("tabs")

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(400), theme.px(28))

    def mark(self, name: str, text: str) -> None:
        """A small number behind a word; empty takes it away."""
        index = self.names.index(name)
        if self.marks.get(index, "") != text:
            self.marks[index] = text
            self.update()

    def box(self, index: int) -> QRectF:
        """Where a word stands."""
        left = float(theme.px(8))
        for i, name in enumerate(self.names):
            wide = theme.text_width(name.upper(), _SIZE, theme.SEMIBOLD, 6) + theme.px(20)
            if self.marks.get(i):
                wide += theme.text_width(self.marks[i], 10, theme.MEDIUM) + theme.px(10)
            if i == index:
                return QRectF(left, 0, wide, self.height())
            left += wide
        return QRectF()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        for index in range(len(self.names)):
            if self.box(index).contains(event.position()):
                self._press(index)
                return
        if self._arrow().contains(event.position()):
            self.folded.emit()

    def _press(self, index: int) -> None:
        if index == self.current and self.open:
            self.folded.emit()
        else:
            self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self.chosen.emit((self.current + step) % len(self.names))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.folded.emit()
        else:
            super().keyPressEvent(event)

    def _arrow(self) -> QRectF:
        side = float(self.height())
        return QRectF(self.width() - side - theme.px(4), 0, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        for index, name in enumerate(self.names):
            box = self.box(index)
            here = index == self.current and self.open
            painter.setFont(theme.font(_SIZE, theme.SEMIBOLD, 6))
            painter.setPen(theme.TEXT if here else theme.QUIET)
            text = box.adjusted(theme.px(10), theme.px(2), 0, 0)
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, name.upper())
            if here:
                line = QRectF(box.left() + theme.px(10), box.bottom() - theme.px(3), theme.px(16), theme.px(2))
                fill(painter, line, theme.TEXT, theme.px(1))
            if self.marks.get(index):
                wide = theme.text_width(self.marks[index], 10, theme.MEDIUM) + theme.px(8)
                pill = QRectF(box.right() - theme.px(6) - wide, (box.height() - theme.px(14)) / 2, wide, theme.px(15))
                fill(painter, pill, theme.mixed(theme.PANEL, theme.WARNING, 0.22), pill.height() / 2)
                write(painter, pill, self.marks[index], theme.WARNING, 10, theme.MEDIUM, CENTRE)
        self._paint_arrow()
        self.draw_ring(painter)

    def _paint_arrow(self) -> None:
        painter, box = self.painter(), self._arrow()
        size = theme.px(4)
        tip = size if self.open else -size
        middle = box.center()
        points = [QPointF(-size, -tip / 2), QPointF(0, tip / 2), QPointF(size, -tip / 2)]
        pen = painter.pen()
        pen.setColor(theme.QUIET)
        pen.setWidthF(1.5 * theme.scale())
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF([middle + point for point in points]))


class Tabs(Panel):
    """``pages`` in order. ``shown`` tells the name of the page that is open, empty while folded."""

    shown = Signal(str)

    def __init__(self, pages: Sequence[Page], parent: QWidget | None = None) -> None:
        super().__init__(None, parent)
        self._pages = tuple(pages)
        self._made: dict[int, QWidget] = {}
        self.heads = TabHeads([page.name for page in self._pages])
        self._body = QWidget()
        self._stack = QStackedLayout(self._body)
        column = Column()
        self.setLayout(column)
        column.addWidget(self.heads)
        column.addWidget(self._body, 1)
        self.heads.chosen.connect(lambda index: self.show_page(self._pages[index].name))
        self.heads.folded.connect(lambda: self.fold(self.heads.open))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        head = self.heads.sizeHint().height()
        body = max(theme.px(_HEIGHT), round(_SHARE * self.window().height()))
        return QSize(theme.px(900), head + (body if self.heads.open else theme.px(4)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(300), self.sizeHint().height())

    @property
    def current(self) -> str:
        """The name of the page in front, also while folded."""
        return self._pages[self.heads.current].name

    @property
    def open(self) -> bool:
        return self.heads.open

    def page(self, name: str) -> QWidget | None:
        """The widget of a page, once it was made."""
        return self._made.get(self._index(name))

    def show_page(self, name: str) -> None:
        """Bring a page to the front, open. Raises KeyError for a name that is none."""
        index = self._index(name)
        self.heads.current = index
        self.fold(False)

    def choose(self, name: str, *, folded: bool) -> None:
        """As kept from last time; the page is made later."""
        if name in self.heads.names:
            self.heads.current = self.heads.names.index(name)
        self._show_body(not folded)

    def make(self) -> None:
        """Make the page in front, unless that was done or it is folded away."""
        index = self.heads.current
        if not self.heads.open:
            return
        if index not in self._made:
            self._made[index] = widget = self._pages[index].make()
            self._stack.addWidget(widget)
        self._stack.setCurrentWidget(self._made[index])
        self.refresh()

    def refresh(self) -> None:
        """Let the page in front look anew."""
        index = self.heads.current
        look = self._pages[index].refresh
        if self.heads.open and look is not None and index in self._made:
            look(self._made[index])

    def fold(self, folded: bool) -> None:
        """Leave only the words, or open the page in front again."""
        self._show_body(not folded)
        self.make()
        self.shown.emit("" if folded else self.current)

    def _show_body(self, on: bool) -> None:
        self.heads.open = on
        self._body.setVisible(on)
        self.heads.update()
        self.updateGeometry()

    def _index(self, name: str) -> int:
        for index, page in enumerate(self._pages):
            if page.name == name:
                return index
        raise KeyError(name)
