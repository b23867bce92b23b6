"""Feedback through real ports: JACK's dummy driver carries it out of the program, round in a loop, and after a replug.

Skipped where jackd or python-rtmidi is not installed (Debian: ``apt-get install jackd2``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import RECALL
from latentjockey.mapping.encoder import Encoding
from latentjockey.mapping.event import MessageKind
from latentjockey.mapping.profile import ECHO, Profile
from latentjockey.mapping.table import MidiBinding, MidiMap, Mode
from latentjockey.surfaces.midi_desk import MidiDesk
from latentjockey.surfaces.midi_input import MidiInput
from latentjockey.surfaces.midi_output import MidiOutput
from latentjockey.surfaces.midi_ports import RtMidiBackend

rtmidi: Any = pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
_NEVER = threading.Event()
CC, NOTE = MessageKind.CC, MessageKind.NOTE
SETUP = "f0012203f7"
MAP = MidiMap(
    "lights",
    bindings=(
        MidiBinding(CC, "/mix/crossfade", 1, feedback=(ECHO,)),
        MidiBinding(CC, "/deck/a/psi", 2, encoding=Encoding.TWOS_COMPLEMENT, lo=0.0, hi=127.0, feedback=(ECHO,)),
        MidiBinding(NOTE, "/stage/freeze", 3, mode=Mode.TOGGLE, feedback=(ECHO,)),
    ),
    feedback=Profile(setup=(bytes.fromhex(SETUP),)),
)
WATCHED = ("/mix/crossfade", "/deck/a/psi", "/stage/freeze")


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether the condition comes true in time."""
    clock = SystemClock()
    end = clock.now() + seconds
    while not condition() and clock.now() < end:
        _NEVER.wait(0.005)
    return condition()


@pytest.fixture(scope="module", autouse=True)
def jack(jack_trouble: str) -> None:
    """A JACK server of our own."""
    if jack_trouble:
        pytest.skip(jack_trouble)


class Controller:
    """A controller with lights: two virtual ports. With ``loop``, what it is told it sends."""

    def __init__(self, name: str, *, loop: bool = False) -> None:
        self.told: list[str] = []
        self.loop = loop
        self.out: Any = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name)
        self.out.open_virtual_port("out")
        self.lights: Any = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=f"{name} lights")
        self.lights.ignore_types(False, True, True)
        self.lights.open_virtual_port("in")

    def send(self, *data: int) -> None:
        self.out.send_message(list(data))

    def hear(self) -> list[str]:
        """All that it was told so far."""
        while (got := self.lights.get_message()) is not None:
            self.told.append(bytes(got[0]).hex())
            if self.loop and got[0][0] < 0xF0:
                self.out.send_message(got[0])
        return self.told

    def unplug(self) -> None:
        for handle in (self.out, self.lights):
            handle.close_port()
            handle.delete()


class Rig:
    def __init__(self, name: str, midi_map: MidiMap = MAP) -> None:
        clock = SystemClock()
        self.bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
        self.messages = Messages()
        self.desk = MidiDesk(self.bay, self.messages, clock)
        maps = [midi_map]
        self.midi = MidiInput(
            self.bay, self.messages, clock, RtMidiBackend("jack"), maps, [f"{name}:"], list_every=0.05, desk=self.desk
        )
        self.out = MidiOutput(self.bay, self.messages, clock, RtMidiBackend("jack"), self.desk, list_every=0.05)
        self.midi.start()
        self.out.start()

    def values(self) -> list[float]:
        return [self.bay.number(address) for address in WATCHED]

    def stop(self) -> None:
        self.out.stop()
        self.midi.stop()


@pytest.fixture
def rig() -> Iterator[Callable[[str], Rig]]:
    rigs: list[Rig] = []

    def make(name: str) -> Rig:
        profile = Profile(f"{name} lights", MAP.feedback.setup if MAP.feedback is not None else ())
        rigs.append(Rig(name, MidiMap("lights", bindings=MAP.bindings, feedback=profile)))
        return rigs[-1]

    yield make
    for made in rigs:
        made.stop()


