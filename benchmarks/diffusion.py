"""Milliseconds of each stage of diffusion models, beside what the machine could do at best.

Networks have the shapes of SD-Turbo and SDXL-Turbo and random weights: what a picture costs does not depend on what was
taught. The floor is the longer of two times: its multiplications at the speed of a large product, and its weights read
once at the speed of a large copy; both are measured before each network, and the best of all counts.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.children import Child, ChildError
from benchmarks.figures import Row, number, spread
from latentjockey.host.engine_process import _environment  # the engine's own: what holds for it is to hold here

_WITHIN_S = 600.0
_STREAMED = 4
_PUBLISHED = "StreamDiffusion, RTX 4090 with TensorRT and TAESD"
PUBLISHED = (
    Row("published: SD-Turbo shape, 512 px, 1 step", "9.42 ms (106.16 fps)", note=_PUBLISHED),
    Row("published: 512 px, 4 steps (LCM-LoRA)", "26.3 ms (38.0 fps)", note=_PUBLISHED),
    Row("published: stream batch against one step after the other", "1.5 times as many pictures", note=_PUBLISHED),
    Row("published: similarity filter", "1.99 times less energy", note="StreamDiffusion, RTX 4090"),
)
"""What StreamDiffusion (arXiv 2312.12491 and its README) says of itself, on a machine that is not ours."""


@dataclass(frozen=True, slots=True)
class Case:
    """One network: ``title`` in the table, ``ask`` what the child is asked; ``quick`` tells whether a quick run has
    it."""

    title: str
    ask: Mapping[str, Any] = field(default_factory=dict)
    quick: bool = True


@dataclass(frozen=True, slots=True)
class Machine:
    """What it was seen to do at best: products and copies."""

    gflops: float = 0.0
    gbs: float = 0.0

    def with_(self, seen: Mapping[str, Any]) -> Machine:
        return Machine(max(self.gflops, seen["gflops"]), max(self.gbs, seen["gbs"]))


def _denoise(shape: str, side: int, rows: int = 1, *, half: bool = False) -> Mapping[str, Any]:
    return {"what": "denoise", "shape": shape, "side": side, "rows": rows, "half": half}


def _code(side: int, *, small: bool, decode: bool) -> Mapping[str, Any]:
    return {"what": "code", "side": side, "small": small, "decode": decode}


CASES = (
    Case("encode: a text, SD-Turbo shape", {"what": "words"}),
    Case("encode: a picture, TAESD, 512 px", _code(512, small=True, decode=False)),
    Case("denoise: SD-Turbo shape, 256 px, a step", _denoise("sd", 256)),
    Case("denoise: SD-Turbo shape, 512 px, a step", _denoise("sd", 512)),
    Case("denoise: SDXL-Turbo shape, 256 px, a step", _denoise("sdxl", 256, half=True)),
    Case("denoise: SDXL-Turbo shape, 512 px, a step", _denoise("sdxl", 512, half=True), quick=False),
    Case("decode: TAESD, 256 px", _code(256, small=True, decode=True)),
    Case("decode: TAESD, 512 px", _code(512, small=True, decode=True)),
    Case("decode: the model's own, 256 px", _code(256, small=False, decode=True)),
    Case("decode: the model's own, 512 px", _code(512, small=False, decode=True), quick=False),
)


def run(quick: bool) -> list[Row]:
    """One network after the other, in one process, which never holds two."""
    found: list[tuple[Case, Mapping[str, Any]]] = []
    best: dict[str, Machine] = {}
    where = ""
    with Child("benchmarks.diffusion_child", environment={**os.environ, **_environment(None)}) as child:
        for case in CASES:
            if quick and not case.quick:
                continue
            half = bool(case.ask.get("half"))
            machine = child.ask(_WITHIN_S, what="machine", half=half)
            where, kind = machine["device"], machine["dtype"]
            best[kind] = best.get(kind, Machine()).with_(machine)
            try:
                found.append((case, child.ask(_WITHIN_S, rounds=2 if quick else 6, **case.ask)))
            except ChildError as error:
                return [Row(case.title, "not measured", note=str(error)), *PUBLISHED]
        last = [_batched(child, 4 if quick else 8), _skipped(child)]
    rows = [
        Row("the machine at best", f"{number(one.gflops)} GFLOP/s, {number(one.gbs)} GB/s", note=f"{where}, {kind}")
        for kind, one in best.items()
    ]
    for case, made in found:
        rows += rows_of(case.title, made, best)
    return [*rows, *last, *PUBLISHED]


def rows_of(title: str, made: Mapping[str, Any], best: Mapping[str, Machine]) -> list[Row]:
    """The rows of what the child answered."""
    if "why" in made:
        return [Row(title, "not measured", note=made["why"])]
    machine = best[made["dtype"]]
    floor = floor_ms(made["gflop"], made["bytes"], machine.gflops, machine.gbs)
    rows = []
    for how, times in made["times"].items():
        s = spread(times)
        note = f"{how}, {made['dtype']}, {number(made['gflop'])} GFLOP, {number(made['bytes'] * 2**-20)} MiB of weights"
        measured = f"p50 {number(s.p50)}, least {number(s.least)} ms; floor {number(floor)} ms"
        rows.append(Row(title, measured, note=f"{note}; {number(floor / s.least)} of the floor's speed, {s.n} calls"))
    return rows


def floor_ms(gflop: float, bytes_: float, gflops: float, gbs: float) -> float:
    """What it takes at least: to compute so many GFLOP, or to read so many bytes."""
    return max(1e3 * gflop / gflops, bytes_ * 1e-6 / gbs)


def _batched(child: Child, rounds: int) -> Row:
    title = f"stream: SD-Turbo shape, 256 px, {_STREAMED} steps as one batch, against one after the other"
    made = child.ask(_WITHIN_S, what="batch", shape="sd", side=256, rows=_STREAMED, rounds=rounds)
    if "why" in made:
        return Row(title, "not measured", note=made["why"])
    one, many = min(made["one"]), min(made["many"])
    note = (
        f"{number(many)} ms a picture against {number(_STREAMED * one)}, by least times; {_STREAMED - 1} pictures late"
    )
    return Row(title, f"{number(_STREAMED * one / many)} times as many pictures", note=note)


def _skipped(child: Child) -> Row:
    asked = child.ask(_WITHIN_S, what="skip", threshold=0.05, step=0.005, pictures=600)
    measured = f"{asked['made']} of {asked['of']} pictures made"
    return Row("skip: a drift of 0.005 a picture under /gen/skip 0.05", measured, note="counted, on any machine")
