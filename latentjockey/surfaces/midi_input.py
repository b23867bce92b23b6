"""MIDI into the bay: opens what is plugged in, reads it through its map, writes as ``midi PORT``.

Owns one thread, ``midi``, which lists the ports once a second and carries messages the moment they are there (real
ports are asked each millisecond while somebody plays). All port calls are made on that thread. Nothing here raises for
what is plugged, unplugged or sent; a machine without MIDI gets one message and no thread.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.mapping.event import MidiEvent
from latentjockey.mapping.table import MidiMap, Sleeper, choose
from latentjockey.surfaces.midi_clock_input import ClockInput
from latentjockey.surfaces.midi_desk import MidiDesk
from latentjockey.surfaces.midi_device import MidiDevice
from latentjockey.surfaces.midi_ports import (
    CLIENT,
    MidiBackend,
    MidiUnavailableError,
    PortError,
    is_own_or_through,
    label,
)

LIST_EVERY = 1.0
ASK_EVERY = 0.001
ASK_EVERY_AT_REST = 0.003
_REST_AFTER = 5.0
_CATEGORY = "midi"


@dataclass(frozen=True, slots=True)
class DevicePage:
    """The bank of now of one device, empty where its map has none, and whether its shift is held."""

    device: str
    bank: str
    shift: bool


@dataclass(frozen=True, slots=True)
class MidiState:
    """For the surface. ``present`` and ``connected`` are port labels; ``last`` the newest message in words; ``count``
    how many came. ``armed`` is the address that is being learnt; ``learnt`` says how many bindings the player made, and
    ``waiting`` on how many addresses a knob stands elsewhere than its control. ``pages`` are those of the connected
    devices that have banks or hold shift."""

    available: bool = True
    present: tuple[str, ...] = ()
    connected: tuple[str, ...] = ()
    last: str = ""
    count: int = 0
    armed: str = ""
    learnt: int = 0
    waiting: int = 0
    pages: tuple[DevicePage, ...] = ()


@dataclass(slots=True)
class _Plugged:
    devices: dict[str, MidiDevice] = field(default_factory=dict)
    present: tuple[str, ...] = ()


class MidiInput:
    """``maps`` are tried by their ``port``, the closest name wins (:func:`latentjockey.mapping.table.choose`).

    ``names`` are parts of the port names to open, case aside; without any, every input is opened but through ports and
    our own. The backend is closed when the input stops. ``desk`` is where mappings are changed, ``clocks`` who follows
    MIDI clock.
    """

    def __init__(
        self,
        bay: Bay,
        messages: Messages,
        clock: Clock,
        backend: MidiBackend,
        maps: Sequence[MidiMap],
        names: Sequence[str] = (),
        list_every: float = LIST_EVERY,
        desk: MidiDesk | None = None,
        clocks: ClockInput | None = None,
    ) -> None:
        self._clocks = clocks or ClockInput(clock)
        self.desk = desk or MidiDesk(bay, messages, clock)
        self._bay = bay
        self._messages = messages
        self._clock = clock
        self._backend = backend
        self._names = tuple(name.casefold() for name in names)
        self._list_every = list_every
        self._maps = tuple(maps)
        self._maps_used: tuple[MidiMap, ...] | None = None
        self._plugged = _Plugged()
        self._available = True
        self._looked = False
        self._next_list = clock.now()
        self._last_heard = clock.now()
        self._last: MidiEvent | None = None
        self._count = 0
        self._stopping = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    # -- for other threads ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to listen. A second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="midi", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Close all ports and end the thread; returns when that is done."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        else:
            self._close()

    def use(self, maps: Sequence[MidiMap]) -> None:
        """Play by other maps from the next message on."""
        self._maps = tuple(maps)
        self._wake.set()

    def state(self) -> MidiState:
        """What the surface shows; cheap enough for each frame."""
        plugged, last = self._plugged, self._last
        connected = tuple(name for name, device in list(plugged.devices.items()) if device.port is not None)
        words = "" if last is None else last.words()
        desk = self.desk
        learning = desk.armed(), desk.learnt(), len(desk.waiting())
        pages = tuple(
            DevicePage(device.name, device.pages.now.bank, device.pages.now.shift)
            for device in desk.devices()
            if device.plugged and (device.pages.banks or device.pages.now.shift)
        )
        return MidiState(self._available, plugged.present, connected, words, self._count, *learning, pages)

    def asleep(self) -> tuple[Sleeper, ...]:
        """The bindings in use or at hand that do nothing in the present layout."""
        layout = self._bay.layout
        return tuple(sleeper for midi_map in self._maps for sleeper in midi_map.asleep(layout))

    # -- the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping:
                wait = self.turn()
                if wait is None:
                    break
                self._wake.wait(wait)
                self._wake.clear()
        finally:
            self._close()

    def turn(self) -> float | None:
        """One turn of the thread: look what is plugged when it is time, carry what has come.

        Returns the seconds until the next turn at the latest, or ``None`` when this machine has no MIDI. For tests
        that keep the clock themselves; never beside a started thread.
        """
        now = self._clock.now()
        self._adopt_maps()
        if now >= self._next_list:
            self._next_list = now + self._list_every
            if not self._look():
                return None
        for device in self._plugged.devices.values():
            self._carry(device, now)
        return max(0.0, self._patience(now))

    def _patience(self, now: float) -> float:
        until = [self._next_list - now]
        open_devices = [d for d in self._plugged.devices.values() if d.port is not None]
        for device in open_devices:
            deadline = device.deadline()
            if deadline is not None:
                until.append(deadline - now)
        if open_devices and self._backend.polled:
            busy = now - self._last_heard < _REST_AFTER or self._clocks.ticking(now)
            until.append(ASK_EVERY if busy else ASK_EVERY_AT_REST)
        return min(until)

    def _carry(self, device: MidiDevice, now: float) -> None:
        count, last = device.carry(self._bay, now)
        if count:
            self._last_heard = now
            self._count += count
        if last is not None:
            self._last = last

    # -- plugging ---------------------------------------------------------------------------------------------------

    def _look(self) -> bool:
        try:
            found = self._backend.names()
        except MidiUnavailableError as error:
            if self._available:
                self._say(str(error))
            self._available = False
            self._close_vanished(())
            self._plugged.present = ()
            return self._looked  # what was there once may come back
        self._available = True
        self._close_vanished(found)
        opened = {d.system_name for d in self._plugged.devices.values() if d.port is not None}
        present: list[str] = []
        for system_name in found:
            if CLIENT in system_name.casefold():  # where JACK shows our own outputs
                continue
            present.append(label(system_name))
            if system_name not in opened and self._wanted(system_name):
                self._open(system_name)
        self._plugged.present = tuple(present)
        if not self._looked and self._names and not self._plugged.devices:
            wanted = ", ".join(self._names)
            self._say(f"No MIDI input is named {wanted} yet; it is opened as soon as it is plugged in.")
        self._looked = True
        return True

    def _wanted(self, system_name: str) -> bool:
        if self._names:
            return any(part in system_name.casefold() for part in self._names)
        return not is_own_or_through(system_name)

    def _close_vanished(self, found: tuple[str, ...]) -> None:
        for device in self._plugged.devices.values():
            if device.system_name in found:
                continue
            device.refused = False
            if device.port is not None:
                self._carry(device, self._clock.now())
                device.unplugged()
                self._say(f"{device.name} is unplugged; its map waits for it.")

    def _open(self, system_name: str) -> None:
        device = self._device_for(system_name)
        device.system_name = system_name
        try:
            port = self._backend.open_input(system_name, self._wake.set)
        except (PortError, MidiUnavailableError) as error:
            if not device.refused:
                self._say(str(error), serious=True)
            device.refused = True
            return
        device.plugged(self._clocks.listening(device.name, port), system_name)
        self._say(f"{device.name} plays through {device.plays_by}.")

    def _device_for(self, system_name: str) -> MidiDevice:
        """The device of that label which is not connected, or a new one: two of a kind are told apart by a number."""
        base = label(system_name)
        name, n = base, 1
        devices = self._plugged.devices
        while name in devices and devices[name].port is not None:
            n += 1
            name = f"{base} ({n})"
        if name not in devices:
            device = MidiDevice(self.desk.meet(name, self._map_for(base)), self.desk)
            self._plugged.devices = {**devices, name: device}
        return self._plugged.devices[name]

    def _map_for(self, port: str) -> MidiMap:
        return choose(self._maps, port) or MidiMap("nothing")

    def _adopt_maps(self) -> None:
        maps = self._maps
        if maps is self._maps_used:
            return
        self._maps_used = maps
        self.desk.offer(maps)
        for midi_map in maps:
            unknown = midi_map.unknown_keys()
            if unknown:
                named = ", ".join(unknown[:5]) + (", …" if len(unknown) > 5 else "")
                self._say(f"The MIDI map {midi_map.name} holds what this version does not know and keeps: {named}.")
        for device in self._plugged.devices.values():
            self.desk.meet(device.name, self._map_for(label(device.system_name)))

    def _close(self) -> None:
        for device in self._plugged.devices.values():
            if device.port is not None:
                device.unplugged()
        self._backend.close()

    def _say(self, text: str, *, serious: bool = False) -> None:
        self._messages.post(self._clock.now(), _CATEGORY, text, serious=serious)
