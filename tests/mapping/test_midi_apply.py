"""What messages do to controls: truth tables for kinds, modes and ranges, through a real bay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import Rank, Source
from latentjockey.control.spec import ControlSpec, Kind, Taper
from latentjockey.control.values import Value
from latentjockey.mapping.apply import Applier
from latentjockey.mapping.event import MessageKind, MidiEvent
from latentjockey.mapping.table import MidiBinding, MidiMap, Mode, Takeover
from latentjockey.mapping.travel import find, place

CC, NOTE, PROGRAM = MessageKind.CC, MessageKind.NOTE, MessageKind.PROGRAM
SPECS = (
    ControlSpec("/plain", Kind.FLOAT, 0.5, -1.0, 3.0),
    ControlSpec("/log", Kind.FLOAT, 10.0, 1.0, 100.0, taper=Taper.LOG),
    ControlSpec("/square", Kind.FLOAT, 0.0, 0.0, 4.0, taper=Taper.SQUARE),
    ControlSpec("/count", Kind.INT, 2, 0, 10),
    ControlSpec("/switch", Kind.BOOL, False),
    ControlSpec("/choice", Kind.CHOICE, 0, 0, 2, choices=("x", "y", "z")),
    ControlSpec("/go", Kind.TRIGGER),
    ControlSpec("/say", Kind.COMMAND, ""),
    ControlSpec("/word", Kind.TEXT, "none"),
    ControlSpec("/vector", Kind.VECTOR, 0.0, -3.0, 3.0, size=8),
    ControlSpec("/told", Kind.READOUT, 0.0),
)
ME = Source("midi test", Rank.MIDI)


def bay() -> Bay:
    return Bay(Layout(1, SPECS), ManualClock())


def play(binding: MidiBinding, *values: int, on: Bay | None = None, channel: int = 1) -> list[tuple[str, Value]]:
    """The writes for these values of the binding's own message, one batch each, written to the bay in between.

    The knob jumps: when it may play is told elsewhere.
    """
    controls = on or bay()
    applier = Applier(MidiMap("m", bindings=(replace(binding, takeover=Takeover.JUMP),)))
    written: list[tuple[str, Value]] = []
    for value in values:
        event = MidiEvent(binding.kind, channel, binding.number or 0, value, 0.0)
        batch = applier.batch([event], controls)
        controls.write(batch, ME)
        written += batch
    return written


@pytest.mark.parametrize(
    ("binding", "value", "expected"),
    [
        (MidiBinding(CC, "/plain", 1), 0, -1.0),
        (MidiBinding(CC, "/plain", 1), 127, 3.0),
        (MidiBinding(CC, "/plain", 1, lo=0.0, hi=127.0), 42, 42.0),
        (MidiBinding(CC, "/plain", 1, lo=10.0, hi=-10.0), 0, 10.0),
        (MidiBinding(CC, "/plain", 1, lo=10.0, hi=-10.0), 127, -10.0),
        (MidiBinding(CC, "/plain", 1, hi=50.0), 127, 50.0),
        (MidiBinding(CC, "/plain", 1, lo=7.0, hi=7.0), 64, 7.0),
        (MidiBinding(CC, "/log", 1), 0, 1.0),
        (MidiBinding(CC, "/log", 1), 127, 100.0),
        (MidiBinding(CC, "/log", 1, lo=100.0, hi=1.0), 0, 100.0),
        (MidiBinding(CC, "/log", 1, lo=100.0, hi=0.0), 127, 0.0),
        (MidiBinding(CC, "/switch", 1), 63, 0.0),
        (MidiBinding(CC, "/switch", 1), 64, 1.0),
        (MidiBinding(CC, "/switch", 1, lo=1.0, hi=0.0), 64, 0.0),
        (MidiBinding(CC, "/count", 1), 127, 10.0),
        (MidiBinding(MessageKind.PITCHBEND, "/plain"), 8192, 1.0),
        (MidiBinding(MessageKind.PITCHBEND, "/plain"), 0, -1.0),
        (MidiBinding(MessageKind.PITCHBEND, "/plain"), 16383, 3.0),
        (MidiBinding(MessageKind.CC14, "/plain", 1), 16383, 3.0),
        (MidiBinding(MessageKind.NRPN, "/plain", 900), 0, -1.0),
        (MidiBinding(MessageKind.AFTERTOUCH, "/plain"), 127, 3.0),
        (MidiBinding(MessageKind.POLYTOUCH, "/plain", 60), 127, 3.0),
        (MidiBinding(NOTE, "/plain", 60), 1, 3.0),
        (MidiBinding(NOTE, "/plain", 60), 0, -1.0),
        (MidiBinding(NOTE, "/plain", 60, mode=Mode.VALUE), 127, 3.0),
        (MidiBinding(NOTE, "/plain", 60, mode=Mode.VALUE, lo=0.0, hi=127.0), 30, 30.0),
        (MidiBinding(NOTE, "/plain", 60, mode=Mode.TRIGGER, hi=9.0), 30, 9.0),
        (MidiBinding(PROGRAM, "/plain", 0, hi=9.0), 0, 9.0),
        (MidiBinding(PROGRAM, "/plain", lo=0.0, hi=127.0), 0, 0.0),
    ],
)
def test_one_message_one_value(binding: MidiBinding, value: int, expected: float) -> None:
    ((address, got),) = play(binding, value)
    assert address == binding.address
    assert got == pytest.approx(expected)


def test_the_range_of_the_day_counts() -> None:
    controls = bay()
    controls.set_range("/plain", -20.0, 20.0)
    assert play(MidiBinding(CC, "/plain", 1), 127, on=controls) == [("/plain", 20.0)]


@pytest.mark.parametrize(
    ("binding", "values", "presses"),
    [
        (MidiBinding(NOTE, "/go", 60), (100, 0, 100, 0), 2),
        (MidiBinding(NOTE, "/go", 60, mode=Mode.TOGGLE), (100, 0, 100), 2),
        (MidiBinding(NOTE, "/go", 60), (100, 100), 2),
        (MidiBinding(CC, "/go", 1), (127, 0, 127, 0), 2),
        (MidiBinding(CC, "/go", 1), (10, 40, 63, 64, 90, 127, 80, 63, 64), 2),
        (MidiBinding(CC, "/go", 1), (0, 0), 0),
        (MidiBinding(PROGRAM, "/go", 5), (5, 5, 5), 3),
        (MidiBinding(PROGRAM, "/go"), (5, 6), 2),
    ],
)
def test_presses_are_counted_once_each(binding: MidiBinding, values: tuple[int, ...], presses: int) -> None:
    controls = bay()
    play(binding, *values, on=controls)
    assert controls.number("/go") == presses


def test_commands_and_texts_say_what_the_binding_says() -> None:
    assert play(MidiBinding(PROGRAM, "/say", 3, text="dusk"), 3) == [("/say", "dusk")]
    assert play(MidiBinding(NOTE, "/word", 60, text="mean"), 100, 0) == [("/word", "mean")]
    assert play(MidiBinding(NOTE, "/say", 60), 100, 0) == [("/say", "")]


def test_toggle_goes_to_where_the_control_is_not() -> None:
    binding = MidiBinding(NOTE, "/plain", 60, lo=0.0, hi=5.0, mode=Mode.TOGGLE)
    controls = bay()
    assert [v for _, v in play(binding, 100, 0, 100, 0, 100, on=controls)] == [5.0, 0.0, 5.0]
    controls.write([("/plain", 0.1)], Source("recall", Rank.RECALL))
    assert [v for _, v in play(binding, 100, on=controls)] == [5.0]


def test_two_toggles_in_one_batch_are_two() -> None:
    binding = MidiBinding(NOTE, "/switch", 60, mode=Mode.TOGGLE)
    applier = Applier(MidiMap("m", bindings=(binding,)))
    press = MidiEvent(NOTE, 1, 60, 100, 0.0)
    assert [v for _, v in applier.batch([press, press, press], bay())] == [1.0, 0.0, 1.0]


def test_components_slices_and_whole_vectors() -> None:
    controls = bay()
    play(MidiBinding(CC, "/vector/3", 1), 127, on=controls)
    play(MidiBinding(CC, "/vector/5-6", 1), 0, on=controls)
    assert np.array_equal(np.asarray(controls.value("/vector")), [0, 0, 0, 3, 0, -3, -3, 0])
    play(MidiBinding(CC, "/vector", 1, lo=0.0, hi=127.0), 5, on=controls)
    assert np.array_equal(np.asarray(controls.value("/vector")), [5.0] * 8)


def test_what_sleeps_writes_nothing_and_wakes_with_its_address() -> None:
    controls = bay()
    applier = Applier(
        MidiMap("m", bindings=(MidiBinding(CC, "/later", 1, takeover=Takeover.JUMP), MidiBinding(CC, "/told", 1)))
    )
    event = MidiEvent(CC, 1, 1, 127, 0.0)
    assert applier.batch([event], controls) == []
    controls.install(Layout(2, (*SPECS, ControlSpec("/later", Kind.FLOAT, 0.0, 0.0, 8.0))))
    assert applier.batch([event], controls) == [("/later", 8.0)]


def test_channel_and_number_select() -> None:
    binding = MidiBinding(CC, "/plain", 7, channel=3)
    assert play(binding, 1, channel=3)
    assert not play(binding, 1, channel=4)
    assert play(MidiBinding(CC, "/plain", 7), 1, channel=16)


def test_one_message_may_move_several_controls() -> None:
    rows = tuple(MidiBinding(CC, address, 1, takeover=Takeover.JUMP) for address in ("/plain", "/log"))
    got = Applier(MidiMap("m", bindings=rows)).batch([MidiEvent(CC, 1, 1, 127, 0.0)], bay())
    assert [address for address, _ in got] == ["/plain", "/log"]
    assert [value for _, value in got] == pytest.approx([3.0, 100.0])


def test_steps_move_on_from_where_the_control_stands() -> None:
    controls = bay()
    applier = Applier(MidiMap("m", bindings=(MidiBinding(MessageKind.NRPN, "/plain", 9, lo=0.0, hi=16383.0),)))
    step = MidiEvent(MessageKind.NRPN, 1, 9, 1, 0.0, relative=True)
    controls.write([("/plain", 100.0)], ME)
    assert [value for _, value in applier.batch([step, step], controls)] == pytest.approx([101.0, 102.0])


def test_small_steps_are_not_swallowed_by_whole_numbers() -> None:
    controls = bay()
    applier = Applier(MidiMap("m", bindings=(MidiBinding(MessageKind.NRPN, "/count", 9),)))
    step = MidiEvent(MessageKind.NRPN, 1, 9, 1, 0.0, relative=True)
    for _ in range(1639):
        controls.write(applier.batch([step], controls), ME)
    assert controls.number("/count") == 3.0


FINITE = st.floats(-1e6, 1e6)


@given(st.sampled_from(["/plain", "/log", "/square"]), FINITE, FINITE, st.floats(-2.0, 3.0))
def test_place_and_find_are_inverse_and_reversing_mirrors(address: str, lo: float, hi: float, x: float) -> None:
    spec = next(s for s in SPECS if s.address == address)
    value = place(spec, x, (lo, hi))
    assert value == pytest.approx(place(spec, 1.0 - x, (hi, lo)), rel=1e-6, abs=1e-6)
    well_apart = abs(hi - lo) > 1e-3 * max(1.0, abs(lo), abs(hi)) and (
        spec.taper is not Taper.LOG or min(lo, hi) > 1e-3
    )
    if well_apart:
        assert place(spec, find(spec, value, (lo, hi)), (lo, hi)) == pytest.approx(
            value, rel=1e-6, abs=1e-6 * abs(hi - lo)
        )


@given(
    st.builds(
        MidiEvent, st.sampled_from(MessageKind), st.integers(1, 16), st.just(0), st.integers(0, 16383), st.just(0.0),
        st.booleans(),
    ),
    st.sampled_from([s.address for s in SPECS]),
    st.sampled_from([None, *Mode]),
    st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False),
)  # fmt: skip
def test_no_message_and_no_range_raises(
    event: MidiEvent, address: str, mode: Mode | None, lo: float, hi: float
) -> None:
    number = None if event.kind in (MessageKind.PITCHBEND, MessageKind.AFTERTOUCH) else 0
    binding = MidiBinding(event.kind, address, number, lo=lo, hi=hi, mode=mode)
    controls = bay()
    applier = Applier(MidiMap("m", bindings=(binding,)))
    for _ in range(2):
        controls.write(applier.batch([event], controls), ME)
    for spec in SPECS:
        value = controls.value(spec.address)
        assert isinstance(value, str) or np.all(np.isfinite(value))
