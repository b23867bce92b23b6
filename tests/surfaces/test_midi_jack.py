"""MIDI through real ports: JACK's dummy driver carries real messages from a virtual port into the bay.

Skipped where jackd or python-rtmidi is not installed (Debian: ``apt-get install jackd2``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.mapping import map_file
from latentjockey.mapping.event import MessageKind
from latentjockey.mapping.table import MidiBinding, MidiMap
from latentjockey.surfaces.midi_input import MidiInput
from latentjockey.surfaces.midi_ports import PortError, RtMidiBackend

GENERIC = Path(__file__).parents[2] / "presets" / "midi" / "generic.json"
COUNTER = MidiMap(
    "counter",
    bindings=(
        MidiBinding(MessageKind.CC14, "/deck/a/psi", 3, lo=0.0, hi=16383.0),
        MidiBinding(MessageKind.NRPN, "/deck/b/psi", 300, lo=0.0, hi=16383.0),
        MidiBinding(MessageKind.NOTE, "/transport/tap", 60),
        MidiBinding(MessageKind.CC, "/mix/crossfade", 1, lo=0.0, hi=127.0),
    ),
)
rtmidi: Any = pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
_NEVER = threading.Event()


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether the condition comes true in time."""
    clock = SystemClock()
    end = clock.now() + seconds
    while not condition() and clock.now() < end:
        _NEVER.wait(0.005)
    return condition()


@pytest.fixture(scope="module")
def jack(jack_trouble: str) -> None:
    """A JACK server of our own."""
    if jack_trouble:
        pytest.skip(jack_trouble)


class Controller:
    """A virtual MIDI port, as a plugged-in controller is one."""

    def __init__(self, name: str) -> None:
        self.out: Any = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name)
        self.out.open_virtual_port("out")

    def send(self, *data: int) -> None:
        self.out.send_message(list(data))

    def unplug(self) -> None:
        self.out.close_port()
        self.out.delete()


class Rig:
    def __init__(self, name: str, midi_map: MidiMap) -> None:
        clock = SystemClock()
        self.bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
        self.messages = Messages()
        backend = RtMidiBackend("jack")
        self.midi = MidiInput(self.bay, self.messages, clock, backend, [midi_map], [name], list_every=0.05)
        self.midi.start()

    def connected(self) -> bool:
        return bool(self.midi.state().connected)

    def turns(self, knobs: Controller, number: int, raw: int, address: str, value: float) -> bool:
        """Whether a knob is heard; it is moved on until it is, because JACK carries nothing in the very moment in
        which a connection is made, and from the lowest place, to meet the value on its way."""

        def heard() -> bool:
            knobs.send(0xB0, number, 0)
            knobs.send(0xB0, number, raw)
            return self.bay.number(address) == pytest.approx(value)

        return until(heard)

    def has_heard(self, messages: int) -> bool:
        return until(lambda: self.midi.state().count == messages)

    def settles(self) -> bool:
        """Whether what was sent has all arrived: nothing more comes for half a second."""
        count = -1
        while count != self.midi.state().count:
            count = self.midi.state().count
            _NEVER.wait(0.5)
        return count > 0

    def reads(self, address: str, value: float) -> bool:
        return until(lambda: self.bay.number(address) == pytest.approx(value))


@pytest.fixture
def rig(jack: None) -> Iterator[Callable[[str, MidiMap], Rig]]:
    rigs: list[Rig] = []

    def make(name: str, midi_map: MidiMap) -> Rig:
        rigs.append(Rig(name, midi_map))
        return rigs[-1]

    yield make
    for made in rigs:
        made.midi.stop()


def test_messages_of_a_real_port_arrive(rig: Callable[[str, MidiMap], Rig]) -> None:
    knobs = Controller("knobs one")
    try:
        player = rig("knobs one", map_file.load(GENERIC))
        assert until(player.connected)
        assert player.turns(knobs, 1, 127, "/mix/crossfade", 1.0)
        knobs.send(0xE0, 0x7F, 0x7F)
        assert player.reads("/mix/offset/middle", 1.0)
        for program in range(3):
            knobs.send(0xC0, program)
        assert player.reads("/deck/a/cue/3/recall", 1.0)
        assert player.bay.number("/deck/a/cue/1/recall") == 1.0
        assert player.midi.state().last == "program 2 ch 1"
    finally:
        knobs.unplug()


