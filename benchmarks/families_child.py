"""The child that plays one model of each family, by the player that the instrument plays it by."""

from __future__ import annotations

import importlib.util
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import numpy as np
from numpy.typing import NDArray

from benchmarks.children import say, serve
from benchmarks.random_models import SHAPES, save
from latentjockey.base.clock import now_ns
from latentjockey.base.platform import keep_freed_memory
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.engine.picture import TwoModels
from latentjockey.generators.protocol import FrameRequest, FrameResult, Generator, Layers, Moment
from latentjockey.generators.registry import create
from latentjockey.generators.style.compiled import EAGER
from latentjockey.generators.style.playing import LayeredPlayer
from latentjockey.models import library
from latentjockey.models.controls import controls_of
from latentjockey.models.pair import pair

_PLACES, _ENDS = 24, 4
_IN_A_ROW, _LEAST = 10, 3
_LOOK_S = 0.5
_COMPILED = ", compiled"

Draw = Callable[[], FrameResult]


class Bench:
    """The ways in which a model is played: each of ``kinds`` draws a picture, at a new place every time; ``devices``
    say, after it was played, how, in the player's own words; of compiled forms also why there is none."""

    def __init__(self) -> None:
        self.kinds: dict[str, Draw] = {}
        self.devices: dict[str, Callable[[], str]] = {}
        self._playing: list[Generator] = []

    def play(self, name: str, compile_s: float, *, in_cache: bool) -> None:
        """The model ``name`` as it is, and compiled where that form may be ``in_cache``, or is there within
        ``compile_s`` seconds."""
        with _eager():
            eager = self._kept(create(name))
        self._add("eager", eager, alike(eager))
        if not isinstance(eager, LayeredPlayer) or not (in_cache or compile_s > 0.0):
            return  # to make a player takes several pictures
        player = self._kept(create(name))
        if isinstance(player, LayeredPlayer):
            begun, pause = now_ns(), Event()
            while player.settle(begin=compile_s > 0.0) and now_ns() - begun < compile_s * 1e9:
                pause.wait(_LOOK_S)
        if player.device.endswith(_COMPILED):
            self._add("compiled", player, alike(player))
        else:
            self.devices["compiled"] = lambda: player.device

    def mix(self, name: str) -> None:
        """The model ``name`` where coarse, middle and fine layers hear different places."""
        player = self._kept(create(name))
        self._add("eager, coarse, middle and fine at different places", player, differing(player))

    def decks(self, a: str, b: str) -> None:
        """A model on each deck: the crossfader at either end, where only one of them is drawn, and half-way."""
        near, far = self._kept(create(a)), self._kept(create(b))
        both = pair(near.spec, far.spec)
        layout = Layout(1, Layout(1, controls_of(both)).engine_specs())
        picture, request = TwoModels(near, far, layout.specs), FrameRequest(*both.size)

        def at(crossfade: float) -> Draw:
            turns = itertools.cycle(_snapshots(layout, crossfade, near.spec.z_dim, far.spec.z_dim))
            return lambda: picture.draw(request, lambda: (next(turns), 0.0)).result

        for kind, crossfade in ((a, 0.0), (b, 1.0), ("half-way", 0.5)):
            self.kinds[kind] = at(crossfade)
            self.devices[kind] = lambda: picture.device

    def measure(self, seconds: float) -> dict[str, list[float]]:
        """Milliseconds a frame by kind, by turns, for about ``seconds`` each. Raises ValueError where a picture holds
        what is no number."""
        times: dict[str, list[float]] = {kind: [] for kind in self.kinds}
        for kind, draw in self.kinds.items():
            if not draw().finite:
                raise ValueError(f"{kind}: its picture is not finite")
        begun = now_ns()
        while min(map(len, times.values())) < _LEAST or now_ns() - begun < seconds * 1e9 * len(times):
            for kind, draw in self.kinds.items():
                draw()
                turn = now_ns()
                for _ in range(_IN_A_ROW):
                    start = now_ns()
                    draw()
                    times[kind].append((now_ns() - start) * 1e-6)
                    if now_ns() - turn > seconds * 1e9 / 4:
                        break
        return times

    def close(self) -> None:
        for generator in self._playing:
            generator.close()

    def _kept(self, generator: Generator) -> Generator:
        self._playing.append(generator)
        return generator

    def _add(self, kind: str, generator: Generator, places: Sequence[Layers]) -> None:
        request, turns = FrameRequest(*generator.spec.size), itertools.cycle(places)
        self.kinds[kind] = lambda: generator.frame(request, lambda: Moment(next(turns), {}))
        self.devices[kind] = lambda: generator.device


