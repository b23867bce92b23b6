"""Who leads the beat: a MIDI clock is followed without a seam, hands and taps take over or set the one."""

from __future__ import annotations

import random

import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, RECALL
from latentjockey.modulation.midi_clock import PPQN, MidiClock
from latentjockey.modulation.transport import Transport, transport_of
from latentjockey.session.conductor import Conductor, Outside

TICK = 1.0 / 240


class Band:
    """A conductor and a machine that sends clock, on a time that tests move."""

    def __init__(self, bpm: float = 120.0, sd: float = 0.0) -> None:
        self.clock = ManualClock(50.0)
        self.messages = Messages()
        self.bay = Bay(Layout(1, builtin(4, (64, 64))), self.clock)
        self.midi = MidiClock()
        self.plugged = False
        self.bpm, self.sd = bpm, sd
        self.sends = True
        self._next = self.clock.now()
        self._dice = random.Random(1)
        self._late: list[float] = []
        self.sent_beat = 0.0
        outside = Outside(
            publish=lambda snapshot: None,
            clocks=lambda: ("machine", self.midi.reading) if self.plugged else None,
        )
        self.conductor = Conductor(self.bay, self.clock, self.messages, outside)
        self.conductor.begin()
        self.seen: list[tuple[float, float]] = []

    def plug(self, *, follow: bool = True) -> Band:
        self.plugged = True
        self._next = self.clock.now()
        if follow:
            self.write("/transport/source", "midi clock")
        return self

    def write(self, address: str, value: object) -> None:
        assert not self.bay.write([(address, value)], HAND).refused  # type: ignore[list-item]
        self.conductor.tick()

    def run(self, seconds: float) -> Band:
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            self.clock.advance(TICK)
            now = self.clock.now()
            while self.plugged and self.sends and self._next <= now:
                self._late.append(self._next + abs(self._dice.gauss(0.0, self.sd)))
                self._next += 60.0 / (PPQN * self.bpm)
            for late in sorted(t for t in self._late if t <= now):
                self._late.remove(late)
                self.midi.tick(late)
            self.conductor.tick()
            self.seen.append((now, self.transport.beat_at(now)))
        return self

    @property
    def transport(self) -> Transport:
        return transport_of(self.bay.snapshot())

    def ahead_ms(self) -> float:
        """Of the machine's beat, whichever number that has here."""
        now = self.clock.now()
        beats = self.midi.reading.beat_at(now) - self.transport.beat_at(now)
        return (beats - round(beats)) * 60e3 / self.bpm

    def text(self, address: str) -> str:
        return str(self.bay.value(address))


@pytest.mark.parametrize("bpm", [60.0, 93.0, 120.0, 174.0])
def test_tempo_and_beat_are_the_machines(bpm: float) -> None:
    band = Band(bpm, 0.001).plug().run(12.0)
    assert band.transport.bpm == pytest.approx(bpm, rel=0.003)
    assert abs(band.ahead_ms()) < 4.0
    assert band.text("/transport/follows") == "midi clock from machine"
    assert band.text("/transport/hears") == "machine"


def test_once_followed_the_beat_has_no_seam() -> None:
    band = Band(120.0, 0.002).plug().run(4.0)
    band.seen.clear()
    band.run(8.0)
    band.bpm = 123.0
    band.run(8.0)
    steps = [(b - a) / (TICK * 2.0) for (_, a), (_, b) in zip(band.seen, band.seen[1:], strict=False)]
    assert min(steps) > 0.93
    assert max(steps) < 1.10
    assert band.transport.bpm == pytest.approx(123.0, rel=0.01)


def test_a_little_ahead_is_steered_and_a_lot_is_set() -> None:
    band = Band().plug().run(6.0)
    band.bay.write([("/transport/beat", band.transport.beat + 0.05)], RECALL)
    here = band.transport.beat_at(band.clock.now())
    band.run(TICK)
    assert band.transport.beat_at(band.clock.now()) == pytest.approx(here + TICK * 2.0, abs=1e-3)
    band.run(6.0)
    assert abs(band.ahead_ms()) < 4.0
    band.bay.write([("/transport/beat", band.transport.beat + 0.4)], RECALL)
    band.run(0.15)
    assert abs(band.ahead_ms()) < 4.0


def test_start_is_beat_0_and_stop_stands() -> None:
    band = Band().plug().run(5.3)
    band.midi.start()
    band.run(1.0)
    assert band.transport.beat_at(band.clock.now()) == pytest.approx(2.0, abs=0.1)
    assert abs(band.ahead_ms()) < 4.0
    band.midi.stop()
    band.run(0.5)
    assert band.bay.number("/transport/playing") == 0.0
    stood = band.transport.beat_at(band.clock.now())
    assert band.run(1.0).transport.beat_at(band.clock.now()) == stood
    band.midi.resume()
    band.run(0.5)
    assert band.bay.number("/transport/playing") == 1.0
    assert band.transport.beat_at(band.clock.now()) == pytest.approx(stood + 1.0, abs=0.1)


