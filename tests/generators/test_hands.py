"""As many of torch's threads as are fastest for one model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from latentjockey.base.threads import TRIES
from latentjockey.generators.hands import Hands


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def _play(hands: Hands, costs: dict[int, float]) -> list[int]:
    """The counts that pictures were made with, until a count was found."""
    counts = []
    for _ in range(TRIES * len(costs)):
        with hands:
            counts.append(torch.get_num_threads())
        hands.took(costs[counts[-1]])
    return counts


def test_each_count_is_tried_and_the_fastest_plays_on() -> None:
    hands = Hands(True)
    assert set(_play(hands, {4: 3.0, 2: 2.0, 1: 1.0})) == {4, 2, 1}
    assert str(hands) == "1 thread"
    with hands:
        assert torch.get_num_threads() == 1
    hands.again()
    _play(hands, {4: 1.0, 2: 2.0, 1: 3.0})
    assert str(hands) == "4 threads"


def test_between_pictures_all_others_have_what_they_had() -> None:
    hands = Hands(True)
    _play(hands, {4: 3.0, 2: 2.0, 1: 1.0})
    assert torch.get_num_threads() == 4
    with pytest.raises(RuntimeError), hands:
        raise RuntimeError("a picture failed")
    assert torch.get_num_threads() == 4


def test_where_the_processor_does_not_count_nothing_is_tried() -> None:
    hands = Hands(False)
    assert _play(hands, {4: 1.0}) == [4] * TRIES
    assert str(hands) == "4 threads"
