"""The desk where MIDI is mapped: what each device plays by, learning, the eight knobs, undo, and what waits.

The thread ``midi`` brings devices and what they send; any other thread arms, forgets, changes and reads. Devices play
by immutable layers, which are exchanged here whole, so that neither side waits for the other.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.mapping import rows as row_table
from latentjockey.mapping.apart import apart
from latentjockey.mapping.encoder import Encoding, guess
from latentjockey.mapping.event import Key, MessageKind, MidiEvent
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.learn import Mover, binding_for, in_place_of
from latentjockey.mapping.own_maps import OwnMaps
from latentjockey.mapping.page import BANK, turns_page
from latentjockey.mapping.rows import Row, hand_word
from latentjockey.mapping.table import MidiBinding, MidiMap
from latentjockey.mapping.takeover import Knobs
from latentjockey.surfaces.desk_device import DeskDevice, source_name

_CATEGORY = "midi"
_UNDOS = 100
_FRESH = 0.03


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing to undo: what a device had before, in words what was done, and the knob that was taken."""

    device: DeskDevice
    before: Layers
    words: str
    taken: Key | None = None


class MidiDesk:
    """``own`` keeps what is learnt; without it, nothing is kept.

    With ``take_eight``, the first eight knobs that move on an unknown controller take the eight knobs.
    """

    def __init__(
        self, bay: Bay, messages: Messages, clock: Clock, own: OwnMaps | None = None, *, take_eight: bool = False
    ) -> None:
        self._bay = bay
        self._messages = messages
        self._clock = clock
        self._own = own
        self._take_eight = take_eight
        self._lock = threading.RLock()
        self._devices: dict[str, DeskDevice] = {}
        self._armed = ""
        self._steps: list[_Step] = []
        self._last = ""
        self._heard: tuple[str, Key, float] | None = None
        self._instead: Row | None = None
        self._maps: tuple[MidiMap, ...] = ()
        self._waiting: tuple[float, dict[str, float]] = (float("-inf"), {})

    # -- for the thread of the ports --------------------------------------------------------------------------------

    def offer(self, maps: Sequence[MidiMap]) -> None:
        """The maps that there are, for devices for which the player chose one by its name."""
        with self._lock:
            self._maps = tuple(maps)

    def meet(self, name: str, back: MidiMap) -> DeskDevice:
        """The device of that name, which plays by what it has learnt and, behind it, ``back`` or what was chosen."""
        with self._lock:
            device = self._devices.get(name)
            if device is None:
                front = self._own.of(name) if self._own is not None else MidiMap(f"{name}, learnt", name)
                device = DeskDevice(name, Layers(front, self._behind(front, back)), Knobs(source_name(name)))
                self._devices = {**self._devices, name: device}
            device.suits = back
            behind = self._behind(device.layers.front, back)
            if device.layers.back != behind:
                device.layers = Layers(device.layers.front, behind)
            return device

    def _behind(self, front: MidiMap, suits: MidiMap) -> MidiMap:
        """The map that was chosen, by its name, to play behind ``front``; ``suits`` where none was or it is gone."""
        return next((m for m in self._maps if m.name == front.behind), suits) if front.behind else suits

    def listens(self, device: DeskDevice) -> bool:
        """Whether :meth:`hear` has any use for what the device sends."""
        if self._armed or device.unsure:
            return True
        return self._take_eight and device.layers.next_of_eight() is not None

    def hear(self, device: DeskDevice, events: Sequence[MidiEvent]) -> MidiEvent | None:
        """Learn from what came: the event by which something was learnt, or ``None``."""
        with self._lock:
            for event in events:
                if event.key in device.unsure:
                    self._settle(device, event)
                turns = device.layers.turns_pages(event.key)
                if turns and not turns_page(self._armed):
                    continue
                if self._armed:
                    device.mover = device.mover or Mover()
                    won = device.mover.hear(event)
                    if won is not None:
                        self._learn(device, won, self._armed, device.mover)
                        self.disarm()
                        return won
                elif self._take_eight and event.key not in device.left_alone and device.layers.may_take(event):
                    device.taker = device.taker or Mover(knobs_only=True)
                    won = device.taker.hear(event)
                    free = device.layers.next_of_eight() if won is not None else None
                    if won is not None and free is not None and won.key not in device.left_alone:
                        self._learn(device, won, free[1], device.taker, taken=True)
                        return won
        return None

    def mutes(self, device: DeskDevice, event: MidiEvent) -> bool:
        """Whether a knob that may yet take one of the eight keeps still instead of playing the map behind."""
        if not self._take_eight or device.layers.next_of_eight() is None:
            return False
        return event.key not in device.left_alone and device.layers.may_take(event)

    def note(self, device: DeskDevice, event: MidiEvent) -> None:
        """The newest message of all."""
        self._last = f"{device.name} · {event.words()}"
        self._heard = (device.name, event.key, self._clock.now())

    def _learn(self, device: DeskDevice, event: MidiEvent, address: str, mover: Mover, *, taken: bool = False) -> None:
        steps = event.relative and event.kind is MessageKind.CC
        encoding, sure = mover.encoding(event.key) if steps else (None, True)
        binding = binding_for(event, address, self._bay.layout, encoding)
        binding = device.layers.for_page(binding, device.pages.now)
        called = hand_word(address) or address
        layers = device.layers
        again = self._instead
        if again is not None and again.device == device.name and again.binding in layers.bindings:
            binding = in_place_of(binding, again.binding)
            layers = layers.exchanged(again.binding, None)
        self._change(device, layers.learnt(binding), f"{binding.words()} plays {called}", event.key, taken=taken)
        if not event.relative and binding.encoding is None:
            device.knobs.stand(event.key, event.position)
        device.unsure.pop(event.key, None)
        if not sure and binding.encoding is encoding:
            device.unsure[event.key] = [event.value % 128 if encoding is Encoding.TWOS_COMPLEMENT else event.value + 64]
        how = f" in steps ({binding.encoding})" if binding.encoding is not None else ""
        self._say(f"{binding.words()} plays {called}{how}; Ctrl-Z in the mappings takes it back.")

    def _settle(self, device: DeskDevice, event: MidiEvent) -> None:
        """An encoder of which one direction was known goes on: the other one tells the encoding."""
        values = device.unsure[event.key]
        values.append(event.value)
        encoding, sure = guess(values)
        if encoding is not None and not sure:
            del values[:-1]
            return
        del device.unsure[event.key]
        binding = next((b for b in device.layers.front.bindings if b.encoding is not None and b.hears(event.key)), None)
        if encoding is not None and binding is not None and binding.encoding is not encoding:
            self._put(device, device.layers.exchanged(binding, replace(binding, encoding=encoding)))
            self._say(f"{binding.words()} turned back: its steps are {encoding}.")

    def _change(
        self, device: DeskDevice, layers: Layers, words: str, key: Key | None = None, *, taken: bool = False
    ) -> None:
        step = _Step(device, device.layers, words, key if taken else None)
        self._steps = [*self._steps[-(_UNDOS - 1) :], step]
        self._put(device, layers)

    def _put(self, device: DeskDevice, layers: Layers) -> None:
        device.layers = layers
        self._waiting = (float("-inf"), {})
        if self._own is not None:
            self._own.keep(layers.front)

    # -- for every other thread -------------------------------------------------------------------------------------

    def arm(self, address: str, instead: Row | None = None) -> None:
        """The next knob or pad that is meant plays ``address``; in place of what was armed before.

        With ``instead`` it takes over from that row, if it is of the same device, with its range and all else.
        """
        with self._lock:
            self._armed, self._instead = address, instead
            for device in self._devices.values():
                device.mover = None

    def disarm(self) -> None:
        """Learn nothing more."""
        with self._lock:
            self._armed, self._instead = "", None
            for device in self._devices.values():
                device.mover = None

    def armed(self) -> str:
        """The address that is being learnt, empty for none."""
        return self._armed

    def forget(self, address: str) -> None:
        """Drop what any device has learnt for ``address``."""
        with self._lock:
            for device in self._devices.values():
                layers = device.layers.forgotten(address)
                if layers.front != device.layers.front:
                    self._change(device, layers, f"{device.name} forgot {address}")

    def undo_last(self) -> str:
        """Take back what was last learnt, forgotten, deleted or changed; in words what that was, empty for nothing."""
        with self._lock:
            if not self._steps:
                return ""
            step = self._steps.pop()
            if step.taken is not None:  # or its next message would take it again
                step.device.left_alone.add(step.taken)
            self._put(step.device, step.before)
            self._say(f"Taken back: {step.words}.")
            return step.words

    def delete(self, row: Row) -> None:
        """Take a binding away, also one that came with the program: its message then does nothing."""
        self._exchange(row, None, f"{row.binding.words()} was taken from {row.binding.address}")

    def change(self, row: Row, new: MidiBinding) -> None:
        """Put another binding in place of a row's: its bank, shift, encoding, acceleration, feedback, or all of it."""
        self._exchange(row, new, f"{row.binding.words()} was changed")

    def choose_bank(self, device: str, bank: str) -> None:
        """Turn a device to one of its banks, as its own button would."""
        known = self._devices.get(device)
        if known is not None:
            known.pages.turn_to(BANK + bank)

    def devices(self) -> tuple[DeskDevice, ...]:
        """All that were met, in that order."""
        return tuple(self._devices.values())

    def _exchange(self, row: Row, new: MidiBinding | None, words: str) -> None:
        with self._lock:
            device = self._devices.get(row.device)
            if device is not None and new != row.binding and row.binding in device.layers.bindings:
                self._change(device, device.layers.exchanged(row.binding, new), words)

    # -- reading ----------------------------------------------------------------------------------------------------

    def rows(self) -> tuple[Row, ...]:
        """All bindings in use, device by device in the order in which they were met."""
        layout, now = self._bay.layout, self._clock.now()
        made: list[Row] = []
        for device in self._devices.values():
            found = self._apart(device, now) if device.plugged else ()
            waits = {binding: stands for binding, _, stands in found if binding.picks_up}
            made += row_table.with_waiting(device.rows(layout), waits)
        return tuple(made)

    def waiting(self) -> Mapping[str, float]:
        """The addresses whose hardware knob stands elsewhere than the control, and the value at which it stands.

        At most ``_FRESH`` seconds old, so that every knob on the surface may ask.
        """
        now = self._clock.now()
        made, found = self._waiting
        if not 0 <= now - made < _FRESH:
            found = {
                address: stands
                for device in self._devices.values()
                if device.plugged
                for _, address, stands in self._apart(device, now)
            }
            self._waiting = (now, found)
        return found

    def _apart(self, device: DeskDevice, now: float) -> list[tuple[MidiBinding, str, float]]:
        return apart(device.layers, device.knobs, self._bay, now, device.pages.now)

    def mapped(self, address: str) -> str:
        """The messages that play ``address``, in words; empty for none."""
        hearing = [b for d in self._devices.values() for b in d.layers.bindings if b.address == address]
        return ", ".join(dict.fromkeys(b.words() for b in hearing))

    def last(self) -> str:
        """The newest message and its device, in words."""
        return self._last

    def heard(self) -> tuple[str, Key, float] | None:
        """The device and the knob or pad that was heard last, and how many seconds ago."""
        heard = self._heard
        return None if heard is None else (heard[0], heard[1], self._clock.now() - heard[2])

    def armed_row(self) -> Row | None:
        """The row for which another knob is being learnt."""
        return self._instead

    def learnt(self) -> int:
        """How many bindings the player made."""
        return sum(len(d.layers.front.bindings) for d in self._devices.values())

    def _say(self, text: str, *, serious: bool = False) -> None:
        self._messages.post(self._clock.now(), _CATEGORY, text, serious=serious)