def test_a_thousand_messages_arrive_whole_and_in_order(rig: Callable[[str, MidiMap], Rig]) -> None:
    knobs = Controller("knobs two")
    try:
        player = rig("knobs two", COUNTER)
        assert until(player.connected)
        assert player.turns(knobs, 1, 1, "/mix/crossfade", 1.0)
        assert player.settles()
        before = player.midi.state().count
        for msb, lsb in ((99, 2), (98, 44)):
            knobs.send(0xB0, msb, lsb)
        for n in range(250):
            knobs.send(0xB0, 3, n >> 1)
            knobs.send(0xB0, 35, n & 127)
            knobs.send(0xB0, 6, n >> 1)
            knobs.send(0xB0, 38, n & 127)
            knobs.send(0x90, 60, 100)
            if n % 25 == 24:  # JACK's own buffer on the sender's side is small
                assert player.has_heard(before + 2 + 5 * (n + 1))
        value = (249 >> 1) << 7 | (249 & 127)
        assert player.reads("/deck/a/psi", value)
        assert player.reads("/deck/b/psi", value)
        assert player.reads("/transport/tap", 250)
    finally:
        knobs.unplug()


def test_a_real_port_is_unplugged_and_plugged_again_five_times(rig: Callable[[str, MidiMap], Rig]) -> None:
    player = rig("knobs three", map_file.load(GENERIC))
    for n in range(5):
        knobs = Controller("knobs three")
        try:
            assert until(player.connected)
            assert player.turns(knobs, 1, 20 * n + 1, "/mix/crossfade", (20 * n + 1) / 127)
        finally:
            knobs.unplug()
        assert until(lambda: not player.connected())
    assert until(lambda: sum(m.count for m in player.messages.recent() if "unplugged" in m.text) == 5)


def test_one_port_pours_while_another_comes_and_goes(rig: Callable[[str, MidiMap], Rig]) -> None:
    """What locked up with RtMidi's callbacks: opening and closing under a stream of messages."""
    pads, stop = Controller("stage pads"), threading.Event()

    def pour() -> None:
        n = 0
        while not stop.wait(0.001):
            pads.send(0xB0, 2, n % 128)
            n += 1

    pouring = threading.Thread(target=pour)
    player = rig("stage", map_file.load(GENERIC))
    try:
        assert until(player.connected)
        pouring.start()
        for _ in range(5):
            knobs = Controller("stage knobs")
            try:
                assert until(lambda: len(player.midi.state().connected) == 2)
            finally:
                knobs.unplug()
            assert until(lambda: len(player.midi.state().connected) == 1)
        count = player.midi.state().count
        assert until(lambda: player.midi.state().count > count)
    finally:
        stop.set()
        pouring.join()
        pads.unplug()


def test_a_knob_of_a_real_port_is_learnt_and_picks_up(rig: Callable[[str, MidiMap], Rig]) -> None:
    knobs = Controller("knobs four")
    try:
        player = rig("knobs four", map_file.load(GENERIC))
        assert until(player.connected)
        assert player.turns(knobs, 1, 127, "/mix/crossfade", 1.0)
        assert player.settles()
        player.midi.desk.arm("/deck/b/reach")
        for value in range(100, 110):
            knobs.send(0xB0, 50, value)
        assert until(lambda: player.midi.desk.armed() == "")
        assert player.settles()
        assert player.bay.number("/deck/b/reach") == 1.0
        assert player.midi.desk.waiting()["/deck/b/reach"] == pytest.approx(2.0 * 109 / 127)
        for value in range(108, 19, -1):
            knobs.send(0xB0, 50, value)
        assert player.reads("/deck/b/reach", 2.0 * 20 / 127)
    finally:
        knobs.unplug()


def test_a_port_that_is_gone_is_one_sentence(jack: None) -> None:
    backend = RtMidiBackend("jack")
    try:
        with pytest.raises(PortError, match="is gone"):
            backend.open_input("nobody:out", lambda: None)
    finally:
        backend.close()
