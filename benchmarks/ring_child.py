"""The engine's side of the ring hand-off: puts frames at a steady rate and tells of each. Speaks the engine's messages.

Arguments: parent, handle, slots, bytes a slot, width, height, frames, frames a second. Its last message carries, as
JSON, how long each copy into the ring took.
"""

from __future__ import annotations

import json
import os
import sys

import numpy as np

from benchmarks.ring import LAYERS, VALUES
from latentjockey.base.clock import now_ns
from latentjockey.base.platform import attach_shared, die_with_parent
from latentjockey.engine.port import Port
from latentjockey.frames.frame import Stamp
from latentjockey.link.messages import Free, Hello, Problem, Ready
from latentjockey.link.ring import RingWriter


def main() -> None:
    parent, handle, *numbers = sys.argv[1:]
    slots, each, width, height, frames, rate = map(int, numbers)
    die_with_parent(int(parent))
    port = Port(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0))
    ring = RingWriter(attach_shared(handle, slots * each).buffer, slots, each)
    picture = np.random.default_rng(1).integers(0, 256, (3, height, width), np.uint8)
    values, position = np.zeros(VALUES), np.zeros(LAYERS, np.float32)
    copies: list[int] = []
    port.send(Hello(os.getpid()))
    due = now_ns()
    for i in range(frames):
        due = max(due + 1_000_000_000 // rate, now_ns())
        while now_ns() < due or not ring.has_free:
            port.wait(max(0.0, (due - now_ns()) * 1e-9) if ring.has_free else 1.0)
            while (message := port.receive()) is not None:
                if isinstance(message, Free):
                    ring.give(message.slot)
        start = now_ns()
        slot = ring.put(picture, True, Stamp(1, i, 1, i, 0.0, 0, 0, start, start, start), values, position)
        copies.append(now_ns() - start)
        port.send(Ready(1, slot))
    port.send(Problem(json.dumps(copies), False))
    port.wait(60.0)  # the show ends us


if __name__ == "__main__":
    main()
