"""The position track: exact, compact, and readable after a kill."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.base.diagnostics import StageError
from latentjockey.frames.frame import Stamp
from latentjockey.models.builtin import CPPN
from latentjockey.outputs.track import LARGEST_POSITION, Shown, TrackWriter, read_track
from latentjockey.presets.preset import Preset


def stamp(number: int, epoch: int = 1, revision: int = 1) -> Stamp:
    return Stamp(1, number, epoch, revision, number / 60, 0, 0, 0, 0, 0)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SHOWN = st.builds(
    lambda number, epoch, revision, values, rows, held: Shown(
        stamp(number, epoch, revision), values, np.array(rows, np.float32).reshape(3, 2), held
    ),
    st.integers(0, 5),
    st.integers(1, 2),
    st.integers(1, 3),
    st.dictionaries(st.sampled_from(["/a", "/b", "/c"]), NUMBERS),
    st.lists(st.floats(-4, 4, width=32), min_size=6, max_size=6),
    st.booleans(),
)


@given(st.lists(SHOWN, max_size=12))
@settings(deadline=None)
def test_every_frame_is_told_exactly(tmp_path_factory: pytest.TempPathFactory, shown: list[Shown]) -> None:
    path = tmp_path_factory.mktemp("track") / "t.jsonl"
    writer = TrackWriter(path, "t.mp4", 60.0)
    for i, one in enumerate(shown):
        writer.write(i, one)
    writer.close()
    told = {t.frame: t for t in read_track(path)}
    now = None
    for i, one in enumerate(shown):
        now = told.get(i, now)
        assert now is not None
        here = one.stamp
        assert (now.time, now.number, now.epoch, now.revision, now.held) == (
            here.time,
            here.number,
            here.epoch,
            here.revision,
            one.held,
        )
        assert one.effective.items() <= now.effective.items()
        assert now.position is not None
        assert now.position.tobytes() == one.position.tobytes()


def test_nothing_new_is_nothing_written(tmp_path: Path) -> None:
    writer = TrackWriter(tmp_path / "t.jsonl", "t.mp4", 60.0, Preset("p", "cppn", CPPN.card, {"/mix/crossfade": 0.5}))
    shown = Shown(stamp(1), {"/a": 1.0}, np.ones((9, 512), np.float32))
    writer.write(0, shown)
    size = writer.path.stat().st_size
    writer.write(1, shown)
    writer.close()
    assert writer.path.stat().st_size == size
    assert size < 5000  # nine equal layers are told once
    assert b'"/mix/crossfade":0.5' in writer.path.read_bytes().splitlines()[0]


def test_a_huge_position_is_named_by_its_hash(tmp_path: Path) -> None:
    writer = TrackWriter(tmp_path / "t.jsonl", "t.mp4", 60.0)
    huge = np.random.default_rng(1).standard_normal((4, LARGEST_POSITION // 8)).astype(np.float32)
    writer.write(0, Shown(stamp(1), {}, huge))
    writer.close()
    assert writer.path.stat().st_size < 1000
    (told,) = read_track(writer.path)
    assert told.position is None


@given(st.integers(1, 300))
@settings(deadline=None)
def test_a_torn_end_costs_one_line(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = tmp_path_factory.mktemp("track") / "t.jsonl"
    writer = TrackWriter(path, "t.mp4", 60.0)
    for i in range(20):
        writer.write(i, Shown(stamp(i), {"/a": float(i)}, np.full((2, 3), i, np.float32)))
    writer.close()
    data = path.read_bytes()
    head = data.index(b"\n") + 1
    kept = data[: max(head, len(data) - cut)]
    path.write_bytes(kept)
    assert [t.frame for t in read_track(path)] == list(range(kept[head:].count(b"\n")))


@pytest.mark.parametrize("data", [b"", b"{}\n", b"[1]\n", b'{"format":"latentjockey-track","version":2}\n'])
def test_another_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(data)
    with pytest.raises(StageError, match="not a position track"):
        read_track(path)
