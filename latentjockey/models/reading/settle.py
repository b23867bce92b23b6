"""What a pickle made, walked once: everything becomes plain, finite in depth and in size. Pure.

A file of a few kilobytes can describe a list that is nested without end, contains itself, or, walked naively, never
ends (lists that hold one list twice that holds one twice ...). None of these leaves here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.reading.arrays import Array, ArrayType, Storage, Tensor
from latentjockey.models.reading.limits import Account, damaged
from latentjockey.models.reading.plain import Persistent, RefusedError, TfNetwork, Thing
from latentjockey.models.reading.workshop import Known

_NAMED_INFINITE = 8
_SIMPLE = frozenset({type(None), bool, int, float, str, bytes})


def settle(account: Account, root: Any) -> tuple[Any, tuple[str, ...]]:
    """``root`` as plain data, and the names of the first arrays in it that are not finite. Raises RefusedError."""
    walk = _Walk(account)
    value, _ = walk.settle(root, "", 0)
    return value, tuple(walk.infinite)


class _Walk:
    """``settle`` gives each value with its weight: the number of values met when it is walked without a memory."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._limits = account.limits
        self._done: dict[int, tuple[Any, int, Any]] = {}
        self._open: set[int] = set()
        self.infinite: list[str] = []

    def settle(self, value: Any, name: str, depth: int) -> tuple[Any, int]:
        if type(value) in _SIMPLE:
            return value, 1
        identity = id(value)
        done = self._done.get(identity)
        if done is not None:
            return done[0], done[1]
        if identity in self._open:
            raise RefusedError("it contains itself, as no model does; keep the state_dict alone in a file")
        if depth > self._limits.depth:
            raise RefusedError(f"its lists are nested deeper than {self._limits.depth}, as in no model")
        self._account.operate()
        self._open.add(identity)
        made, weight = self._made(value, name, depth + 1)
        self._open.discard(identity)
        if weight > self._limits.values:
            raise RefusedError(
                f"it describes more than {self._limits.values} values; it is no model, or was made to fill a memory"
            )
        # the value itself is kept, too: its id is not to be given to another
        self._done[identity] = (made, weight, value)
        return made, weight

    def _made(self, value: Any, name: str, depth: int) -> tuple[Any, int]:
        kind = type(value)
        if kind is dict:
            return self._table(value, name, depth)
        if kind is list or kind is tuple:
            return self._row(value, name, depth)
        if kind is Tensor:
            return self._array(value.array(self._account), name), 1
        if kind is Array:
            if value.values is None:
                raise damaged("an array has no contents")
            return self._array(value.values, name), 1
        if isinstance(value, np.ndarray):
            return self._array(value, name), 1
        if kind is Storage:
            return self._array(Tensor(value, 0, (value.count,), (1,), value.element).array(self._account), name), 1
        if kind is set:
            return value, 1 + len(value)
        if kind is memoryview:
            self._account.make(len(value))
            return bytes(value), 1
        if kind is Known:
            return Thing(value.module, value.name), 1
        if kind is ArrayType:
            return Thing("numpy", "dtype", (value.code,)), 1
        return self._record(value, name, depth)

    def _record(self, value: Any, name: str, depth: int) -> tuple[Any, int]:
        if type(value) is Thing:
            value.args, args_weight = self.settle(value.args, name, depth)
            value.state, weight = self.settle(value.state, name, depth)
            return value, 1 + args_weight + weight
        if type(value) is Persistent:
            value.init_args, args_weight = self.settle(value.init_args, name, depth)
            value.state, weight = self.settle(value.state, name, depth)
            value.init_kwargs, named_weight = self.settle(value.init_kwargs, name, depth)
            return value, 1 + args_weight + weight + named_weight
        if type(value) is TfNetwork:
            value.static_kwargs, weight = self.settle(value.static_kwargs, name, depth)
            variables, more = self.settle(value.variables, name, depth)
            value.variables = {word: _variable(held) for word, held in variables.items()}
            value.components, most = self.settle(value.components, name, depth)
            return value, 1 + weight + more + most
        raise damaged("it holds what cannot be read")

    def _table(self, table: dict[Any, Any], name: str, depth: int) -> tuple[dict[Any, Any], int]:
        made: dict[Any, Any] = {}
        weight = 1
        for key, value in table.items():
            made[key], more = self.settle(value, f"{name}.{key}" if name else str(key), depth)
            weight += more
        return made, weight

    def _row(self, row: list[Any] | tuple[Any, ...], name: str, depth: int) -> tuple[Any, int]:
        made = []
        weight = 1
        for i, value in enumerate(row):
            settled, more = self.settle(value, f"{name}[{i}]", depth)
            made.append(settled)
            weight += more
        return (tuple(made) if type(row) is tuple else made), weight

    def _array(self, values: NDArray[Any], name: str) -> NDArray[Any]:
        self._account.look()
        if len(self.infinite) < _NAMED_INFINITE and not finite(values):
            self.infinite.append(name[-200:])
        values.flags.writeable = False
        return values


def _variable(held: Any) -> NDArray[Any]:
    """A variable of a network; what has no sides, such as ``lod``, was written as a number."""
    if type(held) in (int, float):
        return np.asarray(held, np.float32)
    if not isinstance(held, np.ndarray):
        raise damaged("a variable of a network is no array")
    return held


def finite(values: NDArray[Any]) -> bool:
    """Whether there is neither an infinite value nor one that is no number in it. Makes no copy."""
    if values.dtype.kind != "f" or not values.size:
        return True
    with np.errstate(invalid="ignore"):
        return bool(np.isfinite(values.min()) and np.isfinite(values.max()))
