"""The names that a checkpoint may use, and what each makes: data, and nothing else. Pure.

This table is the whole of what a pickle can reach. No name is looked up anywhere else, none is imported, and nothing of
torch, numpy or the programs that wrote the files is called; what stands for a class here only keeps its arguments.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from latentjockey.models.reading import arrays
from latentjockey.models.reading.limits import damaged
from latentjockey.models.reading.plain import Persistent, RefusedError, TfNetwork, Thing
from latentjockey.models.reading.workshop import Known, Workshop, key

_Make = Callable[[Workshop, tuple[Any, ...]], Any]
_ALIASES = {"__builtin__": "builtins", "copy_reg": "copyreg", "numpy._core": "numpy.core"}
_PART_OF_TORCH = re.compile(r"torch\.nn\.modules\.[a-z_]+\Z")
_CLASS = re.compile(r"[A-Z][A-Za-z0-9_]{0,80}\Z")
_NEWEST_PERSISTENT = 6


def known(module: str, name: str) -> Known:
    """What ``module.name`` stands for. Raises RefusedError for every name that is not in the table."""
    for old, new in _ALIASES.items():
        if module == old or module.startswith(f"{old}."):
            module = new + module[len(old) :]
    found = _TABLE.get((module, name))
    if found is not None:
        return found
    if _PART_OF_TORCH.match(module) and _CLASS.match(name):
        return _thing(module, name)
    shown = "".join(c if c.isprintable() else "?" for c in f"{module}.{name}")[:120]
    raise RefusedError(
        f"it asks for {shown}, which is not read here and was not run; keep its weights (state_dict) alone in a file, "
        "or ask its maker for safetensors"
    )


def _thing(module: str, name: str) -> Known:
    return Known(module, name, lambda shop, args: Thing(module, name, args))


# -- Python -----------------------------------------------------------------------------------------------------------


def _table(shop: Workshop, args: tuple[Any, ...]) -> dict[Any, Any]:
    """A dict of pairs, of a dict, or empty."""
    if not args or (len(args) == 1 and type(args[0]) is Known):  # defaultdict names what it makes
        return {}
    given: Any = args[0] if len(args) == 1 else None
    if type(given) is dict:
        shop.account.operate(len(given))
        return dict(given)
    if type(given) not in (list, tuple) or not all(type(p) in (list, tuple) and len(p) == 2 for p in given):
        raise damaged("a table is none")
    shop.account.operate(len(given))
    return {key(pair[0]): pair[1] for pair in given}


def _set(shop: Workshop, args: tuple[Any, ...]) -> set[Any]:
    if not args:
        return set()
    if len(args) != 1 or type(args[0]) not in (list, tuple, set):
        raise damaged("a set is none")
    shop.account.operate(len(args[0]))
    return set(map(key, args[0]))


def _bytes(shop: Workshop, args: tuple[Any, ...]) -> bytes | memoryview:
    """``bytearray``, and ``bytes`` as Python 3 writes them for Python 2."""
    if not args:
        return b""
    if type(args[0]) in (bytes, memoryview) and len(args) == 1:
        held: bytes | memoryview = args[0]
        return held
    return _encode(shop, args)


def _encode(shop: Workshop, args: tuple[Any, ...]) -> bytes:
    """``_codecs.encode`` of a text in Latin-1, which is how bytes stand in old protocols."""
    if len(args) != 2 or type(args[0]) is not str or args[1] not in ("latin1", "latin-1"):
        raise RefusedError("it asks for a text to be encoded in a way that no model needs; nothing of it was run")
    shop.account.make(len(args[0]))
    try:
        return args[0].encode("latin-1")
    except UnicodeEncodeError as error:
        raise damaged("a text holds no bytes") from error


def _reconstructed(shop: Workshop, args: tuple[Any, ...]) -> Any:
    """``copyreg._reconstructor``: an object of a class, with what its base class was made of."""
    if len(args) != 3 or not all(type(part) is Known for part in args[:2]) or args[0].make is None:
        raise damaged("an object has no class")
    made = args[0].make(shop, ())
    if type(made) is dict and type(args[2]) is dict:
        shop.account.operate(len(args[2]))
        made.update(args[2])
    elif args[2] is not None:
        raise damaged("an object is made of what it cannot be made of")
    return made


def _new(shop: Workshop, args: tuple[Any, ...]) -> Any:
    """``copyreg.__newobj__``."""
    if not args or type(args[0]) is not Known or args[0].make is None:
        raise damaged("an object has no class")
    return args[0].make(shop, args[1:])


# -- numpy ------------------------------------------------------------------------------------------------------------


def _numpy_type(shop: Workshop, args: tuple[Any, ...]) -> arrays.ArrayType:
    return arrays.array_type(shop.account, args[0] if args else None)


def _numpy_array(shop: Workshop, args: tuple[Any, ...]) -> arrays.Array:
    if len(args) != 3 or type(args[0]) is not Known or args[0].name != "ndarray":
        raise RefusedError("it has arrays of a kind that is not read; save it with plain arrays of numbers")
    return arrays.Array()


def _numpy_buffer(shop: Workshop, args: tuple[Any, ...]) -> Any:
    if len(args) != 4 or args[3] not in ("C", "F"):
        raise damaged("an array has no contents")
    raw, kind, shape, order = args
    return arrays.filled(shop.account, shape, kind, raw, order == "F")


def _numpy_number(shop: Workshop, args: tuple[Any, ...]) -> bool | int | float:
    if len(args) != 2:
        raise damaged("a number is none")
    return arrays.first_of(shop, args[0], args[1])


# -- torch ------------------------------------------------------------------------------------------------------------


def _tensor(shop: Workshop, args: tuple[Any, ...]) -> arrays.Tensor:
    """``_rebuild_tensor`` and ``_rebuild_tensor_v2``: storage, offset, size, stride, and what is no data."""
    if not 4 <= len(args) <= 7:
        raise damaged("a tensor is none")
    return arrays.tensor(shop.account, args[0], args[1], args[2], args[3])


def _tensor_of_type(shop: Workshop, args: tuple[Any, ...]) -> arrays.Tensor:
    """``_rebuild_tensor_v3``: the same of an untyped storage, with its type."""
    if not 7 <= len(args) <= 8:
        raise damaged("a tensor is none")
    return arrays.tensor(shop.account, args[0], args[1], args[2], args[3], arrays.element_of(args[6]))


def _parameter(shop: Workshop, args: tuple[Any, ...]) -> arrays.Tensor:
    """``_rebuild_parameter``: the tensor that it is."""
    if not 1 <= len(args) <= 4 or type(args[0]) is not arrays.Tensor:
        raise damaged("a parameter is none")
    return args[0]


def _typed(shop: Workshop, args: tuple[Any, ...]) -> Any:
    """``_rebuild_from_type_v2``: a maker of tensors, a type, and what it is made of."""
    if len(args) != 4 or type(args[0]) is not Known or args[0].make not in (_tensor, _tensor_of_type, _parameter):
        raise damaged("a tensor is none")
    if type(args[2]) is not tuple:
        raise damaged("a tensor is none")
    return args[0].make(shop, args[2])


def _stream(shop: Workshop, args: tuple[Any, ...]) -> Any:
    """``_load_from_bytes``: a file of torch within the file, read as all others are."""
    if len(args) != 1 or type(args[0]) not in (bytes, memoryview):
        raise damaged("a storage is none")
    shop.account.enter()
    shop.account.operate()
    held = shop.inner(memoryview(args[0]), shop)
    shop.account.leave()
    if type(held) not in (arrays.Storage, arrays.Tensor):
        raise damaged("a storage is none")
    return held


def _size(shop: Workshop, args: tuple[Any, ...]) -> tuple[int, ...]:
    return arrays.shape_of(args[0] if args else (), "a size")


# -- NVIDIA's programs ------------------------------------------------------------------------------------------------


def _persistent(shop: Workshop, args: tuple[Any, ...]) -> Persistent:
    """``torch_utils.persistence._reconstruct_persistent_obj``: a table with class, source and state."""
    meta = args[0] if len(args) == 1 else None
    if type(meta) is not dict or meta.get("type") != "class":
        raise damaged("a network is none")
    version, state = meta.get("version"), meta.get("state")
    name, source = meta.get("class_name"), meta.get("module_src")
    if type(version) is not int or type(name) is not str or type(source) is not str or type(state) is not dict:
        raise damaged("a network is none")
    if not 1 <= version <= _NEWEST_PERSISTENT:
        raise RefusedError(f"its networks are of version {version} of their format; versions up to 6 are read")
    given, named = state.get("_init_args", ()), state.get("_init_kwargs", {})
    if type(given) not in (tuple, list) or type(named) is not dict:
        raise damaged("a network does not say how it was made")
    return Persistent(name[:200], tuple(given), named, state, source, version)


def _tf_network(shop: Workshop, args: tuple[Any, ...]) -> TfNetwork:
    return TfNetwork()


_WORDS = (
    ("builtins", ("object", "dict", "list", "int", "float")),
    ("numpy", ("ndarray", *arrays.NUMPY_TYPES)),
    ("torch", (*arrays.STORAGE_NAMES, *arrays.TENSOR_NAMES, *arrays.TENSOR_TYPES, "Tensor", "strided")),
    ("torch.cuda", arrays.STORAGE_NAMES),
    ("torch.storage", arrays.STORAGE_NAMES),
    ("torch.nn.parameter", ("Parameter", "Buffer")),
)
_MAKERS: tuple[tuple[str, str, _Make], ...] = (
    ("collections", "OrderedDict", _table),
    ("collections", "defaultdict", _table),
    ("collections", "Counter", _table),
    ("dnnlib.util", "EasyDict", _table),
    ("dnnlib", "EasyDict", _table),
    ("pytorch_lightning.utilities.parsing", "AttributeDict", _table),
    ("builtins", "set", _set),
    ("builtins", "frozenset", _set),
    ("builtins", "bytearray", _bytes),
    ("builtins", "bytes", _bytes),
    ("_codecs", "encode", _encode),
    ("copyreg", "_reconstructor", _reconstructed),
    ("copyreg", "__newobj__", _new),
    ("numpy", "dtype", _numpy_type),
    ("numpy.core.multiarray", "_reconstruct", _numpy_array),
    ("numpy.core.multiarray", "scalar", _numpy_number),
    ("numpy.core.numeric", "_frombuffer", _numpy_buffer),
    ("torch._utils", "_rebuild_tensor", _tensor),
    ("torch._utils", "_rebuild_tensor_v2", _tensor),
    ("torch._utils", "_rebuild_tensor_v3", _tensor_of_type),
    ("torch._utils", "_rebuild_parameter", _parameter),
    ("torch._utils", "_rebuild_parameter_with_state", _parameter),
    ("torch._tensor", "_rebuild_from_type_v2", _typed),
    ("torch.storage", "_load_from_bytes", _stream),
    ("torch", "Size", _size),
    ("torch_utils.persistence", "_reconstruct_persistent_obj", _persistent),
    ("dnnlib.tflib.network", "Network", _tf_network),
)
_KEPT = (
    ("argparse", "Namespace"),
    ("types", "SimpleNamespace"),
    ("torch", "device"),
    ("pathlib", "PosixPath"),
    ("pathlib", "WindowsPath"),
)
_TABLE: dict[tuple[str, str], Known] = {
    **{(module, name): Known(module, name) for module, names in _WORDS for name in names},
    **{(module, name): Known(module, name, make) for module, name, make in _MAKERS},
    **{(module, name): _thing(module, name) for module, name in _KEPT},
}
NAMES = tuple(sorted(_TABLE))
"""Every name there is, (module, name); beside them, the classes of torch.nn.modules are kept as things."""
