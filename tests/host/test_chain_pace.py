"""When the chain is drawn: on each new picture, and again only while the engine rests."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from latentjockey.host.chain_pace import Pace


def test_a_new_picture_is_drawn_on_at_once() -> None:
    pace = Pace()
    assert pace.wait(1.0, 60.0, new=True, other=False) == 0.0
    pace.picture(1.0)
    assert pace.wait(1.0, 60.0, new=True, other=True) == 0.0


def test_a_still_picture_that_would_look_the_same_is_never_drawn_again() -> None:
    pace = Pace()
    pace.picture(1.0)
    assert pace.wait(100.0, 60.0, new=False, other=False) == math.inf


def test_while_pictures_come_nothing_is_drawn_between_them() -> None:
    pace = Pace()
    for n in range(100):
        now = n / 30
        pace.picture(now)
        assert n == 0 or pace.wait(now, 60.0, new=False, other=True) > 1 / 30


def test_a_resting_engine_leaves_the_rate_to_the_cap() -> None:
    pace = Pace()
    pace.picture(0.0)
    assert pace.wait(10.0, 50.0, new=False, other=True) == 0.0
    pace.again(10.0)
    assert math.isclose(pace.wait(10.0, 50.0, new=False, other=True), 0.02)
    assert pace.wait(10.0, 0.0, new=False, other=True) == 0.0, "as many as can be"


@given(
    st.lists(st.floats(0.0, 1.0), max_size=20), st.floats(0.0, 1000.0), st.booleans(), st.booleans(), st.floats(0, 2)
)
def test_a_wait_is_never_negative_nor_longer_than_a_rest_and_a_period(
    gaps: list[float], cap: float, new: bool, other: bool, later: float
) -> None:
    pace, now = Pace(), 0.0
    for gap in gaps:
        now += gap
        pace.picture(now)
    wait = pace.wait(now + later, cap, new=new, other=other)
    period = 1 / cap if cap > 0 else 0.0
    assert wait >= 0.0
    assert wait == math.inf if not (new or other) else wait <= max(0.25, period) + 1e-9
