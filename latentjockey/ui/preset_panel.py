"""The presets: a list of names to go to, and a line to keep the present state under a name. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.field import NameField
from latentjockey.ui.painted import CENTRE, Caption, Column, Painted, Panel, fill, write
from latentjockey.ui.scroll import Scroll


class NameList(Painted):
    """Names in columns; click or Enter chooses, arrows move."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: list[str] = []
        self.current = ""
        self._cursor = 0
        self._under: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("presets")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_names(self, names: list[str]) -> None:
        if names != self.names:
            self.names = list(names)
            self._cursor = min(self._cursor, max(0, len(names) - 1))
            self.updateGeometry()
            self.update()

    def _columns(self, width: int) -> int:
        return max(1, width // theme.px(128))

    def _box(self, index: int) -> QRectF:
        columns = self._columns(self.width())
        wide, high, gap = self.width() / columns, theme.px(28), theme.px(4)
        row, column = divmod(index, columns)
        return QRectF(column * wide, row * high, wide - gap, high - gap)

    def _index_at(self, at: QPointF) -> int | None:
        return next((i for i in range(len(self.names)) if self._box(i).contains(at)), None)

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return max(1, -(-len(self.names) // self._columns(width))) * theme.px(28)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(240), self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(120), self.heightForWidth(self.width()))

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self.updateGeometry()

    def _choose(self, index: int) -> None:
        self._cursor = index
        self.current = self.names[index]
        self.chosen.emit(self.current)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        under = self._index_at(event.position())
        if under != self._under:
            self._under = under
            self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._under = None
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        columns = self._columns(self.width())
        along = {
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_Up: -columns,
        }
        key = Qt.Key(event.key())
        if key in along and 0 <= self._cursor + along[key] < len(self.names):
            self._cursor += along[key]
            self.ring = True
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.names:
            self._choose(self._cursor)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if not self.names:
            words = "no presets yet: type a name below to keep this one"
            write(painter, QRectF(self.rect()), words, theme.QUIET, 12.5, theme.REGULAR, CENTRE)
            return
        for index, name in enumerate(self.names):
            box = self._box(index)
            here = name == self.current
            ground = theme.TRACK if here else theme.HOVERED if index == self._under else theme.RAISED
            fill(painter, box, ground, theme.px(5))
            if here:
                mark = QRectF(box.left(), box.top() + theme.px(6), theme.px(2.5), box.height() - theme.px(12))
                fill(painter, mark, theme.TEXT, theme.px(1))
            inner = box.adjusted(theme.px(10), 0, -theme.px(6), 0)
            write(painter, inner, name, theme.TEXT, 12.5, theme.MEDIUM if here else theme.REGULAR)
            if self.ring and index == self._cursor:
                painter.setPen(theme.TEXT)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(5), theme.px(5))


class PresetPanel(Panel):
    """``presets`` names what there is; asked again by :meth:`refresh`."""

    def __init__(self, binder: Binder, presets: Callable[[], list[str]], parent: QWidget | None = None) -> None:
        super().__init__(None, parent)
        self._binder = binder
        self._presets = presets
        self.list = NameList()
        self.list.chosen.connect(lambda name: binder.command("/preset/recall", name))
        self.name = NameField("save as…", self._save)
        column = Column((10, 8, 8, 10), 4)
        self.setLayout(column)
        column.addWidget(Caption("presets"))
        column.addWidget(Scroll(self.list), 1)
        column.addWidget(self.name)
        self.refresh()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(316), theme.px(160))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(180), theme.px(96))

    def refresh(self) -> None:
        """Ask again which presets there are."""
        self.list.set_names(self._presets())

    def _save(self, text: str) -> str:
        name = text.strip()
        if not name:
            return "a preset needs a name"
        self._binder.command("/preset/save", name)
        self.list.current = name
        return ""
