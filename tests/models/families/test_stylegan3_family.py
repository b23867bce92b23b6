"""StyleGAN3 from NVIDIA's pickles: its layers as the paper defines them; what does not fit is refused in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from latentjockey.generators.stylegan3.layers import FourierInput, sampled_down, sampled_up
from latentjockey.generators.stylegan3.model_file import load
from latentjockey.generators.stylegan3.network import Stylegan3Synthesis, cut
from latentjockey.generators.stylegan3.player import place
from latentjockey.models import library
from latentjockey.models.families.family import Converted
from latentjockey.models.families.stylegan3 import StyleGan3
from latentjockey.models.reading.plain import RefusedError
from latentjockey.models.reading.reader import read
from latentjockey.models.stylegan3_shape import (
    InputShape,
    LayerShape,
    Stylegan3Shape,
    layer_shapes,
    shape_from_json,
)
from tests.models.families.published import (
    SMALL_3,
    Tensors,
    checkpoint,
    nvidia_3,
    nvidia_bytes,
    store,
    stylegan3,
)

TURNING = replace(SMALL_3, kernel=1, radial=True, critical=1)


def convert(root: Any) -> Converted:
    made = StyleGan3().convert(checkpoint(root), {})
    assert made is not None
    return made


# -- what it should show, written from the paper ----------------------------------------------------------------------


def _sampled(x: Tensor, taps: Tensor | None, up: int, down: int, before: int, after: int) -> Tensor:
    """Zeros between the pixels and around them, a filter over them, and some of the pixels: as it is defined."""
    n, c, h, w = x.shape
    between = torch.zeros(n, c, h * up, w * up)
    between[:, :, ::up, ::up] = x
    between = F.pad(between, (before, after, before, after))
    if taps is not None:
        square = torch.outer(taps, taps) if taps.dim() == 1 else taps
        between = F.conv2d(between, square.flip(0, 1).expand(c, 1, -1, -1) * up**2, groups=c)
    return between[:, :, ::down, ::down]


def shown(tensors: Tensors, ws: Tensor, shape: Stylegan3Shape) -> Tensor:
    """The picture of these weights for ws (n, num_ws, w_dim), with the plane where the file has it."""
    t = {name.removeprefix("synthesis."): torch.from_numpy(np.asarray(value)) for name, value in tensors.items()}
    x = _waves(t, ws[:, 0], shape)
    for i, layer in enumerate(layer_shapes(shape)):
        name = f"L{i}_{layer.out_size}_{layer.outputs}."
        style = ws[:, i + 1] @ (t[f"{name}affine.weight"] / math.sqrt(shape.w_dim)).t() + t[f"{name}affine.bias"]
        pictures = []
        for one, scale in zip(x, style, strict=True):
            weight = t[f"{name}weight"] * scale[None, :, None, None]
            if layer.last:
                weight = weight / math.sqrt(weight[0].numel())
            else:
                weight = weight * torch.rsqrt(weight.square().sum((1, 2, 3), keepdim=True))
            weight = weight * torch.rsqrt(t[f"{name}magnitude_ema"])
            pictures.append(F.conv2d(one[None], weight, padding=layer.kernel - 1))
        x = torch.cat(pictures) + t[f"{name}bias"][:, None, None]
        x = _sampled(x, t.get(f"{name}up_filter"), layer.up, 1, layer.before, layer.after)
        x = x if layer.last else F.leaky_relu(x, 0.2) * math.sqrt(2.0)
        x = x.clamp(-shape.clamp, shape.clamp)
        x = _sampled(x, t.get(f"{name}down_filter"), 1, layer.down, 0, 0)
        assert x.shape[1:] == (layer.outputs, layer.out_size, layer.out_size)
    return x * shape.output_scale


def _waves(t: dict[str, Tensor], w: Tensor, shape: Stylegan3Shape) -> Tensor:
    first = Stylegan3Synthesis(shape).input.shape
    made = []
    for one in w:
        c, s, x, y = t["input.affine.weight"] @ one / math.sqrt(shape.w_dim) + t["input.affine.bias"]
        r = torch.sqrt(c * c + s * s)
        turn = torch.stack((torch.stack((c, -s)), torch.stack((s, c)))) / r
        middle = (torch.arange(first.size) + 0.5 - first.size / 2) / first.rate
        places = torch.stack(torch.meshgrid(middle, middle, indexing="xy"), -1) - torch.stack((x, y)) / r
        waves = torch.sin(2 * math.pi * (places @ turn.t() @ t["input.freqs"].t() + t["input.phases"]))
        far = (t["input.freqs"].norm(dim=1) - first.bandwidth) / (first.rate / 2 - first.bandwidth)
        made.append((waves * (1 - far).clamp(0, 1)) @ (t["input.weight"] / math.sqrt(first.channels)).t())
    return torch.stack(made).permute(0, 3, 1, 2)


@pytest.mark.parametrize("shape", [SMALL_3, TURNING, replace(SMALL_3, size=64, clamp=0.7, margin=4)])
def test_the_picture_is_the_one_that_the_paper_defines(tmp_path: Path, shape: Stylegan3Shape) -> None:
    tensors = stylegan3(shape, 1)
    made = convert({"G_ema": nvidia_3(tensors, shape)})
    assert made.kind == "stylegan3"
    net = load(store(tmp_path / "x.safetensors", made))
    assert net.shape == shape
    torch.manual_seed(0)
    ws = torch.randn(2, shape.num_ws, shape.w_dim)
    with torch.inference_mode():
        wanted = shown(tensors, ws, shape)
        assert float(wanted.std()) > 0.01
        torch.testing.assert_close(net.synthesis(ws), wanted, rtol=1e-4, atol=1e-4 * float(wanted.abs().max()))


@pytest.mark.parametrize("n", [9, 130])
@pytest.mark.parametrize(("before", "after"), [(5, 4), (-2, -3), (0, 11), (20, -2)])
@pytest.mark.parametrize("factor", [2, 4])
def test_sampling_up_by_matrix_and_by_convolution_is_as_defined(n: int, before: int, after: int, factor: int) -> None:
    torch.manual_seed(1)
    x, taps = torch.randn(1, 2, n, n), torch.randn(6 * factor)
    torch.testing.assert_close(
        sampled_up(x, taps, factor, before, after), _sampled(x, taps, factor, 1, before, after), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("shape", [(8,), (8, 8)])
def test_sampling_down_is_as_defined(shape: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    x, taps = torch.randn(1, 2, 21, 21), torch.randn(shape)
    torch.testing.assert_close(sampled_down(x, taps, 2), _sampled(x, taps, 1, 2, 0, 0), rtol=1e-4, atol=1e-4)


# -- the plane --------------------------------------------------------------------------------------------------------


def _plane() -> FourierInput:
    torch.manual_seed(3)
    return FourierInput(InputShape(5, 36, 16, 2.0), 4).requires_grad_(False)


def test_moving_the_plane_moves_the_waves_by_as_many_pixels() -> None:
    plane, w = _plane(), torch.randn(1, 4)
    still = plane(w)
    moved = plane(w, place(3 / 16, -2 / 16, 0.0, 1.0))  # 16 pixels are the picture
    torch.testing.assert_close(moved[:, :, :-2, 3:], still[:, :, 2:, :-3], rtol=1e-4, atol=1e-4)


def test_turning_the_plane_by_a_quarter_turns_the_waves_anticlockwise() -> None:
    plane, w = _plane(), torch.randn(1, 4)
    torch.testing.assert_close(plane(w, place(0, 0, 90.0, 1.0)), plane(w).rot90(1, (2, 3)), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(plane(w, place(0, 0, 450.0, 1.0)), plane(w, place(0, 0, 90.0, 1.0)))


def test_scale_brings_the_middle_closer_and_below_zero_turns_it_on_its_head() -> None:
    plane, w = _plane(), torch.randn(1, 4)
    still, close = plane(w), plane(w, place(0, 0, 0, 3.0))
    torch.testing.assert_close(close[:, :, 1::3, 1::3], still[:, :, 12:24, 12:24], rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(plane(w, place(0, 0, 0, -1.0)), still.flip(2, 3), rtol=1e-4, atol=1e-4)
    assert float(plane(w, place(0, 0, 0, 0.0)).abs().max()) < 1e-6  # too fine for any pixel: silent


@given(*(st.floats(-1e6, 1e6) for _ in range(4)))
def test_however_far_the_plane_goes_there_are_numbers(x: float, y: float, degrees: float, scale: float) -> None:
    made = place(x, y, degrees, scale)
    assert torch.isfinite(made).all()
    assert torch.isfinite(_plane()(torch.zeros(1, 4), made)).all()


def test_a_plane_that_w_does_not_turn_at_all_is_still_a_plane() -> None:
    plane = _plane()
    plane.affine.bias.zero_()
    assert torch.isfinite(plane(torch.zeros(1, 4))).all()


# -- shapes -----------------------------------------------------------------------------------------------------------


def test_the_published_shapes_are_known() -> None:
    t = layer_shapes(Stylegan3Shape(1024))
    assert [(s.out_size, s.outputs) for s in t] == [
        (36, 512), (36, 512), (52, 512), (52, 512), (84, 512), (148, 512), (148, 512), (276, 323), (276, 203),
        (532, 128), (1044, 81), (1044, 51), (1044, 32), (1024, 32), (1024, 3),
    ]  # fmt: skip
    assert [s.up for s in t] == [2, 2, 4, 2, 4, 4, 2, 4, 2, 4, 4, 2, 2, 2, 1]
    r = layer_shapes(Stylegan3Shape(256, channel_base=65536, channel_max=1024, kernel=1, radial=True))
    assert [s.outputs for s in r][-3:] == [256, 256, 3]
    assert [len(s.down_shape) for s in r] == [2] * 12 + [1] * 3


@given(
    st.integers(3, 20), st.integers(0, 6), st.sampled_from([16, 48, 64, 100, 256]), st.integers(0, 12),
    st.integers(1, 3), st.sampled_from([1, 3]),
)  # fmt: skip
def test_layers_of_any_shape_follow_one_another(
    layers: int, critical: int, size: int, margin: int, upsampling: int, kernel: int
) -> None:
    try:
        shape = Stylegan3Shape(
            size, layers=layers, critical=critical, margin=margin, upsampling=upsampling, kernel=kernel
        )
        made = layer_shapes(shape)
    except ValueError:
        return
    assert made[-1].out_size == size
    for s in made:
        full = (s.in_size + s.kernel - 1) * s.up + s.before + s.after - s.up_taps + 1
        assert (full - s.down_taps) // s.down + 1 == s.out_size
    assert 0 < shape.bands[0] < shape.bands[1] < shape.num_ws


@pytest.mark.parametrize(
    "words",
    [None, {"size": 0}, {"size": True}, {"layers": 2}, {"critical": 14}, {"clamp": float("nan")}, {"radial": 1},
     {"first_cutoff": 0.0}, {"first_cutoff": 1e300}, {"last_stopband_rel": 0.5}, {"z_dim": "6"},
     {"filter_size": 10**9}],
)  # fmt: skip
def test_shapes_that_cannot_be_are_refused(words: Any) -> None:
    with pytest.raises(ValueError, match=r"network|Of 14 layers"):
        shape_from_json(words)


# -- segments ---------------------------------------------------------------------------------------------------------


def test_every_row_of_w_is_heard_once_and_in_order() -> None:
    synthesis = Stylegan3Synthesis(SMALL_3).requires_grad_(False)
    segments = cut(synthesis)
    assert [s.first for s in segments] == [0, *np.cumsum([s.rows for s in segments])[:-1]]
    assert sum(s.rows for s in segments) == SMALL_3.num_ws
    torch.manual_seed(0)
    ws, seen = torch.randn(1, SMALL_3.num_ws, SMALL_3.w_dim), []

    def tap(x: Tensor, layer: int) -> Tensor:
        seen.append(layer)
        return x

    assert torch.equal(synthesis(ws, tap=tap), synthesis(ws))
    assert seen == list(range(SMALL_3.num_ws - 1))


def test_half_precision_leaves_the_waves_as_they_are() -> None:
    synthesis = Stylegan3Synthesis(SMALL_3).typed(torch.bfloat16)
    assert synthesis.dtype == torch.bfloat16
    assert {tensor.dtype for tensor in synthesis.input.state_dict().values()} == {torch.float32}


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_real_pickle_is_read_and_nothing_in_it_is_run(tmp_path: Path) -> None:
    shape = replace(SMALL_3, classes=3)
    tensors = stylegan3(shape, 2)
    path = tmp_path / "stylegan3-t.pkl"
    path.write_bytes(nvidia_bytes(nvidia_3(tensors, shape)))
    made, plain = StyleGan3().convert(read(path), {}), convert(nvidia_3(tensors, shape))
    assert made is not None
    assert made.config == plain.config == shape.to_json()
    assert made.classes == ("class 0", "class 1", "class 2")
    for name, value in plain.tensors.items():
        np.testing.assert_array_equal(made.tensors[name], value, err_msg=name)
    entry = library.read(store(tmp_path / "x.safetensors", made))
    assert entry.spec is not None
    assert (entry.spec.num_ws, entry.spec.size, entry.spec.bands) == (8, (32, 32), (2, 5))
    assert [c.address for c in entry.spec.controls][:4] == ["/gen/x", "/gen/y", "/gen/rotate", "/gen/scale"]


def test_grey_pictures_become_three_colours() -> None:
    made = convert(nvidia_3(stylegan3(colours=1), colours=1))
    weight = made.tensors["synthesis.layers.6.conv.weight"]
    assert weight.shape == (3, 4, 1, 1)
    assert (weight == weight[:1]).all()


LAST = "synthesis.L6_32_3."
FIRST = next(name for name in stylegan3() if name.startswith("synthesis.L0_"))[: -len("weight")]


def _set(name: str, value: Any) -> Callable[[Tensors], None]:
    return lambda tensors: tensors.__setitem__(name, np.asarray(value, np.float32))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda t: t.__delitem__(f"{LAST}bias"), "missing"),
        (_set(f"{FIRST}up_filter", np.ones(11)), "and not 12"),
        (_set(f"{FIRST}magnitude_ema", 0.0), "heard nothing"),
        (_set(f"{FIRST}magnitude_ema", np.nan), "none"),
        (_set("synthesis.input.freqs", np.full(stylegan3()["synthesis.input.freqs"].shape, np.inf)), "none"),
        (_set("synthesis.L9_1_1.weight", np.ones(2)), "no place for"),
        (_set("mapping.fc0.weight", np.ones((7, 6))), "and not"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_a_sentence(change: Callable[[Tensors], None], why: str) -> None:
    tensors = stylegan3()
    change(tensors)
    with pytest.raises(RefusedError, match=why) as refused:
        convert({"G": nvidia_3(tensors)})
    assert not str(refused.value).endswith(".")


@pytest.mark.parametrize("facts", [{"num_layers": 1}, {"num_layers": 10**9}, {"num_critical": 6}, {"margin_size": "x"}])
def test_numbers_that_no_network_has_are_refused(facts: dict[str, Any]) -> None:
    generator = nvidia_3(stylegan3())
    generator.state["_modules"]["synthesis"].state |= facts
    with pytest.raises(RefusedError):
        convert(generator)


def test_a_layer_shape_says_how_its_filter_lies() -> None:
    flat = LayerShape(1, 1, 4, 4, 4, 4, 1, 2, 2, 12, 12, False, 0, 0, False)
    assert flat.down_shape == (12,)
    assert replace(flat, radial=True).down_shape == (12, 12)
