"""Which picture a shader takes: the stage's, or a file that is dropped here. GUI thread only."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from latentjockey.control.spec import ControlSpec
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.context_menu import empty_menu, fill_menu
from latentjockey.ui.dropping import DropTarget, dropped_picture
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.painted import Painted, fill, write

_NAME = 17
_STAGE = "the stage"


class ImageField(Painted):
    """Bound to a TEXT: empty is the stage's picture, otherwise the path of a file. A click types it, Delete and
    Alt-click go back to the stage."""

    def __init__(self, binder: Binder, address: str, label: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.address = address
        self.path = ""
        self._binder = binder
        self._label = label
        self._spec: ControlSpec | None = None
        self._drop = DropTarget(self, self.choose, "drop", takes=dropped_picture)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName(address)
        self.setAccessibleName(label or address)
        binder.bind(address, self)

    # -- from the binder ----------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        self._spec = spec
        self._label = self._label or spec.name

    def show_value(self, value: Shown) -> None:
        if isinstance(value, str) and value != self.path:
            self.path = value
            self.update()

    def show_asleep(self) -> None:
        self._spec = None
        self.update()

    # -- choosing -----------------------------------------------------------------------------------------------------

    def choose(self, path: str) -> None:
        """Take a file by its path; an empty one is the stage's picture."""
        if self._spec is not None:
            self._binder.write(self.address, path)

    def begin_typing(self) -> LineEditor | None:
        """Open the line in which a path may be typed."""
        if self._spec is None:
            return None
        line = LineEditor(self, self._field().toRect(), self.path, self._typed)
        line.setPlaceholderText(_STAGE)
        return line

    def _typed(self, text: str) -> str:
        path = text.strip().strip("'\"")
        if path and not PurePath(path).is_absolute():
            return "the whole path of a picture, or nothing for the stage"
        self.choose(path)
        return ""

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.choose("")
        else:
            self.begin_typing()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.begin_typing()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.choose("")
        elif key == Qt.Key.Key_Menu:
            self.menu().popup(self.mapToGlobal(self.rect().center()))
        else:
            event.ignore()

    def menu(self) -> QMenu:
        """The right-click menu; it deletes itself when it closes."""
        menu = empty_menu(self)
        fill_menu(menu, self._binder, self.address, self.begin_typing)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        self.menu().popup(event.globalPos())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._spec is not None:
            words = f"<b>{self.address}</b><br>{self.path or _STAGE}<br>drop a picture here"
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), words, self)
            return True
        return super().event(event)

    # -- painting -----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(140), theme.px(theme.STACKED))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(96), theme.px(theme.STACKED))

    def _field(self) -> QRectF:
        name, edge = theme.px(_NAME), theme.px(6)
        return QRectF(QRect(edge, name, self.width() - 2 * edge, self.height() - name))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter, box = self.painter(), self._field()
        label = QRectF(theme.px(10), 0, self.width() - theme.px(16), theme.px(_NAME))
        write(painter, label, self._label, theme.QUIET, 12)
        fill(painter, box, theme.HOVERED if self.hovered else theme.RAISED, theme.px(5))
        text = PurePath(self.path).name if self.path else _STAGE
        ink = theme.ASLEEP if self._spec is None else theme.TEXT if self.path else theme.QUIET
        write(painter, box.adjusted(theme.px(9), 0, -theme.px(6), 0), text, ink, 12)
        self.draw_ring(painter)
