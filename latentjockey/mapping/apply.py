"""From decoded MIDI messages and maps to writes. Pure: no ports, no clock; one :class:`Applier` a port, one thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.layout import Layout, Target
from latentjockey.control.names import DECKS, FOCUSED, on_deck
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import Value
from latentjockey.mapping.encoder import FINE, Turning, speed_up, steps
from latentjockey.mapping.event import Key, MessageKind, MidiEvent
from latentjockey.mapping.page import SHIFT, Page, Pages, turns_page
from latentjockey.mapping.table import MidiBinding, MidiMap, Mode
from latentjockey.mapping.takeover import Knobs, Last, here
from latentjockey.mapping.travel import Ends, find, place

FOCUS = "/surface/focus"
_DISCRETE = frozenset({Kind.INT, Kind.CHOICE, Kind.BOOL})
_ANY_PRESSURE = frozenset({MessageKind.NOTE, MessageKind.AFTERTOUCH, MessageKind.POLYTOUCH})
_NOTHING_AHEAD: Mapping[str, float] = MappingProxyType({})

_Means = tuple[MidiBinding, str]
"""A binding, and the address that it means now."""


class Controls(Protocol):
    """What is read of the bay to apply a message: where controls are, what they span today and where they stand."""

    @property
    def layout(self) -> Layout: ...

    def range(self, address: str) -> Ends: ...

    def value(self, address: str) -> float | str | NDArray[np.float64]: ...

    def holder(self, address: str) -> str: ...

    def last_change(self, address: str) -> Last: ...


class Applier:
    """Maps at work: the first that binds a message on the page of now has it.

    Remembers which buttons are down and what they pressed, and where encoders have come to; ``knobs`` and ``pages`` are
    kept outside, as they outlive it and others look at them.
    """

    def __init__(self, *maps: MidiMap, knobs: Knobs | None = None, pages: Pages | None = None) -> None:
        self.knobs = knobs or Knobs()
        self.pages = pages or Pages()
        self._hearing: list[dict[tuple[MessageKind, int | None], list[MidiBinding]]] = []
        self._page = self.pages.now
        self._down: set[Key] = set()
        self._held: dict[Key, tuple[_Means, ...]] = {}
        self._places: dict[MidiBinding, float] = {}
        self._turning: dict[Key, Turning] = {}
        self.use(*maps)

    def use(self, *maps: MidiMap) -> None:
        """Play by these from now on. What is held down still releases what it pressed."""
        self._hearing = []
        for midi_map in maps:
            layer: dict[tuple[MessageKind, int | None], list[MidiBinding]] = {}
            for binding in midi_map.bindings:
                layer.setdefault((binding.kind, binding.number), []).append(binding)
            self._hearing.append(layer)
        self._places.clear()
        self.pages.use(next((m.banks for m in maps if m.banks), ()))

    def forget(self) -> None:
        """Nothing is down any more, and knobs may stand anywhere: for a port that was away. The bank stays."""
        self._down.clear()
        self._held.clear()
        self._turning.clear()
        self.knobs.forget()
        self.pages.hold_shift(held=False)

    def batch(self, events: Iterable[MidiEvent], controls: Controls) -> list[tuple[str, Value]]:
        """The writes for ``events``, in their order, fit for one atomic ``Bay.write``. What sleeps writes nothing."""
        writes: list[tuple[str, Value]] = []
        ahead: dict[str, float] = {}
        for event in events:
            page = self._page_of_now()
            bound = self._bound(event)
            pressed = self._pressed(event)
            for binding, address in self._hearers(event, page, bound, controls):
                turned = _as_steps(binding, event)
                press = turned.value > 0 if turned.relative else pressed
                if turns_page(address):
                    self._turn(binding, turned, press)
                    continue
                written = self._carry(binding, address, turned, press, controls, ahead)
                if written is not None:
                    writes.append((address, written))
            if not event.relative and any(binding.encoding is None for layer in bound for binding in layer):
                self.knobs.stand(event.key, event.position)
        self._page_of_now()
        return writes

    # -- which bindings ---------------------------------------------------------------------------------------------

    def _page_of_now(self) -> Page:
        page = self.pages.now
        if page != self._page:
            self._page = page
            self.knobs.let_go()
        return page

    def _bound(self, event: MidiEvent) -> list[list[MidiBinding]]:
        """What is bound to the message, on whatever page, map by map."""
        return [
            [
                binding
                for number in (event.number, None)
                for binding in layer.get((event.kind, number), ())
                if binding.channel is None or binding.channel == event.channel
            ]
            for layer in self._hearing
        ]

    def _hearers(
        self, event: MidiEvent, page: Page, bound: list[list[MidiBinding]], controls: Controls
    ) -> list[_Means]:
        """Those that play now. What began with a press ends where it began, whatever page or deck has come since."""
        held = self._held.get(event.key)
        again = event.kind is MessageKind.NOTE and event.value > 0
        found: list[_Means] = []
        for layer in bound:
            on_page = [b for b in layer if b.plays_on(page)]
            found = [(b, resolved(b.address, controls)) for b in on_page]
            if found:
                break
        gestures = tuple(means for means in found if means[0].is_gesture)
        if held is not None and not again:
            found = [*held, *(means for means in found if not means[0].is_gesture)]
            gestures = held
        if _is_held(event):
            self._held[event.key] = gestures
        else:
            self._held.pop(event.key, None)
        return found

    def _pressed(self, event: MidiEvent) -> bool:
        """Whether this message is a press: each note-on and program change, else only the way up through the middle."""
        if event.relative:
            return False
        if event.kind is MessageKind.PROGRAM:
            return True
        was = event.key in self._down
        if _is_down(event):
            self._down.add(event.key)
            return event.kind is MessageKind.NOTE or not was
        self._down.discard(event.key)
        return False

    def _turn(self, binding: MidiBinding, event: MidiEvent, pressed: bool) -> None:
        if binding.address != SHIFT:
            if pressed:
                self.pages.turn_to(binding.address)
        elif binding.mode is Mode.TOGGLE:
            if pressed:
                self.pages.hold_shift(held=not self.pages.now.shift)
        else:
            self.pages.hold_shift(held=_is_down(event))
        self._page_of_now()

    # -- what they write --------------------------------------------------------------------------------------------

    def _carry(
        self,
        binding: MidiBinding,
        address: str,
        event: MidiEvent,
        pressed: bool,
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
        if spec.kind is Kind.TRIGGER:
            return 1.0 if pressed else None
        if spec.textual:
            return binding.text if pressed else None
        number = self._number(binding, address, spec, event, pressed, controls, ahead)
        if number is None:
            return None
        ahead[address] = number
        return _filled(target, number)

    def _number(
        self,
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
        if mode is Mode.TRIGGER:
            return ends[1] if pressed else None
        if mode is Mode.TOGGLE:
            if not pressed:
                return None
            now = current(address, controls, ahead)
            return ends[0] if abs(now - ends[1]) <= abs(now - ends[0]) else ends[1]
        if event.relative:
            return self._stepped(binding, spec, ends, event, current(address, controls, ahead))
        if mode is Mode.MOMENTARY:
            return ends[1] if _is_down(event) else ends[0]
        if spec.kind is Kind.BOOL:  # any number but 0 would be on: a knob's lowest step already
            return ends[1] if event.position >= 0.5 else ends[0]
        position: float | None = event.position
        if binding.picks_up or binding.scales:
            position = self._taken(binding, address, spec, ends, event, controls, ahead)
        return None if position is None else place(spec, position, ends)

    def _taken(
        self,
        binding: MidiBinding,
        address: str,
        spec: ControlSpec,
        ends: Ends,
        event: MidiEvent,
        controls: Controls,
        ahead: dict[str, float],
    ) -> float | None:
        """The position at which a knob puts the control that it has taken over; ``None`` while it has not."""
        at = here(spec, current(address, controls, ahead), ends)
        held = controls.holder(address) == HAND.name
        asked = (event.key, binding.address, address, at, event.position, event.time, controls.last_change(address))
        if binding.scales and ends[0] != ends[1]:  # a travel without length has no way to go
            return self.knobs.follows(*asked, held=held)
        return event.position if self.knobs.plays(*asked, held=held) else None

    def _stepped(
        self, binding: MidiBinding, spec: ControlSpec, ends: Ends, event: MidiEvent, now: float
    ) -> float | None:
        """``event.value`` steps on from where the control stands ``now``.

        A control of whole numbers swallows steps smaller than its own, so the place reached is remembered, and holds as
        long as the control still stands where it would put it.
        """
        if not event.value:
            return None
        worth = 1.0
        if binding.accelerate:
            turning = self._turning.setdefault(event.key, Turning())
            worth = speed_up(turning.speed(event.value, event.time), binding.accelerate)
        if binding.shift is None and self._page.shift:
            worth *= FINE
        position = self._places.get(binding)
        if position is None or not _agrees(spec, place(spec, position, ends), now):
            position = find(spec, now, ends)
        position += event.value * worth / event.span
        self._places[binding] = position
        return place(spec, position, ends)


def resolved(address: str, controls: Controls) -> str:
    """The address with the focused deck in place of ``@``."""
    return on_deck(address, focused(controls)) if FOCUSED in address else address


def focused(controls: Controls) -> str:
    """The letter of the focused deck."""
    focus = controls.value(FOCUS) if controls.layout.resolve(FOCUS) is not None else 0.0
    return DECKS[1 if focus == 1.0 else 0]


def ends_of(binding: MidiBinding, nominal: Ends) -> Ends:
    """What the ends of a binding's travel give, where ``nominal`` is the range of the day."""
    lo, hi = nominal
    return (lo if binding.lo is None else binding.lo, hi if binding.hi is None else binding.hi)


def _as_steps(binding: MidiBinding, event: MidiEvent) -> MidiEvent:
    """The event as an encoder's, where the binding says that it is one."""
    if binding.encoding is None:
        return event
    return replace(event, value=steps(binding.encoding, event.value), relative=True)


def _is_down(event: MidiEvent) -> bool:
    if event.relative:
        return event.value > 0
    if event.kind is MessageKind.NOTE:
        return event.value > 0
    return event.kind is MessageKind.PROGRAM or event.position >= 0.5


def _is_held(event: MidiEvent) -> bool:
    """Whether a gesture goes on after this message."""
    if event.relative or event.kind is MessageKind.PROGRAM:
        return False
    return event.value > 0 if event.kind in _ANY_PRESSURE else event.position >= 0.5


def current(address: str, controls: Controls, ahead: Mapping[str, float] = _NOTHING_AHEAD) -> float:
    """The number where a control stands, the first of several; what is ``ahead`` is about to be written."""
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
