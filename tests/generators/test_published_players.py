"""Playing converted StyleGANs: centre and psi, class weights, noise of each layer, the plane, late rows, breaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from latentjockey.generators.break_values import BandBreak, Breaks
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.generators.registry import create
from latentjockey.generators.style.compile_child import _cut, _shown
from latentjockey.generators.style.model_file import ModelFileError
from latentjockey.generators.style.playing import LayeredPlayer
from latentjockey.generators.stylegan3.model_file import load
from latentjockey.generators.stylegan3.network import Stylegan3Net
from latentjockey.models import container, library
from latentjockey.models.families.stylegan2 import StyleGan2
from latentjockey.models.families.stylegan3 import StyleGan3
from tests.models.families.published import SMALL_3, checkpoint, nvidia, nvidia_3, store, stylegan2, stylegan3


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only models that there are; they play in float32."""
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(library, "_BUNDLED", tmp_path / "none")
    monkeypatch.setattr(library, "own_folder", lambda: tmp_path)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return tmp_path


def style(folder: Path, name: str = "two", **shape: Any) -> LayeredPlayer:
    made = StyleGan2().convert(checkpoint(nvidia(stylegan2(**shape), shape.get("architecture", "skip"))), {})
    assert made is not None
    store(folder / f"{name}.safetensors", made, name)
    return player(name)


def alias_free(folder: Path, name: str = "three", seed: int = 0, **changes: Any) -> LayeredPlayer:
    shape = replace(SMALL_3, **changes)
    made = StyleGan3().convert(checkpoint(nvidia_3(stylegan3(shape, seed), shape)), {})
    assert made is not None
    store(folder / f"{name}.safetensors", made, name)
    return player(name)


def player(name: str) -> LayeredPlayer:
    made = create(name, "cpu")
    assert isinstance(made, LayeredPlayer)
    return made


def draw(
    played: LayeredPlayer, layers: NDArray[np.float32], breaks: Breaks | None = None, **native: Any
) -> NDArray[np.int16]:
    values = {f"/gen/{name}": value for name, value in native.items()}
    result = played.frame(FrameRequest(*played.spec.size), lambda: Moment(layers, values, 0.0, breaks))
    assert result.finite
    return result.pixels.astype(np.int16)


def at(played: LayeredPlayer, *z: float) -> NDArray[np.float32]:
    return played.embed(np.resize(np.asarray(z or (1.0, -0.5), np.float32), (1, played.spec.z_dim)))[0]


def test_the_centre_is_the_average_w_of_the_file_whatever_the_classes(folder: Path) -> None:
    tensors = stylegan2(classes=3)
    played = style(folder, classes=3)
    for classes in (None, np.array((0.0, 2.0, -1.0), np.float32)):
        mean = played.mean(classes)
        assert mean.shape == (played.spec.num_ws, played.spec.w_dim)
        np.testing.assert_array_equal(mean, np.tile(tensors["mapping.w_avg"], (played.spec.num_ws, 1)))


def test_a_place_counts_by_its_direction_and_a_class_by_its_weight(folder: Path) -> None:
    played = style(folder, classes=3)
    z = np.ones((1, 6), np.float32)
    np.testing.assert_allclose(played.embed(3.0 * z), played.embed(z), rtol=1e-4, atol=1e-5)
    one, four = (played.embed(z, np.array([[weight, 0, 0]], np.float32)) for weight in (1.0, 4.0))
    assert not np.allclose(one, four, rtol=0.05)
    np.testing.assert_array_equal(one, played.embed(z))


def test_each_layers_noise_has_its_own_strength(folder: Path) -> None:
    played = style(folder)
    layers, count = at(played), played.spec.num_ws - 1
    (control,) = (c for c in played.spec.controls if c.address == "/gen/noise_layers")
    assert control.size == count == 5
    whole = draw(played, layers)
    seen = []
    for layer in range(count):
        loud = np.ones(count, np.float32)
        loud[layer] = 9.0
        seen.append(draw(played, layers, noise_layers=loud))
        assert not np.array_equal(seen[-1], whole), layer
    assert len({picture.tobytes() for picture in seen}) == count
    silent = draw(played, layers, noise_layers=np.zeros(count, np.float32))
    assert np.array_equal(silent, draw(played, layers, noise=0.0))
    assert np.array_equal(draw(played, layers, noise_layers=np.full(count, 2.0)), draw(played, layers, noise=2.0))
    assert np.array_equal(draw(played, layers), whole)


