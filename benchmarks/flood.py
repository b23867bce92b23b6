"""Ten thousand OSC messages a second into a show that drifts at a capped rate: what is lost, and what it costs."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

from benchmarks.children import Answer, Child
from benchmarks.figures import Row, number, spread
from benchmarks.sender import PRESSED
from benchmarks.stage import Listening, drift, own_folders, playing, put, rate, rest
from latentjockey.app import Show
from latentjockey.base.clock import now_ns

_RATE = 10_000
_CAP = 30.0
_SIZE = 192
_LEAST_KEPT = 0.95


def run(quick: bool) -> list[Row]:
    """Frames a second before and during by turns; counts and values at the end."""
    seconds = 10.0 if quick else 60.0
    with own_folders(), playing("cppn", cap=_CAP, size=_SIZE) as (show, heard), Child("benchmarks.sender") as sender:
        if show.plugs.osc is None:
            raise RuntimeError("the show hears no OSC")
        drift(show, True)
        put(show, ("/mix/even", False))  # or the flood would have the travel measured again and again
        rest(2.0)
        before = _fps(heard, seconds / 2)
        presses, messages = show.bay.number(PRESSED), show.plugs.osc.stats.messages
        heard.take()
        sender.tell(do="flood", port=show.plugs.osc.port, rate=_RATE, seconds=seconds, seed=1)
        sent = sender.answer(seconds + 60)
        during = _of(heard)
        settled_ms = _settle(show, messages + sent["sent"])
        rows = [*_counted(show, sent, messages, presses, settled_ms), _shown(show, sent)]
        after = _fps(heard, seconds / 2)
    return [*rows, _cost(before, during, after)]


def _fps(heard: Listening, seconds: float) -> tuple[float, float]:
    """Frames a second, and the 99th percentile of the interval in ms."""
    heard.take()
    rest(seconds)
    return _of(heard)


def _of(heard: Listening) -> tuple[float, float]:
    arrivals = heard.take()
    gaps = [(b.at - a.at) * 1e-6 for a, b in itertools.pairwise(arrivals)]
    return rate(arrivals), spread(gaps).p99


def _settle(show: Show, wanted: int) -> float:
    """Milliseconds until everything that was sent has been heard, at most a second."""
    start = now_ns()
    while show.plugs.osc is not None and show.plugs.osc.stats.messages < wanted and now_ns() - start < 1_000_000_000:
        rest(0.002)
    elapsed = (now_ns() - start) * 1e-6
    rest(0.05)  # the last packet is counted before it is carried out
    return elapsed


def _counted(show: Show, sent: Answer, messages: int, presses: float, settled_ms: float) -> list[Row]:
    if show.plugs.osc is None:
        return []
    stats = show.plugs.osc.stats
    lost = sent["sent"] - (stats.messages - messages)
    pressed = int(show.bay.number(PRESSED) - presses)
    wrong = sum(not np.array_equal(show.bay.value(address), [value]) for address, value in sent["last"].items())
    return [
        Row(
            "OSC messages lost",
            f"{lost} of {sent['sent']:,}",
            "0",
            lost == 0,
            f"{sent['sent'] / sent['seconds']:,.0f} a second for {sent['seconds']:.0f} s, each a packet of its own; "
            f"all heard {number(settled_ms)} ms after the last was sent{_buffer()}",
        ),
        Row("presses lost", f"{sent['presses'] - pressed} of {sent['presses']:,}", "0", pressed == sent["presses"]),
        Row("final values wrong", f"{wrong} of {len(sent['last'])}", "0", wrong == 0, f"{stats.refused} refused"),
    ]


def _shown(show: Show, sent: Answer) -> Row:
    """The values must have gone on into the picture, too."""
    rest(0.5)
    layout, frame = show.bay.layout, show.feed.acquire()
    wrong = len(sent["last"])
    if frame is not None:
        with frame:
            for address, value in sent["last"].items():
                target = layout.resolve(address)
                wrong -= target is not None and float(frame.effective[target.start]) == value
    return Row("final values wrong in the picture", f"{wrong} of {len(sent['last'])}", "0", wrong == 0)


def _buffer() -> str:
    """How much the system lets a socket keep."""
    try:
        room = int(Path("/proc/sys/net/core/rmem_max").read_text())
    except (OSError, ValueError):
        return ""
    return f"; the system keeps up to {room // 1024} KiB for a socket"


def _cost(before: tuple[float, float], during: tuple[float, float], after: tuple[float, float]) -> Row:
    calm = (before[0] + after[0]) / 2
    kept = during[0] / calm if calm else 0.0
    return Row(
        "frames a second kept",
        f"{kept:.1%}",
        "> 95 %",
        kept > _LEAST_KEPT,
        f"cppn {_SIZE}², at most {_CAP:g} fps: {number(before[0])} before, {number(during[0])} during, "
        f"{number(after[0])} after; interval p99 {number(before[1])}, {number(during[1])}, {number(after[1])} ms",
    )
