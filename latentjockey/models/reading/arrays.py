"""Arrays of a checkpoint before they are arrays: storages and tensors of torch, arrays and types of numpy. Pure.

Everything that says where an array lies is compared with the bytes that are there, and nothing is copied: an array is a
view of the file, but for bfloat16, foreign byte order and texts that hold bytes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.reading.limits import Account, damaged
from latentjockey.models.reading.plain import RefusedError
from latentjockey.models.reading.workshop import Known, Unfinished, Workshop

BFLOAT16 = "bfloat16"
_ELEMENTS: dict[str, str] = {
    "float32": "<f4", "float64": "<f8", "float16": "<f2", BFLOAT16: "<u2", "bool": "|b1",
    "uint8": "|u1", "int8": "|i1", "int16": "<i2", "int32": "<i4", "int64": "<i8",
    "uint16": "<u2", "uint32": "<u4", "uint64": "<u8",
}  # fmt: skip
_STORAGES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16", "BFloat16Storage": BFLOAT16,
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
    "ByteStorage": "uint8", "BoolStorage": "bool", "UntypedStorage": "uint8",
}  # fmt: skip
_SYNONYMS = {"float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int32"}
_NUMPY = frozenset({"f2", "f4", "f8", "b1", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8"})
_MOST_DIMENSIONS = 8
_MOST_ELEMENTS = 1 << 40
_REPEATED = 1 << 16
"""Elements up to which a tensor may show more than its storage holds, as an expanded one does."""

STORAGE_NAMES = tuple(_STORAGES)
TENSOR_NAMES = tuple(name.replace("Storage", "Tensor") for name in _STORAGES if name != "UntypedStorage")
TENSOR_TYPES = (*_ELEMENTS, *_SYNONYMS)


def whole(value: Any, what: str, most: int = _MOST_ELEMENTS) -> int:
    """``value`` when it is a whole number from 0 to ``most``. Raises RefusedError."""
    if type(value) is not int or not 0 <= value <= most:
        raise damaged(f"{what} is no number that can be")
    return value


def shape_of(value: Any, what: str) -> tuple[int, ...]:
    """``value`` when it is a list of at most eight sizes. Raises RefusedError."""
    if type(value) not in (tuple, list) or len(value) > _MOST_DIMENSIONS:
        raise damaged(f"{what} is no list of sizes")
    sizes = tuple(whole(size, what) for size in value)
    if math.prod(max(size, 1) for size in sizes) > _MOST_ELEMENTS:
        raise damaged(f"{what} is too large")
    return sizes


class Storage:
    """``count`` elements of one type in a row. ``data`` are their bytes, once they were met in the file."""

    __slots__ = ("count", "data", "element")

    def __init__(self, element: str, count: int, data: memoryview | None = None) -> None:
        self.element = element
        self.count = count
        self.data = data

    @property
    def size(self) -> int:
        """Bytes."""
        return self.count * np.dtype(_ELEMENTS[self.element]).itemsize

    def give(self, data: memoryview) -> None:
        """Its bytes. Raises RefusedError where there are not as many as it has."""
        if len(data) != self.size:
            raise damaged("a storage has another size than it says")
        self.data = data


def storage(kind: Any, count: Any) -> Storage:
    """A storage of the type that the name ``kind`` means. Raises RefusedError."""
    element = _STORAGES.get(kind.name) if type(kind) is Known and kind.module.startswith("torch") else None
    if element is None:
        raise damaged("a storage has no type")
    return Storage(element, whole(count, "the size of a storage"))


class Tensor:
    """Where a tensor lies in its storage; :meth:`array` when the storage has its bytes."""

    __slots__ = ("_array", "_element", "_offset", "_shape", "_storage", "_stride")

    def __init__(
        self, held: Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], element: str
    ) -> None:
        self._storage, self._offset, self._shape, self._stride = held, offset, shape, stride
        self._element = element
        self._array: NDArray[Any] | None = None

    def array(self, account: Account) -> NDArray[Any]:
        """Its values: a view of the file, or for bfloat16 float32 of its own. Raises RefusedError."""
        if self._array is None:
            data = self._storage.data
            if data is None:
                raise damaged("a storage is missing")
            dtype = np.dtype(_ELEMENTS[self._element])
            if not math.prod(self._shape):
                held: NDArray[Any] = np.zeros(self._shape, dtype)
            else:
                steps = tuple(step * dtype.itemsize for step in self._stride)
                held = np.ndarray(self._shape, dtype, data, self._offset * dtype.itemsize, steps)
            if self._element == BFLOAT16:
                account.make(4 * held.size)
                held = (held.astype(np.uint32) << np.uint32(16)).view(np.float32)
            self._array = held
        return self._array


def tensor(account: Account, held: Any, offset: Any, size: Any, stride: Any, element: str | None = None) -> Tensor:
    """A tensor of shape ``size`` in a storage, counted in elements. Raises RefusedError where it lies outside."""
    if type(held) is not Storage:
        raise damaged("a tensor has no storage")
    start = whole(offset, "where a tensor begins")
    sizes, steps = shape_of(size, "the shape of a tensor"), shape_of(stride, "the layout of a tensor")
    if len(sizes) != len(steps):
        raise damaged("shape and layout of a tensor do not fit")
    kind = element or held.element
    itemsize = np.dtype(_ELEMENTS[kind]).itemsize
    there = held.size // itemsize
    count = math.prod(sizes)
    last = start + sum((n - 1) * step for n, step in zip(sizes, steps, strict=True)) if count else start
    if count and last >= there:
        raise damaged("a tensor does not lie within its storage")
    if count > max(there, _REPEATED):
        raise damaged("a tensor is larger than its storage")
    account.hold(count * itemsize)
    return Tensor(held, start, sizes, steps, kind)


def element_of(kind: Any) -> str:
    """The type of elements that a name such as ``torch.float32`` means. Raises RefusedError."""
    if type(kind) is Known and kind.module == "torch":
        name = _SYNONYMS.get(kind.name, kind.name)
        if name in _ELEMENTS:
            return name
    raise RefusedError("it has tensors of a type that is not read here; save it with float32 weights")


class ArrayType(Unfinished):
    """A type of numpy's. ``code`` is kind and bytes of one element; the byte order comes later."""

    __slots__ = ("code", "order")

    def __init__(self, code: str) -> None:
        self.code = code
        self.order = "<"

    def build(self, account: Account, state: Any) -> None:
        if type(state) is not tuple or len(state) < 5 or any(part is not None for part in state[2:5]):
            raise RefusedError("it has arrays of records, which are not read; save it with plain arrays of numbers")
        if state[1] not in ("<", ">", "|", "="):
            raise damaged("an array has no byte order")
        self.order = ">" if state[1] == ">" else "<"

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.order + self.code)