def test_the_plane_moves_the_picture_and_comes_back(folder: Path) -> None:
    played = alias_free(folder)
    layers = at(played)
    whole = draw(played, layers)
    seen = {name: draw(played, layers, **{name: value}) for name, value in
            {"x": 0.25, "y": 0.25, "rotate": 90.0, "scale": 2.0}.items()}  # fmt: skip
    assert len({picture.tobytes() for picture in (whole, *seen.values())}) == 5
    assert np.array_equal(draw(played, layers, rotate=360.0), whole)
    assert np.array_equal(draw(played, layers, scale=-1.0), draw(played, layers, rotate=180.0)) or np.allclose(
        draw(played, layers, scale=-1.0), draw(played, layers, rotate=180.0), atol=2
    )
    assert np.array_equal(draw(played, layers), whole)


def test_late_rows_keep_what_came_before_and_a_moved_plane_keeps_nothing(folder: Path) -> None:
    played = alias_free(folder, size=64, layers=8)
    layers = at(played)
    draw(played, layers)
    segments = len(played._segments)
    assert segments >= 2
    late = layers.copy()
    late[-1] += 1.0
    changed = draw(played, late)
    assert played._runner.reused == segments - 1
    draw(played, late, x=0.1)
    assert played._runner.reused == 0
    fresh = player("three")
    assert np.array_equal(changed, draw(fresh, late))


def test_breaks_and_blending_work_on_every_layer(folder: Path) -> None:
    played = alias_free(folder)
    alias_free(folder, "other", seed=5)
    layers = at(played)
    whole = draw(played, layers)
    for band in ("coarse", "middle", "fine"):
        broken = draw(played, layers, Breaks(**{band: BandBreak(gain=-2.0)}))
        assert not np.array_equal(broken, whole), band
    assert not np.array_equal(draw(played, layers, Breaks(blend=0.6)), whole)
    arrived = draw(played, layers, Breaks(blend=1.0)) - draw(player("other"), layers)
    assert np.abs(arrived).max() <= 1
    assert np.array_equal(draw(played, layers, Breaks()), whole)


def test_other_shapes_are_nothing_to_blend_with(folder: Path) -> None:
    played = alias_free(folder)
    alias_free(folder, "wider", channel_max=9)
    style(folder)
    layers = at(played)
    assert np.array_equal(draw(played, layers, Breaks(blend=0.6)), draw(played, layers))


def test_a_file_that_does_not_fit_is_refused_in_a_sentence(folder: Path) -> None:
    alias_free(folder)
    path = folder / "three.safetensors"
    infos, metadata = container.read_header(path)
    tensors = {name: container.read_tensor(path, info) for name, info in infos.items()}
    tensors["synthesis.input.freqs"][0, 0] = np.nan
    container.write(path, tensors, metadata)
    with pytest.raises(ModelFileError, match="numbers that are none"):
        load(path)
    del tensors["synthesis.input.freqs"]
    container.write(path, tensors, metadata)
    with pytest.raises(ModelFileError, match=r"freqs is missing or different\."):
        load(path)
    container.write(path, tensors, {"latentjockey": metadata["latentjockey"].replace('"layers": 6', '"layers": 2')})
    with pytest.raises(ModelFileError, match="does not say what network"):
        load(path)


def test_segments_that_show_no_picture_yet_leave_it_out_of_their_package(folder: Path) -> None:
    alias_free(folder, size=64, layers=8)
    style(folder, architecture="orig", size=32)
    for name in ("three", "two"):
        synthesis, segments = _cut(folder / f"{name}.safetensors")
        ws, maps = torch.zeros(1, synthesis.num_ws, synthesis.w_dim), synthesis.noise_maps("const", 1)
        x = picture = None
        assert len(segments) > 1
        for segment in segments:
            rows = ws[:, segment.first : segment.first + segment.rows]
            noise = [m for m in maps[segment.first : segment.first + segment.layers] if m is not None]
            packed = _shown(segment)(x, picture, rows, *noise)
            x, picture = segment(x, picture, rows, *noise)
            assert len(packed) == (2 if segment is segments[-1] else 1)
            assert torch.equal(packed[0], x)
        assert picture is not None
        assert torch.equal(packed[1], picture)


def test_the_numbers_of_a_fresh_network_are_those_of_a_file(folder: Path) -> None:
    alias_free(folder)
    infos, _ = container.read_header(folder / "three.safetensors")
    state = Stylegan3Net(SMALL_3).state_dict()
    assert {name: tuple(value.shape) for name, value in state.items()} == {n: i.shape for n, i in infos.items()}
