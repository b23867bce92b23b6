"""The engine is killed, or stopped, while it plays: how long until a new picture comes, and what is seen meanwhile."""

from __future__ import annotations

import os
import signal
import statistics
import threading
from dataclasses import dataclass, field

from benchmarks.figures import Row, number
from benchmarks.stage import Listening, drift, own_folders, playing, put, rest
from latentjockey.app import Show
from latentjockey.base.clock import now_ns

_GOAL_S = 1.0
_LONGEST_S = 60.0
_DIM = 3


@dataclass(slots=True)
class _Seen:
    """What a reader got 200 times a second meanwhile."""

    frames: int = 0
    held: int = 0
    nothing: int = 0
    black: int = 0


@dataclass(slots=True)
class _Found:
    seconds: list[float] = field(default_factory=list)
    seen: _Seen = field(default_factory=_Seen)


def run(quick: bool) -> list[Row]:
    """Kills and stops by turns with an engine standing by; kills without one."""
    if not hasattr(signal, "SIGSTOP"):
        return [Row("engine killed", "not measured: this system has no SIGSTOP")]
    with_standby = _play(True, (signal.SIGKILL, signal.SIGSTOP), 2 if quick else 6)
    without = _play(False, (signal.SIGKILL,), 1 if quick else 4)
    return [
        _row("killed (SIGKILL) → next new frame, one standing by", with_standby[signal.SIGKILL], _GOAL_S),
        _row(
            "stopped (SIGSTOP) → next new frame, one standing by",
            with_standby[signal.SIGSTOP],
            None,
            "an engine counts as hung after 1 s of silence",
        ),
        _row("killed (SIGKILL) → next new frame, none standing by", without[signal.SIGKILL], None, "torch starts anew"),
    ]


def _play(standby: bool, signals: tuple[signal.Signals, ...], rounds: int) -> dict[signal.Signals, _Found]:
    found = {which: _Found() for which in signals}
    with own_folders(), playing("cppn", standby=standby) as (show, heard):
        drift(show, True)
        put(show, ("/mix/even", False))
        for _ in range(rounds):
            for which, kept in found.items():
                _ready(show, standby)
                _strike(show, heard, which, kept)
    return found


def _ready(show: Show, standby: bool) -> None:
    """Until everything is calm: the engine has played long enough not to count as failing, the next one is loaded."""
    rest(6.0)
    deadline = now_ns() + int(_LONGEST_S * 1e9)
    while standby and not _stands_by(show):
        if now_ns() > deadline:
            raise RuntimeError(f"no engine stood by within {_LONGEST_S:g} s")
        rest(0.1)
    rest(1.0)


def _stands_by(show: Show) -> bool:
    seat = show.supervisor._crew.standby  # nobody else needs to know
    return seat is not None and seat.loaded is not None


def _strike(show: Show, heard: Listening, which: signal.Signals, kept: _Found) -> None:
    heard.take()
    last = heard.wait(lambda arrival: True, 5.0)
    generation = last.stamp.generation if last is not None else 0
    with _Watcher(show, kept.seen):
        struck = now_ns()
        os.kill(int(show.bay.number("/engine/pid")), which)
        new = heard.wait(lambda arrival: arrival.stamp.generation > generation, _LONGEST_S)
    if new is None:
        raise RuntimeError(f"no new frame within {_LONGEST_S:g} s of {which.name}")
    kept.seconds.append((new.at - struck) * 1e-9)


class _Watcher:
    """Looks at what there is to show, as a stage would."""

    def __init__(self, show: Show, seen: _Seen) -> None:
        self._feed = show.feed
        self._seen = seen
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher")

    def _run(self) -> None:
        seen = self._seen
        while not self._stop.wait(0.005):
            frame = self._feed.acquire()
            seen.frames += 1
            if frame is None:
                seen.nothing += 1
                continue
            with frame:
                seen.held += frame.held
                seen.black += int(frame.pixels[..., ::8].max()) <= _DIM

    def __enter__(self) -> _Watcher:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()


def _row(name: str, found: _Found, goal: float | None, more: str = "") -> Row:
    seen = found.seen
    dark = seen.nothing + seen.black
    longest = max(found.seconds)
    notes = [
        f"{len(found.seconds)} times",
        f"looked at {seen.frames:,} times meanwhile: {seen.held:,} replayed, {dark} black or missing",
        more,
    ]
    return Row(
        name,
        f"median {number(statistics.median(found.seconds))}, longest {number(longest)} s",
        "≤ 1 s, never black" if goal is not None else "never black",
        dark == 0 and (goal is None or longest <= goal),
        "; ".join(note for note in notes if note),
    )
