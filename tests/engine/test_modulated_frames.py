"""A real engine with routes: frames show what the formula says for their own time, and stillness stays still."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import numpy as np
import pytest

from latentjockey.base.clock import now_ns
from latentjockey.control.catalogue_modulation import SHAPES, SOURCES
from latentjockey.control.snapshot import Snapshot
from latentjockey.link import messages as m
from latentjockey.modulation.lfo import lfo_of
from latentjockey.modulation.transport import transport_of


def _engine_alone() -> Any:
    """The host of the neighbouring tests; tests are no package, so it is loaded by its path."""
    name = "engine_alone_for_modulation"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("test_engine_alone.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
def host() -> Iterator[Any]:
    made = _engine_alone().Host()
    yield made
    made.close()


def route(host: Any, target: str, amount: float, source: str = "lfo 1") -> None:
    found = host.layout.resolve(target)
    host.set("/mod/1/on", 1.0)
    host.set("/mod/1/source", SOURCES.index(source))
    host.set("/mod/1/amount", amount)
    host.set("/mod/1/index", found.start)


def draws(host: Any, seconds: float) -> bool:
    """Whether another picture comes within a while. A slot that went back makes it say once more that it sleeps."""
    try:
        while True:
            if isinstance(host.said.get(timeout=seconds), m.Ready):
                return True
    except Empty:
        return False


def shown(host: Any, frame: Any) -> Snapshot:
    return Snapshot(host.layout, frame.stamp.revision, 0, frame.effective, {})


def test_each_frame_shows_the_formula_at_its_own_time(host: Any) -> None:
    host.set("/deck/b/z", np.linspace(2, -2, 512))
    host.set("/mix/crossfade", 0.4)
    host.set("/lfo/1/rate", 1.5)
    host.set("/lfo/1/since", now_ns() * 1e-9)
    host.set("/engine/fps_cap", 50.0)
    route(host, "/mix/crossfade", 0.3)
    host.play()
    base = Snapshot(host.layout, 1, 0, host.values.copy(), {})
    seen, positions = [], []
    for _ in range(12):
        with host.picture() as frame:
            level = lfo_of(base, 1).value(frame.stamp.time, transport_of(base))
            assert shown(host, frame).number("/mix/crossfade") == pytest.approx(0.4 + 0.3 * level, abs=1e-12)
            changed = np.flatnonzero(frame.effective != host.values)
            assert set(changed) <= {host.layout.resolve("/mix/crossfade").start}
            seen.append(shown(host, frame).number("/mix/crossfade"))
            positions.append(frame.position.copy())
    assert len(set(seen)) == 12, "it goes on drawing by itself"
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(positions))


def test_a_route_that_moves_nothing_leaves_frames_bit_for_bit_and_lets_the_engine_sleep(host: Any) -> None:
    host.set("/deck/a/z", np.linspace(-1, 1, 512))
    host.set("/mix/crossfade", 0.25)
    host.play()
    with host.picture() as frame:
        plain, position = frame.rgb(), frame.position.copy()
    assert host.expect(m.Idle).sequence == 1
    route(host, "/mix/crossfade", 0.0)  # no amount
    host.publish()
    host.send(m.Wake())
    with host.picture() as frame:
        assert np.array_equal(frame.rgb(), plain)
        assert np.array_equal(frame.position, position)
        assert np.array_equal(frame.effective, host.values)
    host.set("/mod/1/amount", 0.5)
    host.set("/mod/1/index", host.layout.engine_size + 7)  # a control of the show's alone
    host.publish()
    host.send(m.Wake())
    with host.picture() as frame:
        assert np.array_equal(frame.rgb(), plain)
    assert not draws(host, 0.3), "a still picture costs nothing"
    assert host.silent(0.3), "a still picture costs nothing"


def test_what_is_heard_moves_a_picture_when_it_is_written_and_not_otherwise(host: Any) -> None:
    host.set("/deck/b/z", np.linspace(2, -2, 512))
    route(host, "/mix/crossfade", 0.5, "low")
    host.play()
    host.picture().release()
    host.expect(m.Idle)
    host.set("/audio/low", 0.6)
    host.publish()
    host.send(m.Wake())
    with host.picture() as frame:
        assert shown(host, frame).number("/mix/crossfade") == pytest.approx(0.3)
    assert not draws(host, 0.2)


def test_a_lone_component_turned_by_a_square_reaches_the_deck(host: Any) -> None:
    host.set("/lfo/1/shape", SHAPES.index("square"))
    host.set("/lfo/1/rate", 0.0)
    route(host, "/deck/a/z/7", 0.25)
    host.play()
    with host.picture() as frame:
        assert frame.position[0, 7] == pytest.approx(1.5)
        assert not np.delete(frame.position[0], 7).any()
