"""The finder of directions: right where the answer is known, and what is packaged is as visible as is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latentjockey.generators import find_directions
from latentjockey.generators.find_directions import Bench, effects, main, visible_directions
from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers
from latentjockey.generators.registry import create
from latentjockey.models import directions
from latentjockey.models.builtin import TESTCARD


class Known:
    """A generator of which it is known what is seen: the picture's grey follows one direction of z much, one a bit."""

    spec = replace(TESTCARD, name="known", z_dim=12, num_ws=1, w_dim=12)
    device = "nowhere"
    much = np.linspace(-1.0, 1.2, 12) / np.linalg.norm(np.linspace(-1.0, 1.2, 12))
    bit = np.ones(12) - np.dot(np.ones(12), much) * much

    def embed(self, z: np.ndarray, classes: Classes | None = None) -> Layers:
        return z[:, None, :]

    def mean(self, classes: Classes | None = None) -> Layers:
        return np.zeros((1, 12), np.float32)

    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        z = latch().layers[0]
        picture = np.empty((3, request.height, request.width), np.uint8)
        picture[:, : request.height // 2] = np.clip(128 + 20 * (z @ self.much), 0, 255)
        picture[:, request.height // 2 :] = np.clip(128 + 9 * (z @ self.bit) / np.linalg.norm(self.bit), 0, 255)
        return FrameResult(picture, True)

    def close(self) -> None: ...


def test_known_directions_are_found_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_directions, "create", lambda name, device: Known())
    found = visible_directions(Bench("known", 1), 2, range(8))
    assert abs(found[0] @ Known.much) > 0.98
    assert abs(found[1] @ Known.bit) / np.linalg.norm(Known.bit) > 0.95
    assert (np.take_along_axis(found, np.abs(found).argmax(1)[:, None], 1) > 0.0).all()
    assert np.array_equal(found, visible_directions(Bench("known", 1), 2, range(8)))


def test_where_nothing_is_seen_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    blind = Known()
    blind.much = blind.bit = np.zeros(12)  # type: ignore[misc]
    blind.frame = lambda request, latch: FrameResult(np.zeros((3, 32, 32), np.uint8), bool(latch()))  # type: ignore[method-assign]
    monkeypatch.setattr(find_directions, "create", lambda name, device: blind)
    with pytest.raises(ValueError, match="Nothing is seen to change"):
        visible_directions(Bench("known", 1), 2, range(2))


def test_the_command_writes_what_the_show_reads_and_measures_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(find_directions, "create", lambda name, device: Known())
    file = str(tmp_path / "d.npy")
    assert main(["cppn", "-o", file, "--measure", file, "--count", "2", "--seeds", "8", "--workers", "1"]) == 0
    assert directions.read(Path(file)).shape == (2, 12)
    assert "1 σ: 0: 0." in capsys.readouterr().out


def test_the_first_direction_of_the_coordinate_network_shows_more_than_the_last_and_than_chance() -> None:
    rows = directions.load("cppn")
    assert rows is not None
    generator = create("cppn", "cpu")
    unseen = range(70_000, 70_010)
    first, last, chance = np.mean([effects(generator, seed, rows[[0, -1]], 1.0) for seed in unseen], axis=0)
    generator.close()
    assert first > 1.5 * last
    assert first > 1.5 * chance
