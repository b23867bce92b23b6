"""The controls start, change and end the sending, and are told how it goes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.names import SENDS
from latentjockey.control.source import HAND
from latentjockey.control.values import Value
from latentjockey.frames.frame import Frame, Pixels, Stamp
from latentjockey.frames.sink import MemorySink
from latentjockey.outputs import sender as sender_module
from latentjockey.outputs import senders as senders_module
from latentjockey.outputs.senders import Senders

NAP = threading.Event()


class Still:
    """One picture, for ever."""

    def acquire(self) -> Frame | None:
        pixels: Pixels = np.full((3, 24, 32), 80, np.uint8)
        return Frame(pixels, Stamp(1, 1, 1, 1, 0.0, 0, 0, 0, 0, 0), np.zeros(1), np.zeros((1, 1), np.float32))

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        if after != (1, 1):
            return True
        NAP.wait(timeout)
        return False


class Hanging(MemorySink):
    """Does not come back from sending until it is let go."""

    def __init__(self, gate: threading.Event) -> None:
        super().__init__()
        self.gate = gate

    def send(self, picture: Pixels) -> None:
        self.gate.wait()
        super().send(picture)


def until(condition: Callable[[], object]) -> None:
    for _ in range(24_000):
        if condition():
            return
        NAP.wait(0.0025)
    raise AssertionError("waited 60 s in vain")


class Rack:
    """Four ways on doubles. ``made`` are the sinks by kind, oldest first."""

    def __init__(self) -> None:
        clock = SystemClock()
        self.bay = Bay(Layout(1, builtin(8, (32, 24))), clock)
        self.messages = Messages()
        self.made: dict[str, list[MemorySink]] = {kind: [] for kind in SENDS}
        self.gates: dict[str, threading.Event] = {}
        makers = {kind: self._maker(kind) for kind in SENDS}
        self.senders = Senders(self.bay, Still(), clock, self.messages, makers)
        self.watchers = self.senders.watchers()

    def _maker(self, kind: str) -> Callable[[], MemorySink]:
        def make() -> MemorySink:
            sink = Hanging(self.gates[kind]) if kind in self.gates else MemorySink()
            self.made[kind].append(sink)
            return sink

        return make

    def write(self, address: str, value: Value) -> None:
        """As a hand does, and as the conductor passes it on."""
        assert not self.bay.write([(address, value)], HAND).refused
        self.watchers[address](0.0)

    def state(self, kind: str) -> str:
        return str(self.bay.value(f"/send/{kind}/state"))


@pytest.fixture
def rack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rack]:
    monkeypatch.setattr(senders_module, "_LOOK_S", 0.01)
    made = Rack()
    yield made
    for gate in made.gates.values():
        gate.set()
    made.senders.close()
    until(lambda: not any(thread.name.startswith("send ") for thread in threading.enumerate()))


def test_all_are_off_at_first_and_no_thread_runs(rack: Rack) -> None:
    rack.senders.start()
    assert rack.state("ndi") == "off"
    assert not any(thread.name.startswith("send ") for thread in threading.enumerate())
    assert not any(rack.made.values())


def test_a_way_of_another_system_says_so(rack: Rack) -> None:
    rack.senders.start()
    other = "spout" if sys.platform != "win32" else "syphon"
    assert rack.state(other).startswith("off: ")


def test_on_sends_and_off_ends(rack: Rack) -> None:
    rack.senders.start()
    rack.write("/send/ndi/on", True)
    until(lambda: rack.state("ndi") == "sending 32×24, a still picture, 1 receiver")
    sink = rack.made["ndi"][0]
    assert sink.opened == [("latentjockey", 32, 24, 60.0)]
    assert rack.senders.progress("ndi").sending
    rack.write("/send/ndi/on", False)
    until(lambda: rack.state("ndi") == "off")
    assert not sink.is_open
    assert not rack.senders.progress("ndi").sending


def test_what_was_on_before_the_start_sends(rack: Rack) -> None:
    rack.write("/send/v4l2/on", True)
    assert rack.made["v4l2"] == []
    rack.senders.start()
    until(lambda: rack.made["v4l2"][0].opened == [("", 32, 24, 60.0)])


def test_name_size_rate_and_fit_are_followed(rack: Rack) -> None:
    rack.senders.start()
    rack.write("/send/spout/on", True)
    until(lambda: rack.made["spout"] and rack.made["spout"][0].sent)
    for part, value in (("name", "night set"), ("width", 64), ("height", 24), ("fps", 25.0), ("fit", "stretch")):
        rack.write(f"/send/spout/{part}", value)
    sink = rack.made["spout"][0]
    until(lambda: sink.opened[-1] == ("night set", 64, 24, 25.0) and sink.pictures)
    until(lambda: (sink.pictures[-1].shape, int(sink.pictures[-1][:, :, 0].min())) == ((24, 64, 4), 80))


def test_several_ways_go_at_once(rack: Rack) -> None:
    rack.senders.start()
    for kind in SENDS:
        rack.write(f"/send/{kind}/on", True)
    until(lambda: all(rack.state(kind).startswith("sending") for kind in SENDS))


def test_on_again_while_it_hangs_waits_for_the_old_one(rack: Rack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "_STUCK_S", 0.03)
    rack.gates["ndi"] = threading.Event()
    rack.senders.start()
    rack.write("/send/ndi/on", True)
    until(lambda: rack.state("ndi").startswith("failed: memory has not answered"))
    rack.write("/send/ndi/on", False)
    rack.write("/send/ndi/on", True)
    until(lambda: rack.state("ndi") == "ending")
    assert len(rack.made["ndi"]) == 1
    rack.gates["ndi"].set()
    until(lambda: len(rack.made["ndi"]) == 2 and rack.state("ndi").startswith("sending"))
    assert not rack.made["ndi"][0].is_open


def test_what_is_missing_is_in_state_and_messages(rack: Rack) -> None:
    rack.senders.start()
    rack.write("/send/syphon/on", True)
    until(lambda: rack.made["syphon"])
    rack.made["syphon"][0].trouble = "no library: pip install it"
    rack.write("/send/syphon/name", "anew")
    until(lambda: "no library: pip install it" in rack.state("syphon"))
    until(lambda: any("no library: pip install it" in m.text for m in rack.messages.recent()))
