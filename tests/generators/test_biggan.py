"""BigGAN-deep: converted weights play as what they mean, and every knob goes beyond what was learned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from latentjockey.generators.biggan.network import BigganNet, cut, knobs_of
from latentjockey.generators.biggan.player import BigganPlayer
from latentjockey.generators.break_values import BandBreak, Breaks
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.generators.registry import create
from latentjockey.generators.style.segments import Runner
from latentjockey.models import library
from latentjockey.models.biggan_shape import shape_from_json
from latentjockey.models.families.biggan import BigGan
from latentjockey.models.families.dcgan import Dcgan
from latentjockey.models.families.family import Converted
from latentjockey.models.imagenet import imagenet_names
from latentjockey.models.reading.plain import RefusedError
from tests.models.families.biggan_files import CLASSES, SMALL, STATISTICS, State, Z, meant, state
from tests.models.families.published import checkpoint, store

CLOSE = 1e-4
WEIGHTS = torch.tensor([[1.0, 0, 0, 0, 0], [0, 0.5, 0.5, 0, 0], [-2, 4, 0, 0.3, 0], [0, 0, 0, 0, 0]])


def converted(held: State, asked: dict[str, Any] | None = None) -> Converted:
    made = BigGan().convert(checkpoint(held), asked or {})
    assert made is not None
    return made


def ours(made: Converted) -> BigganNet:
    shape = shape_from_json(json.loads(json.dumps(made.config)))
    assert {key: value.shape for key, value in made.tensors.items()} == dict(shape.tensors())
    net = BigganNet(shape).eval().requires_grad_(False)
    parts = net.parts()
    assert parts.keys() == made.tensors.keys()
    for key, part in parts.items():
        part.copy_(torch.from_numpy(made.tensors[key]))
    return net


def shown(net: BigganNet, z: torch.Tensor, c: torch.Tensor, truncation: float) -> torch.Tensor:
    ws = net.embed(z, c)[:, None].repeat(1, net.shape.num_ws, 1)
    knobs = [knobs_of(net.shape.statistics, truncation)] * len(net.shape.blocks)
    return net.synthesis(ws, knobs)  # type: ignore[no-any-return]


@pytest.mark.parametrize("truncation", [0.0, 0.1, 0.37, 0.5, 0.999, 1.0])
def test_a_picture_is_what_the_weights_mean_at_every_truncation(truncation: float) -> None:
    held = state()
    z = torch.randn(4, Z, generator=torch.Generator().manual_seed(2))
    wanted = meant(held, z, WEIGHTS, truncation)
    assert wanted.std() > 0.1
    assert (shown(ours(converted(held)), z, WEIGHTS, truncation) - wanted).abs().max() < CLOSE


@pytest.mark.parametrize("how", [{"vectors": False}, {"normed": False}, {"attention": -1}, {"attention": 1}])
def test_every_kind_of_file_means_the_same_to_us(how: dict[str, Any]) -> None:
    held = state(**how)
    z = torch.randn(4, Z, generator=torch.Generator().manual_seed(2))
    wanted = meant(held, z, WEIGHTS, 0.5, attention=how.get("attention", 4))
    assert (shown(ours(converted(held)), z, WEIGHTS, 0.5) - wanted).abs().max() < CLOSE


def test_which_blocks_double_may_be_said() -> None:
    layers = [(not doubles, before, after) for doubles, before, after in SMALL]
    z = torch.randn(4, Z, generator=torch.Generator().manual_seed(2))
    net = ours(converted(state(), {"layers": [list(layer) for layer in layers]}))
    assert (shown(net, z, WEIGHTS, 0.5) - meant(state(), z, WEIGHTS, 0.5, layers)).abs().max() < CLOSE


def test_what_is_nearly_a_biggan_is_refused_and_what_is_none_is_left() -> None:
    held = state()
    for change in (
        {"generator.layers.0.extra.weight": np.ones(3, np.float32)},
        {"generator.layers.2.conv_1.weight_orig": np.ones((3, 3, 3, 3), np.float32)},
        {"generator.bn.weight": np.full_like(held["generator.bn.weight"], np.nan)},
        {"generator.layers.0.bn_0.running_vars": -np.ones_like(held["generator.layers.0.bn_0.running_vars"])},
        {"generator.layers.0.conv_0.weight_u": np.zeros_like(held["generator.layers.0.conv_0.weight_u"])},
        {"embeddings.weight": np.ones(5, np.float32)},
    ):
        with pytest.raises(RefusedError):
            BigGan().convert(checkpoint({**held, **change}), {})
    for name in ("generator.layers.3.conv_2.bias", "generator.gen_z.bias", "generator.bn.running_vars"):
        with pytest.raises(RefusedError):
            BigGan().convert(checkpoint({key: value for key, value in held.items() if key != name}), {})
    for asked in ({"layers": [[1, 2]]}, {"layers": 3}, {"eps": "x"}, {"eps": 0.0}, {"classes": ["a"]}):
        with pytest.raises(RefusedError):
            BigGan().convert(checkpoint(held), asked)
    roots: list[Any] = [{}, [], None, {"generator": {"x": np.ones(3)}}, {"embeddings.weight": np.ones((3, 3))}]
    for root in roots:
        assert BigGan().convert(checkpoint(root), {}) is None
    assert Dcgan().convert(checkpoint(held), {}) is None


def test_a_thousand_classes_have_the_names_of_imagenet() -> None:
    names = imagenet_names()
    assert (len(names), len(set(names))) == (1000, 1000)
    for number, name in (
        (0, "tench"),
        (207, "golden retriever"),
        (388, "giant panda"),
        (483, "castle"),
        (980, "volcano"),
    ):
        assert names[number] == name
    held = state()
    held["embeddings.weight"] = np.ones((Z, 1000), np.float32)
    made = converted(held)
    assert made.classes == names
    assert converted(state()).classes == tuple(f"class {i}" for i in range(CLASSES))
    assert converted(state(), {"classes": list("abcde")}).classes == tuple("abcde")


# -- the player -------------------------------------------------------------------------------------------------------


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BigganPlayer]:
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    store(tmp_path / "big.safetensors", converted(state()), "Big")
    made = create("big", "cpu")
    assert isinstance(made, BigganPlayer)
    yield made
    made.close()


def drawn(player: BigganPlayer, layers: NDArray[np.float32], **rest: Any) -> NDArray[np.uint8]:
    native = {f"/gen/{key}": value for key, value in rest.pop("native", {}).items()}
    result = player.frame(FrameRequest(32, 32), lambda: Moment(layers, native, **rest))
    assert result.finite
    return result.pixels


def places(player: BigganPlayer, count: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(5).normal(size=(count, player.spec.z_dim)).astype(np.float32)


def test_it_plays_what_the_weights_mean(player: BigganPlayer) -> None:
    spec = player.spec
    assert (spec.z_dim, spec.w_dim, spec.num_ws, spec.size) == (Z, 2 * Z, 7, (32, 32))
    z, c = places(player), WEIGHTS[2:3].numpy()
    for truncation in (0.5, 0.83):
        wanted = meant(state(), torch.from_numpy(z), WEIGHTS[2:3], truncation)[0].numpy()
        pixels = drawn(player, player.embed(z, c)[0], native={"truncation": truncation})
        assert np.abs(pixels / 127.5 - 1.0 - wanted).max() < 0.01


def test_truncation_goes_on_beyond_its_range(player: BigganPlayer) -> None:
    layers = player.embed(places(player))[0]
    pictures = [
        drawn(player, layers, native={"truncation": t}).tobytes() for t in (-3.0, -0.5, 0.0, 0.5, 1.0, 1.5, 9.0)
    ]
    assert len(set(pictures)) == len(pictures)
    near = knobs_of(STATISTICS, 1.5)[3:]
    assert near[-1] == 1.0
    assert torch.equal(knobs_of(STATISTICS, -0.35)[3:], knobs_of(STATISTICS, 0.35)[3:])
    assert knobs_of(STATISTICS, 0.35)[3:].sum() == pytest.approx(1.0)


def test_each_latent_is_heard_by_a_block_of_its_own(player: BigganPlayer) -> None:
    a, b = player.embed(places(player, 2))
    clean = drawn(player, a)
    for row in range(player.spec.num_ws):
        mixed = a.copy()
        mixed[row] = b[row]
        assert not np.array_equal(drawn(player, mixed), clean), row


def test_classes_sound_together_and_their_sum_is_linear(player: BigganPlayer) -> None:
    z = places(player)
    rows = [
        player.embed(z, np.array([row], np.float32))[0] for row in ([1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [-2, 4, 0, 0, 0])
    ]
    np.testing.assert_allclose(rows[2][:, Z:], 4 * rows[1][:, Z:] - 2 * rows[0][:, Z:], atol=1e-4)
    assert len({drawn(player, row).tobytes() for row in rows}) == 3
    mean = player.mean(np.array([0, 1, 0, 0, 0], np.float32))
    assert np.array_equal(mean[:, :Z], np.zeros((7, Z)))
    assert np.array_equal(mean[:, Z:], rows[1][:, Z:])


def test_segments_kept_and_played_whole_give_the_same(player: BigganPlayer) -> None:
    net = ours(converted(state()))
    segments = cut(net.synthesis)
    assert [(segment.first, segment.layers) for segment in segments] == [(0, 5), (5, 1)]
    runner, maps = Runner(segments), [knobs_of(STATISTICS, 0.5)] * 6
    ws = torch.randn(1, 7, 2 * Z, generator=torch.Generator().manual_seed(1))
    for row in (None, 6, 0):
        if row is not None:
            ws[:, row] += 0.5
        with torch.inference_mode():
            whole = net.synthesis(ws, maps)
            assert torch.allclose(runner.run(ws, maps, 0.5), whole, atol=1e-5)
    with torch.inference_mode():
        ws[:, 6] += 0.5
        runner.run(ws, maps, 0.5)
        assert runner.reused == 1
        runner.run(ws, maps, 0.6)
        assert runner.reused == 0


def test_breaks_reach_every_band_and_drive_the_picture(player: BigganPlayer) -> None:
    layers = player.embed(places(player))[0]
    clean = drawn(player, layers)
    assert np.array_equal(drawn(player, layers, breaks=Breaks()), clean)
    broken = BandBreak(invert=1.0)
    for breaks in (Breaks(coarse=broken), Breaks(middle=broken), Breaks(fine=broken)):
        assert not np.array_equal(drawn(player, layers, breaks=breaks), clean), breaks
    assert np.abs(drawn(player, layers, native={"drive": -1.0}).astype(int) + clean - 255).max() <= 1
    assert np.all(drawn(player, layers, native={"drive": 0.0}) == 128)
