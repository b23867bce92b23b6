"""Random numbers that depend on a seed alone: a counter hashed per picture, equal on every machine. Any thread."""

import torch
from torch import Tensor

WORD = 0xFFFFFFFF
#: Numbers that one picture may draw; a kind uses about half.
DRAWS = 192


def scramble(word: Tensor) -> Tensor:
    """Mix 32-bit words held in int64 by multiply and xor-shift. A product that overflows keeps its low bits."""
    word = word ^ (word >> 16)
    word = (word * 0x7FEB352D) & WORD
    word = word ^ (word >> 15)
    word = (word * 0x846CA68B) & WORD
    return word ^ (word >> 16)


def uniforms(seeds: Tensor, kind: int, count: int = DRAWS) -> Tensor:
    """Float32 (n, count) in [0, 1) from int64 seeds (n,), on the CPU: 24 bits each, the same everywhere."""
    seeds = seeds.to("cpu", torch.int64)
    state = scramble((seeds & WORD) ^ 0x9E3779B9)
    state = scramble(state ^ ((seeds >> 32) & WORD))
    state = scramble((state + kind * 0x85EBCA6B) & WORD)
    column = torch.arange(1, count + 1, dtype=torch.int64) * 0x9E3779B1
    words = scramble(scramble((state[:, None] + column) & WORD) ^ state[:, None])
    return (words >> 8).to(torch.float32) * 2.0**-24


class Dice:
    """One row of numbers per picture, thrown in order: every throw has shape (n, 1, 1), to stand beside planes."""

    def __init__(self, table: Tensor) -> None:
        self._table = table
        self._next = 0

    def throw(self) -> Tensor:
        """The next number, in [0, 1)."""
        column = self._table[:, self._next, None, None]
        self._next += 1
        return column

    def between(self, low: float, high: float) -> Tensor:
        """Uniform in [low, high)."""
        return low + (high - low) * self.throw()

    def whole(self, low: int, high: int) -> Tensor:
        """A whole number from `low` to `high`, both included, as float."""
        return (low + (high + 1 - low) * self.throw()).floor().clamp_max(high)

    def coin(self, share: float = 0.5) -> Tensor:
        """1.0 with probability `share`, else 0.0."""
        return (self.throw() < share).to(torch.float32)

    def sign(self) -> Tensor:
        """-1.0 or 1.0."""
        return self.coin() * 2 - 1
