"""Frames a second of the coordinate network, alone and beside a busy process."""

from __future__ import annotations

import os

from benchmarks.children import Child
from benchmarks.figures import Row, number, spread
from latentjockey.host.engine_process import _environment  # the engine's own: what holds for it is to hold here

Times = dict[str, list[float]]
_GOAL_FPS = 55.0


def run(quick: bool) -> list[Row]:
    """Eager and compiled by turns, 256² and 512²; then the same while another process keeps one core busy."""
    rounds, frames = (3, 8) if quick else (8, 24)
    with Child("benchmarks.cppn_child", environment={**os.environ, **_environment(None)}) as child:
        made = child.ask(900, sizes=[256, 512], compiled=[256] if quick else [256, 512])
        alone: Times = child.ask(600, rounds=rounds, frames=frames)["times"]
        with Child("benchmarks.busy") as busy:
            busy.answer(20)
            beside: Times = child.ask(900, rounds=max(2, rounds // 2), frames=frames)["times"]
    rows = [_alone(key, times) for key, times in alone.items()]
    rows += _compiled(made["why_not"], made["differing"], alone)
    rows += [_beside(key, times, alone[key]) for key, times in beside.items()]
    return rows


def _alone(key: str, times: list[float]) -> Row:
    s = spread(times)
    judged = key == "256 eager"
    return Row(
        f"{_name(key)}",
        f"{number(1e3 / s.p50)} fps; a frame p50 {number(s.p50)}, p99 {number(s.p99)}, least {number(s.least)} ms",
        f"≥ {_GOAL_FPS:g} fps" if judged else "",
        1e3 / s.p50 >= _GOAL_FPS if judged else None,
    )


def _beside(key: str, times: list[float], alone: list[float]) -> Row:
    s, base = spread(times), spread(alone)
    return Row(
        f"{_name(key)}, beside a busy process",
        f"{number(1e3 / s.p50)} fps; a frame p50 {number(s.p50)}, p99 {number(s.p99)} ms",
        note=f"p50 {number(s.p50 / base.p50)}, p99 {number(s.p99 / base.p99)} times that alone",
    )


def _compiled(why_not: str, differing: float, times: Times) -> list[Row]:
    if why_not:
        return [Row("compiled", "could not be compiled here", note=why_not)]
    rows = []
    for key, compiled in times.items():
        if not key.endswith("compiled"):
            continue
        e, c = spread(times[key.replace("compiled", "eager")]), spread(compiled)
        rows.append(
            Row(
                f"{_name(key)} against eager",
                f"{number(e.p50 / c.p50)} times as fast by medians, {number(e.least / c.least)} by least times",
                note=f"same picture but for {differing:.2%} of bytes that differ by more than 2 levels",
            )
        )
    return rows


def _name(key: str) -> str:
    size, kind = key.split()
    return f"{size}², {kind}"
