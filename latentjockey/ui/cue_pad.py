"""A hot cue: click glides there, a long press or the right button keeps the present place. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.painted import CENTRE, Painted, fill, write

LONG_PRESS_MS = 500


class CuePad(Painted):
    """Cue ``number`` of a deck. ``picture`` gives what is on stage when the cue is stored, by whomever."""

    def __init__(
        self,
        binder: Binder,
        deck: str,
        number: int,
        colour: QColor,
        picture: Callable[[], QImage | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.binder = binder
        self.number = number
        self.colour = colour
        self.filled = False
        self.current = False
        self.base = f"/deck/{deck}/cue/{number}"
        self._picture = picture
        self._thumbnail: QImage | None = None
        self._stores: float | None = None
        self._down = False
        self._long = QTimer(self)
        self._long.setSingleShot(True)
        self._long.setInterval(LONG_PRESS_MS)
        self._long.timeout.connect(self._pressed_long)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName(f"{self.base}/recall")
        self.setAccessibleName(f"cue {number}")
        binder.watch(f"{self.base}/filled", self._show_filled)
        binder.watch(f"{self.base}/store", self._show_store)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(34), theme.px(34))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(18), theme.px(34))

    # -- from the binder --------------------------------------------------------------------------------------------

    def _show_filled(self, value: Shown) -> None:
        self.filled = bool(value) if isinstance(value, float) else False
        if not self.filled:
            self._thumbnail = None
        self.update()

    def _show_store(self, value: Shown) -> None:
        count = value if isinstance(value, float) else 0.0
        if self._stores is not None and count > self._stores:
            self._thumbnail = self._picture()
        self._stores = count
        self.update()

    def show_current(self, current: bool) -> None:
        """Whether the deck stands on this cue."""
        if current != self.current:
            self.current = current
            self.update()

    # -- gestures ---------------------------------------------------------------------------------------------------

    def recall(self) -> None:
        """Glide to the cue; an empty one keeps the present place instead, since there is nowhere to go."""
        self.binder.press(f"{self.base}/{'recall' if self.filled else 'store'}")

    def store(self) -> None:
        self.binder.press(f"{self.base}/store")

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.RightButton:
            self.store()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._down = True
            self._long.start()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self._down:
            self._down = False
            if self._long.isActive():
                self._long.stop()
                if self.rect().contains(event.position().toPoint()):
                    self.recall()
            self.update()

    def _pressed_long(self) -> None:
        if self._down:
            self._down = False
            self.store()
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.store()
            else:
                self.recall()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            does = "click recalls, right or long press stores" if self.filled else "empty: click stores this place"
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), f"<b>{self.base}</b><br>{does}", self)
            return True
        return super().event(event)

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        radius = theme.px(5)
        shape = QPainterPath()
        shape.addRoundedRect(box, radius, radius)
        if self.filled and self._thumbnail is not None:
            painter.setClipPath(shape)
            painter.setRenderHint(painter.RenderHint.SmoothPixmapTransform)
            picture = self._thumbnail
            side = min(picture.width() / box.width(), picture.height() / box.height())
            part = QRectF(0, 0, box.width() * side, box.height() * side)
            part.moveCenter(QRectF(picture.rect()).center())
            painter.drawImage(box, picture, part)
            painter.setClipping(False)
        elif self.filled:
            ground = QLinearGradient(box.topLeft(), QPointF(box.right(), box.bottom()))
            ground.setColorAt(0, theme.mixed(theme.PANEL, self.colour, 0.42))
            ground.setColorAt(1, theme.mixed(theme.PANEL, self.colour, 0.18))
            painter.fillPath(shape, ground)
        else:
            fill(painter, box, theme.mixed(theme.PANEL, theme.GROUND, 0.65), radius)
        edge = self.colour if self.current else theme.mixed(theme.PANEL, theme.TRACK, 0.9)
        if self.hovered and not self.current:
            edge = theme.mixed(theme.TRACK, self.colour, 0.6)
        painter.setPen(QPen(edge, (2.0 if self.current else 1.0) * theme.scale()))
        painter.setBrush(theme.faded(self.colour, 0.25) if self._down else Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)
        self._paint_number(painter, box)
        self.draw_ring(painter)

    def _paint_number(self, painter: QPainter, box: QRectF) -> None:
        if self.filled and self._thumbnail is not None:
            corner = QRectF(box.left() + theme.px(2), box.top() + theme.px(2), theme.px(13), theme.px(13))
            fill(painter, corner, theme.faded(theme.GROUND, 0.55), theme.px(3))
            write(painter, corner, str(self.number), theme.TEXT, 10, theme.SEMIBOLD, CENTRE)
        else:
            ink = theme.TEXT if self.filled else theme.QUIET
            write(painter, box, str(self.number), ink, 12.5, theme.MEDIUM, CENTRE)
