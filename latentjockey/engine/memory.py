"""Lack of memory, told apart from other failures, and what frees some. Main thread of the engine."""

from __future__ import annotations

import sys


def out_of_memory(error: Exception) -> bool:
    """Whether it was that. torch raises RuntimeError for it, on the processor as on the device."""
    text = str(error)
    return isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text


def give_back() -> None:
    """Give back what torch keeps of the device's memory for later."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
