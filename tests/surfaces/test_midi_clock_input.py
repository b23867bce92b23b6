"""MIDI clock through ports: one of them leads, ticks are kept from everything else, times are the driver's."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.mapping.event import MessageKind
from latentjockey.mapping.table import MidiBinding, MidiMap
from latentjockey.modulation.midi_clock import ClockState
from latentjockey.surfaces.midi_clock_input import ClockInput
from latentjockey.surfaces.midi_fake import FakeBackend
from latentjockey.surfaces.midi_input import MidiInput

TICK = b"\xf8"


class Port:
    """What is put in comes out, with the driver's times if it has any."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.counted: list[float] = []
        self.waits: Sequence[float] = ()
        self.closed = False

    def take(self) -> list[bytes]:
        taken, self.messages = self.messages, []
        self.waits, self.counted = self.counted, []
        return taken

    def close(self) -> None:
        self.closed = True


def ticked(clock: ManualClock, inner: Port, outer: object, count: int, every: float = 0.02) -> None:
    for _ in range(count):
        clock.advance(every)
        inner.messages.append(TICK)
        assert outer.take() == []  # type: ignore[attr-defined]


def test_clock_comes_out_of_the_port_and_everything_else_stays() -> None:
    clock, port = ManualClock(1.0), Port()
    clocks = ClockInput(clock)
    outer = clocks.listening("keys", port)
    assert clocks.heard() is None
    port.messages = [b"\x90\x40\xf8\x7f", TICK, b"\xb0\x01\x02", b"\xfe"]
    assert outer.take() == [b"\x90\x40\x7f", b"\xb0\x01\x02"]
    heard = clocks.heard()
    assert heard is not None
    assert heard[0] == "keys"
    outer.close()
    assert port.closed


def test_start_stop_and_song_position_also_in_pieces_and_between_ticks() -> None:
    clock, port = ManualClock(1.0), Port()
    woken: list[float] = []
    clocks = ClockInput(clock, lambda: woken.append(clock.now()))
    outer = clocks.listening("keys", port)
    ticked(clock, port, outer, 60)
    port.messages = [b"\xfc", b"\xf2\x0a", b"\xf8\x02", b"\xfb"]
    outer.take()
    clock.advance(0.02)
    ticked(clock, port, outer, 1, 0.0)
    heard = clocks.heard()
    assert heard is not None
    assert heard[1].beat_at(clock.now()) == pytest.approx((2 << 7 | 10) / 4)
    assert heard[1].running
    assert len(woken) == 2


def test_the_first_that_sends_leads_until_it_is_silent_for_two_seconds() -> None:
    clock, one, two = ManualClock(1.0), Port(), Port()
    clocks = ClockInput(clock)
    first, second = clocks.listening("one", one), clocks.listening("two", two)
    for _ in range(50):
        ticked(clock, one, first, 1, 0.02)
        ticked(clock, two, second, 1, 0.0)
    assert _leader(clocks) == "one"
    ticked(clock, two, second, 90, 0.02)
    assert _leader(clocks) == "one", "silent for 1.8 s"
    ticked(clock, two, second, 60, 0.02)
    assert _leader(clocks) == "two"
    heard = clocks.heard()
    assert heard is not None
    assert heard[1].state(clock.now()) is ClockState.HEARD


def _leader(clocks: ClockInput) -> str:
    heard = clocks.heard()
    return "" if heard is None else heard[0]


def test_the_drivers_count_of_time_is_finer_than_asking() -> None:
    """Asked only each 50 ms, the phase is still right within a millisecond: by the driver's count."""
    clock, port, dice = ManualClock(1.0), Port(), random.Random(1)
    clocks = ClockInput(clock)
    outer = clocks.listening("keys", port)
    sent = [1.0 + n * 60.0 / (24 * 130.0) for n in range(1200)]
    last, due = sent[0], iter(sent)
    coming = next(due)
    while coming is not None:
        clock.advance(dice.uniform(0.03, 0.05))
        while coming is not None and coming <= clock.now():
            port.messages.append(TICK)
            port.counted.append(coming - last)
            last, coming = coming, next(due, None)
        outer.take()
    heard = clocks.heard()
    assert heard is not None
    assert heard[1].bpm == pytest.approx(130.0, abs=0.05)
    late = (heard[1].time - (1.0 + round((heard[1].time - 1.0) / (60.0 / 3120.0)) * 60.0 / 3120.0)) * 1e3
    assert abs(late) < 2.0


def test_through_the_whole_input_notes_play_and_the_clock_is_heard() -> None:
    clock = ManualClock(1.0)
    bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
    backend = FakeBackend("Machine")
    clocks = ClockInput(clock)
    midi_map = MidiMap("m", bindings=(MidiBinding(MessageKind.NOTE, "/transport/tap", 60),))
    midi = MidiInput(bay, Messages(), clock, backend, [midi_map], clocks=clocks)
    midi.turn()
    for n in range(200):
        clock.advance(0.02)
        backend.send("Machine", TICK)
        if n == 100:
            backend.send("Machine", b"\x90\x3c\x7f")
        midi.turn()
    assert bay.number("/transport/tap") == 1.0
    assert midi.state().count == 1, "a clock is no message to be shown"
    heard = clocks.heard()
    assert heard is not None
    assert heard[0] == "Machine"
    assert heard[1].bpm == pytest.approx(125.0, abs=0.01)
    midi.stop()
