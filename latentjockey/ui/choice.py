"""The choice: one of several words, as segments where they fit, else as a word that opens a list. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.context_menu import empty_menu
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.painted import CENTRE, fill, write

_PAD = 10
_NAME = 17


class Choice(ControlWidget):
    """Bound to a CHOICE. ``segmented`` shows all words side by side; otherwise a press opens the list;
    ``stacked`` puts the name above."""

    def __init__(
        self,
        binder: Binder,
        address: str,
        colour: QColor = theme.MIDDLE,
        label: str = "",
        label_width: float = 66,
        segmented: bool = False,
        stacked: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self._label_width = label_width
        self._segmented = segmented
        self._stacked = stacked
        super().__init__(binder, address, colour, label, parent)
        self.setSizePolicy(
            QSizePolicy.Policy.Minimum if segmented else QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed
        )

    def sizeHint(self) -> QSize:  # noqa: N802
        if self._segmented:
            return QSize(round(sum(self._segment_widths())), theme.px(26))
        return QSize(theme.px(140), theme.px(theme.STACKED if self._stacked else theme.ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint() if self._segmented else QSize(theme.px(96), self.sizeHint().height())

    def _words(self) -> tuple[str, ...]:
        return self.spec.choices if self.spec is not None else ()

    def _segment_widths(self) -> list[float]:
        return [theme.text_width(word, 12, theme.MEDIUM) + 2 * theme.px(_PAD) for word in self._words()]

    def _field(self) -> QRectF:
        if self._stacked:
            name, edge = theme.px(_NAME), theme.px(6)
            return QRectF(edge, name, self.width() - 2 * edge, self.height() - name)
        left = theme.px(6) + (theme.px(self._label_width) if self._label_width else 0)
        return QRectF(left, theme.px(2), self.width() - left - theme.px(6), self.height() - theme.px(4))

    def number_box(self) -> QRect:
        return self._field().toRect()

    def loop_box(self) -> QRectF:
        side, field = theme.px(9), self._field()
        return QRectF(field.right() - theme.px(20) - side, field.center().y() - side / 2, side, side)

    # -- gestures ---------------------------------------------------------------------------------------------------

    def step(self, share: float) -> None:
        """Go to the next or last word, round and round."""
        words = self._words()
        if words and share:
            self.set_value(float((int(self.value) + (1 if share > 0 else -1)) % len(words)))

    def widen(self) -> None:
        """A list of words has no range to widen."""

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or self.spec is None:
            event.ignore()
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.reset()
        elif self._segmented:
            self._choose_at(event.position().x())
        else:
            self.open_list()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._segmented and event.buttons() & Qt.MouseButton.LeftButton:
            self._choose_at(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.spec is not None:
            self.open_list()
        else:
            super().keyPressEvent(event)

    def _choose_at(self, x: float) -> None:
        for index, wide in enumerate(self._segment_widths()):
            if x < wide:
                self.set_value(float(index))
                return
            x -= wide

    def open_list(self) -> QMenu:
        """The list of words, under the control."""
        menu = empty_menu(self)
        for index, word in enumerate(self._words()):
            action = menu.addAction(("●  " if index == int(self.value) else "    ") + word)
            action.triggered.connect(lambda _=False, number=float(index): self.set_value(number))
        menu.popup(self.mapToGlobal(self._field().bottomLeft().toPoint()))
        return menu

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if self._segmented:
            fill(painter, QRectF(self.rect()), theme.RAISED, theme.px(5))
            left = 0.0
            for index, (word, wide) in enumerate(zip(self._words(), self._segment_widths(), strict=True)):
                box = QRectF(left, 0, wide, self.height())
                chosen = index == int(self.value)
                if chosen:
                    inset = theme.px(2)
                    fill(painter, box.adjusted(inset, inset, -inset, -inset), theme.TRACK, theme.px(4))
                write(painter, box, word, theme.TEXT if chosen else theme.QUIET, 12, theme.MEDIUM, CENTRE)
                left += wide
        else:
            self._paint_field(painter)
        self.paint_over(painter)

    def _paint_field(self, painter: QPainter) -> None:
        quiet = theme.QUIET
        if self._stacked:
            label = QRectF(theme.px(10), 0, self.width() - theme.px(16), theme.px(_NAME))
            write(painter, label, self.caption, quiet, 12)
        else:
            label = QRectF(theme.px(6), 0, theme.px(self._label_width), self.height())
            write(painter, label, self.caption, quiet, 12.5)
        box = self._field()
        fill(painter, box, theme.HOVERED if self.hovered else theme.RAISED, theme.px(5))
        words = box.adjusted(theme.px(9), 0, -theme.px(20), 0)
        write(painter, words, self.text, self.ink, 12.5)
        side, x, y = theme.px(3.5), box.right() - theme.px(12), box.center().y()
        painter.setPen(QPen(quiet, 1.4 * theme.scale()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(
            QPolygonF([QPointF(x - side, y - side / 2), QPointF(x, y + side / 2), QPointF(x + side, y - side / 2)])
        )
