"""From decoded MIDI messages and maps to writes. Pure: no ports, no clock; one :class:`Applier` a port, one thread."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.layout import Layout, Target
from latentjockey.control.names import DECKS, FOCUSED, on_deck
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import Value
from latentjockey.mapping.event import NUMBERLESS_KINDS, Key, MessageKind, MidiEvent
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.table import MidiBinding, MidiMap, Mode
from latentjockey.mapping.takeover import Knobs, here
from latentjockey.mapping.travel import Ends, find, place

FOCUS = "/surface/focus"
_DISCRETE = frozenset({Kind.INT, Kind.CHOICE, Kind.BOOL})
_CONTINUED = frozenset({Kind.FLOAT, Kind.INT, Kind.CHOICE, Kind.VECTOR})
"""What a knob can wait for: a switch has no way between its two sides."""


class Controls(Protocol):
    """What is read of the bay to apply a message: where controls are, what they span today and where they stand."""

    @property
    def layout(self) -> Layout: ...

    def range(self, address: str) -> Ends: ...

    def value(self, address: str) -> float | str | NDArray[np.float64]: ...

    def holder(self, address: str) -> str: ...


class Applier:
    """Maps at work: the first that binds a message has it. Remembers which buttons are down, where relative messages
    have come to and, in ``knobs``, which may outlive it, where knobs stand."""

    def __init__(self, *maps: MidiMap, knobs: Knobs | None = None) -> None:
        self.knobs = knobs or Knobs()
        self._hearing: list[dict[tuple[MessageKind, int | None], list[tuple[int, MidiBinding]]]] = []
        numbers = itertools.count()
        for midi_map in maps:
            layer: dict[tuple[MessageKind, int | None], list[tuple[int, MidiBinding]]] = {}
            for binding in midi_map.bindings:
                layer.setdefault((binding.kind, binding.number), []).append((next(numbers), binding))
            self._hearing.append(layer)
        self._down: set[int] = set()
        self._places: dict[int, float] = {}

    def forget(self) -> None:
        """Nothing is down any more, and knobs may stand anywhere: for a port that was away."""
        self._down.clear()
        self.knobs.forget()

    def batch(self, events: Iterable[MidiEvent], controls: Controls) -> list[tuple[str, Value]]:
        """The writes for ``events``, in their order, fit for one atomic ``Bay.write``. What sleeps writes nothing."""
        writes: list[tuple[str, Value]] = []
        ahead: dict[str, float] = {}
        for event in events:
            hearers = self._hearers(event)
            for index, binding in hearers:
                address = resolved(binding.address, controls)
                written = self._carry(index, binding, address, event, controls, ahead)
                if written is not None:
                    writes.append((address, written))
            if hearers and not event.relative:
                self.knobs.stand(event.key, event.position)
        return writes

    def _hearers(self, event: MidiEvent) -> list[tuple[int, MidiBinding]]:
        for layer in self._hearing:
            found = [
                (index, binding)
                for number in (event.number, None)
                for index, binding in layer.get((event.kind, number), ())
                if binding.channel is None or binding.channel == event.channel
            ]
            if found:
                return found
        return []

    def _carry(
        self,
        index: int,
        binding: MidiBinding,
        address: str,
        event: MidiEvent,
        controls: Controls,
        ahead: dict[str, float],
    ) -> Value | None:
        layout = controls.layout
        target = layout.resolve(address)
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
        number = self._number(index, binding, address, spec, event, pressed, controls, ahead)
        if number is None:
            return None
        ahead[address] = number
        return _filled(target, number)

    def _number(
        self,
        index: int,
        binding: MidiBinding,
        address: str,
        spec: ControlSpec,
        event: MidiEvent,
        pressed: bool,
        controls: Controls,
        ahead: dict[str, float],
    ) -> float | None:
        ends = ends_of(binding, controls.range(address))
        mode = binding.natural_mode
        if event.relative:
            return self._stepped(index, spec, ends, event, _current(address, controls, ahead))
        if mode is Mode.MOMENTARY:
            return ends[1] if _is_down(event) else ends[0]
        if mode is Mode.TRIGGER:
            return ends[1] if pressed else None
        if mode is Mode.TOGGLE:
            if not pressed:
                return None
            current = _current(address, controls, ahead)
            return ends[0] if abs(current - ends[1]) <= abs(current - ends[0]) else ends[1]
        if spec.kind is Kind.BOOL:  # any number but 0 would be on: a knob's lowest step already
            return ends[1] if event.position >= 0.5 else ends[0]
        if binding.picks_up:
            at = here(spec, _current(address, controls, ahead), ends)
            held = controls.holder(address) == HAND.name
            if not self.knobs.plays(event.key, binding.address, address, at, event.position, event.time, held=held):
                return None
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


def resolved(address: str, controls: Controls) -> str:
    """The address with the focused deck in place of ``@``."""
    if FOCUSED not in address:
        return address
    focus = controls.value(FOCUS) if controls.layout.resolve(FOCUS) is not None else 0.0
    return on_deck(address, DECKS[1 if focus == 1.0 else 0])


def ends_of(binding: MidiBinding, nominal: Ends) -> Ends:
    """What the ends of a binding's travel give, where ``nominal`` is the range of the day."""
    lo, hi = nominal
    return (lo if binding.lo is None else binding.lo, hi if binding.hi is None else binding.hi)


def waiting(layers: Layers, knobs: Knobs, controls: Controls, now: float) -> list[tuple[MidiBinding, str, float]]:
    """The bindings that wait for their knob to meet the control.

    With each the address that it means now, and the value at which its knob stands.
    """
    by_number: dict[tuple[MessageKind, int | None], list[Key]] = {}
    for key in knobs.heard():
        by_number.setdefault((key[0], None if key[0] in NUMBERLESS_KINDS else key[2]), []).append(key)
    found: list[tuple[MidiBinding, str, float]] = []
    for binding in layers.bindings:
        keys = [k for k in by_number.get((binding.kind, binding.number), ()) if layers.hears(binding, k)]
        if not keys or not binding.picks_up:
            continue
        address = resolved(binding.address, controls)
        target = controls.layout.resolve(address)
        if target is None or controls.layout.specs[target.index].kind not in _CONTINUED:
            continue
        spec, ends = controls.layout.specs[target.index], ends_of(binding, controls.range(address))
        at = here(spec, _current(address, controls, {}), ends)
        places = [knobs.waits(key, binding.address, address, at, now) for key in keys]
        waits = [position for position in places if position is not None]
        if len(waits) == len(places):
            found.append((binding, address, place(spec, waits[-1], ends)))
    return found


def _is_down(event: MidiEvent) -> bool:
    if event.kind is MessageKind.NOTE:
        return event.value > 0
    return event.kind is MessageKind.PROGRAM or event.position >= 0.5


def _current(address: str, controls: Controls, ahead: dict[str, float]) -> float:
    if address in ahead:
        return ahead[address]
    value = controls.value(address)
    return float(value) if isinstance(value, int | float) else 0.0 if isinstance(value, str) else float(value[0])


def _agrees(spec: ControlSpec, placed: float, current: float) -> bool:
    if spec.kind in _DISCRETE:
        return spec.guarded(float(np.rint(placed))) == current
    return abs(placed - current) <= 1e-9 * max(1.0, abs(current))


def _filled(target: Target, number: float) -> Value:
    width = target.stop - target.start
    return number if width == 1 else np.full(width, number)
