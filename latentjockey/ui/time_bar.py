"""Where the time of a picture goes: a thin bar under the stage, with its stages in words. GUI thread only.

What the newest picture did not need is hatched and named *kept*: its length is what it took when it was last computed.
It shows itself only where a model tells its stages.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.frames.stages import STAGES
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.painted import RIGHT, Painted, fill, write

_SIZE = 11.0
_SHARES = (0.85, 0.58, 0.36, 0.22)
"""How bright each stage is, from the panel to the letters."""
_HATCH = 4.0
_MEANS = (
    "texts and pictures into what the network hears",
    "the network that takes noise away",
    "a latent into pixels",
    "to its size, and from the device",
)


class TimeBar(Painted):
    """Shows ``/engine/time``, how late pictures are, and what is done without for speed."""

    def __init__(self, binder: Binder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ms = [0.0] * len(STAGES)
        self.kept: frozenset[str] = frozenset()
        self._late = [0.0, 0.0]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVisible(False)
        for index, name in enumerate(STAGES):
            binder.watch(f"/engine/time/{name}", partial(self._took, index))
        binder.watch("/engine/time/cached", self._keep)
        for index, name in enumerate(("late_frames", "late_ms")):
            binder.watch(f"/engine/{name}", partial(self._is_late, index))

    @property
    def words(self) -> list[str]:
        """What stands there for each stage that took time or was kept."""
        return [_word(name, self.ms[index], name in self.kept) for index, name in self._shown]

    @property
    def _shown(self) -> list[tuple[int, str]]:
        return [(index, name) for index, name in enumerate(STAGES) if self.ms[index] or name in self.kept]

    @property
    def late(self) -> str:
        """How late pictures are, in words, where they are."""
        pictures, ms = self._late
        return f"{pictures:.0f} late · +{ms:.0f} ms" if pictures else ""

    def _took(self, index: int, value: Shown) -> None:
        self.ms[index] = value if isinstance(value, float) else 0.0
        self._changed()

    def _keep(self, value: Shown) -> None:
        self.kept = frozenset(str(value).split(", ")) - {""}
        self._changed()

    def _is_late(self, index: int, value: Shown) -> None:
        self._late[index] = value if isinstance(value, float) else 0.0
        self._changed()

    def _changed(self) -> None:
        self.setVisible(any(self.ms))
        self.setAccessibleName(", ".join(["time of a picture", *self.words, *filter(None, [self.late])]))
        lines = [f"{name}: {means}" for name, means in zip(STAGES, _MEANS, strict=True)]
        late = ["late: the picture on stage began so many pictures ago"] if self.late else []
        self.setToolTip("<br>".join(["<b>/engine/time</b>", *lines, "kept: it was there already", *late]))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(300), theme.px(22))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(80), theme.px(22))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter, inset = self.painter(), float(theme.px(2))
        bar = QRectF(inset, theme.px(1), self.width() - 2 * inset, theme.px(4))
        self._paint_bar(painter, bar)
        below = QRectF(inset, bar.bottom() + theme.px(2), bar.width(), self.height() - bar.bottom() - theme.px(2))
        self._paint_words(painter, below)

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        fill(painter, bar, theme.TRACK, bar.height() / 2)
        total, left, gap = sum(self.ms), bar.left(), theme.scale()
        if total <= 0.0:
            return
        for index, (name, ms) in enumerate(zip(STAGES, self.ms, strict=True)):
            wide = bar.width() * ms / total
            box = QRectF(left, bar.top(), max(0.0, wide - gap), bar.height())
            _paint_stage(painter, box, _ink(index), hatched=name in self.kept)
            left += wide

    def _paint_words(self, painter: QPainter, box: QRectF) -> None:
        left, side = box.left(), float(theme.px(7))
        right = f"{sum(ms for name, ms in zip(STAGES, self.ms, strict=True) if name not in self.kept):.1f} ms"
        right = f"{self.late}  ·  {right}" if self.late else right
        room = theme.text_width(right, _SIZE, theme.MEDIUM) + theme.px(8)
        write(painter, box, right, theme.TEXT if self.late else theme.QUIET, _SIZE, theme.MEDIUM, RIGHT)
        end = box.right() - room
        for index, name in self._shown:
            word = _word(name, self.ms[index], name in self.kept)
            wide = theme.text_width(word, _SIZE)
            if left + side + theme.px(4) + wide > end:
                return
            swatch = QRectF(left, box.center().y() - side / 2, side, side)
            _paint_stage(painter, swatch, _ink(index), hatched=name in self.kept)
            left = swatch.right() + theme.px(4)
            ink = theme.QUIET if name in self.kept else theme.mixed(theme.QUIET, theme.TEXT, 0.55)
            write(painter, QRectF(left, box.top(), wide + 1, box.height()), word, ink, _SIZE)
            left += wide + theme.px(12)


def _word(name: str, ms: float, kept: bool) -> str:
    return f"{name} kept" if kept else f"{name} {ms:.1f}"


def _ink(index: int) -> QColor:
    return theme.mixed(theme.PANEL, theme.TEXT, _SHARES[index])


def _paint_stage(painter: QPainter, box: QRectF, ink: QColor, *, hatched: bool) -> None:
    """A stage: filled where it took time, slanted lines where it was there already."""
    if box.width() <= 0.0:
        return
    if not hatched:
        fill(painter, box, ink, min(box.width(), box.height()) / 3)
        return
    painter.save()
    painter.setClipRect(box)
    painter.setPen(QPen(theme.mixed(theme.PANEL, ink, 0.8), theme.scale()))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    step, x = _HATCH * theme.scale(), box.left() - box.height()
    while x < box.right():
        painter.drawLine(int(x), int(box.bottom()), int(x + box.height()), int(box.top()))
        x += step
    painter.restore()
