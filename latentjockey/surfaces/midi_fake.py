"""A MIDI system made of nothing, by the contract of :mod:`.midi_ports`, for tests and demonstrations. Any thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from latentjockey.surfaces.midi_ports import MidiOutPort, MidiPort, MidiUnavailableError, PortError


class FakeBackend:
    """A MIDI system made of nothing: plug, unplug and send from a test, from any thread.

    Each name is an input and an output. What an output was sent stands in ``sent``; those in ``looped`` hear it
    themselves, those in ``failing`` take nothing.
    """

    def __init__(self, *names: str, available: bool = True, polled: bool = False) -> None:
        self.polled = polled
        self.available = available
        self.refusing: set[str] = set()
        self.failing: set[str] = set()
        self.looped: set[str] = set()
        self.opened = 0
        self.outputs_open = 0
        self.sent: dict[str, list[bytes]] = {}
        self._lock = threading.Lock()
        self._present = list(names)
        self._ports: dict[str, _FakePort] = {}

    def names(self) -> tuple[str, ...]:
        if not self.available:
            raise MidiUnavailableError("There is no MIDI system here (it is a fake): playing goes on without.")
        with self._lock:
            return tuple(self._present)

    def open_input(self, name: str, arrived: Callable[[], None]) -> MidiPort:
        with self._lock:
            if name not in self._present or name in self.refusing:
                raise PortError(f"The MIDI port {name} does not open (it is a fake).")
            self.opened += 1
            port = self._ports[name] = _FakePort(arrived)
            return port

    def output_names(self) -> tuple[str, ...]:
        return self.names()

    def open_output(self, name: str) -> MidiOutPort:
        with self._lock:
            if name not in self._present or name in self.refusing:
                raise PortError(f"The MIDI port {name} does not open (it is a fake).")
            self.outputs_open += 1
            return _FakeOutPort(self, name)

    def close(self) -> None:
        pass

    def plug(self, name: str) -> None:
        with self._lock:
            self._present.append(name)

    def unplug(self, name: str) -> None:
        """The port vanishes, and with it what connected to it."""
        with self._lock:
            self._present.remove(name)
            self._ports.pop(name, None)

    def send(self, name: str, data: bytes) -> bool:
        """Play one message; whether an open port heard it."""
        with self._lock:
            port = self._ports.get(name)
        return port is not None and port.hear(data)


class _FakePort:
    def __init__(self, arrived: Callable[[], None]) -> None:
        self._arrived = arrived
        self.waits: Sequence[float] = ()
        self._messages: deque[bytes] = deque()
        self._closed = False

    def hear(self, data: bytes) -> bool:
        if self._closed:
            return False
        self._messages.append(data)
        self._arrived()
        return True

    def take(self) -> list[bytes]:
        return [self._messages.popleft() for _ in range(len(self._messages))]

    def close(self) -> None:
        self._closed = True


class _FakeOutPort:
    def __init__(self, backend: FakeBackend, name: str) -> None:
        self._backend = backend
        self._name = name
        self._open = True

    def send(self, message: bytes) -> None:
        backend = self._backend
        if not self._open or self._name in backend.failing:
            raise PortError(f"The MIDI port {self._name} takes nothing (it is a fake).")
        backend.sent.setdefault(self._name, []).append(message)
        if self._name in backend.looped:
            backend.send(self._name, message)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._backend.outputs_open -= 1
