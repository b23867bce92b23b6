"""Several processes, on one machine or many, that train one model: started by ``torchrun``, or not at all.

Each process takes pictures of its own; gradients, and the few numbers that steps depend on, are averaged over all, so
every process holds the same weights. Only the first writes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Group:
    """This process among ``count``; ``rank`` 0 writes."""

    rank: int = 0
    count: int = 1

    @property
    def writes(self) -> bool:
        return self.rank == 0

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Let every process have the mean of all processes' gradients, by one exchange."""
        if self.count == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.reshape(-1) for g in gradients])
        dist.all_reduce(flat)
        flat /= self.count
        place = 0
        for gradient in gradients:
            gradient.copy_(flat[place : place + gradient.numel()].view_as(gradient))
            place += gradient.numel()

    def average(self, *values: Tensor) -> None:
        """Let every process have the mean of these tensors, in place."""
        if self.count == 1:
            return
        for value in values:
            dist.all_reduce(value)
            value /= self.count

    def number(self, value: float) -> float:
        """The mean of one number over all processes."""
        if self.count == 1:
            return value
        tensor = torch.tensor([value], dtype=torch.float64, device=self._device())
        self.average(tensor)
        return float(tensor)

    def any(self, said: bool) -> bool:
        """Whether any process says so."""
        return self.number(float(said)) > 0.0

    def same(self, module: nn.Module) -> None:
        """Let every process have the first one's tensors."""
        if self.count > 1:
            for tensor in module.state_dict().values():
                dist.broadcast(tensor, 0)

    def wait(self) -> None:
        """Until all are here."""
        if self.count > 1:
            dist.barrier()

    def close(self) -> None:
        if self.count > 1:
            dist.destroy_process_group()

    @staticmethod
    def _device() -> str:
        return "cuda" if dist.get_backend() == "nccl" else "cpu"


def join(device: torch.device) -> Group:
    """The group that ``torchrun`` describes in the environment, joined; or this process alone."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Group()
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Group(dist.get_rank(), count)


def leave(code: int) -> None:
    """End this process at once if it is one of several, its group closed; otherwise do nothing. Threads of the network
    between them can outlive the group, and abort a process that takes Python down around them."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
