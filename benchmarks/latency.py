"""From a hand's move to the picture that shows it, played over OSC by another process into a real show."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.children import Child
from benchmarks.figures import Row, number, p50_p99, spread
from benchmarks.sender import MOVED, index_of
from benchmarks.stage import Arrival, Listening, drift, own_folders, playing, put, rest
from latentjockey.app import Show
from latentjockey.base.clock import now_ns
from latentjockey.frames.frame import Stamp

_GAP = (0.06, 0.16)
_CAPPED = 60.0


@dataclass(frozen=True, slots=True)
class _Case:
    cap: float
    drifting: bool

    def __str__(self) -> str:
        return f"{'drifting' if self.drifting else 'still'}, {f'at most {self.cap:g} fps' if self.cap else 'no cap'}"


@dataclass(slots=True)
class _Taken:
    """Milliseconds, of the frames that showed a move first: generation (G), event → published, sent → acquired; and
    ``waited`` the same two less the G of that frame."""

    generation: list[float] = field(default_factory=list)
    published: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    acquired: list[float] = field(default_factory=list)
    acquired_waited: list[float] = field(default_factory=list)
    sent: int = 0


_CASES = tuple(_Case(cap, drifting) for drifting in (False, True) for cap in (0.0, _CAPPED))


def run(quick: bool) -> list[Row]:
    """Cases by turns, in rounds; each model in a show of its own."""
    rounds, moves = (1, 25) if quick else (5, 40)
    rows: list[Row] = []
    for model in ("cppn", "testcard"):
        taken = {case: _Taken() for case in _CASES}
        with own_folders(), playing(model) as (show, heard), Child("benchmarks.sender") as sender:
            rest(1.0)
            first = 1
            for _ in range(rounds):
                for case in _CASES:
                    put(show, ("/engine/fps_cap", case.cap))
                    drift(show, case.drifting)
                    rest(0.7)
                    _measure(show, heard, sender, first, moves, taken[case])
                    first += moves
        for case, found in taken.items():
            rows += _rows(f"{model}, {case}", case, found)
    return rows


def _measure(show: Show, heard: Listening, sender: Child, first: int, moves: int, taken: _Taken) -> None:
    osc = show.plugs.osc
    if osc is None:
        raise RuntimeError("the show hears no OSC")
    before = heard.newest_change
    heard.take()
    with _Reader(show) as reader:
        sender.tell(do="moves", port=osc.port, first=first, count=moves, gap=_GAP, seed=first)
        sent: list[int] = sender.answer(60)["sent"]
        rest(0.5)
    taken.sent += moves
    _published(heard.take(), before, taken)
    _acquired(reader.seen, first, sent, taken)


def _published(arrivals: Sequence[Arrival], newest: int, taken: _Taken) -> None:
    """By the stamps alone: the first frame of each change, from its entering the bay to its publication."""
    for arrival in arrivals:
        stamp = arrival.stamp
        if stamp.changed_ns <= newest:
            continue
        newest = stamp.changed_ns
        generation = stamp.render_end_ns - stamp.render_start_ns
        taken.generation.append(generation * 1e-6)
        taken.published.append((stamp.published_ns - stamp.changed_ns) * 1e-6)
        taken.waited.append((stamp.published_ns - stamp.changed_ns - generation) * 1e-6)


def _acquired(seen: Sequence[tuple[int, int, Stamp]], first: int, sent: Sequence[int], taken: _Taken) -> None:
    """From outside: the first frame that a reader got which shows the message, or a later one."""
    frames = iter(seen)
    now = next(frames, None)
    for index, at in enumerate(sent, first):
        while now is not None and now[0] < index:
            now = next(frames, None)
        if now is None:
            return
        generation = now[2].render_end_ns - now[2].render_start_ns
        taken.acquired.append((now[1] - at) * 1e-6)
        taken.acquired_waited.append((now[1] - at - generation) * 1e-6)


class _Reader:
    """A thread that acquires every new frame at once, as a window would, and notes which message it shows."""

    def __init__(self, show: Show) -> None:
        self._feed = show.feed
        target = show.bay.layout.resolve(MOVED)
        if target is None:
            raise RuntimeError(f"{MOVED} is no control")
        self._at = target.start
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader")
        self.seen: list[tuple[int, int, Stamp]] = []

    def _run(self) -> None:
        shown = (-1, -1)
        while not self._stop.is_set():
            if not self._feed.wait_newer(shown, 0.1):
                continue
            frame = self._feed.acquire()
            at = now_ns()
            if frame is None:
                continue
            with frame:
                shown = (frame.stamp.generation, frame.stamp.number)
                self.seen.append((index_of(float(frame.effective[self._at])), at, frame.stamp))

    def __enter__(self) -> _Reader:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()


def _rows(name: str, case: _Case, taken: _Taken) -> list[Row]:
    if not taken.waited:
        return [Row(name, "no move was seen")]
    g = statistics.median(taken.generation)
    waited = spread(taken.waited)
    free = not (case.cap and case.drifting and g < 1e3 / case.cap)  # a capped picture that moves waits for its turn
    p50_goal, p99_goal = (g / 2 + 2, g + 5) if free else (10.0, 20.0)
    words = "G/2 + 2 = {}, p99 ≤ G + 5 = {} ms" if free else "{}, p99 ≤ {} ms at 60 Hz"
    lost = taken.sent - len(taken.acquired)
    return [
        Row(
            f"{name}: in the bay → published, less G",
            p50_p99(taken.waited, "ms"),
            f"p50 ≤ {words.format(number(p50_goal), number(p99_goal))}",
            waited.p50 <= p50_goal and waited.p99 <= p99_goal,
            f"G {number(g)} ms (p99 {number(spread(taken.generation).p99)}); with it {p50_p99(taken.published, 'ms')}; "
            f"{waited.n} moves",
        ),
        Row(
            f"{name}: OSC sent → frame in a reader's hands",
            p50_p99(taken.acquired, "ms"),
            note=f"less G: {p50_p99(taken.acquired_waited, 'ms')}" + (f"; {lost} not seen" if lost else ""),
        ),
    ]