def tells(knobs: Controller, message: str) -> bool:
    return message in knobs.hear()


def settles(knobs: Controller) -> bool:
    """Whether nothing more is told for a while."""
    clock = SystemClock()
    count, since = -1, clock.now()
    end = since + 60.0
    while clock.now() < end:
        if len(knobs.hear()) != count:
            count, since = len(knobs.told), clock.now()
        if clock.now() - since > 0.4:
            return True
        _NEVER.wait(0.002)
    return False


def test_a_recall_is_told_through_a_real_port_setup_first(rig: Callable[[str], Rig]) -> None:
    knobs = Controller("rings one")
    try:
        player = rig("rings one")
        assert until(lambda: bool(player.out.connected()))
        player.bay.write([("/mix/crossfade", 1.0), ("/stage/freeze", True)], RECALL)
        assert until(lambda: {"b0017f", "90037f"} <= set(knobs.hear()))
        player.bay.write([("/mix/crossfade", 0.0)], RECALL)
        assert until(lambda: knobs.hear()[-1] == "b00100")
    finally:
        knobs.unplug()


def test_a_hand_is_not_answered_with_its_own_words(rig: Callable[[str], Rig]) -> None:
    knobs = Controller("rings two")
    try:
        player = rig("rings two")
        assert until(lambda: bool(player.out.connected()) and bool(player.midi.state().connected))
        assert settles(knobs)

        def heard() -> bool:  # JACK carries nothing in the very moment in which a connection is made
            knobs.send(0xB0, 1, 0)
            knobs.send(0xB0, 1, 5)
            return player.bay.number("/mix/crossfade") == pytest.approx(5 / 127)

        assert until(heard)
        assert settles(knobs)
        knobs.told.clear()
        for value in range(6, 60):
            knobs.send(0xB0, 1, value)
            _NEVER.wait(0.005)
        assert until(lambda: player.bay.number("/mix/crossfade") == pytest.approx(59 / 127))
        assert settles(knobs)
        assert knobs.told == []
    finally:
        knobs.unplug()


def test_an_output_led_into_its_input_ends_and_moves_nothing(rig: Callable[[str], Rig]) -> None:
    knobs = Controller("rings three", loop=True)
    try:
        player = rig("rings three")
        assert until(lambda: bool(player.out.connected()) and bool(player.midi.state().connected))
        assert settles(knobs)
        for crossfade, psi in ((0.503, 20.3), (0.111, 90.7), (0.777, 3.1)):
            player.bay.write([("/mix/crossfade", crossfade), ("/deck/a/psi", psi)], RECALL)
            assert settles(knobs)
            assert player.values() == [crossfade, psi, 0.0]
        player.bay.write([("/stage/freeze", True)], RECALL)
        assert settles(knobs)
        assert len(knobs.told) < 20
    finally:
        knobs.unplug()


def test_replugged_five_times_it_is_told_all_and_nothing_moves(rig: Callable[[str], Rig]) -> None:
    player = rig("rings four")
    there = set(threading.enumerate())  # those of tests before may still be on their way out
    for n in range(5):
        player.bay.write([("/mix/crossfade", 0.2 * n), ("/deck/a/psi", 10.5 * n)], RECALL)
        before = player.values()
        knobs = Controller("rings four")
        try:
            assert until(lambda: bool(player.out.connected()) and bool(player.midi.state().connected))
            told = f"b001{round(0.2 * n * 127):02x}"
            assert until(partial(tells, knobs, told))
            knobs.send(0xB0, 1, 127 if n < 3 else 0)  # a knob that stands elsewhere
            assert settles(knobs)
            assert player.values() == before
        finally:
            knobs.unplug()
        assert until(lambda: not player.out.connected() and not player.midi.state().connected)
        assert player.values() == before
    assert until(lambda: set(threading.enumerate()) <= there), set(threading.enumerate()) - there
