"""Is a frame every sixtieth of a second really one? As published by the engine and as heard by the show."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Row, number, spread
from benchmarks.stage import Listening, drift, own_folders, playing, put, rest
from latentjockey.app import Show

_CAP = 60.0
_PERIOD_MS = 1e3 / _CAP
_CASES = (("testcard", 256), ("cppn", 128), ("cppn", 256))


def run(quick: bool) -> list[Row]:
    """Recorder off and on by turns, in one show for each picture."""
    rounds, seconds = (1, 4.0) if quick else (3, 10.0)
    rows: list[Row] = []
    for model, size in _CASES:
        with own_folders() as place:
            found = _measure(place, model, size, rounds, seconds)
        rows += [_row(f"{model} {size}², recorder {'on' if on else 'off'}", *found[on]) for on in (False, True)]
    return rows


def _measure(
    place: Path, model: str, size: int, rounds: int, seconds: float
) -> dict[bool, tuple[list[float], list[float], list[float]]]:
    """Milliseconds between publications, between arrivals, and of generations, with the recorder off and on."""
    found: dict[bool, tuple[list[float], list[float], list[float]]] = {on: ([], [], []) for on in (False, True)}
    with playing(model, cap=_CAP, size=size, record=place / "taken.mp4") as (show, heard):
        drift(show, True)
        put(show, ("/mix/even", False))
        for _ in range(rounds):
            for on, lists in found.items():
                _record(show, on)
                for kept, new in zip(lists, _listen(heard, seconds), strict=True):
                    kept += new
        _record(show, False)
    return found


def _record(show: Show, on: bool) -> None:
    put(show, ("/record/running", on))
    rest(1.5)  # the encoder starts, or finishes its file


def _listen(heard: Listening, seconds: float) -> tuple[list[float], list[float], list[float]]:
    heard.take()
    rest(seconds)
    arrivals = heard.take()
    published = [a.stamp.published_ns for a in arrivals]
    return (
        _gaps(published),
        _gaps([a.at for a in arrivals]),
        [(a.stamp.render_end_ns - a.stamp.render_start_ns) * 1e-6 for a in arrivals],
    )


def _gaps(times: Sequence[int]) -> list[float]:
    return [(b - a) * 1e-6 for a, b in itertools.pairwise(times)]


def _row(name: str, published: list[float], heard: list[float], generations: list[float]) -> Row:
    p, h, g = spread(published), spread(heard), spread(generations)
    late = sum(gap > 1.5 * _PERIOD_MS for gap in heard)
    missed = late / len(heard) if heard else 1.0
    possible = g.p50 < _PERIOD_MS - 1.0
    return Row(
        name,
        f"interval p50 {number(h.p50)}, p99 {number(h.p99)} ms; missed {missed:.2%}",
        "p99 ≤ 18.5 ms, missed ≤ 0.1 %" if possible else "",
        h.p99 <= 18.5 and missed <= 0.001 if possible else None,
        f"as published p99 {number(p.p99)} ms; G p50 {number(g.p50)}, p99 {number(g.p99)} ms; {h.n} intervals"
        + ("" if possible else "; a frame takes longer than a sixtieth of a second here"),
    )
