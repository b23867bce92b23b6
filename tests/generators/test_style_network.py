"""The style-based network against its definition: scaling equals weight modulation, classes enter by sums."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor

from latentjockey.generators.style.config import ARCHITECTURES, STARTS, StyleConfig, config_from_json
from latentjockey.generators.style.layers import Doubling, ModulatedConv
from latentjockey.generators.style.model_file import ModelFileError, load, save
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.generators.style.segments import Runner, cut
from latentjockey.models.card import ModelCard
from latentjockey.models.container import ContainerError, read_header, read_tensor, write

TINY = StyleConfig(size=64, z_dim=6, w_dim=8, classes=3, channel_base=128, channel_max=12)


def _net(config: StyleConfig = TINY, seed: int = 0) -> StyleNet:
    torch.manual_seed(seed)
    return StyleNet(config).eval().requires_grad_(False)


def _by_weights(conv: ModulatedConv, x: Tensor, w: Tensor) -> Tensor:
    """The paper's own form: a weight for each sample, modulated and demodulated (equations 1 and 3)."""
    style = F.linear(w, conv.affine.weight, conv.affine.bias)
    pictures = []
    for one, scale in zip(x, style, strict=True):
        weight = conv.weight * scale[None, :, None, None]
        if conv.demodulate:
            weight = weight * torch.rsqrt(weight.square().sum((1, 2, 3), keepdim=True))
        pictures.append(F.conv2d(one[None], weight, padding=weight.shape[2] // 2))
    return torch.cat(pictures)


@pytest.mark.parametrize("demodulate", [True, False])
def test_scaling_equals_modulating_the_weight(demodulate: bool) -> None:
    torch.manual_seed(1)
    conv = ModulatedConv(5, 7, 4, demodulate=demodulate).requires_grad_(False)
    x, w = torch.randn(3, 5, 9, 9), torch.randn(3, 4)
    torch.testing.assert_close(conv(x, w), _by_weights(conv, x, w), rtol=2e-5, atol=2e-5)


def test_a_doubling_convolution_is_zeros_between_then_convolution_then_filter() -> None:
    torch.manual_seed(2)
    conv = ModulatedConv(3, 4, 2, resample=(1.0, 3.0, 3.0, 1.0)).requires_grad_(False)
    x, w = torch.randn(2, 3, 5, 5), torch.randn(2, 2)
    style, norm = conv.scales(w)
    between = torch.zeros(2, 3, 9, 9)
    between[:, :, ::2, ::2] = x * style[:, :, None, None]
    full = F.conv2d(F.pad(between, (2, 2, 2, 2)), conv.weight.flip(2, 3))
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4.0
    square = (taps[:, None] * taps[None, :]).expand(4, 1, 4, 4)
    wanted = F.conv2d(F.pad(full, (1, 1, 1, 1)), square, groups=4)
    assert norm is not None
    torch.testing.assert_close(conv(x, w), wanted * norm[:, :, None, None], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("taps", [(1.0,) * 2, (1.0, 3.0, 3.0, 1.0), (1.0, 2.0, 1.0), (1.0,) * 6])
def test_doubling_keeps_an_even_ground_even(taps: tuple[float, ...]) -> None:
    doubled = Doubling(taps)(torch.ones(1, 2, 12, 12))
    assert doubled.shape == (1, 2, 24, 24)
    if len(taps) % 2 == 0:
        torch.testing.assert_close(doubled[:, :, 4:-4, 4:-4], torch.ones(1, 2, 16, 16))
    assert float(doubled[:, :, 4:-4, 4:-4].mean()) == pytest.approx(1.0)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("start", STARTS)
def test_every_shape_gives_pictures_that_its_w_moves(architecture: str, start: str) -> None:
    config = StyleConfig(16, 6, 8, 0, 128, 12, architecture, start)
    net = _net(config)
    ws = torch.randn(2, config.num_ws, 8)
    picture = net.synthesis(ws)
    assert picture.shape == (2, 3, 16, 16)
    for layer in range(config.num_ws):
        moved = ws.clone()
        moved[:, layer] += 1.0
        assert not torch.equal(net.synthesis(moved), picture), layer


def test_classes_enter_by_sums() -> None:
    prior = ClassPrior(3, 6)
    torch.manual_seed(3)
    for k in range(3):
        prior.fit(k, torch.randn(50, 6) * (k + 1.0) + k)
    u, a, b = torch.randn(4, 6), torch.randn(4, 3), torch.randn(4, 3)
    torch.testing.assert_close(prior(u, a + b), prior(u, a) + prior(u, b), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(prior(u, -2.5 * a), -2.5 * prior(u, a), rtol=1e-5, atol=1e-5)


def test_a_prior_has_the_mean_and_covariance_that_it_was_fitted_to() -> None:
    torch.manual_seed(4)
    z = torch.randn(200, 5) @ torch.randn(5, 5) + torch.arange(5.0)
    prior = ClassPrior(1, 5)
    prior.fit(0, z)
    torch.testing.assert_close(prior.mean[0], z.mean(0), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(prior.root[0] @ prior.root[0].t(), torch.cov(z.t()), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(prior.root[0], prior.root[0].t())


def test_numbers_from_far_out_give_finite_pictures() -> None:
    net = _net()
    for size in (0.0, 1e3, 1e6):
        assert torch.isfinite(net(size * torch.randn(2, 6), size * torch.randn(2, 3))).all()


def test_what_is_kept_gives_the_same_picture_and_only_late_blocks_are_made_again() -> None:
    net = _net()
    kept, maps = Runner(cut(net.synthesis)), net.synthesis.noise_maps("const", 1)
    ws = torch.randn(1, TINY.num_ws, 8)
    kept.run(ws, maps, 0)
    segments = cut(net.synthesis)
    for layer in range(TINY.num_ws):
        ws = ws.clone()
        ws[:, layer] += 1.0
        torch.testing.assert_close(kept.run(ws, maps, 0), net.synthesis(ws), rtol=0, atol=0)
        first = next(i for i, s in enumerate(segments) if layer < s.first + s.rows)
        assert kept.reused == first
    kept.run(ws, maps, 0)
    assert kept.reused == len(segments) == 3
    silent: list[Tensor | None] = [None] * len(maps)
    torch.testing.assert_close(kept.run(ws, silent, 1), net.synthesis(ws, "none"), rtol=0, atol=0)
    assert kept.reused == 0


def test_a_tap_sees_every_layer_in_order_and_may_change_it() -> None:
    net = _net()
    ws, seen = torch.randn(1, TINY.num_ws, 8), []

    def silence(x: Tensor, layer: int) -> Tensor:
        seen.append((layer, x.shape[-1]))
        return x * 0.0

    silent = Runner(cut(net.synthesis)).run(ws, net.synthesis.noise_maps("const", 1), 0, silence)
    assert seen == [(0, 4), *((2 * n + m, 8 << n) for n in range(4) for m in (1, 2))]
    assert float(silent.std()) == pytest.approx(0.0, abs=1e-6)


def test_a_file_gives_back_what_was_saved(tmp_path: Path) -> None:
    net, prior = _net(), ClassPrior(3, 6)
    prior.fit(1, torch.randn(20, 6))
    card = ModelCard(name="Tiny", data="drawn here")
    ways = np.eye(6, dtype=np.float32)[:2]
    save(tmp_path / "t.safetensors", net, prior, name="tiny", classes=("a", "b", "c"), card=card, directions=ways,
         direction_labels=("up", "down"), training={"steps": 5})  # fmt: skip
    back = load(tmp_path / "t.safetensors")
    assert back.header["classes"] == ["a", "b", "c"]
    assert back.header["card"]["data"] == "drawn here"
    assert back.net.config == TINY
    torch.testing.assert_close(back.prior.root, prior.root)
    z, c = torch.randn(2, 6), torch.randn(2, 3)
    error = (back.net(z, c) - net(z, c)).abs().max() / net(z, c).abs().max()
    assert 0.0 < float(error) < 0.05  # bf16 has eight bits


@pytest.mark.parametrize(
    "spoil",
    [
        {"config": {**TINY.to_json(), "size": 128}},
        {"config": {**TINY.to_json(), "size": 1 << 40}},
        {"config": {**TINY.to_json(), "w_dim": "8"}},
        {"config": {**TINY.to_json(), "resample": []}},
        {"config": None},
        {"kind": "other"},
        {"format": 2},
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_a_sentence(tmp_path: Path, spoil: dict[str, object]) -> None:
    path = tmp_path / "t.safetensors"
    save(path, _net(), ClassPrior(3, 6), name="t", classes=("a", "b", "c"), card=ModelCard(name="T"))
    infos, metadata = read_header(path)
    header = {**json.loads(metadata["latentjockey"]), **spoil}
    write(path, {k: read_tensor(path, i) for k, i in infos.items()}, {"latentjockey": json.dumps(header)})
    with pytest.raises((ModelFileError, ContainerError), match=r"t\.safetensors"):
        load(path)


def test_a_file_with_numbers_that_are_none_is_refused(tmp_path: Path) -> None:
    net = _net()
    net.mapping.z_in.weight[0, 0] = math.nan
    save(tmp_path / "t.safetensors", net, ClassPrior(3, 6), name="t", classes=("a", "b", "c"), card=ModelCard(name="T"))
    with pytest.raises(ModelFileError, match="damaged"):
        load(tmp_path / "t.safetensors")


def test_a_config_survives_json_and_refuses_nonsense() -> None:
    assert config_from_json({**TINY.to_json(), "unknown": 1}) == TINY
    assert StyleConfig(16).bands == (3, 5)
    assert StyleConfig(256).bands == (3, 7)
    for wrong in ({"size": 12}, {"size": 4}, {"size": 512, "channel_base": 256}, {"start": "x"}, {"architecture": "x"}):
        with pytest.raises(ValueError, match=r"network|channel|architecture"):
            config_from_json(wrong)
