"""A network's call, recorded once for each shape of what goes in, and played from there. Engine, one thread.

A call is a tree of tensors and of what is none. Once one of the same shape has come a few times it is recorded
with tensors that stay; from then on what is new is copied into those, and the recording is played. What records is
given: on CUDA a graph of kernels. Whatever fails, the operations run one by one, and the top line says why.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils import _pytree as tree

from latentjockey.base.clock import now_ns
from latentjockey.base.diagnostics import logger

Call = Callable[..., Tensor]
_LOG = logger("diffusion")
_SEEN = 3
"""Calls of a shape before it is worth recording: a hand that passes over numbers of steps records none."""
_MOST = 4
_JUDGED = 12
"""Calls of each kind that are compared."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What tells a call from others but for the numbers in its tensors: how they are nested, their shapes and formats,
    and all that is no tensor."""

    nested: str
    leaves: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A call with tensors that stay: ``inputs`` are those among ``args`` and ``kwargs``, in order."""

    call: Call
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    inputs: tuple[Tensor, ...]

    def __call__(self) -> Tensor:
        return self.call(*self.args, **self.kwargs)


class Recorder(Protocol):
    @property
    def state(self) -> str:
        """How it stands, in a few words."""
        ...

    def record(self, bound: Bound) -> Callable[[], Tensor] | None:
        """The call made fast: it reads its inputs, which stay where they are. ``None`` while that is under way. Raises
        RuntimeError where it cannot be."""
        ...


@dataclass(slots=True)
class _Known:
    """A shape that came ``seen`` times, and its recording where there is one; ``slow`` and ``quick`` are ns of calls
    without and with it."""

    seen: int = 0
    inputs: tuple[Tensor, ...] = ()
    play: Callable[[], Tensor] | None = None
    useless: bool = False
    slow: deque[int] = field(default_factory=lambda: deque(maxlen=_JUDGED))
    quick: deque[int] = field(default_factory=lambda: deque(maxlen=_JUDGED))


class Fast:
    """``call`` played by what ``recorder`` makes of it, of a network that stays as it is. With ``judged`` the fastest
    calls with and without a recording are compared, and one that is no faster is given back. ``after`` so many calls of
    a shape it is recorded."""

    def __init__(self, call: Call, recorder: Recorder, *, judged: bool = False, after: int = _SEEN) -> None:
        self._call, self._recorder, self._judged, self._after = call, recorder, judged, after
        self._known: dict[Shape, _Known] = {}
        self._trouble = ""
        self.played = False
        """Whether the last call was played from a recording."""

    @property
    def words(self) -> str:
        """How it plays, for the top line."""
        if self._trouble:
            return f"eager: {self._trouble}"
        if self.played:
            return self._recorder.state
        if any(known.useless for known in self._known.values()):
            return "eager: a recording was no faster on this machine"
        return "compiling" if self._recorder.state == "compiling" else "eager"

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        leaves, spec = tree.tree_flatten((args, kwargs))
        if self._trouble:
            return self._plainly(args, kwargs)
        shape = Shape(str(spec), tuple(_mark(leaf) for leaf in leaves))
        known = self._known.pop(shape, None) or _Known()
        self._known[shape] = known  # the last is the newest
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        known.seen += 1
        if known.play is None and known.seen > self._after and not known.useless:
            self._try(known, leaves, spec, tensors)
        return self._timed(known, tensors, args, kwargs)

    def forget(self) -> None:
        """Keep no recording."""
        self._known.clear()

    def _try(self, known: _Known, leaves: list[Any], spec: Any, tensors: Sequence[Tensor]) -> None:
        inputs = known.inputs or tuple(tensor.clone() for tensor in tensors)
        known.inputs = inputs
        stay = iter(inputs)
        args, kwargs = tree.tree_unflatten([next(stay) if isinstance(leaf, Tensor) else leaf for leaf in leaves], spec)
        try:
            known.play = self._recorder.record(Bound(self._call, tuple(args), dict(kwargs), inputs))
        except Exception as error:  # noqa: BLE001 - whatever a compiler or a driver says, the show plays on without
            words = " ".join(str(error).split())[:160].rstrip(".")
            self._trouble = words or type(error).__name__
            self._known.clear()
            _LOG.warning("the operations of the network run one by one: %s", words)

    def _timed(self, known: _Known, tensors: Sequence[Tensor], args: Any, kwargs: Any) -> Tensor:
        start = now_ns() if self._judged else 0
        play = known.play
        if play is None:
            made = self._plainly(args, kwargs)
        else:
            for mine, theirs in zip(known.inputs, tensors, strict=True):
                mine.copy_(theirs, non_blocking=True)
            made, self.played = play().clone(), True
        if self._judged:
            (known.slow if play is None else known.quick).append(now_ns() - start)
            if len(known.quick) == _JUDGED and known.slow and min(known.quick) >= min(known.slow):
                known.play, known.inputs, known.useless, self.played = None, (), True, False
                known.quick.clear()
        return made

    def _plainly(self, args: Any, kwargs: Any) -> Tensor:
        self.played = False
        return self._call(*args, **kwargs)


def first_of(network: Any) -> Call:
    """What a network of diffusers predicts, the first of what it gives."""

    def call(*args: Any, **kwargs: Any) -> Tensor:
        made: Tensor = network(*args, return_dict=False, **kwargs)[0]
        return made

    return call


def _mark(leaf: object) -> object:
    if isinstance(leaf, Tensor):
        return tuple(leaf.shape), str(leaf.dtype), leaf.device.type
    return leaf


class CudaGraphs:
    """A :class:`Recorder` for CUDA: the kernels of a call, launched together. At batch 1 a network is hundreds of small
    ones, and to launch them one by one may take longer than to run them. Not run on a GPU yet."""

    state = "graph"

    def record(self, bound: Bound) -> Callable[[], Tensor]:
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_SEEN):
                bound()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            made = bound()

        def play() -> Tensor:
            graph.replay()
            return made

        return play
