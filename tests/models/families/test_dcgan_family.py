"""DCGANs by the shapes of their tensors: orders, sizes, what is asked, and anything at all that is not one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.models.dcgan_shape import DcganShape, Stage, bands_of, shape_from_json
from latentjockey.models.families.biggan import BigGan
from latentjockey.models.families.dcgan import Dcgan
from latentjockey.models.families.family import Converted, Family
from latentjockey.models.reading.plain import RefusedError
from tests.models.families.biggan_files import state
from tests.models.families.dcgan_files import dcgan_state
from tests.models.families.published import checkpoint

Arrays = dict[str, NDArray[Any]]


def converted(root: Any, **asked: Any) -> Converted:
    made = Dcgan().convert(checkpoint(root), asked)
    assert made is not None
    return made


def zeros(**shapes: tuple[int, ...]) -> Arrays:
    return {name.replace("__", "."): np.zeros(shape, np.float32) for name, shape in shapes.items()}


def size_of(made: Converted) -> int:
    return shape_from_json(made.config).sides[-1]


def refusal(made: Callable[[], object]) -> str:
    """Why ``made`` refuses, empty where it does not; whatever else it raises is an error."""
    try:
        made()
    except (RefusedError, ValueError) as error:
        return str(error)
    return ""


def test_the_order_of_the_tensors_does_not_matter() -> None:
    held = dcgan_state(widths=(12, 11, 10, 9))
    wanted = converted(held)
    for order in (sorted(held), sorted(held, reverse=True)):
        made = converted({key: held[key] for key in order})
        assert made.config == wanted.config
        assert all(np.array_equal(made.tensors[key], value) for key, value in wanted.tensors.items())


@pytest.mark.parametrize(
    "wrap",
    [
        lambda held: {"netG_state_dict": held, "epoch": 3},
        lambda held: {"module." + key: value for key, value in held.items()},
        lambda held: {"netG." + key: value for key, value in held.items()} | zeros(d__0__weight=(8, 3, 4, 4)),
        lambda held: {"models": {"D": zeros(a__weight=(8, 3, 4, 4), b__weight=(1, 8, 4, 4)), "G": held}},
    ],
)
def test_it_is_found_wherever_it_stands(wrap: Any) -> None:
    held = dcgan_state()
    assert converted(wrap(held)).config == converted(held).config


def test_the_average_of_the_weights_is_taken_before_the_weights() -> None:
    raw, average = dcgan_state(seed=1), dcgan_state(seed=2)
    made = converted({"generator": raw, "generator_ema": average})
    assert np.array_equal(made.tensors["stages.3.weight"], average["main.9.weight"])


def test_what_the_first_layer_hears_is_divided_as_people_do_and_as_they_say() -> None:
    assert converted(dcgan_state(latent=108)).config["z_dim"] == 100
    assert len(converted(dcgan_state(latent=108)).classes) == 8
    assert converted(dcgan_state(latent=108)).extra["assumed"]["classes_guessed"]
    assert converted(dcgan_state(latent=108), classes=0).config["z_dim"] == 108
    assert converted(dcgan_state(latent=108), classes=["a", "b", "c"]).classes == ("a", "b", "c")
    assert converted(dcgan_state(latent=100)).classes == ()


def test_a_size_that_is_told_chooses_the_steps() -> None:
    mnist = zeros(a__weight=(10, 16, 3, 3), b__weight=(16, 12, 4, 4), c__weight=(12, 8, 3, 3), d__weight=(8, 1, 4, 4))
    assert size_of(converted(mnist, size=28)) == 28
    assert size_of(converted(dcgan_state())) == 32
    assert size_of(converted(dcgan_state(), size=16)) == 16
    assert size_of(converted(dcgan_state(), strides=[1, 4], paddings=[0, 0])) == 64
    with pytest.raises(RefusedError, match="picture of 999 px"):
        converted(dcgan_state(), size=999)


def test_grey_is_shown_in_three_channels_and_transparency_is_left_out() -> None:
    for channels in (1, 3, 4):
        held = dcgan_state()
        held["main.9.weight"] = np.arange(8 * channels * 16, dtype=np.float32).reshape(8, channels, 4, 4)
        weight = converted(held).tensors["stages.3.weight"]
        assert weight.shape == (8, 3, 4, 4)
        assert np.array_equal(weight[:, 2], held["main.9.weight"][:, 0 if channels == 1 else 2])


@pytest.mark.parametrize(
    "asked",
    [
        {"classes": 10**9}, {"classes": 16}, {"classes": -1}, {"classes": ["a", ""]}, {"activation": "sine"},
        {"output": 3}, {"labels": "beside"}, {"size": 2.5}, {"strides": 3}, {"strides": ["x"]}, {"epsilon": "much"},
        {"slope": float("nan")}, {"strides": [1, 60000]},
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_in_a_sentence(asked: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        converted(dcgan_state(), **asked)


@pytest.mark.parametrize(
    "root",
    [
        None, [], {}, {"a": 3}, {"a": np.zeros(3)}, state(),
        zeros(a__weight=(8, 3, 4, 4), b__weight=(16, 8, 4, 4), c__weight=(1, 16, 4, 4)),  # one that judges pictures
        zeros(a__weight=(8, 3, 3, 3), b__weight=(8, 8, 3, 3), c__weight=(3, 8, 3, 3)),  # one that changes them
        {**dcgan_state(), "main.1.running_mean": np.zeros((12, 2), np.float32)},
        {**dcgan_state(), "main.4.running_mean": np.zeros(5, np.float32)},
        {**dcgan_state(), "attention.gamma": np.zeros(1, np.float32), "attention.query.weight": np.zeros((2, 3, 1))},
        {key: value for key, value in dcgan_state().items() if "running" not in key},
    ],
)  # fmt: skip
def test_what_is_none_of_these_is_left_to_others(root: Any) -> None:
    assert Dcgan().convert(checkpoint(root), {}) is None


SHAPES = st.lists(st.integers(0, 9), min_size=0, max_size=5).map(tuple)
PARTS = "weight|bias|running_mean|running_var|weight_orig|weight_u|weight_v|weight_g|x"
NAMES = st.from_regex(rf"(main|conv|bn|l|label_emb)\.?[0-9]{{0,2}}\.({PARTS})", fullmatch=True)


@given(st.dictionaries(NAMES, SHAPES, max_size=12))
def test_any_table_of_tensors_is_converted_left_or_refused(shapes: dict[str, tuple[int, ...]]) -> None:
    root = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    for family in (Dcgan(), BigGan()):
        assert len(refusal(partial(family.convert, checkpoint(root), {}))) < 400


@given(st.data())
def test_a_network_with_one_tensor_changed_is_converted_left_or_refused(data: st.DataObject) -> None:
    pairs: list[tuple[Family, Arrays]] = [(Dcgan(), dcgan_state()), (BigGan(), state())]
    for family, held in pairs:
        name = data.draw(st.sampled_from(sorted(held)))
        change = data.draw(st.sampled_from(["gone", "short", "flat", "turned", "whole", "nan", "huge"]))
        value = held[name]
        if change == "gone":
            del held[name]
        else:
            held[name] = {
                "short": value[:1] if value.ndim else value,
                "flat": value.reshape(-1),
                "turned": value.T,
                "whole": value.astype(np.int64),
                "nan": np.full_like(value, np.nan if value.dtype.kind == "f" else 0),
                "huge": np.full_like(value, 1e38 if value.dtype.kind == "f" else 1),
            }[change]
        assert len(refusal(partial(family.convert, checkpoint(held), {}))) < 400


@given(st.lists(st.integers(1, 512), min_size=3, max_size=20).map(sorted))
def test_bands_lie_within_the_layers(sides: list[int]) -> None:
    coarse, middle = bands_of(sides)
    assert 0 < coarse < middle < len(sides)
    assert middle < len(sides) - 1 or len(sides) == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(["z_dim", "stages", "classes", "label", "output"]), JSON)
def test_a_shape_is_read_back_or_refused(field: str, value: Any) -> None:
    shape = DcganShape(4, (Stage("transposed", 4, 6, 4), Stage("conv", 6, 5, 3, 1, 1), Stage("conv", 5, 3)))
    assert shape_from_json(shape.to_json()) == shape
    said = {**shape.to_json(), field: value}
    assert len(refusal(partial(shape_from_json, said))) < 300


@given(st.sampled_from(sorted(Stage.__dataclass_fields__)), JSON)
def test_a_stage_is_read_back_or_refused(field: str, value: Any) -> None:
    shape = DcganShape(4, (Stage("transposed", 4, 6, 4), Stage("conv", 6, 5, 3, 1, 1), Stage("conv", 5, 3))).to_json()
    shape["stages"][1][field] = value
    assert len(refusal(partial(shape_from_json, shape))) < 300
