"""The one place where widgets and the control bay meet. GUI thread only.

Polls the bay at 60 Hz, tells bound widgets what changed, and writes for them as the source HAND. Writes of one pass of
the event loop go as one batch, the last value of an address winning, so that a mouse of 1 kHz costs as little as a slow
one. When the layout changes, every binding finds its control again by address; one that is gone sleeps. There are many
hundreds: they are told a portion at each poll of the timer, so that the event loop never stands still for all of them.
Within an epoch only guests come and go, so only their bindings are told.
"""

from __future__ import annotations

import weakref
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from latentjockey.base.clock import now_ns
from latentjockey.control.bay import Bay, Report
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import Value
from latentjockey.ui.marks import Marks

Shown = float | str | NDArray[np.float64]
POLL_MS = 16
_PORTION_NS = 6_000_000
"""How long the timer may tell bindings of a new layout in one go; the rest waits for its next turns."""


class ControlView(Protocol):
    """What a widget offers to be bound."""

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        """The control behind the address exists, with this nominal range. Comes before any value."""
        ...

    def show_value(self, value: Shown) -> None: ...

    def show_asleep(self) -> None:
        """No such control in the present layout."""
        ...


@dataclass(slots=True, weakref_slot=True, eq=False)
class _Watch:
    """A function as a view: for readouts and labels."""

    call: Callable[[Shown], None]
    awake: bool = field(default=False)

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        self.awake = True

    def show_value(self, value: Shown) -> None:
        self.call(value)

    def show_asleep(self) -> None:
        self.awake = False


_Bound = tuple[str, weakref.ref[ControlView]]


