"""Engines are killed, stopped, broken and starved while they play: the stage never notices more than a hiccup."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentjockey.frames.hold import KEEP_S

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

Until = Callable[..., bool]
Play = Callable[..., Any]
PATIENCE_S = 120.0
Z = [float(np.sin(i)) for i in range(512)]


class Watch:
    """Looks at the stage all the time, as an audience does."""

    def __init__(self, stage: Any) -> None:
        self._stage = stage
        self._stop = threading.Event()
        self.held = 0
        self.black = 0
        self.empty = 0
        self.backwards = 0
        self.keys: set[tuple[int, int]] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        newest = (-1, -1)
        while not self._stop.wait(0.002):
            frame = self._stage.show.feed.acquire()
            if frame is None:
                self.empty += 1
                continue
            with frame:
                key = frame.stamp.generation, frame.stamp.number
                self.black += not frame.pixels.any()
                self.held += frame.held
                self.backwards += not frame.held and key < newest
                newest = newest if frame.held else key
                self.keys.add(key)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        assert self.keys
        assert self.empty == 0, "the stage was empty"
        assert self.black == 0, "the stage was black"
        assert self.backwards == 0, "an old engine came through"


@contextmanager
def watching(stage: Any) -> Iterator[Watch]:
    watch = Watch(stage)
    yield watch
    watch.close()


def set_up(stage: Any, until: Until) -> None:
    """A position worth losing, on the move."""
    stage.write(deck__a__z=Z, deck__a__psi=1.75, mix__offset__fine=0.0, deck__b__seed=7)
    stage.write(transport__bpm=97.5)
    assert until(stage.shows_what_is_set), stage.difference()


def saved(stage: Any) -> dict[str, Any]:
    snapshot = stage.show.bay.snapshot()
    specs = [s for s in snapshot.layout.specs if s.saved and not s.textual and not s.internal]
    return {s.address: snapshot.vector(s.address).tolist() for s in specs}


def moving(stage: Any, until: Until) -> None:
    stage.write(deck__b__drift__speed=0.5, deck__b__drift__spread=1.0)
    generation, number = stage.key()
    assert until(lambda: stage.key() > (generation, number + 10))


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("standby", [True, False])
def test_killed_while_playing(play: Play, until: Until, engines: Any, standby: bool) -> None:
    stage = play(standby=standby)
    set_up(stage, until)
    moving(stage, until)
    if standby:
        assert until(lambda: len(engines(os.getpid())) == 2)
    before, old = saved(stage), stage.pid
    with watching(stage) as watch:
        generation = stage.key()[0]
        os.kill(old, signal.SIGKILL)
        assert until(lambda: not stage.frame().held and stage.key()[0] > generation)
        assert until(lambda: stage.pid != old)
        number = stage.key()
        assert until(lambda: stage.key() > number), "and it moves on"
    assert until(stage.shows_what_is_set), stage.difference()
    assert saved(stage) == before
    assert stage.number("/engine/restarts") == 1
    assert stage.text("/engine/state") == "playing"
    assert "killed by signal 9" in stage.text("/engine/error")
    assert watch.held or standby


@pytest.mark.usefixtures("patient")
def test_killed_while_still(play: Play, until: Until) -> None:
    stage = play(standby=False)
    set_up(stage, until)
    assert until(lambda: not stage.show.feed.wait_newer(stage.key(), KEEP_S + 0.1)), "all that is kept is this picture"
    shown = stage.frame()
    with watching(stage):
        os.kill(stage.pid, signal.SIGKILL)
        assert until(lambda: stage.frame().held)
        assert np.array_equal(stage.frame().pixels, shown.pixels), "what stood still stands still"
        assert until(lambda: stage.number("/engine/restarts") == 1 and stage.shows_what_is_set())


def test_stopped_while_playing(play: Play, until: Until) -> None:
    stage = play()
    set_up(stage, until)
    moving(stage, until)
    old = stage.pid
    with watching(stage):
        os.kill(old, signal.SIGSTOP)
        assert until(lambda: stage.frame().held and os.path.exists(f"/proc/{old}")), "nothing stands still for long"
        assert until(lambda: stage.pid != old and not stage.frame().held)
        assert until(stage.shows_what_is_set), stage.difference()
        now = stage.key()
        assert until(lambda: stage.key() > now)
    assert until(lambda: not os.path.exists(f"/proc/{old}"))
    assert stage.number("/engine/restarts") == 1


def test_stopped_in_its_sleep(play: Play, until: Until) -> None:
    stage = play()
    set_up(stage, until)
    old = stage.pid
    assert until(lambda: stage.show.supervisor._crew.playing._idle)
    with watching(stage):
        os.kill(old, signal.SIGSTOP)
        stage.write(mix__crossfade=0.5)
        assert until(lambda: stage.frame().held), "a move that is not answered counts"
        assert until(lambda: stage.pid != old)
        assert until(stage.shows_what_is_set), stage.difference()


@pytest.mark.parametrize(
    ("rehearsal", "words"),
    [
        ("exception", "RuntimeError"),
        ("exit", "exit code 3"),
        ("hang", "rendering took"),
        ("out of memory", "MemoryErr"),
    ],
)
def test_what_breaks_every_engine_is_taken_back_and_may_be_tried_again(
    play: Play, until: Until, rehearsal: str, words: str
) -> None:
    stage = play()
    set_up(stage, until)
    moving(stage, until)
    before = saved(stage)
    for attempt in (1, 2) if rehearsal != "hang" else (1,):
        restarts = stage.number("/engine/restarts")
        with watching(stage):
            stage.write(gen__rehearse=rehearsal)
            assert until(lambda n=restarts: stage.number("/engine/restarts") > n, PATIENCE_S)
            assert until(lambda: stage.number("/gen/rehearse") == 0.0, PATIENCE_S)
            assert until(stage.shows_what_is_set), stage.difference()
            assert until(lambda: stage.text("/engine/state") == "playing")
        assert until(lambda: words in stage.text("/engine/error")), attempt
        assert until(lambda: "/gen/rehearse" in stage.text("/engine/error"))
        assert stage.text("/model") == "testcard"
        assert saved(stage) == before
    if rehearsal == "out of memory":
        assert stage.number("/engine/width") == 256


@pytest.mark.usefixtures("patient")
def test_a_streaming_control_is_not_blamed(play: Play, until: Until) -> None:
    stage = play()
    stop = threading.Event()

    def stream() -> None:
        n = 0
        while not stop.wait(0.01):
            n += 1
            stage.write(mix__crossfade=n * 1e-4)

    thread = threading.Thread(target=stream, daemon=True)
    thread.start()
    try:
        assert until(lambda: stage.number("/mix/crossfade") > 0.003)
        stage.write(gen__rehearse="exit")
        assert until(lambda: stage.number("/engine/restarts") > 0 and stage.number("/gen/rehearse") == 0.0)
        assert until(lambda: stage.text("/engine/state") == "playing")
        now = stage.number("/mix/crossfade")
        assert until(lambda: stage.number("/mix/crossfade") > now)
    finally:
        stop.set()
        thread.join()
    assert stage.number("/mix/crossfade") > 0.0


@pytest.mark.usefixtures("patient")
def test_nan_holds_and_comes_back_when_the_cause_goes_also_while_still(play: Play, until: Until) -> None:
    stage = play(standby=False)
    set_up(stage, until)
    with watching(stage) as watch:
        stage.write(gen__rehearse="not a number")
        assert until(lambda: stage.frame().held)
        assert until(lambda: "NaN" in stage.text("/engine/error"))
        held = watch.held
        assert until(lambda: watch.held > held)
        stage.write(gen__rehearse=0)
        assert until(stage.shows_what_is_set), stage.difference()
        assert until(lambda: stage.text("/engine/error") == "")
    assert stage.number("/engine/restarts") == 0


@pytest.mark.usefixtures("patient")
def test_an_engine_that_starts_into_nan_plays_once_it_is_whole(play: Play, until: Until) -> None:
    stage = play(standby=False)
    set_up(stage, until)
    with watching(stage):
        stage.write(gen__rehearse="not a number")
        assert until(lambda: stage.frame().held)
        old = stage.pid
        os.kill(old, signal.SIGKILL)
        assert until(lambda: stage.pid != old)
        assert stage.text("/engine/state") == "playing"
        stage.write(gen__rehearse=0)
        assert until(stage.shows_what_is_set), stage.difference()


def test_after_repeated_failure_another_model_plays(play: Play, until: Until, monkeypatch: Any) -> None:
    monkeypatch.setattr("latentjockey.host.supervisor.FALLBACKS", ("testcard",))
    stage = play(sets=(("/gen/rehearse", "none"),))
    monkeypatch.setattr(stage.show.supervisor._quarantine, "suspect", lambda *arguments: None)
    with watching(stage):
        stage.write(gen__rehearse="exit")
        assert until(lambda: "again and again" in stage.messages(), 180.0)  # four engines, one after the other
        assert "Choose testcard again to retry" in stage.messages()
        stage.write(gen__rehearse=0)
        assert until(stage.shows_what_is_set), stage.difference()
        assert until(lambda: stage.text("/engine/state") == "fallback")


@pytest.mark.usefixtures("patient")
def test_an_unknown_model_is_refused_and_the_show_goes_on(play: Play, until: Until) -> None:
    stage = play()
    set_up(stage, until)
    pid = stage.pid
    with watching(stage) as watch:
        stage.write(model="nobody's")
        assert until(lambda: "nobody's" in stage.text("/engine/error"))
        assert until(lambda: stage.text("/model") == "testcard")
        stage.write(deck__a__psi=0.5)
        assert until(stage.shows_what_is_set), stage.difference()
    assert watch.held == 0
    assert stage.pid == pid
    assert stage.text("/engine/state") == "playing"


def test_models_switched_in_quick_succession_end_with_the_last(play: Play, until: Until, engines: Any) -> None:
    stage = play()
    set_up(stage, until)
    with watching(stage):
        for name in ("nobody", "testcard", "no one", "testcard", "nothing", "testcard"):
            stage.write(model=name)
            assert until(lambda n=name: stage.text("/model") == n or n != "testcard", 0.2)
        assert until(lambda: stage.text("/model") == "testcard")
        stage.write(deck__a__psi=0.25)
        assert until(stage.shows_what_is_set), stage.difference()
    assert until(lambda: len(engines(os.getpid())) <= 2)


@pytest.mark.usefixtures("patient")
def test_an_engine_killed_while_it_gets_ready_takes_nothing_along(play: Play, until: Until, engines: Any) -> None:
    stage = play()
    set_up(stage, until)
    pid = stage.pid
    with watching(stage) as watch:
        for _ in range(3):  # who stands by, or is about to
            assert until(lambda: len(engines(os.getpid())) == 2)
            for other in set(engines(os.getpid())) - {pid}:
                os.kill(other, signal.SIGKILL)
            assert until(lambda: engines(os.getpid()) == [pid])
            stage.show.supervisor._standby_due = 0.0
        stage.write(deck__a__psi=0.5)
        assert until(stage.shows_what_is_set), stage.difference()
    assert watch.held == 0
    assert stage.number("/engine/restarts") == 0


@pytest.mark.usefixtures("patient")
def test_a_size_beyond_the_machine_is_refused_every_time(play: Play, until: Until, monkeypatch: Any) -> None:
    stage = play(standby=False)
    monkeypatch.setattr("latentjockey.host.rings.shared_memory_free", lambda: 64 << 20)
    with watching(stage) as watch:
        for _ in range(2):
            stage.write(engine__width=16384, engine__height=16384)
            assert until(lambda: stage.number("/engine/width") == 256 and stage.number("/engine/height") == 256)
            assert until(lambda: "6.0 GiB" in stage.text("/engine/error"))
            stage.write(deck__a__seed=stage.number("/deck/a/seed") + 1)
            assert until(lambda: not stage.show.bay.advance() and stage.frame().size == (256, 256))
            number = stage.key()
            stage.write(mix__crossfade=stage.number("/mix/crossfade") + 0.1)
            assert until(lambda n=number: stage.key() > n)
    assert watch.held == 0


def test_a_size_beyond_the_machine_at_the_start_still_gives_a_picture(
    play: Play, until: Until, monkeypatch: Any
) -> None:
    monkeypatch.setattr("latentjockey.host.rings.shared_memory_free", lambda: 64 << 20)
    stage = play(standby=False, size=(9000, 9000))
    assert until(lambda: stage.frame().size == (256, 256))
    assert until(lambda: "staying smaller" in stage.messages())


@pytest.mark.usefixtures("patient")
def test_sizes_changed_all_the_time_leave_nothing_behind(play: Play, until: Until) -> None:
    stage = play(standby=False)
    moving(stage, until)
    before = len(os.listdir("/proc/self/fd"))
    with watching(stage) as watch:
        for i in range(40):
            width, height = 100 + 37 * i, 96 + 11 * ((i * 7) % 40)
            stage.write(engine__width=width, engine__height=height)
            if i % 5 == 0:
                assert until(lambda w=width, h=height: stage.frame().size == (w, h))
        stage.write(engine__width=128, engine__height=96)
        assert until(lambda: stage.frame().size == (128, 96))
        assert until(lambda: len(stage.show.supervisor._crew.playing._rings) == 1)
    assert watch.held == 0
    assert until(lambda: len(os.listdir("/proc/self/fd")) <= before + 2)
    assert until(lambda: len(os.listdir(f"/proc/{stage.pid}/fd")) < 20), "the engine lets go of old rings too"


@pytest.mark.parametrize("cap", [0.0, 1e-300, 0.05, 1000.0, 1e300])
def test_any_frame_rate_cap(play: Play, until: Until, cap: float) -> None:
    stage = play(standby=False)
    moving(stage, until)
    stage.write(engine__fps_cap=cap)
    assert until(lambda: stage.number("/engine/fps_cap") == cap)
    if cap == 0.0 or cap > 100.0:
        assert until(lambda: stage.number("/engine/fps") > 60)
    else:
        assert until(lambda: stage.number("/engine/fps") <= 1)
        stage.write(engine__fps_cap=30.0)
        assert until(lambda: stage.number("/engine/fps") >= 5), "a higher cap is seen at once"
    assert stage.number("/engine/restarts") == 0


@pytest.mark.usefixtures("patient")
def test_freeze_and_blackout_reach_the_stage(play: Play, until: Until) -> None:
    stage = play(standby=False)
    moving(stage, until)
    stage.write(stage__freeze=True)
    assert until(lambda: stage.show.feed._frozen is not None)
    key = stage.key()
    frames = stage.number("/engine/frames")
    assert until(lambda: stage.number("/engine/frames") > frames)
    assert stage.key() == key
    os.kill(stage.pid, signal.SIGKILL)
    assert until(lambda: stage.number("/engine/restarts") == 1)
    assert stage.key() == key, "frozen, whatever happens to engines"
    stage.write(stage__blackout=True)
    assert until(lambda: not stage.frame().pixels.any())
    stage.write(stage__blackout=False, stage__freeze=False)
    assert until(lambda: stage.frame().pixels.any() and stage.key() > key)


@pytest.mark.usefixtures("patient")
def test_stamps_are_in_order_and_latency_is_plausible(play: Play, until: Until) -> None:
    stage = play(standby=False)
    seen: list[Any] = []
    for i in range(60):
        key = stage.key()
        stage.write(mix__crossfade=i / 60)
        assert until(lambda k=key: stage.key() > k)
        seen.append(stage.frame().stamp)
    for s in seen:
        assert s.changed_ns < s.snapshot_ns
        assert s.render_start_ns <= s.snapshot_ns <= s.render_end_ns <= s.published_ns
        assert s.time == pytest.approx(s.snapshot_ns * 1e-9)
        assert s.generation == 1
    for a, b in itertools.pairwise(seen):
        assert (a.number, a.revision) < (b.number, b.revision)
        assert a.published_ns < b.render_start_ns

    def plausible() -> bool:
        figures = stage.show.bay.snapshot()  # they are written all at once
        render, latency, slowest = (
            figures.number(f"/engine/{name}") for name in ("render_ms", "latency_ms", "latency_p99_ms")
        )
        return bool(0.0 < render <= latency <= slowest)

    assert until(plausible)


def test_the_newest_value_always_arrives(play: Play, until: Until) -> None:
    """Writes that meet an engine falling asleep: none may be lost."""
    stage = play(standby=False)
    rng = np.random.default_rng(1)
    pause = threading.Event()
    for i in range(60):
        for _ in range(int(rng.integers(1, 4))):
            stage.write(mix__crossfade=float(rng.normal()))
            pause.wait(float(rng.uniform(0, 0.02)))
        assert until(stage.shows_what_is_set, 20.0), i


@pytest.mark.usefixtures("patient")
def test_many_kills_leave_nothing_behind(play: Play, until: Until) -> None:
    stage = play(standby=False)
    moving(stage, until)

    def count() -> tuple[int, int, int]:
        maps = Path("/proc/self/maps").read_text().count("memfd:latentjockey")
        return len(os.listdir("/proc/self/fd")), threading.active_count(), maps

    gc.disable()
    try:
        counts = []
        for _ in range(8):
            pid = stage.pid
            os.kill(pid, signal.SIGKILL)
            assert until(lambda p=pid: stage.pid != p and not stage.frame().held)
            assert until(lambda: threading.active_count() <= (counts[0][1] if counts else 99))
            counts.append(count())
        assert until(lambda: all(a <= b for a, b in zip(count(), counts[0], strict=True))), (counts[0], count())
    finally:
        gc.enable()
    assert stage.number("/engine/restarts") == 8
    assert stage.text("/model") == "testcard", "being killed from outside is no fault of the model"


@pytest.mark.usefixtures("patient")
def test_a_model_is_loaded_beside_the_show_and_takes_over_without_a_gap(play: Play, until: Until) -> None:
    stage = play()
    set_up(stage, until)
    moving(stage, until)
    before = saved(stage)
    with watching(stage) as watch:
        stage.write(model="cppn")
        generation = stage.key()[0]
        frames = len(watch.keys)
        assert until(lambda: stage.text("/engine/model") == "cppn", PATIENCE_S)
        assert len(watch.keys) > frames + 5, "the old one played on meanwhile"
        assert until(lambda: stage.key()[0] > generation)
        assert "/gen/palette" in stage.show.bay.layout.addresses()
        stage.write(model="testcard")
        assert until(lambda: stage.text("/engine/model") == "testcard", PATIENCE_S)
        assert until(stage.shows_what_is_set), stage.difference()
    assert watch.held == 0
    assert saved(stage) == before
    assert stage.number("/engine/restarts") == 0
