"""Fields that belong to no control: a line of text, a choice from a list, a few words side by side. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QTextLayout, QWheelEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.context_menu import empty_menu
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.painted import CENTRE, Painted, fill, write

_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_SIZE = 12.5
Option = tuple[str, str]
"""What is chosen, and its words."""


class TextEntry(Painted):
    """``label text`` on a raised ground; a click types. ``prompt`` stands there while it is empty. ``accept`` gets what
    was typed and gives the text to keep, or raises ValueError with why not; ``nudge`` gives the text a notch of the
    wheel up (1) or down (-1)."""

    changed = Signal(str)

    def __init__(
        self,
        label: str,
        prompt: str = "",
        text: str = "",
        accept: Callable[[str], str] = str.strip,
        nudge: Callable[[str, int], str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.text = text
        self._label, self._prompt = label, prompt
        self._accept, self._nudge = accept, nudge
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(label)

    def set_text(self, text: str) -> None:
        """Put a text there, and tell it."""
        if text != self.text:
            self.text = text
            self.update()
            self.changed.emit(text)

    def begin_typing(self) -> LineEditor:
        return LineEditor(self, self.rect(), self.text, self._typed)

    def _typed(self, text: str) -> str:
        try:
            kept = self._accept(text)
        except ValueError as error:
            return str(error)
        self.set_text(kept)
        return ""

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.begin_typing()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _KEYS:
            self.begin_typing()
        elif self._nudge is not None and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.set_text(self._nudge(self.text, 1 if event.key() == Qt.Key.Key_Up else -1))
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self._nudge is None or not event.angleDelta().y():
            event.ignore()
        else:
            self.set_text(self._nudge(self.text, 1 if event.angleDelta().y() > 0 else -1))

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(150), theme.px(theme.ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(84), theme.px(theme.ROW))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.HOVERED if self.hovered else theme.RAISED, theme.px(5))
        inner = box.adjusted(theme.px(9), 0, -theme.px(6), 0)
        write(painter, inner, self._label, theme.QUIET, _SIZE)
        inner.setLeft(inner.left() + theme.text_width(self._label, _SIZE) + theme.px(7))
        ink, weight = (theme.TEXT, theme.MEDIUM) if self.text else (theme.ASLEEP, theme.REGULAR)
        write(painter, inner, self.text or self._prompt, ink, _SIZE, weight)
        self.draw_ring(painter)


class Pick(Painted):
    """One of several, chosen from a list under it. ``options`` gives them when the list is opened; ``further`` are
    entries below a line, words and what they do."""

    chosen = Signal(str)

    def __init__(
        self,
        label: str,
        prompt: str,
        options: Callable[[], Sequence[Option]],
        further: Sequence[tuple[str, Callable[[], object]]] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.value = ""
        self.text = ""
        self._label, self._prompt = label, prompt
        self._options, self._further = options, tuple(further)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(label or prompt)

    def set_value(self, value: str, text: str | None = None) -> None:
        """Choose this, under these words, and tell it."""
        words = value if text is None else text
        if (value, words) != (self.value, self.text):
            self.value, self.text = value, words
            self.update()
            self.chosen.emit(value)

    def open_list(self) -> QMenu:
        menu = empty_menu(self)
        for value, words in self._options():
            action = menu.addAction(("●  " if value == self.value else "    ") + words)
            action.triggered.connect(lambda _=False, value=value, words=words: self.set_value(value, words))
        if self._further and not menu.isEmpty():
            menu.addSeparator()
        for words, call in self._further:
            menu.addAction(f"    {words}").triggered.connect(lambda _=False, call=call: call())
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))
        return menu

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.open_list()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _KEYS:
            self.open_list()
        else:
            event.ignore()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(190), theme.px(theme.ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(110), theme.px(theme.ROW))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.HOVERED if self.hovered else theme.RAISED, theme.px(5))
        inner = box.adjusted(theme.px(9), 0, -theme.px(22), 0)
        if self._label:
            write(painter, inner, self._label, theme.QUIET, _SIZE)
            inner.setLeft(inner.left() + theme.text_width(self._label, _SIZE) + theme.px(7))
        ink, weight = (theme.TEXT, theme.MEDIUM) if self.text else (theme.QUIET, theme.REGULAR)
        write(painter, inner, self.text or self._prompt, ink, _SIZE, weight)
        side, x, y = theme.px(3.5), box.right() - theme.px(12), box.center().y()
        painter.setPen(QPen(theme.QUIET, 1.4 * theme.scale()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(
            QPolygonF([QPointF(x - side, y - side / 2), QPointF(x, y + side / 2), QPointF(x + side, y - side / 2)])
        )
        self.draw_ring(painter)


class Segments(Painted):
    """A few words side by side, one of them chosen; arrows go along."""

    chosen = Signal(int)

    def __init__(self, name: str, words: Sequence[str], index: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = tuple(words)
        self.index = index
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def choose(self, index: int) -> None:
        """Choose by place, round and round, and tell it."""
        index %= len(self.words)
        if index != self.index:
            self.index = index
            self.update()
            self.chosen.emit(index)

    def box(self, index: int) -> QRectF:
        """Where a word stands."""
        widths = self._widths()
        return QRectF(sum(widths[:index]), 0, widths[index], self.height())

    def _widths(self) -> list[float]:
        return [theme.text_width(word, 12, theme.MEDIUM) + 2 * theme.px(10) for word in self.words]

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        for index in range(len(self.words)):
            if self.box(index).contains(event.position()):
                self.choose(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self.choose(self.index + step)
        else:
            event.ignore()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(sum(self._widths())), theme.px(theme.ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        fill(painter, QRectF(self.rect()), theme.RAISED, theme.px(5))
        for index, word in enumerate(self.words):
            box, chosen = self.box(index), index == self.index
            if chosen:
                inset = theme.px(2)
                fill(painter, box.adjusted(inset, inset, -inset, -inset), theme.TRACK, theme.px(4))
            write(painter, box, word, theme.TEXT if chosen else theme.QUIET, 12, theme.MEDIUM, CENTRE)
        self.draw_ring(painter)


class Prose(Painted):
    """A sentence or two on as many lines as there is room for; all of it in the tooltip."""

    def __init__(self, text: str = "", size: float = 12.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._size = size
        self._ink = theme.QUIET
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.say(text)

    def say(self, text: str, *, warning: bool = False, loud: bool = False) -> None:
        """Say this instead."""
        ink = theme.WARNING if warning else theme.TEXT if loud else theme.QUIET
        if (text, ink) != (self.text, self._ink):
            self.text, self._ink = text, ink
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(160), theme.px(34))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(80), theme.px(17))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        self._draw(self.painter())

    def _draw(self, painter: QPainter) -> None:
        """Whole lines only: the last that has room takes the rest, shortened."""
        painter.setPen(self._ink)
        wide, top = float(self.width() - theme.px(2)), 0.0
        layout = QTextLayout(self.text, theme.font(self._size))
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(wide)
            line.setPosition(QPointF(theme.px(2), top))
            top += line.height()
            if top + line.height() > self.height() + 1:
                rest = QRectF(theme.px(2), line.y(), wide, line.height())
                layout.endLayout()
                write(painter, rest, self.text[line.textStart() :], self._ink, self._size)
                break
            line.draw(painter, QPointF())
        else:
            layout.endLayout()
