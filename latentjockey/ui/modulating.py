"""What the surface knows and does of modulation: effective values for the marks, and routes by menu and mouse.

GUI thread only. Effective values are the same function of bay and time that makes the pictures.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from latentjockey.base.clock import Clock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue_modulation import SOURCES
from latentjockey.control.snapshot import Snapshot
from latentjockey.modulation.matrix import modulated, routes_playing
from latentjockey.modulation.routes import assigned, ended, route_to
from latentjockey.ui.binder import Binder

ORDER = (*SOURCES[1:3], "low", "middle", "high", "level", "onset")
"""The sources as a menu names them."""

_FRESH_S = 0.008
_WHEEL = 0.02
_FULL_TRAVEL = 200.0  # pixels of dragging for the whole nominal range


class Effective:
    """Effective values of now. Each is asked for many times a second, and computed once for all of a round."""

    def __init__(self, bay: Bay, clock: Clock) -> None:
        self._bay = bay
        self._clock = clock
        self._base: Snapshot | None = None
        self._moved: frozenset[int] = frozenset()
        self._now: Snapshot | None = None
        self._at = 0.0

    def value(self, address: str) -> float | None:
        """The effective value of one number; ``None`` where no route leads."""
        base = self._look()
        target = base.layout.resolve(address) if self._moved else None
        if target is None or target.start not in self._moved:
            return None
        return float(self.now().values[target.start])

    def within(self, address: str) -> Mapping[int, float]:
        """The effective values of those components of a VECTOR to which routes lead, by index."""
        base = self._look()
        target = base.layout.resolve(address) if self._moved else None
        if target is None:
            return {}
        inside = [n for n in self._moved if target.start <= n < target.stop]
        return {n - target.start: float(self.now().values[n]) for n in inside}

    def now(self) -> Snapshot:
        """The whole bay with effective numbers."""
        base, t = self._look(), self._clock.now()
        if self._now is None or not 0 <= t - self._at < _FRESH_S:
            self._now, self._at = modulated(base, t), t
        return self._now

    def _look(self) -> Snapshot:
        base = self._bay.snapshot()
        if base is not self._base:
            self._base, self._now = base, None
            self._moved = frozenset(route.component for route in routes_playing(base))
        return base


def modulate(binder: Binder, address: str, source: str) -> None:
    """Let ``source`` move what is at ``address``; an empty one ends that. What cannot be is said in a sentence."""
    binder.flush()
    snapshot = binder.bay.snapshot()
    if not source:
        known = route_to(snapshot, address)
        writes = [] if known is None else ended(known.number)
    else:
        try:
            writes = assigned(snapshot, address, source)
        except ValueError as error:
            binder.refused.emit(str(error))
            return
    for at, value in writes:
        binder.write(at, value)
    binder.flush()


def source_of(binder: Binder, address: str) -> str:
    """The source that moves ``address``, or an empty string."""
    known = route_to(binder.bay.snapshot(), address)
    return "" if known is None else known.source


def moved_text(binder: Binder, address: str) -> str:
    """What moves ``address`` and how far, in words; empty where nothing does."""
    known = route_to(binder.bay.snapshot(), address)
    return "" if known is None else f"{source_words(known.source)} moves it by {amount_text(known.amount)}"


def source_words(source: str) -> str:
    """A source as a sentence begins with it."""
    return source.upper() if source.startswith("lfo") else source


def amount_text(amount: float) -> str:
    """An amount as a share of the nominal range."""
    return f"{amount * 100:+.3g}%".replace("-", "−")


class AmountHand:
    """The hand on the amount of a control's route: middle button and drag, or Ctrl and wheel. One per widget.

    Each call says whether the event was one for it. Nothing happens on a control that nothing modulates.
    """

    def __init__(self, binder: Binder) -> None:
        self._binder = binder
        self._number = 0
        self._amount = 0.0
        self._last = QPointF()

    @property
    def holding(self) -> bool:
        """Whether the mouse holds an amount."""
        return self._number > 0

    @property
    def text(self) -> str:
        """The amount that is held, in words."""
        return amount_text(self._amount)

    def press(self, event: QMouseEvent, address: str) -> bool:
        known = route_to(self._binder.bay.snapshot(), address) if _middle(event) else None
        if known is None:
            return False
        self._number, self._amount, self._last = known.number, known.amount, event.position()
        self._binder.touch(f"/mod/{known.number}/amount")
        return True

    def move(self, event: QMouseEvent, share: float) -> bool:
        """``share`` is how much of a movement counts."""
        if not self.holding:
            return False
        delta = event.position() - self._last
        self._last = event.position()
        self._turn((delta.x() - delta.y()) / _FULL_TRAVEL * share)
        return True

    def release(self) -> bool:
        if not self.holding:
            return False
        number, self._number = self._number, 0
        self._binder.release(f"/mod/{number}/amount")
        return True

    def wheel(self, event: QWheelEvent, address: str, share: float) -> bool:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier or self.holding:
            return False
        self._binder.flush()
        known = route_to(self._binder.bay.snapshot(), address)
        if known is None:
            return False
        self._number, self._amount = known.number, known.amount
        turned = event.angleDelta().y() or event.angleDelta().x()
        self._turn(turned / 120 * _WHEEL * share)
        self._number = 0
        event.accept()
        return True

    def _turn(self, by: float) -> None:
        self._amount += by
        self._binder.write(f"/mod/{self._number}/amount", self._amount)


def _middle(event: QMouseEvent) -> bool:
    return event.button() == Qt.MouseButton.MiddleButton
