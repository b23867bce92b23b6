"""The decoder against the specification, against python-osc, and against noise."""

from __future__ import annotations

import logging
import math
import os
import random
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from latentjockey.surfaces.osc_decode import (
    DEEPEST,
    LARGEST_PACKET,
    LONGEST_ADDRESS,
    MOST_MESSAGES,
    Message,
    OscError,
    decode,
)

FUZZ = int(os.environ.get("LATENTJOCKEY_FUZZ", "30000"))
AT_ONCE = struct.pack(">Q", 1)


def padded(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return raw + b"\x00" * (4 - len(raw) % 4)


def element(content: bytes) -> bytes:
    return struct.pack(">i", len(content)) + content


def nested(depth: int, inside: bytes) -> bytes:
    packet = inside
    for _ in range(depth):
        packet = b"#bundle\x00" + AT_ONCE + element(packet)
    return packet


def flat(params: list[Any]) -> list[Any]:
    result: list[Any] = []
    for param in params:
        result += flat(param) if isinstance(param, list) else [param]
    return result


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float) and math.isnan(ours):
        return isinstance(theirs, float) and math.isnan(theirs)
    return type(ours) is type(theirs) and ours == theirs


def walk(content: OscBundle | OscMessage, when: float | None = None) -> list[tuple[float | None, OscMessage]]:
    if isinstance(content, OscMessage):
        return [(when, content)]
    own = None if content.timestamp == IMMEDIATELY else content.timestamp
    return [found for inner in content for found in walk(inner, own)]


def check_against_python_osc(messages: list[Message], packet: bytes) -> None:
    root = OscBundle(packet) if packet.startswith(b"#bundle\x00") else OscMessage(packet)
    theirs = walk(root)
    assert len(messages) == len(theirs)
    for message, (when, other) in zip(messages, theirs, strict=True):
        assert message.address == other.address
        assert message.time == when
        params = flat(other.params)
        assert len(message.args) == len(params)
        assert all(same(a, b) for a, b in zip(message.args, params, strict=True))


TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
ARGUMENT = st.one_of(
    st.tuples(st.integers(-(2**31), 2**31 - 1), st.just("i")),
    st.tuples(st.integers(-(2**63), 2**63 - 1), st.just("h")),
    st.tuples(st.floats(width=32), st.just("f")),
    st.tuples(st.floats(), st.just("d")),
    st.tuples(TEXT, st.just("s")),
    st.tuples(st.binary(min_size=1, max_size=20), st.just("b")),
    st.tuples(st.just(True), st.just("T")),
    st.tuples(st.just(False), st.just("F")),
    st.tuples(st.none(), st.just("N")),
    st.tuples(st.integers(0, 2**32 - 1), st.just("r")),
    st.tuples(st.tuples(*[st.integers(0, 255)] * 4), st.just("m")),
)
ARRAY = st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=5).map(lambda v: (v, ["f"] * len(v)))
ADDRESS = st.from_regex(r"(/[a-z0-9_*?]{1,8}){1,4}", fullmatch=True)


@st.composite
def messages(draw: st.DrawFn) -> OscMessage:
    builder = OscMessageBuilder(draw(ADDRESS))
    for value, tag in draw(st.lists(ARGUMENT | ARRAY, max_size=8)):
        builder.add_arg(value, tag)
    return builder.build()


@st.composite
def bundles(draw: st.DrawFn, after: float = 1e9, depth: int = 3) -> OscBundle:
    when = draw(st.just(IMMEDIATELY) | st.floats(after, 2e9)) if after == 1e9 else draw(st.floats(after, 2e9))
    builder = OscBundleBuilder(when)  # type: ignore[arg-type] # its annotation says int, its text says float
    for _ in range(draw(st.integers(0, 4))):
        inner = depth > 0 and draw(st.booleans())
        builder.add_content(draw(bundles(max(1e9 + 1, when), depth - 1)) if inner else draw(messages()))
    return builder.build()


@given(messages())
def test_messages_of_python_osc_decode_to_what_it_reads(message: OscMessage) -> None:
    check_against_python_osc(decode(message.dgram), message.dgram)


