"""What is sent, read back by python-osc and by our own decoder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage
from pythonosc.osc_packet import OscPacket

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.surfaces import osc_encode
from latentjockey.surfaces.osc_decode import LARGEST_PACKET, decode

PSI = ControlSpec("/deck/a/psi", Kind.FLOAT)


def test_kinds_have_their_type_tags() -> None:
    for kind, value, tags in (
        (Kind.FLOAT, 1.0, "f"),
        (Kind.INT, 7.0, "i"),
        (Kind.INT, 2.0**40, "h"),
        (Kind.BOOL, 1.0, "i"),
        (Kind.TRIGGER, 3.0, "i"),
        (Kind.READOUT, 59.9, "f"),
        (Kind.READOUT, 2.0**24 + 1, "d"),
        (Kind.FLOAT, 1e300, "d"),
        (Kind.READOUT, "playing", "s"),
    ):
        default = value if isinstance(value, str) else 0.0
        spec = ControlSpec("/x", kind, default)
        (packet,) = osc_encode.value_messages("/x", spec, value)
        (message,) = decode(packet)
        assert (message.tags, message.args) == (tags, (pytest.approx(value),))


@given(st.text(max_size=50))
def test_any_text_can_be_sent(text: str) -> None:
    (sent,) = OscMessage(osc_encode.message("/lj/error", text)).params
    assert sent == text.replace("\x00", " ").encode("utf-8", "replace").decode()


@given(st.integers() | st.floats() | st.booleans())
def test_any_number_can_be_sent(number: float) -> None:
    try:
        expected = float(number)
    except OverflowError:
        return
    (sent,) = OscMessage(osc_encode.message("/lj/pong", number)).params
    assert sent == pytest.approx(expected, rel=1e-6, abs=1e-37, nan_ok=True)


def test_a_vector_is_one_message_or_slices() -> None:
    spec = ControlSpec("/w", Kind.VECTOR, size=20_000)
    numbers = np.arange(20_000) / 8
    (whole,) = osc_encode.value_messages("/w", spec, numbers[:13_000])
    assert len(whole) <= LARGEST_PACKET
    assert decode(whole)[0].args == tuple(numbers[:13_000])
    slices = [decode(packet)[0] for packet in osc_encode.value_messages("/w", spec, numbers)]
    assert [m.address for m in slices] == [
        "/w/0-4095",
        "/w/4096-8191",
        "/w/8192-12287",
        "/w/12288-16383",
        "/w/16384-19999",
    ]
    assert [x for m in slices for x in m.args] == numbers.tolist()
    part = osc_encode.value_messages("/w/100-19999", spec, numbers[100:], first=100)
    assert decode(part[0])[0].address == "/w/100-4195"
    huge = osc_encode.value_messages("/w", spec, numbers[:8_000] + 1e300)
    assert [m.tags[0] for packet in huge for m in decode(packet)] == ["d", "d"]


def test_bundles_keep_order_and_the_size_of_an_ethernet_packet() -> None:
    messages = [osc_encode.message("/x", i / 4) for i in range(300)]
    messages.insert(100, osc_encode.message("/long", "x" * 3_000))
    packets = list(osc_encode.bundles(messages))
    assert sorted(map(len, packets))[-2] <= osc_encode.PREFERRED_PACKET
    assert len(packets) < 10
    read = [m for packet in packets for m in decode(packet)]
    assert [m.args for m in read if m.address == "/x"] == [(i / 4,) for i in range(300)]
    assert read[100].address == "/long"
    assert [m.message.address for m in OscPacket(packets[0]).messages] == ["/x"] * len(decode(packets[0]))
    assert list(osc_encode.bundles([])) == []
