"""Milliseconds a frame of style networks: as they are, compiled, with early layers kept, and of the reference."""

from __future__ import annotations

import os
from dataclasses import dataclass

from benchmarks.children import Child
from benchmarks.figures import Row, Spread, number, spread
from latentjockey.host.engine_process import _environment  # the engine's own: what holds for it is to hold here

Times = dict[str, dict[str, list[float]]]
"""Milliseconds of each picture, by kind and by the number of threads."""
_GOAL_RATIO, _GOAL_LATE, _GOAL_FPS, _GOAL_P99, _GOAL_BESIDE = 3.0, 2.0, 60.0, 25.0, 35.0


@dataclass(frozen=True, slots=True)
class _Shape:
    name: str
    size: int
    base: int
    widest: int
    judged: bool = False


_SHAPES = (
    _Shape("128², as bundled", 128, 3072, 256),
    _Shape("256², as bundled", 256, 3072, 256, judged=True),
    _Shape("256², full width", 256, 16384, 512),
)


def run(quick: bool) -> list[Row]:
    """Each shape by turns of its kinds, alone, then while another process keeps one core busy."""
    rows: list[Row] = []
    for shape in _SHAPES[:2] if quick else _SHAPES:
        rows += _shape(shape, 3 if quick else 8, 8 if quick else 20)
    return rows


def _shape(shape: _Shape, rounds: int, frames: int) -> list[Row]:
    with Child("benchmarks.style_child", environment={**os.environ, **_environment(None)}) as child:
        made = child.ask(1500, size=shape.size, base=shape.base, widest=shape.widest)
        alone: Times = child.ask(900, rounds=rounds, frames=frames)["times"]
        with Child("benchmarks.busy") as busy:
            busy.answer(20)
            beside: Times = child.ask(900, rounds=max(2, rounds // 2), frames=frames)["times"]
    found, threads = _fastest(alone)
    whole = {k: s for k, s in found.items() if k != "reference" and "late" not in k}
    best = min(whole, key=lambda kind: whole[kind].p50)
    rows = [_time(shape, kind, s, kind == best, threads[kind]) for kind, s in found.items()]
    rows += _ratios(shape, found, best)
    busy_found, busy_threads = _fastest({best: beside[best]})
    s = busy_found[best]
    rows.append(
        Row(
            f"{shape.name}: {best}, beside a busy process",
            f"p50 {number(s.p50)}, p99 {number(s.p99)} ms",
            f"p99 ≤ {_GOAL_BESIDE:g} ms" if shape.judged else "",
            s.p99 <= _GOAL_BESIDE if shape.judged else None,
            busy_threads[best],
        )
    )
    rows += [Row(f"{shape.name}: left out", words) for words in made["words"]]
    return rows


def _fastest(times: Times) -> tuple[dict[str, Spread], dict[str, str]]:
    """Each kind with the number of threads that is fastest for it, and that number in words."""
    found: dict[str, Spread] = {}
    threads: dict[str, str] = {}
    for kind, counts in times.items():
        spreads = {count: spread(values) for count, values in counts.items()}
        fewest = min(spreads, key=lambda count: spreads[count].p50)
        found[kind], threads[kind] = spreads[fewest], "1 thread" if fewest == "1" else f"{fewest} threads"
        if len(spreads) > 1:
            others = (f"{number(s.p50)} ms with {count}" for count, s in spreads.items() if count != fewest)
            threads[kind] += ", p50 " + ", ".join(others)
    return found, threads


def _time(shape: _Shape, kind: str, s: Spread, best: bool, threads: str) -> Row:
    judged = shape.judged and best
    return Row(
        f"{shape.name}: {kind}",
        f"p50 {number(s.p50)}, p99 {number(s.p99)}, least {number(s.least)} ms; {number(1e3 / s.p50)} fps",
        f"≥ {_GOAL_FPS:g} fps, p99 ≤ {_GOAL_P99:g} ms" if judged else "",
        (1e3 / s.p50 >= _GOAL_FPS and s.p99 <= _GOAL_P99) if judged else None,
        threads,
    )


def _ratios(shape: _Shape, found: dict[str, Spread], best: str) -> list[Row]:
    rows = []
    late = found.get(f"{best}, late rows only")
    if late is not None:
        ratio = found[best].p50 / late.p50
        rows.append(
            Row(f"{shape.name}: late rows only against all", f"{number(ratio)} times as fast by medians",
                f"≥ {_GOAL_LATE:g}", ratio >= _GOAL_LATE)
        )  # fmt: skip
    if "reference" in found:
        by_least, ratio = found["reference"].least / found[best].least, found["reference"].p50 / found[best].p50
        rows.append(
            Row(f"{shape.name}: {best} against the reference",
                f"{number(ratio)} times as fast by medians, {number(by_least)} by least times",
                f"≥ {_GOAL_RATIO:g}", ratio >= _GOAL_RATIO,
                "the published StyleGAN2 network of the same shape in plain operations, fp32")
        )  # fmt: skip
    return rows
