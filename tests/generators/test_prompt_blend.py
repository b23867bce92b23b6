from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.generators.diffusion.blend import round_, straight

_ANY = st.floats(-1e6, 1e6, width=32)
_WEIGHTS = st.lists(_ANY, min_size=2, max_size=8)


def _texts(count: int, seed: int = 0) -> list[torch.Tensor]:
    random = np.random.default_rng(seed)
    loud = random.uniform(0.2, 40.0, (count, 1, 5, 1))
    return [torch.from_numpy(each).float() for each in random.normal(size=(count, 1, 5, 12)) * loud]


def _close(a: torch.Tensor, b: torch.Tensor, weights: list[float]) -> None:
    scale = 1e-5 + 40.0 * sum(map(abs, weights))
    assert float((a - b).abs().max()) <= 1e-4 * scale


@given(_WEIGHTS)
def test_any_weights_give_numbers(weights: list[float]) -> None:
    assert bool(torch.isfinite(round_(_texts(len(weights)), weights)).all())


@given(_ANY, st.integers(0, 9))
def test_one_text_alone_is_exactly_what_it_is_straight(weight: float, seed: int) -> None:
    parts = _texts(1, seed)
    assert torch.equal(round_(parts, [weight]), straight(parts, [weight]))


@given(st.integers(0, 3), st.integers(0, 9))
def test_all_weight_on_one_text_is_that_text(chosen: int, seed: int) -> None:
    weights = [float(index == chosen) for index in range(4)]
    parts = _texts(4, seed)
    torch.testing.assert_close(round_(parts, weights), parts[chosen], rtol=1e-5, atol=1e-5)


@given(st.lists(st.floats(0.01, 1e3), min_size=2, max_size=8), st.integers(0, 9))
def test_lengths_are_kept_between_texts(weights: list[float], seed: int) -> None:
    parts = _texts(len(weights), seed)
    wanted = sum(part.norm(dim=-1) * weight for part, weight in zip(parts, weights, strict=True))
    torch.testing.assert_close(round_(parts, weights).norm(dim=-1), wanted, rtol=1e-4, atol=1e-4)


@given(_WEIGHTS)
def test_never_quieter_than_straight(weights: list[float]) -> None:
    parts = _texts(len(weights))
    lines = straight(parts, weights).norm(dim=-1)
    assert bool((round_(parts, weights).norm(dim=-1) >= lines * (1 - 1e-4) - 1e-3).all())


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=6), st.floats(-100.0, 100.0))
def test_so_many_times_the_weights_are_so_many_times_the_result(weights: list[float], times: float) -> None:
    parts = _texts(len(weights))
    more = [weight * times for weight in weights]
    _close(round_(parts, more), round_(parts, weights) * times, [*more, *weights])


@given(st.lists(st.floats(-3.0, 3.0), min_size=2, max_size=6))
def test_the_same_text_many_times_is_that_text(weights: list[float]) -> None:
    one = _texts(1)[0]
    if abs(sum(weights)) < 0.01:
        weights = [*weights[:-1], weights[-1] + 1.0]
    _close(round_([one] * len(weights), weights), one * sum(weights), weights)


def test_between_two_texts_of_one_length_it_is_an_arc() -> None:
    across = torch.tensor([[[3.0, 0.0]]]), torch.tensor([[[0.0, 3.0]]])
    made = round_(across, [0.5, 0.5])
    torch.testing.assert_close(made, torch.full((1, 1, 2), 3.0 / 2**0.5))


def test_opposites_go_over_through_nothing_and_without_a_jump() -> None:
    ahead = torch.tensor([[[2.0, 0.0, 0.0]]])
    steps = [round_([ahead, -ahead], [0.5 + at, 0.5 - at])[0, 0, 0].item() for at in np.linspace(-1e-4, 1e-4, 101)]
    assert (steps[0], steps[50], steps[-1]) == (-2.0, 0.0, 2.0)
    assert max(abs(b - a) for a, b in pairwise(steps)) < 0.1


@given(st.lists(st.floats(-3.0, 3.0), min_size=4, max_size=4), st.lists(st.floats(-1, 1), min_size=4, max_size=4))
def test_a_little_more_weight_changes_little(weights: list[float], ways: list[float]) -> None:
    parts = _texts(4)
    step = 1e-4
    other = [weight + way * step for weight, way in zip(weights, ways, strict=True)]
    units = [part / part.norm(dim=-1, keepdim=True) for part in parts]
    reach = min(1.0, float(straight(units, weights).norm(dim=-1).min()))
    change = float((round_(parts, other) - round_(parts, weights)).norm(dim=-1).max())
    assert change <= 40.0 * 4 * step * (2.0 + 8.0 * sum(map(abs, weights)) / max(reach, 1e-4)) + 1e-3


def test_silence_is_silence() -> None:
    parts = [torch.zeros(1, 2, 3)] * 2
    assert not round_(parts, [1.0, -2.0]).any()
    assert not round_(_texts(2), [0.0, 0.0]).any()
