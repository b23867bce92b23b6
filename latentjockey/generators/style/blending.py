"""A network on the way to another of the same shape: every matrix of numbers mixed, for the rack's ``blend``.

The mixture is a synthesis of its own, so that neither compiled code nor a recorded graph of the model itself knows of
it. The mapping stays the model's own: places, directions and cues mean what they meant. Generator's thread.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from latentjockey.base.diagnostics import StageError, logger
from latentjockey.generators.break_values import bounded
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.layered import LayeredSegment, LayeredSynthesis
from latentjockey.generators.style.model_file import load
from latentjockey.generators.style.network import Synthesis
from latentjockey.generators.style.segments import Runner, cut
from latentjockey.models import library

_LOG = logger("blend")
_Synthesis = TypeVar("_Synthesis", bound=LayeredSynthesis)


class Blended:
    """``synthesis`` as it would be on the way to what ``other`` gives: asked once, when it is first needed; ``None``
    where no other network has the same shape, and then no blend changes anything. ``cut`` makes segments of it."""

    def __init__(
        self,
        synthesis: LayeredSynthesis,
        other: Callable[[], LayeredSynthesis | None],
        cut: Callable[[Any], Sequence[LayeredSegment]] = cut,
    ) -> None:
        self._synthesis = synthesis
        self._other = other
        self._cut = cut
        self._asked = False
        self._runner: Runner | None = None
        self._parts: list[tuple[Tensor, Tensor, Tensor]] = []  # of the mixture, of the one, of the other
        self._amount: float | None = None

    def at(self, amount: float) -> Runner | None:
        """What plays the network on a line from this one (0) through the other (1), any finite amount; ``None`` where
        that is this one."""
        amount = bounded(amount)
        if amount == 0.0:
            return None
        if not self._asked:
            self._asked = True
            self._prepare()
        if self._runner is not None and amount != self._amount:
            self._amount = amount
            for mixed, near, far in self._parts:
                mixed.copy_(blended(near, far, amount))
            self._runner.forget()
        return self._runner

    def clear(self) -> None:
        """Forget the other, until it is needed again."""
        self._asked, self._runner, self._amount = False, None, None
        self._parts.clear()

    def _prepare(self) -> None:
        other = self._other()
        if other is None:
            _LOG.info("no other model here has the same shape: blend changes nothing")
            return
        mixture = copy.deepcopy(self._synthesis)
        theirs = dict(other.named_parameters())
        for (name, mixed), near in zip(mixture.named_parameters(), self._synthesis.parameters(), strict=True):
            self._parts.append((mixed, near, theirs[name].to(near)))
        self._runner = Runner(self._cut(mixture))


def blended(near: Tensor, far: Tensor, amount: float) -> Tensor:
    """From ``near`` (0) to ``far`` (1) and on, of one shape and type. Its norm goes from the one's to the other's and
    stays there beyond: numbers that know nothing of each other would cancel in the middle, and run away far out."""
    mixed = torch.lerp(near.float(), far.float(), amount)
    norms = [torch.linalg.vector_norm(each, dtype=torch.float32) for each in (near, far, mixed)]
    wanted = torch.lerp(norms[0], norms[1], max(0.0, min(1.0, amount)))
    return (mixed * torch.where(norms[2] > 0.0, wanted / norms[2], 1.0)).to(near.dtype)


def like(config: StyleConfig, own: Path) -> Synthesis | None:
    """The first other model of the library, those that came along before the player's own, whose synthesis has the
    shape that ``config`` gives; ``own`` is the file of the one that plays."""

    def synthesis_at(path: Path) -> Synthesis | None:
        net = load(path).net
        alike = replace(net.config, z_dim=config.z_dim, classes=config.classes)
        return net.synthesis if alike == config else None

    return first_like(own, config.num_ws, config.w_dim, synthesis_at)


def first_like(
    own: Path, num_ws: int, w_dim: int, synthesis_at: Callable[[Path], _Synthesis | None]
) -> _Synthesis | None:
    """The first that ``synthesis_at`` gives for the other models of the library with ``num_ws`` latents of ``w_dim``,
    those that came along before the player's own; ``own`` is the file of the one that plays. Waits for the disk."""
    for entry in library.entries():
        if entry.path is None or entry.spec is None or entry.path == own:
            continue
        if (entry.spec.num_ws, entry.spec.w_dim) != (num_ws, w_dim):
            continue
        try:
            found = synthesis_at(entry.path)
        except StageError as error:
            _LOG.info("%s cannot be blended with: %s", entry.name, error)
            continue
        if found is not None:
            return found
    return None
