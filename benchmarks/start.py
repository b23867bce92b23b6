"""From starting the process to a painted window, to the whole surface in it, and to a first generated picture."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.children import Answer, Child
from benchmarks.display import own_display
from benchmarks.figures import Row, median_least
from benchmarks.stage import own_folders
from latentjockey.base.clock import now_ns

_PAINT_GOAL_S, _FRAME_GOAL_S = 0.5, 4.0


def run(quick: bool) -> list[Row]:
    """Several starts, one after the other, each ended by an ordinary SIGTERM; a bare interpreter beside each."""
    painted: list[float] = []
    surface: list[float] = []
    first: list[float] = []
    bare: list[float] = []
    ended = True
    heavy = False
    with own_folders(), own_display() as display:
        for _ in range(2 if quick else 7):
            bare.append(_bare())
            begin = now_ns()
            with Child("benchmarks.window_child") as child:
                told = child.answer(60)
                while not {"painted", "surface", "frame"} <= told.keys():
                    told |= child.answer(120)
                child.terminate()
                ended = child.wait(10) and ended
            painted.append((told["painted"] - begin) * 1e-9)
            surface.append((told["surface"] - begin) * 1e-9)
            first.append((told["frame"] - begin) * 1e-9)
            heavy = heavy or bool(told["torch"])
    return _rows(painted, surface, first, bare, display, ended, heavy)


def _bare() -> float:
    begin = now_ns()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return (now_ns() - begin) * 1e-9


def _rows(
    painted: list[float],
    surface: list[float],
    first: list[float],
    bare: list[float],
    display: str,
    ended: bool,
    heavy: bool,
) -> list[Row]:
    notes: Answer = {
        display: True,
        f"{len(painted)} starts": True,
        f"an empty Python takes {median_least(bare, 's')}": True,
        "torch was imported before": heavy,
        "did not end by itself": not ended,
    }
    return [
        Row(
            "process started → window painted",
            median_least(painted, "s"),
            f"< {_PAINT_GOAL_S} s",
            sorted(painted)[len(painted) // 2] < _PAINT_GOAL_S,
            "; ".join(note for note, holds in notes.items() if holds),
        ),
        Row(
            "process started → everything in the window painted",
            median_least(surface, "s"),
            note="until then the last session's picture stands there, breathing",
        ),
        Row(
            "process started → first generated frame",
            median_least(first, "s"),
            f"< {_FRAME_GOAL_S:g} s",
            sorted(first)[len(first) // 2] < _FRAME_GOAL_S,
            "the engine starts beside the surface, once the window is painted",
        ),
    ]
