"""A picture is called black or constant exactly when there is nothing to see in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.frames.plainness import BLACK, CONSTANT, plain_word

COLOUR = st.tuples(*[st.integers(0, 255)] * 3)


def picture(colour: tuple[int, int, int], size: tuple[int, int], *, planar: bool) -> NDArray[np.uint8]:
    height, width = size
    if planar:
        return np.broadcast_to(np.array(colour, np.uint8)[:, None, None], (3, height, width)).copy()
    return np.broadcast_to(np.array((*colour, 255), np.uint8), (height, width, 4)).copy()


@given(COLOUR, st.tuples(st.integers(1, 40), st.integers(1, 40)), st.booleans())
def test_one_colour_is_said(colour: tuple[int, int, int], size: tuple[int, int], planar: bool) -> None:
    word = plain_word(picture(colour, size, planar=planar), planar=planar)
    assert word == (BLACK if max(colour) <= 2 else CONSTANT)


@given(COLOUR, st.integers(0, 39), st.integers(0, 39), st.integers(0, 2), st.booleans())
def test_one_pixel_that_differs_is_seen_wherever_it_is(
    colour: tuple[int, int, int], row: int, column: int, channel: int, planar: bool
) -> None:
    made = picture(colour, (40, 40), planar=planar)
    at = (channel, row, column) if planar else (row, column, channel)
    made[at] = (int(made[at]) + 128) % 256
    assert plain_word(made, planar=planar) == ""


@pytest.mark.parametrize("planar", [True, False])
def test_what_nobody_can_see_does_not_count(planar: bool) -> None:
    made = picture((0, 0, 0), (40, 40), planar=planar)
    made[..., :3][::2] += np.uint8(2)
    assert plain_word(made, planar=planar) == BLACK
