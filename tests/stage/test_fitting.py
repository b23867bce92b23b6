"""Where pictures go in windows, for every shape of both."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from latentjockey.stage.fitting import FITS, Fit, place

sides = st.integers(1, 5000)
sizes = st.tuples(sides, sides)


@given(sizes, sizes, st.sampled_from(FITS))
def test_stays_inside_both(picture: tuple[int, int], window: tuple[int, int], fit: Fit) -> None:
    spot = place(picture, window, fit)
    assert 0 <= spot.x <= spot.x + spot.width <= window[0]
    assert 0 <= spot.y <= spot.y + spot.height <= window[1]
    assert 0 <= spot.left < spot.right <= picture[0] + 1e-6
    assert 0 <= spot.top < spot.bottom <= picture[1] + 1e-6


@given(sizes, sizes)
def test_letterbox_touches_one_pair_of_sides_and_keeps_the_shape(
    picture: tuple[int, int], window: tuple[int, int]
) -> None:
    spot = place(picture, window, "letterbox")
    assert spot.width == window[0] or spot.height == window[1]
    scale = min(window[0] / picture[0], window[1] / picture[1])
    assert abs(spot.width - picture[0] * scale) <= 1
    assert abs(spot.height - picture[1] * scale) <= 1


@given(sizes, sizes, st.sampled_from(["crop", "stretch"]))
def test_crop_and_stretch_leave_no_bars(picture: tuple[int, int], window: tuple[int, int], fit: Fit) -> None:
    spot = place(picture, window, fit)
    assert (spot.x, spot.y, spot.width, spot.height) == (0, 0, *window)


@given(sizes, st.sampled_from(FITS))
def test_same_size_is_exact(size: tuple[int, int], fit: Fit) -> None:
    assert place(size, size, fit).exact
