"""Directions of style models: told by labels, by weights, and those that must not be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from latentjockey.generators.style import model_file
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.models import library
from latentjockey.models.card import ModelCard
from latentjockey.recipes.portraits.labels import NO_DIRECTIONS
from latentjockey.training import directions, give_directions
from latentjockey.training.directions import Way
from latentjockey.training.gallery import Gallery

CONFIG = StyleConfig(size=16, z_dim=8, w_dim=12, classes=2, channel_base=128, channel_max=16)


@pytest.fixture(scope="module")
def net() -> StyleNet:
    torch.manual_seed(0)
    return StyleNet(CONFIG).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def prior() -> ClassPrior:
    dice = torch.Generator().manual_seed(1)
    made = ClassPrior(2, 8)
    for k in range(2):
        made.fit(k, torch.randn(200, 8, generator=dice) @ torch.randn(8, 8, generator=dice) + k)
    return made


def known(n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(0)
    return dice.normal(size=(n, 8)), np.arange(n) % 2


def test_a_place_is_found_again_from_its_latent(prior: ClassPrior) -> None:
    labels = torch.arange(50) % 2
    u = torch.randn(50, 8, generator=torch.Generator().manual_seed(2))
    z = prior(u, torch.eye(2)[labels])
    assert torch.allclose(directions.whitened(z, labels, prior), u, atol=1e-3)


def test_the_way_of_a_part_is_found_whatever_the_classes_add() -> None:
    u, labels = known()
    truth = np.array([0.6, 0, 0, 0, 0, -0.8, 0, 0])
    noise = np.random.default_rng(1).normal(size=len(u))
    parts = {
        "size": (5 * (u @ truth) + 100 * labels).astype(np.float32),
        "nothing": noise.astype(np.float32),
        "class": labels.astype(np.float32),
    }
    (way,) = directions.ways(u, labels, parts)
    assert way.label == "size"
    assert way.tells > 0.99
    assert way.row @ truth == pytest.approx(1.0, abs=1e-3)


def test_parts_that_one_class_lacks_are_told_by_the_other() -> None:
    u, labels = known()
    petals = np.where(labels == 0, u[:, 3], np.nan).astype(np.float32)
    (way,) = directions.ways(u, labels, {"petals": petals})
    assert abs(way.row[3]) == pytest.approx(1.0, abs=1e-2)


def test_a_part_is_told_by_what_the_generator_hears(prior: ClassPrior) -> None:
    u, labels = known()
    u[:, 1] = u[:, 0] + 0.1 * u[:, 1]
    u /= u.std(0)
    size = (u[:, 0] + u[:, 1]).astype(np.float32)
    variance = torch.full((len(u), 8), 1e-6)
    variance[:, 1] = 50.0
    plain = ClassPrior(2, 8)
    noise = directions.doubt(variance, torch.from_numpy(labels), plain).numpy()
    (way,) = directions.ways(u, labels, {"size": size}, noise)
    assert way.row[0] > 0.99


def test_a_hue_goes_round_and_becomes_two_ways() -> None:
    u, labels = known()
    hue = np.arctan2(u[:, 1], u[:, 0]) / (2 * np.pi) + 0.15
    found = {way.label: way.row for way in directions.ways(u, labels, {"hue": hue.astype(np.float32)})}
    assert set(found) == {"warm", "green"}
    assert found["warm"][0] > 0.99
    assert found["green"][1] > 0.99


@pytest.mark.parametrize("label", [*sorted(NO_DIRECTIONS), "skin hue", "skinColor", "hair length", "facial hair",
                                   "Beard", "hairAccessories", "skin red"])  # fmt: skip
def test_what_must_be_no_fader(label: str) -> None:
    assert directions.denied(label)


@pytest.mark.parametrize("label", ["glasses", "hair.red", "hair light", "hairColor", "ground yellow", "petals", "warm"])
def test_what_may_be_one(label: str) -> None:
    assert not directions.denied(label)


def test_all_directions_leave_denied_ones_alone(net: StyleNet, prior: ClassPrior) -> None:
    skin = np.eye(8)[0]
    slanted = np.array([0.6, 0.8, 0, 0, 0, 0, 0, 0])
    made = directions.found(net, prior, [Way("skin", skin, 0.9), Way("glasses", slanted, 0.8)], 6, places=2)
    assert "skin" not in made.labels
    assert np.abs(made.rows @ skin).max() < 1e-6
    glasses = made.rows[made.labels.index("glasses")]
    assert glasses[1] == pytest.approx(1.0)


def test_rows_are_of_length_one_and_the_rest_at_right_angles_to_labelled_ones(net: StyleNet, prior: ClassPrior) -> None:
    made = directions.found(net, prior, [Way("size", np.eye(8)[2], 0.9)], 8, places=2)
    assert made.rows.shape == (8, 8)
    assert np.allclose(made.rows @ made.rows.T, np.eye(8), atol=1e-5)
    assert sorted(made.labels) == [""] * 7 + ["size"]


def test_the_most_visible_come_first(net: StyleNet, prior: ClassPrior) -> None:
    rows = directions.found(net, prior, count=8, places=8).rows
    seen = directions.effects(net, prior, rows.astype(np.float64), 40, seed=5)
    assert seen[:4].mean() > seen[4:].mean()


def test_a_way_that_nothing_hears_is_seen_to_change_nothing(net: StyleNet) -> None:
    deaf = ClassPrior(2, 8)
    deaf.root[:, :, 0] = 0.0
    seen = directions.effects(net, deaf, np.eye(8), 2)
    assert seen[0] == 0.0
    assert (seen[1:] > 0.0).all()


def test_a_second_way_that_is_nearly_the_first_is_left_out(net: StyleNet, prior: ClassPrior) -> None:
    near = np.array([1.0, 0.1, 0, 0, 0, 0, 0, 0]) / np.sqrt(1.01)
    made = directions.found(net, prior, [Way("glasses", np.eye(8)[0], 0.9), Way("wears", near, 0.8)], 4, places=1)
    assert "wears" not in made.labels


def test_directions_of_read_pictures_land_in_the_file_with_their_labels(
    net: StyleNet, prior: ClassPrior, tmp_path: Path
) -> None:
    path = tmp_path / "tiny.safetensors"
    model_file.save(path, net, prior, name="Tiny", classes=("a", "b"), card=ModelCard("Tiny", author="nobody else"))
    before = path.read_bytes()
    labels = np.arange(200) % 2
    bright = np.random.default_rng(3).integers(0, 256, 200)
    pixels = np.broadcast_to(bright[:, None, None, None], (200, 3, 16, 16)).astype(np.uint8)
    pictures = Gallery(pixels, labels, {"light": bright.astype(np.float32)})

    def encode(x: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        dice = torch.Generator().manual_seed(len(x))
        u = torch.randn(len(x), 8, generator=dice)
        u[:, 4] = 1.7 * x.mean((1, 2, 3))
        return prior(u, c), torch.full_like(u, -20.0)

    u, noise = give_directions.places(encode, 16, pictures, prior, 2)
    made = directions.found(net, prior, directions.ways(u, pictures.labels, pictures.parts, noise), 5, places=2)
    give_directions.give(path, made)
    entry = library.read(path)
    assert entry.spec is not None
    assert entry.spec.directions == 5
    assert entry.spec.direction_labels.count("light") == 1
    assert entry.spec.card.author == "nobody else"
    again = model_file.load(path)
    model_file.save(path, again.net, again.prior, name="Tiny", classes=("a", "b"), card=entry.spec.card)
    assert path.read_bytes() == before
    light = made.rows[made.labels.index("light")]
    assert light[4] > 0.95
