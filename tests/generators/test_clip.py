"""A clip is played as its controls say, wholly from them and the time; what is damaged in it stops no picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.generators.clip.film import Film
from latentjockey.generators.clip.player import ClipPlayer
from latentjockey.generators.clip.spreading import spread
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models.clip_folder import FRAMES, MANIFEST, ClipError, read_clip
from latentjockey.modulation.playhead import HOLD, LOOPS, ONCE, ROUND, THERE_AND_BACK
from tests.models import clips

COUNT, FPS = 8, 4.0
SIZE = (clips.WIDE, clips.HIGH)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.write(tmp_path_factory.mktemp("clips"), count=COUNT, fps=FPS)


@pytest.fixture
def clip(folder: Path) -> Iterator[ClipPlayer]:
    player = ClipPlayer(folder, "film")
    yield player
    player.close()


def picture(
    clip: ClipPlayer,
    t: float = 0.0,
    *,
    beat: float = 0.0,
    z: tuple[float, float, float] = (0.0, 0.0, 0.0),
    gain: float = 1.0,
    size: tuple[int, int] = SIZE,
    **native: float,
) -> NDArray[np.uint8]:
    layers = clip.embed(np.array([z], np.float32))[0] * np.float32(gain)
    values = {f"/gen/{name}": value for name, value in native.items()}
    return clip.frame(FrameRequest(*size), lambda: Moment(layers, values, t, beat=beat)).pixels


def near(clip: ClipPlayer, index: float, **how: float) -> bool:
    """Whether the picture shows frame ``index``, between two where it is no whole number."""
    wanted = 20 + 200 * index / (COUNT - 1)
    return abs(clips.shown(picture(clip, **how)) - wanted) < 3.0


def test_it_plays_at_its_own_rate_and_begins_again(clip: ClipPlayer) -> None:
    for index in range(COUNT):
        assert near(clip, index, t=index / FPS)
    assert near(clip, 0, t=COUNT / FPS)
    assert near(clip, 2.5, t=2.5 / FPS), "between two frames it blends"
    assert near(clip, 3, t=2.5 / FPS, blend=0.0), "and without a blend it does not"


def test_its_controls_lead_it(clip: ClipPlayer) -> None:
    assert near(clip, 4, t=0.0, scrub=0.5)
    assert near(clip, 6, t=1 / FPS, scrub=0.5, speed=2.0)
    assert near(clip, 3, t=1 / FPS, scrub=0.5, speed=-1.0)
    assert near(clip, 7, t=100.0, loop=ONCE)
    assert near(clip, 7 * 0.75, t=5 / FPS * 2, loop=THERE_AND_BACK)
    assert near(clip, 7 * 0.2, t=77.0, loop=HOLD, scrub=0.2)
    assert near(clip, 2, t=50.0, beats=4.0, beat=1.0)


def test_slow_motion_has_no_steps(clip: ClipPlayer) -> None:
    greys = [clips.shown(picture(clip, t, speed=0.05)) for t in np.arange(0.0, 10.0, 0.1)]
    steps = np.diff(greys)
    hard = np.diff([clips.shown(picture(clip, t, speed=0.05, blend=0.0)) for t in np.arange(0.0, 10.0, 0.1)])
    assert np.abs(steps).max() < 3.0
    assert np.abs(hard).max() > 20.0


def test_reach_and_equaliser_are_about_the_mean_of_all_frames(clip: ClipPlayer) -> None:
    mean = clips.shown(picture(clip, gain=0.0))
    assert mean == pytest.approx(np.mean([clips.grey(i, COUNT) for i in range(COUNT)]), abs=2.0)
    there = clips.shown(picture(clip, 6 / FPS))
    assert clips.shown(picture(clip, 6 / FPS, gain=0.5)) == pytest.approx((mean + there) / 2, abs=2.0)
    assert clips.shown(picture(clip, 6 / FPS, gain=-1.0)) == pytest.approx(2 * mean - there, abs=2.0)
    layers = clip.embed(np.zeros((1, 3), np.float32))[0]
    layers[0] *= 0.0  # nothing coarse
    fine = clip.frame(FrameRequest(*SIZE), lambda: Moment(layers, {}, 6 / FPS)).pixels
    assert clips.shown(fine) == pytest.approx(mean, abs=8.0)


def test_a_place_strays_in_time_only_where_it_is_asked_for(clip: ClipPlayer) -> None:
    assert np.array_equal(picture(clip, z=(1.0, 1.0, 1.0)), picture(clip))
    assert near(clip, 2, z=(1.0, 1.0, 1.0), stray=2 / FPS)  # type: ignore[arg-type]
    assert not np.array_equal(picture(clip, z=(2.0, 0.0, 0.0), stray=0.5), picture(clip))


def test_a_frame_is_decoded_once_and_other_sizes_are_fitted(clip: ClipPlayer) -> None:
    before = clip.decoded
    for t in np.arange(0.0, 6.0, 0.05):
        picture(clip, float(t))
    assert clip.decoded == before, "all of so small a clip is kept"
    wide = picture(clip, size=(100, 32))
    assert wide[:, :, 0].max() == 0, "black beside it"
    assert abs(float(wide[:, 20:, 40:60].mean()) - 20) < 3


def test_little_memory_is_kept_to(folder: Path) -> None:
    film = Film(read_clip(folder), kept=1)
    for index in (*range(COUNT), *range(COUNT)):
        assert film.frame(index)[:, -1, -1].mean() == pytest.approx(clips.grey(index, COUNT), abs=2.0)
    assert len(film._frames) == 2
    film.close()
    film.close()


def test_a_damaged_frame_is_the_nearest_whole_one(tmp_path: Path) -> None:
    path = clips.write(tmp_path)
    ends = json.loads((path / MANIFEST).read_bytes())["ends"]
    data = bytearray((path / FRAMES).read_bytes())
    data[ends[2] : ends[3]] = b"\0" * (ends[3] - ends[2])
    (path / FRAMES).write_bytes(data)
    clip = ClipPlayer(path, "film")
    assert near(clip, 2, t=3 / FPS)
    data[:] = b"\0" * len(data)
    (path / FRAMES).write_bytes(data)
    with pytest.raises(ClipError, match="no JPEGs"):
        ClipPlayer(path, "film")
    assert near(clip, 4, t=4 / FPS) or clip.frame(FrameRequest(*SIZE), lambda: Moment(clip.mean(), {})).finite


def test_frames_of_another_size_or_kind_are_none(tmp_path: Path) -> None:
    path = clips.write(tmp_path)
    words = json.loads((path / MANIFEST).read_bytes())
    words["width"] = 8000
    (path / MANIFEST).write_text(json.dumps(words))
    with pytest.raises(ClipError, match="no JPEGs of its size"):
        ClipPlayer(path, "film")


@given(
    st.floats(-1e6, 1e6), st.integers(1, 50), st.integers(0, len(LOOPS) - 1), st.floats(-32.0, 32.0, allow_nan=False)
)
def test_weights_are_of_frames_there_are_and_of_sum_one(place: float, count: int, loop: int, blend: float) -> None:
    weights = spread(place, count, loop, blend)
    assert all(0 <= index < count for index in weights)
    assert sum(weights.values()) == pytest.approx(1.0, abs=1e-4)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1e-4), st.floats(0.2, 8.0))
def test_weights_change_as_little_as_the_place(place: float, step: float, blend: float) -> None:
    a, b = spread(place, 20, ROUND, blend), spread(place + step, 20, ROUND, blend)
    assert sum(abs(a.get(i, 0.0) - b.get(i, 0.0)) for i in range(20)) <= 2.0 * 20 * step / blend + 1e-4
