"""Plays a network of layers: what is the same for style networks and StyleGAN3. Used from one thread.

How it plays is chosen by the machine and said in ``device``. On the CPU both number formats are timed where the
processor knows bf16, and the faster is taken; numbers of threads are tried while it plays; the compiled form is had
from the cache or made beside the show, and kept only if it is faster here. An NVIDIA GPU plays a recorded graph in half
precision; every other device runs the same operations one by one.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.base.clock import now_ns
from latentjockey.base.diagnostics import logger
from latentjockey.generators.breaks import Rack
from latentjockey.generators.hands import Hands
from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers
from latentjockey.generators.style import finish
from latentjockey.generators.style.blending import Blended
from latentjockey.generators.style.compiled import Compiled
from latentjockey.generators.style.graph import GraphRunner
from latentjockey.generators.style.layered import LayeredSegment, LayeredSynthesis
from latentjockey.generators.style.segments import Play, Runner
from latentjockey.models.spec import ModelSpec

LIMIT = 1e6
"""Latents reach so far; beyond, float32 sums would not stay finite, and no picture differs any more."""
_LOG = logger("style")
_TRIES = 4
_SETTLED, _JUDGED = 40, 60
_ASKED_EVERY = 10_000
_LOOK_EVERY_S = 0.5
_DRAFTED, _JUDGED_PLACES = 2 / 3, 3
_SMALL_NS = 100_000_000

Native = Mapping[str, float | NDArray[np.float32]]
"""The values of a generator's own controls by address."""


@dataclass(frozen=True, slots=True)
class Maps:
    """One map for each layer but the last, or ``None`` where it has none. Equal keys, equal maps."""

    key: object
    maps: tuple[Tensor | None, ...]


class MapSource(Protocol):
    """Makes the maps that a player's own controls ask for."""

    def at(self, native: Native) -> Maps: ...

    def clear(self) -> None:
        """Forget what was kept to be faster."""
        ...


@dataclass(frozen=True, slots=True)
class Played:
    """A model that can be played, on the CPU. ``embed`` gives w (n, w_dim) of places and class weights, ``w_avg``
    (w_dim,) is the centre where one is known; ``other`` gives a network of the same shape, where there is one."""

    path: Path
    classes: int
    bands: tuple[int, int]
    embed: Callable[[Tensor, Tensor | None], Tensor]
    w_avg: Tensor | None
    synthesis: LayeredSynthesis
    cut: Callable[[Any], Sequence[LayeredSegment]]
    maps: Callable[[Any], MapSource]
    other: Callable[[], LayeredSynthesis | None]


