"""MIDI into the bay through the fake backend: mapping, hot-plug, and a machine without MIDI."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest

from latentjockey.base.clock import ManualClock, SystemClock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.mapping.event import MessageKind
from latentjockey.mapping.table import MidiBinding, MidiMap, Mode, Takeover
from latentjockey.surfaces.midi_fake import FakeBackend
from latentjockey.surfaces.midi_input import ASK_EVERY, ASK_EVERY_AT_REST, MidiInput, MidiState
from latentjockey.surfaces.midi_ports import RtMidiBackend, is_own_or_through, label

PSI = MidiBinding(MessageKind.CC, "/deck/a/psi", 21, lo=0.0, hi=127.0, takeover=Takeover.JUMP)
FINE = MidiBinding(MessageKind.CC14, "/deck/b/psi", 3, lo=0.0, hi=16383.0, takeover=Takeover.JUMP)
PSI_B = MidiBinding(MessageKind.CC, "/deck/b/psi", 21, lo=0.0, hi=127.0, takeover=Takeover.JUMP)
FREEZE = MidiBinding(MessageKind.NOTE, "/stage/freeze", 60, mode=Mode.TOGGLE)
MAP = MidiMap("test", bindings=(PSI, FINE, FREEZE))
KNOBS = "Knobs:Knobs MIDI 1 20:0"


class Rig:
    """A bay, a fake MIDI system and an input whose turns the test makes."""

    def __init__(self, backend: FakeBackend, *maps: MidiMap, names: tuple[str, ...] = ()) -> None:
        self.clock = ManualClock(100.0)
        self.bay = Bay(Layout(1, builtin(4, (64, 64))), self.clock)
        self.messages = Messages()
        self.backend = backend
        self.input = MidiInput(self.bay, self.messages, self.clock, backend, maps or (MAP,), names)
        self.input.turn()

    def second(self) -> float | None:
        self.clock.advance(1.0)
        return self.input.turn()

    def send(self, data: str, name: str = KNOBS) -> None:
        assert self.backend.send(name, bytes.fromhex(data))
        self.input.turn()

    def texts(self) -> list[str]:
        return [m.text for m in self.messages.recent()]


def test_a_knob_moves_its_control_under_its_own_name() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.send("b0 15 40")
    assert rig.bay.number("/deck/a/psi") == 64.0
    _, changes = rig.bay.changes_since(0)
    assert [c.source for c in changes] == ["midi Knobs:Knobs MIDI 1"]
    state = rig.input.state()
    assert state.present == state.connected == ("Knobs:Knobs MIDI 1",)
    assert (state.last, state.count, state.available) == ("CC 21 ch 1 = 64", 1, True)


def test_one_drain_is_one_batch() -> None:
    rig = Rig(FakeBackend(KNOBS))
    before = rig.bay.revision
    for data in ("b0 15 01", "b0 15 02", "90 3c 64"):
        rig.backend.send(KNOBS, bytes.fromhex(data))
    rig.input.turn()
    assert rig.bay.revision == before + 1
    assert rig.bay.number("/deck/a/psi") == 2.0
    assert rig.bay.number("/stage/freeze") == 1.0


def test_a_seven_bit_knob_on_a_fine_binding_is_heard_after_its_wait() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.backend.send(KNOBS, bytes.fromhex("b0 03 7f"))
    assert rig.input.turn() == pytest.approx(0.005)
    rig.clock.advance(0.006)
    rig.input.turn()
    assert rig.bay.number("/deck/b/psi") == 16383.0


def test_replugging_two_hundred_times_keeps_the_map_and_what_is_held() -> None:
    backend = FakeBackend("Other 9:0")
    rig = Rig(backend)
    numbers = random.Random(7)
    for n in range(200):
        name = f"Knobs:Knobs MIDI 1 {numbers.randrange(16, 60)}:0"  # the system hands out another number each time
        backend.plug(name)
        rig.second()
        rig.send(f"b0 15 {n % 128:02x}", name)
        assert rig.bay.number("/deck/a/psi") == n % 128
        rig.send("90 3c 64", name)
        assert rig.bay.number("/stage/freeze") == (n + 1) % 2
        backend.unplug(name)  # the note's release is never heard
        rig.second()
        assert rig.input.state().connected == ("Other",)
    assert backend.opened == 201
    assert rig.bay.changes_since(0)[1][0].source == "midi Knobs:Knobs MIDI 1"


def test_a_button_that_was_down_when_its_port_went_is_up_again() -> None:
    button = MidiBinding(MessageKind.CC, "/panic", 40)
    rig = Rig(FakeBackend(KNOBS), MidiMap("m", bindings=(button,)))
    rig.send("b0 28 7f")
    rig.backend.unplug(KNOBS)
    rig.second()
    rig.backend.plug(KNOBS)
    rig.second()
    rig.send("b0 28 7f")
    assert rig.bay.number("/panic") == 2.0


def test_an_unplugged_port_waits_and_says_so() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.backend.unplug(KNOBS)
    rig.second()
    assert rig.input.state().present == ()
    assert rig.texts()[-1].startswith("Knobs:Knobs MIDI 1 is unplugged")


def test_what_arrived_before_the_plug_was_pulled_still_counts() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.backend.send(KNOBS, bytes.fromhex("b0 15 05"))
    rig.backend.unplug(KNOBS)
    rig.second()
    assert rig.bay.number("/deck/a/psi") == 5.0


def test_only_named_ports_are_opened_when_names_are_given() -> None:
    rig = Rig(FakeBackend("Knobs 20:0", "Pads 24:0", "Midi Through 14:0"), names=("pads", "through"))
    assert rig.input.state().connected == ("Pads", "Midi Through")
    rig = Rig(FakeBackend("Knobs 20:0"), names=("pads",))
    assert rig.input.state().connected == ()
    assert "pads" in rig.texts()[0]
    rig.backend.plug("Pads 24:0")
    rig.second()
    assert rig.input.state().connected == ("Pads",)


def test_through_and_own_ports_are_not_opened_unasked() -> None:
    rig = Rig(FakeBackend("Midi Through:Midi Through Port-0 14:0", "latentjockey:out 130:0", "Knobs 20:0"))
    assert rig.input.state().connected == ("Knobs",)


def test_each_port_plays_through_the_map_that_is_closest() -> None:
    pads = MidiMap("pads", "pads", (PSI_B,))
    rig = Rig(FakeBackend("Knobs 20:0", "Pads 24:0"), MAP, pads)
    rig.send("b0 15 01", "Knobs 20:0")
    rig.send("b0 15 02", "Pads 24:0")
    assert (rig.bay.number("/deck/a/psi"), rig.bay.number("/deck/b/psi")) == (1.0, 2.0)


def test_two_of_a_kind_are_two_players() -> None:
    rig = Rig(FakeBackend("Knobs 20:0", "Knobs 24:0"))
    assert rig.input.state().connected == ("Knobs", "Knobs (2)")
    rig.backend.unplug("Knobs 20:0")
    rig.second()
    assert rig.input.state().connected == ("Knobs (2)",)
    rig.backend.plug("Knobs 28:0")
    rig.second()
    assert rig.input.state().connected == ("Knobs", "Knobs (2)")


def test_a_port_that_does_not_open_is_told_once_and_tried_again() -> None:
    backend = FakeBackend(KNOBS)
    backend.refusing.add(KNOBS)
    rig = Rig(backend)
    for _ in range(5):
        rig.second()
    assert len(rig.texts()) == 1
    assert rig.messages.recent()[0].count == 1
    backend.refusing.clear()
    rig.second()
    rig.send("b0 15 09")
    assert rig.bay.number("/deck/a/psi") == 9.0


def test_other_maps_can_be_put_in_while_playing() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.input.use(
        [
            MidiMap(
                "other",
                bindings=(PSI_B,),
            )
        ]
    )
    rig.send("b0 15 40")
    assert (rig.bay.number("/deck/a/psi"), rig.bay.number("/deck/b/psi")) == (1.0, 64.0)


def test_sleeping_bindings_are_listed_and_wake_with_the_layout() -> None:
    warp = MidiBinding(MessageKind.CC, "/gen/warp", 9, takeover=Takeover.JUMP)
    rig = Rig(FakeBackend(KNOBS), MidiMap("m", bindings=(PSI, warp)))
    assert [s.binding for s in rig.input.asleep()] == [warp]
    rig.send("b0 09 7f")
    rig.bay.install(Layout(2, builtin(4, (64, 64), [ControlSpec("/gen/warp", Kind.FLOAT, 0.0, 0.0, 5.0)])))
    assert rig.input.asleep() == ()
    rig.send("b0 09 7f")
    assert rig.bay.number("/gen/warp") == 5.0


def test_unknown_keys_of_a_map_are_named_once() -> None:
    rig = Rig(FakeBackend(), MidiMap("m", extra={"leds": 1, "author": "x"}))
    rig.second()
    assert rig.texts() == ["The MIDI map m holds what this version does not know and keeps: leds, author."]


def test_no_midi_system_is_one_message_and_no_thread() -> None:
    rig = Rig(FakeBackend(available=False))
    assert not rig.input.state().available
    (text,) = rig.texts()
    assert "no MIDI system" in text
    rig.input.start()
    rig.input.stop()
    assert rig.messages.total == 1


def test_a_midi_system_that_goes_away_may_come_back() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.backend.available = False
    assert rig.second() is not None
    rig.second()
    assert rig.input.state() == MidiState(available=False)
    rig.backend.available = True
    rig.second()
    rig.send("b0 15 03")
    assert rig.bay.number("/deck/a/psi") == 3.0


def test_ports_that_must_be_asked_are_asked_more_often_while_somebody_plays() -> None:
    rig = Rig(FakeBackend(KNOBS, polled=True))
    rig.send("b0 15 03")
    assert rig.input.turn() == pytest.approx(ASK_EVERY)
    for _ in range(8):
        rig.second()
    assert rig.input.turn() == pytest.approx(ASK_EVERY_AT_REST)


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether the condition comes true in time."""
    never = threading.Event()
    clock = SystemClock()
    end = clock.now() + seconds
    while not condition() and clock.now() < end:
        never.wait(0.002)
    return condition()


