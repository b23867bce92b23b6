"""Milliseconds a frame of each family of models: published shapes with random weights, and what comes along.

Every model is played by its own player at its native size and moves all the time. Compiled forms of random weights lie
in a folder of their own while it runs, so that they push nothing out of the cache (Linux; elsewhere that folder cannot
be named).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from benchmarks.children import Child, ChildError
from benchmarks.figures import Row, number, spread
from latentjockey.host.engine_process import _environment  # the engine's own: what holds for it is to hold here
from latentjockey.models import library

_QUICK_S, _FULL_S = 2.0, 15.0
_COMPILING_S = 900.0
_WITHIN_QUICK_S, _WITHIN_FULL_S = 900.0, 2400.0


@dataclass(frozen=True, slots=True)
class Case:
    """One model: ``title`` in the table, its ``name``, and its ``shape`` where its weights are random. ``graph`` plays
    it as ONNX, ``mixed`` also with its layers at different places, ``beside`` with another model on the other deck.
    ``quick`` tells whether a quick run has it, ``once`` that it is too slow for more than a few pictures."""

    title: str
    name: str
    shape: str = ""
    graph: bool = False
    mixed: bool = False
    beside: str = ""
    quick: bool = True
    once: bool = False


CASES = (
    Case("StyleGAN2, configuration F, 256 px", "bench-stylegan2-256", "stylegan2-256"),
    Case("StyleGAN2, configuration F, 1024 px", "bench-stylegan2-1024", "stylegan2-1024", quick=False, once=True),
    Case("StyleGAN3-T, 256 px", "bench-stylegan3-t", "stylegan3-t-256"),
    Case("StyleGAN3-R, 256 px", "bench-stylegan3-r", "stylegan3-r-256", quick=False, once=True),
    Case("BigGAN-deep, 128 px", "bench-biggan-deep", "biggan-deep-128"),
    Case("DCGAN, 128 px", "bench-dcgan", "dcgan-128", mixed=True),
    Case("the same DCGAN as ONNX", "bench-dcgan-onnx", "dcgan-128", graph=True),
)
HERE = (
    Case("coordinate network, 256 px", "cppn"),
    Case("night garden, as bundled", "night-garden"),
    Case("night garden and coordinate network, one on each deck", "night-garden", beside="cppn"),
)


def run(quick: bool) -> list[Row]:
    """Each model by itself; those of random weights in one process, those that come along in another."""
    with tempfile.TemporaryDirectory(prefix="latentjockey-bench-") as folder, ExitStack() as open_children:
        here = {**os.environ, **_environment(None)}
        random = {**here, "XDG_CACHE_HOME": folder, library.FOLDERS_VARIABLE: folder}
        rows = _played(CASES, _Player(random, open_children), quick)
        return rows + _played(HERE, _Player(here, open_children), quick)


class _Player:
    """A child that plays one case after the other, and another one after one that did not come back."""

    def __init__(self, environment: Mapping[str, str], children: ExitStack) -> None:
        self._environment, self._children = environment, children
        self._child: Child | None = None

    def ask(self, within: float, **request: object) -> Mapping[str, Any]:
        """The child's answer; ``why`` is in it where there are no times."""
        if self._child is None:
            child = Child("benchmarks.families_child", environment=self._environment)
            self._child = self._children.enter_context(child)
        try:
            return self._child.ask(within, **request)
        except ChildError as error:
            self._child = None
            return {"why": str(error)}


def _played(cases: Sequence[Case], player: _Player, quick: bool) -> list[Row]:
    rows: list[Row] = []
    for case in cases:
        if quick and not case.quick:
            continue
        made = player.ask(
            _WITHIN_QUICK_S if quick else _WITHIN_FULL_S,
            name=case.name,
            shape=case.shape,
            seconds=_QUICK_S if quick or case.once else _FULL_S,
            compile_s=_COMPILING_S if not quick and case.shape else 0.0,  # what comes along is as it is found
            graph=case.graph,
            mixed=case.mixed,
            beside=case.beside,
        )
        rows += rows_of(case, made, quick)
    return rows


def rows_of(case: Case, made: Mapping[str, Any], quick: bool) -> list[Row]:
    """The rows of what the child answered."""
    if "why" in made:
        return [Row(case.title, "not measured", note=made["why"])]
    times, devices = made["times"], made["devices"]
    rows = [_row(f"{case.title}: {kind}", mine, devices[kind]) for kind, mine in times.items()]
    if not quick and "compiled" not in times and (device := devices.get("compiled")):
        rows.append(Row(f"{case.title}: compiled", "not measured", note=device))
    if case.beside:
        apart, both = (spread(times[name]).p50 for name in (case.name, case.beside)), spread(times["half-way"]).p50
        alone = sum(apart)
        rows.append(
            Row(f"{case.title}: half-way against both alone", f"{number(both)} against {number(alone)} ms by medians",
                note=f"{number(both / alone)} times the sum")
        )  # fmt: skip
    return rows


def _row(what: str, times: Sequence[float], device: str) -> Row:
    s = spread(times)
    return Row(
        what,
        f"p50 {number(s.p50)}, p99 {number(s.p99)}, least {number(s.least)} ms; {number(1e3 / s.p50)} fps",
        note=f"{device}; {s.n} frames",
    )
