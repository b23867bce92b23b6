"""A real show without a window, in folders of its own, with every frame's stamp kept as it arrives."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from latentjockey.app import Show
from latentjockey.base.clock import now_ns
from latentjockey.control.source import HAND
from latentjockey.control.values import Value
from latentjockey.frames.frame import Stamp
from latentjockey.host.statistics import Statistics
from latentjockey.options import Options

_KINDS = ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "STATE_HOME", "RUNTIME_DIR", "PICTURES_DIR", "VIDEOS_DIR")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A frame as the show heard of it, ``at`` ns."""

    stamp: Stamp
    at: int


class Listening(Statistics):
    """The show's statistics, which also keep every stamp and can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self._kept: list[Arrival] = []
        self._newest_change = 0

    def frame(self, stamp: Stamp) -> None:
        arrival = Arrival(stamp, now_ns())
        super().frame(stamp)
        with self._changed:
            self._kept.append(arrival)
            self._newest_change = max(self._newest_change, stamp.changed_ns)
            self._changed.notify_all()

    @property
    def newest_change(self) -> int:
        """When what the newest frame shows entered the bay, ns."""
        with self._changed:
            return self._newest_change

    def take(self) -> list[Arrival]:
        """What came since the last call."""
        with self._changed:
            kept, self._kept = self._kept, []
            return kept

    def wait(self, wanted: Callable[[Arrival], bool], timeout: float) -> Arrival | None:
        """The first frame since the last ``take`` that is ``wanted``, waiting for it if need be."""
        with self._changed:
            self._changed.wait_for(lambda: any(map(wanted, self._kept)), timeout)
            return next(filter(wanted, self._kept), None)


@contextlib.contextmanager
def own_folders() -> Iterator[Path]:
    """A new folder that stands in for all of the user's, here and in children, until the end."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="latentjockey-benchmarks-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        for kind in _KINDS:
            folder = place / kind.lower()
            folder.mkdir(mode=0o700)
            os.environ[f"XDG_{kind}"] = str(folder)
        if sys.platform == "darwin":
            os.environ["HOME"] = name
        try:
            yield place
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextlib.contextmanager
def playing(
    model: str, *, cap: float = 60.0, standby: bool = False, record: Path | None = None, size: int = 256
) -> Iterator[tuple[Show, Listening]]:
    """A show that plays ``model``, from its first frame on. Must be called inside :func:`own_folders`."""
    options = Options(
        model=model,
        size=(size, size),
        osc_in=("127.0.0.1", 0),
        midi="no input has this name",
        fps=cap if cap else 60.0,
        standby=standby,
        session=False,
        record=record,
    )
    show = Show(options)
    listening = Listening()
    show.supervisor.statistics = listening
    with show:
        put(show, ("/engine/fps_cap", cap))
        if listening.wait(lambda arrival: True, 90.0) is None:
            raise RuntimeError(f"{model} showed nothing within 90 s: {show.bay.value('/engine/error')}")
        yield show, listening


def put(show: Show, *batch: tuple[str, Value]) -> None:
    """Write as a hand would."""
    show.bay.write(batch, HAND)


def drift(show: Show, on: bool) -> None:
    """Let deck A wander, or stand."""
    put(show, ("/deck/a/drift/speed", 0.2 if on else 0.0))


def rest(seconds: float) -> None:
    """Let time pass."""
    threading.Event().wait(seconds)


def rate(arrivals: list[Arrival]) -> float:
    """Frames a second over ``arrivals``."""
    if len(arrivals) < 2:
        return 0.0
    return (len(arrivals) - 1) / ((arrivals[-1].at - arrivals[0].at) * 1e-9)
