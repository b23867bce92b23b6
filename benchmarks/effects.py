"""What effects cost: pictures a second and the time from a move to its picture, without, with one and with three."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.figures import Row, number, p50_p99
from benchmarks.stage import drift, own_folders, playing, put, rest
from latentjockey.app import Show
from latentjockey.base.clock import now_ns
from latentjockey.frames.frame import Stamp

_CHAINS: dict[str, tuple[str, ...]] = {
    "no effects": (),
    "one pass": ("grade",),
    "three passes": ("grade", "chroma-offset", "mirror"),
}
_CAPPED = 60.0
_LONGEST_S = 20.0


@dataclass(slots=True)
class _Taken:
    """Pictures a second on stage and of the engine while everything moves, without a cap; milliseconds from a move to
    its picture in a reader's hands, and what one drawing took."""

    shown: list[float] = field(default_factory=list)
    made: list[float] = field(default_factory=list)
    moved: list[float] = field(default_factory=list)
    drawing: list[float] = field(default_factory=list)


def run(quick: bool) -> list[Row]:
    """Chains by turns, in rounds; each model in a show of its own."""
    rounds, seconds, moves = (1, 1.0, 8) if quick else (5, 3.0, 25)
    rows: list[Row] = []
    for model in ("testcard", "cppn"):
        taken = {name: _Taken() for name in _CHAINS}
        with own_folders(), playing(model) as (show, _), _Reader(show) as reader:
            _put_in(show)
            for _ in range(rounds):
                for name, shaders in _CHAINS.items():
                    _switch(show, len(shaders))
                    _rates(show, reader, seconds, taken[name])
                    _moves(show, reader, moves, taken[name])
        rows += _rows(model, taken)
    return rows


def _put_in(show: Show) -> None:
    shaders = max(_CHAINS.values(), key=len)
    put(show, *((f"/fx/{n}/shader", name) for n, name in enumerate(shaders, 1)))
    _wait(show, lambda: all(s.state == "playing" for s in show.effects.status()[: len(shaders)]), "compiled")


def _switch(show: Show, wanted: int) -> None:
    put(show, *((f"/fx/{n}/on", n <= wanted) for n in range(1, 9)))
    _wait(show, lambda: _with_effects(show) == bool(wanted), "on stage")
    rest(0.5)


def _with_effects(show: Show) -> bool:
    frame = show.stage_feed.acquire()
    if frame is None:
        return False
    with frame:
        return frame.source is not None


def _wait(show: Show, condition: Callable[[], bool], what: str) -> None:
    deadline = show.clock.now() + _LONGEST_S
    while not condition():
        if show.clock.now() > deadline:
            message = show.messages.latest()
            raise RuntimeError(f"the effects were not {what} in time ({message.text if message else 'nothing said'})")
        rest(0.01)


def _rates(show: Show, reader: _Reader, seconds: float, taken: _Taken) -> None:
    put(show, ("/engine/fps_cap", 0.0))
    drift(show, True)
    rest(0.5)
    reader.take()
    rest(seconds)
    seen = reader.take()
    drift(show, False)
    put(show, ("/engine/fps_cap", _CAPPED))
    rest(0.3)
    if len(seen) > 1:
        taken.shown.append((len(seen) - 1) / ((seen[-1][0] - seen[0][0]) * 1e-9))
        first, last = seen[0][1], seen[-1][1]
        taken.made.append((last.number - first.number) / ((last.published_ns - first.published_ns) * 1e-9))
    if show.stage_feed.drawing:
        taken.drawing.append(show.bay.number("/fx/ms"))


def _moves(show: Show, reader: _Reader, moves: int, taken: _Taken) -> None:
    for n in range(moves):
        before = now_ns()
        put(show, ("/mix/crossfade", 0.25 + 0.5 * ((n * 0.37) % 1.0)))
        at = reader.first(before)
        if at is not None:
            taken.moved.append((at - before) * 1e-6)
        rest(0.05)


class _Reader:
    """A thread that acquires every new picture of the stage at once, as a window would."""

    def __init__(self, show: Show) -> None:
        self._stage = show.stage_feed
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._seen: list[tuple[int, Stamp]] = []
        self._thread = threading.Thread(target=self._run, name="reader")

    def _run(self) -> None:
        shown = (-1, -1)
        while not self._stop.is_set():
            if not self._stage.wait_newer(shown, 0.1):
                continue
            frame = self._stage.acquire()
            if frame is None:
                continue
            with frame:
                shown = frame.stamp.generation, frame.stamp.number
                with self._changed:
                    self._seen.append((now_ns(), frame.origin))
                    self._changed.notify_all()

    def take(self) -> list[tuple[int, Stamp]]:
        """What came since the last call: when, and the engine's stamp of it."""
        with self._changed:
            seen, self._seen = self._seen, []
            return seen

    def first(self, changed_ns: int) -> int | None:
        """When the first picture came that shows a change made after ``changed_ns``."""
        with self._changed:
            self._changed.wait_for(lambda: any(s.changed_ns > changed_ns for _, s in self._seen), 2.0)
            return next((at for at, s in self._seen if s.changed_ns > changed_ns), None)

    def __enter__(self) -> _Reader:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()


def _rows(model: str, taken: dict[str, _Taken]) -> list[Row]:
    rows: list[Row] = []
    plain = taken["no effects"]
    for name, found in taken.items():
        if not found.shown or not found.moved:
            rows.append(Row(f"{model} 256², {name}", "no picture was seen"))
            continue
        shown, moved = statistics.median(found.shown), statistics.median(found.moved)
        words = f"{number(shown)} on stage, {number(statistics.median(found.made))} fps of the engine"
        ratio = "" if found is plain else f"{number(shown / statistics.median(plain.shown))} times those without"
        drawing = f"a drawing {number(statistics.median(found.drawing))} ms" if found.drawing else ""
        note = "; ".join(filter(None, (ratio, drawing)))
        rows.append(Row(f"{model} 256², {name}: pictures a second", words, note=note))
        more = "" if found is plain else f"{number(moved - statistics.median(plain.moved))} ms more than without"
        what = f"{model} 256², {name}: move → picture in a reader's hands"
        rows.append(Row(what, p50_p99(found.moved, "ms"), note=more))
    return rows
