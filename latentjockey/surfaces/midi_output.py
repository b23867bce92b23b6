"""What controllers show: opens the outputs of those that have lights, rings or motors, and tells them the bay's values.

Owns one thread, ``midi out``. It looks for outputs once a second, and asks a hundred times a second what is to be told
(:mod:`latentjockey.mapping.feedback` decides). Only this thread waits for a driver that is slow; a port that fails is
closed and tried again with the next look, and is then told everything anew.
"""

from __future__ import annotations

import threading

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.surfaces.desk_device import DeskDevice
from latentjockey.surfaces.midi_desk import MidiDesk
from latentjockey.surfaces.midi_ports import (
    MidiBackend,
    MidiOutPort,
    MidiUnavailableError,
    PortError,
    label,
    output_for,
)

LIST_EVERY = 1.0
TELL_EVERY = 0.01
_LAST_WORDS = 1.0
"""Seconds that the end waits for a driver."""
_CATEGORY = "midi"


class MidiOutput:
    """``desk`` knows the devices that are plugged in and what they play by. The backend is this object's alone."""

    def __init__(
        self,
        bay: Bay,
        messages: Messages,
        clock: Clock,
        backend: MidiBackend,
        desk: MidiDesk,
        list_every: float = LIST_EVERY,
    ) -> None:
        self._bay = bay
        self._messages = messages
        self._clock = clock
        self._backend = backend
        self._desk = desk
        self._list_every = list_every
        self._next_list = clock.now()
        self._ports: dict[str, tuple[str, MidiOutPort]] = {}
        self._refused: set[str] = set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    # -- for other threads ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to tell. A second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="midi out", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Make everything dark, close all ports and end the thread. Does not wait long for a driver that hangs."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_LAST_WORDS)
        else:
            self._close()

    def connected(self) -> tuple[str, ...]:
        """The labels of the outputs that are open."""
        return tuple(label(system_name) for system_name, _ in list(self._ports.values()))

    # -- the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._stopping.wait(self.turn())
        finally:
            self._close()

    def turn(self) -> float:
        """One turn of the thread; the seconds until the next. For tests that keep the clock themselves."""
        now = self._clock.now()
        if now >= self._next_list:
            self._next_list = now + self._list_every
            self._look()
        for device in self._desk.devices():
            if device.name in self._ports:
                self._tell(device, now)
        return TELL_EVERY if self._ports else max(0.0, self._next_list - now)

    def _tell(self, device: DeskDevice, now: float) -> None:
        telling = device.teller.turn(self._bay, device.layers, device.pages, now)
        for key, position in telling.moved:
            device.knobs.stand(key, position)
        _, port = self._ports[device.name]
        try:
            for message in telling.messages:
                port.send(message)
        except PortError as error:
            self._let_go(device)
            self._refuse(device.name, str(error))
            return
        if telling.messages:
            self._refused.discard(device.name)

    # -- plugging ---------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        wanted = [device for device in self._desk.devices() if device.plugged and _shows(device)]
        for device in self._desk.devices():
            if device.name in self._ports and device not in wanted:
                self._let_go(device)
        if not wanted:
            return
        try:
            names = self._backend.output_names()
        except MidiUnavailableError:
            return  # the inputs have said so
        for device in wanted:
            if device.name in self._ports and self._ports[device.name][0] not in names:
                self._let_go(device)
            if device.name not in self._ports:
                self._open(device, names)

    def _open(self, device: DeskDevice, names: tuple[str, ...]) -> None:
        taken = {system_name for system_name, _ in self._ports.values()}
        name = output_for(device.name, names, device.layers.profile.output)
        if not name or name in taken:
            return
        try:
            port = self._backend.open_output(name)
        except (PortError, MidiUnavailableError) as error:
            self._refuse(device.name, str(error))
            return
        device.teller.begin(device.layers)
        self._ports[device.name] = (name, port)

    def _let_go(self, device: DeskDevice) -> None:
        _, port = self._ports.pop(device.name)
        device.teller.end()
        port.close()

    def _refuse(self, device: str, why: str) -> None:
        if device not in self._refused:
            self._refused.add(device)
            self._messages.post(self._clock.now(), _CATEGORY, f"{why} Its lights are tried again.", serious=True)

    def _close(self) -> None:
        for device in self._desk.devices():
            if device.name not in self._ports:
                continue
            _, port = self._ports[device.name]
            try:
                for message in device.teller.farewell(device.layers):
                    port.send(message)
            except PortError:
                self._refused.add(device.name)  # it is gone, and so are its lights
            self._let_go(device)
        self._backend.close()


def _shows(device: DeskDevice) -> bool:
    profile = device.layers.profile
    return bool(profile.lights or profile.setup or any(b.feedback for b in device.layers.bindings))