@given(bundles())
def test_bundles_of_python_osc_decode_to_what_it_reads(bundle: OscBundle) -> None:
    check_against_python_osc(decode(bundle.dgram), bundle.dgram)


def test_types_that_python_osc_does_not_build() -> None:
    packet = padded("/a") + padded(",ScIt[f[i]]") + padded("symbol") + struct.pack(">iQfi", ord("x"), 5 << 32, 0.5, 7)
    assert decode(packet) == [Message("/a", "ScIt[f[i]]", ("symbol", "x", True, 5 << 32, 0.5, 7), None)]
    assert decode(padded("/a") + padded(",b") + struct.pack(">i", 0))[0].args == (b"",)


def test_senders_that_leave_type_tags_out_are_understood() -> None:
    assert decode(padded("/panic")) == [Message("/panic", "", (), None)]
    assert decode(padded("/panic") + padded(",")) == [Message("/panic", "", (), None)]


def test_an_inner_bundle_is_not_due_before_the_outer() -> None:
    inside = padded("/a") + padded(",T")
    later, sooner = struct.pack(">II", 2_208_988_800 + 200, 1 << 31), struct.pack(">II", 2_208_988_800 + 100, 0)
    for inner, due in ((sooner, 200.5), (AT_ONCE, 200.5), (struct.pack(">II", 2_208_988_800 + 300, 0), 300.0)):
        packet = b"#bundle\x00" + later + element(b"#bundle\x00" + inner + element(inside)) + element(inside)
        assert [m.time for m in decode(packet)] == [due, 200.5]


def test_every_honest_packet_fits() -> None:
    shortest = padded("/ab") + padded(",") + b""
    count = (LARGEST_PACKET - 16) // (len(shortest) + 4)
    with_argument = padded("/ab") + padded(",f") + struct.pack(">f", 1.0)
    fitting = (LARGEST_PACKET - 16) // (len(with_argument) + 4)
    assert len(decode(b"#bundle\x00" + AT_ONCE + element(with_argument) * fitting)) == fitting
    assert count > MOST_MESSAGES  # so the limit is real
    with pytest.raises(OscError, match="up to 4096 messages"):
        decode(b"#bundle\x00" + AT_ONCE + element(shortest) * count)
    floats = [i / 7 for i in range(13_000)]
    numbers = decode(padded("/z") + padded("," + "f" * 13_000) + struct.pack(">13000f", *floats))[0].args
    assert numbers == struct.unpack(">13000f", struct.pack(">13000f", *floats))


