"""Frames of films that do not follow each other evenly, and the frames of a clip that they become."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.generators.clip.film import Film
from latentjockey.jobs.clip_wish import ClipWish
from latentjockey.models.clip_folder import read_clip
from latentjockey.rendering.film_times import LONGEST_S, Grid, Times, read_times, times_of
from latentjockey.rendering.run import run

UNEVEN = (0, 40, 80, 120, 160, 1160, 1200, 1240, 1241, 1280)
"""Milliseconds: a screen that stood still for a second, and one frame that came in between two."""


def film(path: Path, due: tuple[int, ...], told: int = 1000) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=told)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "bgr0"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for index, at in enumerate(due):
            frame = av.VideoFrame.from_ndarray(np.full((24, 32, 3), 20 * index, np.uint8), "rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_rate_is_what_frames_follow_each_other_at_and_not_what_is_said(tmp_path: Path) -> None:
    assert read_times(film(tmp_path / "uneven.mkv", UNEVEN)) == Times(pytest.approx(25.0), False, pytest.approx(1.28))
    even = read_times(film(tmp_path / "even.mkv", tuple(range(0, 400, 40))))
    assert even == Times(pytest.approx(25.0), True, pytest.approx(0.36))
    assert read_times(film(tmp_path / "one.mkv", (0,))) is None
    assert times_of([0.0, 0.033, 0.067, 0.1], 29.97) == Times(29.97, True, 0.1), "written in whole milliseconds"
    (tmp_path / "none.mkv").write_bytes(b"no film")
    assert read_times(tmp_path / "none.mkv") is None


def test_a_screen_that_stood_still_stands_still_in_the_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = film(tmp_path / "screen.mkv", UNEVEN)
    assert run(ClipWish(film=str(path)), events=False) == 0
    clip = read_clip(tmp_path / "data" / "latentjockey" / "models" / "screen")
    assert (clip.count, clip.fps) == (33, pytest.approx(25.0))
    frames = Film(clip)
    seen = [round(float(frames.frame(index).mean()) / 20) for index in range(clip.count)]
    frames.close()
    assert seen == [0, 1, 2, 3, *[4] * 25, 5, 6, 7, 9]
    assert run(ClipWish(film=str(path), frames=12, name="short"), events=False) == 0
    assert read_clip(clip.folder.with_name("short")).count == 12


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), max_size=40), st.floats(0.01, 60.0))
def test_no_times_make_a_clip_without_end(due: list[float | None], rate: float) -> None:
    grid = Grid(rate)
    for at in due:
        assert 0 <= grid.shows(at) <= 1 + max(1, round(LONGEST_S * rate))


@given(st.lists(st.floats(0.0, 2.0), min_size=1, max_size=60), st.floats(1.0, 60.0))
def test_each_frame_is_where_it_is_due(gaps: list[float], rate: float) -> None:
    grid, count = Grid(rate), 0
    for at in np.cumsum(gaps).tolist():
        count += grid.shows(at)
        assert abs((count - 1) / rate - (at - gaps[0])) <= 0.5 / rate + 1e-6
