"""The surface while a ghost plays it: how soon it is there, and for how long its event loop stands still meanwhile."""

from __future__ import annotations

from benchmarks.children import Answer, Child
from benchmarks.display import own_display
from benchmarks.figures import Row, number
from benchmarks.stage import own_folders
from latentjockey.base.clock import now_ns

_PAINT_GOAL_S, _FRAME_GOAL_S = 0.5, 4.0
_LONGEST_S = 180.0


def run(quick: bool) -> list[Row]:
    """One start of the real window by the real command line, played by ``--simulate`` and by a scenario beside it."""
    told: dict[str, int] = {}
    phases: list[Answer] = []
    with own_folders(), own_display() as display:
        begin = now_ns()
        with Child("benchmarks.surface_child", "quick" if quick else "whole") as child:
            while True:
                answer = child.answer(_LONGEST_S)
                if "done" in answer:
                    break
                if "phase" in answer:
                    phases.append(answer)
                else:
                    told |= answer
            child.terminate()
            ended = child.wait(10)
    paint, frame = ((told[name] - begin) * 1e-9 for name in ("painted", "frame"))
    notes = [display, "once; more of it under Start", "" if ended else "did not end by itself"]
    return [
        Row("process started → window painted", f"{number(paint)} s", f"< {_PAINT_GOAL_S:g} s", paint < _PAINT_GOAL_S,
            "; ".join(note for note in notes if note)),
        Row("process started → first generated frame", f"{number(frame)} s", f"< {_FRAME_GOAL_S:g} s",
            frame < _FRAME_GOAL_S),
        *(_row(phase) for phase in phases),
    ]  # fmt: skip


def _row(phase: Answer) -> Row:
    measured = (
        f"longest {number(phase['worst_ms'])} ms, {phase['stalls']} over 50 ms in {number(phase['seconds'])} s, "
        f"{phase['own']} of them by its own work"
    )
    return Row(
        f"event loop: {phase['phase']}",
        measured,
        "none over 50 ms" if phase["goal"] else "",
        phase["stalls"] == 0 if phase["goal"] else None,
        "; ".join(phase["where"]),
    )
