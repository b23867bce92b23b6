"""What every generator keeps: the contract of ``latentjockey.generators.protocol``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.control.spec import Kind
from latentjockey.generators.protocol import FrameRequest, FrameResult, Generator, Layers, Moment
from latentjockey.generators.registry import create
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.model_file import save
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.models import container, directions, library, trust
from latentjockey.models.builtin import BUILTIN
from latentjockey.models.card import ModelCard
from latentjockey.models.families.biggan import BigGan
from latentjockey.models.families.dcgan import Dcgan
from latentjockey.models.families.family import Family
from latentjockey.models.families.onnx import Onnx
from latentjockey.models.families.stylegan2 import StyleGan2
from latentjockey.models.families.stylegan3 import StyleGan3
from latentjockey.models.reading.reader import read
from latentjockey.navigation.seeds import z_from_seed
from tests.generators import diffusion_folders
from tests.models import clips
from tests.models.families.biggan_files import state
from tests.models.families.dcgan_files import dcgan_state
from tests.models.families.published import SMALL_3, checkpoint, nvidia, nvidia_3, port, store, stylegan2, stylegan3
from tests.models.reading import onnx_files

SIZES = ((1, 1), (3, 257), (257, 3), (64, 64), (640, 360))
CONVERTED: dict[str, tuple[Family, Callable[[], Any]]] = {
    "stylegan2": (StyleGan2(), lambda: nvidia(stylegan2())),
    "stylegan2-classes": (StyleGan2(), lambda: nvidia(stylegan2(classes=3, architecture="resnet"), "resnet", 256.0)),
    "stylegan2-port": (StyleGan2(), lambda: port(stylegan2(1))),
    "stylegan3-t": (StyleGan3(), lambda: nvidia_3(stylegan3())),
    "stylegan3-r": (StyleGan3(), lambda: nvidia_3(stylegan3(TURNING), TURNING)),
    "biggan": (BigGan(), state),
    "dcgan": (Dcgan(), dcgan_state),
    "dcgan-classes": (Dcgan(), lambda: dcgan_state(latent=19)),
}
"""Models of published families: who converts them, and what stands in their file."""
GRAPHS: dict[str, Callable[[], bytes]] = {
    "onnx": onnx_files.plain,
    "onnx-classes": onnx_files.with_classes,
    "onnx-layers": onnx_files.with_all,
}
DIFFUSION = ("turbo", "lcm", "sdxl", "dit", "ddpm", "consistency", "autoencoder")
"""Folders in the layout of diffusers, made when they are first played: the library takes a while to import."""
CLIP = "film"
OWN = "own"
"""A generator that somebody wrote, which its player trusts."""
OWN_CODE = """
from latentjockey.generators.own import OwnGenerator

class Generator(OwnGenerator):
    def synthesize(self, layers, controls, size):
        angles = layers.clamp(-1e4, 1e4) @ self.tensors["mix"] + max(-1e6, min(1e6, controls["turn"]))
        return angles.sin().mean(0).view(3, 8, 8)
"""
OWN_WORDS = {"name": "Own", "z_dim": 6, "w_dim": 8, "num_ws": 4, "classes": ["a", "b"], "controls": [{"name": "turn"}]}
TURNING = replace(SMALL_3, kernel=1, radial=True, classes=3)
FAR = (-1e308, -1e9, -30.0, -3.0, -0.0, 1e-30, 0.5, 99.5, 1e9, 1e308)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of models that the library knows, small and of random weights: a style model with classes, and
    converted ones of published families."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(3)
    prior = ClassPrior(3, 24)
    for k in range(3):
        prior.fit(k, torch.randn(60, 24) + 0.5 * k)
    net = StyleNet(StyleConfig(32, 24, 16, 3, 256, 24))
    save(folder / "small.safetensors", net, prior, name="Small", classes=("a", "b", "c"), card=ModelCard(name="Small"))
    for name, (family, root) in CONVERTED.items():
        made = family.convert(checkpoint(root()), {})
        assert made is not None
        store(folder / f"{name}.safetensors", made, name)
    for name, graph in GRAPHS.items():
        path = folder / f"{name}.onnx"
        path.write_bytes(graph())
        made = Onnx().convert(read(path), {})
        assert made is not None
        store(folder / f"{name}.safetensors", made, name)
        path.unlink()
    clips.write(folder, CLIP)
    (folder / OWN).mkdir()
    (folder / OWN / "generator.py").write_text(OWN_CODE)
    (folder / OWN / "model.json").write_text(json.dumps(OWN_WORDS))
    mix = np.random.default_rng(0).normal(size=(8, 192)).astype(np.float32)
    container.write(folder / OWN / "mix.safetensors", {"mix": mix}, {})
    trust.trust(folder / OWN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(library.FOLDERS_VARIABLE, str(folder))
        # Of two number formats a player takes the faster: on a busy machine not always the same one.
        patch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
        yield folder


def test_reading_a_model_does_not_load_the_compiler(folder: Path) -> None:
    """torch loads its compiler, for a second, where sums are made of tensors that only have a shape."""
    script = """
