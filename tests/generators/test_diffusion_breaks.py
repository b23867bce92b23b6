"""The break rack in denoisers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from latentjockey.generators.break_values import BandBreak, Breaks
from latentjockey.generators.diffusion.breaking import layout, thirds
from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.generators.protocol import FrameRequest, FrameResult, Moment
from latentjockey.navigation.seeds import z_from_seed

PlayerOf = Callable[[str], DiffusionPlayer]
WAYS: dict[str, float] = {
    "gain": 0.3, "rotate": 40.0, "invert": 0.8, "threshold": 0.7, "kill": 0.5, "noise": 0.8,
}  # fmt: skip


def frame(
    player: DiffusionPlayer, breaks: Breaks | None = None, time: float = 0.0, draft: bool = False, **native: float
) -> FrameResult:
    z = z_from_seed(5, player.spec.z_dim).astype(np.float32)[None]
    moment = Moment(player.embed(z)[0], {f"/gen/{key}": value for key, value in native.items()}, time, breaks)
    made = player.frame(FrameRequest(*player.spec.size, draft=draft), lambda: moment)
    assert made.finite
    return made


def shown(player: DiffusionPlayer, breaks: Breaks | None = None, time: float = 0.0, **native: Any) -> NDArray[np.int16]:
    return frame(player, breaks, time, **native).pixels.astype(np.int16)


@pytest.mark.parametrize("name", ["turbo", "dit", "ddim"])
def test_each_band_is_broken_in_each_way_and_nothing_is_left_of_it(player_of: PlayerOf, name: str) -> None:
    player = player_of(name)
    plain = shown(player, steps=1.0)
    for band in ("coarse", "fine") if name == "dit" else ("coarse", "middle", "fine"):
        for way, amount in WAYS.items():
            if (name, band, way) == ("dit", "fine", "gain"):
                continue  # of a band of one layer that is normalised next, loudness is nothing
            broken = shown(player, Breaks(**{band: BandBreak(**{way: amount})}), steps=1.0)  # type: ignore[arg-type]
            assert not np.array_equal(broken, plain), (band, way)
    asked = player.asked
    assert np.array_equal(shown(player, Breaks(blend=1.0), steps=1.0), plain)
    assert player.asked == asked + 1
    assert np.array_equal(shown(player, None, steps=1.0), plain)
    assert player.asked == asked + 1, "nothing to blend with is nothing new"


def test_trails_are_kept_for_each_step_and_fade(player_of: PlayerOf) -> None:
    player = player_of("turbo")
    kept = Breaks(fine=BandBreak(feedback=0.5), coarse=BandBreak(feedback=0.5))
    whole = shown(player, steps=2.0)
    first = shown(player, replace(kept, middle=BandBreak(kill=1.0)), 0.0, steps=2.0)
    after = [shown(player, kept, 0.1 * n, steps=2.0) for n in range(1, 12)]
    away = [int(np.abs(each - whole).sum()) for each in (first, *after)]
    assert away[1] > 0, "what was there before is still heard"
    assert away[-1] < away[1] / 2, "and fades"


def test_a_draft_between_two_pictures_leaves_no_trail(player_of: PlayerOf) -> None:
    player = player_of("turbo")
    kept, far = Breaks(fine=BandBreak(feedback=0.7)), Breaks(fine=BandBreak(feedback=0.7, invert=1.0))
    pictures = []
    for draft in (False, True):
        shown(player, None, eta=float(draft) * 1e-9)
        shown(player, kept, 0.0)
        if draft:
            frame(player, far, 0.1, draft=True)
        pictures.append(shown(player, kept, 0.2))
    assert np.array_equal(pictures[0], pictures[1])


def test_grain_moves_and_a_held_break_is_not_made_again(player_of: PlayerOf) -> None:
    player = player_of("turbo")
    grain, held = Breaks(coarse=BandBreak(noise=1.0)), Breaks(coarse=BandBreak(kill=0.6))
    assert not np.array_equal(shown(player, grain, 0.0), shown(player, grain, 0.1))
    shown(player, held, 0.0)
    asked = player.asked
    shown(player, held, 1.0)
    assert player.asked == asked


def test_a_broken_stream_is_a_stream(player_of: PlayerOf) -> None:
    player = player_of("turbo")
    broken = Breaks(coarse=BandBreak(rotate=90.0), fine=BandBreak(kill=0.4))
    alone = shown(player, broken, steps=3.0)
    shown(player, None, steps=3.0, stream=1.0)
    for _ in range(3):
        streamed = shown(player, broken, steps=3.0, stream=1.0)
    assert np.abs(streamed - alone).max() <= 1


@pytest.mark.parametrize("name", ["turbo", "dit"])
def test_far_out_something_finite_is_left(player_of: PlayerOf, name: str) -> None:
    player = player_of(name)
    wild = BandBreak(1e9, 1e9, -1e9, 1e9, -1e9, 1e9, 1e9)
    shown(player, Breaks(wild, wild, wild), 0.5)
    assert np.array_equal(shown(player), shown(player, None, 1.0))


def test_bands_of_a_deep_network() -> None:
    names = ("down/1", "down/2", "down/3", "down/4", "mid", "up/1", "up/2", "up/3", "up/4")
    ordered, (coarse, middle) = layout(names)
    assert ordered[:coarse] == ("up/1", "mid", "down/4")
    assert ordered[coarse:middle] == ("up/2", "up/3", "down/2", "down/3")
    assert ordered[middle:] == ("up/4", "down/1")


@pytest.mark.parametrize(
    ("names", "bands"),
    [
        (("down/1", "down/2", "down/3", "mid", "up/1", "up/2", "up/3"), (1, 5)),
        (("down/1", "down/2", "mid", "up/1", "up/2"), (1, 3)),
        (("down/1", "mid", "up/1"), (1, 1)),
        (("down/1", "down/2", "up/1", "up/2"), (2, 2)),
    ],
)
def test_bands_of_others(names: tuple[str, ...], bands: tuple[int, int]) -> None:
    ordered, ends = layout(names)
    assert sorted(ordered) == sorted(names)
    assert ends == bands


def test_thirds_of_a_transformer() -> None:
    assert [thirds(layers) for layers in (1, 2, 3, 28)] == [(0, 1), (1, 1), (1, 2), (9, 19)]
