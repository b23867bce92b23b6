"""What sending the picture to other programs costs the stage: its rate with each way out against that without."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.children import Child
from benchmarks.figures import Row, number
from benchmarks.stage import drift, own_folders, playing, put, rate, rest
from latentjockey.app import Show
from latentjockey.frames.sink import MemorySink, VideoSink
from latentjockey.outputs.ndi import NdiSink
from latentjockey.outputs.sender import Sender, Wish
from latentjockey.outputs.v4l2 import QUERYCAP, V4l2Sink

_CASES = (("testcard", 512), ("cppn", 256))
_SIZES = {"stage size": (0, 0), "1920×1080": (1920, 1080)}
_TITLE = "latentjockey benchmark"
_FIRST_S = 20.0


class _Device:
    """A v4l2 device that takes everything and keeps nothing: what is measured is our side of it."""

    def devices(self) -> list[str]:
        return ["/dev/video0"]

    def open(self, path: str) -> int:
        return 3

    def ioctl(self, fd: int, request: int, argument: ctypes.Structure) -> None:
        if request == QUERYCAP:
            argument.capabilities = 0x2  # type: ignore[attr-defined]

    def write(self, fd: int, data: memoryview) -> int:
        return len(bytes(data))

    def close(self, fd: int) -> None:
        """Nothing to give back."""


@dataclass(slots=True)
class _Way:
    """A way out to measure: frames a second on stage without and with it, in turns, and how it went itself."""

    make: Callable[[], VideoSink]
    received: bool = False
    without: list[float] = field(default_factory=list)
    sending: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)


def run(quick: bool) -> list[Row]:
    """Without and with, by turns, in one show for each picture; uncapped, so that whatever is taken away is seen."""
    rounds, seconds = (1, 1.5) if quick else (5, 4.0)
    rows: list[Row] = []
    for model, size in _CASES:
        with own_folders() as place, _ndi_at_home(place), playing(model, cap=0.0, size=size) as (show, heard):
            drift(show, True)
            put(show, ("/mix/even", False))
            for words, wanted in _SIZES.items():
                ways = _ways()
                for _ in range(rounds):
                    for way in ways.values():
                        heard.take()
                        rest(seconds)
                        way.without.append(rate(heard.take()))
                        with _sending(show, way, wanted) as sender:
                            rest(1.0)
                            heard.take()
                            rest(seconds)
                            way.sending.append(rate(heard.take()))
                            way.sent.append(sender.progress().fps)
                            way.cost.append(sender.progress().send_ms)
                rows += [_row(f"{model} {size}², {words}: {name}", way) for name, way in ways.items()]
    if importlib.util.find_spec("cyndilib") is None:
        rows.append(Row("NDI", "not measured: cyndilib is not installed"))
    return rows


def _ways() -> dict[str, _Way]:
    ways = {
        "into memory": _Way(MemorySink),
        "v4l2, a device that takes all": _Way(lambda: V4l2Sink(_Device(), "linux")),
    }
    if importlib.util.find_spec("cyndilib") is not None:
        ways |= {"NDI, nobody looks": _Way(NdiSink), "NDI, one receiver here": _Way(NdiSink, received=True)}
    return ways


@contextlib.contextmanager
def _ndi_at_home(place: Path) -> Iterator[None]:
    """NDI kept to this machine, and found without any service."""
    here = {"networks": {"ips": "127.0.0.1,", "discovery": ""}, "adapters": {"allowed": ["127.0.0.1"]}}
    (place / "ndi-config.v1.json").write_text(json.dumps({"ndi": here}), encoding="utf-8")
    os.environ["NDI_CONFIG_DIR"] = str(place)
    yield


@contextlib.contextmanager
def _sending(show: Show, way: _Way, wanted: tuple[int, int]) -> Iterator[Sender]:
    said: list[str] = []
    sender = Sender("benchmark", way.make(), show.stage_feed, show.clock, Wish(_TITLE, *wanted), said.append)
    sender.start()
    try:
        deadline = show.clock.now() + _FIRST_S
        while not sender.progress().sending:
            if said or show.clock.now() > deadline:
                raise RuntimeError(f"nothing was sent: {said or sender.progress().words}")
            rest(0.01)
        with _received(way.received):
            yield sender
    finally:
        sender.close()


@contextlib.contextmanager
def _received(wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    with Child("benchmarks.ndi_child", _TITLE) as child:
        child.answer(_FIRST_S)
        yield


def _row(what: str, way: _Way) -> Row:
    shares = [b / a for a, b in zip(way.without, way.sending, strict=True) if a]
    share = statistics.median(shares) if shares else 0.0
    return Row(
        what,
        f"{share:.2f} of the stage's rate; a picture {number(statistics.median(way.cost))} ms",
        note=f"{number(statistics.median(way.without))} fps without, {number(statistics.median(way.sending))} with; "
        f"{number(statistics.median(way.sent))} sent a second",
    )