def array_type(account: Account, code: Any) -> ArrayType:
    """The type called ``code``, such as ``f4``. Raises RefusedError for all but plain numbers."""
    if type(code) is Known and code.module == "numpy":  # a type by its name, such as numpy.float32
        code = np.dtype(code.name).str[1:] if code.name in _NAMED else ""
    if type(code) is not str or code.lstrip("<>|=") not in _NUMPY or len(code) > 3:
        raise RefusedError(
            "it has arrays of objects or texts, which are not read; save it with plain arrays of numbers"
        )
    made = ArrayType(code.lstrip("<>|="))
    if code[:1] == ">":
        made.order = ">"
    return made


_NAMED = frozenset({
    "bool_", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "float32", "float64",
})  # fmt: skip
NUMPY_TYPES = tuple(sorted(_NAMED))


class Array(Unfinished):
    """An array of numpy's, given its contents after it was made."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: NDArray[Any] | None = None

    def build(self, account: Account, state: Any) -> None:
        """``state``: version, shape, type, whether the first index runs fastest, bytes."""
        if self.values is not None or type(state) is not tuple or len(state) not in (4, 5):
            raise damaged("an array has no contents")
        shape, kind, first, raw = state[-4:]
        self.values = filled(account, shape, kind, raw, bool(first) if type(first) in (bool, int) else False)


def filled(account: Account, shape: Any, kind: Any, raw: Any, first: bool = False) -> NDArray[Any]:
    """An array of the bytes ``raw``. Raises RefusedError where there are not as many as shape and type need."""
    sizes = shape_of(shape, "the shape of an array")
    if type(kind) is not ArrayType:
        raise damaged("an array has no type")
    if type(raw) is str:  # Python 2 wrote bytes as text
        account.make(len(raw))
        try:
            raw = raw.encode("latin-1")
        except UnicodeEncodeError as error:
            raise damaged("an array is no bytes") from error
    if type(raw) not in (bytes, memoryview):
        raise RefusedError("it has arrays of objects, which are not read; save it with plain arrays of numbers")
    dtype = kind.dtype
    if len(raw) != math.prod(sizes) * dtype.itemsize:
        raise damaged("an array has another size than it says")
    account.hold(len(raw))
    made: NDArray[Any] = np.ndarray(sizes, dtype, raw, order="F" if first else "C") if raw else np.zeros(sizes, dtype)
    if dtype.byteorder == ">":
        account.make(len(raw))
        made = made.astype(dtype.newbyteorder("<"))
    return made


def first_of(shop: Workshop, kind: Any, raw: Any) -> bool | int | float:
    """The one number in the bytes ``raw``, as Python has it. Raises RefusedError."""
    value = filled(shop.account, (), kind, raw).item()
    if not isinstance(value, bool | int | float):
        raise damaged("a number is none")
    return value
