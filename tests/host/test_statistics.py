"""Frame rate, render time and latency are those of the frames that came."""

from __future__ import annotations

from dataclasses import replace

from latentjockey.frames.frame import Stamp
from latentjockey.frames.stages import Stages
from latentjockey.host.statistics import Statistics

MS = 1_000_000


def stamp(published: int, changed: int, render: int = 4 * MS) -> Stamp:
    return Stamp(1, 0, 1, 1, 0.0, changed, published - render, published - render, published, published)


def test_nothing_came_yet() -> None:
    figures = Statistics().figures(10**9)
    assert set(figures.values()) == {0.0}


def test_rate_render_time_and_latency() -> None:
    statistics = Statistics()
    start = 5 * 10**9
    for i in range(120):
        published = start + i * 20 * MS
        changed = published - (7 if i % 2 else 9) * MS - (30 * MS if i == 100 else 0)
        statistics.frame(stamp(published, changed))
    figures = statistics.figures(start + 119 * 20 * MS)
    assert figures["frames"] == 120
    assert figures["fps"] in (50, 51)
    assert figures["render_ms"] == 4.0
    assert figures["latency_ms"] in (7.0, 9.0)
    assert statistics.figures(start + 10**12)["fps"] == 0


def test_a_frame_without_a_new_change_has_no_latency() -> None:
    statistics = Statistics()
    for i in range(50):
        statistics.frame(stamp(10**9 + i * 16 * MS, 10**9 - 2 * MS))
    assert statistics.figures(2 * 10**9)["latency_ms"] == 0.0
    statistics.frame(stamp(3 * 10**9, 3 * 10**9 - 5 * MS))
    assert statistics.figures(3 * 10**9)["latency_ms"] == 5.0
    assert statistics.figures(3 * 10**9)["latency_p99_ms"] == 5.0


def test_a_trace_knows_intervals_rests_and_what_was_missed() -> None:
    statistics = Statistics()
    at = 10**9
    for wait in (16, 16, 50, 16):
        at += wait * MS
        statistics.frame(stamp(at, at - 3 * MS))
    statistics.rest()
    at += 4_000 * MS
    statistics.frame(stamp(at, at - 8 * MS))
    trace = statistics.trace(at + 100 * MS, 60.0)
    assert trace.age_s[-1] == 0.1
    assert [round(ms) for ms in trace.intervals()] == [16, 50, 16]
    assert trace.missed(1000 / 60).tolist() == [0, 0, 2, 0, 0]
    assert trace.latency_ms[-1] == 8.0
    assert len(statistics.trace(at + 100 * MS, 1.0).age_s) == 1
    assert len(trace.within(1.0).age_s) == 1


def test_a_trace_forgets_the_oldest_and_never_runs_backwards() -> None:
    statistics = Statistics()
    for i in range(40_000):
        statistics.frame(stamp(10**9 + i * MS, 0))
    statistics.frame(stamp(10**9, 0))
    trace = statistics.trace(10**9 + 40_000 * MS, 1e9)
    assert 30_000 < len(trace.age_s) < 40_000
    assert float(trace.intervals().min()) == 0.0
    assert statistics.figures(10**9 + 40_000 * MS)["frames"] == 40_001


def test_stages_are_told_as_they_were_when_last_computed() -> None:
    statistics = Statistics()
    one = replace(stamp(10**9, 0), stages=Stages((5.0, 20.0, 8.0, 1.0)))
    for stages in (one.stages, Stages((0.0, 30.0, 0.0, 1.5), 0b101), Stages((0.0, 40.0, 0.0, 1.5), 0b101)):
        statistics.frame(replace(one, stages=stages))
    figures = statistics.figures(10**9)
    told = [figures[f"time/{name}"] for name in ("encode", "denoise", "decode", "copy")]
    assert told == [5.0, 30.0, 8.0, 1.5]
    assert statistics.held == "encode, decode"
    statistics.frame(stamp(10**9, 0))
    assert statistics.figures(10**9)["time/denoise"] == 0.0, "another model says nothing of its stages"
    assert statistics.held == ""


def test_a_late_picture_says_how_late() -> None:
    statistics = Statistics()
    one = stamp(10**9, 0)
    late = replace(one, snapshot_ns=one.render_start_ns - 60 * MS, stages=Stages((0.0, 1.0, 1.0, 1.0), 1, 3))
    statistics.frame(late)
    assert statistics.figures(10**9)["late_frames"] == 3.0
    assert statistics.figures(10**9)["late_ms"] == 60.0
    statistics.frame(one)
    assert statistics.figures(10**9)["late_ms"] == 0.0
