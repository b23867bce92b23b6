"""The kill: a click takes a control to 0, the next brings back what it was; held, it kills only as long. GUI thread."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.mark_paint import armed_words
from latentjockey.ui.painted import CENTRE, fill, fitting, write

HOLD_MS: Final = 350
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class KillButton(ControlWidget):
    """Bound to a gain. Lit with its word struck through while the gain is 0, by whomever.

    What it was is kept by the binder, so that another button for the same address brings it back too; a gain that was
    0 from the start, or was turned to 0, comes back as 1.
    """

    def __init__(
        self,
        binder: Binder,
        address: str,
        label: str = "",
        colour: QColor = theme.TEXT,
        large: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self._large = large
        self.momentary = False
        self._killing = False
        super().__init__(binder, address, colour, label, parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(HOLD_MS)
        self._timer.timeout.connect(self._held_long)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(theme.text_width(self.label, self._size(), theme.MEDIUM)) + theme.px(22), self._high())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(theme.text_width(self.label, self._size(), theme.MEDIUM)) + theme.px(8), self._high())

    def _size(self) -> float:
        return 17.0 if self._large else 12.0

    def _high(self) -> int:
        return theme.px(36 if self._large else 26)

    def loop_box(self) -> QRectF:
        side = theme.px(8)
        return QRectF(self.width() - side - theme.px(1.5), theme.px(1.5), side, side)

    @property
    def killed(self) -> bool:
        """Whether the gain is 0."""
        return self.spec is not None and self.value == 0.0

    def show_value(self, value: Shown) -> None:
        super().show_value(value)
        if self.value != 0.0:
            self.binder.killed.pop(self.address, None)

    # -- gestures ---------------------------------------------------------------------------------------------------

    def press(self) -> None:
        """Kill or bring back."""
        if self.spec is None:
            return
        self.momentary = False
        self._killing = not self.killed
        if self._killing:
            self.binder.killed[self.address] = self.value
            self.set_value(0.0)
            self._timer.start()
        else:
            self._bring_back()

    def lift(self) -> None:
        """The finger leaves: a long press was for its own time only."""
        self._timer.stop()
        if self._killing and self.momentary and self.killed:
            self._bring_back()
        self._killing = self.momentary = False

    def _bring_back(self) -> None:
        self.set_value(self.binder.killed.pop(self.address, 1.0))

    def _held_long(self) -> None:
        self.momentary = self._killing
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mousePressEvent(event)
        if self._held:
            self.press()  # on the way down: an instrument answers the touch, not the letting go

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A button has no travel."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.mousePressEvent(event)

    def let_go(self) -> None:
        if self._held:
            self.lift()
        super().let_go()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() not in _KEYS:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.press()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _KEYS and not event.isAutoRepeat():
            self.lift()
        else:
            super().keyReleaseEvent(event)

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box, radius = QRectF(self.rect()), theme.px(5)
        ground, ink = (self.colour, theme.GROUND) if self.killed else (theme.RAISED, theme.TEXT)
        if self.busy:
            ground = theme.mixed(ground, theme.TEXT, 0.10)
        if self.spec is None:
            ink = theme.QUIET
        fill(painter, box, ground, radius)
        words = armed_words(box.width() - theme.px(6), self._size()) if self.armed else self.caption
        size = fitting(words, box.width() - theme.px(6), self._size(), theme.MEDIUM)
        write(painter, box, words, ink, size, theme.SEMIBOLD if self.killed else theme.MEDIUM, CENTRE)
        if self.killed and not self.armed:  # struck through: never by colour alone
            half = min(box.width() / 2 - theme.px(4), theme.text_width(words, size, theme.SEMIBOLD) / 2 + theme.px(4))
            painter.setPen(QPen(ink, (1.5 if not self._large else 2.0) * theme.scale()))
            middle = box.center().y() + theme.scale()
            painter.drawLine(
                round(box.center().x() - half), round(middle), round(box.center().x() + half), round(middle)
            )
        if self.momentary:  # a bar below while it is only held
            bar = QRectF(box.left() + theme.px(8), box.bottom() - theme.px(4), box.width() - theme.px(16), theme.px(2))
            fill(painter, bar, ink, theme.px(1))
        self.paint_over(painter)
