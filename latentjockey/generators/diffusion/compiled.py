"""The compiled form of a small network for the processor: had from the cache, or made beside the show. Engine's thread.

As for style networks (ADR 12) a child at the lowest priority compiles ahead of time, one package for each shape of
call, while the network plays as it is. Large networks are not compiled: nearly all their time is spent in products
that are as fast without, and to compile them takes memory several times as large.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as tree

from latentjockey.base.clock import wall_seconds
from latentjockey.base.platform import has_cpp_compiler
from latentjockey.generators.diffusion.fast import Bound
from latentjockey.generators.packages import load_package
from latentjockey.generators.style.compiled import EAGER, kept_at

READY, FAILED, WISH, PACKAGE = "ready", "failed", "wish.json", "network.pt2"
MOST_BYTES = 256 << 20
"""Weights of networks that are compiled: at most so many bytes."""
_TRY_AGAIN_S = 3600.0
_VERSION = "diffusion-1"


class Compiler:
    """A recorder of calls of the network as it lies in ``folder``, whose state ``stamp`` tells."""

    def __init__(self, folder: Path, stamp: object) -> None:
        self._folder, self._stamp = folder, stamp
        self._child: subprocess.Popen[bytes] | None = None
        self.state = "eager"

    def record(self, bound: Bound) -> Callable[[], Tensor] | None:
        """The compiled form of this call, where it is there; else it is begun, one at a time. Raises RuntimeError where
        there can be none."""
        wish = wish_of(bound.args, bound.kwargs)
        place = kept_at(self._key(wish)) if wish is not None else None
        if place is None:
            raise RuntimeError("nothing can be compiled or kept here")
        if (place / READY).exists():
            return self._loaded(place, bound.inputs)
        if self._child is not None:
            if (ended := self._child.poll()) is None:
                return None
            self._child = None
            if ended:
                raise RuntimeError(_failure(place))
        self._begin(place, wish)
        return None

    def close(self) -> None:
        """End the compiling, if it goes on."""
        if self._child is not None and self._child.poll() is None:
            self._child.kill()
            self._child.wait()

    def _key(self, wish: str | None) -> bytes:
        said = (_VERSION, str(self._stamp), wish or "", torch.__version__, torch.backends.cpu.get_cpu_capability())
        return hashlib.sha256("\n".join((*said, platform.processor())).encode()).digest()

    def _loaded(self, place: Path, inputs: Sequence[Tensor]) -> Callable[[], Tensor]:
        try:
            run = load_package(place / PACKAGE)
        except Exception:
            shutil.rmtree(place, ignore_errors=True)  # what does not load is made anew another time
            raise
        self.state = "compiled"
        os.utime(place)

        return lambda: run(list(inputs))[0]

    def _begin(self, place: Path, wish: str | None) -> None:
        failed = place / FAILED
        if not has_cpp_compiler():
            raise RuntimeError("there is no C++ compiler on this machine")
        if failed.exists() and wall_seconds() - failed.stat().st_mtime < _TRY_AGAIN_S:
            raise RuntimeError(_failure(place))
        (place / WISH).write_text(wish or "", encoding="utf-8")
        command = [sys.executable, "-m", "latentjockey.generators.diffusion.compile_child"]
        quiet = subprocess.DEVNULL
        self._child = subprocess.Popen(
            [*command, str(self._folder), str(place), str(os.getpid())],
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        self.state = "compiling"


def compiles(network: nn.Module) -> bool:
    """Whether a network on the processor is worth compiling here."""
    return not os.environ.get(EAGER) and sum(weight.nbytes for weight in network.parameters()) <= MOST_BYTES


def wish_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """A call's shape as a text, for a child; ``None`` where it holds what cannot be told so."""
    leaves, spec = tree.tree_flatten((args, kwargs))
    told: list[object] = []
    for leaf in leaves:
        if isinstance(leaf, Tensor):
            told.append({"shape": list(leaf.shape), "format": str(leaf.dtype).removeprefix("torch.")})
        elif leaf is None or isinstance(leaf, bool | int | float | str):
            told.append(leaf)
        else:
            return None
    return json.dumps({"nested": tree.treespec_dumps(spec), "leaves": told})


def wished(text: str) -> tuple[list[Tensor], Callable[[Sequence[Tensor]], tuple[tuple[Any, ...], dict[str, Any]]]]:
    """Tensors of the shapes that a wish tells, and what puts such into the arguments of the call."""
    said = json.loads(text)
    spec, leaves = tree.treespec_loads(said["nested"]), said["leaves"]
    inputs = [torch.zeros(leaf["shape"], dtype=getattr(torch, leaf["format"])) for leaf in leaves if type(leaf) is dict]

    def put(tensors: Sequence[Tensor]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        stay = iter(tensors)
        args, kwargs = tree.tree_unflatten([next(stay) if type(leaf) is dict else leaf for leaf in leaves], spec)
        return tuple(args), dict(kwargs)

    return inputs, put


def _failure(place: Path) -> str:
    try:
        return (place / FAILED).read_text(encoding="utf-8")[:200]
    except OSError:
        return "compiling was cut short"
