"""The three forms of torch's own files: archives, streams, and the tar files of its first years. Pure.

Each is pickles that name storages, and the bytes of those storages. What is read here is what ``torch.save`` documents;
nothing of torch is used. Forms are checked as far as they can be: archives have checksums, streams have none.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from latentjockey.models.reading.allowed import known
from latentjockey.models.reading.arrays import Storage, Tensor, storage, tensor, whole
from latentjockey.models.reading.limits import Account, damaged
from latentjockey.models.reading.machine import Machine
from latentjockey.models.reading.plain import RefusedError
from latentjockey.models.reading.workshop import Known, Workshop
from latentjockey.models.reading.zips import Archive

_MAGIC = 0x1950A86A20F9469CFC6C
_MAGIC_BYTES = _MAGIC.to_bytes(10, "little")
_STREAM_VERSION = 1001
_MOST_STORAGES = 1 << 20
ZIP_BEGINNING = b"PK\x03\x04"


def workshop(account: Account) -> Workshop:
    """What makers may use while a file is read."""
    return Workshop(account, known, _inner)


def is_stream(data: memoryview) -> bool:
    """Whether this begins as a stream of torch: a pickle of its magic number."""
    return _MAGIC_BYTES in bytes(data[:24])


def read_archive(data: memoryview, shop: Workshop) -> Any:
    """What the archive in ``data`` holds, not yet settled. Raises RefusedError."""
    archive = Archive(data, shop.account)
    found = [name for name in archive.entries if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(found) != 1:
        raise RefusedError(_other_archive(archive))
    prefix = found[0].removesuffix("data.pkl")
    if f"{prefix}constants.pkl" in archive.entries:
        raise RefusedError("it is a TorchScript program, which would have to be run; save the network's state_dict")
    if f"{prefix}byteorder" in archive.entries and bytes(archive.read(f"{prefix}byteorder")) != b"little":
        raise RefusedError("it was written on a machine with the other byte order; save it again on a usual one")
    shelf = _Shelf(lambda held, key: held.give(archive.read(f"{prefix}data/{key}")))
    return Machine(archive.read(found[0]), shop, shelf.find).run()


def read_stream(data: memoryview, shop: Workshop) -> Any:
    """What the stream in ``data`` holds, not yet settled. Raises RefusedError."""
    place = 0

    def following(persistent: Callable[[Any], Any] | None = None) -> Any:
        nonlocal place
        machine = Machine(data, shop, persistent, place)
        value = machine.run()
        place = machine.place
        return value

    if following() != _MAGIC or following() != _STREAM_VERSION:
        raise damaged("it does not begin as a file of torch")
    system = following()
    if type(system) is not dict or system.get("little_endian") is not True:
        raise RefusedError("it was written on a machine with the other byte order; save it again on a usual one")
    shelf = _Shelf(None)
    root = following(shelf.find)
    keys = following()
    if type(keys) is not list or len(keys) != len(shelf.storages) or not all(type(key) is str for key in keys):
        raise damaged("it does not list its storages")
    for key in keys:
        place = _give(data, place, shelf.storages.get(key))
    if place != len(data):
        raise damaged("more follows after its end")
    return root


def _give(data: memoryview, place: int, held: Storage | None) -> int:
    """The storage's bytes from ``place`` on, after their number; where they end."""
    if held is None or held.data is not None or place + 8 > len(data):
        raise damaged("a storage is missing")
    (count,) = struct.unpack_from("<q", data, place)
    if count != held.count:
        raise damaged("a storage has another size than it says")
    held.give(data[place + 8 : place + 8 + held.size])
    return place + 8 + held.size


class _Shelf:
    """The storages of one file by key. ``give`` brings the bytes at once where they can be had."""

    def __init__(self, give: Callable[[Storage, str], None] | None) -> None:
        self.storages: dict[str, Storage] = {}
        self._give = give

    def find(self, name: Any) -> Any:
        """What a persistent id stands for: ``("storage", type, key, device, count)``, or ``("module", ...)``."""
        if type(name) is not tuple or not name:
            raise damaged("a persistent id is none")
        if name[0] == "module" and len(name) >= 2 and type(name[1]) is Known:  # a class, with a source nobody runs
            return name[1]
        if name[0] != "storage" or len(name) not in (5, 6) or type(name[2]) is not str or len(name[2]) > 200:
            raise damaged("a persistent id is none")
        if len(name) == 6 and name[5] is not None:
            raise RefusedError("its storages are parts of others, as torch wrote them before 2017; save it again")
        key = name[2]
        made = storage(name[1], name[4])
        held = self.storages.get(key)
        if held is not None:
            if (held.element, held.count) != (made.element, made.count):
                raise damaged("a storage has two sizes or types")
            return held
        if len(self.storages) >= _MOST_STORAGES:
            raise damaged("it has too many storages")
        self.storages[key] = made
        if self._give is not None:
            self._give(made, key)
        return made