class Binder(QObject):
    """Bind widgets with :meth:`bind`, then :meth:`start` the polling.

    ``learn`` and ``forget`` arm an address for the next hardware knob and take its mapping away, ``mapped`` names the
    knob that plays an address or gives an empty string; each is ``None`` where there is no hardware to ask. ``marks``
    says where widgets hear of loops, modulation and waiting knobs. ``killed`` is what a killed control goes back to.
    """

    epoch_changed = Signal()
    guests_changed = Signal()
    refused = Signal(str)

    def __init__(self, bay: Bay, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bay = bay
        self._layout = bay.layout
        self._revision = bay.revision
        self._views: dict[str, list[_Bound]] = defaultdict(list)
        self._heads: weakref.WeakKeyDictionary[ControlView, set[str]] = weakref.WeakKeyDictionary()
        self._untold: deque[_Bound] = deque()
        self._watches: list[_Watch] = []
        self._pending: dict[str, Value] = {}
        self.learn: Callable[[str], None] | None = None
        self.forget: Callable[[str], None] | None = None
        self.mapped: Callable[[str], str] | None = None
        self.marks = Marks()
        self.killed: dict[str, float] = {}
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)
        self._flush = QTimer(self)
        self._flush.setSingleShot(True)
        self._flush.setInterval(0)
        self._flush.timeout.connect(self.flush)

    def start(self) -> None:
        self._timer.start(POLL_MS)

    def stop(self) -> None:
        self._timer.stop()
        self.flush()

    # -- binding ----------------------------------------------------------------------------------------------------

    def bind(self, address: str, view: ControlView) -> None:
        """Keep ``view`` up to date with what ``address`` holds; a component or slice of a VECTOR is an address too.

        The binder does not keep the view alive.
        """
        self._enter(address, view)
        self._introduce(address, view)

    def watch(self, address: str, call: Callable[[Shown], None]) -> None:
        """Call with the value now and after every change; for as long as the binder lives."""
        watch = _Watch(call)
        self._watches.append(watch)
        self.bind(address, watch)

    def unbind(self, view: ControlView) -> None:
        for head in self._heads.pop(view, ()):
            self._views[head] = [entry for entry in self._views[head] if entry[1]() is not view]
        if self._untold:
            self._untold = deque(entry for entry in self._untold if entry[1]() is not view)

    def _enter(self, address: str, view: ControlView) -> None:
        head = self._head(address)
        self._views[head].append((address, weakref.ref(view)))
        self._heads.setdefault(view, set()).add(head)

    def _head(self, address: str) -> str:
        """The control's own address, so that aliases and components hear its changes."""
        target = self.bay.layout.resolve(address)
        if target is not None:
            return self.bay.layout.specs[target.index].address
        return address

    def _introduce(self, address: str, view: ControlView) -> None:
        if self.bay.layout.resolve(address) is None:
            view.show_asleep()
            return
        view.show_spec(self.bay.layout.spec(address), *self.bay.range(address))
        view.show_value(self.bay.value(address))

    # -- from the bay -----------------------------------------------------------------------------------------------

    def poll(self) -> None:
        """Carry out waiting writes and show what changed, all of it."""
        self._look()
        while self._untold:
            self._look()

    def _look(self) -> None:
        """One turn: a portion of what a new layout has to tell, or else whatever changed."""
        self.flush()
        if self.bay.layout.epoch != self._layout.epoch:
            self._rebind()
        if self._untold:
            self._tell()
            return
        if self.bay.layout is not self._layout:
            self._greet()
        # Echoes are wanted: a guard, a rounding or a companion (a seed fills its z) may have changed what was written.
        self._revision, changes = self.bay.changes_since(self._revision)
        for change in changes:
            for address, view in self._living(change.spec.address):
                if self.bay.layout.resolve(address) is None:  # a guest that left in the meantime
                    continue
                view.show_spec(change.spec, *self.bay.range(address))
                whole = address == change.spec.address
                view.show_value(change.value if whole else self.bay.value(address))

    def _living(self, head: str) -> list[tuple[str, ControlView]]:
        living: list[tuple[str, ControlView]] = []
        entries = self._views.get(head)
        if not entries:
            return living
        for address, reference in entries:
            view = _alive(reference)
            if view is not None:
                living.append((address, view))
        if len(living) < len(entries):
            entries[:] = [(address, weakref.ref(view)) for address, view in living]
        return living

    def _greet(self) -> None:
        """Tell the bindings of guests that came, left or changed; everything else stays bound as it is."""
        old, self._layout = self._layout, self.bay.layout
        differing = {spec.address for spec in set(old.guests) ^ set(self._layout.guests)}
        moved: list[tuple[str, ControlView]] = []
        for head in list(self._views):
            moved += [(a, view) for a, view in self._living(head) if _within(a, differing)]
            self._views[head] = [entry for entry in self._views[head] if not _within(entry[0], differing)]
        for address, view in moved:
            self._enter(address, view)
            self._introduce(address, view)
        self.guests_changed.emit()

    def _rebind(self) -> None:
        """Every binding finds its control in the new layout; none is told of it yet."""
        self._layout = self.bay.layout
        self._revision = self.bay.revision
        known = [(address, view) for head in list(self._views) for address, view in self._living(head)]
        self._views.clear()
        self._heads.clear()
        for address, view in known:
            self._enter(address, view)
        self._untold = deque((address, weakref.ref(view)) for address, view in known)
        if not known:
            self.epoch_changed.emit()

    def _tell(self) -> None:
        """Tell a portion of the bindings what stands in the new layout; after the last of them, say so to all."""
        end = now_ns() + _PORTION_NS
        while self._untold:
            address, reference = self._untold.popleft()
            view = _alive(reference)
            if view is not None:
                self._introduce(address, view)
            if now_ns() >= end:
                break
        if not self._untold:
            self.epoch_changed.emit()

    # -- to the bay -------------------------------------------------------------------------------------------------

    def write(self, address: str, value: Value) -> None:
        """Write soon: with everything else of this pass of the event loop."""
        self._pending.pop(address, None)  # so that slices of one vector arrive in the order they were painted
        self._pending[address] = value
        if not self._flush.isActive():
            self._flush.start()

    def write_now(self, address: str, value: Value) -> Report:
        """Write at once, after what waits, and say what became of it: for typed values, triggers and commands."""
        self.flush()
        return self._carry_out([(address, value)])

    def press(self, address: str) -> None:
        """Press a TRIGGER; none is lost or merged."""
        self.write_now(address, 1)

    def command(self, address: str, text: str) -> None:
        """Send a COMMAND with its text."""
        self.write_now(address, text)

    def flush(self) -> None:
        """Carry out the waiting writes now."""
        self._flush.stop()
        if self._pending:
            batch, self._pending = list(self._pending.items()), {}
            self._carry_out(batch)

    def _carry_out(self, batch: list[tuple[str, Value]]) -> Report:
        report = self.bay.write(batch, HAND)
        for _, why in report.refused:
            self.refused.emit(why)
        return report

    def touch(self, address: str) -> None:
        """The hand takes hold: lower sources wait until :meth:`release`."""
        self.bay.touch(address, HAND)

    def release(self, address: str) -> None:
        self.flush()
        self.bay.release(address, HAND)

    def reset(self, address: str) -> None:
        """Back to the default."""
        spec = self.bay.layout.spec(address)
        if spec.kind is Kind.VECTOR:
            whole = np.broadcast_to(np.asarray(spec.default, np.float64), spec.size)
            target = self.bay.layout.resolve(address)
            assert target is not None
            first = target.start - self.bay.layout.offsets[target.index]
            self.write(address, whole[first : first + target.stop - target.start].copy())
        elif isinstance(spec.default, bool | int | float | str):
            self.write(address, spec.default)

    def set_range(self, address: str, lo: float, hi: float) -> None:
        """What the control spans from now on; for a VECTOR, all its components."""
        self.bay.set_range(address, lo, hi)
        self.poll()

    def holder(self, address: str) -> str:
        """Who holds the control now, or an empty string."""
        return self.bay.holder(address)


def _alive(reference: weakref.ref[ControlView]) -> ControlView | None:
    """The view, unless it is gone, or its widget is."""
    view = reference()
    return None if isinstance(view, QObject) and not isValid(view) else view


def _within(address: str, controls: set[str]) -> bool:
    """Whether an address is one of these controls, or a component or slice of one."""
    return address in controls or address.rpartition("/")[0] in controls
