"""What an output shows over the picture: the last still, the test card, the credit, the ring of a held Esc. GUI thread
only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from latentjockey.frames.frame import FrameSource
from latentjockey.ui import theme
from latentjockey.ui.displays import Display
from latentjockey.ui.painted import CENTRE, fill, write
from latentjockey.ui.stage_canvas import Showing
from latentjockey.ui.stage_credit import StageCredit
from latentjockey.ui.still_breath import Opening, paint_still
from latentjockey.ui.test_card import TestCard

LEAVE_S = 1.5


class HeldKey:
    """A key that must stay down for ``duration`` seconds."""

    def __init__(self, duration: float = LEAVE_S) -> None:
        self._duration = duration
        self._since: float | None = None

    def press(self, now: float) -> None:
        """It went down; a key that repeats itself went down once."""
        if self._since is None:
            self._since = now

    def release(self) -> None:
        self._since = None

    def share(self, now: float) -> float:
        """How much of the time it has been down: 0 while it is up, 1 when it was long enough."""
        if self._since is None:
            return 0.0
        return min(1.0, max(0.0, (now - self._since) / self._duration))


class Scene:
    """One output's. ``show`` is the picture below; ``leaving`` says how long Esc has been held, 0..1; ``still`` stands
    until the first picture, where there is none at ``now``."""

    def __init__(self, number: int, frames: FrameSource, display: Display, still: QImage | None, now: float) -> None:
        self.show = Showing(frames)
        self.display = display
        self.test = False
        self.leaving = 0.0
        self.credit = StageCredit()
        self._card = TestCard(number)
        self._still = still
        self._now = now
        waits = still is not None and not frames.wait_newer(self.show.shown, 0.0)
        self._opening = Opening(now) if waits else None
        self._breath = (0.0, 1.0)

    def move(self, now: float) -> bool:
        """Go on to this moment. Whether that has to be painted, whatever the picture does."""
        self._now = now
        if self._opening is not None:
            self._breath = self._opening.at(now, self.show.shown != (-1, -1))
            if self._breath[1] <= 0.0:
                self._opening = None
            return True
        return self.covers or self.leaving > 0.0

    @property
    def covers(self) -> bool:
        """Whether nothing of the picture is seen. Black is black: blackout goes before the test card."""
        return self.test and not self.show.blackout

    @property
    def plain(self) -> bool:
        """Whether there is nothing to draw over the picture."""
        opens = self._opening is not None and not self.show.blackout
        return not (self.covers or self.leaving > 0.0 or opens or self._credits)

    @property
    def _credits(self) -> bool:
        """Whether the credit is to be seen: not on black, and not on the test card."""
        return bool(self.credit.text) and not self.show.blackout and not self.covers

    def draw(self, painter: QPainter, size: tuple[int, int], ratio: float) -> None:
        """Draw over the picture on ``size`` device-independent pixels."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.covers:
            self._card.draw(painter, size, ratio, self.display, self._now)
        elif self._opening is not None and not self.show.blackout:
            paint_still(painter, self._still, size, ratio, self.show.fit, *self._breath)
        if self._credits:
            self.credit.draw(painter, size, ratio)
        if self.leaving > 0.0:
            _ring(painter, size, ratio, self.leaving)


def _ring(painter: QPainter, size: tuple[int, int], ratio: float, share: float) -> None:
    """A quiet ring at the foot of the picture that closes while Esc is held."""
    unit = min(size) / 100
    words = "hold Esc to leave"
    letters = 2.0 * unit / theme.scale()  # as large as the display, not as the surface
    box = QRectF(0, 0, theme.text_width(words, letters, theme.MEDIUM) + 4 * unit, 12.2 * unit)
    # As a picture of its own: Qt's letters and the stage's renderer do not get along in one context of OpenGL.
    image = QImage((box.size() * ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    inner = QPainter(image)
    inner.setRenderHint(QPainter.RenderHint.Antialiasing)
    fill(inner, box, theme.faded(theme.PANEL, 0.82), 1.4 * unit)
    write(inner, box.adjusted(0, 8 * unit, 0, -0.6 * unit), words, theme.TEXT, letters, theme.MEDIUM, CENTRE)
    around = QRectF(box.center().x() - 2.8 * unit, 1.6 * unit, 5.6 * unit, 5.6 * unit)
    inner.setBrush(Qt.BrushStyle.NoBrush)
    inner.setPen(QPen(theme.TRACK, 0.6 * unit))
    inner.drawEllipse(around)
    inner.setPen(QPen(theme.TEXT, 0.6 * unit, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    inner.drawArc(around, 90 * 16, -round(share * 360 * 16))
    inner.end()
    painter.save()
    painter.setOpacity(min(1.0, share * 5))
    painter.drawImage(QPointF((size[0] - box.width()) / 2, size[1] - box.height() - 6 * unit), image)
    painter.restore()
