"""Frame rate and latency as they are right now. Fed by the thread that reads frames, read by the supervisor."""

from __future__ import annotations

import threading
from collections import deque

from latentjockey.frames.frame import Stamp

_WINDOW_NS = 1_000_000_000
_LATENCIES = 200


class Statistics:
    """Over the last second for rates, over the last 200 changes for latency."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: deque[int] = deque(maxlen=4096)
        self._renders: deque[int] = deque(maxlen=120)
        self._latencies: deque[int] = deque(maxlen=_LATENCIES)
        self._revision = (-1, -1)
        self._changed_ns = 0
        self._frames = 0

    def frame(self, stamp: Stamp) -> None:
        """A frame was published."""
        with self._lock:
            self._frames += 1
            self._times.append(stamp.published_ns)
            self._renders.append(stamp.render_end_ns - stamp.render_start_ns)
            if self._changed_ns and stamp.changed_ns > self._changed_ns:
                self._latencies.append(stamp.published_ns - stamp.changed_ns)
            self._changed_ns = max(self._changed_ns, stamp.changed_ns)

    def figures(self, now: int) -> dict[str, float]:
        """Names as under ``/engine``: frames, fps, render_ms, latency_ms, latency_p99_ms."""
        with self._lock:
            recent = sum(1 for t in self._times if now - t <= _WINDOW_NS)
            renders = sorted(self._renders)
            latencies = sorted(self._latencies)
            frames = self._frames
        return {
            "frames": float(frames),
            "fps": float(recent),
            "render_ms": round(_at(renders, 0.5) * 1e-6, 2),
            "latency_ms": round(_at(latencies, 0.5) * 1e-6, 2),
            "latency_p99_ms": round(_at(latencies, 0.99) * 1e-6, 2),
        }


def _at(ordered: list[int], fraction: float) -> float:
    """The value below which ``fraction`` of an ordered list lies; 0 for an empty one."""
    return float(ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]) if ordered else 0.0
