"""Night garden: the same picture for the same seed, whoever stands beside it; light on black; kinds that differ."""

import math

import pytest
import torch

from latentjockey.recipes.night_garden.chance import Dice, uniforms
from latentjockey.recipes.night_garden.garden import FULL_BLEED, KINDS, PARTS, NightGarden
from latentjockey.recipes.night_garden.light import vivid
from latentjockey.recipes.registry import RECIPES, recipe

GARDEN = NightGarden()
SIZE = 64
NAMES = list(KINDS)


def drawn(name: str, count: int = 6, first: int = 0, size: int = SIZE) -> torch.Tensor:
    kinds = torch.full((count,), NAMES.index(name))
    return GARDEN.draw(torch.arange(first, first + count), kinds, size)


def test_the_registry_knows_it() -> None:
    assert "night-garden" in RECIPES
    garden = recipe("night-garden")
    assert garden.classes == tuple(NAMES)
    assert len(garden.classes) == 8
    assert [source.consent for source in garden.sources] == ["own"]
    with pytest.raises(KeyError, match="night-garden"):
        recipe("day garden")


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_depends_on_its_seed_alone(name: str) -> None:
    together = drawn(name, 6)
    assert together.dtype == torch.uint8
    assert together.shape == (6, 3, SIZE, SIZE)
    assert torch.equal(drawn(name, 6), together)
    alone = torch.cat([drawn(name, 1, seed) for seed in range(6)])
    # A matrix product may order its sums by the size of the batch: one step of 255 is rounding.
    assert (alone.int() - together.int()).abs().max() <= 1
    mixed = GARDEN.draw(torch.tensor([9, 3, 8]), torch.tensor([0, NAMES.index(name), 5]), SIZE)
    assert (mixed[1].int() - together[3].int()).abs().max() <= 1


@pytest.mark.parametrize("name", NAMES)
def test_the_ground_is_black_and_the_form_fills_the_frame(name: str) -> None:
    pictures = drawn(name, 24).float().amax(1)
    assert (pictures.flatten(1).amax(1) > 170).all()
    corners = torch.stack([pictures[:, a, b] for a in (0, -1) for b in (0, -1)], 1)
    if name in FULL_BLEED:
        assert corners.mean() > 30
        return
    assert corners.max() < 16
    lit = pictures > 60
    wide = lit.any(1).sum(1) / SIZE
    high = lit.any(2).sum(1) / SIZE
    assert torch.maximum(wide, high).min() > 0.75
    assert torch.minimum(wide, high).min() > 0.5
    assert lit.flatten(1).float().mean() > 0.3


@pytest.mark.parametrize("name", NAMES)
def test_seeds_differ(name: str) -> None:
    pictures = drawn(name, 12).float().flatten(1)
    apart = torch.cdist(pictures, pictures) / math.sqrt(pictures.shape[1])
    apart.fill_diagonal_(math.inf)
    assert apart.min() > 8


def test_kinds_differ() -> None:
    """The mean picture of each kind lies nearer to another mean of its own than to any other kind's."""
    first = torch.stack([drawn(name, 48, 0, 32).float().mean((0, 1)) for name in NAMES]).flatten(1)
    second = torch.stack([drawn(name, 48, 1000, 32).float().mean((0, 1)) for name in NAMES]).flatten(1)
    assert torch.equal(torch.cdist(first, second).argmin(1), torch.arange(len(NAMES)))


def test_other_sizes_show_the_same_form() -> None:
    small = drawn("moth", 3, size=48).float()
    large = torch.nn.functional.interpolate(drawn("moth", 3, size=96).float(), size=(48, 48), mode="area")
    assert (small - large).abs().mean() < 6


def test_what_cannot_be_drawn_is_refused() -> None:
    one = torch.zeros(1, dtype=torch.int64)
    with pytest.raises(ValueError, match="pixels"):
        GARDEN.draw(one, one, 4)
    with pytest.raises(ValueError, match="kinds"):
        GARDEN.draw(one, one + len(NAMES), 32)
    with pytest.raises(ValueError, match="one kind per seed"):
        GARDEN.draw(one, torch.zeros(2, dtype=torch.int64), 32)


def test_none_is_none() -> None:
    none = torch.zeros(0, dtype=torch.int64)
    assert GARDEN.draw(none, none, 32).shape == (0, 3, 32, 32)


def test_parts_are_those_of_the_picture() -> None:
    kinds = torch.arange(8).repeat(4)
    seeds = torch.arange(32)
    parts = GARDEN.parts(seeds, kinds)
    assert tuple(parts) == PARTS
    ink = kinds == NAMES.index("ink")
    assert parts["petals"][ink].isnan().all()
    assert set(parts["petals"][~ink].tolist()) <= set(range(3, 10))
    assert torch.equal(parts["background"], ink.float())
    assert ((parts["hue"] >= 0) & (parts["hue"] < 1)).all()
    again = GARDEN.parts(seeds.flip(0), kinds.flip(0))
    assert torch.equal(again["hue"].flip(0), parts["hue"])


def test_chance_is_even_and_knows_large_seeds() -> None:
    rolls = uniforms(torch.arange(4000), 2)
    assert (rolls.mean(0) - 0.5).abs().max() < 0.03
    assert (rolls.std(0) - 12**-0.5).abs().max() < 0.02
    assert torch.corrcoef(rolls[:, :24].T).fill_diagonal_(0).abs().max() < 0.08
    edge = uniforms(torch.tensor([0, -1, 2**62, -(2**63), 2**32]), 0)
    assert len({tuple(row.tolist()) for row in edge}) == 5
    assert not torch.equal(uniforms(torch.arange(4), 0), uniforms(torch.arange(4), 1))


def test_dice_stay_within_their_bounds() -> None:
    dice = Dice(uniforms(torch.arange(500), 0))
    assert set(dice.whole(3, 9).unique().tolist()) == set(range(3, 10))
    between = dice.between(-2.0, 5.0)
    assert between.min() >= -2
    assert between.max() < 5
    assert set(dice.sign().unique().tolist()) == {-1.0, 1.0}
    assert 0.2 < dice.coin(0.3).mean() < 0.4


def test_vivid_colours_can_be_shown() -> None:
    hue = torch.linspace(0, 2 * math.pi, 32)
    full = vivid(torch.full_like(hue, 0.65), torch.ones_like(hue), hue)
    grey = vivid(torch.full_like(hue, 0.65), torch.zeros_like(hue), hue)
    assert full.min() >= 0
    assert full.max() <= 1
    assert (full.amax(1) - full.amin(1)).min() > 0.25
    assert (grey.amax(1) - grey.amin(1)).max() < 0.002
