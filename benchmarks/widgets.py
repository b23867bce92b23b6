"""How long one repaint of each widget takes: value changed, then painted and flushed, without a graphics card."""

from __future__ import annotations

import os

from benchmarks.children import Child
from benchmarks.figures import Row, number, spread

_STRIP = "latent strip, 512 bars"
_GOAL_MS = 2.0


def run(quick: bool) -> list[Row]:
    """A child of its own, so that its Qt disturbs no other measure."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "1"}
    rows: list[Row] = []
    with Child("benchmarks.widgets_child", environment=environment) as child:
        names = child.ask(60, ask="names")["names"]
        for name in names:
            told = child.ask(120, ask=name, repaints=60 if quick else 400)
            rows.append(_row(name, told["ms"], told["size"], not rows))
    return rows


def _row(name: str, times: list[float], size: str, first: bool) -> Row:
    how = f"{size}; Qt's offscreen platform at 100 %, each after a change" if first else size
    if name != _STRIP:
        return Row(name, _said(times), note=how)
    return Row(name, _said(times), f"p50 < {_GOAL_MS:g} ms", spread(times).p50 < _GOAL_MS, how)


def _said(times: list[float]) -> str:
    s = spread(times)
    return f"p50 {number(s.p50)}, p99 {number(s.p99)}, least {number(s.least)} ms"
