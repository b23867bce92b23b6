"""A call that is recorded gives what the call gives, whatever fails. What records is a stand-in: there is no GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from latentjockey.generators.diffusion.fast import Bound, Fast


class Tape:
    """Records as a CUDA graph does: what comes out lies in memory that stays, and is computed anew from the inputs."""

    state = "graph"

    def __init__(self, *, fails: str = "", waits: int = 0) -> None:
        self.recorded: list[object] = []
        self.played = 0
        self._fails, self._waits = fails, waits

    def record(self, bound: Bound) -> Callable[[], Tensor] | None:
        if self._fails:
            raise RuntimeError(self._fails)
        if self._waits:
            self._waits -= 1
            return None
        self.recorded.append((*(each.shape for each in bound.inputs), bound.kwargs.get("gain")))
        out = bound()

        def play() -> Tensor:
            self.played += 1
            return out.copy_(bound())

        return play


def network(x: Tensor, times: Tensor, *, gain: float = 1.0, added: dict[str, Any] | None = None) -> Tensor:
    more = added["text"].sum() if added else 0.0
    return gain * x.sin() + times.view(-1, 1) + more


def told(fast: Fast, seed: int, rows: int = 2, **more: Any) -> bool:
    """Whether a call gives what the network gives."""
    made = torch.Generator().manual_seed(seed)
    x, times = torch.randn(rows, 3, generator=made), torch.randn(rows, generator=made)
    added = {"text": torch.randn(4, generator=made), "size": (8, 8)}
    return torch.equal(fast(x, times, added=added, **more), network(x, times, added=added, **more))


def test_what_is_played_is_what_the_network_gives_for_what_comes_in_now() -> None:
    tape = Tape()
    fast = Fast(network, tape)
    assert all(told(fast, seed) for seed in range(10))
    assert len(tape.recorded) == 1
    assert tape.played == 7
    assert fast.played
    assert fast.words == "graph"


def test_what_was_given_before_stays_as_it_was() -> None:
    fast = Fast(network, Tape())
    x, times = torch.ones(1, 3), torch.zeros(1)
    for _ in range(5):
        first = fast(x, times)
    kept = first.clone()
    fast(3.0 * x, times)
    assert torch.equal(first, kept)


def test_each_shape_and_each_number_that_is_no_tensor_has_its_own() -> None:
    tape = Tape()
    fast = Fast(network, tape)
    for _ in range(2):
        for rows in (1, 2, 3):
            assert all(told(fast, seed, rows) for seed in range(6))
        assert all(told(fast, seed, 2, gain=0.5) for seed in range(6))
    assert len(tape.recorded) == len(set(tape.recorded)) == 4


def test_a_shape_that_passes_by_is_not_recorded() -> None:
    tape = Tape()
    fast = Fast(network, tape)
    assert all(told(fast, rows, rows) for rows in range(1, 40))
    assert tape.recorded == []
    assert fast.words == "eager"


def test_no_more_than_a_few_are_kept() -> None:
    tape = Tape()
    fast = Fast(network, tape)
    for rows in range(1, 10):
        assert all(told(fast, seed, rows) for seed in range(5))
    assert len(tape.recorded) == 9
    assert all(told(fast, seed, 9) for seed in range(5))
    assert len(tape.recorded) == 9, "the newest are there"
    assert all(told(fast, seed, 1) for seed in range(5))
    assert len(tape.recorded) == 10


@pytest.mark.parametrize("why", ["operation not permitted when stream is capturing", "CUDA out of memory"])
def test_where_it_cannot_be_recorded_it_plays_on_and_says_why(why: str) -> None:
    tape = Tape(fails=why)
    fast = Fast(network, tape)
    assert all(told(fast, seed) for seed in range(10))
    assert fast.words == f"eager: {why}"
    assert not fast.played


def test_meanwhile_it_plays_as_it_is() -> None:
    tape = Tape(waits=4)
    fast = Fast(network, tape)
    assert all(told(fast, seed) for seed in range(12))
    assert tape.played == 12 - 3 - 4


def test_a_recording_that_is_no_faster_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0]
    monkeypatch.setattr("latentjockey.generators.diffusion.fast.now_ns", lambda: clock[0])

    class Slow(Tape):
        def record(self, bound: Bound) -> Callable[[], Tensor] | None:
            play = super().record(bound)
            assert play is not None

            def slowly() -> Tensor:
                clock[0] += 50
                return play()

            return slowly

    def counted(x: Tensor) -> Tensor:
        clock[0] += 10
        return x + 1.0

    tape = Slow()
    fast = Fast(counted, tape, judged=True)
    x = torch.ones(2)
    assert all(torch.equal(fast(x), x + 1.0) for _ in range(60))
    assert tape.played == 12
    assert len(tape.recorded) == 1, "and it is not tried again"
    assert not fast.played