def test_depth_is_bounded_and_never_recurses() -> None:
    inside = padded("/a") + padded(",T")
    assert decode(nested(DEEPEST, inside))[0].args == (True,)
    with pytest.raises(OscError, match="nested"):
        decode(nested(DEEPEST + 1, inside))
    with pytest.raises(OscError, match="nested"):
        decode(nested(3_000, inside))  # 60 KB: ends python-osc by RecursionError


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (b"", "begins with"),
        (b"hello there", "begins with"),
        (b"/" + b"a" * 70_000, "bytes"),
        (b"/abc", "does not end"),
        (b"/abc\x00", "type tags"),
        (padded("/" + "a" * LONGEST_ADDRESS), "up to 255 characters"),
        (padded("/caf\u00e9") + padded(",T"), "printable ASCII"),
        (padded("/a\x1b[2J") + padded(",T"), "printable ASCII"),
        (padded("/a") + b"fff\x00", "no type tags"),
        (padded("/a") + b",fff", "no type tags"),
        (padded("/a") + padded(",f") + b"\x00\x00", "bytes for 1 floats"),
        (padded("/a") + padded(",ff") + b"\x00" * 4, "4 bytes for 2 floats"),
        (padded("/a") + padded(",i") + b"\x00" * 8, "no type tag announces"),
        (padded("/a") + padded(",d") + b"\x00" * 4, "cut short"),
        (padded("/a") + padded(",s") + b"abcd", "string that does not end"),
        (padded("/a") + padded(",s") + padded(b"\xff\xfe"), "not UTF-8"),
        (padded("/a") + padded(",b") + struct.pack(">i", -4), "blob"),
        (padded("/a") + padded(",b") + struct.pack(">i", 2**31 - 1), "blob"),
        (padded("/a") + padded(",b") + struct.pack(">i", 3) + b"abc", "blob"),
        (padded("/a") + padded(",c") + struct.pack(">i", -1), "character"),
        (padded("/a") + padded(",c"), "cut short"),
        (padded("/a") + padded(",x") + b"\x00" * 4, "'x', which is not OSC"),
        (padded("/a") + padded(",[f") + b"\x00" * 4, "array open"),
        (padded("/a") + padded(",]["), "not open"),
        (b"#bundle\x00", "cut short"),
        (b"#bundle\x00" + AT_ONCE + b"\x00\x00", "cut short"),
        (b"#bundle\x00" + AT_ONCE + struct.pack(">i", 0), "cannot have 0 bytes"),
        (b"#bundle\x00" + AT_ONCE + struct.pack(">i", -4) + b"\x00" * 8, "cannot have -4 bytes"),
        (b"#bundle\x00" + AT_ONCE + struct.pack(">i", 16) + b"\x00" * 8, "cannot have 16 bytes"),
        (b"#bundle\x00" + AT_ONCE + element(b"abcd"), "begins with"),
        (b"#bundle\x00" + AT_ONCE + element(b"#bundle\x00"), "cut short"),
    ],
)
def test_what_is_no_osc_is_refused_by_a_sentence(packet: bytes, why: str) -> None:
    with pytest.raises(OscError, match=why):
        decode(packet)


def corpus() -> list[bytes]:
    one = padded("/mix/crossfade") + padded(",f") + struct.pack(">f", 0.5)
    many = padded("/deck/a/z") + padded(",[fdhi]TFNIs") + struct.pack(">fdqi", 1, 2, 3, 4) + padded("w\u00f6rter")
    blob = padded("/deck/b/z") + padded(",bmrtc") + struct.pack(">i8s4sIQi", 8, b"12345678", b"\1\2\3\4", 7, 9, 65)
    bundle = b"#bundle\x00" + AT_ONCE + element(one) + element(nested(2, many)) + element(blob)
    return [one, many, blob, bundle, nested(5, bundle)]


def mutate(packet: bytes, chance: random.Random) -> bytes:
    data = bytearray(packet)
    for _ in range(chance.randint(1, 4)):
        if not data:
            break
        at = chance.randrange(len(data))
        match chance.randrange(6):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                data[at] ^= 1 << chance.randrange(8)
            case 2:
                del data[at : at + chance.randint(1, 9)]
            case 3:
                data[at:at] = chance.randbytes(chance.randint(1, 9))
            case 4:
                at -= at % 4
                data[at : at + 4] = struct.pack(">i", chance.choice([-1, 0, 4, 2**31 - 1, -(2**31), len(data)]))
            case _:
                del data[at:]
    return bytes(data)


def test_noise_draws_nothing_but_osc_error_and_what_passes_means_the_same_to_python_osc() -> None:
    chance = random.Random(20_260)
    seeds = corpus()
    passed = 0
    logging.disable(logging.WARNING)  # python-osc warns of every tag it does not know
    try:
        for i in range(FUZZ):
            packet = chance.randbytes(chance.randrange(64)) if i % 8 == 0 else mutate(chance.choice(seeds), chance)
            if i % 16 == 0:
                packet = chance.choice([b"/", b"#bundle\x00" + AT_ONCE]) + packet
            try:
                found = decode(packet)
            except OscError:
                continue
            passed += 1
            odd = any(set(m.tags) & set("tcSI") for m in found)  # python-osc reads these otherwise or not at all
            if not odd and all(m.time is None for m in found):
                try:
                    check_against_python_osc(found, packet)
                except RecursionError:  # its own weakness
                    continue
    finally:
        logging.disable(logging.NOTSET)
    assert passed > FUZZ // 100  # the noise is not so wild that nothing is tested
