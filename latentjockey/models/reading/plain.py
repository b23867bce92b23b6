"""What a checkpoint is when it was read: numbers, texts, lists, tables and arrays, and nothing that could act. Pure.

Objects of other programs come as one of three records, all of them data that this module owns: :class:`Persistent` for
the networks that NVIDIA's programs write, :class:`TfNetwork` for those of their TensorFlow programs, and :class:`Thing`
for the few other classes that are kept. None of them has behaviour of the class it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError

_MOST_NESTED = 64
"""Networks within networks; the deepest published ones have fewer than 10 of them."""


class RefusedError(StageError):
    """Why a checkpoint cannot be used. ``str()`` is the end of a sentence that begins with the file's name and
    "cannot be used:" — what is wrong and, after a semicolon, what to do — without a full stop."""


class OverloadedError(RefusedError):
    """The file may be whole: reading it took more time or memory than there was."""


@dataclass(slots=True, eq=False)
class Thing:
    """An object of a class that is kept as data: ``args`` are what it would have been made with, ``state`` is what it
    would have been given then, a dict for most."""

    module: str
    name: str
    args: tuple[Any, ...] = ()
    state: Any = None

    @property
    def fields(self) -> dict[str, Any]:
        """``state`` where it is a table, else an empty one."""
        return self.state if isinstance(self.state, dict) else {}


@dataclass(slots=True, eq=False)
class Persistent:
    """A network of NVIDIA's PyTorch programs (``torch_utils.persistence``). ``source`` is the text of the module that
    it came from, which is never run; ``state`` is the ``__dict__`` of the network; ``version`` that of the format."""

    class_name: str
    init_args: tuple[Any, ...] = ()
    init_kwargs: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    version: int = 6

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Parameters and buffers by dotted name, as ``state_dict`` would name them; buffers that are not saved by
        ``state_dict`` are among them. Raises RefusedError where its parts are no tables, or nested without end."""
        return dict(_tensors(self.state, "", 0))

    @property
    def fields(self) -> dict[str, Any]:
        """The same as ``state``, so that every record of an object has ``fields``."""
        return self.state


@dataclass(slots=True, eq=False)
class TfNetwork:
    """A network of NVIDIA's TensorFlow programs (``dnnlib.tflib``): ``variables`` are its own by name, without those of
    its ``components``. ``build`` is the name of the function that would build it; its source is not kept."""

    version: int = 0
    static_kwargs: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, NDArray[Any]] = field(default_factory=dict)
    components: dict[str, TfNetwork] = field(default_factory=dict)
    name: str = ""
    build: str = ""

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Its variables and those of its components, ``component/variable``. Raises RefusedError."""
        return dict(_variables(self, "", 0))


Plain: TypeAlias = (
    "bool | int | float | str | bytes | list[Any] | tuple[Any, ...] | dict[Any, Any] | set[Any] | NDArray[Any]"
    " | np.generic | Thing | Persistent | TfNetwork | None"
)
"""Every value of a checkpoint; what lists and tables hold is plain again."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file as data. ``form`` is one of :data:`FORMS`, ``sha256`` of the whole file (64 hexadecimal digits), ``bytes``
    its length. Arrays in ``root`` have the shapes and values of the file and may share memory; they are not to be
    written to. float16 stays float16; bfloat16 is float32, which holds it exactly. ``infinite`` names, at most a few,
    the arrays that hold what is no finite number."""

    form: str
    root: Plain
    sha256: str
    bytes: int
    infinite: tuple[str, ...] = ()


TORCH_ZIP, TORCH_LEGACY, TORCH_TAR = "torch zip", "torch legacy", "torch tar"
PICKLE, SAFETENSORS, ONNX = "pickle", "safetensors", "ONNX"
FORMS = (TORCH_ZIP, TORCH_LEGACY, TORCH_TAR, PICKLE, SAFETENSORS, ONNX)
"""Forms that are read. Whatever a file is called, its first bytes decide."""


def _tensors(state: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, NDArray[Any]]]:
    if depth > _MOST_NESTED:
        raise RefusedError("its networks are nested without end; it is damaged")
    for kind in ("_parameters", "_buffers"):
        for name, value in _table(state.get(kind)).items():
            if isinstance(value, np.ndarray):
                yield f"{prefix}{name}", value
    for name, part in _table(state.get("_modules")).items():
        if isinstance(part, Persistent | Thing):
            yield from _tensors(part.fields, f"{prefix}{name}.", depth + 1)


def _variables(network: TfNetwork, prefix: str, depth: int) -> Iterator[tuple[str, NDArray[Any]]]:
    if depth > _MOST_NESTED:
        raise RefusedError("its networks are nested without end; it is damaged")
    for name, value in network.variables.items():
        yield f"{prefix}{name}", value
    for name, part in network.components.items():
        yield from _variables(part, f"{prefix}{name}/", depth + 1)


def _table(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RefusedError("the parts of its network are no table; it is damaged, or was written by another program")
    return value
