"""The child that draws with the coordinate network, eagerly and compiled, in the engine's environment."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from benchmarks.children import say, serve
from latentjockey.base.clock import now_ns
from latentjockey.base.platform import keep_freed_memory
from latentjockey.generators.cppn import Cppn
from latentjockey.generators.protocol import FrameRequest, Layers, Moment
from latentjockey.navigation.seeds import z_from_seed

_PLACES = 24


def _places(generator: Cppn) -> list[Layers]:
    """Places on a walk, a new one for each frame, as when it drifts."""
    ends = [z_from_seed(seed, generator.spec.z_dim) for seed in range(1, 5)]
    walk = [
        np.cos(x) * a + np.sin(x) * b
        for a, b in itertools.pairwise(ends)
        for x in np.linspace(0.0, np.pi / 2, _PLACES // 3, endpoint=False)
    ]
    return list(generator.embed(np.stack(walk).astype(np.float32)))


def _draw(generator: Cppn, size: int, layers: Layers) -> NDArray[np.uint8]:
    return generator.frame(FrameRequest(size, size), lambda: Moment(layers, {})).pixels


class _Bench:
    def __init__(self, sizes: list[int], compiled: list[int]) -> None:
        self._sizes = sizes
        self._compiled = compiled
        self.eager = Cppn()
        self._places = _places(self.eager)
        self._kinds: dict[str, Cppn] = {"eager": self.eager}
        self.why_not = ""
        self.differing = 0.0
        for size in sizes:
            _draw(self.eager, size, self._places[0])
        if compiled:
            self._compile()

    def _compile(self) -> None:
        """Draw every place once compiled, and compare; where that fails, the table says why."""
        try:
            from benchmarks.cppn_compiled import CompiledCppn

            generator = CompiledCppn()
            for size in self._compiled:
                for layers in self._places:
                    drawn = _draw(generator, size, layers).astype(np.int16)
                    off = np.abs(drawn - _draw(self.eager, size, layers)) > 2
                    self.differing = max(self.differing, float(off.mean()))
        except Exception as error:  # noqa: BLE001 - no compiler, no headers, no room: whatever it is, it is told
            self.why_not = f"{type(error).__name__}: {str(error).strip().splitlines()[0][:120]}"
        else:
            self._kinds["compiled"] = generator

    def measure(self, rounds: int, frames: int) -> dict[str, list[float]]:
        """Milliseconds a frame by ``SIZE KIND``: rounds of ``frames`` each, by turns."""
        times: dict[str, list[float]] = {}
        for turn in range(rounds):
            for size in self._sizes:
                for kind, generator in self._kinds.items():
                    if kind == "compiled" and size not in self._compiled:
                        continue
                    mine = times.setdefault(f"{size} {kind}", [])
                    _draw(generator, size, self._places[-1])
                    for i in range(frames):
                        layers = self._places[(turn * frames + i) % len(self._places)]
                        start = now_ns()
                        _draw(generator, size, layers)
                        mine.append((now_ns() - start) * 1e-6)
        return times


def main() -> None:
    keep_freed_memory()  # as engines do
    bench: _Bench | None = None
    for request in serve():
        if bench is None:
            bench = _Bench(request["sizes"], request["compiled"])
            say(why_not=bench.why_not, differing=bench.differing, device=bench.eager.device)
        else:
            say(times=bench.measure(request["rounds"], request["frames"]))


if __name__ == "__main__":
    main()
