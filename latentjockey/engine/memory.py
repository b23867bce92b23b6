"""Lack of memory, told apart from other failures, and what frees some. Main thread of the engine."""

from __future__ import annotations

import sys

_WORDS = ("out of memory", "can't allocate memory", "cannot allocate memory", "failed to map segment")


def out_of_memory(error: Exception) -> bool:
    """Whether it was that. torch raises RuntimeError for it, on the processor as on the device; modules that are only
    then imported raise ImportError, and the system OSError."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(words in text for words in _WORDS)


def give_back() -> None:
    """Give back what torch keeps of the device's memory for later."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def device_bytes() -> int:
    """Bytes of the device's memory that torch has in use; 0 where models run on the processor."""
    torch = sys.modules.get("torch")
    return int(torch.cuda.memory_allocated()) if torch is not None and torch.cuda.is_available() else 0


def device_free() -> int | None:
    """Bytes of the device's memory that are free; ``None`` where models run on the processor."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return int(torch.cuda.mem_get_info()[0])
