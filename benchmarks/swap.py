"""Another model is chosen while one plays: how long until its first picture, and how long the stage waits for any."""

from __future__ import annotations

import itertools
import statistics

from benchmarks.figures import Row, number
from benchmarks.stage import Listening, drift, own_folders, playing, put, rest
from latentjockey.app import Show
from latentjockey.base.clock import now_ns
from latentjockey.options import DEFAULT_MODEL

_OTHER = "cppn"
_LONGEST_S = 120.0
_BEFORE_S, _AFTER_S = 1.0, 1.0
_GOAL_MS = 100.0


def run(quick: bool) -> list[Row]:
    """Next and previous within a bank, then the same models with a bank that has no room."""
    rounds = 4 if quick else 12
    with own_folders(), playing(DEFAULT_MODEL, standby=True) as (show, heard):
        drift(show, True)
        put(show, ("/mix/even", False), ("/bank", f"{DEFAULT_MODEL}, {_OTHER}"))
        ready = [_switch(show, heard, True) for _ in range(rounds)]
        kept = show.supervisor.bank.bytes / 2**20
        put(show, ("/bank/mb", 1))
        loaded = [_switch(show, heard, False) for _ in range(rounds // 2)]
    return [
        _row("press → first frame of a model at hand", ready, f"{kept:.0f} MiB at hand", _GOAL_MS),
        _row("press → first frame of a model that must be loaded", loaded, "in the engine that stands by", None),
    ]


def _switch(show: Show, heard: Listening, at_hand: bool) -> tuple[float, float]:
    """Seconds from the press to the first frame, and the longest gap between frames around it."""
    wanted = _OTHER if show.bay.value("/model") == DEFAULT_MODEL else DEFAULT_MODEL
    _until_calm(show, wanted if at_hand else "")
    heard.take()
    rest(_BEFORE_S)
    generation = max(a.stamp.generation for a in heard.take())
    rest(_BEFORE_S)
    pressed = now_ns()
    put(show, ("/bank/next", True))
    new = heard.wait(lambda arrival: arrival.stamp.generation > generation, _LONGEST_S)
    if new is None:
        raise RuntimeError(f"{wanted} showed nothing within {_LONGEST_S:g} s: {show.bay.value('/engine/error')}")
    rest(_AFTER_S)
    times = [arrival.at for arrival in heard.take()]
    gap = max(b - a for a, b in itertools.pairwise(times))
    return (new.at - pressed) * 1e-9, gap * 1e-9


def _until_calm(show: Show, wanted: str) -> None:
    """Until the engine that stands by has what plays, and ``wanted``, and nothing is left to load."""
    deadline = now_ns() + int(_LONGEST_S * 1e9)
    while True:
        bank, playing = show.supervisor.bank, str(show.bay.value("/engine/model"))
        if bank.is_ready(playing) and (not wanted or bank.is_ready(wanted)) and not bank.loading:
            break
        if now_ns() > deadline:
            raise RuntimeError(f"{wanted} was not at hand within {_LONGEST_S:g} s: {bank}")
        rest(0.1)
    rest(1.0)


def _row(name: str, found: list[tuple[float, float]], more: str, goal: float | None) -> Row:
    first, gaps = [1e3 * each for each, _ in found], [1e3 * gap for _, gap in found]
    median = statistics.median(first)
    return Row(
        name,
        f"median {number(median)}, longest {number(max(first))} ms",
        f"median ≤ {goal:g} ms" if goal is not None else "",
        None if goal is None else median <= goal,
        f"{len(found)} times between {DEFAULT_MODEL} and {_OTHER} at 256²; longest gap between frames on stage "
        f"{number(max(gaps))} ms, median of the longest {number(statistics.median(gaps))} ms; {more}",
    )
