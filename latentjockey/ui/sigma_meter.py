"""How far out a deck is, in σ: a scale to five with marks at each, pink from three on, and the number. GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from latentjockey.ui import theme, wording
from latentjockey.ui.painted import RIGHT, Painted, fill, write

FAR = 3.0
_END = 5.0


class SigmaMeter(Painted):
    """Shows a distance ≥ 0; whoever measures it calls :meth:`show_distance`. Past five the bar ends in an arrow."""

    def __init__(self, colour: QColor = theme.MIDDLE, large: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colour = colour
        self.distance = 0.0
        self._large = large
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("distance")

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(120), theme.px(44)) if self._large else QSize(theme.px(84), theme.px(30))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def show_distance(self, distance: float) -> None:
        """How far out, in σ; infinity is shown as such."""
        if distance != self.distance:
            self.distance = distance
            self.setAccessibleDescription(self.text)
            self.update()

    @property
    def text(self) -> str:
        """The number with its unit."""
        if self.distance == float("inf"):
            return "∞ σ"
        number = f"{self.distance:.1f}" if self.distance < 999.95 else wording.number_text(self.distance)
        return f"{number}\u2009σ"

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        thick = theme.px(5 if self._large else 4)
        bar = QRectF(0, self.height() - thick - theme.px(3), self.width(), thick)
        ink = theme.BEYOND if self.distance > FAR else theme.TEXT
        number = QRectF(0, 0, self.width(), bar.top() - theme.px(1))
        write(painter, number, self.text, ink, 20 if self._large else 14, theme.SEMIBOLD, RIGHT)
        self._paint_scale(painter, bar)

    def _paint_scale(self, painter: QPainter, bar: QRectF) -> None:
        half, far = bar.height() / 2, bar.width() * FAR / _END
        fill(painter, bar, theme.TRACK, half)
        full = min(1.0, self.distance / _END) * bar.width()
        if full > far:
            out = QRectF(bar.left(), bar.top(), full, bar.height())
            painter.setClipRect(QRectF(far, bar.top() - bar.height(), bar.width(), bar.height() * 3))
            fill(painter, out, theme.BEYOND, half)
            painter.setClipping(False)
        if full > 0:
            painter.setClipRect(QRectF(bar.left(), bar.top(), min(full, far), bar.height()))
            fill(painter, QRectF(bar.left(), bar.top(), max(full, 2 * half), bar.height()), self.colour, half)
            painter.setClipping(False)
        for sigma in range(1, int(_END)):
            x = bar.width() * sigma / _END
            tall = bar.height() + (theme.px(4) if sigma == FAR else 0)
            mark = QRectF(x - theme.scale() / 2, bar.bottom() - tall, theme.scale(), tall)
            painter.fillRect(mark, theme.PANEL if sigma != FAR else theme.QUIET)
        if self.distance > _END:
            self._paint_arrow(painter, bar)

    def _paint_arrow(self, painter: QPainter, bar: QRectF) -> None:
        tip, tall, middle = bar.right(), bar.height() * 1.1, bar.center().y()
        arrow = QPolygonF(
            [QPointF(tip - tall, middle - tall), QPointF(tip, middle), QPointF(tip - tall, middle + tall)]
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.BEYOND)
        painter.drawPolygon(arrow)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = "How far out the deck stands: 1 is an ordinary draw, past 3 the model has hardly ever been."
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), f"<b>{self.text}</b><br>{words}", self)
            return True
        return super().event(event)
