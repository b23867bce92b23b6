"""One number of the bay as a widget plays it: bound to an address, read, moved, marked. GUI thread; paints nothing.

A mix-in without a constructor: a widget, or one axis of a widget, calls :meth:`Playing.play` once.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtGui import QColor

from latentjockey.control.spec import ControlSpec, Kind, to_position, to_value
from latentjockey.control.values import Value
from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.marks import LoopMark, Marks, Swing, swung
from latentjockey.ui.ranges import doubled

_WHOLE = (Kind.INT, Kind.CHOICE, Kind.BOOL)


class Playing:
    """``value`` is the base value, ``lo..hi`` the nominal range today; ``spec`` is ``None`` while it sleeps."""

    binder: Binder
    address = ""
    spec: ControlSpec | None = None
    value = 0.0
    lo, hi = 0.0, 1.0
    waiting: float | None = None
    effective: float | None = None
    swing: Swing | None = None
    loop: LoopMark | None = None
    armed = False
    _label = ""

    def play(self, binder: Binder, address: str, label: str = "") -> None:
        """Begin: bind ``address``, which may be one component of a VECTOR."""
        self.binder, self.address, self._label = binder, address, label
        binder.bind(address, self)

    def retarget(self, address: str) -> None:
        """Play another address from now on, letting go of the present one."""
        if address == self.address:
            return
        self.let_go()
        self.binder.unbind(self)
        self.spec = None
        self.value = 0.0
        self.waiting = self.effective = self.swing = self.loop = None
        self.armed = False
        self.address = address
        self.binder.bind(address, self)
        self.changed()

    # -- hooks ------------------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """Something to be seen changed."""

    def let_go(self) -> None:
        """The hand leaves, whatever it was doing."""

    # -- from the binder --------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        woken = self.spec is None
        self.spec = spec
        if woken or (lo, hi) != (self.lo, self.hi):
            self.lo, self.hi = lo, hi
            self.changed()

    def show_value(self, value: Shown) -> None:
        if isinstance(value, np.ndarray):
            if value.size != 1:
                return
            value = float(value[0])
        if isinstance(value, float) and value != self.value:
            self.value = value
            self.changed()

    def show_asleep(self) -> None:
        self.let_go()
        self.spec = None
        self.changed()

    def learns(self) -> str:
        """The address that a hardware knob learns here: another one where the widget follows the focus."""
        return self.address

    @property
    def element(self) -> str:
        """What the component is called that is played here, such as a class; empty where it has no name."""
        return self.binder.bay.layout.element(self.address)

    # -- marks ------------------------------------------------------------------------------------------------------

    def take_marks(self, marks: Marks) -> None:
        """Ask for everything that is shown beside the value."""
        self.show_waiting(marks.waiting(self.address))
        self.show_effective(marks.effective(self.address))
        self.show_loop(marks.loop(self.address))
        self.show_armed(marks.armed() == self.learns())

    def show_waiting(self, value: float | None) -> None:
        """Where the hardware knob waits for soft takeover."""
        if value != self.waiting:
            self.waiting = value
            self.changed()

    def show_effective(self, value: float | None) -> None:
        """The value after modulation; ``None`` where nothing modulates."""
        before = self.effective, self.swing
        self.effective = value
        self.swing = None if value is None else swung(self.swing, value)
        if before != (self.effective, self.swing):
            self.changed()

    def show_loop(self, loop: LoopMark | None) -> None:
        """The movement that loops here: (phase 0..1, beats, whether it is being recorded)."""
        if loop != self.loop:
            self.loop = loop
            self.changed()

    def show_armed(self, armed: bool) -> None:
        """Whether the next hardware knob that moves is to play this control."""
        if armed != self.armed:
            self.armed = armed
            self.changed()

    # -- reading ----------------------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """What the control is called on the surface."""
        return self._label or (self.spec.name if self.spec is not None else self.address.rsplit("/", 1)[1])

    @property
    def text(self) -> str:
        """The value as it is shown."""
        return wording.value_text(self.spec, self.value) if self.spec is not None else "asleep"

    @property
    def position(self) -> float:
        """Where the value lies in the nominal range: 0..1 within, outside beyond."""
        return self.position_of(self.value)

    def position_of(self, value: float) -> float:
        """Where any value would lie."""
        return to_position(self.spec, value, self.lo, self.hi) if self.spec is not None else 0.0

    @property
    def beyond(self) -> bool:
        """Whether the value lies outside the nominal range."""
        return self.spec is not None and not self.lo <= self.value <= self.hi

    @property
    def ink(self) -> QColor:
        """The colour of the number."""
        if self.spec is None:
            return theme.QUIET
        return theme.BEYOND if self.beyond else theme.TEXT

    @property
    def default(self) -> float:
        """The value that Alt-click goes to; 0 for what has no number as default."""
        default = self.spec.default if self.spec is not None else 0.0
        if isinstance(default, tuple):
            tail = self.address.rsplit("/", 1)[1]
            return default[int(tail)] if tail.isdigit() and int(tail) < len(default) else 0.0
        return float(default) if not isinstance(default, str) else 0.0

    @property
    def origin(self) -> float:
        """Where the bar or arc begins, 0..1: at zero where the range has both signs, else at the default."""
        begin = 0.0 if self.lo < 0 < self.hi else self.default
        return min(1.0, max(0.0, self.position_of(begin)))

    # -- moving -----------------------------------------------------------------------------------------------------

    def set_value(self, value: float) -> None:
        """Write a value as the hand does; shown at once."""
        if self.spec is None or not math.isfinite(value):
            return
        if self.spec.kind in _WHOLE:
            value = float(round(value))
        value = self.spec.guarded(value)
        if value != self.value:
            self.value = value
            self.binder.write(self.address, value)
            self.changed()

    def set_position(self, position: float) -> None:
        """Go to a place of the travel; outside 0..1 it goes on."""
        if self.spec is not None:
            self.set_value(to_value(self.spec, position, self.lo, self.hi))

    def step(self, share: float) -> None:
        """Move by a share of the nominal range, along the taper; a whole number moves by one at least."""
        if self.spec is None or share == 0:
            return
        aim = to_value(self.spec, self.position + share, self.lo, self.hi)
        if self.spec.kind in _WHOLE and abs(aim - self.value) < 1:
            aim = self.value + math.copysign(1.0, share * (self.hi - self.lo))
        self.set_value(aim)

    def reset(self) -> None:
        """Back to the default."""
        if self.spec is not None:
            self.binder.reset(self.address)

    def widen(self) -> None:
        """Double the nominal range about its centre."""
        if self.spec is not None:
            self.binder.set_range(self.address, *doubled(self.spec, self.lo, self.hi))

    def typed(self, address: str, text: str) -> str:
        """Take what was typed for ``address``, which may not be the one played now; why it was refused, or nothing."""
        if self.binder.bay.layout.resolve(address) is None:
            return f"{address} is asleep"
        spec = self.binder.bay.layout.spec(address)
        typed = wording.from_typing(spec, text)
        value: Value = typed
        if spec.kind is Kind.VECTOR:  # words mean nothing to it, so it takes none
            try:
                value = float(typed)
            except ValueError:
                return f"{address} takes a number"
        report = self.binder.write_now(address, value)
        self.binder.poll()
        return report.refused[0][1] if report.refused else ""

    # -- loops ------------------------------------------------------------------------------------------------------

    def begin_loop(self) -> None:
        """Record what is moved from now on; over a loop it is overdubbed."""
        self.binder.command("/loop/hold", self.address)

    def end_loop(self) -> None:
        """End the recording: the movement loops."""
        self.binder.command("/loop/release", self.address)
