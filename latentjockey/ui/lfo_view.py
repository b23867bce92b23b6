"""One LFO as it is played: its curve with a dot that runs along it, pace, shape and phase. GUI thread only."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.control.catalogue_modulation import SHAPES
from latentjockey.control.snapshot import Snapshot
from latentjockey.modulation.lfo import Lfo, lfo_of, wave
from latentjockey.modulation.transport import transport_of
from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import ControlButton, Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.field import Field
from latentjockey.ui.painted import RIGHT, Column, Painted, Row, fill, write
from latentjockey.ui.slider import Slider

_TURNS = {SHAPES.index("random steps"): 4, SHAPES.index("random smooth"): 4}
"""How many turns are shown at once; one where the turns are all alike."""

_FINE = 96


class LfoCurve(Painted):
    """The curve of an LFO, the dot where it is, and its number."""

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = number
        self.level = 0.0
        self._lfo: Lfo | None = None
        self._turns = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(f"LFO {number}")

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(180), theme.px(48))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(80), theme.px(34))

    def show_lfo(self, snapshot: Snapshot, t: float) -> None:
        """Show it as it is at ``t`` seconds."""
        transport = transport_of(snapshot)
        lfo = lfo_of(snapshot, self.number)
        turns = lfo.turns(t, transport) + lfo.phase
        if (lfo, turns) != (self._lfo, self._turns):
            self._lfo, self._turns = lfo, turns
            self.level = lfo.value(t, transport)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.GROUND, theme.px(5))
        inset = theme.px(7)
        field = box.adjusted(inset, theme.px(19), -inset, -inset)
        painter.fillRect(QRectF(field.left(), field.center().y(), field.width(), 1), theme.TRACK)
        if self._lfo is None:
            return
        lfo, turns = self._lfo, self._turns if math.isfinite(self._turns) else 0.0
        shown = _TURNS.get(lfo.shape % len(SHAPES), 1)
        first = math.floor(turns / shown) * shown
        self._paint_curve(painter, field, lfo, first, shown)
        at = QPointF(field.left() + (turns - first) / shown * field.width(), _height(field, self.level))
        painter.fillRect(QRectF(at.x() - 0.5, box.top(), 1, box.height()), theme.faded(theme.TEXT, 0.14))
        painter.setPen(Qt.PenStyle.NoPen)
        for radius, strength in ((6.5, 0.12), (3.5, 1.0)):
            painter.setBrush(theme.faded(theme.TEXT, strength))
            painter.drawEllipse(at, radius * theme.scale(), radius * theme.scale())
        name = box.adjusted(theme.px(8), theme.px(3), 0, 0)
        name.setHeight(theme.px(15))
        write(painter, name, f"LFO {self.number}", theme.QUIET, 11, theme.SEMIBOLD)
        number = name.adjusted(0, 0, -theme.px(8), 0)
        signed = wording.number_text(self.level)
        write(painter, number, signed if self.level < 0 else f"+{signed}", theme.QUIET, 11, theme.REGULAR, RIGHT)

    @staticmethod
    def _paint_curve(painter: QPainter, field: QRectF, lfo: Lfo, first: int, shown: int) -> None:
        count = _FINE * shown
        points = []
        for i in range(count + 1):
            x = min(i / count, 1.0 - 1e-6) * shown
            points.append(
                QPointF(field.left() + i / count * field.width(), _height(field, wave(lfo.shape, first + x, lfo.seed)))
            )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(
            QPen(theme.mixed(theme.TRACK, theme.TEXT, 0.62), 1.6 * theme.scale(), j=Qt.PenJoinStyle.RoundJoin)
        )
        painter.drawPolyline(QPolygonF(points))


class LfoView(QWidget):
    """The curve above, the hand's controls below: beats a turn in sync, else turns a second; a seed where the curve is
    random, else its phase."""

    def __init__(self, binder: Binder, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        at = f"/lfo/{number}"
        self.curve = LfoCurve(number)
        self.shape = Choice(binder, f"{at}/shape", label_width=0)
        self.sync = Toggle(binder, f"{at}/sync", "sync")
        self.sync.calm = True
        self.restart = ControlButton(binder, f"{at}/restart", "restart")
        self.rate = Slider(binder, f"{at}/rate", stacked=True)
        self.beats = Slider(binder, f"{at}/beats", stacked=True)
        self.phase = Slider(binder, f"{at}/phase", stacked=True)
        self.seed = Field(binder, f"{at}/seed", width=96)
        self.seed.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        column = Column((0, 0, 0, 0), 3)
        self.setLayout(column)
        column.addWidget(self.curve, 1)
        buttons = Row(gap=4)
        buttons.addWidget(self.shape, 1)
        buttons.addWidget(self.sync)
        buttons.addWidget(self.restart)
        column.addLayout(buttons)
        hands = Row(gap=4)
        for hand in (self.rate, self.beats, self.phase, self.seed):
            hands.addWidget(hand, 1)
        column.addLayout(hands)
        binder.watch(f"{at}/sync", self._paced)
        binder.watch(f"{at}/shape", self._shaped)

    def _paced(self, synced: Shown) -> None:
        self.rate.setVisible(not synced)
        self.beats.setVisible(bool(synced))

    def _shaped(self, shape: Shown) -> None:
        random = isinstance(shape, float) and int(shape) in _TURNS
        self.phase.setVisible(not random)
        self.seed.setVisible(random)


def _height(field: QRectF, level: float) -> float:
    return field.center().y() - level * field.height() / 2
