"""The bar under the stage: where the time of a picture goes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from latentjockey.control.bay import Bay
from latentjockey.control.source import ENGINE
from latentjockey.frames.stages import STAGES
from latentjockey.ui.binder import Binder
from latentjockey.ui.time_bar import TimeBar
from latentjockey.ui.top_bar import Fact
from latentjockey.ui.window import MainWindow


@pytest.fixture
def bar(binder: Binder) -> TimeBar:
    made = TimeBar(binder)
    made.resize(500, 24)
    return made


def tell(bay: Bay, binder: Binder, ms: tuple[float, ...], cached: str = "", late: tuple[float, float] = (0, 0)) -> None:
    writes: list[tuple[str, float | str]] = [
        (f"/engine/time/{name}", took) for name, took in zip(STAGES, ms, strict=True)
    ]
    writes += [("/engine/time/cached", cached), ("/engine/late_frames", late[0]), ("/engine/late_ms", late[1])]
    bay.write(writes, ENGINE)
    binder.poll()


def test_it_shows_itself_only_where_a_model_tells_its_stages(open_window: Callable[..., MainWindow], bay: Bay) -> None:
    window = open_window()
    bar = window.studio.mix.time
    assert bar.isHidden()
    tell(bay, window.binder, (12.0, 40.0, 8.0, 0.5))
    assert not bar.isHidden()
    assert bar.words == ["encode 12.0", "denoise 40.0", "decode 8.0", "copy 0.5"]
    tell(bay, window.binder, (0.0, 0.0, 0.0, 0.0))
    assert bar.isHidden()


def edges(bar: TimeBar, left: int, right: int) -> int:
    """How often the bar changes its brightness between two places."""
    image = bar.grab().toImage()
    row = [image.pixel(x, 3) for x in range(left, right)]
    return sum(one != other for one, other in pairwise(row))


def test_what_was_there_already_is_hatched_and_said_in_words(bar: TimeBar, bay: Bay, binder: Binder) -> None:
    tell(bay, binder, (20.0, 20.0, 20.0, 20.0))
    assert edges(bar, 10, 110) == 0
    tell(bay, binder, (20.0, 20.0, 20.0, 20.0), "encode, decode")
    assert edges(bar, 10, 110) > 20
    assert edges(bar, 140, 230) == 0, "denoising took its time"
    assert bar.words == ["encode kept", "denoise 20.0", "decode kept", "copy 20.0"]
    assert "decode kept" in bar.accessibleName()


def test_how_late_pictures_are_stands_there(bar: TimeBar, bay: Bay, binder: Binder) -> None:
    assert bar.late == ""
    tell(bay, binder, (1.0, 90.0, 1.0, 1.0), late=(3.0, 270.4))
    assert bar.late == "3 late · +270 ms"
    assert bar.late in bar.accessibleName()


@pytest.mark.parametrize("ms", [(1e9, 1e-9, 0.0, 0.0), (0.0, 0.0, 0.0, 1e-6), (5e5, 5e5, 5e5, 5e5)])
@pytest.mark.parametrize("width", [2, 60, 900])
def test_any_times_are_drawn_at_any_width(
    bar: TimeBar, bay: Bay, binder: Binder, ms: tuple[float, ...], width: int
) -> None:
    tell(bay, binder, ms, "copy", (64.0, 1e7))
    bar.resize(width, 24)
    assert not bar.grab().isNull()


def test_the_stages_that_are_told_are_those_that_there_are(bay: Bay) -> None:
    told = [spec.address for spec in bay.layout.specs if spec.address.startswith("/engine/time/")]
    assert told == [*(f"/engine/time/{name}" for name in STAGES), "/engine/time/cached"]


def test_what_is_done_without_for_the_frame_rate_is_a_badge(open_window: Callable[..., MainWindow], bay: Bay) -> None:
    window = open_window()
    fps = next(fact for fact in window.findChildren(Fact) if fact.name == "fps")
    wide = fps.sizeHint().width()
    bay.write([("/engine/pace", "2 of 4 steps")], ENGINE)
    window.binder.poll()
    assert fps.badge == "2 of 4 steps"
    assert fps.sizeHint().width() > wide
    bay.write([("/engine/pace", "")], ENGINE)
    window.binder.poll()
    assert fps.sizeHint().width() == wide
