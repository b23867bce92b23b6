"""From decoded MIDI messages and a map to writes. Pure: no ports, no clock; one :class:`Applier` per port, one thread.

Ends of travel that fall (``lo`` above ``hi``) run the taper of the rising ones backwards, so that turning a mapping
round never changes the feel of the knob. Nothing is clamped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.layout import Layout, Target
from latentjockey.control.spec import ControlSpec, Kind, to_position, to_value
from latentjockey.control.values import Value
from latentjockey.mapping.event import MessageKind, MidiEvent
from latentjockey.mapping.table import MidiBinding, MidiMap, Mode

Ends = tuple[float, float]
_DISCRETE = frozenset({Kind.INT, Kind.CHOICE, Kind.BOOL})


class Controls(Protocol):
    """What is read of the bay to apply a message: where controls are, what they span today and where they stand."""

    @property
    def layout(self) -> Layout: ...

    def range(self, address: str) -> Ends: ...

    def value(self, address: str) -> float | str | NDArray[np.float64]: ...


class Applier:
    """A map at work. Remembers which buttons are down and where relative messages have come to, nothing else."""

    def __init__(self, midi_map: MidiMap) -> None:
        self.map = midi_map
        self._hearing: dict[tuple[MessageKind, int | None], list[tuple[int, MidiBinding]]] = {}
        for index, binding in enumerate(midi_map.bindings):
            self._hearing.setdefault((binding.kind, binding.number), []).append((index, binding))
        self._down: set[int] = set()
        self._places: dict[int, float] = {}

    def forget_buttons(self) -> None:
        """Nothing is down any more: for a port that was away, whose releases went unheard."""
        self._down.clear()

    def batch(self, events: Iterable[MidiEvent], controls: Controls) -> list[tuple[str, Value]]:
        """The writes for ``events``, in their order, fit for one atomic ``Bay.write``. What sleeps writes nothing."""
        writes: list[tuple[str, Value]] = []
        ahead: dict[str, float] = {}
        for event in events:
            for number in (event.number, None):
                for index, binding in self._hearing.get((event.kind, number), ()):
                    if binding.channel is None or binding.channel == event.channel:
                        written = self._carry(index, binding, event, controls, ahead)
                        if written is not None:
                            writes.append((binding.address, written))
        return writes

    def _carry(
        self, index: int, binding: MidiBinding, event: MidiEvent, controls: Controls, ahead: dict[str, float]
    ) -> Value | None:
        layout = controls.layout
        target = layout.resolve(binding.address)
        if target is None:
            return None
        spec = layout.specs[target.index]
        if spec.kind is Kind.READOUT or (spec.kind is Kind.TEXT and not binding.text):
            return None
        pressed = self._pressed(index, event)
        if spec.kind is Kind.TRIGGER:
            return 1.0 if pressed else None
        if spec.textual:
            return binding.text if pressed else None
        number = self._number(index, binding, spec, event, pressed, controls, ahead)
        if number is None:
            return None
        ahead[binding.address] = number
        return _filled(target, number)

    def _number(
        self,
        index: int,
        binding: MidiBinding,
        spec: ControlSpec,
        event: MidiEvent,
        pressed: bool,
        controls: Controls,
        ahead: dict[str, float],
    ) -> float | None:
        ends = _ends(binding, controls.range(binding.address))
        mode = binding.natural_mode
        if event.relative:
            return self._stepped(index, spec, ends, event, _current(binding, controls, ahead))
        if mode is Mode.MOMENTARY:
            return ends[1] if _is_down(event) else ends[0]
        if mode is Mode.TRIGGER:
            return ends[1] if pressed else None
        if mode is Mode.TOGGLE:
            if not pressed:
                return None
            current = _current(binding, controls, ahead)
            return ends[0] if abs(current - ends[1]) <= abs(current - ends[0]) else ends[1]
        if spec.kind is Kind.BOOL:  # any number but 0 would be on: a knob's lowest step already
            return ends[1] if event.position >= 0.5 else ends[0]
        return place(spec, event.position, ends)

    def _stepped(self, index: int, spec: ControlSpec, ends: Ends, event: MidiEvent, current: float) -> float:
        """``event.value`` steps on from ``current``.

        A control of whole numbers swallows steps smaller than its own, so the place reached is remembered, and holds as
        long as the control still stands where it would put it.
        """
        position = self._places.get(index)
        if position is None or not _agrees(spec, place(spec, position, ends), current):
            position = find(spec, current, ends)
        position += event.value / event.span
        self._places[index] = position
        return place(spec, position, ends)

    def _pressed(self, index: int, event: MidiEvent) -> bool:
        """Whether this message is a press: each note-on and program change, else only the way up through the middle."""
        if event.relative:
            return event.value > 0
        if event.kind is MessageKind.PROGRAM:
            return True
        was = index in self._down
        if _is_down(event):
            self._down.add(index)
            return event.kind is MessageKind.NOTE or not was
        self._down.discard(index)
        return False


def place(spec: ControlSpec, position: float, ends: Ends) -> float:
    """The value at 0..1 of a travel between ``ends``, along the control's taper; ends may fall."""
    lo, hi = ends
    return to_value(spec, position, lo, hi) if lo <= hi else to_value(spec, 1.0 - position, hi, lo)


def find(spec: ControlSpec, value: float, ends: Ends) -> float:
    """Where on the travel ``value`` lies: the inverse of :func:`place`, 0 for a travel without length."""
    lo, hi = ends
    if abs(hi - lo) <= 1e-12 * max(abs(lo), abs(hi)):
        return 0.0
    return to_position(spec, value, lo, hi) if lo < hi else 1.0 - to_position(spec, value, hi, lo)


def _ends(binding: MidiBinding, nominal: Ends) -> Ends:
    lo, hi = nominal
    return (lo if binding.lo is None else binding.lo, hi if binding.hi is None else binding.hi)


def _is_down(event: MidiEvent) -> bool:
    if event.kind is MessageKind.NOTE:
        return event.value > 0
    return event.kind is MessageKind.PROGRAM or event.position >= 0.5


def _current(binding: MidiBinding, controls: Controls, ahead: dict[str, float]) -> float:
    if binding.address in ahead:
        return ahead[binding.address]
    value = controls.value(binding.address)
    return float(value) if isinstance(value, int | float) else 0.0 if isinstance(value, str) else float(value[0])


def _agrees(spec: ControlSpec, placed: float, current: float) -> bool:
    if spec.kind in _DISCRETE:
        return spec.guarded(float(np.rint(placed))) == current
    return abs(placed - current) <= 1e-9 * max(1.0, abs(current))


def _filled(target: Target, number: float) -> Value:
    width = target.stop - target.start
    return number if width == 1 else np.full(width, number)