def test_the_thread_hears_plugging_and_playing_and_ends() -> None:
    clock = SystemClock()
    bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
    backend = FakeBackend()
    midi = MidiInput(bay, Messages(), clock, backend, [MAP], list_every=0.005)
    midi.start()
    try:
        backend.plug(KNOBS)
        assert until(lambda: bool(midi.state().connected))
        backend.send(KNOBS, bytes.fromhex("b0 15 33"))
        assert until(lambda: bay.number("/deck/a/psi") == 0x33)
    finally:
        midi.stop()
    assert not any(t.name == "midi" for t in threading.enumerate())
    assert not backend.send(KNOBS, bytes.fromhex("b0 15 34"))


def test_labels_drop_the_numbers_of_the_day() -> None:
    assert label("nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0", "linux") == "nanoKONTROL2:nanoKONTROL2 MIDI 1"
    assert label("nanoKONTROL2 1", "win32") == "nanoKONTROL2"
    assert label("APC40 2", "darwin") == "APC40 2"
    assert label("7:0", "linux") == "7:0"
    assert is_own_or_through("Midi Through Port-0")
    assert not is_own_or_through("Through-Hole Synth")


def test_an_unknown_midi_system_is_one_sentence() -> None:
    with pytest.raises(StageError, match="jack"):
        RtMidiBackend("oss")