import sys
from latentjockey.generators.registry import create
for name in sys.argv[1:]:
    create(name).close()
    assert "torch._dynamo" not in sys.modules, name
"""
    names = ["small", "stylegan2", "stylegan2-classes", "biggan", "dcgan", "night-garden"]
    done = subprocess.run([sys.executable, "-c", script, *names], capture_output=True, text=True, timeout=400)
    assert not done.returncode, done.stderr


@pytest.fixture(scope="module", params=[*sorted(BUILTIN), "small", *CONVERTED, *GRAPHS, *DIFFUSION, CLIP, OWN])
def generator(request: pytest.FixtureRequest, folder: Path) -> Iterator[Generator]:
    if request.param in DIFFUSION:
        diffusion_folders.make(folder, request.param)
    made = create(request.param, "cpu", own_code=True)
    yield made
    made.close()


def layers_of(generator: Generator, seed: int = 11) -> Layers:
    return generator.embed(z_from_seed(seed, generator.spec.z_dim).astype(np.float32)[None])[0]


def draw(
    generator: Generator, layers: Layers, size: tuple[int, int] = (48, 48), native: dict[str, float] | None = None
) -> FrameResult:
    return generator.frame(FrameRequest(*size), lambda: Moment(layers, native or {}))


def rgb(result: FrameResult) -> NDArray[np.uint8]:
    return result.pixels.transpose(1, 2, 0) if result.planar else result.pixels[..., :3]


def test_it_says_what_it_is(generator: Generator) -> None:
    spec = generator.spec
    assert library.get(spec.name).spec == spec
    assert generator.device
    assert 0 < spec.bands[0] < spec.bands[1] < spec.num_ws
    assert all(control.address.startswith("/gen/") and control.help for control in spec.controls)


def test_latents_have_the_shapes_of_the_spec(generator: Generator) -> None:
    spec = generator.spec
    z = np.stack([z_from_seed(seed, spec.z_dim) for seed in (1, 2, 3)]).astype(np.float32)
    layers = generator.embed(z)
    assert layers.shape == (3, spec.num_ws, spec.w_dim)
    assert layers.dtype == np.float32
    assert np.allclose(generator.embed(z[1:2])[0], layers[1], rtol=1e-5, atol=1e-5)
    mean = generator.mean()
    assert mean.shape == (spec.num_ws, spec.w_dim)
    assert mean.dtype == np.float32
    assert np.isfinite(mean).all()


def test_class_weights_of_any_sign_and_sum_are_taken_and_mean_nothing_where_there_are_no_classes(
    generator: Generator,
) -> None:
    spec = generator.spec
    count = len(spec.classes)
    z = np.stack([z_from_seed(seed, spec.z_dim) for seed in (1, 2)]).astype(np.float32)
    rows = np.linspace(-2.0, 4.0, 2 * max(count, 3)).reshape(2, -1).astype(np.float32)
    layers, mean = generator.embed(z, rows), generator.mean(rows[0])
    assert layers.shape == (2, spec.num_ws, spec.w_dim)
    assert layers.dtype == np.float32
    assert mean.shape == (spec.num_ws, spec.w_dim)
    assert np.isfinite(layers).all()
    assert np.isfinite(mean).all()
    if not count:
        assert np.array_equal(layers, generator.embed(z))
        assert np.array_equal(mean, generator.mean())
        return
    first = np.repeat(np.eye(1, count, dtype=np.float32), 2, axis=0)
    assert np.array_equal(generator.embed(z, first), generator.embed(z)), "without classes it is the first"
    assert np.array_equal(generator.mean(first[0]), generator.mean())
    assert not np.array_equal(layers, generator.embed(z))


def test_its_directions_are_as_many_as_it_says_and_orthonormal(generator: Generator) -> None:
    spec = generator.spec
    rows = directions.load(spec.name)
    if not spec.directions:
        assert rows is None
        return
    assert rows is not None
    assert rows.shape == (spec.directions, spec.z_dim)
    assert rows.dtype == np.float32
    assert np.allclose(rows @ rows.T, np.eye(spec.directions), atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_of_any_size_is_contiguous_bytes(generator: Generator, size: tuple[int, int]) -> None:
    result = draw(generator, layers_of(generator), size)
    width, height = size
    assert result.pixels.shape == ((3, height, width) if result.planar else (height, width, 4))
    assert result.pixels.dtype == np.uint8
    assert result.pixels.flags.c_contiguous
    assert result.finite


def test_the_same_moment_gives_the_same_picture(generator: Generator) -> None:
    first = draw(generator, layers_of(generator), (160, 144)).pixels.copy()
    draw(generator, layers_of(generator, 5), (96, 80))
    assert np.array_equal(draw(generator, layers_of(generator), (160, 144)).pixels, first)
    fresh = create(generator.spec.name, "cpu", own_code=True)
    assert np.array_equal(draw(fresh, layers_of(fresh), (160, 144)).pixels, first)
    fresh.close()


def test_a_picture_is_not_overwritten_by_the_next(generator: Generator) -> None:
    kept = draw(generator, layers_of(generator)).pixels
    copy = kept.copy()
    draw(generator, layers_of(generator, 5))
    assert np.array_equal(kept, copy)


def test_the_position_is_read_for_each_frame_and_left_alone(generator: Generator) -> None:
    layers = layers_of(generator)
    before = layers.copy()
    calls = []

    def latch() -> Moment:
        calls.append(True)
        return Moment(layers, {})

    for side in (8, 200):
        calls.clear()
        generator.frame(FrameRequest(side, side, draft=side == 8), latch)
        steps = generator.spec.name in DIFFUSION  # one that makes a picture in steps reads newer values for each
        assert len(calls) >= 1 if steps else len(calls) == 1
    assert np.array_equal(layers, before)


def test_a_latch_that_raises_harms_nothing(generator: Generator) -> None:
    def latch() -> Moment:
        raise LookupError("nothing yet")

    with pytest.raises(LookupError):
        generator.frame(FrameRequest(32, 32), latch)
    assert draw(generator, layers_of(generator)).finite


@pytest.mark.parametrize("factor", [0.0, 1e-30, 3.0, 1e30, float(np.finfo(np.float32).max)])
def test_latents_of_any_size_give_a_picture(generator: Generator, factor: float) -> None:
    direction = np.sign(layers_of(generator)) if factor > 1e31 else layers_of(generator)
    result = draw(generator, (direction * np.float32(factor)).astype(np.float32))
    assert result.finite
    if generator.spec.name == "cppn":
        assert rgb(result).std() > 4.0


def test_controls_far_beyond_their_ranges_never_raise(generator: Generator) -> None:
    layers = layers_of(generator)
    for control in generator.spec.controls:
        if control.address == "/gen/rehearse":
            continue
        beyond = (10.0 * control.lo - 1.0, 10.0 * control.hi + 1.0)
        for value in (*FAR, *beyond):
            result = draw(generator, layers, (24, 16), {control.address: value})
            assert result.finite, (control.address, value)


def test_every_control_beyond_its_range_at_once(generator: Generator) -> None:
    addresses = [c.address for c in generator.spec.controls if c.address != "/gen/rehearse"]
    for value in FAR:
        assert draw(generator, layers_of(generator), (24, 16), dict.fromkeys(addresses, value)).finite


def test_closing_twice_is_nothing(generator: Generator) -> None:
    made = create(generator.spec.name, "cpu", own_code=True)
    draw(made, layers_of(made), (192, 192))
    made.close()
    made.close()


def test_controls_are_of_kinds_that_a_moment_carries(generator: Generator) -> None:
    carried = {Kind.FLOAT, Kind.INT, Kind.BOOL, Kind.CHOICE, Kind.VECTOR, Kind.TEXT}
    assert {control.kind for control in generator.spec.controls if not control.local} <= carried


def test_a_name_nobody_has_is_refused_with_the_names_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    with pytest.raises(StageError, match="cppn, testcard"):
        create("nobody")
