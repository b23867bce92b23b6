"""Frame rate and latency as they are right now. Fed by the threads that read frames, read by any."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

import numpy as np

from latentjockey.frames.frame import Stamp
from latentjockey.frames.stages import STAGES
from latentjockey.frames.trace import FrameTrace

_WINDOW_NS = 1_000_000_000
_LATENCIES = 200
_STAGED = 20
_KEPT = 1 << 15
"""Frames that a trace reaches back: two minutes at 240 a second and more."""


class Statistics:
    """Over the last second for rates, over the last 200 changes for latency."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times = np.zeros(_KEPT, np.int64)
        self._rested = np.zeros(_KEPT, np.bool_)
        self._rests = True
        self._renders: deque[int] = deque(maxlen=120)
        self._latencies: deque[int] = deque(maxlen=_LATENCIES)
        self._changed_ns = 0
        self._frames = 0
        self._stages = tuple(deque[float](maxlen=_STAGED) for _ in STAGES)
        self._held: tuple[str, ...] = ()
        self._late = (0, 0)

    def frame(self, stamp: Stamp) -> None:
        """A frame was published."""
        with self._lock:
            at = self._frames % _KEPT
            self._frames += 1
            self._times[at] = stamp.published_ns
            self._rested[at] = self._rests
            self._rests = False
            self._renders.append(stamp.render_end_ns - stamp.render_start_ns)
            if self._changed_ns and stamp.changed_ns > self._changed_ns:
                self._latencies.append(stamp.published_ns - stamp.changed_ns)
            self._changed_ns = max(self._changed_ns, stamp.changed_ns)
            self._held = stamp.stages.held
            late = stamp.stages.late
            self._late = late, max(0, stamp.render_start_ns - stamp.snapshot_ns) if late else 0
            if stamp.stages.known:
                for index, (times, ms) in enumerate(zip(self._stages, stamp.stages.ms, strict=True)):
                    if not stamp.stages.cached >> index & 1:
                        times.append(ms)
            elif self._stages[0] or self._stages[-1]:  # another model plays
                for times in self._stages:
                    times.clear()

    def rest(self) -> None:
        """Nothing moves, and the engine waits: no frame is due before the next one."""
        with self._lock:
            self._rests = True

    def figures(self, now: int) -> dict[str, float]:
        """Names as under ``/engine``: frames, fps, render_ms, latency_ms, latency_p99_ms, late_frames, late_ms and what
        each stage took when it was last computed."""
        with self._lock:
            recent = int(np.count_nonzero(now - self._times[: self._frames] <= _WINDOW_NS))
            renders = sorted(self._renders)
            latencies = sorted(self._latencies)
            frames, late = self._frames, self._late
            stages = [sorted(times) for times in self._stages]
        return {
            "frames": float(frames),
            "fps": float(recent),
            "render_ms": round(_at(renders, 0.5) * 1e-6, 2),
            "latency_ms": round(_at(latencies, 0.5) * 1e-6, 2),
            "latency_p99_ms": round(_at(latencies, 0.99) * 1e-6, 2),
            **{f"time/{name}": round(_at(times, 0.5), 2) for name, times in zip(STAGES, stages, strict=True)},
            "late_frames": float(late[0]),
            "late_ms": round(late[1] * 1e-6, 2),
        }

    @property
    def held(self) -> str:
        """The stages of the newest picture that were there already, by their names."""
        return ", ".join(self._held)

    def trace(self, now: int, seconds: float) -> FrameTrace:
        """The frames of the ``seconds`` before ``now`` ns, and the latest latencies. A frame that overtook the one
        before it, as when engines change, came at once."""
        with self._lock:
            first = max(0, self._frames - _KEPT)
            order = np.arange(first, self._frames) % _KEPT
            times, rested = self._times[order], self._rested[order]
            latencies = np.asarray(self._latencies, np.float64)
        intervals = np.maximum(0.0, np.diff(times, prepend=times[:1]).astype(np.float64)) * 1e-6
        intervals[rested] = np.nan
        intervals[:1] = np.nan
        age = (now - times).astype(np.float64) * 1e-9
        keep = age <= seconds
        return FrameTrace(age[keep], intervals[keep], latencies * 1e-6)


def _at(ordered: Sequence[float], fraction: float) -> float:
    """The value below which ``fraction`` of an ordered list lies; 0 for an empty one."""
    return float(ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]) if ordered else 0.0
