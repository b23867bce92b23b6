"""Whether a run's networks are compiled before it begins. One thread."""

from __future__ import annotations

import torch

from latentjockey.base.platform import has_cpp_compiler
from latentjockey.training.config import Plan

LONG_MINUTES, LONG_IMAGES = 60.0, 100_000
"""From here on a run gains more than the minutes that compiling takes at each size."""


def decided(asked: bool | None, plan: Plan) -> bool:
    """Whether to compile: as ``asked``, else for long runs on machines that have a compiler.

    What cannot be compiled after all runs as it is; torch logs why.
    """
    long = (plan.minutes or 0.0) >= LONG_MINUTES or (plan.images or 0) >= LONG_IMAGES
    compiled = asked if asked is not None else long and has_cpp_compiler()
    if compiled:
        torch._dynamo.config.suppress_errors = True
    return compiled
