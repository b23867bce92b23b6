"""Writes to the control bay, its snapshots, and the block that carries them to the engine."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.figures import Row, number, spread
from latentjockey.base.clock import SystemClock, now_ns
from latentjockey.base.platform import create_shared
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import Rank, Source
from latentjockey.control.spec import Kind
from latentjockey.link.block import BlockReader, BlockWriter, block_bytes
from latentjockey.models.builtin import CPPN

_OSC = Source("osc benchmark", Rank.OSC, streams=True)
_BATCH = 32

Once = Callable[[], int]
"""Does it once and returns the nanoseconds of what is measured."""


def run(quick: bool) -> list[Row]:
    """Each for itself, in rounds by turns."""
    rounds, calls = (5, 200) if quick else (20, 2_000)
    layout = Layout(1, builtin(CPPN.z_dim, CPPN.size, CPPN.controls, CPPN.directions))
    kinds = _kinds(layout)
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, once in kinds.items():
            times[name] += [once() * 1e-3 for _ in range(calls)]
    own = number(spread([_empty() * 1e-3 for _ in range(calls)]).p50)
    note = f"{len(layout.specs)} controls, {layout.size:,} numbers; the clock's own {own} µs are part of each"
    return [_row(name, values, note if i == 0 else "") for i, (name, values) in enumerate(times.items())]


def _row(name: str, values: list[float], note: str) -> Row:
    s = spread(values)
    return Row(name, f"p50 {number(s.p50)}, p99 {number(s.p99)}, least {number(s.least)} µs", note=note)


def _kinds(layout: Layout) -> dict[str, Once]:
    bay = Bay(layout, SystemClock())
    fresh = _fresh()
    floats = [s.address for s in layout.specs if s.kind is Kind.FLOAT and not s.internal][:_BATCH]

    def one() -> int:
        value = next(fresh)
        start = now_ns()
        bay.write([("/mix/crossfade", value)], _OSC)
        return now_ns() - start

    def vector() -> int:
        value = np.full(CPPN.z_dim, next(fresh))
        start = now_ns()
        bay.write([("/deck/a/z", value)], _OSC)
        return now_ns() - start

    def batch() -> int:
        values = [(address, next(fresh)) for address in floats]
        start = now_ns()
        bay.write(values, _OSC)
        return now_ns() - start

    def snapshot() -> int:
        bay.write([("/mix/crossfade", next(fresh))], _OSC)
        start = now_ns()
        bay.snapshot()
        return now_ns() - start

    return {
        "write of one float": one,
        f"write of a {CPPN.z_dim}-vector": vector,
        f"batch of {len(floats)} floats": batch,
        "snapshot after a change": snapshot,
        f"snapshot block, write and read ({layout.engine_size:,} numbers)": _block(layout, bay),
    }


def _block(layout: Layout, bay: Bay) -> Once:
    values = bay.snapshot().values[: layout.engine_size]
    shared = create_shared(block_bytes(layout.engine_size))
    writer = BlockWriter(shared.buffer, layout.epoch, layout.engine_size)
    reader = BlockReader(shared.buffer, layout.epoch, layout.engine_size)
    revisions = itertools.count(1)

    def block() -> int:
        revision = next(revisions)
        start = now_ns()
        writer.write(values, revision, start)
        reading = reader.read()
        end = now_ns()
        if reading is None or reading.revision != revision:
            raise RuntimeError("the block gave back something else than was written")
        return end - start

    return block


def _fresh() -> Iterator[float]:
    """Values that never repeat, so that every write is one."""
    return (i * 1e-6 for i in itertools.count(1))


def _empty() -> int:
    start = now_ns()
    return now_ns() - start