@contextmanager
def _eager() -> Iterator[None]:
    """Whoever is made within is not compiled."""
    before = os.environ.get(EAGER)
    os.environ[EAGER] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[EAGER]
        else:
            os.environ[EAGER] = before


def walk(z_dim: int, seed: int = 0) -> NDArray[np.float32]:
    """Places on a way around, a new one for each frame, as when it drifts: (24, z_dim)."""
    ends = np.random.default_rng(seed).standard_normal((_ENDS, z_dim))
    turns = np.linspace(0.0, np.pi / 2, _PLACES // _ENDS, endpoint=False)
    legs = itertools.pairwise((*ends, ends[0]))
    return np.array([np.cos(x) * here + np.sin(x) * there for here, there in legs for x in turns], np.float32)


def alike(generator: Generator) -> list[Layers]:
    """Layer latents where every layer hears one place."""
    return list(generator.embed(walk(generator.spec.z_dim)))


def differing(generator: Generator) -> list[Layers]:
    """Layer latents where coarse, middle and fine layers hear a place of their own each."""
    coarse, middle = generator.spec.bands
    mixed: list[Layers] = []
    for far, near, place in zip(*(generator.embed(walk(generator.spec.z_dim, seed)) for seed in range(3)), strict=True):
        place[:coarse], place[coarse:middle] = far[:coarse], near[coarse:middle]
        mixed.append(place)
    return mixed


def _snapshots(layout: Layout, crossfade: float, z_a: int, z_b: int) -> list[Snapshot]:
    """What the controls say while both decks move, the crossfader stays and all else is at its default."""
    found = []
    for here, there in zip(walk(z_a, 0), walk(z_b, 1), strict=True):
        values = layout.defaults()
        for address, value in (("/mix/crossfade", crossfade), ("/deck/a/z", here), ("/deck/b/z", there)):
            target = layout.resolve(address)
            if target is None:
                raise LookupError(f"there is no {address}")
            values[target.start : target.stop] = value
        found.append(Snapshot(layout, 1, 0, values, {}))
    return found


def main() -> None:
    keep_freed_memory()  # as engines do
    for request in serve():
        say(**_answer(Path(os.environ.get(library.FOLDERS_VARIABLE, "")), **request))


def _answer(
    folder: Path, name: str, shape: str, seconds: float, compile_s: float, graph: bool, mixed: bool, beside: str
) -> dict[str, object]:
    """The times of one case. ``shape`` is one of random_models.SHAPES, or empty for a model that is here."""
    if graph and importlib.util.find_spec("onnxruntime") is None:
        return {"why": "onnxruntime is not installed"}
    path, bench = folder / f"{name}.safetensors", Bench()
    try:
        if shape:  # the parent's folder: it goes even when this process is ended
            save(path, SHAPES[shape], as_graph=graph)
        if beside:
            bench.decks(name, beside)
        else:
            bench.play(name, compile_s, in_cache=not shape)
            if mixed:
                bench.mix(name)
        return {"times": bench.measure(seconds), "devices": {kind: device() for kind, device in bench.devices.items()}}
    finally:
        bench.close()
        if shape:
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