class LayeredPlayer:
    """``model``, which ``spec`` describes, on ``device`` or the best there is."""

    def __init__(self, model: Played, spec: ModelSpec, device: str | None = None) -> None:
        self.spec = spec
        self._device = torch.device(device) if device else best_device()
        self._model = model
        self._synthesis, self._type = _placed(model.synthesis, self._device)
        self._segments = model.cut(self._synthesis)
        self._runner, self._drafts = Runner(self._segments), Runner(self._segments)
        self._blended = Blended(self._synthesis, model.other, model.cut)
        self._rack = Rack(model.bands, self._synthesis.num_ws - 1)
        self._maps = model.maps(self._synthesis)
        on_cpu = self._device.type == "cpu"
        self._compiled = Compiled(model.path, self._type, self._segments) if on_cpu else None
        self._hands = Hands(on_cpu)
        self._frames, self._looked = 0, 0
        self._faithful: tuple[int, ...] | None = None
        self._eager_ns: deque[int] = deque(maxlen=_SETTLED)
        self._fast_ns: deque[int] = deque(maxlen=_JUDGED)
        self._graph: tuple[tuple[int, int], GraphRunner | None] | None = None
        if self._compiled is not None:
            self._play_by(self._compiled.ready())

    @property
    def device(self) -> str:
        kind = str(self._type).removeprefix("torch.")
        if self._compiled is not None:
            return f"cpu, {self._hands}, {kind}, {self._compiled.state}"
        if self._device.type == "cuda":
            how = "graph" if self._graph is not None and self._graph[1] is not None else "eager"
            return f"{self._device} {torch.cuda.get_device_name(self._device)}, {kind}, {how}"
        return f"{self._device}, {kind}, eager"

    @torch.inference_mode()
    def embed(self, z: NDArray[np.float32], classes: Classes | None = None) -> Layers:
        """z (n, z_dim), class weights (n, K) → (n, num_ws, w_dim): every layer hears the same w."""
        u = torch.from_numpy(np.clip(z, -LIMIT, LIMIT).astype(np.float32))
        c = self._weights(len(u), classes)
        w = self._model.embed(u, c).clamp(-LIMIT, LIMIT)
        layers: Layers = w[:, None].repeat(1, self.spec.num_ws, 1).numpy()
        return layers

    def mean(self, classes: Classes | None = None) -> Layers:
        """The average w where the model knows one, whatever the classes; else the w of the middle of their latents."""
        if self._model.w_avg is not None:
            average: Layers = self._model.w_avg.repeat(self.spec.num_ws, 1).numpy()
            return average
        z = np.zeros((1, self.spec.z_dim), np.float32)
        centre: Layers = self.embed(z, None if classes is None else classes[None])[0]
        return centre

    def close(self) -> None:
        self._runner.forget()
        self._drafts.forget()
        self._rack.clear()
        self._blended.clear()
        self._maps.clear()
        self._graph = None
        if self._compiled is not None:
            self._compiled.close()

    def settle(self, *, begin: bool) -> bool:
        """Nobody waits for a picture: take up the compiled form where it is there; where it is not, have it made, if
        ``begin`` says so. Whether it is being made."""
        compiled = self._compiled
        if compiled is None or self._runner.fast is not None:
            return False
        if (fast := compiled.ready()) is not None:
            self._play_by(fast)
            return False
        if begin:
            compiled.begin()
        return compiled.state == "compiling"

    @torch.inference_mode()
    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        self._look_for_compiled(request)
        with self._hands:
            return self._frame(request, latch)

    def _frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        moment = latch()
        ws = torch.from_numpy(np.clip(moment.layers, -LIMIT, LIMIT)[None])
        limit, fold = number(moment.native, "limit", 1.0), number(moment.native, "fold", 0.0)
        maps = self._maps.at(moment.native)
        self._rack.begin(moment.breaks, moment.time, keep=not request.draft)
        mixture = self._blended.at(moment.breaks.blend) if moment.breaks is not None else None
        if mixture is None and not self._rack.active and (graph := self._graph_of(request)) is not None:
            pixels, finite = graph.run(ws, maps.maps, maps.key, limit, fold)
            return FrameResult(pixels.numpy(), finite, planar=False)
        start = now_ns()
        tap, broken = (self._rack.tap, self._rack.first or 0) if self._rack.active else (None, 0)
        runner = self._drafts if request.draft else self._runner  # what one keeps, the other must not write over
        enough = self._enough(max(request.width, request.height), maps.maps) if request.draft else 0
        picture = (mixture or runner).run(ws.to(self._device), maps.maps, maps.key, tap, broken, enough)
        if mixture is None and tap is None and not request.draft and not runner.reused:
            took = now_ns() - start
            (self._eager_ns if runner.fast is None else self._fast_ns).append(took)
            self._hands.took(took * 1e-9)
        finite = bool(torch.isfinite(picture).all())
        picture = finish.fitted(finish.held(picture, limit, fold), request.width, request.height)
        if self._device.type == "cpu":
            return FrameResult(finish.planes(picture).numpy(), finite)
        return FrameResult(finish.packed(picture).cpu().numpy(), finite, planar=False)

    def _weights(self, n: int, classes: Classes | None) -> Tensor | None:
        k = self._model.classes
        if not k:
            return None
        if classes is None:
            return F.one_hot(torch.zeros(n, dtype=torch.long), k).float()
        return torch.from_numpy(np.clip(classes, -LIMIT, LIMIT).astype(np.float32))

    def _look_for_compiled(self, request: FrameRequest) -> None:
        """Have the model compiled once it plays, take the compiled form when it is there, and keep it if it is faster:
        the fastest of the last whole pictures of each are compared."""
        compiled = self._compiled
        if compiled is None or request.draft:
            return
        self._frames += 1
        if self._frames % _ASKED_EVERY == _SETTLED:
            compiled.begin()
        if self._runner.fast is None and now_ns() - self._looked > _LOOK_EVERY_S * 1e9:
            self._looked = now_ns()
            if (fast := compiled.ready()) is not None:  # to be told that there is none yet is to forget what is kept
                self._play_by(fast)
        elif self._runner.fast is not None and self._eager_ns and len(self._fast_ns) == _JUDGED:
            if min(self._fast_ns) > min(self._eager_ns):
                self._play_by(None)
                compiled.give_up("compiled was no faster on this machine")
            self._eager_ns.clear()

    def _play_by(self, fast: Sequence[Play] | None) -> None:
        self._runner.fast = self._drafts.fast = fast
        self._hands.again()

    def _enough(self, side: int, maps: Sequence[Tensor | None]) -> int:
        """How wide a draft of ``side`` pixels has to be made, 0 for as wide as all others."""
        if self._faithful is None:
            z = np.random.default_rng(0).standard_normal((_JUDGED_PLACES, self.spec.z_dim)).astype(np.float32)
            k = self._model.classes
            kinds = np.eye(k, dtype=np.float32)[np.arange(_JUDGED_PLACES) % k] if k else None
            ws = torch.from_numpy(self.embed(z, kinds))
            shown = (self._drafts.faithful(w[None].to(self._device), maps) for w in ws)
            self._faithful = tuple(sorted(set.intersection(*map(set, shown))))
        return next((width for width in self._faithful if width >= _DRAFTED * side), 0)

    def _graph_of(self, request: FrameRequest) -> GraphRunner | None:
        """The recorded graph for pictures of this size; ``None`` where there can be none."""
        if self._device.type != "cuda" or request.draft:
            return None
        size = (request.width, request.height)
        if self._graph is None or self._graph[0] != size:
            self._graph = None  # its memory first
            try:
                self._graph = (size, GraphRunner(self._synthesis, *size))
            except RuntimeError as error:
                _LOG.warning("no graph could be recorded, so the operations run one by one: %s", error)
                self._graph = (size, None)
        return self._graph[1]


