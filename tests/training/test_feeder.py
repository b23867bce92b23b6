"""What a batch holds is a function of seed, step and pictures seen; never of time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from latentjockey.data.dataset import open_dataset
from latentjockey.models.card import Source
from latentjockey.training.dataset_feed import DatasetFeed, sized
from latentjockey.training.feeder import FIRST_SEED, RecipeFeed, turns


class Counting:
    """A recipe whose pictures tell their seed and kind, and which counts what it drew."""

    classes = ("a", "b", "c")
    sources = (Source("counting", "a test", "CC0-1.0", "own"),)

    def __init__(self) -> None:
        self.drawn: list[int] = []

    def draw(self, seeds: Tensor, kinds: Tensor, size: int, device: torch.device | str) -> Tensor:
        self.drawn += seeds.tolist()
        pictures = torch.zeros(len(seeds), 3, size, size, dtype=torch.uint8)
        pictures[:, 0] = (seeds % 251).byte()[:, None, None]
        pictures[:, 1] = kinds.byte()[:, None, None]
        return pictures


Maker = Callable[..., RecipeFeed]


@pytest.fixture
def recipe() -> Counting:
    return Counting()


def _feed(recipe: Counting, folder: Path | None = None, **other: int) -> RecipeFeed:
    given = {"pool": 96, "turnover": 2, "seed": 0, "workers": 0, **other}
    return RecipeFeed("counting", make=lambda _: recipe, folder=folder, **given)  # type: ignore[arg-type]


def test_classes_come_in_turn_over_the_ends_of_batches() -> None:
    assert np.concatenate([turns(step, 4, 3) for step in range(3)]).tolist() == [0, 1, 2] * 4


def test_a_batch_is_of_the_classes_it_says(recipe: Counting) -> None:
    feed = _feed(recipe)
    feed.begin(16, 0)
    for step in range(6):
        pictures, labels = feed.batch(step, step * 8, 8)
        assert torch.equal(pictures[:, 1, 0, 0].long(), labels)
        assert labels.tolist() == turns(step, 8, 3).tolist()


def test_two_feeds_give_the_same_whatever_came_between(recipe: Counting) -> None:
    one, other = _feed(recipe), _feed(Counting())
    one.begin(16, 0)
    for step in range(60):
        whole = one.batch(step, step * 8, 8)
    other.begin(16, 59 * 8)
    assert torch.equal(whole[0], other.batch(59, 59 * 8, 8)[0])


def test_the_pool_goes_on_being_replaced_and_never_shows_pictures_kept_for_looking_at(recipe: Counting) -> None:
    feed = _feed(recipe)
    feed.begin(16, 0)
    assert len(recipe.drawn) == 12
    feed.batch(0, 4000, 8)
    assert feed.arrivals(4000) > 1000
    assert len(recipe.drawn) >= feed.arrivals(4000)
    assert min(recipe.drawn) >= FIRST_SEED


def test_a_pool_on_disk_is_drawn_once_and_what_a_kill_left_half_is_drawn_again(
    recipe: Counting, tmp_path: Path
) -> None:
    first = _feed(recipe, tmp_path)
    first.begin(16, 200)
    expected = first.batch(9, 200, 12)[0]
    first.close()
    (arrived,) = tmp_path.glob("*.arrived")
    marks = np.memmap(arrived, np.int64, "r+")
    marks[5] = -1
    marks.flush()
    again = Counting()
    second = _feed(again, tmp_path)
    second.begin(16, 200)
    assert len(again.drawn) == 1
    assert torch.equal(second.batch(9, 200, 12)[0], expected)


def test_kinds_that_are_left_out_are_never_drawn(recipe: Counting) -> None:
    feed = RecipeFeed("c", make=lambda _: recipe, folder=None, pool=30, turnover=2, seed=0, kinds=(0, 2), workers=0)
    feed.begin(16, 0)
    assert feed.classes == ("a", "c")
    assert set(feed.batch(0, 0, 8)[0][:, 1, 0, 0].tolist()) == {0, 2}


def test_processes_of_one_run_draw_different_pictures(recipe: Counting) -> None:
    other = Counting()
    for drawer, rank in ((recipe, 0), (other, 1)):
        _feed(drawer, rank=rank, ranks=2).begin(16, 100)
    assert not set(recipe.drawn) & set(other.drawn)


def test_drawing_beside_gives_what_drawing_here_does() -> None:
    from latentjockey.recipes.registry import recipe as named

    beside = RecipeFeed("night-garden", make=named, folder=None, pool=16, turnover=4, seed=3, workers=1)
    here = RecipeFeed("night-garden", make=named, folder=None, pool=16, turnover=4, seed=3, workers=0)
    try:
        for feed in (beside, here):
            feed.begin(16, 0)
        assert torch.equal(beside.batch(2, 40, 8)[0], here.batch(2, 40, 8)[0])
    finally:
        beside.close()


def test_a_data_set_gives_every_class_alike_and_all_its_pictures_for_the_prior(pictures: Path) -> None:
    feed = DatasetFeed(open_dataset(pictures, 16), seed=0, notice=pytest.fail)
    feed.begin(16, 0)
    x, labels = feed.batch(3, 0, 8)
    assert x.shape == (8, 3, 16, 16)
    red = x[:, 0].float().mean((1, 2)) > x[:, 2].float().mean((1, 2))
    assert [feed.classes[int(k)] == "red" for k in labels] == red.tolist()
    assert sum(len(part) for part in feed.some(0, 1000)) == 10


def test_a_corrupt_picture_is_named_and_the_rest_is_learned(pictures: Path, tmp_path: Path) -> None:
    shutil.copytree(pictures, tmp_path / "some")
    (tmp_path / "some" / "red" / "3.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    said: list[str] = []
    feed = DatasetFeed(open_dataset(tmp_path / "some", 16), seed=0, notice=said.append)
    feed.begin(16, 0)
    assert len(said) == 1
    assert "3.png" in said[0]
    for step in range(20):
        assert int(feed.batch(step, 0, 4)[0].amax((1, 2, 3)).min()) > 100  # a picture of black is nobody's


def test_pictures_are_made_smaller_by_area_and_larger_without_overflow() -> None:
    chequered = np.indices((8, 8)).sum(0) % 2 * 255
    pictures = np.broadcast_to(chequered, (1, 3, 8, 8)).astype(np.uint8)
    assert set(np.unique(sized(pictures, 4))) <= {127, 128}
    assert sized(pictures, 16).shape == (1, 3, 16, 16)
