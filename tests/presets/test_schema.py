"""Presets as JSON: exact round trips, and strangers' files met with one sentence."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import StageError
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import COMMAND_LINE, RECALL
from latentjockey.models.builtin import CPPN
from latentjockey.models.card import ModelCard
from latentjockey.presets.packing import MOST_NUMBERS
from latentjockey.presets.preset import Preset, Resolved, batch, capture, recallable
from latentjockey.presets.schema import decode, encode

FINITE = st.floats(allow_nan=False, allow_infinity=False)
VECTORS = hnp.arrays(np.float64, st.integers(1, 40), elements=FINITE) | hnp.arrays(
    np.float32, st.integers(1, 40), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)
).map(lambda v: v.astype(np.float64))
VALUES = st.booleans() | st.integers(-(2**53), 2**53) | FINITE | st.text(max_size=50) | VECTORS
ADDRESSES = st.from_regex(r"(/[a-z0-9_]{1,8}){1,3}", fullmatch=True)


def cppn_bay(clock: ManualClock | None = None) -> Bay:
    return Bay(Layout(1, builtin(CPPN.z_dim, CPPN.size, CPPN.controls, CPPN.directions)), clock or ManualClock())


def same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.tobytes() == b.tobytes()
    return (
        type(a) is type(b)
        and a == b
        and math.copysign(1, float(isinstance(a, float) and a)) == math.copysign(1, float(isinstance(b, float) and b))
    )


def clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@given(st.dictionaries(ADDRESSES, VALUES, max_size=6), st.booleans())
@settings(deadline=None, max_examples=200)
def test_every_value_comes_back_to_the_bit(values: dict[str, Any], pretty: bool) -> None:
    preset = Preset("one", "cppn", CPPN.card, values, {"/mix/crossfade": (-1.5, 2.0)}, 12.25)
    again = decode(encode(preset, pretty=pretty))
    assert again.values.keys() == values.keys()
    for address, value in values.items():
        expected = clean(value) if isinstance(value, str) else value
        assert same(again.values[address], expected), address
    assert (again.name, again.model, again.card, again.saved_at) == ("one", "cppn", CPPN.card, 12.25)
    assert again.ranges == {"/mix/crossfade": (-1.5, 2.0)}


def test_only_vectors_that_are_not_float32_are_stored_wide() -> None:
    single = np.linspace(-3, 3, 600).astype(np.float32).astype(np.float64)
    wide = single + 1e-12
    stored = json.loads(encode(Preset("", "m", CPPN.card, {"/a": single, "/b": wide, "/c": np.full(600, 0.1)})))
    assert set(stored["values"]["/a"]) == {"f32"}
    assert set(stored["values"]["/b"]) == {"f64"}
    assert stored["values"]["/c"] == {"fill": 0.1, "of": 600}


def test_a_whole_bay_comes_back_exactly() -> None:
    bay, rng = cppn_bay(), np.random.default_rng(5)
    bay.write(
        [
            ("/deck/a/z", rng.standard_normal(512)),
            ("/deck/b/z", rng.standard_normal(512).astype(np.float32)),
            ("/deck/a/cue/3/z", rng.standard_normal(512) * 1e30),
            ("/deck/a/cue/3/filled", True),
            ("/deck/a/psi", -7.123456789),
            ("/deck/a/centre", "1 3"),
            ("/deck/b/glide/curve", "ease"),
            ("/gen/palette", 40),
            ("/deck/a/seed", 2**47 + 1),
            ("/record/running", True),
        ],
        COMMAND_LINE,
    )
    bay.set_range("/deck/a/psi", -10, 10)
    before = bay.snapshot()
    preset = decode(encode(capture(before, bay.ranges(), CPPN, "night", now=3.5)))
    assert "/record/running" not in preset.values
    assert preset.values["/deck/b/glide/curve"] == "ease"

    other = cppn_bay()
    recall = batch(preset, other.layout)
    report = other.write(recall.writes, RECALL)
    assert recall.missing == ()
    assert report.refused == ()
    assert recall.ranges == {"/deck/a/psi": (-10.0, 10.0)}
    after = other.snapshot()
    for spec in before.layout.specs:
        if recallable(spec) and not spec.textual:
            assert before.vector(spec.address).tobytes() == after.vector(spec.address).tobytes(), spec.address
        elif recallable(spec):
            assert before.text(spec.address) == after.text(spec.address)
    assert after.number("/record/running") == 0.0


def test_what_acts_is_never_recalled() -> None:
    acts = {"/panic": 1, "/preset/recall": "other", "/record/running": True, "/engine/pid": 5, "/no/such": 1}
    recall = batch(Preset("", "cppn", CPPN.card, {**acts, "/deck/a/z/0-3": np.arange(4.0)}), cppn_bay().layout)
    assert set(recall.missing) == set(acts)
    assert [address for address, _ in recall.writes] == ["/deck/a/z/0-3"]


def test_a_wider_position_is_cut_to_the_narrower_model() -> None:
    wide = np.arange(600.0)
    recall = batch(Preset("", "m", CPPN.card, {"/deck/a/z": wide}), cppn_bay().layout)
    (address, value) = recall.writes[0]
    assert address == "/deck/a/z"
    np.testing.assert_array_equal(np.asarray(value), wide[:512])


def test_unknown_keys_are_named_and_kept() -> None:
    data = json.loads(encode(Preset("n", "cppn", CPPN.card, {}, resolved=Resolved(np.ones((2, 3), np.float32), 1.0))))
    data["mood"] = {"deep": [1, None, "x"]}
    data["card"]["funding"] = "none"
    data["resolved"]["hash"] = "abc"
    preset = decode(json.dumps(data).encode())
    assert set(preset.unknown) == {"mood", "card › funding", "resolved › hash"}
    again = json.loads(encode(preset))
    assert again["mood"] == data["mood"]
    assert again["card"]["funding"] == "none"
    assert again["resolved"]["hash"] == "abc"


def test_the_resolved_position_comes_back_to_the_bit() -> None:
    position = np.random.default_rng(1).standard_normal((9, 512)).astype(np.float32)
    shown = Resolved(position, 17.125, {"/mix/crossfade": 0.1})
    again = decode(encode(Preset("n", "cppn", CPPN.card, {}, resolved=shown))).resolved
    assert again is not None
    assert again.position.tobytes() == position.tobytes()
    assert again.position.shape == (9, 512)
    assert again.time == 17.125
    assert again.effective == {"/mix/crossfade": 0.1}


def test_nan_is_our_bug_when_writing() -> None:
    for value in (math.nan, np.array([1.0, math.inf])):
        with pytest.raises(ValueError, match="/deck/a/x"):
            encode(Preset("", "m", ModelCard("m"), {"/deck/a/x": value}))


def preset_with(**fields: object) -> bytes:
    data = {"format": "latentjockey-preset", "version": 1, "model": "cppn", "values": {}, **fields}
    return json.dumps(data).encode()


def f32(*numbers: float) -> dict[str, str]:
    return {"f32": base64.b64encode(np.array(numbers, "<f4").tobytes()).decode()}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[1]", "not an object"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "nested"),
        (b"[" * 100_000, "nested"),
        (preset_with(format="other"), "latentjockey-preset"),
        (preset_with(version="1"), "version"),
        (preset_with(version=True), "version"),
        (preset_with(version=2), "newer latentjockey"),
        (preset_with(values=[1]), "not an object"),
        (preset_with(values={"/a": None}), "/a holds neither"),
        (preset_with(values={"/a": []}), "/a has no numbers"),
        (preset_with(values={"/a": [1, "2"]}), "/a holds something else"),
        (preset_with(values={"/a": [True]}), "/a holds something else"),
        (preset_with(values={"/a": math.nan}), "/a holds NaN"),
        (preset_with(values={"/a": [0.0, -math.inf]}), "/a holds NaN"),
        (preset_with(values={"/a": f32(0.0, math.nan)}), "/a holds NaN"),
        (preset_with(values={"/a": {"f32": "AAA"}}), "damaged"),
        (preset_with(values={"/a": {"f32": "AAAA"}}), "damaged"),
        (preset_with(values={"/a": {"f16": "AAAA"}}), "does not know"),
        (preset_with(values={"/a": {}}), "does not know"),
        (preset_with(values={"/a": {"fill": 0, "of": 10**12}}), "too many"),
        (preset_with(values={f"/{i}": {"fill": 0, "of": MOST_NUMBERS // 4} for i in range(5)}), "too many"),
        (preset_with(values={"/a": "x" * 5000}), "longer than"),
        (preset_with(values={"/a": 10**400}), "/a"),
        (preset_with(ranges={"/a": [1, 1]}), "does not rise"),
        (preset_with(ranges={"/a": 1}), "pair"),
        (preset_with(saved_at=1e300), "no moment"),
        (preset_with(card=5), "card is not an object"),
        (preset_with(card={"author": 5}), "card author"),
        (preset_with(resolved={"shape": [2, 2], **f32(1.0)}), "resolved position"),
        (preset_with(resolved={"shape": [2, 2], "position": f32(1.0)["f32"]}), "shape"),
        (preset_with(resolved={"shape": [-1, -1], "position": f32(1.0)["f32"]}), "shape"),
    ],
)
def test_a_strangers_file_is_refused_in_one_sentence(data: bytes, says: str) -> None:
    with pytest.raises(StageError, match=says) as caught:
        decode(data, "gift.json")
    sentence = str(caught.value)
    assert sentence.startswith("gift.json")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 400


def test_a_number_too_large_for_floats_is_named() -> None:
    with pytest.raises(StageError, match="/deck/a/psi"):
        decode(b'{"format":"latentjockey-preset","version":1,"values":{"/deck/a/psi":1e999}}')


def test_a_huge_file_is_refused_unread() -> None:
    with pytest.raises(StageError, match="32 MB"):
        decode(b" " * (32 * 1024 * 1024 + 1))


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")))
def test_garbage_never_escapes_as_another_error(data: bytes) -> None:
    with pytest.raises(StageError):
        decode(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["name", "card", "values", "ranges", "resolved", "saved_at", "new"]), JSON))
@settings(deadline=None)
def test_any_json_in_any_field_is_read_or_refused(fields: dict[str, Any]) -> None:
    try:
        preset = decode(preset_with(**fields))
    except StageError:
        return
    assert decode(encode(preset)).unknown == preset.unknown
