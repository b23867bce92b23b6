"""Compiled code that torch has written to a file ahead of time, loaded into a process that plays. Any thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

Run = Callable[[list[Tensor]], list[Tensor]]
"""The tensors that go in, in their order, to those that come out."""


def load_package(path: Path) -> Run:
    """What runs the package at ``path``. Raises what torch raises where it cannot be loaded.

    ``torch._inductor.aoti_load_package`` imports the whole compiler before it loads a file of some milliseconds: two
    seconds in which no picture would be made; and it reads the description of the inputs at every call. What it calls
    itself is called here, and it only where a release of torch has that in another form.
    """
    try:
        loader = torch._C._aoti.AOTIModelPackageLoader(str(path), "model", False, 1, -1)
        run: Run = loader.boxed_run
    except (AttributeError, TypeError):
        package = torch._inductor.aoti_load_package(str(path))
        return lambda tensors: _flat(package(*tensors))
    return run


def _flat(made: Tensor | tuple[Tensor, ...] | list[Tensor]) -> list[Tensor]:
    return [made] if isinstance(made, Tensor) else list(made)
