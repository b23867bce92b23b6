"""The child that plays style networks of random weights: as they are, compiled, with early layers kept, and beside them
the published reference network of the same shape, where its source lies on this machine."""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.children import say, serve
from latentjockey.base.clock import now_ns
from latentjockey.base.platform import keep_freed_memory
from latentjockey.base.threads import candidates
from latentjockey.generators.style.compiled import Compiled
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.graph import GraphRunner
from latentjockey.generators.style.model_file import load, save
from latentjockey.generators.style.network import StyleNet, Synthesis
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.generators.style.segments import Runner, cut
from latentjockey.models.card import ModelCard

REFERENCE = "STYLEGAN_REFERENCE"
_COMPILING_S = 400.0
_LATE = 3

Draw = Callable[[], object]


def _shape(size: int, base: int, widest: int) -> StyleConfig:
    return StyleConfig(size, 64, 512 if widest == 512 else 192, 0, base, widest, start="const")


class _Bench:
    def __init__(self, size: int, base: int, widest: int) -> None:
        torch.manual_seed(0)
        self._config = _shape(size, base, widest)
        self._folder = tempfile.TemporaryDirectory(prefix="latentjockey-bench-")
        self._path = Path(self._folder.name) / "random.safetensors"
        prior = ClassPrior(0, 64)
        save(self._path, StyleNet(self._config), prior, name="random", classes=(), card=ModelCard(name="Random"))
        self._ws = torch.randn(12, 1, self._config.num_ws, self._config.w_dim)
        self._turn = 0
        self._counts = candidates(torch.get_num_threads()) if not torch.cuda.is_available() else (1,)
        self.words: list[str] = []
        self.kinds: dict[str, Draw] = {}
        if torch.cuda.is_available():
            self._on_gpu()
        else:
            for dtype in (torch.float32, torch.bfloat16):
                self._on_cpu(dtype)
        self._reference()

    def close(self) -> None:
        self._folder.cleanup()

    def measure(self, rounds: int, frames: int) -> dict[str, dict[int, list[float]]]:
        """Milliseconds a frame by kind and number of threads: rounds of ``frames`` each, by turns."""
        times: dict[str, dict[int, list[float]]] = {kind: {n: [] for n in self._counts} for kind in self.kinds}
        for _ in range(rounds):
            for (kind, draw), count in itertools.product(self.kinds.items(), self._counts):
                torch.set_num_threads(count)
                draw()
                for _ in range(frames):
                    start = now_ns()
                    draw()
                    times[kind][count].append((now_ns() - start) * 1e-6)
        return times

    def _next(self) -> Tensor:
        self._turn += 1
        return self._ws[self._turn % len(self._ws)]

    def _late(self) -> Tensor:
        """A place that differs from the last one in its latest rows only."""
        ws = self._ws[0].clone()
        ws[:, -_LATE:] = self._next()[:, -_LATE:]
        return ws

    def _synthesis(self, dtype: torch.dtype, device: str = "cpu") -> Synthesis:
        synthesis = load(self._path).net.synthesis.to(device, dtype)
        return synthesis.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]

    def _on_cpu(self, dtype: torch.dtype) -> None:
        name = "bf16" if dtype == torch.bfloat16 else "fp32"
        synthesis = self._synthesis(dtype)
        segments, maps = cut(synthesis), synthesis.noise_maps("const", 1)
        plain = Runner(segments)
        self.kinds[f"{name} eager"] = lambda: plain.run(self._next(), maps, 0)
        compiled = Compiled(self._path, dtype, segments)
        compiled.begin()
        if compiled._child is not None:
            compiled._child.wait(_COMPILING_S)
        plays = compiled.ready()
        if plays is None:
            self.words.append(f"{name}: {compiled.state}")
            return
        fast = Runner(segments)
        fast.fast = plays
        self.kinds[f"{name} compiled"] = lambda: fast.run(self._next(), maps, 0)
        self.kinds[f"{name} compiled, late rows only"] = lambda: fast.run(self._late(), maps, 0)

    def _on_gpu(self) -> None:
        synthesis = self._synthesis(torch.float16, "cuda")
        maps, plain = synthesis.noise_maps("const", 1), Runner(cut(synthesis))
        size = self._config.size
        graph = GraphRunner(synthesis, size, size)
        self.kinds["fp16 eager"] = lambda: plain.run(self._next().cuda(), maps, 0).cpu()
        self.kinds["fp16 graph, to bytes on the host"] = lambda: graph.run(self._next(), maps, 0, 1.0, 0.0)

    def _reference(self) -> None:
        """The published network, in plain operations on the CPU: its own ``ref`` implementations."""
        if why := reference_found():
            self.words.append(f"no reference: {why}")
            return
        try:
            from training.networks_stylegan2 import SynthesisNetwork  # type: ignore[import-not-found]

            c = self._config
            net = SynthesisNetwork(
                w_dim=c.w_dim, img_resolution=c.size, img_channels=3, channel_base=c.channel_base,
                channel_max=c.channel_max, num_fp16_res=0,
            )  # fmt: skip
            net = net.eval().requires_grad_(False)
            if torch.cuda.is_available():
                net = net.cuda()
            net(self._ws[0].to(net.b4.const.device), noise_mode="const")
        except Exception as error:  # noqa: BLE001 - a foreign source may need what is not here: it is told
            self.words.append(f"no reference: {type(error).__name__}: {str(error).splitlines()[0][:120]}")
        else:
            device = net.b4.const.device
            self.kinds["reference"] = lambda: net(self._next().to(device), noise_mode="const").cpu()


def reference_found() -> str:
    """Make the published networks' source importable. Empty, or why they are not there."""
    folder = os.environ.get(REFERENCE, "")
    if not folder:
        return f"{REFERENCE} names no folder with its source"
    sys.path.insert(0, folder)
    for name in ("requests", "pkg_resources"):  # for downloads, and to compare releases of torch: not needed here
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["pkg_resources"].parse_version = _release  # type: ignore[attr-defined]
    return ""


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("+")[0].split(".") if part.isdigit())


def main() -> None:
    keep_freed_memory()  # as engines do
    bench: _Bench | None = None
    with torch.inference_mode():
        for request in serve():
            if "size" in request:
                bench = _Bench(request["size"], request["base"], request["widest"])
                say(words=bench.words)
            elif bench is not None:
                say(times=bench.measure(request["rounds"], request["frames"]))
    if bench is not None:
        bench.close()


if __name__ == "__main__":
    main()
