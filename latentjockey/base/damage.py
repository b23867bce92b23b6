"""What decoders of pictures were seen to raise about damaged files, whatever they promise. Any thread."""

from __future__ import annotations

import struct
import zlib

DAMAGE = (
    OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
    AssertionError, MemoryError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
"""Beside OSError and Pillow's own ValueError. RuntimeError is what its decoder of AVIF says; so are RecursionError and
NotImplementedError, its word for a variant of a format that it does not read. What Pillow raises about pictures that
claim to be huge is not in here."""