def test_a_program_change_recalls_a_preset_and_pressure_and_velocity_play() -> None:
    rows = (
        MidiBinding(MessageKind.PROGRAM, "/preset/recall", 4, text="dusk"),
        MidiBinding(MessageKind.NOTE, "/deck/a/psi", 60, lo=0.0, hi=127.0, mode=Mode.VALUE),
        MidiBinding(MessageKind.AFTERTOUCH, "/deck/b/psi", lo=0.0, hi=127.0),
        MidiBinding(MessageKind.POLYTOUCH, "/echo/amount", 61, lo=0.0, hi=127.0),
    )
    rig = Rig(FakeBackend(KNOBS), MidiMap("m", bindings=rows))
    rig.send("c0 04")
    assert [(e.address, e.text) for e in rig.bay.drain_events()] == [("/preset/recall", "dusk")]
    for data, address, value in (
        ("90 3c 21", "/deck/a/psi", 33.0),
        ("80 3c 40", "/deck/a/psi", 0.0),
        ("d0 07", "/deck/b/psi", 7.0),
        ("d0 00", "/deck/b/psi", 0.0),
        ("a0 3d 7f", "/echo/amount", 127.0),
        ("a0 3c 01", "/echo/amount", 127.0),
    ):
        rig.send(data)
        assert rig.bay.number(address) == value
