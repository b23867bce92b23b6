"""A frame's way from the engine's hands into the show's: copy into the ring, word, lease, release, word back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import IO

from benchmarks.figures import Row, p50_p99
from latentjockey.base.clock import now_ns
from latentjockey.base.platform import create_shared
from latentjockey.link.messages import Free, Hello, Problem, Ready, pack, read_to_show
from latentjockey.link.ring import SLOTS, RingReader, slot_bytes

VALUES = 3_200
LAYERS = (9, 512)
_RATE = 120


def run(quick: bool) -> list[Row]:
    """At a steady rate, a small picture and a large one."""
    frames = 60 if quick else 1_200
    rows: list[Row] = []
    for width, height in ((256, 256), (1920, 1080)):
        copies, ways = _measure(width, height, frames)
        size = f"{width}×{height}"
        hands = [way - copy for copy, way in zip(copies, ways, strict=True)]
        rows += [
            Row(f"{size}: copy into the ring", p50_p99(copies, "ms"), note=f"{_RATE} frames a second, planes of uint8"),
            Row(f"{size}: announced → leased by the show", p50_p99(hands, "ms"), note="a pipe, not a copy"),
            Row(f"{size}: both", p50_p99(ways, "ms")),
        ]
    return rows


def _measure(width: int, height: int, frames: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each copy, and from the begin of the copy to the lease."""
    each = slot_bytes(width, height, VALUES, LAYERS)
    shared = create_shared(SLOTS * each)
    numbers = (SLOTS, each, width, height, frames, _RATE)
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.ring_child", str(os.getpid()), shared.handle, *map(str, numbers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    try:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("a child without pipes")
        return _listen(child.stdin, child.stdout, shared.buffer, each)
    finally:
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                stream.close()
        shared.close()


def _listen(outgoing: IO[bytes], incoming: IO[bytes], buffer: memoryview, each: int) -> tuple[list[float], list[float]]:
    def free(slot: int) -> None:
        outgoing.write(pack(Free(1, slot)))

    reader = RingReader(buffer, each, free)
    ways: list[float] = []
    while True:
        match read_to_show(_Whole(incoming)):
            case Ready(_, slot):
                reader.ready(slot)
                frame = reader.acquire()
                if frame is None:
                    raise RuntimeError("a frame was announced and is not there")
                with frame:
                    ways.append((now_ns() - frame.stamp.render_start_ns) * 1e-6)
            case Problem(text):
                return [copy * 1e-6 for copy in json.loads(text)], ways
            case Hello():
                pass
            case other:
                raise RuntimeError(f"the other side ended or said {other!r}")


class _Whole:
    """Reads an unbuffered pipe until the wanted bytes are there."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        parts = b""
        while len(parts) < size and (part := self._stream.read(size - len(parts))):
            parts += part
        return parts
