"""A clip on a deck: its time as a line to scrub along, and what it plays by. GUI thread only.

Where it is, is computed as the engine computes it, from the same record, so that the line runs with the picture.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QMouseEvent, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.base.clock import Clock, SystemClock
from latentjockey.control.names import own_address
from latentjockey.models.clip_spec import BLEND, STRAY
from latentjockey.modulation import playhead
from latentjockey.modulation.matrix import modulated
from latentjockey.modulation.playhead import folded, playhead_on
from latentjockey.modulation.transport import transport_of
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton
from latentjockey.ui.choice import Choice
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.field import Field
from latentjockey.ui.painted import CENTRE, Column, Painted, Row, fill, write

_LOOK_MS = 33
_FOOT = 16
_FIELDS = (("speed", playhead.SPEED), ("beats", playhead.BEATS), ("blend", BLEND), ("stray", STRAY))


class ClipTimeline(ControlWidget):
    """Bound to a clip's scrub. A press puts the clip there, a drag scrubs, and shift-drag finely; beyond the ends it
    goes on as the loop says. The bright line is where it is, the faint one where it was put."""

    def __init__(self, binder: Binder, address: str, colour: QColor, deck: str, clock: Clock) -> None:
        self.place = 0.0
        self._seconds = 0.0
        self._deck, self._clock = deck, clock
        super().__init__(binder, address, colour, "scrub")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(280), theme.px(70))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(120), theme.px(34))

    @property
    def words(self) -> str:
        """Where it is, for people."""
        return f"{self.place * self._seconds:.1f} of {self._seconds:.1f} s"

    def look(self) -> None:
        """See where the clip is now."""
        now, snapshot = self._clock.now(), self.binder.bay.snapshot()
        clip = playhead_on(snapshot, snapshot.layout.own_deck(self._deck))
        if clip is None:
            return
        moved = playhead_on(modulated(snapshot, now), snapshot.layout.own_deck(self._deck)) or clip
        place = folded(moved.place(now, transport_of(snapshot).beat_at(now)), moved.loop)
        if (place, clip.length) != (self.place, self._seconds):
            self.place, self._seconds = place, clip.length
            self.setAccessibleDescription(self.words)
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mousePressEvent(event)
        if self.held and not event.modifiers():
            there = event.position().x() / max(1, self.width())
            self._drag = (event.position(), there)
            self.set_position(there)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._timer.start()
        self.look()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        foot = theme.px(_FOOT)
        box = QRectF(0, 0, self.width(), self.height() - foot)
        fill(painter, box, theme.GROUND, theme.px(5))
        gone = QRectF(box)
        gone.setWidth(box.width() * self.place)
        fill(painter, gone, theme.faded(self.colour, 0.22 if self.busy else 0.15), theme.px(5))
        put = box.left() + box.width() * folded(self.position, playhead.HOLD)
        colour = theme.BEYOND if self.beyond else theme.QUIET
        painter.setPen(QPen(theme.faded(colour, 0.8), theme.px(1), Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(put, box.top() + theme.px(4)), QPointF(put, box.bottom() - theme.px(4)))
        wide = theme.px(3)
        line = QRectF(min(box.right() - wide, box.left() + box.width() * self.place), box.top(), wide, box.height())
        fill(painter, line, self.colour, wide / 2)
        write(painter, QRectF(0, box.bottom(), self.width(), foot), self.words, theme.QUIET, 11, theme.REGULAR, CENTRE)
        self.paint_over(painter)


class ClipStrip(Painted):
    """A deck's clip: time, loop and pace. Empty until the deck first plays a clip, see :attr:`there`; :meth:`follow`
    after each change of layout."""

    def __init__(
        self, binder: Binder, deck: str, colour: QColor, parent: QWidget | None = None, clock: Clock | None = None
    ) -> None:
        super().__init__(parent)
        self.timeline: ClipTimeline | None = None
        self.loop: Choice | None = None
        self.restart: ControlButton | None = None
        self.fields: tuple[Field, ...] = ()
        self._binder, self._deck, self._colour = binder, deck, colour
        self._clock = clock or SystemClock()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.follow()

    @property
    def there(self) -> bool:
        """Whether the deck plays a clip."""
        layout = self._binder.bay.layout
        return layout.resolve(own_address(playhead.LENGTH, layout.own_deck(self._deck))) is not None

    def follow(self) -> None:
        """Another model may play, or this one beside another."""
        if not self.there:
            return
        at = self._binder.bay.layout.own_deck(self._deck)
        if self.timeline is None:
            self._build(at)
            return
        names = (playhead.SCRUB, playhead.LOOP, playhead.RESTART, *(address for _, address in _FIELDS))
        for widget, name in zip((self.timeline, self.loop, self.restart, *self.fields), names, strict=True):
            address = own_address(name, at)
            if widget is not None and widget.address != address:
                widget.retarget(address)

    def _build(self, at: str) -> None:
        binder, colour = self._binder, self._colour
        self.timeline = ClipTimeline(binder, own_address(playhead.SCRUB, at), colour, self._deck, self._clock)
        self.loop = Choice(binder, own_address(playhead.LOOP, at), colour, "loop", label_width=0, segmented=True)
        self.restart = ControlButton(binder, own_address(playhead.RESTART, at), "restart", colour)
        self.fields = tuple(Field(binder, own_address(address, at), colour, name) for name, address in _FIELDS)
        column = Column(gap=4)
        self.setLayout(column)
        column.addWidget(self.timeline, 1)
        first, second, third = Row(gap=5), Row(gap=5), Row(gap=5)
        first.addWidget(self.loop)
        first.addStretch(1)
        first.addWidget(self.restart)
        for n, field in enumerate(self.fields):
            field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            (second if n < 2 else third).addWidget(field, 1)
        for row in (first, second, third):
            column.addLayout(row)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(280), theme.px(118))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(120))
