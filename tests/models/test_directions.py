"""The files of directions: what is packaged, what is refused."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import numpy as np
import pytest

from latentjockey.models import directions
from latentjockey.models.builtin import BUILTIN

KNOWN = sorted(name for name, spec in BUILTIN.items() if spec.directions)


def test_the_coordinate_network_has_directions_and_the_test_card_has_none() -> None:
    assert KNOWN == ["cppn"]
    assert directions.load("testcard") is None
    assert directions.load("../cppn") is None


@pytest.mark.parametrize("name", KNOWN)
def test_they_are_small_packaged_and_read_only(name: str) -> None:
    file = Path(directions.__file__).with_name(f"{name}.directions.npy")
    assert file.stat().st_size <= 64 * 1024
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert "*.npy" in project["tool"]["setuptools"]["package-data"]["latentjockey.models"]
    rows = directions.load(name)
    assert rows is not None
    assert rows is directions.load(name)
    with pytest.raises(ValueError, match="read-only"):
        rows[0, 0] = 1.0


@pytest.mark.parametrize("name", KNOWN)
def test_of_a_direction_and_its_opposite_it_is_always_the_same(name: str) -> None:
    rows = directions.load(name)
    assert rows is not None
    assert (np.take_along_axis(rows, np.abs(rows).argmax(1)[:, None], 1) > 0.0).all()


def test_what_is_written_is_read_and_made_orthonormal(tmp_path: Path) -> None:
    rough = np.random.default_rng(3).standard_normal((5, 40)).astype(np.float32)
    rows = directions.orthonormal(rough)
    assert np.allclose(rows @ rows.T, np.eye(5), atol=1e-6)
    assert np.dot(rows[0], rough[0]) == pytest.approx(np.linalg.norm(rough[0]), rel=1e-5)
    assert (np.einsum("ij,ij->i", rows, rough) > 0.0).all()
    (tmp_path / "x.npy").write_bytes(directions.encode(rows))
    again = directions.read(tmp_path / "x.npy")
    assert np.allclose(again, rows, atol=1e-3)
    assert np.allclose(again @ again.T, np.eye(5), atol=1e-6)


@pytest.mark.parametrize(
    "array",
    [np.array([{"a": 1}], object), np.zeros(4, np.float32), np.zeros((3, 2), np.float32), np.zeros((2, 3), np.int32)],
)
def test_another_file_is_refused_and_nothing_in_it_is_run(tmp_path: Path, array: np.ndarray) -> None:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    (tmp_path / "x.npy").write_bytes(file.getvalue())
    with pytest.raises(ValueError, match=r"allow_pickle=False|does not hold rows"):
        directions.read(tmp_path / "x.npy")
