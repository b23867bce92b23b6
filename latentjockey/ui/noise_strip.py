"""The noise strip: the noise that a picture begins with, in its coarse, middle and fine band, to be painted. GUI thread
only.

What is shown are the coefficients of an orthonormal Haar transform of z (:mod:`latentjockey.models.haar`), those that a
deck's EQ and the offsets act upon. A coefficient has no address: what is painted is written into z as a whole, whose
numbers stay bit for bit where no painted bar reaches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from latentjockey.control.names import BANDS
from latentjockey.control.spec import ControlSpec
from latentjockey.models.haar import band_sizes, from_bands, to_bands
from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.context_menu import control_menu
from latentjockey.ui.latent_bars import bars
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.marks import Marks
from latentjockey.ui.painted import CENTRE, fill, write
from latentjockey.ui.strip_paint import paint_bands, paint_pointer

_FOOT = 15
_GAP = 6
_FINELY = 4096
"""Of so many parts of the width the pointer's label knows one."""


class NoiseStrip(LatentStrip):
    """Bound to a VECTOR with a field. Each band has a third of the width, whatever it counts: the coarse one decides
    most, and has the fewest numbers. Drag, shift-drag, Alt-click, wheel and keys are those of a latent strip."""

    def __init__(
        self, binder: Binder, address: str, colour: QColor = theme.MIDDLE, parent: QWidget | None = None
    ) -> None:
        self._z: NDArray[np.float64] = np.zeros(0)
        self._sizes = (0, 0, 0)
        super().__init__(binder, address, colour, parent)
        self.setAccessibleName("noise strip")

    # -- from the binder ----------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        field = _field(spec)
        self._sizes = band_sizes(field) if field else (0, 0, 0)
        if len(self.values) != sum(self._sizes):
            self.values = np.zeros(0)
        super().show_spec(spec, lo, hi)

    def show_value(self, value: Shown) -> None:
        field = _field(self.spec)
        if isinstance(value, np.ndarray) and field and value.size == np.prod(field):
            self._z = value
            super().show_value(_bands(value, field))

    @property
    def wide(self) -> bool:
        return False

    def show_marks(self, marks: Marks) -> None:
        """Loops and routes move numbers of z, none of which is a bar here."""

    def playable(self) -> str:
        return self.address

    # -- geometry -----------------------------------------------------------------------------------------------------

    def box_of(self, band: int) -> QRectF:
        """Where a band stands."""
        gap = float(theme.px(_GAP))
        wide = (self.width() - 2 * gap) / 3
        return QRectF(band * (wide + gap), 0, wide, self.height() - theme.px(_FOOT))

    def band_of(self, index: int) -> tuple[int, int]:
        """The band of a bar, and its number within that."""
        for band, size in enumerate(self._sizes):
            if index < size or band == len(self._sizes) - 1:
                return band, index
            index -= size
        return 0, 0

    def index_at(self, x: float) -> int:
        gap = float(theme.px(_GAP))
        wide = (self.width() - 2 * gap) / 3
        band = int(min(2, max(0, (x + gap / 2) // (wide + gap))))
        box, size = self.box_of(band), self._sizes[band]
        within = int(min(size - 1, max(0, (x - box.left()) * size / max(1.0, box.width()))))
        return sum(self._sizes[:band]) + max(0, within)

    def x_of(self, index: int) -> float:
        """The middle of a bar."""
        band, within = self.band_of(index)
        box = self.box_of(band)
        return box.left() + (within + 0.5) * box.width() / max(1, self._sizes[band])

    def value_at(self, y: float) -> float:
        middle = self.box_of(0).height() / 2
        return (middle - y) / middle * self._half()

    # -- the hand -----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # a loop is of one number of z, and no bar is one
        else:
            super().mousePressEvent(event)

    def rest(self, index: int) -> None:
        self._replace(index, np.zeros(1))

    def part(self, index: int) -> str:
        return self.address

    def _replace(self, first: int, numbers: NDArray[np.float64]) -> None:
        field = _field(self.spec)
        if not field or not np.isfinite(numbers).all():
            return
        if self._last is not None:
            self.binder.touch(self.address)
        step = np.zeros(len(self.values))
        step[first : first + len(numbers)] = numbers - self.values[first : first + len(numbers)]
        moved = self._z + _field_of(step, field)
        if not np.isfinite(moved).all():
            return
        self.values = self.values + step
        self._z = moved
        self.binder.write(self.address, moved)
        self._stale()

    def _typed(self, index: int, text: str) -> str:
        if self.spec is None:
            return f"{self.address} is asleep"
        try:
            number = float(wording.from_typing(self.spec, text))
        except ValueError:
            return f"{self.address} takes numbers, not the text {text[:40]!r}"
        self._replace(index, np.array([number]))
        self.binder.flush()
        return ""

    def menu(self, index: int) -> QMenu:
        menu = control_menu(self, self.binder, self.address)
        menu.addSeparator()
        menu.addAction("Type a number for this bar…\tEnter").triggered.connect(lambda: self.begin_typing(index))
        menu.addAction("This bar to zero\tAlt-click").triggered.connect(lambda: self.rest(index))
        return menu

    # -- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter, whole = self.painter(), QRectF(self.rect())
        if not len(self.values):
            fill(painter, whole, theme.GROUND, theme.px(5))
            write(painter, whole, "asleep", theme.QUIET, align=CENTRE)
            return
        foot = float(theme.px(_FOOT))
        for band, name in enumerate(BANDS):
            box = self.box_of(band)
            painter.save()
            painter.translate(box.left(), 0)
            ground = QRectF(0, 0, box.width(), box.height())
            fill(painter, ground, theme.GROUND, theme.px(5))
            paint_bands(painter, ground, (self.lo, self.hi), self._half(), self.colour)
            painter.restore()
            below = QRectF(box.left(), box.bottom(), box.width(), foot)
            write(painter, below, f"{name} noise", theme.QUIET, 10.5, theme.REGULAR, CENTRE)
        if self._image is None:
            self._image = self._drawn()
        painter.drawImage(QRectF(0, 0, whole.width(), whole.height() - foot), self._image)
        self._paint_pointer(painter, whole)
        self.draw_ring(painter)

    def _drawn(self) -> QImage:
        ratio = self.devicePixelRatioF()
        high = max(1, round((self.height() - theme.px(_FOOT)) * ratio))
        picture = QImage(max(1, round(self.width() * ratio)), high, QImage.Format.Format_ARGB32_Premultiplied)
        picture.fill(Qt.GlobalColor.transparent)
        painter, at = QPainter(picture), 0
        for band, size in enumerate(self._sizes):
            box = self.box_of(band)
            wide = max(1, round(box.width() * ratio))
            part = self.values[at : at + size]
            at += size
            if size:
                drawn = bars(part, (wide, high), self._half(), (self.lo, self.hi), self.colour)
                painter.drawImage(round(box.left() * ratio), 0, drawn)
        painter.end()
        return picture

    def _paint_pointer(self, painter: QPainter, box: QRectF) -> None:
        index = self._hand if self._hand is not None else self._chosen if self.hasFocus() else None
        if index is None or index >= len(self.values):
            return
        value = float(self.values[index])
        ink = theme.TEXT if self.lo <= value <= self.hi else theme.BEYOND
        band, within = self.band_of(index)
        text = f"{BANDS[band]} noise {within}   {wording.number_text(value)} σ"
        at = int(self.x_of(index) / max(1.0, box.width()) * _FINELY)
        bar = QRectF(0, 0, box.width(), self.box_of(band).height())
        paint_pointer(painter, bar, _FINELY, at, text, ink)


def _field(spec: ControlSpec | None) -> tuple[int, int, int] | None:
    """The shape (C, h, w) in which a VECTOR lies, where it lies in one."""
    if spec is None or len(spec.field) != 3:
        return None
    channels, high, wide = spec.field
    return channels, high, wide


def _bands(z: NDArray[np.float64], field: tuple[int, int, int]) -> NDArray[np.float64]:
    """z (n,) → its coefficients (n,), coarse ones first."""
    largest = float(np.finfo(np.float32).max) / 16
    heard = np.clip(z, -largest, largest).astype(np.float32).reshape(1, *field)
    return np.concatenate([band[0] for band in to_bands(heard)]).astype(np.float64)


def _field_of(coefficients: NDArray[np.float64], field: tuple[int, int, int]) -> NDArray[np.float64]:
    """The inverse of :func:`_bands`."""
    largest = float(np.finfo(np.float32).max) / 16
    heard = np.clip(coefficients, -largest, largest).astype(np.float32)
    ends = np.cumsum(band_sizes(field))
    coarse, middle, fine = heard[: ends[0]], heard[ends[0] : ends[1]], heard[ends[1] :]
    return from_bands(coarse, middle, fine, field).reshape(-1).astype(np.float64)
