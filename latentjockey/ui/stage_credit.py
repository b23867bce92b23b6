"""The credit in the lower left of the stage, where that is wished: small, calm, and readable on any picture. GUI thread
only.

It is drawn in the size of the window, not of the picture, so that it can be read on the smallest model too.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from latentjockey.ui import theme
from latentjockey.ui.painted import Painted, fill, write

_LETTERS, _LINE, _INSET = 1.9, 2.7, 2.4
"""Size of letters, of a line, and the distance from the edge, in hundredths of the stage's shorter side."""
_SMALLEST = 10.0
_PARTS = " · "


def lines_of(text: str) -> list[str]:
    """What was asked for and what was learned from, each on its line."""
    asked, _, learned = text.partition(_PARTS)
    return [line for line in (asked, learned) if line]


class StageCredit:
    """The words as a picture, made anew when they, or the stage's size, change."""

    def __init__(self) -> None:
        self.text = ""
        self._key: object = None
        self._image: QImage | None = None

    def place(self, size: tuple[int, int]) -> QRectF:
        """Where it stands on a stage of ``size`` device-independent pixels; empty where there is nothing to say."""
        lines = lines_of(self.text)
        unit = self._unit(size)
        letters = self._letters(unit)
        wide = max((theme.text_width(line, letters) for line in lines), default=0.0) + 2.8 * unit
        high = (_LINE * len(lines) + 1.0) * unit
        inset = _INSET * unit
        wide = min(wide, size[0] - 2 * inset)
        return QRectF(inset, size[1] - high - inset, wide, high) if lines else QRectF()

    def draw(self, painter: QPainter, size: tuple[int, int], ratio: float) -> None:
        """Draw on ``size`` device-independent pixels, ``ratio`` device pixels each."""
        box = self.place(size)
        if box.isEmpty():
            return
        key = (self.text, size, ratio, theme.scale())
        if key != self._key or self._image is None:
            self._key, self._image = key, self._drawn(box.size(), size, ratio)
        painter.drawImage(box.topLeft(), self._image)

    def _drawn(self, room: QSizeF, size: tuple[int, int], ratio: float) -> QImage:
        # As a picture of its own: Qt's letters and the stage's renderer do not get along in one context of OpenGL.
        image = QImage((room * ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        unit = self._unit(size)
        letters = self._letters(unit)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill(painter, QRectF(0, 0, room.width(), room.height()), theme.faded(theme.GROUND, 0.55), unit)
        for index, line in enumerate(lines_of(self.text)):
            box = QRectF(1.2 * unit, (0.5 + index * _LINE) * unit, room.width() - 2.4 * unit, _LINE * unit)
            write(painter, box, line, theme.TEXT, letters)
        painter.end()
        return image

    @staticmethod
    def _unit(size: tuple[int, int]) -> float:
        return max(min(size) / 100, _SMALLEST / _LETTERS)

    @staticmethod
    def _letters(unit: float) -> float:
        return _LETTERS * unit / theme.scale()  # as large as the stage, not as the surface


class CreditOverlay(Painted):
    """The same over the stage in the window; the mouse passes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._credit = StageCredit()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def text(self) -> str:
        """What it says, or nothing."""
        return "" if self.isHidden() else self._credit.text

    def say(self, text: str) -> None:
        """Show these words; nothing takes them away."""
        if text != self._credit.text:
            self._credit.text = text
            self.setVisible(bool(text))
            self.place()

    def rescaled(self) -> None:
        self.place()

    def place(self) -> None:
        """Follow the stage's size."""
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(self._credit.place((parent.width(), parent.height())).toAlignedRect())
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        parent = self.parentWidget()
        if parent is None:
            return
        painter = self.painter()
        painter.translate(-self.x(), -self.y())
        self._credit.draw(painter, (parent.width(), parent.height()), self.devicePixelRatioF())
