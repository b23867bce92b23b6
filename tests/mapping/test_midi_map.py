"""MIDI maps: reading, writing, what sleeps, what collides, and the map that is shipped."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.diagnostics import StageError
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.mapping import map_file
from latentjockey.mapping.encoder import Encoding
from latentjockey.mapping.event import NUMBERLESS_KINDS, MessageKind
from latentjockey.mapping.profile import ECHO, Colours, Light, Profile, Touch
from latentjockey.mapping.table import Listening, MidiBinding, MidiMap, Mode, Takeover, choose

CC, NOTE = MessageKind.CC, MessageKind.NOTE
GENERIC = Path(__file__).parents[2] / "presets" / "midi" / "generic.json"
LAYOUT = Layout(1, builtin(16, (256, 256)))


def document(**bindings_or_head: object) -> bytes:
    head = {"format": map_file.FORMAT, "version": 1, "name": "test"}
    return json.dumps({**head, **bindings_or_head}).encode()


BANKS = ("A", "B")
FINITE = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def lights(draw: st.DrawFn, *, named: bool = False) -> Light:
    """Of a binding, or ``named``: of a profile."""
    byte, maybe = st.integers(0, 127), st.none() | st.integers(0, 127)
    where = {"address": "/a", "lo": draw(FINITE), "hi": draw(FINITE), "bank": draw(st.none() | st.sampled_from(BANKS))}
    return Light(
        draw(st.sampled_from([CC, NOTE]) if named else st.sampled_from([None, CC, NOTE])),
        draw(byte if named else maybe),
        draw(st.none() | st.integers(1, 16)),
        draw(st.none() | st.tuples(byte, byte)),
        draw(st.none() | st.builds(Colours, maybe, maybe, maybe, maybe)),
        draw(st.booleans()),
        draw(st.none() | st.builds(Touch, st.just(NOTE), byte)),
        **(where if named else {}),  # type: ignore[arg-type]
    )


RAW = st.lists(st.sampled_from([b"\xf0\x01\xf7", b"\xb0\x01\x02", b"\xc0\x01"]), max_size=3).map(tuple)
PROFILES = st.builds(Profile, st.text(max_size=5), RAW, RAW, st.lists(lights(named=True), max_size=3).map(tuple))


@st.composite
def bindings(draw: st.DrawFn) -> MidiBinding:
    kind = draw(st.sampled_from(MessageKind))
    largest = {MessageKind.CC14: 31, MessageKind.NRPN: 16383, MessageKind.RPN: 16383}.get(kind, 127)
    return MidiBinding(
        kind,
        "/" + draw(st.text(max_size=20).filter(lambda t: "\x00" not in t)),
        None if kind in NUMBERLESS_KINDS else draw(st.integers(0, largest)),
        draw(st.none() | st.integers(1, 16)),
        draw(FINITE),
        draw(FINITE),
        draw(st.none() | st.sampled_from(Mode)),
        draw(st.text(max_size=20)),
        draw(st.none() | st.sampled_from(Takeover)),
        draw(st.none() | st.sampled_from(BANKS)),
        draw(st.none() | st.booleans()),
        draw(st.none() | st.sampled_from(Encoding)) if kind is CC else None,
        draw(st.none() | st.floats(0, 100)),
        draw(st.just((ECHO,)) | st.lists(lights(), max_size=3).map(tuple)),
    )


@given(
    st.lists(bindings(), max_size=8), st.text(max_size=20), st.text(max_size=20), st.sampled_from([(), BANKS]),
    st.none() | PROFILES,
)  # fmt: skip
def test_what_is_written_is_read_again(
    rows: list[MidiBinding], name: str, port: str, banks: tuple[str, ...], profile: Profile | None
) -> None:
    midi_map = MidiMap(name, port, tuple(rows), banks, profile)
    assert map_file.decode(map_file.encode(midi_map), "it") == midi_map


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["format", "version", "name", "port", "bindings", "kind", "number", "address", "x"]), inner, max_size=5),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_file_is_a_map_or_one_sentence(data: bytes) -> None:
    with pytest.raises(StageError) as caught:
        map_file.decode(data, "odd.json")
    assert str(caught.value).startswith("odd.json")
    assert "\n" not in str(caught.value)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["kind", "number", "address", "channel", "lo", "hi", "mode", "takeover", "text", "x"]),
            st.sampled_from(
                ["cc", "note", "program", "/a", "", "toggle", "jump", None, True, 0, 5, 1.5, -1, 10**30, [], {}]
            ),
        ),
        max_size=3,
    )
)
def test_any_table_is_a_map_or_one_sentence(rows: list[dict[str, object]]) -> None:
    try:
        midi_map = map_file.decode(document(bindings=rows), "odd.json")
    except StageError as error:
        sentence = str(error)
        midi_map = None
    if midi_map is None:
        assert sentence.startswith("odd.json")
    else:
        assert len(midi_map.bindings) == len(rows)
        assert map_file.decode(map_file.encode(midi_map), "it") == midi_map


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ({"kind": "cc", "address": "/a"}, "needs a number"),
        ({"kind": "cc", "number": 128, "address": "/a"}, "0 to 127"),
        ({"kind": "cc14", "number": 32, "address": "/a"}, "0 to 31"),
        ({"kind": "nrpn", "number": 16384, "address": "/a"}, "0 to 16383"),
        ({"kind": "pitchbend", "number": 1, "address": "/a"}, "has no number"),
        ({"kind": "cc", "number": 1, "channel": 17, "address": "/a"}, "channel 17"),
        ({"kind": "cc", "number": 1, "channel": 0, "address": "/a"}, "channel 0"),
        ({"kind": "wheel", "number": 1, "address": "/a"}, "wheel"),
        ({"kind": "cc", "number": "1", "address": "/a"}, "number"),
        ({"kind": "cc", "number": 1, "address": "mix"}, "does not begin with /"),
        ({"kind": "cc", "number": 1}, "address"),
        ({"kind": "note", "number": 1, "address": "/a", "mode": "latch"}, "latch"),
        ({"kind": "note", "number": 1, "address": "/a", "encoding": "signed-bit"}, "for cc, not for note"),
        ({"kind": "cc", "number": 1, "address": "/a", "encoding": "gray"}, "gray"),
        ({"kind": "cc", "number": 1, "address": "/a", "accelerate": 101}, "0 to 100"),
        ({"kind": "cc", "number": 1, "address": "/a", "bank": "x/y"}, "no slash"),
        ({"kind": "cc", "number": 1, "address": "/a", "bank": "next"}, "no bank can be called next"),
        ({"kind": "cc", "number": 1, "address": "/a", "shift": 1}, "shift"),
        ({"kind": "cc", "number": 1, "address": "/a", "feedback": "loud"}, "echo"),
        ({"kind": "cc", "number": 1, "address": "/a", "feedback": [3]}, "echo"),
        ({"kind": "cc", "number": 1, "address": "/a", "feedback": {"values": [0]}}, "values"),
        ({"kind": "cc", "number": 1, "address": "/a", "feedback": {"kind": "note", "number": 128}}, "0 to 127"),
        ({"kind": "cc", "number": 1, "address": "/a", "feedback": {"kind": "cc", "values": [0, 128]}}, "not 128"),
        ({"kind": "cc", "number": 1, "address": "/a", "feedback": {"colours": {"on": -1}}}, "not -1"),
        ({"kind": "cc", "number": 1, "address": "/a", "feedback": {"touch": {"kind": "note", "channel": 17}}}, "17"),
        ({"kind": "cc", "number": 1, "address": "/a", "feedback": {"address": "/b"}}, "names none"),
    ],
)
def test_a_wrong_binding_is_named_with_its_place(row: dict[str, object], part: str) -> None:
    good = {"kind": "cc", "number": 1, "address": "/a"}
    with pytest.raises(StageError, match=r"bindings\[1\]") as caught:
        map_file.decode(document(bindings=[good, row]), "odd.json")
    assert part in str(caught.value)


def test_newer_versions_deep_nests_and_long_tables_are_refused() -> None:
    for data, part in (
        (document(version=3), "version 3"),
        (b"[" * 200_000, "cannot be read"),
        (document(bindings=[{}] * 5000), "5000 bindings"),
        (b'{"format":"latentjockey-midi-map","version":1,"name":"x","bindings":[{"lo":1e999}]}', "range"),
    ):
        with pytest.raises(StageError, match=part):
            map_file.decode(data, "odd.json")


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"banks": ["A", "A"]}, "a name of its own"),
        ({"banks": ["previous"]}, "no bank can be called previous"),
        ({"banks": [f"{n}" for n in range(65)]}, "up to 64 banks"),
        ({"feedback": {"setup": ["f0 00"]}}, "from F0 to F7"),
        ({"feedback": {"setup": ["f0 80 f7"]}}, "from F0 to F7"),
        ({"feedback": {"setup": ["b0 01"]}}, "channel message"),
        ({"feedback": {"teardown": ["fe 00"]}}, "channel message"),
        ({"feedback": {"setup": ["f0 " + "00 " * 300 + "f7"]}}, "longer than 256 bytes"),
        ({"feedback": {"setup": ["b0 01 02"] * 65}}, "up to 64 are sent"),
        ({"feedback": {"setup": ["xy"]}}, "feedback"),
        ({"feedback": {"lights": [{"address": "/a", "kind": "cc"}]}}, "needs a number"),
        ({"feedback": {"lights": [{"kind": "cc", "number": 1}]}}, "needs an address"),
        ({"feedback": "loud"}, "feedback"),
    ],
)
def test_a_wrong_head_is_one_sentence(more: dict[str, object], part: str) -> None:
    with pytest.raises(StageError) as caught:
        map_file.decode(document(**more), "odd.json")
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("more", "version"),
    [
        ({}, 1),
        ({"takeover": Takeover.JUMP}, 1),
        ({"takeover": Takeover.SCALE}, 2),
        ({"bank": "A"}, 2),
        ({"shift": False}, 2),
        ({"encoding": Encoding.SIGNED_BIT}, 2),
        ({"accelerate": 0.0}, 2),
        ({"feedback": (ECHO,)}, 2),
    ],
)
def test_a_map_is_written_with_the_oldest_version_that_plays_it_right(more: dict[str, object], version: int) -> None:
    binding = MidiBinding(CC, "/a", 1, **more)  # type: ignore[arg-type]
    assert json.loads(map_file.encode(MidiMap("m", bindings=(binding,))))["version"] == version


def test_unknown_keys_of_lights_and_profiles_are_named_and_kept() -> None:
    light = {
        "kind": "note",
        "number": 3,
        "colours": {"on": 5, "blink": 6},
        "touch": {"kind": "note", "number": 9, "x": 1},
    }
    row = {"kind": "cc", "number": 1, "address": "/a", "feedback": light}
    profile = {"glow": 1, "lights": [{"address": "/a", "kind": "cc", "number": 1, "fade": 2}]}
    data = document(version=2, bindings=[row], feedback=profile)
    midi_map = map_file.decode(data, "it")
    assert midi_map.unknown_keys() == (
        "bindings[0].feedback[0].colours.blink", "bindings[0].feedback[0].touch.x", "feedback.glow",
        "feedback.lights[0].fade",
    )  # fmt: skip
    again = json.loads(map_file.encode(midi_map))
    assert again["bindings"] == [row]
    assert again["feedback"] == profile


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="cannot be read"):
        map_file.load(tmp_path / "none.json")


def test_unknown_keys_are_named_and_kept(tmp_path: Path) -> None:
    row = {"kind": "note", "number": 36, "address": "/panic", "led": {"on": 3}, "extra": 1}
    path = tmp_path / "map.json"
    path.write_bytes(document(bindings=[row], author="a player"))
    midi_map = map_file.load(path)
    assert midi_map.unknown_keys() == ("author", "bindings[0].led", "bindings[0].extra")
    map_file.save(path, midi_map)
    again = json.loads(path.read_text())
    assert again["author"] == "a player"
    assert again["bindings"] == [row]


def test_what_is_not_in_the_layout_sleeps_with_its_reason() -> None:
    awake = MidiBinding(MessageKind.CC, "/deck/a/z/3", 1)
    rows = (
        awake,
        MidiBinding(MessageKind.CC, "/deck/a/z/16", 2),
        MidiBinding(MessageKind.CC, "/gen/nothing", 3),
        MidiBinding(MessageKind.CC, "/engine/fps", 4),
        MidiBinding(MessageKind.NOTE, "/model", 5),
        MidiBinding(MessageKind.NOTE, "/model", 6, text="cppn"),
    )
    sleepers = MidiMap("m", bindings=rows).asleep(LAYOUT)
    assert [s.binding.number for s in sleepers] == [2, 3, 4, 5]
    assert "engine's" in sleepers[2].why
    assert "text" in sleepers[3].why


def test_conflicts() -> None:
    cc, cc14, nrpn = MessageKind.CC, MessageKind.CC14, MessageKind.NRPN
    table = [
        (MidiBinding(cc, "/a", 1, 1), MidiBinding(cc, "/b", 1, 2), ""),
        (MidiBinding(cc, "/a", 1, 1), MidiBinding(cc, "/b", 2, 1), ""),
        (MidiBinding(cc, "/a", 1), MidiBinding(MessageKind.NOTE, "/b", 1), ""),
        (MidiBinding(cc, "/a", 1, 3), MidiBinding(cc, "/b", 1), "moves both"),
        (MidiBinding(cc, "/a", 1), MidiBinding(cc, "/a", 1), "twice"),
        (MidiBinding(cc14, "/a", 1), MidiBinding(cc, "/b", 33), "half"),
        (MidiBinding(cc, "/a", 1), MidiBinding(cc14, "/b", 1), "half"),
        (MidiBinding(cc14, "/a", 1), MidiBinding(cc14, "/b", 2), ""),
        (MidiBinding(nrpn, "/a", 300), MidiBinding(nrpn, "/b", 301), ""),
        (MidiBinding(nrpn, "/a", 300, 1), MidiBinding(cc, "/b", 6, 1), "part of"),
        (MidiBinding(nrpn, "/a", 300, 1), MidiBinding(cc, "/b", 6, 2), ""),
        (MidiBinding(nrpn, "/a", 300, 1), MidiBinding(cc14, "/b", 6), "part of"),
    ]
    for first, second, part in table:
        found = MidiMap("m", bindings=(first, second)).conflicts()
        assert bool(found) == bool(part), (first, second)
        if part:
            assert part in found[0].why


def test_what_a_decoder_must_know() -> None:
    rows = (
        MidiBinding(MessageKind.CC14, "/a", 3, 2),
        MidiBinding(MessageKind.NRPN, "/a", 3, 5),
        MidiBinding(MessageKind.CC, "/a", 6),
    )
    assert MidiMap("m", bindings=rows).listening() == Listening(frozenset({(2, 3)}), frozenset({5}))
    every = MidiMap("m", bindings=(MidiBinding(MessageKind.RPN, "/a", 0),)).listening()
    assert every.parameters == frozenset(range(1, 17))


def test_the_closest_map_is_chosen() -> None:
    generic, nano, nano2 = MidiMap("generic"), MidiMap("nano", "nano"), MidiMap("nano2", "NanoKontrol2")
    assert choose([generic, nano, nano2], "nanoKONTROL2 MIDI 1") is nano2
    assert choose([generic, nano, nano2], "nanoPAD") is nano
    assert choose([generic, nano], "Twister") is generic
    assert choose([nano], "Twister") is None


def test_the_example_in_the_manual_is_a_map() -> None:
    manual = (GENERIC.parents[2] / "docs" / "midi.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", manual, re.DOTALL)
    midi_map = map_file.decode(example.encode(), "the example")
    assert midi_map.asleep(LAYOUT) == ()
    assert midi_map.conflicts() == ()
    assert midi_map.unknown_keys() == ()


def test_the_generic_map_fits_the_catalogue() -> None:
    midi_map = map_file.load(GENERIC)
    assert midi_map.port == ""
    assert midi_map.asleep(LAYOUT) == ()
    assert midi_map.conflicts() == ()
    assert midi_map.unknown_keys() == ()
    assert map_file.encode(midi_map) == GENERIC.read_bytes()
    moved = {b.address for b in midi_map.bindings}
    assert {"/mix/crossfade", "/deck/a/psi", "/deck/b/cue/8/recall", "/panic"} <= moved
