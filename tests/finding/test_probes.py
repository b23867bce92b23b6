"""Every family is searched: its weights and samples are found where they are, and a step does what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import StageError
from latentjockey.finding import probes, sampling
from latentjockey.finding.probes import Probe
from latentjockey.finding.search import Wish, search
from latentjockey.generators.style import model_file
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import prior_of
from latentjockey.models import found_directions, library
from latentjockey.models.card import ModelCard
from latentjockey.models.families.biggan import BigGan
from latentjockey.models.families.dcgan import Dcgan
from latentjockey.models.families.family import Converted
from latentjockey.models.families.onnx import Onnx
from latentjockey.models.families.stylegan2 import StyleGan2
from latentjockey.models.families.stylegan3 import StyleGan3
from latentjockey.models.found_directions import W, Z
from latentjockey.models.reading.plain import TORCH_ZIP, Checkpoint
from latentjockey.models.reading.reader import read
from tests.models.families import biggan_files, dcgan_files
from tests.models.families.published import SMALL_3, checkpoint, nvidia, nvidia_3, store, stylegan2, stylegan3
from tests.models.reading import onnx_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only models that there are; they play in float32."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    place = library.own_folder()
    place.mkdir(parents=True)
    return place


def own(path: Path) -> None:
    config = StyleConfig(size=32, z_dim=6, w_dim=8, channel_base=128, channel_max=8)
    model_file.save(path, StyleNet(config), prior_of(config), name="own", classes=(), card=ModelCard("own"))


def kept(path: Path, made: Converted | None) -> None:
    assert made is not None
    store(path, made, path.stem)


def two(path: Path) -> None:
    kept(path, StyleGan2().convert(checkpoint(nvidia(stylegan2(size=32, classes=3))), {}))


def three(path: Path) -> None:
    kept(path, StyleGan3().convert(checkpoint(nvidia_3(stylegan3(SMALL_3, 0), SMALL_3)), {}))


def dcgan(path: Path) -> None:
    kept(path, Dcgan().convert(Checkpoint(TORCH_ZIP, dcgan_files.dcgan_state(), "0" * 64, 1), {}))


def labelled(path: Path) -> None:
    kept(path, Dcgan().convert(Checkpoint(TORCH_ZIP, dcgan_files.dcgan_state(19), "0" * 64, 1), {}))


def biggan(path: Path) -> None:
    kept(path, BigGan().convert(Checkpoint(TORCH_ZIP, biggan_files.state(), "0" * 64, 1), {}))


def graph(path: Path) -> None:
    pytest.importorskip("onnxruntime")
    graphed = path.with_suffix(".onnx.bytes")
    graphed.write_bytes(onnx_files.plain())
    kept(path, Onnx().convert(read(graphed), {}))


FAMILIES = {
    "own": own,
    "two": two,
    "three": three,
    "dcgan": dcgan,
    "labelled": labelled,
    "biggan": biggan,
    "graph": graph,
}


def opened(folder: Path, family: str) -> Probe:
    torch.manual_seed(2)
    write: Callable[[Path], None] = FAMILIES[family]
    write(folder / f"{family}.safetensors")
    return probes.opened(library.get(family), "cpu")


@pytest.mark.parametrize("family", FAMILIES)
def test_its_matrices_are_those_of_its_latents(folder: Path, family: str) -> None:
    probe = opened(folder, family)
    spec = probe.generator.spec
    assert probe.space == (W if family in ("own", "two", "three") else Z)
    assert probe.dim == (spec.z_dim if probe.space == Z else spec.w_dim)
    if family == "graph":  # nobody knows its inside
        assert (probe.space, probe.matrices, sampling.suited(probe)) == (Z, {}, ("visible",))
        return
    assert probe.matrices
    assert all(matrix.shape[1] == probe.dim for found in probe.matrices.values() for matrix in found)
    assert all(0 <= row < spec.num_ws for row in probe.matrices)
    assert (probe.features is not None) == (probe.space == Z)
    assert sampling.suited(probe) == ("pca", "sefa")
    if probe.features is not None:
        z = np.random.default_rng(0).standard_normal((3, spec.z_dim))
        seen = probe.features(z)
        assert seen.shape[0] == 3
        assert np.abs(np.diff(seen, axis=0)).max() > 0
        np.testing.assert_allclose(probe.features(z[1:2]), seen[1:2], atol=1e-4)


def test_what_a_dcgan_hears_first_is_its_first_matrix_times_z(folder: Path) -> None:
    probe = opened(folder, "dcgan")
    state = dcgan_files.dcgan_state()["main.0.weight"]
    # the norm behind it is part of the weights, so that what each output hears is only in proportion
    rows = probe.matrices[0][0]
    theirs = state.reshape(len(state), -1).T
    cosines = np.abs((rows * theirs).sum(1)) / (np.linalg.norm(rows, axis=1) * np.linalg.norm(theirs, axis=1))
    np.testing.assert_allclose(cosines, 1.0, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_it_is_searched_and_has_directions_from_then_on(
    folder: Path, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling.spread_of, "__defaults__", (500,))
    monkeypatch.setattr(sampling, "FEATURE_SAMPLES", 500)
    probe = opened(folder, family)
    before = probe.generator.spec
    found = search(probe, Wish(4, "", 1e-3), ManualClock(), lambda step: None, lambda: False)
    probe.generator.close()
    assert len(found.rows) == 4
    assert np.isfinite(found.rows).all()
    assert (np.linalg.norm(found.rows, axis=1) > 0).all()
    entry = library.get(family)
    assert entry.path is not None
    found_directions.save(found_directions.identified(entry.path), found)
    spec = library.get(family).spec
    assert spec is not None
    assert (spec.directions, spec.layer_directions) == (4, found.space == W)
    assert (spec.z_dim, spec.num_ws, spec.classes) == (before.z_dim, before.num_ws, before.classes)


def test_what_has_no_file_is_refused_in_a_sentence(folder: Path) -> None:
    with pytest.raises(StageError, match="has no file"):
        probes.opened(library.get("testcard"))


def test_code_of_somebodys_own_is_not_run_for_a_search(folder: Path) -> None:
    own(folder / "own.safetensors")
    entry = replace(library.get("own"), path=folder)
    with pytest.raises(StageError, match="runs only while it plays"):
        probes.opened(entry)
