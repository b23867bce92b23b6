"""A still that breathes, drawn through EGL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import moderngl
import numpy as np
import pytest

from latentjockey.frames.frame import Pixels
from latentjockey.stage.breathing import BreathingStill

SIDE = 64


@pytest.fixture
def ctx() -> Iterator[moderngl.Context]:
    wanted: dict[str, Any] = {"require": 330, "backend": "egl"}
    try:
        ctx = moderngl.create_standalone_context(**wanted)
    except Exception as error:  # noqa: BLE001 - the loader raises bare Exception for every missing driver
        pytest.skip(f"no OpenGL 3.3 through EGL here: {error}")
    with ctx:
        yield ctx
    ctx.release()


def picture() -> Pixels:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    colours = np.stack([rows * 3, columns * 3, (rows + columns) % 2 * 0 + 90, np.full_like(rows, 255)], -1)
    return colours.astype(np.uint8)


def drawn(ctx: moderngl.Context, still: BreathingStill, window: tuple[int, int] = (SIDE, SIDE), **how: float) -> Pixels:
    target = ctx.framebuffer([ctx.renderbuffer(window, 4)])
    target.use()
    target.clear(0.0, 1.0, 0.0, 1.0)
    how = {"t": 0.0, "zoom": 1.0, "light": 1.0, "left": 1.0} | how
    still.draw(target, window, "letterbox", **how)
    read = np.frombuffer(target.read(components=4, alignment=1), np.uint8).reshape(window[1], window[0], 4)[::-1]
    target.release()
    return read


def test_it_begins_as_it_was_kept(ctx: moderngl.Context) -> None:
    np.testing.assert_array_equal(drawn(ctx, BreathingStill(ctx, picture())), picture())


def test_it_moves_by_a_few_pixels_as_time_goes(ctx: moderngl.Context) -> None:
    still = BreathingStill(ctx, picture())
    early, late = drawn(ctx, still, t=1.0).astype(int), drawn(ctx, still, t=2.0).astype(int)
    assert np.abs(early - late)[..., :3].max() > 0
    assert np.abs(late - picture().astype(int))[..., :3].max() <= 3 * 4


def test_light_and_what_is_left_of_it_are_exact(ctx: moderngl.Context) -> None:
    still = BreathingStill(ctx, np.full((SIDE, SIDE, 4), 200, np.uint8))
    assert drawn(ctx, still, light=0.5)[30, 30].tolist() == [100, 100, 100, 255]
    assert drawn(ctx, still, left=0.5)[30, 30].tolist() in ([100, 228, 100, 255], [100, 227, 100, 255])
    assert drawn(ctx, still, left=0.0)[30, 30].tolist() == [0, 255, 0, 255]


def test_black_lies_around_it(ctx: moderngl.Context) -> None:
    seen = drawn(ctx, BreathingStill(ctx, picture()), (2 * SIDE, SIDE))
    assert not seen[:, : SIDE // 2, :3].any()
    np.testing.assert_array_equal(seen[:, SIDE // 2 : -SIDE // 2], picture())
