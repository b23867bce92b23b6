"""What a show begins with: a scene where nobody asked for anything, and just what was asked for elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from latentjockey.app import Show
from latentjockey.control.source import HAND
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.options import Options
from latentjockey.session.opening import PLACES


@contextmanager
def a_show(**options: Any) -> Iterator[Show]:
    show = Show(Options(**{"model": "testcard", "session": False, "surfaces": False, "standby": False, **options}))
    try:
        yield show
    finally:
        show.close()


def filled(show: Show) -> int:
    return sum(bool(show.bay.number(f"/deck/{d}/cue/{n}/filled")) for d in "ab" for n in range(1, 9))


@pytest.mark.parametrize("options", [{"opens": True}, {"simulate": True}], ids=str)
def test_a_fresh_start_has_its_scene(options: dict[str, bool]) -> None:
    with a_show(**options) as show:
        assert filled(show) == 16
        assert show.bay.number("/deck/a/drift/speed") > 0
        assert show.bay.number("/mix/crossfade") == 0
        for deck in "ab":
            z = np.asarray(show.bay.value(f"/deck/{deck}/z"))
            assert np.array_equal(z, z_from_seed(PLACES[deck][0], z.size))


@pytest.mark.parametrize(
    "options",
    [{}, {"opens": True, "seed": "7"}, {"opens": True, "sets": (("/deck/a/psi", "2"),)}, {"preset": "Porthole"}],
    ids=str,
)
def test_whatever_was_asked_for_wins(options: dict[str, Any]) -> None:
    with a_show(**options) as show:
        assert filled(show) == 0


def test_a_preset_takes_its_morph_time_through_the_whole_show(
    play: Callable[..., Any], until: Callable[..., bool]
) -> None:
    stage = play(opens=True)
    bay = stage.show.bay
    bay.write([("/preset/save", "here")], HAND)
    assert until(lambda: "here" in stage.show.library.names())
    bay.write([("/deck/a/eq/fine", 3.0)], HAND)
    assert until(lambda: bay.number("/deck/a/eq/fine") == 3.0)
    bay.write([("/preset/morph", 1.5), ("/preset/recall", "here")], HAND)
    between: set[float] = set()

    def arrived() -> bool:
        between.add(bay.number("/deck/a/eq/fine"))
        return bay.number("/deck/a/eq/fine") == 1.0

    assert until(arrived)
    assert len(between) > 3
    assert min(between) == 1.0
    assert max(between) == 3.0
