"""StyleGAN2 from three formats: the same picture from each, what does not fit refused in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor

from latentjockey.generators.style.deep import DeepMapping
from latentjockey.generators.style.model_file import load
from latentjockey.models.families import FAMILIES
from latentjockey.models.families.family import Converted
from latentjockey.models.families.stylegan2 import StyleGan2
from latentjockey.models.reading.plain import RefusedError
from latentjockey.models.reading.reader import read
from tests.models.families.published import (
    RATE,
    Tensors,
    checkpoint,
    nvidia,
    nvidia_bytes,
    port,
    port_bytes,
    store,
    stylegan2,
    tensorflow,
    tensorflow_bytes,
)

LEAK, GAIN = 0.2, math.sqrt(2.0)


def convert(root: Any) -> Converted:
    made = StyleGan2().convert(checkpoint(root), {})
    assert made is not None
    return made


def same(one: Converted, other: Converted) -> None:
    assert one.config == other.config
    assert one.tensors.keys() == other.tensors.keys()
    for name, value in one.tensors.items():
        np.testing.assert_allclose(other.tensors[name], value, rtol=1e-5, atol=1e-6, err_msg=name)


# -- what it should show, written from the paper ----------------------------------------------------------------------


def shown(tensors: Tensors, z: Tensor, c: Tensor | None, psi: float, architecture: str, clamp: float | None) -> Tensor:
    """The picture of these weights, each style modulating the weight itself (Karras et al. 2020, equations 1 and 3)."""
    t = {name: torch.from_numpy(np.asarray(value)) for name, value in tensors.items()}
    x = z * torch.rsqrt(z.square().mean(1, keepdim=True))
    if c is not None:
        y = c @ (t["mapping.embed.weight"] / math.sqrt(c.shape[1])).t() + t["mapping.embed.bias"]
        x = torch.cat((x, y * torch.rsqrt(y.square().mean(1, keepdim=True))), 1)
    i = 0
    while f"mapping.fc{i}.weight" in t:
        weight = t[f"mapping.fc{i}.weight"]
        x = x @ (weight * (RATE / math.sqrt(weight.shape[1]))).t() + t[f"mapping.fc{i}.bias"] * RATE
        x, i = F.leaky_relu(x, LEAK) * GAIN, i + 1
    w = t["mapping.w_avg"].lerp(x, psi)
    size = max(int(n.split(".")[1][1:]) for n in t if n.endswith(".conv1.weight"))
    x, picture, r = t["synthesis.b4.const"].expand(len(z), -1, -1, -1), None, 4
    while r <= size:
        block = f"synthesis.b{r}."
        side = None
        loud = math.sqrt(0.5) if architecture == "resnet" and r > 4 else 1.0
        if loud != 1.0:
            weight = t[f"{block}skip.weight"]
            side = _doubled(F.conv2d(x, weight / math.sqrt(weight.shape[1]))) * loud
        if r > 4:
            x = _bent(t, f"{block}conv0.", _modulated(t, f"{block}conv0.", x, w, up=True), 1.0, clamp)
        x = _bent(t, f"{block}conv1.", _modulated(t, f"{block}conv1.", x, w), loud, clamp)
        x = x if side is None else x + side
        picture = None if picture is None else _doubled(picture)
        if f"{block}torgb.weight" in t:
            seen = _modulated(t, f"{block}torgb.", x, w, demodulate=False) + t[f"{block}torgb.bias"][:, None, None]
            seen = seen if clamp is None else seen.clamp(-clamp, clamp)
            picture = seen if picture is None else picture + seen
        r *= 2
    assert picture is not None
    return picture


def _modulated(
    t: dict[str, Tensor], name: str, x: Tensor, w: Tensor, *, up: bool = False, demodulate: bool = True
) -> Tensor:
    affine = t[f"{name}affine.weight"]
    style = w @ (affine / math.sqrt(affine.shape[1])).t() + t[f"{name}affine.bias"]
    weight = t[f"{name}weight"]
    pictures = []
    for one, scale in zip(x, style, strict=True):
        mine = weight * scale[None, :, None, None]
        if demodulate:
            mine = mine * torch.rsqrt(mine.square().sum((1, 2, 3), keepdim=True))
        else:
            mine = mine / math.sqrt(weight[0].numel())
        if up:
            between = torch.zeros(1, len(one), 2 * one.shape[1] + 3, 2 * one.shape[2] + 3)
            between[:, :, 2:-2:2, 2:-2:2] = one
            pictures.append(_filtered(F.conv2d(between, mine.flip(2, 3)), 1))
        else:
            pictures.append(F.conv2d(one[None], mine, padding=weight.shape[2] // 2))
    return torch.cat(pictures)


def _bent(t: dict[str, Tensor], name: str, x: Tensor, loud: float, clamp: float | None) -> Tensor:
    x = x + t[f"{name}noise_const"] * t[f"{name}noise_strength"] + t[f"{name}bias"][:, None, None]
    x = F.leaky_relu(x, LEAK) * (GAIN * loud)
    return x if clamp is None else x.clamp(-clamp * loud, clamp * loud)


def _filtered(x: Tensor, edge: int) -> Tensor:
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4.0
    square = torch.outer(taps, taps).expand(x.shape[1], 1, 4, 4)
    return F.conv2d(F.pad(x, (edge,) * 4), square, groups=x.shape[1])


def _doubled(x: Tensor) -> Tensor:
    between = torch.zeros(*x.shape[:2], 2 * x.shape[2] + 3, 2 * x.shape[3] + 3)
    between[:, :, 2:-1:2, 2:-1:2] = x
    return _filtered(between, 0)


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
@pytest.mark.parametrize(("classes", "clamp"), [(0, None), (3, 1.5)])
def test_the_picture_is_the_one_that_the_paper_defines(
    tmp_path: Path, architecture: str, classes: int, clamp: float | None
) -> None:
    tensors = stylegan2(1, architecture=architecture, classes=classes)
    made = convert({"G_ema": nvidia(tensors, architecture, clamp), "G": None})
    net = load(store(tmp_path / "x.safetensors", made)).net
    torch.manual_seed(0)
    z, c = torch.randn(3, 6), torch.eye(3) if classes else None
    with torch.inference_mode():
        assert isinstance(net.mapping, DeepMapping)
        w = net.mapping.w_avg.lerp(net.mapping(z, c), 0.7)
        picture = net.synthesis(w[:, None].expand(-1, net.config.num_ws, -1))
        wanted = shown(tensors, z, c, 0.7, architecture, clamp)
    assert float(wanted.std()) > 0.1
    torch.testing.assert_close(picture, wanted, rtol=1e-4, atol=1e-4)


# -- formats ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
def test_tensorflow_pickles_hold_the_same(architecture: str, classes: int) -> None:
    tensors = stylegan2(2, architecture=architecture, classes=classes)
    gs = tensorflow(tensors, architecture=architecture)
    same(convert(nvidia(tensors, architecture)), convert((gs, gs, gs)))


def test_the_ports_files_hold_the_same() -> None:
    tensors = stylegan2(3, widths=lambda r: {4: 7, 8: 5, 16: 9}[r])
    same(convert(nvidia(tensors)), convert(port(tensors)))
    alone = {f"module.{name}": value for name, value in port(tensors)["g_ema"].items()}
    found = convert(alone | {"latent_avg": tensors["mapping.w_avg"][None]})
    same(convert(nvidia(tensors)), found)


def test_early_files_of_the_port_get_noise_that_is_always_the_same() -> None:
    table = port(stylegan2(3))
    table["g_ema"] = {name: value for name, value in table["g_ema"].items() if not name.startswith("noises.")}
    one, other = convert(table), convert(table)
    same(one, other)
    noise = one.tensors["synthesis.blocks.b16.conv1.noise"]
    assert noise.shape == (16, 16)
    assert 0.8 < noise.std() < 1.2


@pytest.mark.parametrize("write", [
    lambda tensors: nvidia_bytes(nvidia(tensors, clamp=256)),
    lambda tensors: tensorflow_bytes(tensorflow(tensors, conv_clamp=256)),
])  # fmt: skip
def test_real_pickles_of_both_programs_are_read_and_nothing_in_them_is_run(
    tmp_path: Path, write: Callable[[Tensors], bytes]
) -> None:
    tensors = stylegan2(4, classes=2)
    path = tmp_path / "network-snapshot.pkl"
    path.write_bytes(write(tensors))
    found = [made for family in FAMILIES if (made := family.convert(read(path), {})) is not None]
    assert len(found) == 1
    same(convert(nvidia(tensors, clamp=256)), found[0])
    assert found[0].kind == "style"
    assert found[0].config["clamp"] == 256
    assert len(found[0].classes) == 2


def test_a_real_file_of_the_port_is_read(tmp_path: Path) -> None:
    tensors = stylegan2(5)
    path = tmp_path / "550000.pt"
    path.write_bytes(port_bytes(port(tensors)))
    made = StyleGan2().convert(read(path), {})
    assert made is not None
    same(convert(nvidia(tensors)), made)


# -- what differs -----------------------------------------------------------------------------------------------------


def test_pictures_of_other_colours_become_three() -> None:
    grey = convert(nvidia(stylegan2(6, colours=1))).tensors["synthesis.blocks.b16.rgb.bias"]
    assert grey.shape == (3,)
    assert (grey == grey[0]).all()
    tensors = stylegan2(6, colours=4)
    rgba = convert(nvidia(tensors)).tensors["synthesis.blocks.b16.rgb.bias"]
    np.testing.assert_array_equal(rgba, tensors["synthesis.b16.torgb.bias"][:3])


def test_an_average_that_is_not_there_is_counted() -> None:
    tensors = stylegan2(7, classes=3)
    del tensors["mapping.w_avg"]
    generator = nvidia(tensors | {"mapping.w_avg": np.zeros(5, np.float32)})
    del generator.state["_modules"]["mapping"].state["_buffers"]["w_avg"]
    made = convert(generator)
    mapping = DeepMapping(6, 5, 3, 3, 5, 5)
    names = {k.removeprefix("mapping."): torch.from_numpy(v) for k, v in made.tensors.items() if k[:7] == "mapping"}
    mapping.load_state_dict(names)
    torch.manual_seed(1)
    c = F.one_hot(torch.randint(0, 3, (20_000,)), 3).float()
    with torch.inference_mode():
        torch.testing.assert_close(mapping(torch.randn(20_000, 6), c).mean(0), mapping.w_avg, rtol=0.05, atol=0.02)


def test_class_weights_go_on_along_their_line() -> None:
    torch.manual_seed(2)
    mapping = DeepMapping(4, 5, 3, 2, 5, 5)
    with torch.no_grad():
        assert mapping.embed is not None
        mapping.embed.bias.zero_()
    heard: list[Tensor] = []
    mapping.layers[0].register_forward_pre_hook(lambda _, inputs: heard.append(inputs[0][:, 4:]))
    weights = torch.tensor([[1.0, 0, 0], [4.0, 0, 0], [-2.0, 0, 0], [0.5, 0.5, 0], [0, 0, 0], [1e-6, 0, 0]])
    mapping(torch.randn(6, 4), weights)
    one, four, minus, half, none, little = heard[0].detach()
    torch.testing.assert_close(four, 4.0 * one, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(minus, -2.0 * one, rtol=1e-4, atol=1e-4)
    assert float(half.square().mean()) == pytest.approx(1.0, abs=1e-3)
    assert not none.any()
    assert float(little.abs().max()) < 1e-3


# -- refusals ---------------------------------------------------------------------------------------------------------


def spoiled(change: Callable[[Tensors], None], **facts: Any) -> Any:
    tensors = stylegan2(8)
    change(tensors)
    return {"G_ema": nvidia(tensors, **facts)}


def _set(name: str, value: np.ndarray[Any, Any]) -> Callable[[Tensors], None]:
    return lambda tensors: tensors.__setitem__(name, value)


CONV = "synthesis.b8.conv0.weight"
LOPSIDED = np.outer((1, 2, 3, 4), (1, 2, 3, 4)).astype(np.float32) / 100


@pytest.mark.parametrize(
    ("root", "why"),
    [
        (spoiled(lambda t: t.__delitem__(CONV)), "missing"),
        (spoiled(_set(CONV, np.zeros((7, 3, 3, 3), np.float32))), "and not"),
        (spoiled(_set(CONV, np.full((7, 12, 3, 3), np.nan, np.float32))), "none"),
        (spoiled(_set("synthesis.b8.conv7.weight", np.zeros(3, np.float32))), "no place for"),
        (spoiled(_set("mapping.fc1.bias", np.full(5, np.inf, np.float32))), "none"),
        (spoiled(_set("mapping.w_avg", np.array(["a"] * 5))), "no numbers"),
        (spoiled(_set("synthesis.b16.resample_filter", LOPSIDED)), "different filters"),
        (spoiled(lambda t: None, img_resolution=24), "powers of two"),
        (spoiled(lambda t: None, img_resolution=1 << 30), "size of pictures"),
        (spoiled(lambda t: None, z_dim=0), "z_dim"),
        (spoiled(lambda t: None, w_dim="5"), "w_dim"),
        (spoiled(lambda t: None, c_dim=10**9), "classes"),
        (spoiled(lambda t: None, architecture="new"), "joined"),
        (spoiled(lambda t: None, clamp=float("nan")), "clamp"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_a_sentence(root: Any, why: str) -> None:
    with pytest.raises(RefusedError, match=why) as refused:
        convert(root)
    said = str(refused.value)
    assert ";" in said
    assert not said.endswith(".")
    assert "\n" not in said


def test_another_rectifier_is_refused() -> None:
    generator = nvidia(stylegan2(8))
    generator.state["_modules"]["synthesis"].state["_modules"]["b8"].state["_modules"]["conv1"].state["activation"] = (
        "x"
    )
    with pytest.raises(RefusedError, match="lrelu"):
        convert(generator)


@pytest.mark.parametrize(
    ("kwargs", "why"),
    [({"fused_dream": 1}, "fused_dream"), ({"nonlinearity": "relu"}, "nonlinearity"), ({"fmap_decay": 2.0}, "fmap"),
     ({"resample_kernel": [1]}, "taps"), ({"mapping_lrmul": float("inf")}, "rate")],
)  # fmt: skip
def test_tensorflow_networks_that_were_made_otherwise_are_refused(kwargs: dict[str, Any], why: str) -> None:
    gs = tensorflow(stylegan2(8), **kwargs)
    with pytest.raises(RefusedError, match=why):
        convert((gs, gs, gs))


def test_tensorflow_networks_of_the_first_stylegan_are_refused() -> None:
    gs = tensorflow(stylegan2(8))
    gs.version = 2
    with pytest.raises(RefusedError, match="older than StyleGAN2"):
        convert((gs, gs, gs))


@pytest.mark.parametrize("spoil", ["missing", "surplus", "shape", "nan"])
def test_the_ports_files_are_read_strictly(spoil: str) -> None:
    table = port(stylegan2(8))
    g = table["g_ema"]
    if spoil == "missing":
        del g["convs.2.activate.bias"]
    elif spoil == "surplus":
        g["convs.9.conv.weight"] = np.zeros((1, 2, 2, 3, 3), np.float32)
    elif spoil == "shape":
        g["to_rgbs.0.bias"] = np.zeros((1, 3, 2, 1), np.float32)
    else:
        g["input.input"] = g["input.input"] * np.float32("nan")
    with pytest.raises(RefusedError):
        convert(table)


@pytest.mark.parametrize("root", [None, 3, {}, [], {"G_ema": None}, {"g_ema": {"a": np.zeros(3)}}, (1, 2, 3), "text"])
def test_what_is_none_of_the_family_is_left_to_others(root: Any) -> None:
    assert all(family.convert(checkpoint(root), {}) is None for family in FAMILIES if family.name[:8] == "StyleGAN")