def test_one_that_is_joined_midway_leaves_the_bar_where_it_is() -> None:
    band = Band(120.0).run(3.3)
    before, then = band.transport.beat_at(band.clock.now()), band.clock.now()
    band.plug().run(6.0)
    counted = before + (band.clock.now() - then) * 2.0
    assert band.transport.beat_at(band.clock.now()) == pytest.approx(counted, abs=0.51)


def test_a_gap_in_the_clock_leaves_the_chosen_one_alone() -> None:
    band = Band(120.0).plug().run(6.1)
    band.write("/transport/downbeat", 1)
    before, then = band.transport.beat_at(band.clock.now()), band.clock.now()
    band.sends = False
    band.run(1.0)
    band.sends = True
    band.run(3.0)
    assert band.text("/transport/follows") == "midi clock from machine"
    assert band.transport.beat_at(band.clock.now()) - before == pytest.approx((band.clock.now() - then) * 2.0, abs=0.02)


def test_silence_holds_the_tempo_and_says_so() -> None:
    band = Band(97.0).plug().run(6.0)
    band.sends = False
    band.run(0.8)
    assert band.text("/transport/follows") == "midi clock lost"
    before = band.transport.beat_at(band.clock.now())
    band.run(10.0)
    assert band.transport.bpm == pytest.approx(97.0, abs=0.1)
    assert band.transport.beat_at(band.clock.now()) - before == pytest.approx(10.0 * 97.0 / 60.0, rel=1e-2)


def test_a_clock_that_is_not_followed_is_told_of_once_and_moves_nothing() -> None:
    band = Band(140.0).plug(follow=False).run(6.0)
    assert band.transport.bpm == 120.0
    assert band.text("/transport/follows") == ""
    assert band.text("/transport/hears") == "machine"
    latest = band.messages.latest()
    assert latest is not None
    assert "MIDI clock comes from machine" in latest.text


@pytest.mark.parametrize("ticks", range(0, 30, 3))
def test_a_hand_on_the_tempo_takes_the_lead(ticks: int) -> None:
    band = Band(140.0).plug().run(6.0 + ticks * TICK)  # at any moment between two looks at the clock
    here = band.transport.beat_at(band.clock.now())
    band.write("/transport/bpm", 100.0)
    assert band.bay.number("/transport/source") == 0.0
    assert band.transport.beat_at(band.clock.now()) == pytest.approx(here, abs=1e-6)
    band.run(3.0)
    assert band.transport.bpm == 100.0
    assert band.text("/transport/follows") == ""


def test_a_recalled_tempo_leaves_the_lead_where_it_is() -> None:
    band = Band(140.0).plug().run(6.0)
    band.bay.write([("/transport/bpm", 90.0), ("/transport/beat", 3.0)], RECALL)
    band.run(3.0)
    assert band.transport.bpm == pytest.approx(140.0, abs=1.0)
    assert abs(band.ahead_ms()) < 4.0


def test_a_tap_under_a_clock_sets_the_one_and_nothing_else() -> None:
    band = Band(120.0).plug().run(6.1)
    bpm = band.transport.bpm
    whole = round(band.transport.beat_at(band.clock.now()))
    phase = band.transport.beat_at(band.clock.now()) - whole
    band.write("/transport/tap", 1)
    beat = band.transport.beat_at(band.clock.now())
    assert round(beat) % 4 == 0
    assert beat - round(beat) == pytest.approx(phase, abs=1e-6)
    assert band.transport.bpm == bpm
    assert band.bay.number("/transport/source") == 1.0
    band.run(4.0)
    assert (band.transport.beat_at(band.clock.now()) - beat) == pytest.approx(8.0, abs=0.05)


@pytest.mark.parametrize("press_at", [0.1, 0.6, 1.1, 1.6, 1.9])
def test_the_downbeat_is_the_nearest_beat(press_at: float) -> None:
    band = Band().run(press_at)
    beat = band.transport.beat_at(band.clock.now())
    band.write("/transport/downbeat", 1)
    moved = band.transport.beat_at(band.clock.now())
    assert round(moved) % 4 == 0
    assert moved - round(moved) == pytest.approx(beat - round(beat), abs=1e-6)
    assert abs(moved - beat) <= 2.0
    assert band.transport.bpm == 120.0


def test_the_offset_brings_beats_earlier() -> None:
    band = Band(120.0).plug().run(6.0)
    band.write("/transport/offset_ms", 30.0)
    band.run(6.0)
    assert band.ahead_ms() == pytest.approx(-30.0, abs=3.0)


def test_taps_lead_until_a_hand_does() -> None:
    band = Band()
    for _ in range(4):
        band.run(0.6)
        band.write("/transport/tap", 1)
    band.run(0.1)
    assert band.text("/transport/follows") == "taps"
    assert band.transport.bpm == pytest.approx(100.0, abs=1.0)
    band.write("/transport/bpm", 111.0)
    band.run(0.1)
    assert band.text("/transport/follows") == ""
