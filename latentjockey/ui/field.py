"""A number or a name as a field: click to type, drag or turn the wheel to move. GUI thread only."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.painted import Painted, fill, write


class Field(ControlWidget):
    """``label value`` on a raised ground. A click types, a drag moves; for seeds, the tempo, sizes and texts."""

    shown_text = ""

    def __init__(
        self,
        binder: Binder,
        address: str,
        colour: QColor = theme.MIDDLE,
        label: str = "",
        width: float = 104,
        flat: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self._wide = width
        self._flat = flat
        super().__init__(binder, address, colour, label, parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(self._wide), theme.px(26))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def show_value(self, value: Shown) -> None:
        if isinstance(value, str):
            if value != self.shown_text:
                self.shown_text = value
                self.update()
        else:
            super().show_value(value)

    @property
    def text(self) -> str:
        if self.spec is not None and self.spec.textual:
            return self.shown_text
        return super().text

    @property
    def beyond(self) -> bool:
        """A seed is no amount: none is further out than another."""
        return super().beyond and self.spec is not None and self.spec.unit != "seed" and not self.spec.textual

    def number_box(self) -> QRect:
        return self.rect()

    def travel(self) -> float:
        if self.spec is not None and self.spec.unit == "seed":
            return 4.0 * max(1.0, self.hi - self.lo)  # four pixels a seed
        return 4.0 * self.width()

    def step(self, share: float) -> None:
        """A seed goes to its neighbour, or by ten with the page keys: no share of a range means anything to it."""
        if self.spec is not None and self.spec.unit == "seed" and share:
            self.set_value(self.value + math.copysign(10.0 if abs(share) >= 0.1 else 1.0, share))
        else:
            super().step(share)

    def clicked(self) -> None:
        self.begin_typing()

    def begin_typing(self) -> LineEditor | None:
        if self.spec is not None and self.spec.textual:
            address = self.address
            return LineEditor(self, self.rect(), self.shown_text, lambda text: self.typed(address, text))
        return super().begin_typing()

    def widen(self) -> None:
        """The field has no travel to widen."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        if not self._flat or self.hovered:
            fill(painter, box, theme.HOVERED if self.hovered else theme.RAISED, theme.px(5))
        inner = box.adjusted(theme.px(8), 0, -theme.px(6 if self.loop is None else 20), 0)
        label = theme.text_width(self.caption, 12.5) + theme.px(6)
        write(painter, inner, self.caption, theme.QUIET, 12.5)
        if not self.armed:
            write(painter, inner.adjusted(label, 0, 0, 0), self.text, self.ink, 12.5, theme.MEDIUM)
        self.paint_over(painter)

    def loop_box(self) -> QRectF:
        side = theme.px(11)
        return QRectF(self.width() - side - theme.px(5), (self.height() - side) / 2, side, side)


class NameField(Painted):
    """A field for a name that belongs to no control, say that of a new preset. ``accept`` gets what was typed."""

    def __init__(self, prompt: str, accept: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prompt = prompt
        self._accept = accept
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(prompt)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(140), theme.px(26))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(80), theme.px(26))

    def begin_typing(self) -> LineEditor:
        return LineEditor(self, self.rect(), "", self._accept)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.begin_typing()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.begin_typing()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.mixed(theme.GROUND, theme.RAISED, 0.7 if self.hovered else 0.2), theme.px(5))
        write(painter, box.adjusted(theme.px(9), 0, -theme.px(6), 0), self._prompt, theme.QUIET, 12.5)
        self.draw_ring(painter)
