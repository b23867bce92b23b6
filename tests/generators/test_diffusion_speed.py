"""Diffusion models as they are played fast: several pictures under way, pictures left out, times told."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.generators.beginning import Beginning
from latentjockey.generators.diffusion.asked import Asked
from latentjockey.generators.diffusion.networks import Wanted
from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.generators.diffusion.skipping import MOST_IN_A_ROW, Skipping, change
from latentjockey.generators.protocol import FrameRequest, FrameResult, Moment
from latentjockey.models.diffusion_spec import diffusion_spec
from latentjockey.navigation.seeds import z_from_seed
from tests.generators import diffusion_folders

Pixels = NDArray[np.int16]
PlayerOf = Callable[[str], DiffusionPlayer]


@pytest.fixture
def player_of(home: Path) -> Iterator[PlayerOf]:
    """A player of a tiny model by its name, each made anew: what was played before is not known to it."""
    made: list[DiffusionPlayer] = []

    def player(name: str) -> DiffusionPlayer:
        if not (home / name).exists():
            diffusion_folders.make(home, name)
        made.append(DiffusionPlayer(home / name, diffusion_spec(home / name, name)[0], "cpu"))
        return made[-1]

    yield player
    for each in made:
        each.close()


def moment_of(player: DiffusionPlayer, angle: float = 0.0, time: float = 0.0, **native: float) -> Moment:
    """The place at ``angle`` on the circle through two seeds."""
    a, b = (z_from_seed(seed, player.spec.z_dim) for seed in (1, 2))
    z = (np.cos(angle) * a + np.sin(angle) * b).astype(np.float32)[None]
    return Moment(player.embed(z)[0], {f"/gen/{name}": value for name, value in native.items()}, time)


def shown(player: DiffusionPlayer, moment: Moment, *, draft: bool = False) -> FrameResult:
    made = player.frame(FrameRequest(*player.spec.size, draft=draft), lambda: moment)
    assert made.finite
    return made


def pixels(result: FrameResult) -> Pixels:
    return result.pixels.astype(np.int16)


def test_each_time_that_the_network_is_asked_tells_how_many_threads_are_best(
    player_of: PlayerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    player, told = player_of("turbo"), []
    monkeypatch.setattr(player._hands, "took", lambda seconds: told.append(seconds))
    shown(player, moment_of(player, 0.0, steps=3.0))
    assert not told  # its texts had to be read first
    result = shown(player, moment_of(player, 1.0, steps=3.0))
    assert told == [pytest.approx(sum(result.stages.ms) / 3000.0)]
    shown(player, moment_of(player, 1.0, steps=3.0))
    assert len(told) == 1  # it is there already


# -- several pictures under way ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "native"),
    [
        ("turbo", {"steps": 3.0}),
        ("turbo", {"steps": 3.0, "cfg": 4.0, "eta": 0.7}),
        ("sdxl", {"steps": 2.0}),
        ("lcm", {"steps": 4.0}),
        ("dit", {"steps": 3.0, "cfg": 3.0}),
        ("ddim", {"steps": 4.0}),
        ("consistency", {"steps": 3.0}),
    ],
)
def test_a_stream_comes_to_rest_at_the_picture_that_is_made_without_it(
    player_of: PlayerOf, name: str, native: dict[str, float]
) -> None:
    streamed, plain = player_of(name), player_of(name)
    for k in range(6):
        shown(streamed, moment_of(streamed, 0.3 * k, stream=1.0, **native))
    end, count = moment_of(streamed, 2.0, stream=1.0, **native), 0
    made = shown(streamed, end)
    while made.unsettled:
        made, count = shown(streamed, end), count + 1
    assert count == native["steps"] - 1
    straight = shown(plain, moment_of(plain, 2.0, **native))
    assert np.abs(pixels(made) - pixels(straight)).max() <= 1
    asked = streamed.asked
    assert not shown(streamed, end).unsettled
    assert streamed.asked == asked, "at rest nothing is computed"


def test_each_picture_of_a_stream_is_one_batch_and_is_of_the_moment_when_it_began(player_of: PlayerOf) -> None:
    streamed, plain = player_of("turbo"), player_of("turbo")
    angles = [0.1 * k for k in range(9)]
    straight = [pixels(shown(plain, moment_of(plain, angle, steps=4.0))) for angle in angles]
    came = []
    for k, angle in enumerate(angles):
        asked = streamed.asked
        came.append(shown(streamed, moment_of(streamed, angle, float(k), steps=4.0, stream=1.0)))
        assert streamed.asked - asked == (4 if k == 0 else 1)
    assert came[0].began is None
    assert np.array_equal(pixels(came[0]), straight[0])
    for k in range(1, 9):
        begun = max(0, k - 3)
        assert came[k].began == float(begun)
        assert np.abs(pixels(came[k]) - straight[begun]).max() <= 1, "only later, never another picture"


def test_what_is_under_way_is_dropped_where_steps_change_or_the_stream_ends(player_of: PlayerOf) -> None:
    player, plain = player_of("turbo"), player_of("turbo")
    for k in range(3):
        shown(player, moment_of(player, 0.2 * k, stream=1.0, steps=4.0))
    for native in ({"stream": 1.0, "steps": 2.0}, {"steps": 4.0}, {"stream": 1.0, "steps": 4.0}):
        made = shown(player, moment_of(player, 1.5, **native))
        assert np.array_equal(pixels(made), pixels(shown(plain, moment_of(plain, 1.5, steps=native["steps"]))))
        shown(player, moment_of(player, 0.1 * native["steps"], **native))


def test_small_pictures_leave_a_stream_as_it_is(player_of: PlayerOf) -> None:
    player, plain = player_of("turbo"), player_of("turbo")
    first = moment_of(player, 0.0, 0.0, stream=1.0, steps=2.0)
    shown(player, first)
    shown(player, moment_of(player, 0.5, 1.0, stream=1.0, steps=2.0))
    draft = shown(player, moment_of(player, 3.0, 1.5, stream=1.0, steps=2.0), draft=True)
    assert draft.began is None
    assert not draft.unsettled
    made = shown(player, moment_of(player, 1.0, 2.0, stream=1.0, steps=2.0))
    assert made.began == 1.0
    assert np.abs(pixels(made) - pixels(shown(plain, moment_of(plain, 0.5, steps=2.0)))).max() <= 1


def test_pictures_to_begin_with_go_through_a_stream(player_of: PlayerOf) -> None:
    streamed, plain = player_of("turbo"), player_of("turbo")
    seen = np.random.default_rng(0).integers(0, 255, (3, 16, 16), np.uint8)
    for player, native in ((streamed, {"stream": 1.0}), (plain, {})):
        for number in range(5):
            begins = Beginning(seen, number, 0.75)
            made = shown(player, replace(moment_of(player, steps=4.0, **native), begins=begins))
        if player is streamed:
            while made.unsettled:
                made = shown(player, replace(moment_of(player, steps=4.0, **native), begins=begins))
            rested = pixels(made)
    assert np.abs(rested - pixels(made)).max() <= 1


# -- pictures left out -------------------------------------------------------------------------------------------------


def test_a_slow_drift_costs_fewer_pictures_and_rests_at_the_right_one(player_of: PlayerOf) -> None:
    player, plain = player_of("turbo"), player_of("turbo")
    asked = player.asked
    for k in range(40):
        made = shown(player, moment_of(player, 0.002 * k, skip=0.05))
    computed = player.asked - asked
    assert 4 <= computed <= 20
    end = moment_of(player, 0.002 * 39, skip=0.05)
    while made.unsettled:
        made = shown(player, end)
    assert np.array_equal(pixels(made), pixels(shown(plain, moment_of(plain, 0.002 * 39))))


def test_without_a_threshold_every_change_is_a_picture(player_of: PlayerOf) -> None:
    player = player_of("turbo")
    asked = player.asked
    for k in range(10):
        shown(player, moment_of(player, 0.0005 * k, skip=(0.0, -1.0)[k % 2]))
    assert player.asked - asked == 10


def test_a_picture_left_out_is_that_of_the_moment_when_it_was_made(player_of: PlayerOf) -> None:
    player = player_of("turbo")
    came = [shown(player, moment_of(player, 1e-4 * k, float(k), skip=0.5)) for k in range(4)]
    assert came[0].began is None
    assert [each.began for each in came[2:]] == [came[2].began] * 2
    assert came[3].unsettled


def asked_at(place: float, **more: float) -> Asked:
    position = np.full(12, 1.0 + place, np.float32).tobytes()
    return Asked(position, 0, int(more.get("steps", 1)), 0.0, 1.0, 0.0, 0, Wanted((more.get("weight", 1.0),), 1.0))


@given(st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=60), st.floats(1e-3, 1e9))
def test_what_is_left_out_is_never_far_nor_long(moves: list[float], threshold: float) -> None:
    skipping, place, made, row, before = Skipping(), 0.0, None, 0, None
    for move in moves:
        place += move
        asked = asked_at(place)
        if skipping.may(asked, None, threshold):
            assert made is not None
            assert change(asked, made) < threshold
            assert asked != before, "who stands still is shown where he stands"
            row += 1
            assert row <= MOST_IN_A_ROW
        else:
            made, row = asked, 0
        before = asked


@given(st.floats(-1e30, 1e30), st.floats(-1e12, 1e12))
def test_any_threshold_and_any_weight_are_heard(threshold: float, weight: float) -> None:
    skipping = Skipping()
    assert not skipping.may(asked_at(0.0), None, threshold)
    skipping.may(asked_at(0.01, weight=weight), None, threshold)


def test_anything_else_that_changes_is_never_left_out() -> None:
    skipping = Skipping()
    skipping.may(asked_at(0.0), None, 1e9)
    assert not skipping.may(asked_at(0.0, steps=2), None, 1e9)
    assert change(asked_at(0.0), asked_at(0.25)) == pytest.approx(0.25)


def test_pictures_that_hardly_differ_are_left_out_but_not_for_long() -> None:
    skipping, grey = Skipping(), np.full((3, 64, 64), 128, np.uint8)
    made = 0
    for number in range(50):
        begins = Beginning(grey, number, 0.5)
        asked = replace(asked_at(0.0), begins=(begins.key, 0.5))
        made += not skipping.may(asked, begins, 0.1)
    assert made == pytest.approx(50 / (MOST_IN_A_ROW + 1), abs=1)
    other = Beginning(255 - grey // 4, 99, 0.5)
    assert not skipping.may(replace(asked_at(0.0), begins=(other.key, 0.5)), other, 0.1)


# -- where the time goes -----------------------------------------------------------------------------------------------


def test_a_picture_says_what_was_computed_and_what_was_there(player_of: PlayerOf) -> None:
    player = player_of("turbo")
    first = shown(player, moment_of(player)).stages
    assert first.held == ()
    assert all(ms > 0.0 for ms in first.ms)
    moved = shown(player, moment_of(player, 0.1)).stages
    assert moved.held == ("encode",)
    assert moved.ms[0] == 0.0
    assert moved.ms[1] > 0.0
    still = shown(player, moment_of(player, 0.1)).stages
    assert still.held == ("encode", "denoise", "decode")
    assert still.ms[3] > 0.0
    begins = Beginning(np.zeros((3, 8, 8), np.uint8), 1, 0.5)
    seen = shown(player, replace(moment_of(player, 0.1), begins=begins)).stages
    assert seen.held == () or seen.held == ("denoise",), "a picture was encoded"


def test_at_most_so_many_steps_are_made_where_the_engine_says_so(player_of: PlayerOf) -> None:
    player = player_of("ddim")
    for asked_for, most, made in ((6.0, 2, 2), (6.0, 0, 6), (1.0, 4, 1)):
        asked = player.asked
        player.frame(FrameRequest(8, 8, most_steps=most), lambda n=asked_for: moment_of(player, n, steps=n))  # type: ignore[misc]
        assert player.asked - asked == made


# -- small decoders ----------------------------------------------------------------------------------------------------


def test_a_small_decoder_beside_the_folder_draws_as_one_inside_does(player_of: PlayerOf, home: Path) -> None:
    inside = player_of("turbo")
    shutil.copytree(home / "turbo", home / "apart" / "bare")
    (home / "apart" / "bare" / "taesd").rename(home / "apart" / "taesd")
    spec = diffusion_spec(home / "apart" / "bare", "bare")[0]
    beside = DiffusionPlayer(home / "apart" / "bare", spec, "cpu")
    small, own = (pixels(shown(beside, moment_of(beside, decoder=which))) for which in (0.0, 1.0))
    beside.close()
    assert np.array_equal(small, pixels(shown(inside, moment_of(inside, decoder=0.0))))
    assert not np.array_equal(small, own)


# -- texts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [0.0, 1.0])
def test_many_new_texts_at_once_are_encoded_one_a_picture(player_of: PlayerOf, stream: float) -> None:
    player, plain = player_of("turbo"), player_of("turbo")
    assert player.prompts is not None
    weights = np.full((1, 8), 0.5, np.float32)
    layers = player.embed(z_from_seed(3, player.spec.z_dim).astype(np.float32)[None], weights)[0]
    native = {"/gen/steps": 2.0, "/gen/stream": stream}
    first = Moment(layers, native, words={f"/gen/prompt/{n}": f"old {n}" for n in range(1, 9)})
    shown(player, first)
    then = replace(first, words={f"/gen/prompt/{n}": "abcdefgh"[n - 1] for n in range(1, 9)})
    for _ in range(8):
        calls = player.prompts.calls
        made = shown(player, then)
        assert player.prompts.calls - calls == 1
        assert made.finite
    while made.unsettled:
        made = shown(player, then)
    assert player.prompts.calls == 16
    assert np.abs(pixels(made) - pixels(shown(plain, then))).max() <= 1
