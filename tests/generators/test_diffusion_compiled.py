"""Compiling a diffusion network beside the show: what a child is told, and what is said where there can be none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils import _pytree as tree

from latentjockey.generators.diffusion import compiled
from latentjockey.generators.diffusion.compiled import FAILED, READY, Compiler, compiles, wish_of, wished
from latentjockey.generators.diffusion.fast import Bound, Fast
from latentjockey.generators.style.compiled import EAGER, kept_at

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(-1e9, 1e9),
    st.text(max_size=8),
    st.lists(st.integers(1, 4), max_size=3).map(torch.zeros),
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(_TREES, max_size=3), st.dictionaries(st.text(max_size=5), _TREES, max_size=3))
def test_a_call_of_any_kind_is_told_and_put_together_again(args: list[Any], kwargs: dict[str, Any]) -> None:
    wish = wish_of(tuple(args), kwargs)
    assert wish is not None
    inputs, put = wished(wish)
    made = put(inputs)
    before, nested = tree.tree_flatten((tuple(args), kwargs))
    after, again = tree.tree_flatten(made)
    assert nested == again
    for one, other in zip(before, after, strict=True):
        if isinstance(one, Tensor):
            assert one.shape == other.shape
            assert one.dtype == other.dtype
        else:
            assert one == other
    assert wish_of(*made) == wish


def test_what_cannot_be_told_is_not_compiled() -> None:
    assert wish_of((object(),), {}) is None


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bound:
    """A call whose compiled form would lie in a folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(EAGER, raising=False)
    x = torch.ones(2)
    return Bound(lambda x: x + 1.0, (x,), {}, (x,))


def test_without_a_compiler_it_says_so_and_plays_on(bound: Bound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "has_cpp_compiler", lambda: False)
    fast = Fast(bound.call, Compiler(Path("nowhere"), 1), after=2)
    for _ in range(6):
        assert torch.equal(fast(torch.ones(2)), torch.full((2,), 2.0))
    assert fast.words == "eager: there is no C++ compiler on this machine"


def test_what_failed_lately_is_not_tried_again_at_once(bound: Bound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "has_cpp_compiler", lambda: True)
    compiler = Compiler(Path("nowhere"), 1)
    wish = wish_of(bound.args, bound.kwargs)
    assert wish is not None
    place = kept_at(compiler._key(wish))
    assert place is not None
    (place / FAILED).write_text("compiling failed (for a reason)")
    with pytest.raises(RuntimeError, match="for a reason"):
        compiler.record(bound)
    assert not (place / "wish.json").exists()
    monkeypatch.setattr(compiled, "wall_seconds", lambda: os.stat(place / FAILED).st_mtime + 2 * 3600.0)
    monkeypatch.setattr("latentjockey.generators.diffusion.compiled.subprocess.Popen", Child)
    assert compiler.record(bound) is None
    assert compiler.state == "compiling"
    assert (place / "wish.json").read_text() == wish


class Child:
    """A child that never ends, and never begins."""

    def __init__(self, *command: Any, **more: Any) -> None:
        self.ended: int | None = None

    def poll(self) -> int | None:
        return self.ended

    def kill(self) -> None:
        self.ended = -9

    def wait(self) -> None:
        assert self.ended is not None


def test_one_shape_is_compiled_at_a_time_and_closing_ends_it(bound: Bound, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Child] = []
    monkeypatch.setattr(compiled, "has_cpp_compiler", lambda: True)

    def begin(*command: Any, **more: Any) -> Child:
        begun.append(Child())
        return begun[-1]

    monkeypatch.setattr("latentjockey.generators.diffusion.compiled.subprocess.Popen", begin)
    compiler = Compiler(Path("nowhere"), 1)
    for _ in range(5):
        assert compiler.record(bound) is None
    assert len(begun) == 1
    compiler.close()
    assert begun[0].ended == -9


def test_a_package_that_does_not_load_is_thrown_away(bound: Bound) -> None:
    compiler = Compiler(Path("nowhere"), 1)
    wish = wish_of(bound.args, bound.kwargs)
    assert wish is not None
    place = kept_at(compiler._key(wish))
    assert place is not None
    (place / compiled.PACKAGE).write_bytes(b"no package")
    (place / READY).touch()
    fast = Fast(bound.call, compiler, after=1)
    for _ in range(3):
        assert torch.equal(fast(torch.ones(2)), torch.full((2,), 2.0))
    assert fast.words.startswith("eager: ")
    assert not place.exists()


def test_another_state_of_the_folder_is_another_form(bound: Bound) -> None:
    assert Compiler(Path("a"), 1)._key("x") != Compiler(Path("a"), 2)._key("x")
    assert Compiler(Path("a"), 1)._key("x") != Compiler(Path("a"), 1)._key("y")


def test_large_networks_are_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(EAGER, raising=False)
    with torch.device("meta"):
        small, large = nn.Linear(100, 100), nn.Linear(10_000, 10_000)
    assert compiles(small)
    assert not compiles(large)
    monkeypatch.setenv(EAGER, "1")
    assert not compiles(small)