def best_device() -> torch.device:
    """The accelerator of this machine where there is one, else its processor."""
    found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return found or torch.device("cpu")


def _placed(synthesis: LayeredSynthesis, device: torch.device) -> tuple[LayeredSynthesis, torch.dtype]:
    """The synthesis on its device, in the number format that is fastest there."""
    synthesis.to(device)
    synthesis.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if device.type != "cpu":
        half = torch.float16 if device.type in ("cuda", "mps") else torch.bfloat16
        typed = synthesis.typed(half)
        return typed, typed.dtype
    if not torch.cpu._is_avx512_bf16_supported():
        return synthesis, torch.float32
    rounded = copy.deepcopy(synthesis).typed(torch.bfloat16)
    return (rounded, torch.bfloat16) if _timed(rounded) < _timed(synthesis) else (synthesis, torch.float32)


@torch.inference_mode()
def _timed(synthesis: LayeredSynthesis) -> int:
    """The shortest of a few pictures in ns, with all threads and, where that takes no time to speak of, with one."""
    every = torch.get_num_threads()
    took = _shortest(synthesis)
    if every == 1 or took > _SMALL_NS:
        return took
    torch.set_num_threads(1)
    try:
        return min(took, _shortest(synthesis))
    finally:
        torch.set_num_threads(every)


def _shortest(synthesis: LayeredSynthesis) -> int:
    ws = torch.zeros(1, synthesis.num_ws, synthesis.w_dim)
    took = []
    for _ in range(_TRIES):
        start = now_ns()
        synthesis(ws)
        took.append(now_ns() - start)
    return min(took)


def number(native: Native, name: str, default: float) -> float:
    """The number of the control ``/gen/NAME``, within what float32 sums bear."""
    return max(-LIMIT, min(LIMIT, float(native.get(f"/gen/{name}", default))))


def numbers(native: Native, name: str, count: int, default: float) -> tuple[float, ...]:
    """The ``count`` numbers of the control ``/gen/NAME``, likewise; one number is meant for each."""
    value = np.asarray(native.get(f"/gen/{name}", default), np.float64).ravel()
    return tuple(np.clip(np.resize(value if value.size else [default], count), -LIMIT, LIMIT).tolist())
