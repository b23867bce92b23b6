"""Encoder and critic: they grow without a jump, and hear their classes."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from latentjockey.training import augment, objective
from latentjockey.training.networks import Critic, Encoder, entries, grow, weigh


def _pictures(size: int, n: int = 3) -> tuple[Tensor, Tensor]:
    torch.manual_seed(4)
    return torch.rand(n, 3, size, size) * 2 - 1, torch.eye(2)[torch.arange(n) % 2]


def test_there_is_a_look_at_the_picture_for_each_size_from_32_up() -> None:
    assert entries(256) == (128, 64, 32)
    assert entries(64) == (32,)
    assert entries(16) == (8,)


@pytest.mark.parametrize("net", [Encoder, Critic])
def test_a_grown_network_first_answers_what_the_small_one_did(net: type[Encoder] | type[Critic]) -> None:
    torch.manual_seed(1)
    more = {"z_dim": 6} if net is Encoder else {}
    small, large = net(64, 2, width=8, **more), net(128, 2, width=8, **more)  # type: ignore[arg-type]
    x, c = _pictures(128)
    before = torch.cat([t.flatten() for t in [small(F.avg_pool2d(x, 2), c)][0]]) if net is Encoder else None
    assert grow(small, large) == len(small.state_dict())
    if before is not None:
        after = torch.cat([t.flatten() for t in large(x, c)])
    else:
        before, after = small(F.avg_pool2d(x, 2), c), large(x, c)
    # the new stem already looks, the block below it says nothing yet
    torch.testing.assert_close(after, before)


def test_a_grown_network_learns_with_its_new_parts() -> None:
    torch.manual_seed(1)
    small, large = Critic(64, 2, 8), Critic(128, 2, 8)
    grow(small, large)
    x, c = _pictures(128)
    large(x, c).sum().backward()
    assert float(large.downs["r64"].last.weight.grad.abs().sum()) > 0  # type: ignore[union-attr,operator]


def test_the_class_changes_what_both_say() -> None:
    torch.manual_seed(1)
    x, c = _pictures(32)
    encoder, critic = Encoder(32, 2, 6, 8), Critic(32, 2, 8)
    assert not torch.allclose(encoder(x, c)[0], encoder(x, c.flip(1))[0])
    assert not torch.allclose(critic(x, c), critic(x, c.flip(1)))


def test_the_whole_counts_as_much_as_all_patches() -> None:
    assert float(weigh(torch.tensor([[1.0, 3.0, 10.0]]))) == pytest.approx(0.5 * (2.0 + 10.0))


def test_reconstruction_is_nothing_for_the_same_picture_and_grows_with_the_difference() -> None:
    x, _ = _pictures(16)
    assert float(objective.reconstruction(x, x).sum()) == 0.0
    near, far = objective.reconstruction(x * 0.9, x), objective.reconstruction(x * 0.5, x)
    assert bool((near < far).all())


def test_information_is_nothing_for_a_standard_normal() -> None:
    assert float(objective.information(torch.zeros(2, 3), torch.zeros(2, 3)).sum()) == 0.0
    assert float(objective.information(torch.ones(1, 3), torch.zeros(1, 3))) == pytest.approx(1.5)


def test_the_penalty_is_the_squared_slope_of_a_critic_that_is_known() -> None:
    x = torch.zeros(2, 3, 4, 4, requires_grad=True)
    whole = x.sum((1, 2, 3))[:, None]
    logits = torch.cat([torch.zeros(2, 1) * whole, 2.0 * whole], 1)
    assert float(objective.penalty(logits, x)) == pytest.approx(48.0)  # (2/2)² for each of 48 numbers


def test_the_balance_gives_the_critic_its_share() -> None:
    ours, theirs = torch.ones(1, 3, 2, 2), torch.full((1, 3, 2, 2), 0.01)
    factor = objective.balance(ours, theirs, 0.6)
    assert float((factor * theirs).norm() / ours.norm()) == pytest.approx(0.6, rel=1e-4)


def test_few_pictures_are_changed_before_the_critic_and_many_are_not() -> None:
    assert augment.chosen("auto", 100) == augment.STRONG
    assert augment.chosen("auto", 3000) == augment.LIGHT
    assert augment.chosen("auto", 0) == augment.NONE
    assert augment.chosen("none", 100) == augment.NONE


def test_a_change_keeps_size_and_lets_gradients_through() -> None:
    always = augment.Change(shift=0.1, tint=0.3, hole=0.3, chance=1.0)
    x, _ = _pictures(16)
    x.requires_grad_()
    dice = torch.Generator().manual_seed(1)
    y = augment.changed(x, always, dice)
    assert y.shape == x.shape
    assert not torch.equal(y, x)
    y.sum().backward()
    assert x.grad is not None
    assert float(x.grad.abs().sum()) > 0
    again = augment.changed(x, always, torch.Generator().manual_seed(1))
    assert torch.equal(y, again)