def _inner(data: memoryview, shop: Workshop) -> Any:
    """A file of torch within a pickle."""
    if bytes(data[:4]) == ZIP_BEGINNING:
        return read_archive(data, shop)
    if is_stream(data):
        return read_stream(data, shop)
    raise RefusedError("it holds a file within it that is none of torch's; nothing of it was run")


def read_parts(parts: dict[str, memoryview], shop: Workshop) -> Any:
    """What the parts ``storages``, ``tensors`` and ``pickle`` of an early tar file hold. Raises RefusedError."""
    storages = _early_storages(parts["storages"], shop)
    tensors = _early_tensors(parts["tensors"], shop, storages)

    def find(name: Any) -> Any:
        if type(name) is tuple and name and type(name[0]) is Known:
            return name[0]
        if type(name) is int:
            name = str(name)
        found = tensors.get(name, storages.get(name)) if type(name) is str else None
        if found is None:
            raise damaged("a tensor is missing")
        return found

    return Machine(parts["pickle"], shop, find).run()


def _early_storages(data: memoryview, shop: Workshop) -> dict[str, Storage]:
    found: dict[str, Storage] = {}
    machine = Machine(data, shop)
    count, place = whole(machine.run(), "the number of storages", _MOST_STORAGES), machine.place
    for _ in range(count):
        shop.account.operate()
        machine = Machine(data, shop, None, place)
        said = machine.run()
        if type(said) is not tuple or len(said) != 3 or machine.place + 8 > len(data):
            raise damaged("a storage is missing")
        held = storage(said[2], struct.unpack_from("<q", data, machine.place)[0])
        place = machine.place + 8 + held.size
        held.give(data[machine.place + 8 : place])
        found[_named(said[0])] = held
    machine = Machine(data, shop, None, place)
    if machine.run() != []:
        raise RefusedError("its storages are parts of others, as torch wrote them before 2017; save it again")
    return found


def _early_tensors(data: memoryview, shop: Workshop, storages: dict[str, Storage]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    machine = Machine(data, shop)
    count, place = whole(machine.run(), "the number of tensors", _MOST_STORAGES), machine.place
    for _ in range(count):
        shop.account.operate()
        machine = Machine(data, shop, None, place)
        said = machine.run()
        place = machine.place
        if type(said) is not tuple or len(said) != 3 or place + 8 > len(data):
            raise damaged("a tensor is missing")
        (dimensions,) = struct.unpack_from("<i", data, place)
        whole(dimensions, "the shape of a tensor", 8)
        end = place + 8 + 16 * dimensions + 8
        if end > len(data):
            raise damaged("a tensor is missing")
        numbers = struct.unpack_from(f"<{2 * dimensions + 1}q", data, place + 8)
        held = storages.get(_named(said[1]))
        size, stride = numbers[:dimensions], numbers[dimensions:-1]
        found[_named(said[0])] = tensor(shop.account, held, numbers[-1], size, stride)
        place = end
    return found


def _named(key: Any) -> str:
    if type(key) not in (int, str) or len(str(key)) > 200:
        raise damaged("a storage has no name")
    return str(key)


def _other_archive(archive: Archive) -> str:
    names = archive.entries
    if any(name.endswith(".npy") for name in names):
        return "it is an archive of numpy arrays, whose network nobody knows; a model of torch is needed"
    if any(name.endswith((".pt", ".pth", ".pkl", ".bin", ".safetensors")) for name in names):
        return "it is a ZIP archive with files in it; unpack it, and take the model out of it"
    if any(name.endswith(".onnx") for name in names):
        return "it is a ZIP archive with an ONNX graph in it, which is not read here; a model of torch is needed"
    return "it is a ZIP archive and no model of torch; unpack it if a model is in it"
