"""Small pictures by name: asked of the engine a few at a time, kept as images, told to whoever shows them. GUI thread
only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath

from latentjockey.control.values import Value
from latentjockey.ui.actions import Picture, Previews

Writes = Sequence[tuple[str, Value]]

AT_ONCE = 3
POLL_MS = 120
_PATIENCE = 50
_REMEMBERED = 384


class Thumbnails(QObject):
    """``came`` tells the key of a picture that is there now. Without ``previews`` nothing ever comes.

    At most ``AT_ONCE`` pictures are on order; one that takes longer than six seconds makes room for the others and may
    still come. Nothing is ordered twice before it came: an engine may have died over it.
    """

    came = Signal(str)

    def __init__(self, previews: Previews | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._previews = previews
        self._waiting: dict[str, Writes] = {}
        self._ordered: dict[str, int] = {}
        self._tried: set[str] = set()
        self._askers: dict[str, set[int]] = {}
        self._images: OrderedDict[str, QImage] = OrderedDict()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.poll)

    def image(self, key: str) -> QImage | None:
        """The picture under a key, if it is there."""
        image = self._images.get(key)
        if image is not None:
            self._images.move_to_end(key)
        return image

    @property
    def settled(self) -> bool:
        """Whether nothing is waited for."""
        return not self._waiting and not self._ordered

    def put(self, key: str, image: QImage) -> None:
        """Keep a picture that is known already."""
        self._waiting.pop(key, None)
        self._ordered.pop(key, None)
        self._keep(key, image)

    def ask(self, key: str, writes: Writes, by: object) -> None:
        """Have a picture made of the values of now with ``writes`` in them, for ``by``. Asking again is free."""
        if self._previews is None or key in self._images:
            return
        self._askers.setdefault(key, set()).add(id(by))
        if key in self._waiting or key in self._ordered:
            return
        if key in self._tried:
            self._ordered[key] = _PATIENCE
        else:
            self._waiting[key] = writes
        if not self._timer.isActive():
            self._timer.start()

    def drop(self, key: str, by: object) -> None:
        """``by`` looks there no more; when nobody does, the picture is not waited for."""
        askers = self._askers.get(key, set())
        askers.discard(id(by))
        if not askers:
            self._askers.pop(key, None)
            self._waiting.pop(key, None)
            self._ordered.pop(key, None)

    def poll(self) -> None:
        """Fetch what has come and order what waits. The timer calls it; tests may."""
        previews = self._previews
        if previews is None:
            return
        for key in list(self._ordered):
            picture = previews.picture(key)
            if picture is None:
                self._ordered[key] += 1
            else:
                del self._ordered[key]
                self._tried.discard(key)
                self._keep(key, image_of(picture))
        free = AT_ONCE - sum(asked < _PATIENCE for asked in self._ordered.values())
        for key in list(self._waiting)[: max(0, free)]:
            previews.want(key, self._waiting.pop(key))
            self._tried.add(key)
            self._ordered[key] = 0
        if self.settled:
            self._timer.stop()

    def _keep(self, key: str, image: QImage) -> None:
        self._askers.pop(key, None)
        self._images[key] = image
        while len(self._images) > _REMEMBERED:
            self._images.popitem(last=False)
        self.came.emit(key)


def image_of(picture: Picture) -> QImage:
    """A picture (height, width, 3) uint8 as an image of its own."""
    rgb = np.ascontiguousarray(picture)
    high, wide = rgb.shape[:2]
    return QImage(rgb.data, wide, high, wide * 3, QImage.Format.Format_RGB888).copy()


def draw_filling(painter: QPainter, box: QRectF, image: QImage, radius: float = 0.0) -> None:
    """Draw the middle of ``image`` so that it fills ``box``, with round corners."""
    scale = min(image.width() / box.width(), image.height() / box.height())
    part = QRectF(0, 0, box.width() * scale, box.height() * scale)
    part.moveCenter(QRectF(image.rect()).center())
    painter.save()
    if radius > 0:
        shape = QPainterPath()
        shape.addRoundedRect(box, radius, radius)
        painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(box, image, part)
    painter.restore()
